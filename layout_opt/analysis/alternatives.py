"""Which projects a good plan must have, may have, and cannot have; and the nearest plans that are otherwise.

Good is a plan that keeps all but a share `within` of the gain over today: of what the plan is worth beyond today's layout, each region keeping its
share of every industry's demand (limits aside). A share of the total would call everything flexible, since one site is little beside a nation.

    core           every good plan has the project: the bound without it lies below what is good
    never          no good plan has it: the bound with it lies below
    flexible       good plans with it and without it were found
    undetermined   neither was shown within the time

Bounds come from the linear relaxation of the whole problem with the project fixed, and where that does not decide from the integer search.

Plans that cannot be told apart, because the loss between them may be nil, are ties, and are disclosed as such. Reports that have to name one of
them use one rule, so that they reproduce: the plan that changes least output from the base year, and of equal ones the first found.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import pandas as pd
import pyomo.environ as pyo

from layout_opt.analysis.study import Effort, Efforts, Study, rebased, study
from layout_opt.analysis.today import worth_of_today
from layout_opt.build import Built
from layout_opt.definition import Definition
from layout_opt.errors import Fault, InputError, LayoutError, Place
from layout_opt.flows import Array
from layout_opt.instance import Instance
from layout_opt.runs import Run
from layout_opt.solver.compiled import Compiled, compile_built
from layout_opt.solver.dive import dive
from layout_opt.solver.relaxation import Relaxation
from layout_opt.solver.tightening import tighten
from layout_opt.solving import prepared

VERDICTS = ("core", "flexible", "never", "undetermined")
ROUNDING = 1e-7  # relative: by how much a bound has to lie below what is good
PATIENCE = 10.0  # seconds that the integer search may take for one project
DECIDING = 1e-6  # its gap: what is good may lie close to what is possible
NEAREST = ["plan", "objective", "loss_low", "loss_high", "tied", "output_elsewhere", "changed", "added", "dropped", "run"]
Cell = tuple[int, str, str]  # year, industry, region


@dataclass(frozen=True, eq=False)
class Alternatives:
    """`placements` has a row per possible project: industry, region, period, whether the plan has it, and the verdict; `nearest` the best plans
    that differ, with the loss as an interval, whether it is `tied` with the plan, and what differs; `good` is what a plan has to be worth,
    `gain` the gain over `today`."""

    run: Run
    placements: pd.DataFrame
    nearest: pd.DataFrame
    today: float
    gain: float
    good: float

    @property
    def ties(self) -> int:
        """How many of the other plans cannot be told from the plan: within both gaps none is worse."""
        return int(self.nearest["tied"].sum())

    @property
    def preferred(self) -> int:
        """Of the plan (0) and those tied with it, the number of the one that the tie-breaking rule names: the least output changed from the base
        year, and of equal ones the first found."""
        tied = self.nearest[self.nearest["tied"]]
        numbers, changes = tied["plan"].to_numpy(int), tied["changed"].to_numpy(float)
        return int(numbers[changes.argmin()]) if len(tied) and changes.min() < changed(self.run) * (1 - ROUNDING) else 0


def alternatives(
    instance: Instance | str | Path,
    definition: Definition | str | Path = "reference",
    *,
    within: float = 0.05,
    nearest: int = 3,
    differing: int = 1,
    out: Path | None = None,
    **effort: Unpack[Efforts],
) -> Alternatives:
    """Classify the projects of a model, and find its `nearest` other plans, each `differing` from all before it by so many projects at least.

    `time_limit` holds for the classification as a whole and for each solve. With `out` the tables and the plans are written there. Raises
    `InputError` for bad input, `LayoutError` for a model without a plan or without projects.
    """
    _check(within, nearest, differing)
    asked = study("alternatives", instance, definition, Effort(**effort), out, within=within)
    with asked:
        asked.expect(2 + nearest)
        run = asked.solve("the plan")
        if not run.has_plan:
            raise LayoutError(f"the model has no plan (status {run.status}); `layout-opt diagnose` tells why")
        limit, seed = asked.limit(), asked.effort.seed
        built = prepared(asked.instance, asked.definition, gap=asked.effort.gap, time_limit=limit, seed=seed)
        if not any(len(period.b.w) for period in built.periods):
            raise LayoutError("the model has no projects: no industry has a lot or is indivisible, so there is nothing to classify")
        worth, today = float(run.info["objective"]), worth_of_today(built)
        gain = max(worth - today, 0.0)
        good = worth - within * gain
        asked.figures |= {"today": today, "gain": gain, "good": good, "worth": worth}
        sorting = _Sorting(built, good, math.inf if limit is None else time.perf_counter() + limit, seed)
        sorting.note({cell: _stands(run, cell) for cell in sorting.columns})
        sorting.relax()
        for cell, value in sorting.open():
            title = f"{cell[1]} in {cell[2]} {'with' if value else 'without'} a project"
            left = asked.left
            found = asked.solve(title, change=partial(_fix, cell=cell, value=value), gap=DECIDING, time_limit=PATIENCE)
            asked.left = left
            sorting.hear(cell, value, found)
        asked.tables["placements"] = placements = _placements(sorting, run)
        others = _others(asked, run, sorting, nearest, differing)
    return Alternatives(run, placements, others, today, gain, good)


def _check(within: float, nearest: int, differing: int) -> None:
    faults = []
    if not 0 <= within <= 1:
        faults.append(Fault("a share lies between 0 and 1", Place("--within"), "Write, for example, 0.05.", str(within)))
    if nearest < 0:
        faults.append(Fault("a number of plans is 0 or more", Place("--nearest"), "Write 0 or more.", str(nearest)))
    if differing < 1:
        faults.append(Fault("other plans differ by one project at least", Place("--differing"), "Write 1 or more.", str(differing)))
    if faults:
        raise InputError(faults=faults)


@dataclass(eq=False)
class _Sorting:
    """What is known of every possible project: seen in a good plan with 1 and with 0, or shown not to be."""

    built: Built
    good: float
    deadline: float
    seed: int
    columns: dict[Cell, int] = field(default_factory=dict)
    seen: dict[tuple[Cell, int], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.compiled: Compiled = compile_built(self.built)
        at = {id(v): n for n, v in enumerate(self.compiled.columns)}
        for period in self.built.periods:
            self.columns |= {(period.year, k, r): at[id(w)] for (k, r), w in period.b.w.items() if id(w) in at}

    def note(self, plan: dict[Cell, int]) -> None:
        """A good plan shows what is possible."""
        for cell, value in plan.items():
            self.seen[cell, value] = True

    def open(self) -> Iterator[tuple[Cell, int]]:
        """What is neither seen nor excluded yet, while there is time."""
        for cell in self.columns:
            for value in (0, 1):
                if (cell, value) not in self.seen and time.perf_counter() < self.deadline:
                    yield cell, value

    def relax(self) -> None:
        """Decide what the linear relaxation decides, and what dives from it find."""
        relaxation = Relaxation(self.compiled, tighten(self.compiled.core), threading.Event(), self.seed)
        if not relaxation.solve(self.deadline, lambda *_: None) or not len(relaxation.values):
            return
        below = self.good - ROUNDING * max(1.0, abs(self.good))
        root, values, reduced = relaxation.bound, relaxation.values.copy(), relaxation.reduced.copy()
        for cell, value in self.open():
            n = self.columns[cell]
            if root - abs(reduced[n]) < below and abs(values[n] - (1 - value)) < ROUNDING:
                self.seen[cell, value] = False
        for cell, value in self.open():
            column = np.array([self.columns[cell]])
            relaxation.hold(column, np.array([float(value)]))
            solved = relaxation.resolve(self.deadline)
            if not solved and time.perf_counter() < self.deadline:
                self.seen[cell, value] = False  # the relaxation has no solution
            elif solved and relaxation.objective + relaxation.reachable() < below:
                self.seen[cell, value] = False
            elif solved:
                self._dive(relaxation, column, value)
            relaxation.free(column)

    def _dive(self, relaxation: Relaxation, column: Array, value: int) -> None:
        lower, upper = relaxation.core.lower[column].copy(), relaxation.core.upper[column].copy()
        relaxation.core.lower[column] = relaxation.core.upper[column] = float(value)
        found = dive(relaxation, self.deadline)
        relaxation.core.lower[column], relaxation.core.upper[column] = lower, upper
        if found is not None and found.objective >= self.good:
            self.note({cell: round(found.values[n]) for cell, n in self.columns.items()})

    def hear(self, cell: Cell, value: int, run: Run) -> None:
        """What the integer search with a project fixed has shown."""
        if run.status == "infeasible":
            self.seen[cell, value] = False
        elif run.has_plan and run.info["objective"] >= self.good:
            self.note({other: _stands(run, other) for other in self.columns})
        elif run.info["bound"] is not None and run.info["bound"] < self.good - ROUNDING * max(1.0, abs(self.good)):
            self.seen[cell, value] = False

    def verdict(self, cell: Cell) -> str:
        """The verdict on a project."""
        absent, present = self.seen.get((cell, 0)), self.seen.get((cell, 1))
        if present is False:
            return "never"
        if absent is False:
            return "core"
        return "flexible" if absent and present else "undetermined"


def _stands(run: Run, cell: Cell) -> int:
    """Whether a plan has a project in a cell (of an indivisible industry: whether it stands there)."""
    year, k, r = cell
    period = next(p for p in run.plan.periods if p.year == year)
    if run.instance.industries["indivisible"][k]:
        return int(period.output[k, r] > 0)
    return int(period.cells["project"][k, r] > 0)


def _fix(built: Built, cell: Cell, value: int) -> None:
    year, k, r = cell
    next(p for p in built.periods if p.year == year).b.w[k, r].fix(value)


def _placements(sorting: _Sorting, run: Run) -> pd.DataFrame:
    rows = [(k, r, year, _stands(run, (year, k, r)), sorting.verdict((year, k, r))) for year, k, r in sorting.columns]
    return pd.DataFrame(rows, columns=["industry", "region", "period", "in_plan", "verdict"])


def _others(asked: Study, run: Run, sorting: _Sorting, count: int, differing: int) -> pd.DataFrame:
    """The best plans that differ from the plan and from each other, each with its loss, whether it is tied with the plan, and what differs."""
    known = [{cell: _stands(run, cell) for cell in sorting.columns}]
    rows = asked.rows("nearest", NEAREST)
    asked.expect(count)
    for number in range(1, count + 1):
        other = asked.solve(f"other plan {number}", change=partial(_differ, known=list(known), by=differing))
        if not other.has_plan:
            break
        chosen = {cell: _stands(other, cell) for cell in sorting.columns}
        low = max(run.info["objective"] - other.info["bound"], 0.0)
        high = max(run.info["bound"] - other.info["objective"], low)
        added, dropped = ([cell for cell in chosen if chosen[cell] - known[0][cell] == sign] for sign in (1, -1))
        moved = float((other.plan.last.output - run.plan.last.output).abs().sum() / 2)
        name = asked.name(asked.keep(f"other plan {number}", rebased(other, run.info["bound"])))
        rows.append((number, other.info["objective"], low, high, low == 0, moved, changed(other), _named(added), _named(dropped), name))
        known.append(chosen)
    return asked.table("nearest")


def changed(run: Run) -> float:
    """Output of the last year that stands where it did not in the base year, or no longer stands where it did."""
    return float((run.plan.last.output - run.instance.stock).abs().sum())


def _differ(built: Built, known: list[dict[Cell, int]], by: int) -> None:
    """Ask for a plan that differs from each of the known ones in so many projects."""
    w = {(p.year, k, r): variable for p in built.periods for (k, r), variable in p.b.w.items()}

    def apart(_: Any, n: int) -> Any:
        return sum(1 - w[cell] if value else w[cell] for cell, value in known[n].items()) >= by

    built.model.apart = pyo.Constraint(range(len(known)), rule=apart)


def _named(cells: list[Cell]) -> str:
    return "; ".join(f"{k}|{r}" for _, k, r in cells)
