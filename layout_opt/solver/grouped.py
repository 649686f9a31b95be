"""The relaxation of a vast model: industries move between groups of regions, and only the finished plan says from where to where.

Statement, for an industry k, groups A and B of regions (around hubs, within one plate each) and F[k,A,B] >= 0::

    departures   sum_{o in A} out[k,o] = sum_B F[k,A,B]
    arrivals     sum_{d in B} into[k,d] = sum_A F[k,A,B]
    total s      T[s] = sum rate_s[k,A,B] * F[k,A,B]

at the objective coefficient max_{o in A, d in B} c[k,o,d]: no transfer is worth more than what stands for it, so that the optimum is a bound on the
whole problem. A plan is made at the mean in place of the maximum: with all integers fixed, the program says what each cell releases and
receives, and a transport problem per industry carries that at least cost. Both have few columns where there are R^2 K transfers.
Every solve is by the interior point method and begins from nothing, which in such programs is quicker than any warm start of a simplex.
"""

from __future__ import annotations

import math
import threading

import highspy
import numpy as np

from layout_opt.flows import Array
from layout_opt.solver.compiled import Compiled, Program
from layout_opt.solver.hubs import between_groups, blocks, carried, groups
from layout_opt.solver.linear import Found, Linear, listed
from layout_opt.solver.running import WORKERS

METHODS = ("hipo", "ipm")  # by factorising, where the package highspy-extras is installed; what HiGHS has itself
EVEN = 1e-9  # relative: rates of a total that differ by less within a block are one
MOVED = 1e-9  # output below this is not moved


class Grouped(Linear):
    """The linear program of the module's statement. `even` says whether it can stand for the model: a total is exact, so that the rates of its
    transfers have to be alike between any two groups."""

    def __init__(self, compiled: Compiled, program: Program, hubs: int, stop: threading.Event, seed: int = 0) -> None:
        super().__init__(compiled, program, stop, seed)
        transports, instance = compiled.transports, compiled.transports[0].period.instance
        near, plate = groups(instance.distance.to_numpy(dtype=float), hubs), np.unique(instance.regions["plate"], return_inverse=True)[1]
        label = np.unique(plate * hubs + near, return_inverse=True)[1]
        costs = [blocks(t.cost, t, label) for t in transports]
        rates = [(row, n, blocks(t.counted(rate), t, label)) for n, t in enumerate(transports) for row, rate in t.totals]
        self.even = all(np.nanmax(most - least) <= EVEN * np.nanmax(np.abs(most)) for _, _, (least, _, most) in rates)
        totals = [(int(column), {n: mean for at, n, (_, mean, _) in rates if at == row}) for row, column in enumerate(compiled.totals)]
        grouped = between_groups(program, transports, label, [most for _, _, most in costs], totals)
        self.label = label
        self.moves = np.arange(program.matrix.shape[1], grouped.matrix.shape[1], dtype=np.int32)
        self.at_best = grouped.cost[self.moves]
        self.at_mean = np.concatenate([mean[~np.isnan(mean)] for _, mean, _ in costs])
        self.highs.setOptionValue("threads", WORKERS)
        for method in METHODS:
            if self.highs.setOptionValue("solver", method) == highspy.HighsStatus.kOk:
                break
        grouped.load(self.highs)

    def solve(self, deadline: float) -> bool:
        """Solve for the bound; False where there is none by the deadline."""
        solved = self.resolve(deadline)
        self.bound = min(self.bound, self.objective) if solved else self.bound
        return solved

    def gain(self, n: int) -> Array:
        t, groups_, (rows, _) = self.compiled.transports[n], int(self.label.max()) + 1, self.core.matrix.shape
        u, v = self.duals[rows + 2 * groups_ * n :][: 2 * groups_].reshape(2, groups_)
        gain: Array = t.cost + u[self.label[t.lane.origins]][:, None] + v[self.label[t.lane.destinations]]
        for total, rate in t.totals:
            gain = gain + self.duals[rows + 2 * groups_ * len(self.compiled.transports) + total] * t.counted(rate)
        return gain

    def reachable(self) -> float:
        return 0.0

    def settle(self, whole: Array, deadline: float = math.inf) -> Found | None:
        """At mean costs between groups, then each industry carried at least cost."""
        self.hold(np.flatnonzero(self.core.integer), whole)
        self.highs.changeColsCost(len(self.moves), self.moves, self.at_mean)
        solved = self.resolve(deadline)
        self.highs.changeColsCost(len(self.moves), self.moves, self.at_best)
        if not solved:
            return None
        plan = self.values[: self.core.matrix.shape[1]]
        found, moved, objective = [], [plan], self.core.offset + float(self.core.cost @ plan)
        for n, t in enumerate(self.compiled.transports):
            o, d = np.flatnonzero(plan[t.out] > MOVED), np.flatnonzero(plan[t.into] > MOVED)
            if not len(o) or not len(d):
                continue
            out, into, cost, open_ = plan[t.out][o], plan[t.into][d], t.cost[np.ix_(o, d)], t.open[np.ix_(o, d)]
            amount, _, _ = carried(np.where(open_, cost, 10 * cost.min() - 1), out, into * out.sum() / into.sum())
            if (amount[~open_] > MOVED).any():
                return None
            a, b = np.nonzero(open_ & (amount > 0))
            found.append((n, o[a], d[b]))
            moved.append(amount[a, b])
            objective += float((cost * amount)[a, b].sum())
        return Found(np.concatenate(moved), objective, listed(found), self.duals)
