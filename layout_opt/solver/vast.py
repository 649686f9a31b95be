"""Vast models: a bound and plans from the program in which industries move between groups of regions."""

from __future__ import annotations

import time

import highspy

from layout_opt.solver.dive import dive
from layout_opt.solver.grouped import Grouped
from layout_opt.solver.outcome import Outcome
from layout_opt.solver.phases import RELAXING, WEIGHTS, Solve, finish, worth
from layout_opt.solver.regions import Regions

VAST = 200_000  # rows from which a model is vast
HUBS = 16  # around which regions are grouped
FEW = 4  # groups of regions that are rounded one after the other


def solve_vast(solve: Solve, grouped: Grouped, limit: float) -> Outcome:
    """A bound from the groups, a better one from the regions, and plans rounded region by region while there is time for one more."""
    solve.note("groups begin", grouped)
    if not grouped.solve(solve.deadline):
        infeasible = grouped.highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible
        return Outcome("infeasible" if infeasible else "no_plan", size=solve.compiled.core.size, engine="scaled", message="no relaxation")
    solve.note("groups", grouped)
    regions = Regions(solve.built, grouped, solve.stop)
    if regions.blocks:
        grouped.bound = min(grouped.bound, regions.bound(solve.journal.began + RELAXING * limit))
        solve.note("regions", grouped)
    else:
        solve.keep(dive(grouped, solve.deadline))
        solve.note("dive", grouped)
    measure, took = worth(grouped), 0.0
    for weight in WEIGHTS if regions.blocks else ():
        began = time.perf_counter()
        if solve.reached() or solve.over() or began + took > solve.deadline or (took and not grouped.resolve(solve.deadline)):
            break
        solve.keep(regions.round(weight * measure, solve.seed, solve.deadline, FEW))
        solve.note(f"rounding {weight:g}", grouped)
        took = time.perf_counter() - began
    if solve.best is None:
        return Outcome("no_plan", size=solve.compiled.core.size, engine="scaled", message="no plan within the limit")
    return finish(solve, grouped)
