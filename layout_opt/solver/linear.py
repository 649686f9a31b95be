"""A linear program inside HiGHS that bounds the whole problem, and from which plans are made."""

from __future__ import annotations

import math
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass

import highspy
import numpy as np

from layout_opt.flows import Array
from layout_opt.solver.compiled import INF, Compiled, Program
from layout_opt.solver.running import watched

MOST = 0.5  # of the integers: from more that are fixed at once, a solve begins from nothing

Arcs = tuple[Array, Array, Array]  # transport, origin, destination (positions in the lane)


@dataclass(frozen=True, eq=False)
class Found:
    """A plan: values of the core's columns and of the transfers `arcs`, its objective with every transfer at its true cost, and where the plan is
    the best with its integers, the duals of the program's rows."""

    values: Array
    objective: float
    arcs: Arcs
    duals: Array | None = None


class Linear(ABC):
    """The core's columns and rows without integrality, then columns and rows for transfers, as the subclass states them.

    `values`, `duals`, `reduced` and `objective` are those of the last solve, which took `seconds`; `bound` holds for the whole problem.
    """

    def __init__(self, compiled: Compiled, program: Program, stop: threading.Event, seed: int) -> None:
        self.compiled, self.core, self.stop = compiled, program, stop
        self.highs = watched(stop)
        self.highs.setOptionValue("random_seed", seed)
        self.bound, self.objective, self.seconds = math.inf, -math.inf, 0.0
        self.values, self.duals, self.reduced = np.zeros(0), np.zeros(0), np.zeros(0)
        self.gate, self.most = gates(program)

    @property
    def columns(self) -> int:
        return int(self.highs.getNumCol())

    @property
    def rows(self) -> int:
        return int(self.highs.getNumRow())

    def resolve(self, deadline: float = math.inf) -> bool:
        """Solve the program as it stands; True where it is solved to optimality by the deadline (of `time.perf_counter`)."""
        began = time.perf_counter()
        if began >= deadline or self.stop.is_set():
            return False
        self.highs.setOptionValue("time_limit", deadline - began + self.highs.getRunTime() if deadline < math.inf else INF)
        self.highs.run()
        self.seconds = time.perf_counter() - began
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return False
        solution = self.highs.getSolution()
        self.values, self.duals, self.reduced = (np.asarray(part) for part in (solution.col_value, solution.row_dual, solution.col_dual))
        self.objective = self.highs.getInfo().objective_function_value
        return True

    @property
    def solution(self) -> tuple[Array, Array, Array, float]:
        """The last solve: values, duals, reduced costs and objective."""
        return self.values, self.duals, self.reduced, self.objective

    def recall(self, solution: tuple[Array, Array, Array, float]) -> None:
        """Stand as after an earlier solve, to whoever reads values and prices; HiGHS itself goes on from the last."""
        self.values, self.duals, self.reduced, self.objective = solution

    def hold(self, columns: Array, values: Array) -> None:
        """Fix columns at values. Where they are most of the integers, the next solve begins from nothing: presolve then leaves little to do, while
        a warm simplex would have a long way to go."""
        self.highs.changeColsBounds(len(columns), columns.astype(np.int32), values, values)
        if len(columns) > MOST * self.core.integer.sum() and not np.array_equal(self.values[columns], values):
            self.highs.clearSolver()

    def free(self, columns: Array) -> None:
        """Let columns take any value that the core allows again."""
        self.highs.changeColsBounds(len(columns), columns.astype(np.int32), self.core.lower[columns], self.core.upper[columns])

    def spare(self) -> Array:
        """By how much the price of every core column may fall before a transfer pays: above 0 only for what cells release and receive.

        Where nothing moves the duals of a solve leave that open; destinations take what there is first, then origins.
        """
        spare = np.zeros(len(self.core.cost))
        for n, t in enumerate(self.compiled.transports):
            gain = np.where(t.open, self.gain(n), -np.inf)
            into = _below(gain.max(axis=0))
            spare[t.into] = into
            spare[t.out] = _below((gain + into).max(axis=1))
        return spare

    @abstractmethod
    def gain(self, n: int) -> Array:
        """What a unit of every transfer of a transport would add at the duals of the last solve, origins x destinations."""

    @abstractmethod
    def reachable(self) -> float:
        """What the transfers that the last solve did not have could add to its objective at most."""

    @abstractmethod
    def settle(self, whole: Array, deadline: float = math.inf) -> Found | None:
        """The best plan with the integers as given; None where there is none, or none by the deadline."""


def _below(gain: Array) -> Array:
    """How far gains are below 0; 0 where they are not, or where there is no transfer."""
    return np.where(np.isfinite(gain), np.maximum(-gain, 0.0), 0.0)


def listed(parts: list[tuple[int, Array, Array]]) -> Arcs:
    """Transfers of several transports as three arrays."""
    if not parts:
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros(0, dtype=int)
    return (
        np.concatenate([np.full(len(o), n) for n, o, _ in parts]),
        np.concatenate([o for _, o, _ in parts]),
        np.concatenate([d for _, _, d in parts]),
    )


def gates(program: Program) -> tuple[Array, Array]:
    """For every column the binary that gates it and the most that it lets through: from rows `sum of columns >= 0, less M * w, <= 0`."""
    rows = program.matrix.tocsr()
    row, column, value = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr)), rows.indices, rows.data
    key = (value < 0) & program.integer[column] & (program.lower[column] == 0) & (program.upper[column] == 1)
    harmless = (value > 0) & (program.lower[column] >= 0)
    count = [np.bincount(row, mark, rows.shape[0]) for mark in (key, ~key & ~harmless)]
    gating = (count[0] == 1) & (count[1] == 0) & (program.row_upper == 0)
    gate, most = np.full(rows.shape[1], -1), np.full(rows.shape[1], math.inf)
    binary, size = np.zeros(rows.shape[0], dtype=int), np.zeros(rows.shape[0])
    binary[row[key]], size[row[key]] = column[key], -value[key]
    open_ = gating[row] & harmless
    gate[column[open_]], most[column[open_]] = binary[row[open_]], size[row[open_]] / value[open_]
    return gate, most
