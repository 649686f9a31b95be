"""The model region by region: what binds a region alone is small enough to be solved whole.

With the duals y of the relaxation, all rows between regions go into prices g = c - A'y, and the problem falls apart into one block per region.

Bound (Lagrange; Geoffrion 1974): L(y) = objective of the relaxation + what transfers left out could add - sum_r (g_r x_r - z_r), where z_r is the
best value of g_r over the integer plans of region r. It holds for the whole problem, and is the stronger the more the integers of a region
compete for its own limits.

Rounding: a region's integers are those of its best plan at these prices that stays near the relaxation, max g_r x - weight * sum_k |x_k - x*_k|.
Regions are fixed group by group, the relaxation solved again in between, so that what one group gives up finds its place in the others.
"""

from __future__ import annotations

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from layout_opt.build import Built
from layout_opt.flows import Array
from layout_opt.solver.compiled import INF, Compiled, Program
from layout_opt.solver.dive import PATIENT, dive
from layout_opt.solver.linear import Found, Linear
from layout_opt.solver.running import BOUNDED, WORKERS, watched
from layout_opt.solver.tightening import implied_bounds

VARIABLES = ("x", "out", "into", "new", "closed", "w", "started", "load")
GROUPS = 12
EXACT, NEAR = 1e-5, 1e-3  # relative gaps of a block's search: for the bound, for rounding
SECONDS = 2.0  # that one block may take; its bound is valid all the same


def places(built: Built, compiled: Compiled) -> tuple[Array, Array]:
    """Industry and region of every core column, -1 where it has none (national columns and those of policies)."""
    column = {id(v): n for n, v in enumerate(compiled.columns)}
    industry, region = np.full(len(column), -1), np.full(len(column), -1)
    for period in built.periods:
        k_at, r_at = ({name: n for n, name in enumerate(names)} for names in (period.industries, period.regions))
        for name in VARIABLES:
            for (first, r), variable in period.b.component(name).items():
                at = column.get(id(variable))
                if at is not None:
                    industry[at], region[at] = k_at.get(first, -1) if name != "load" else -1, r_at[r]
    return industry, region


@dataclass(frozen=True, eq=False)
class Block:
    """One region: its columns, the rows that bind nothing else, and where its outputs and integers stand among the columns."""

    columns: Array
    rows: Array
    matrix: sparse.csc_array
    output: Array
    integer: Array


