"""The model region by region: what binds a region alone is small enough to be solved whole.

With the duals y of the relaxation, all rows between regions go into prices g = c - A'y, and the problem falls apart into one block per region.
Where nothing moves, y may be anything within a range, and takes that end of it at which cells pay most for what they release and receive
(`Linear.spare`): the relaxation is the same, the blocks are worth less.

Bound (Lagrange; Geoffrion 1974): L(y) = objective of the relaxation + what transfers left out could add - sum_r (g_r x_r - z_r), where z_r is the
best value of g_r over the integer plans of region r. It holds for the whole problem, and is the stronger the more the integers of a region
compete for its own limits.

Rounding: a region's integers are those of its best plan at these prices that stays near the relaxation, max g_r x - weight * sum_k |x_k - x*_k|,
within the rows that tie the region to columns of no region (what the worst off are to have, say) as these stand in the relaxation. Regions are
fixed group by group, the relaxation solved again in between, so that what one group gives up finds its place in the others.
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
EXACT, NEAR = 1e-5, 1e-3  # relative gaps of a block's search: for the bound, for rounding
BROKEN = 1e-6  # relative: a tie is broken by more
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
    """One region: its columns, the rows that bind nothing else and those that tie it to columns of no region, over its columns; and where its
    outputs and integers stand among the columns."""

    columns: Array
    rows: Array
    matrix: sparse.csc_array
    tied: Array
    ties: sparse.csc_array
    output: Array
    integer: Array


class Regions:
    """The blocks of a relaxation's core."""

    def __init__(self, built: Built, relaxation: Linear, stop: threading.Event, workers: int = WORKERS) -> None:
        self.relaxation, self.stop, self.workers = relaxation, stop, workers
        core, compiled = relaxation.core, relaxation.compiled
        rows = core.matrix.tocsr()
        region = _settled(rows, places(built, compiled)[1])
        alone, label = _alone(rows, region)
        shared = np.bincount(_row_of(rows)[region[rows.indices] < 0], minlength=rows.shape[0]) > 0
        self.rows = rows
        self.own, tied = alone & ~shared, alone & shared
        self.lower, self.upper = implied_bounds(core)
        outputs = {id(v) for period in built.periods for v in period.b.x.values()}
        is_output = np.array([id(v) in outputs for v in compiled.columns], dtype=bool)
        self.blocks = []
        by_column, by_row, by_tie = _grouped(region), _grouped(np.where(self.own, label, -1)), _grouped(np.where(tied, label, -1))
        none = np.zeros(0, dtype=int)
        for r, columns in by_column.items():
            inside, ties = by_row.get(r, none), by_tie.get(r, none)
            if core.integer[columns].any() and len(inside):
                matrices = (rows[at][:, columns].tocsc() for at in (inside, ties))
                output, integer = np.flatnonzero(is_output[columns]), np.flatnonzero(core.integer[columns])
                self.blocks.append(Block(columns, inside, next(matrices), ties, next(matrices), output, integer))

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
        relaxed, least = self.relaxation.objective + self.relaxation.reachable(), prices - self.relaxation.spare()

        def gained(block: Block) -> float:
            if time.perf_counter() > deadline:
                return 0.0
            best, _ = self._solve(block, least[block.columns], EXACT)
            return max(float(prices[block.columns] @ values[block.columns]) - best, 0.0)

        with ThreadPoolExecutor(self.workers) as pool:
            gain = sum(pool.map(gained, self.blocks))
        return math.inf if self.stop.is_set() else relaxed - gain

    def round(self, weight: float, seed: int, deadline: float, groups: int) -> Found | None:
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
                prices, values = self.prices() - relaxation.spare(), relaxation.values

                def rounded(n: int, prices: Array = prices, values: Array = values) -> Array:
                    return self._near(self.blocks[n], prices, values, weight)

                with ThreadPoolExecutor(self.workers) as pool:
                    found = list(pool.map(rounded, group))
                if not self._fixed(group, found, deadline):
                    return None
            return dive(relaxation, deadline)
        finally:
            relaxation.free(np.flatnonzero(relaxation.core.integer))

    def _fixed(self, group: Array, chosen: list[Array], deadline: float) -> bool:
        """Hold the integers of these regions, and solve; they are free again where that is not feasible. False where there is no solution."""
        columns = np.concatenate([self.blocks[n].columns[self.blocks[n].integer] for n in group])
        self.relaxation.hold(columns, np.concatenate(chosen))
        if self.relaxation.resolve(deadline):
            return True
        self.relaxation.free(columns)
        return self.relaxation.resolve(deadline)

    def _near(self, block: Block, prices: Array, values: Array, weight: float) -> Array:
        """The integers of the region's best plan at these prices, kept near the relaxation, within its ties if that is feasible."""
        _, plan = self._solve(block, prices[block.columns], NEAR, values, weight, tied=True)
        if plan is None and len(block.tied):
            _, plan = self._solve(block, prices[block.columns], NEAR, values, weight)
        return np.rint(values[block.columns[block.integer]]) if plan is None else np.rint(plan[block.integer])

    def _ties(self, block: Block, values: Array) -> tuple[Array, Array]:
        """Bounds of the rows that tie a region, with the columns of no region as they stand."""
        core = self.relaxation.core
        others = values[: core.matrix.shape[1]].copy()
        others[block.columns] = 0.0
        rest = self.rows[block.tied] @ others
        return core.row_lower[block.tied] - rest, core.row_upper[block.tied] - rest

    def _solve(
        self, block: Block, g: Array, gap: float, near: Array | None = None, weight: float = 0.0, tied: bool = False
    ) -> tuple[float, Array | None]:
        """max g x over the integer plans of a region, less weight * |x - near| summed over its outputs: a valid bound, and the plan."""
        core, at = self.relaxation.core, block.columns
        upper = np.where(np.isfinite(core.upper[at]), core.upper[at], self.upper[at])
        lower = np.where(np.isfinite(core.lower[at]), core.lower[at], self.lower[at])
        matrix, row_lower, row_upper = block.matrix, core.row_lower[block.rows], core.row_upper[block.rows]
        if near is not None and tied:
            bounds = self._ties(block, near)
            matrix = sparse.csc_array(sparse.vstack([matrix, block.ties]))
            row_lower, row_upper = (np.concatenate(pair) for pair in zip((row_lower, row_upper), bounds, strict=True))
        program = Program(matrix, g, lower, upper, row_lower, row_upper, core.integer[at], 0.0, maximise=True)
        if near is not None and weight > 0:
            program = _kept_near(program, block.output, near[at[block.output]], weight)
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


