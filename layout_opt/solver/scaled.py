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
from dataclasses import dataclass
from pathlib import Path

import highspy
import numpy as np

from layout_opt.build import Built
from layout_opt.errors import LayoutError
from layout_opt.flows import Array
from layout_opt.solver.compiled import Compiled, compile_built
from layout_opt.solver.direct import box_bound, row_prices, solve_direct
from layout_opt.solver.dive import dive
from layout_opt.solver.grouped import Grouped
from layout_opt.solver.linear import Found, Linear
from layout_opt.solver.neighbourhoods import Neighbourhoods
from layout_opt.solver.outcome import PROVEN, Outcome, Progress, quiet, relative_gap
from layout_opt.solver.proof import Proof
from layout_opt.solver.regions import Regions
from layout_opt.solver.relaxation import Relaxation
from layout_opt.solver.running import WORKERS, Journal, interruptible
from layout_opt.solver.tightening import tighten

RELAXING = 0.5  # of the time limit, at most, for the first relaxation
FINISHING = 0.03  # of the time limit, kept to settle the last plan
TREE = 40_000  # columns up to which HiGHS's tree is asked for a better bound
VAST, HUBS, FEW = 200_000, 16, 4  # rows from which industries move between groups, around so many hubs; groups of regions rounded at a time there
WEIGHTS = (1.0, 2.0, 0.5)  # of staying near the relaxation, per unit of output and in terms of what its project costs
CROSSED = 1e-6  # relative: by how much a plan may beat the bound through rounding
LITTLE = 1e-6  # a flow below this is none
UNPRICED = 1e-3  # of the largest objective coefficient: the measure where projects cost nothing
IDLE = 60  # neighbourhoods in a row without a better plan after which the search waits for the bound


@dataclass
class _Solve:
    """What the phases share."""

    built: Built
    compiled: Compiled
    gap: float
    deadline: float
    seed: int
    journal: Journal
    stop: threading.Event

    bound: float = math.inf
    best: Found | None = None
    proof: Proof | None = None

    def reached(self) -> bool:
        self._hear()
        return self.best is not None and relative_gap(self.best.objective, self.bound) <= self.gap

    def over(self) -> bool:
        proved = self.proof is not None and self.proof.solved
        return proved or self.stop.is_set() or time.perf_counter() >= self.deadline

    def keep(self, found: Found | None) -> bool:
        """Take a plan where it is better; True then."""
        better = found is not None and (self.best is None or found.objective > self.best.objective)
        if better:
            self.best = found
        return better

    def _hear(self) -> None:
        if self.proof is not None:
            self.bound = min(self.bound, self.proof.bound)

    def note(self, phase: str, relaxation: Linear) -> None:
        self._hear()
        self.bound = min(self.bound, relaxation.bound)
        self.journal.note(phase, relaxation.columns, relaxation.rows, self.bound, None if self.best is None else self.best.objective)


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
        return _phases(_Solve(built, compiled, gap, journal.began + limit * (1 - FINISHING), seed, journal, stop), limit)

    outcome, interrupted = interruptible(work)
    if outcome is not None:
        return dataclasses.replace(outcome, interrupted=interrupted)
    if interrupted:
        return Outcome("no_plan", size=compiled.core.size, interrupted=True, engine="scaled", message="interrupted")
    journal.say("no plan from the relaxation: the direct engine takes over")
    left = None if time_limit is None else max(time_limit - journal.seconds, 0.0)
    return solve_direct(built, gap, left, seed, progress, log)


def _phases(solve: _Solve, limit: float) -> Outcome | None:
    core = tighten(solve.compiled.core)
    if core.matrix.shape[0] >= VAST and solve.compiled.transports:
        grouped = Grouped(solve.compiled, core, HUBS, solve.stop, solve.seed)
        if grouped.even:
            return _vast(solve, grouped, limit)
        solve.journal.say("a total of transfers is uneven within groups of regions: single transfers are priced")
    relaxation = Relaxation(solve.compiled, core, solve.stop, solve.seed)
    solve.note("relaxation begins", relaxation)
    if not relaxation.solve(solve.journal.began + RELAXING * limit, solve.note) or not len(relaxation.values):
        return None
    relaxed, reduced = relaxation.values, relaxation.reduced
    if not relaxation.core.integer.any():
        return _finish(solve, relaxation) if solve.keep(dive(relaxation, solve.deadline)) else None
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
    return _finish(solve, relaxation) if solve.best is not None else None


