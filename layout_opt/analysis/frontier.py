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
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyomo.environ as pyo

from layout_opt.analysis.goals import OBJECTIVE, Goal, goals
from layout_opt.build import Built
from layout_opt.definition import Definition, load_definition
from layout_opt.errors import Fault, InputError, LayoutError, Place
from layout_opt.instance import Instance
from layout_opt.runs import Run, check_target, fill_run, write_whole
from layout_opt.solver.outcome import PROVEN, Outcome, Progress, quiet, relative_gap
from layout_opt.solving import load_instance, make_run, prepared, search, solve

AUGMENT = 1e-3  # of the first goal's range: what reaching more than the levels is worth in all
KEPT = 1e-6  # relative: by how much an end may give way while the other goals are bettered
FRONTIER_FILE = "frontier.json"
TABLE = "frontier"


@dataclass(frozen=True, eq=False)
class Frontier:
    """`points` has a row per plan that no other dominates: its name, the figure of every goal, `bound` and `gap` of the first goal at the levels
    of the others; `runs` holds the plans by name, as runs of the model."""

    goals: tuple[Goal, ...]
    points: pd.DataFrame
    runs: Mapping[str, Run] = field(default_factory=dict)
    path: Path | None = None


@dataclass(frozen=True, eq=False)
class _Task:
    """What all solves of a frontier share: `reference` is the run of the model itself, whose bound every plan has to respect."""

    instance: Instance
    definition: Definition
    goals: tuple[Goal, ...]
    reference: Run
    gap: float
    time_limit: float | None
    seed: int


def frontier(
    instance: Instance | str | Path,
    definition: Definition | str | Path = "reference",
    objectives: Sequence[str] = (OBJECTIVE, "relocation_cost"),
    *,
    points: int = 9,
    within: float = 0.1,
    gap: float = PROVEN,
    time_limit: float | None = None,
    seed: int = 0,
    out: Path | None = None,
    progress: Callable[[str], Progress] = lambda _: quiet,
) -> Frontier:
    """Trade off two or three of `objective`, the objective terms and the resources; `points` per goal held, ends included. `within` is the share
    of the first goal's best that may be given up.

    With `out` the table and every point as a run folder are written there. Time limits hold per solve. Raises `InputError` for bad input,
    `LayoutError` where the model has no plan.
    """
    instance = load_instance(instance) if isinstance(instance, (str, Path)) else instance
    definition = load_definition(definition) if isinstance(definition, (str, Path)) else definition
    _check(objectives, points, within, out)
    chosen = tuple(goals(objectives, prepared(instance, definition, gap=gap, time_limit=time_limit, seed=seed)))
    reference = solve(instance, definition, gap=gap, time_limit=time_limit, seed=seed, progress=progress("the model itself"))
    if not reference.has_plan:
        raise LayoutError(f"the model has no plan (status {reference.status}); `layout-opt diagnose` tells why")
    task = _Task(instance, definition, chosen, reference, gap, time_limit, seed)
    ends = [_end(task, 0, {}, progress)]
    least = ends[0].value[0] - within * abs(ends[0].value[0])
    ends += [_end(task, first, {0: least}, progress) for first in range(1, len(chosen))]
    best = np.array([end.value[n] for n, end in enumerate(ends)])
    worst = np.min([end.value for end in ends], axis=0)
    levels = [np.linspace(worst[n], best[n], points) for n in range(1, len(chosen))]
    between = [_inside(task, level, best - worst, progress) for level in itertools.product(*levels) if _within(level, worst, best, points)]
    found = Frontier(chosen, *_table(chosen, [*ends, *(point for point in between if point is not None)]), out)
    if out is not None:
        write_whole(out, lambda folder: _fill(found, folder), FRONTIER_FILE, (TABLE,))
    return found


@dataclass(frozen=True, eq=False)
class _Point:
    """A plan: its figures turned so that more is better, and a bound on the first goal at the levels it was asked for."""

    run: Run
    value: np.ndarray[Any, Any]
    bound: float


def _check(objectives: Sequence[str], points: int, within: float, out: Path | None) -> None:
    faults = []
    if not 2 <= len(objectives) <= 3:
        faults.append(Fault("two or three objectives are traded off", Place("--objectives"), "Name two or three.", str(len(objectives))))
    if points < 2:
        faults.append(Fault("a frontier has two ends", Place("--points"), "Ask for 2 points or more.", str(points)))
    if not 0 < within <= 1:
        faults.append(Fault("a share is above 0 and at most 1", Place("--within"), "Write, for example, 0.1.", str(within)))
    if faults:
        raise InputError(faults=faults)
    if out is not None:
        check_target(out, FRONTIER_FILE, (TABLE,))


