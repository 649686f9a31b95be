"""The engine for large models: transfers priced in, a bound from the relaxation of the whole problem, plans from dives and neighbourhoods.

Phases: tighten coefficients; solve the relaxation, pricing transfers and stating gates; dive to a plan; then, at the same time, search
neighbourhoods of the plan and let HiGHS's tree improve the bound. Every bound holds for the whole problem and every plan pays the true cost of its
transfers, so that both stand at any moment: Ctrl-C and the time limit keep them. It works on the compiled matrices alone, hence for every
policy family. In vast models industries move between groups of regions, and plans are rounded region by region.
"""

from __future__ import annotations

import dataclasses
import math
import threading
import time
from pathlib import Path

from layout_opt.build import Built
from layout_opt.flows import Array
from layout_opt.solver import vast
from layout_opt.solver.compiled import compile_built
from layout_opt.solver.direct import solve_direct
from layout_opt.solver.dive import dive
from layout_opt.solver.grouped import Grouped
from layout_opt.solver.linear import Found
from layout_opt.solver.neighbourhoods import Neighbourhoods
from layout_opt.solver.outcome import PROVEN, Outcome, Progress, quiet
from layout_opt.solver.phases import Solve, finish, worth
from layout_opt.solver.proof import Proof
from layout_opt.solver.regions import Regions
from layout_opt.solver.relaxation import Relaxation
from layout_opt.solver.running import WORKERS, Journal, interruptible
from layout_opt.solver.tightening import tighten

RELAXING = 0.5  # of the time limit, at most, for the first relaxation
# Weights of staying near the relaxation, per unit of output and in terms of what its project costs, and in how many steps.
ROUNDINGS, LARGE_ROUNDINGS = ((1.0, 12), (0.5, 12), (2.0, 12)), ((0.25, 1), (1.0, 12))
FINISHING = 0.03  # of the time limit, kept to settle the last plan
TREE = 40_000  # columns up to which HiGHS's tree is asked for a better bound
IDLE = 60  # neighbourhoods in a row without a better plan after which the search waits for the bound


def solve_scaled(
    built: Built,
    gap: float = PROVEN,
    time_limit: float | None = None,
    seed: int = 0,
    progress: Progress = quiet,
    log: Path | None = None,
) -> Outcome:
    """Solve a built model and load the plan into its Pyomo variables and flows, if there is one; parameters as for `solve_direct`.

    Falls back to the direct engine where the relaxation has no solution or the dive finds no plan: infeasibility is for the whole tree to show.
    """
    journal = Journal(progress, log)
    limit = math.inf if time_limit is None else time_limit
    compiled = compile_built(built)

    def work(stop: threading.Event) -> Outcome | None:
        return _phases(Solve(built, compiled, gap, journal.began + limit * (1 - FINISHING), seed, journal, stop), limit)

    outcome, interrupted = interruptible(work)
    if outcome is not None:
        return dataclasses.replace(outcome, interrupted=interrupted)
    if interrupted:
        return Outcome("no_plan", size=compiled.core.size, interrupted=True, engine="scaled", message="interrupted")
    journal.say("no plan from the relaxation: the direct engine takes over")
    left = None if time_limit is None else max(time_limit - journal.seconds, 0.0)
    return solve_direct(built, gap, left, seed, progress, log)


def _phases(solve: Solve, limit: float) -> Outcome | None:
    core = tighten(solve.compiled.core)
    if core.matrix.shape[0] >= vast.VAST and solve.compiled.transports:
        grouped = Grouped(solve.compiled, core, vast.HUBS, solve.stop, solve.seed)
        if grouped.even:
            return vast.solve_vast(solve, grouped)
        solve.journal.say("a total of transfers is uneven within groups of regions: single transfers are priced")
    relaxation = Relaxation(solve.compiled, core, solve.stop, solve.seed)
    solve.note("relaxation begins", relaxation)
    if not relaxation.solve(solve.journal.began + RELAXING * limit, solve.note) or not len(relaxation.values):
        return None
    relaxed, reduced = relaxation.values, relaxation.reduced
    if not relaxation.core.integer.any():
        return finish(solve, relaxation) if solve.keep(dive(relaxation, solve.deadline)) else None
    if relaxation.columns <= TREE:
        solve.proof = Proof(relaxation, solve.gap, solve.deadline - time.perf_counter(), solve.seed, solve.stop)
        solve.proof.begin()
        relaxation.resolve(solve.deadline)
    try:
        _first_plans(solve, relaxation)
        _search(solve, relaxation, relaxed, reduced)
    finally:
        if solve.proof is not None:
            solve.proof.end()
    if solve.proof is not None:
        _end_tree(solve, solve.proof, relaxation)
    return finish(solve, relaxation) if solve.best is not None else None


def _first_plans(solve: Solve, relaxation: Relaxation) -> None:
    """A dive, where it is quick; then plans rounded region by region, near the relaxation and far. Without a tree, the regions give the bound."""
    if not relaxation.large:
        solve.keep(dive(relaxation, solve.deadline))
        solve.note("dive", relaxation)
        if solve.reached() or solve.over() or not relaxation.resolve(solve.deadline):
            return
    regions = Regions(solve.built, relaxation, solve.stop, WORKERS if solve.proof is None else max(1, WORKERS - 1))
    if regions.blocks and not solve.reached():
        if solve.proof is None:
            relaxation.bound = min(relaxation.bound, regions.bound())
            solve.note("regions", relaxation)
        root, measure = relaxation.solution, worth(relaxation)
        for weight, steps in LARGE_ROUNDINGS if relaxation.large else ROUNDINGS:
            if solve.reached() or solve.over():
                return
            relaxation.recall(root)
            solve.keep(regions.round(weight * measure, solve.seed, solve.deadline, steps))
            solve.note(f"rounding {weight:g} by {steps}", relaxation)
    if solve.best is None and relaxation.large and relaxation.resolve(solve.deadline):
        solve.keep(dive(relaxation, solve.deadline))
        solve.note("dive", relaxation)


def _search(solve: Solve, relaxation: Relaxation, relaxed: Array, reduced: Array) -> None:
    """Neighbourhoods until the gap is reached, time is over, or the tree has proved a plan; where they no longer help, wait for the tree."""
    if solve.best is None or solve.reached() or solve.over():
        return
    search = Neighbourhoods(solve.built, relaxation, relaxed, reduced, solve.best, solve.seed, solve.stop)
    idle = 0
    while not solve.reached() and not solve.over():
        if idle >= IDLE and solve.proof is not None and solve.proof.ended.wait(0.2):
            return
        if idle < IDLE:
            kind = search.step(solve.deadline)
            idle = 0 if solve.keep(Found(search.values, search.objective, search.arcs)) else idle + 1
            solve.note(kind, relaxation)
        elif solve.proof is None:
            return


def _end_tree(solve: Solve, proof: Proof, relaxation: Relaxation) -> None:
    """Take the bound of the tree that has ended, and its plan with transfers at their true cost."""
    if proof.integers is not None and not solve.reached():
        solve.keep(relaxation.settle(proof.integers))
    solve.note("tree", relaxation)
