"""A bound from HiGHS's tree that holds for the whole problem, though not every transfer is in its model.

Transfers near to paying are columns; all others of an industry are replaced by a pool that any origin may deliver to and any destination draw
from, at prices a[o] and b[d] with a[o] + b[d] >= c[o,d] for each transfer replaced. The pool is no dearer than what it stands for, so that the
model is a relaxation; with prices from the duals of the linear relaxation it loses nothing of its bound. Where a solution leaves the pools
empty it is a plan of the whole problem. Transfers that enter a total are columns always: a pool could not say which it stands for.
"""

from __future__ import annotations

import dataclasses
import math
import threading
from typing import Any

import highspy
import numpy as np

from layout_opt.flows import Array
from layout_opt.solver.compiled import INF, Program
from layout_opt.solver.linear import listed
from layout_opt.solver.relaxation import Relaxation
from layout_opt.solver.running import BOUNDED, watched
from layout_opt.solver.tightening import implied_bounds

EXPLICIT = 8_000  # transfers up to which all of them are columns, and there is no pool
NEAR = 0.5  # of the transfers priced: how many more become columns, the nearest to paying first


class Proof:
    """HiGHS on the model with pools, in a thread of its own. `bound` is valid at any moment; `integers` are the best it found, once it ended."""

    def __init__(self, relaxation: Relaxation, gap: float, seconds: float, seed: int, stop: threading.Event) -> None:
        self.bound, self.ended, self.halt, self.solved = math.inf, threading.Event(), threading.Event(), False
        self.integers: Array | None = None
        program = pooled(relaxation)
        self.size = program.size
        self.highs = watched(stop, self.halt)
        self.highs.setOptionValue("mip_rel_gap", gap)
        self.highs.setOptionValue("mip_abs_gap", 0.0)
        self.highs.setOptionValue("mip_heuristic_effort", 0.0 if program.matrix.shape[1] > relaxation.columns else 0.05)
        self.highs.setOptionValue("random_seed", seed)
        self.highs.setOptionValue("time_limit", seconds if seconds < math.inf else INF)
        self.columns = np.flatnonzero(program.integer)
        program.load(self.highs)
        self.highs.cbMipInterrupt.subscribe(self._heard)

    def begin(self) -> None:
        """Start the thread."""

        def run() -> None:
            try:
                self.highs.run()
                self._read()
            finally:
                self.ended.set()

        threading.Thread(target=run, daemon=True).start()

    def end(self) -> None:
        """Ask the thread to stop, and wait until it has."""
        self.halt.set()
        self.ended.wait()

    def _heard(self, event: Any) -> None:
        if abs(event.data_out.mip_dual_bound) < INF:
            self.bound = min(self.bound, float(event.data_out.mip_dual_bound))

    def _read(self) -> None:
        info, status = self.highs.getInfo(), self.highs.getModelStatus()
        self.solved = status == highspy.HighsModelStatus.kOptimal
        if status in BOUNDED and abs(info.mip_dual_bound) < INF:
            self.bound = min(self.bound, float(info.mip_dual_bound))
        if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
            self.integers = np.rint(np.asarray(self.highs.getSolution().col_value)[self.columns])


def pooled(relaxation: Relaxation) -> Program:
    """The relaxation's program with integers, further transfers near to paying, and pools for those that are left out."""
    transports = relaxation.compiled.transports
    left = [t.open & ~priced for t, priced in zip(transports, relaxation.priced, strict=True)]
    count = sum(int(mask.sum()) for mask in left)
    if not count:
        return relaxation.program()
    gains = [relaxation.gain(n) for n in range(len(transports))]
    waiting = np.concatenate([gain[mask] for gain, mask in zip(gains, left, strict=True)])
    few = count if count + len(relaxation.arcs[0]) <= EXPLICIT else min(int(NEAR * len(relaxation.arcs[0])), count)
    least = -math.inf if few == count else float(-np.partition(-waiting, few)[few])
    summed = [sum((np.abs(t.counted(rate)) for _, rate in t.totals), np.zeros(t.open.shape)) != 0 for t in transports]
    taken = [mask & ((gain > least) | counts) for gain, mask, counts in zip(gains, left, summed, strict=True)]
    relaxation.add(listed([(n, o, d) for n, (o, d) in enumerate(map(np.nonzero, taken))]))
    pools = [_pool(relaxation, n, mask & ~chosen, gain) for n, (mask, chosen, gain) in enumerate(zip(left, taken, gains, strict=True))]
    return _bounded(_with_pools(relaxation.program(), [pool for pool in pools if pool is not None]))


def _bounded(program: Program) -> Program:
    """The program with the bounds that follow from its rows: they follow, but cuts are the stronger for them."""
    lower, upper = implied_bounds(program)
    return dataclasses.replace(program, lower=lower, upper=upper)


@dataclasses.dataclass(frozen=True, eq=False)
class Pool:
    """Prices of one industry's pool and the rows of its ends."""

    origins: Array
    destinations: Array
    deliver: Array
    draw: Array


def _pool(relaxation: Relaxation, n: int, left: Array, gain: Array) -> Pool | None:
    """Prices a, b with a[o] + b[d] >= c[o,d] for the transfers left out, as high in cost as the duals allow."""
    if not left.any():
        return None
    t, at = relaxation.compiled.transports[n], relaxation.links[n]
    u = relaxation.duals[at : at + len(t.out)]
    o, d = np.flatnonzero(left.any(axis=1)), np.flatnonzero(left.any(axis=0))
    slack = np.where(left, -gain, np.inf)
    cost = np.where(left, t.cost, -np.inf)
    deliver = -u - 0.5 * np.where(np.isfinite(slack.min(axis=1)), slack.min(axis=1), 0.0)
    draw = (cost - deliver[:, None]).max(axis=0)
    return Pool(at + o, at + len(t.out) + d, deliver[o], draw[d])


def _with_pools(program: Program, pools: list[Pool]) -> Program:
    """Columns `deliver` (minus one in the row of its origin, one in the pool's) and `draw` (minus one in both), pool rows that balance."""
    rows, columns = program.matrix.shape
    entries: list[tuple[Array, Array, Array]] = []
    costs, row, column = [], rows, columns
    for pool in pools:
        give = np.arange(column, column + len(pool.origins))
        take = np.arange(column + len(give), column + len(give) + len(pool.destinations))
        entries += [(pool.origins, give, -np.ones(len(give))), (pool.destinations, take, -np.ones(len(take)))]
        entries += [(np.full(len(give), row), give, np.ones(len(give))), (np.full(len(take), row), take, -np.ones(len(take)))]
        costs += [pool.deliver, pool.draw]
        row, column = row + 1, column + len(give) + len(take)
    return program.extended(entries, costs, row - rows)
