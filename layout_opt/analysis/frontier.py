"""The trade-off between two or three goals, by the augmented epsilon-constraint method (Mavrotas 2009).

With goals turned so that more is better, the first is maximised while each other one is held at or above a level:

    max  g_1 + AUGMENT * range_1 * sum_j s_j / range_j      subject to  g_j - s_j = level_j,  s_j >= 0

Ends come first, lexicographically: each goal at its best, then the others, in order, at their best beside it; they span the ranges. No point
gives up more than a stated share of the first goal: the least carbon of all is to make nothing, which no one asks for. A point
keeps a bound on the first goal at its levels, valid for every plan that reaches them, and its gap against it. Points that another one dominates
are left out. Every point is a plan of the whole model, verified like any other.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import pandas as pd
import pyomo.environ as pyo

from layout_opt.analysis.goals import OBJECTIVE, Goal, goals
from layout_opt.analysis.study import Effort, Efforts, Study, rebased, study
from layout_opt.build import Built
from layout_opt.definition import Definition
from layout_opt.errors import Fault, InputError, LayoutError, Place
from layout_opt.instance import Instance
from layout_opt.runs import Run
from layout_opt.solver.outcome import relative_gap
from layout_opt.solving import make_run, prepared, search

AUGMENT = 1e-3  # of the first goal's range: what reaching more than the levels is worth in all
KEPT = 1e-6  # relative: by how much an end may give way while the other goals are bettered


@dataclass(frozen=True, eq=False)
class Frontier:
    """`points` has a row per plan that no other dominates: its name, the figure of every goal, `bound` and `gap` of the first goal at the levels
    of the others; `runs` holds the plans by name, as runs of the model."""

    goals: tuple[Goal, ...]
    points: pd.DataFrame
    runs: Mapping[str, Run] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Task:
    """What all solves of a frontier share: `reference` is the run of the model itself, whose bound every plan has to respect."""

    asked: Study
    goals: tuple[Goal, ...]
    reference: Run


def frontier(
    instance: Instance | str | Path,
    definition: Definition | str | Path = "reference",
    objectives: Sequence[str] = (OBJECTIVE, "relocation_cost"),
    *,
    points: int = 9,
    within: float = 0.1,
    out: Path | None = None,
    **effort: Unpack[Efforts],
) -> Frontier:
    """Trade off two or three of `objective`, the objective terms and the resources; `points` per goal held, ends included. `within` is the share
    of the first goal's best that may be given up.

    With `out` the table and every point as a run folder are written there. Raises `InputError` for bad input, `LayoutError` where the model has
    no plan.
    """
    _check(objectives, points, within)
    with study("frontier", instance, definition, Effort(**effort), out, objectives=list(objectives), within=within) as asked:
        count = len(objectives)
        asked.expect(1 + count**2 + max(points - 2, 0) ** (count - 1))
        chosen = tuple(goals(objectives, _prepared(asked)))
        asked.figures["senses"] = {goal.name: goal.sign for goal in chosen}
        reference = asked.solve("the model itself")
        if not reference.has_plan:
            raise LayoutError(f"the model has no plan (status {reference.status}); `layout-opt diagnose` tells why")
        found: list[_Point] = []
        try:
            _trace(_Task(asked, chosen, reference), points, within, found)
        finally:
            table, runs = _table(chosen, found)
            asked.tables["frontier"] = table
            for name, run in runs.items():
                asked.keep(name, run)
    return Frontier(chosen, table, runs)


def _trace(task: _Task, points: int, within: float, found: list[_Point]) -> None:
    """Find the ends, then what lies between them."""
    found.append(_end(task, 0, {}))
    least = found[0].value[0] - within * abs(found[0].value[0])
    for first in range(1, len(task.goals)):
        found.append(_end(task, first, {0: least}))
    best = np.array([end.value[n] for n, end in enumerate(found)])
    worst = np.min([end.value for end in found], axis=0)
    levels = [level for level in itertools.product(*_levels(worst, best, points)) if _within(level, worst, best, points)]
    task.asked.expect(len(levels))
    for level in levels:
        point = _inside(task, level, best - worst)
        if point is not None:
            found.append(point)


def _levels(worst: np.ndarray[Any, Any], best: np.ndarray[Any, Any], points: int) -> list[np.ndarray[Any, Any]]:
    return [np.linspace(worst[n], best[n], points) for n in range(1, len(best))]


def _prepared(asked: Study) -> Built:
    return prepared(asked.instance, asked.definition, gap=asked.effort.gap, time_limit=asked.limit(), seed=asked.effort.seed)


@dataclass(frozen=True, eq=False)
class _Point:
    """A plan: its figures turned so that more is better, and a bound on the first goal at the levels it was asked for."""

    run: Run
    value: np.ndarray[Any, Any]
    bound: float


def _check(objectives: Sequence[str], points: int, within: float) -> None:
    faults = []
    if not 2 <= len(objectives) <= 3:
        faults.append(Fault("two or three objectives are traded off", Place("--objectives"), "Name two or three.", str(len(objectives))))
    if points < 2:
        faults.append(Fault("a frontier has two ends", Place("--points"), "Ask for 2 points or more.", str(points)))
    if not 0 < within <= 1:
        faults.append(Fault("a share is above 0 and at most 1", Place("--within"), "Write, for example, 0.1.", str(within)))
    if faults:
        raise InputError(faults=faults)


def _end(task: _Task, first: int, least: Mapping[int, float]) -> _Point:
    """The goal at its best while others have at least some level, then the others at their best beside it, in order."""
    order = [first, *(n for n in range(len(task.goals)) if n != first)]
    held = dict(least)
    bounds: dict[int, float] = {}
    point = None
    for n in order:
        title = f"best {task.goals[n].name}"
        point = _solve(task, {n: 1.0}, {m: level for m, level in held.items() if m != n}, title) or point
        if point is None:
            raise LayoutError(f"no plan was found for the {title} within the limit")
        held[n] = point.value[n] - KEPT * max(1.0, abs(point.value[n]))
        bounds[n] = point.bound
    assert point is not None
    return replace(point, bound=bounds[0])


def _inside(task: _Task, level: Sequence[float], span: np.ndarray[Any, Any]) -> _Point | None:
    """The first goal at its best while the others reach their levels; None where no plan is found."""
    held = dict(enumerate(level, 1))
    weights = {0: 1.0} | {n: AUGMENT * span[0] / span[n] for n in held if span[n] > 0}
    title = ", ".join(f"{task.goals[n].name} {task.goals[n].sign * value:,.6g}" for n, value in held.items())
    point = _solve(task, weights, held, title)
    if point is None:
        return None
    rewarded = sum(weight * held[n] for n, weight in weights.items() if n in held)  # s_j = g_j - level_j >= 0 only raises the bound
    return replace(point, bound=point.bound - rewarded)


def _within(level: Sequence[float], worst: np.ndarray[Any, Any], best: np.ndarray[Any, Any], points: int) -> bool:
    """Whether a combination of levels is no end: the ends are known."""
    low, high = worst[1:], best[1:]
    step = (high - low) / (points - 1)
    inner = (np.array(level) > low + step / 2) & (np.array(level) < high - step / 2)
    return bool(inner.all() if len(level) == 1 else inner.any())


def _solve(task: _Task, weights: Mapping[int, float], held: Mapping[int, float], title: str) -> _Point | None:
    """Maximise the weighted goals while some are held; the plan as a run of the model, verified."""
    effort, limit = task.asked.effort, task.asked.limit()
    task.asked.left = max(task.asked.left - 1, 1)
    built = _prepared(task.asked)
    usual, size = built.weights, _size(task, weights)
    _strive(built, task.goals, {n: size * weight for n, weight in weights.items()}, held)
    outcome = search(built, gap=effort.gap, time_limit=limit, seed=effort.seed, progress=effort.progress(title))
    if outcome.interrupted:
        raise KeyboardInterrupt
    if outcome.status not in ("optimal", "feasible") or outcome.bound is None:
        return None
    built.weights = usual
    found = make_run(built, replace(outcome, objective=-np.inf), {"build": 0.0, "solve": 0.0, "total": 0.0}, effort.gap, limit, effort.seed)
    run = rebased(found, float(task.reference.info["bound"]))
    value = np.array([goal.sign * goal.figure(run) for goal in task.goals])
    return _Point(run, value, outcome.bound / size)


def _size(task: _Task, weights: Mapping[int, float]) -> float:
    """What brings weighted goals to the size of the usual objective, to which the tolerances of the solver are fitted; 1 where they are larger."""
    typical = sum(abs(weight * task.goals[n].figure(task.reference)) for n, weight in weights.items())
    return max(1.0, abs(float(task.reference.info["objective"])) / typical) if typical > 0 else 1.0


def _strive(built: Built, chosen: Iterable[Goal], weights: Mapping[int, float], held: Mapping[int, float]) -> None:
    """Put the weighted goals in place of the objective, and hold those that have a level."""
    expressions = {n: goal.expression(built) for n, goal in enumerate(chosen) if n in weights or n in held}
    built.weights = dict.fromkeys(built.weights, 0.0)
    built.model.objective.set_value(sum(weight * expressions[n] for n, weight in weights.items()))
    built.model.level = pyo.Constraint(list(held), rule=partial(_level, expressions, held))


def _level(expressions: Mapping[int, Any], held: Mapping[int, float], _: Any, n: int) -> Any:
    return expressions[n] >= held[n]


def _table(chosen: Sequence[Goal], found: Sequence[_Point]) -> tuple[pd.DataFrame, dict[str, Run]]:
    """Rows of the points that none dominates, ordered by the first goal, the best first."""
    if not found:
        return pd.DataFrame(columns=["point", *(goal.name for goal in chosen), "bound", "gap"]), {}
    values = np.array([point.value for point in found])
    slack = KEPT * np.maximum(1.0, np.abs(values).max(axis=0))
    kept: list[int] = []
    for n in range(len(found)):
        others = [m for m in range(len(found)) if m != n]
        better = [m for m in others if (values[m] >= values[n] - slack).all() and (values[m] > values[n] + slack).any()]
        same = [m for m in kept if (np.abs(values[m] - values[n]) <= slack).all()]
        if not better and not same:
            kept.append(n)
    kept.sort(key=lambda n: -values[n][0])
    rows, runs = [], {}
    for number, n in enumerate(kept, 1):
        name, point = f"point-{number}", found[n]
        figures = {goal.name: goal.sign * v for goal, v in zip(chosen, point.value, strict=True)}
        bound = max(point.bound, point.value[0])
        rows.append({"point": name, **figures, "bound": chosen[0].sign * bound, "gap": relative_gap(point.value[0], bound)})
        runs[name] = point.run
    return pd.DataFrame(rows), runs