def _vast(solve: _Solve, grouped: Grouped, limit: float) -> Outcome:
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
    worth, took = _worth(grouped), 0.0
    for weight in WEIGHTS if regions.blocks else ():
        began = time.perf_counter()
        if solve.reached() or solve.over() or began + took > solve.deadline or (took and not grouped.resolve(solve.deadline)):
            break
        solve.keep(regions.round(weight * worth, solve.seed, solve.deadline, FEW))
        solve.note(f"rounding {weight:g}", grouped)
        took = time.perf_counter() - began
    if solve.best is None:
        return Outcome("no_plan", size=solve.compiled.core.size, engine="scaled", message="no plan within the limit")
    return _finish(solve, grouped)


def _first_plans(solve: _Solve, relaxation: Relaxation) -> None:
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
        worth = _worth(relaxation)
        for weight in WEIGHTS:
            if solve.reached() or solve.over() or not relaxation.resolve(solve.deadline):
                return
            solve.keep(regions.round(weight * worth, solve.seed, solve.deadline))
            solve.note(f"rounding {weight:g}", relaxation)
    if solve.best is None and relaxation.large and relaxation.resolve(solve.deadline):
        solve.keep(dive(relaxation, solve.deadline))
        solve.note("dive", relaxation)


def _worth(relaxation: Linear) -> float:
    """What a unit of growth pays for its project in the relaxation, on average: the measure of the weights.

    A region that leaves the relaxation by less than a project costs saves the project, by more it loses what the unit was there for.
    """
    core, values = relaxation.core, relaxation.values[: len(relaxation.core.cost)]
    gated = np.flatnonzero((relaxation.gate >= 0) & (values > LITTLE))
    grown = float(values[gated].sum())
    paid = float(np.abs(core.cost[np.unique(relaxation.gate[gated])]).sum())
    return paid / grown if grown > 0 and paid > 0 else UNPRICED * float(np.abs(core.cost).max(initial=1.0))


def _search(solve: _Solve, relaxation: Relaxation, relaxed: Array, reduced: Array) -> None:
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


def _end_tree(solve: _Solve, proof: Proof, relaxation: Relaxation) -> None:
    """Take the bound of the tree that has ended, and its plan with transfers at their true cost."""
    if proof.integers is not None and not solve.reached():
        solve.keep(relaxation.settle(proof.integers))
    solve.note("tree", relaxation)


def _finish(solve: _Solve, relaxation: Linear) -> Outcome:
    """Settle the best plan: clean values, true transport cost, duals; and say what is proved."""
    best = solve.best
    assert best is not None
    if best.duals is None:
        stopped = solve.stop.is_set()
        solve.stop.clear()  # what was asked to stop is the search; the plan it has is still settled
        best = relaxation.settle(np.rint(best.values[np.flatnonzero(solve.compiled.core.integer)])) or best
        if stopped:
            solve.stop.set()
    t, o, d = best.arcs
    width = solve.compiled.core.matrix.shape[1]
    order = np.argsort(t, kind="stable")
    arcs = [(o[t == n], d[t == n]) for n in range(len(solve.compiled.transports))]
    solve.compiled.keep(np.concatenate([best.values[:width], best.values[width:][order]]), arcs)
    duals = np.zeros(relaxation.rows) if best.duals is None else best.duals
    bound = min(solve.bound, box_bound(solve.compiled.core))
    if bound < best.objective - CROSSED * max(1.0, abs(best.objective)):
        raise LayoutError(f"the bound {bound:,.6f} lies below the plan {best.objective:,.6f}")
    bound = max(bound, best.objective)
    reached = relative_gap(best.objective, bound)
    solve.journal.note("end", relaxation.columns, relaxation.rows, bound, best.objective)
    return Outcome(
        "optimal" if reached <= PROVEN else "feasible",
        best.objective,
        bound,
        reached,
        engine="scaled",
        size={**solve.compiled.core.size, "columns": relaxation.columns, "rows": relaxation.rows},
        prices=row_prices(solve.built, solve.compiled, duals),
        message="gap reached" if solve.reached() else "stopped at the limit" if solve.over() else "no part of the plan gave a better one",
    )