def _row_of(rows: sparse.csr_array) -> Array:
    """The row of every entry."""
    return np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))


def _alone(rows: sparse.csr_array, region: Array) -> tuple[Array, Array]:
    """Whether all columns of a row that have a region have the same one, and which."""
    row, column = _row_of(rows), rows.indices
    placed = region[column] >= 0
    least, most = np.full(rows.shape[0], len(region)), np.full(rows.shape[0], -1)
    np.minimum.at(least, row[placed], region[column[placed]])
    np.maximum.at(most, row[placed], region[column[placed]])
    return least == most, most


def _settled(rows: sparse.csr_array, region: Array) -> Array:
    """Regions of columns, where a column of none that stands in the rows of one region alone, and of no other, has joined it."""
    alone, label = _alone(rows, region)
    row, column = _row_of(rows), rows.indices
    some = alone[row] & (region[column] < 0)
    least, most = np.full(len(region), len(region)), np.full(len(region), -1)
    np.minimum.at(least, column[some], label[row[some]])
    np.maximum.at(most, column[some], label[row[some]])
    return np.where(least == most, most, region)


def _within(activity: Array, lower: Array, upper: Array) -> bool:
    slack = BROKEN * np.maximum(1.0, np.abs(activity))
    return bool(((activity >= lower - slack) & (activity <= upper + slack)).all())


def _grouped(label: Array) -> dict[int, Array]:
    """Positions by label, in order; -1 is no label."""
    order = np.argsort(label, kind="stable")
    order = order[label[order] >= 0]
    cuts = np.flatnonzero(np.diff(label[order])) + 1
    return {int(label[part[0]]): part for part in np.split(order, cuts) if len(part)}
