"""Vast models: a bound and plans from the program in which industries move between groups of regions."""

from __future__ import annotations

import time

import highspy

from layout_opt.solver.dive import dive
from layout_opt.solver.grouped import Grouped
from layout_opt.solver.outcome import Outcome
from layout_opt.solver.phases import Solve, finish, worth
from layout_opt.solver.regions import Regions

VAST = 200_000  # rows from which a model is vast
HUBS = 16  # around which regions are grouped
ROUNDINGS = ((0.5, 1), (0.25, 1), (0.5, 4), (1.0, 4))  # weight of staying near the relaxation, and in how many steps


def solve_vast(solve: Solve, grouped: Grouped) -> Outcome:
    """A bound from the groups, a quick plan, a better bound from the regions, and better plans while there is time for one more."""
    solve.note("groups begin", grouped)
    if not grouped.solve(solve.deadline):
        infeasible = grouped.highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible
        return Outcome("infeasible" if infeasible else "no_plan", size=solve.compiled.core.size, engine="scaled", message="no relaxation")
    solve.note("groups", grouped)
    regions, root, measure, took = Regions(solve.built, grouped, solve.stop), grouped.solution, worth(grouped), 0.0
    if not regions.blocks:
        solve.keep(dive(grouped, solve.deadline))
        solve.note("dive", grouped)
    for n, (weight, steps) in enumerate(ROUNDINGS if regions.blocks else ()):
        began = time.perf_counter()
        if solve.reached() or solve.over() or began + took > solve.deadline:
            break
        grouped.recall(root)
        solve.keep(regions.round(weight * measure, solve.seed, solve.deadline, steps))
        solve.note(f"rounding {weight:g} by {steps}", grouped)
        took = time.perf_counter() - began
        if n == 0 and not solve.over():
            grouped.recall(root)
            grouped.bound = min(grouped.bound, regions.bound(solve.deadline))
            solve.note("regions", grouped)
    if solve.best is None:
        return Outcome("no_plan", size=solve.compiled.core.size, engine="scaled", message="no plan within the limit")
    return finish(solve, grouped)
