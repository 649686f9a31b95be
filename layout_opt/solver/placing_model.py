"""Models that only say in which region each industry stands, recognised by their matrices and turned into a `Problem`.

Output is D * w where there is no stock, nothing moves, loads are sums of w: all continuous columns but the products of linkages follow from
the binaries and are substituted. What is left has to be rows over the w of one region, with at most one binary that opens it; any other model
is of another kind.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy import sparse

from layout_opt.build import Built
from layout_opt.core import Period
from layout_opt.flows import Array
from layout_opt.policies.industry_linkage import IndustryLinkage
from layout_opt.solver.compiled import Compiled, Program
from layout_opt.solver.places import SAME, Places, Problem

NEVER = 2.0  # share of a region's room that an industry uses where it may not stand
STATED = ("balance", "whole", "demand", "use")  # rows of the core that the substitution fulfils


def suits(built: Built) -> bool:
    """Whether a model may be of this kind, at a glance: one period, no stock, and industries that stand whole."""
    period = built.periods[0]
    kept = [k for k in period.industries if period.D[k] > 0]
    alone = len(built.periods) == 1 and not period.flows.lanes and not (built.instance.stock > 0).any()
    return alone and bool(kept) and bool(built.instance.industries["indivisible"][kept].all())


def recognise(built: Built, compiled: Compiled) -> Places | None:
    """The problem of a model, or None where it is of another kind."""
    if not suits(built) or not compiled.core.maximise:
        return None
    period = built.periods[0]
    kept = [k for k in period.industries if period.D[k] > 0]
    column = {id(v): n for n, v in enumerate(compiled.columns)}
    stands = np.array([[column.get(id(period.b.w[k, r]), -1) if (k, r) in period.b.w else -1 for r in period.regions] for k in kept])
    T = _substitution(period, compiled, column)
    gain = T.T @ compiled.core.cost
    found = _Rows(compiled.core, stands, _products(built, column))
    if not found.read(T, _left(period, compiled)):
        return None
    cost = np.where(stands >= 0, -gain[stands], np.abs(gain[stands]).max(initial=0.0))
    opening = np.where(found.opens >= 0, -gain[found.opens], 0.0)
    may = found.may & (np.array([[period.top[k, r] for r in period.regions] for k in kept]) >= [[period.D[k] * (1 - SAME)] for k in kept])
    if not may.any(axis=1).all() or (opening < 0).any():
        return None
    flow = _flow(built, kept)
    unmet = np.array([-compiled.core.cost[column[id(period.b.short[k])]] * period.D[k] for k in kept])
    use, room = found.limits()
    problem = Problem(cost, use, room, opening, may, flow, built.instance.distance.to_numpy() / 1000)
    return Places(_closed(problem), stands, found.opens, compiled.core.offset, unmet, len(compiled.columns))


def _closed(problem: Problem) -> Problem:
    """The problem with a use of NEVER where an industry may not stand."""
    if problem.may.all():
        return problem
    use, room = problem.use, problem.room
    if not len(use):
        use, room = np.zeros((1, *problem.cost.shape)), np.ones((1, problem.cost.shape[1]))
    use = use.copy()
    use[0] = np.where(problem.may, use[0], np.maximum(use[0], NEVER))
    return dataclasses.replace(problem, use=use, room=room)


def _flow(built: Built, kept: list[str]) -> Array:
    """Linkages in money per 1000 km, ordered as the industries that are kept."""
    total, at = np.zeros((len(kept), len(kept))), {k: n for n, k in enumerate(kept)}
    for policy in built.policies:
        if isinstance(policy, IndustryLinkage):
            named = policy.industries(built.instance)
            some = [n for n, k in enumerate(named) if k in at]
            place = [at[named[n]] for n in some]
            total[np.ix_(place, place)] -= built.weights[policy.label] * policy.flow(built.instance)[np.ix_(some, some)]
    return total


def _products(built: Built, column: dict[int, int]) -> Array:
    """Columns of the products of linkages."""
    labels = [p.label for p in built.policies if isinstance(p, IndustryLinkage)]
    found = [column.get(id(v), -1) for label in labels for v in built.periods[0].b.component(f"{label}_z").values()]
    return np.array([n for n in found if n >= 0], dtype=int)


def _left(period: Period, compiled: Compiled) -> Array:
    """Rows that the substitution does not fulfil by itself."""
    stated = {id(row) for name in STATED for row in period.b.component(name).values()}
    return np.array([n for n, row in enumerate(compiled.rows) if id(row) not in stated], dtype=int)


def _substitution(period: Period, compiled: Compiled, column: dict[int, int]) -> sparse.csr_array:
    """Every column in terms of the binaries: x = new = D * w, short = 0, and loads by their rows."""
    b, A = period.b, compiled.core.matrix.tocsr()
    size = A.shape[1]
    follows = np.zeros(size, dtype=bool)
    rows, columns, values = [], [], []
    for v in (b.x, b.new, b.closed, b.out, b.into, b.short):
        for kr, variable in v.items():
            n = column.get(id(variable), -1)
            follows[n] |= n >= 0
            w = column.get(id(b.w[kr]), -1) if v in (b.x, b.new) and kr in b.w else -1
            if n >= 0 and w >= 0:
                rows.append(n)
                columns.append(w)
                values.append(period.D[kr[0]])
    loads = np.array([column[id(v)] for v in b.load.values()], dtype=int)
    follows[loads] = True
    own = np.flatnonzero(~follows)
    T = sparse.coo_array(
        (np.concatenate([np.ones(len(own)), values]), (np.concatenate([own, rows]).astype(int), np.concatenate([own, columns]).astype(int))),
        shape=(size, size),
    ).tocsr()
    row = {id(c): n for n, c in enumerate(compiled.rows)}
    uses = A[[row[id(c)] for c in b.use.values()]] if len(loads) else A[:0]
    own_load = np.array([uses[n, load] for n, load in enumerate(loads)])
    filled = sparse.csr_array(sparse.diags_array(-1.0 / own_load) @ (uses @ T)) if len(loads) else uses @ T
    select = sparse.coo_array((np.ones(len(loads)), (loads, np.arange(len(loads)))), shape=(size, len(loads)))
    return sparse.csr_array(T + select @ filled)


class _Rows:
    """The rows that are left, read one after the other."""

    def __init__(self, program: Program, stands: Array, products: Array) -> None:
        n, m = stands.shape
        self.program, self.stands = program, stands
        self.may, self.opens = stands >= 0, np.full(m, -1)
        self.needs = np.zeros((n, m), dtype=bool)  # stands only in a region that is open
        self.uses: list[list[Array]] = [[] for _ in range(m)]
        size = len(program.cost)
        self.cell = np.full((size, 2), -1)
        k, r = np.nonzero(self.may)
        self.cell[stands[k, r]] = np.stack([k, r], axis=1)
        self.product = np.zeros(size, dtype=bool)
        self.product[products] = True

    def read(self, T: sparse.csr_array, left: Array) -> bool:
        """Whether every row is of a kind that is known."""
        p = self.program
        B = sparse.csr_array(p.matrix.tocsr()[left] @ T)
        for n, row in enumerate(left):
            columns, values = B.indices[B.indptr[n] : B.indptr[n + 1]], B.data[B.indptr[n] : B.indptr[n + 1]]
            some = np.abs(values) > 1e-12
            columns, values = columns[some], values[some]
            if not len(columns) or self.product[columns].any():
                continue
            upper, lower = p.row_upper[row], p.row_lower[row]
            if np.isfinite(upper) and not self._limit(columns, values, upper):
                return False
            if np.isfinite(lower) and not self._limit(columns, -values, -lower):
                return False
        unread = p.integer & (self.cell[:, 0] < 0)
        unread[self.opens[self.opens >= 0]] = False
        used = np.asarray(abs(T).sum(axis=0)).ravel() > 0
        free = used & ~p.integer & ~self.product
        in_use = np.zeros(len(p.cost), dtype=bool)
        in_use[np.unique(np.concatenate([B.indices, np.flatnonzero(T.T @ p.cost)]))] = True
        shut = (self.opens[None, :] < 0) | self.needs | ~self.may
        return not (unread & in_use).any() and not (free & in_use).any() and bool(shut.all())

    def _limit(self, columns: Array, values: Array, bound: float) -> bool:
        """A row values * columns <= bound."""
        if bound >= values[values > 0].sum() - SAME:
            return True  # never binds
        stands = self.cell[columns, 0] >= 0
        k, regions = self.cell[columns[stands], 0], np.unique(self.cell[columns[stands], 1])
        doors, a = columns[~stands], values[stands]
        if len(regions) != 1 or len(doors) > 1 or (a < 0).any() or not self.program.integer[doors].all():
            return self._barred(columns, values, bound) if not stands.any() else False
        r, room = int(regions[0]), bound
        if len(doors):
            if bound != 0 or values[~stands][0] >= 0 or self.opens[r] not in (-1, doors[0]):
                return False
            self.opens[r], room = doors[0], -values[~stands][0]
            self.needs[k, r] = True
        if room <= 0:
            self.may[k, r] = False
        elif a.sum() > room * (1 + SAME):
            use = np.zeros(len(self.stands))
            use[k] = a / room
            self.may[use > 1 + SAME, r] = False
            if not any(np.allclose(use, known, rtol=SAME, atol=SAME) for known in self.uses[r]):
                self.uses[r].append(use)
        return True

    def _barred(self, columns: Array, values: Array, bound: float) -> bool:
        """A row that keeps a region from opening."""
        if len(columns) != 1 or values[0] <= 0 or bound != 0 or columns[0] not in self.opens:
            return False
        self.may[:, self.opens == columns[0]] = False
        return True

    def limits(self) -> tuple[Array, Array]:
        """`use` and `room` of the statement."""
        n, m = self.stands.shape
        most = max((len(uses) for uses in self.uses), default=0)
        use = np.zeros((most, n, m))
        for r, uses in enumerate(self.uses):
            for q, one in enumerate(uses):
                use[q, :, r] = one
        return use, np.ones((most, m))