class Regions:
    """The blocks of a relaxation's core."""

    def __init__(self, built: Built, relaxation: Linear, stop: threading.Event, workers: int = WORKERS) -> None:
        self.relaxation, self.stop, self.workers = relaxation, stop, workers
        core, compiled = relaxation.core, relaxation.compiled
        _, region = places(built, compiled)
        rows = core.matrix.tocsr()
        row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        least, most = np.full(rows.shape[0], len(region)), np.full(rows.shape[0], -1)
        np.minimum.at(least, row, region[rows.indices])
        np.maximum.at(most, row, region[rows.indices])
        self.own = (least == most) & (most >= 0)
        self.lower, self.upper = implied_bounds(core)
        output = {id(v) for period in built.periods for v in period.b.x.values()}
        is_output = np.array([id(v) in output for v in compiled.columns], dtype=bool)
        self.blocks = []
        by_column, by_row = _grouped(region), _grouped(np.where(self.own, most, -1))
        for r, columns in by_column.items():
            inside = by_row.get(r, np.zeros(0, dtype=int))
            if core.integer[columns].any() and len(inside):
                matrix = rows[inside][:, columns].tocsc()
                self.blocks.append(Block(columns, inside, matrix, np.flatnonzero(is_output[columns]), np.flatnonzero(core.integer[columns])))

    def prices(self) -> Array:
        """g of the module's statement, from the relaxation's last solution."""
        core = self.relaxation.core
        rows, columns = core.matrix.shape
        prices: Array = self.relaxation.reduced[:columns] + core.matrix.T @ np.where(self.own, self.relaxation.duals[:rows], 0.0)
        return prices

    def bound(self, deadline: float = math.inf) -> float:
        """L(y) of the module's statement at the relaxation's last solution; infinite where that is not optimal or the work was stopped.

        Regions that are not begun by the deadline stay as they are in the relaxation.
        """
        prices, values = self.prices(), self.relaxation.values
        relaxed = self.relaxation.objective + self.relaxation.reachable()

        def gained(block: Block) -> float:
            if time.perf_counter() > deadline:
                return 0.0
            g = prices[block.columns]
            best, _ = self._solve(block, g, EXACT)
            return max(float(g @ values[block.columns]) - best, 0.0)

        with ThreadPoolExecutor(self.workers) as pool:
            gain = sum(pool.map(gained, self.blocks))
        return math.inf if self.stop.is_set() else relaxed - gain

    def round(self, weight: float, seed: int, deadline: float, groups: int = GROUPS) -> Found | None:
        """A plan: regions rounded in so many groups (all that are left at once where time is short), then a dive; None where none is found."""
        relaxation = self.relaxation
        order = np.random.default_rng(seed).permutation(len(self.blocks))
        until = time.perf_counter() + PATIENT * (deadline - time.perf_counter())
        try:
            waiting = np.array_split(order, min(groups, max(1, len(order) // 3)))
            while waiting:
                if self.stop.is_set():
                    return None
                late = time.perf_counter() > until
                group, waiting = (np.concatenate(waiting), []) if late else (waiting[0], waiting[1:])
                prices, values = self.prices(), relaxation.values

                def rounded(n: int, prices: Array = prices, values: Array = values) -> Array:
                    return self._near(self.blocks[n], prices, values, weight)

                with ThreadPoolExecutor(self.workers) as pool:
                    found = list(pool.map(rounded, group))
                columns = np.concatenate([self.blocks[n].columns[self.blocks[n].integer] for n in group])
                chosen = np.concatenate(found)
                relaxation.hold(columns, chosen)
                if not relaxation.resolve(deadline):
                    relaxation.free(columns)
                    if not relaxation.resolve(deadline):
                        return None
            return dive(relaxation, deadline)
        finally:
            relaxation.free(np.flatnonzero(relaxation.core.integer))

    def _near(self, block: Block, prices: Array, values: Array, weight: float) -> Array:
        """The integers of the region's best plan at these prices, kept near the relaxation."""
        _, plan = self._solve(block, prices[block.columns], NEAR, values[block.columns], weight)
        return np.rint(values[block.columns[block.integer]]) if plan is None else np.rint(plan[block.integer])

    def _solve(self, block: Block, g: Array, gap: float, near: Array | None = None, weight: float = 0.0) -> tuple[float, Array | None]:
        """max g x over the integer plans of a region, less weight * |x - near| summed over its outputs: a valid bound, and the plan."""
        core, at = self.relaxation.core, block.columns
        upper = np.where(np.isfinite(core.upper[at]), core.upper[at], self.upper[at])
        lower = np.where(np.isfinite(core.lower[at]), core.lower[at], self.lower[at])
        program = Program(block.matrix, g, lower, upper, core.row_lower[block.rows], core.row_upper[block.rows], core.integer[at], 0.0, maximise=True)
        if near is not None:
            program = _kept_near(program, block.output, near[block.output], weight)
        highs = watched(self.stop)
        highs.setOptionValue("mip_rel_gap", gap)
        highs.setOptionValue("time_limit", SECONDS)
        program.load(highs)
        highs.run()
        values = np.asarray(highs.getSolution().col_value)
        bound = highs.getInfo().mip_dual_bound if highs.getModelStatus() in BOUNDED else math.inf
        return float(bound), values[: len(at)] if len(values) else None


def _kept_near(program: Program, output: Array, near: Array, weight: float) -> Program:
    """The program with t >= |x - near| for its outputs, at -weight each."""
    n, width = len(output), program.matrix.shape[1]
    pick = sparse.coo_array((np.ones(n), (np.arange(n), output)), shape=(n, width))
    away = sparse.eye_array(n)
    empty = sparse.coo_array((program.matrix.shape[0], n))
    left, right = sparse.vstack([program.matrix, pick, -pick]), sparse.vstack([empty, -away, -away])
    return Program(
        sparse.csc_array(sparse.hstack([left, right])),
        np.concatenate([program.cost, np.full(n, -weight)]),
        np.concatenate([program.lower, np.zeros(n)]),
        np.concatenate([program.upper, np.full(n, INF)]),
        np.concatenate([program.row_lower, np.full(2 * n, -INF)]),
        np.concatenate([program.row_upper, near, -near]),
        np.concatenate([program.integer, np.zeros(n, dtype=bool)]),
        0.0,
        maximise=True,
    )


def _grouped(label: Array) -> dict[int, Array]:
    """Positions by label, in order; -1 is no label."""
    order = np.argsort(label, kind="stable")
    order = order[label[order] >= 0]
    cuts = np.flatnonzero(np.diff(label[order])) + 1
    return {int(label[part[0]]): part for part in np.split(order, cuts) if len(part)}
