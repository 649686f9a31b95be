"""The linear relaxation of the whole problem, without every transfer in it.

Pricing: a transfer is a column only once it pays. With duals u of `out[k,o] = sum_d f` and v of `into[k,d] = sum_o f`, and g of the totals
`T[s] = sum rate_s * f`, the reduced cost of a transfer is p[k,o,d] = c[k,o,d] + u[k,o] + v[k,d] + sum_s g[s] * rate_s[k,o,d]; while it is positive
for one left out, the relaxation is not solved, yet (f being limited by its origin)

    bound = objective + sum_{k,o} cap[k,o] * max(0, max_d p[k,o,d])

holds for the whole problem at any time. Gates: where `into[k,d] <= M * w` with w binary, each transfer has f[k,o,d] <= min(M, cap[k,o]) * w; these
rows are stated once they are violated, in programs that are not large: they slow the simplex more than they gain.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

import highspy
import numpy as np
from scipy import sparse

from layout_opt.flows import Array
from layout_opt.solver.compiled import INF, Compiled, Program, Transport, relaxed
from layout_opt.solver.hubs import best, likely
from layout_opt.solver.linear import Arcs, Found, Linear, listed

Code = highspy.HighsModelStatus
NEAREST = 3  # transfers of every origin and destination that the first relaxation has
SUMMED = 5_000  # transfers of an industry that enter a total, up to which the first relaxation has all of them
PRICED = 3  # transfers of every origin and destination that one round of pricing may add
TOLERANCE = 1e-7  # reduced costs below this do not pay
VIOLATED = 1e-4  # gates are stated from this violation on, relative to their size
LARGE = 20_000  # rows from which the first relaxation goes to the interior point method, and gates are left out
SHARE = 1e-7  # of the objective: pricing that can gain less stops
DUAL, PRIMAL = 1, 4  # simplex strategies: after new rows, after new columns


class Relaxation(Linear):
    """The linear program that grows until it is the relaxation of the whole problem.

    `arcs` are the transfers that are columns, in column order after the core's.
    """

    def __init__(self, compiled: Compiled, program: Program, stop: threading.Event, seed: int = 0) -> None:
        super().__init__(compiled, program, stop, seed)
        self.caps = [program.upper[t.out] for t in compiled.transports]
        self.arcs = _first(compiled, program)
        self.links = np.cumsum([program.matrix.shape[0], *(len(t.out) + len(t.into) for t in compiled.transports)])
        self.priced = [np.zeros((len(t.out), len(t.into)), dtype=bool) for t in compiled.transports]
        self._mark(self.arcs)
        self.stated = np.zeros(len(self.arcs[0]), dtype=bool)
        self.gates: list[tuple[Array, Array, Array]] = []
        relaxed(self.program()).load(self.highs)
        self.large = self.rows >= LARGE
        self._paying: tuple[Arcs, float] | None = None

    def solve(self, deadline: float, told: Callable[[str, Relaxation], None]) -> bool:
        """Price and separate until nothing is left, or until the deadline (of `time.perf_counter`); False where the program is infeasible."""
        self.highs.setOptionValue("solver", "ipm" if self.large else "simplex")
        while self.resolve(deadline):
            self.highs.setOptionValue("solver", "simplex")
            pays, reachable = self._pays()
            self.bound = min(self.bound, self.objective + reachable)
            told("pricing" if len(pays[0]) else "gates", self)
            if reachable > SHARE * abs(self.objective):
                self.highs.setOptionValue("simplex_strategy", PRIMAL)
                self.add(pays)
            elif not self.large and self._separate():
                self.highs.setOptionValue("simplex_strategy", DUAL)
            else:
                break
        self.highs.setOptionValue("simplex_strategy", DUAL)
        return bool(self.highs.getModelStatus() != Code.kInfeasible)

    def resolve(self, deadline: float = math.inf) -> bool:
        solved = super().resolve(deadline)
        if solved:
            self._paying = None
        return solved

    def settle(self, whole: Array, deadline: float = math.inf) -> Found | None:
        """Priced until no transfer left out would pay."""
        self.hold(np.flatnonzero(self.core.integer), whole)
        while self.resolve(deadline):
            if not self.price():
                return Found(self.values.copy(), self.objective, self.arcs, self.duals) if self.refresh() else None
        return None

    def refresh(self) -> bool:
        """Solve once more from the same basis, factorised anew: after many warm solves the values HiGHS keeps up to date drift from their rows."""
        basis = self.highs.getBasis()
        self.highs.clearSolver()
        self.highs.setBasis(basis)
        return self.resolve()

    def price(self) -> bool:
        """Add the transfers that pay at the last solution; False where none does."""
        pays, _ = self._pays()
        self.add(pays)
        return len(pays[0]) > 0

    def program(self) -> Program:
        """What stands in HiGHS, as matrices: the core, the transfers that are columns, their links and the gates stated."""
        t, o, d = self.arcs
        (rows, columns), transports = self.core.matrix.shape, self.compiled.transports
        if not transports:
            return self.core
        links, flows, origins = int(self.links[-1]), np.arange(columns, columns + len(t)), np.array([len(x.out) for x in transports])
        ends, totals = np.concatenate([np.concatenate([x.out, x.into]) for x in transports]), self.compiled.totals
        entries = [(np.arange(rows, links + len(totals)), np.concatenate([ends, totals]), np.ones(links + len(totals) - rows))]
        entries += [(row, flows, -np.ones(len(t))) for row in (self.links[t] + o, self.links[t] + origins[t] + d)]
        entries += [(links + total, columns + at, -rate) for total, at, rate in self._counted(self.arcs)]
        row = links + len(totals)
        for flow, w, most in self.gates:
            at = np.arange(row, row + len(flow))
            entries += [(at, flow, np.ones(len(flow))), (at, w, -most)]
            row += len(flow)
        return self.core.extended(entries, [self._costs(self.arcs)], links + len(totals) - rows, row - links - len(totals))

    def _costs(self, arcs: Arcs) -> Array:
        t, o, d = arcs
        cost = np.empty(len(t))
        for n in np.unique(t):
            cost[t == n] = self.compiled.transports[n].cost[o[t == n], d[t == n]]
        return cost

    def _counted(self, arcs: Arcs) -> list[tuple[Array, Array, Array]]:
        """What transfers add to totals: the total, the position among `arcs`, the rate."""
        t, o, d = arcs
        found = []
        for n, transport in enumerate(self.compiled.transports):
            at = np.flatnonzero(t == n) if transport.totals else np.zeros(0, dtype=int)
            for total, rate in transport.totals if len(at) else ():
                counted = transport.counted(rate)[o[at], d[at]]
                some = np.flatnonzero(counted)
                found.append((np.full(len(some), total), at[some], counted[some]))
        return found

    def gain(self, n: int) -> Array:
        """p of the module's statement; of a transfer that is a column less the price of its gate."""
        t, at = self.compiled.transports[n], self.links[n]
        u, v = self.duals[at : at + len(t.out)], self.duals[at + len(t.out) : self.links[n + 1]]
        gain: Array = t.cost + u[:, None] + v[None, :]
        for total, rate in t.totals:
            gain = gain + self.duals[self.links[-1] + total] * t.counted(rate)
        of, o, d = self.arcs
        reduced = self.reduced[len(self.core.cost) :]
        at = np.flatnonzero(of[: len(reduced)] == n)
        gain[o[at], d[at]] = reduced[at]
        return gain

    def _pays(self) -> tuple[Arcs, float]:
        """Transfers left out that pay, the best of each origin and destination; and the most that all left out could add to the objective.

        Both belong to the last solve, also after transfers were added to the program since.
        """
        if self._paying is not None:
            return self._paying
        found: list[tuple[int, Array, Array]] = []
        reachable = 0.0
        for n, (lane, known, cap) in enumerate(zip(self.compiled.transports, self.priced, self.caps, strict=True)):
            gain = self.gain(n)
            gain[known | ~lane.open] = 0.0
            most = gain.max(axis=1, initial=0.0)
            if most.max(initial=0.0) <= TOLERANCE:
                continue
            reachable += float((most * cap).sum())
            o, d = np.nonzero(best(gain, PRICED) & (gain > TOLERANCE))
            found.append((n, o, d))
        self._paying = listed(found), reachable
        return self._paying

    def reachable(self) -> float:
        return self._pays()[1]

    def _mark(self, arcs: Arcs) -> None:
        t, o, d = arcs
        for n in np.unique(t):
            self.priced[n][o[t == n], d[t == n]] = True

    def add(self, arcs: Arcs) -> None:
        """Make transfers columns."""
        t, o, d = arcs
        if not len(t):
            return
        self._mark(arcs)
        cost = self._costs(arcs)
        origins = np.array([len(x.out) for x in self.compiled.transports])
        row, column, value = [self.links[t] + o, self.links[t] + origins[t] + d], [np.arange(len(t))] * 2, [-np.ones(len(t))] * 2
        for total, at, rate in self._counted(arcs):
            row, column, value = [*row, self.links[-1] + total], [*column, at], [*value, -rate]
        added = sparse.coo_array((np.concatenate(value), (np.concatenate(row), np.concatenate(column))), shape=(self.rows, len(t))).tocsc()
        none, free = np.zeros(len(t)), np.full(len(t), INF)
        self.highs.addCols(len(t), cost, none, free, added.nnz, added.indptr[:-1].astype(np.int32), added.indices.astype(np.int32), added.data)
        self.arcs = np.concatenate([self.arcs[0], t]), np.concatenate([self.arcs[1], o]), np.concatenate([self.arcs[2], d])
        self.stated = np.concatenate([self.stated, np.zeros(len(t), dtype=bool)])

    def _separate(self) -> int:
        """State the gates that the last solution violates."""
        t, o, d = self.arcs
        first = self.core.matrix.shape[1]
        moved = self.values[first:]
        some = np.flatnonzero((moved > TOLERANCE) & ~self.stated)
        transports = self.compiled.transports
        into, cap = np.empty(len(some), dtype=int), np.empty(len(some))
        for n in np.unique(t[some]):
            at = t[some] == n
            into[at], cap[at] = transports[n].into[d[some][at]], self.caps[n][o[some][at]]
        gated = self.gate[into] >= 0
        some, into, cap = some[gated], into[gated], cap[gated]
        w, most = self.gate[into], np.minimum(self.most[into], cap)
        broken = moved[some] - most * self.values[w] > VIOLATED * np.maximum(1.0, most)
        some, w, most = some[broken], w[broken], most[broken]
        if len(some):
            index = np.column_stack([first + some, w]).ravel().astype(np.int32)
            value = np.column_stack([np.ones(len(some)), -most]).ravel()
            starts = np.arange(0, 2 * len(some), 2, dtype=np.int32)
            self.highs.addRows(len(some), np.full(len(some), -INF), np.zeros(len(some)), 2 * len(some), starts, index, value)
            self.stated[some] = True
            self.gates.append((first + some, w, most))
        return len(some)


def _first(compiled: Compiled, program: Program) -> Arcs:
    """The transfers to begin with: the cheapest of every origin and destination; in a large program those that groups of regions point to;
    and those that enter a total."""
    if program.matrix.shape[0] >= LARGE:
        masks = likely(compiled, program, compiled.transports[0].period.instance.distance.to_numpy(dtype=float))
    else:
        masks = [best(np.where(t.open, t.cost, -np.inf), NEAREST) for t in compiled.transports]
    masks = [mask | _summed(t) for mask, t in zip(masks, compiled.transports, strict=True)]
    return listed([(n, o, d) for n, (o, d) in enumerate(map(np.nonzero, masks))])


def _summed(t: Transport) -> Array:
    """The transfers that enter a total: a floor on it may need any of them (where they are many, the cheapest)."""
    counts = np.zeros(t.open.shape, dtype=bool)
    for _, rate in t.totals:
        counts |= t.counted(rate) != 0
    counts &= t.open
    return counts if counts.sum() <= SUMMED else best(np.where(counts, t.cost, -np.inf), NEAREST)