def _end(task: _Task, first: int, least: Mapping[int, float], progress: Callable[[str], Progress]) -> _Point:
    """The goal at its best while others have at least some level, then the others at their best beside it, in order."""
    order = [first, *(n for n in range(len(task.goals)) if n != first)]
    held = dict(least)
    bounds: dict[int, float] = {}
    point = None
    for n in order:
        title = f"best {task.goals[n].name}"
        point = _solve(task, {n: 1.0}, {m: level for m, level in held.items() if m != n}, progress(title)) or point
        if point is None:
            raise LayoutError(f"no plan was found for the {title} within the limit")
        held[n] = point.value[n] - KEPT * max(1.0, abs(point.value[n]))
        bounds[n] = point.bound
    assert point is not None
    return replace(point, bound=bounds[0])


def _inside(task: _Task, level: Sequence[float], span: np.ndarray[Any, Any], progress: Callable[[str], Progress]) -> _Point | None:
    """The first goal at its best while the others reach their levels; None where no plan is found."""
    held = dict(enumerate(level, 1))
    weights = {0: 1.0} | {n: AUGMENT * span[0] / span[n] for n in held if span[n] > 0}
    title = ", ".join(f"{task.goals[n].name} {task.goals[n].sign * value:,.6g}" for n, value in held.items())
    point = _solve(task, weights, held, progress(title))
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


def _solve(task: _Task, weights: Mapping[int, float], held: Mapping[int, float], progress: Progress) -> _Point | None:
    """Maximise the weighted goals while some are held; the plan as a run of the model, verified."""
    built = prepared(task.instance, task.definition, gap=task.gap, time_limit=task.time_limit, seed=task.seed)
    usual = built.weights
    _strive(built, task.goals, weights, held)
    outcome = search(built, gap=task.gap, time_limit=task.time_limit, seed=task.seed, progress=progress)
    if outcome.status not in ("optimal", "feasible") or outcome.bound is None:
        return None
    built.weights = usual
    run = _as_run(task, built, outcome)
    value = np.array([goal.sign * goal.figure(run) for goal in task.goals])
    return _Point(run, value, outcome.bound)


def _strive(built: Built, chosen: Iterable[Goal], weights: Mapping[int, float], held: Mapping[int, float]) -> None:
    """Put the weighted goals in place of the objective, and hold those that have a level."""
    expressions = {n: goal.expression(built) for n, goal in enumerate(chosen) if n in weights or n in held}
    built.weights = dict.fromkeys(built.weights, 0.0)
    built.model.objective.set_value(sum(weight * expressions[n] for n, weight in weights.items()))
    built.model.level = pyo.Constraint(list(held), rule=partial(_level, expressions, held))


def _level(expressions: Mapping[int, Any], held: Mapping[int, float], _: Any, n: int) -> Any:
    return expressions[n] >= held[n]


def _as_run(task: _Task, built: Built, outcome: Outcome) -> Run:
    """The plan in the model as a run of the definition, against the bound that the definition's own run has proved."""
    run = make_run(built, replace(outcome, objective=-np.inf), {"build": 0.0, "solve": 0.0, "total": 0.0}, task.gap, task.time_limit, task.seed)
    terms = run.tables["objective"]
    worth = float((terms["weight"] * terms["value"]).sum())
    bound = max(float(task.reference.info["bound"]), worth)
    reached = relative_gap(worth, bound)
    stated = {"objective": worth, "bound": bound, "gap": reached, "status": "optimal" if reached <= PROVEN else "feasible"}
    return replace(run, info={**run.info, **stated}).confirmed()


def _table(chosen: Sequence[Goal], found: Sequence[_Point]) -> tuple[pd.DataFrame, dict[str, Run]]:
    """Rows of the points that none dominates, ordered by the first goal, the best first."""
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


def _fill(found: Frontier, folder: Path) -> None:
    for name, run in found.runs.items():
        (folder / name).mkdir()
        fill_run(run, folder / name)
    found.points.to_csv(folder / f"{TABLE}.csv", index=False, float_format="%.12g", lineterminator="\n")
    run = next(iter(found.runs.values()))
    info = {
        "instance": {"name": run.instance.name, "sha256": run.instance.sha256},
        "model": run.definition.name,
        "objectives": {goal.name: "more is better" if goal.sign > 0 else "less is better" for goal in found.goals},
    }
    (folder / FRONTIER_FILE).write_text(json.dumps(info, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
