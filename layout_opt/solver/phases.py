"""What the phases of a large solve share: the best plan, the bound, the journal; how far to stay from a relaxation; and how it all ends."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

import numpy as np

from layout_opt.build import Built
from layout_opt.errors import LayoutError
from layout_opt.solver.compiled import Compiled
from layout_opt.solver.direct import box_bound, row_prices
from layout_opt.solver.linear import Found, Linear
from layout_opt.solver.outcome import PROVEN, Outcome, relative_gap
from layout_opt.solver.proof import Proof
from layout_opt.solver.running import Journal

CROSSED = 1e-6  # relative: by how much a plan may beat the bound through rounding
LITTLE = 1e-6  # a flow below this is none
UNPRICED = 1e-3  # of the largest objective coefficient: the measure where projects cost nothing


@dataclass
class Solve:
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


def worth(relaxation: Linear) -> float:
    """What a unit of growth pays for its project in the relaxation, on average: the measure of the weights.

    A region that leaves the relaxation by less than a project costs saves the project, by more it loses what the unit was there for.
    """
    core, values = relaxation.core, relaxation.values[: len(relaxation.core.cost)]
    gated = np.flatnonzero((relaxation.gate >= 0) & (values > LITTLE))
    grown = float(values[gated].sum())
    paid = float(np.abs(core.cost[np.unique(relaxation.gate[gated])]).sum())
    return paid / grown if grown > 0 and paid > 0 else UNPRICED * float(np.abs(core.cost).max(initial=1.0))


def finish(solve: Solve, relaxation: Linear) -> Outcome:
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
