"""A tighter program with the same integer points: bounds by propagation, and smaller coefficients of binaries.

Propagation: a row `lo <= sum_j a_j x_j <= up` bounds each column by what the others can at most make up for. Coefficients: in a row
`g(y) - M w <= b` with w binary, M need not exceed max g - b (Savelsbergh 1994, "Preprocessing and probing techniques for MIP").
"""

from __future__ import annotations

import dataclasses

import numpy as np

from layout_opt.flows import Array
from layout_opt.solver.compiled import Program

ROUNDS = 8
MARGIN = 1e-7  # relative, kept on every bound that is propagated, so that rounding never cuts off a plan


def implied_bounds(program: Program, rounds: int = ROUNDS) -> tuple[Array, Array]:
    """Bounds of every column that follow from its own bounds and all rows, as (lower, upper)."""
    rows = program.matrix.tocsr()
    row, column, value = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr)), rows.indices, rows.data
    lower, upper = program.lower.copy(), program.upper.copy()
    for _ in range(rounds):
        least, most = (_others(row, *ends) for ends in _activity(value, lower[column], upper[column]))
        with np.errstate(invalid="ignore"):
            ends = (program.row_upper[row] - least) / value, (program.row_lower[row] - most) / value
        above, below = (np.where(value > 0, *pair) for pair in (ends, ends[::-1]))
        tight_upper, tight_lower = upper.copy(), lower.copy()
        np.fmin.at(tight_upper, column, above)
        np.fmax.at(tight_lower, column, below)
        tight_upper = np.minimum(upper, _moved(tight_upper, +MARGIN))
        tight_lower = np.maximum(lower, _moved(tight_lower, -MARGIN))
        whole = program.integer
        tight_upper[whole], tight_lower[whole] = np.floor(tight_upper[whole] + 1e-6), np.ceil(tight_lower[whole] - 1e-6)
        if not (_gained(upper, tight_upper) | _gained(lower, tight_lower)).any():
            break
        lower, upper = tight_lower, tight_upper
    return lower, upper


def tighten(program: Program) -> Program:
    """The program with tightened coefficients of binaries; bounds of columns stay, for they follow."""
    lower, upper = implied_bounds(program)
    rows = program.matrix.tocsr(copy=True)
    row, column, value = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr)), rows.indices, rows.data
    _, (most, unbounded) = _activity(value, lower[column], upper[column])
    total = np.where(np.bincount(row, unbounded, rows.shape[0]) > 0, np.inf, np.bincount(row, most, rows.shape[0]))
    binary = program.integer[column] & (lower[column] == 0) & (upper[column] == 1)
    gates = np.flatnonzero(binary & (value < 0) & np.isneginf(program.row_lower[row]) & np.isfinite(total[row]))
    room = total[row[gates]] - program.row_upper[row[gates]]  # the row's most with the binary at 0, over its bound
    smaller = (room > 0) & (room < -value[gates] * (1 - MARGIN))
    rows.data[gates[smaller]] = -room[smaller]
    return dataclasses.replace(program, matrix=rows.tocsc())


def _activity(value: Array, lower: Array, upper: Array) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Least and most of every term, each with a mark where it is infinite (its number is then 0)."""
    ends = []
    for chosen in (np.where(value > 0, lower, upper), np.where(value > 0, upper, lower)):
        infinite = np.isinf(chosen)
        ends.append((np.where(infinite, 0.0, value * np.where(infinite, 0.0, chosen)), infinite))
    return ends[0], ends[1]


def _others(row: Array, term: Array, infinite: Array) -> Array:
    """The sum of the other terms of each entry's row; NaN where one of them is infinite."""
    rows = int(row.max(initial=-1)) + 1
    finite, unbounded = np.bincount(row, term, rows), np.bincount(row, infinite, rows)
    return np.where(unbounded[row] - infinite > 0, np.nan, finite[row] - term)


def _moved(bound: Array, margin: float) -> Array:
    return np.where(np.isinf(bound), bound, bound + margin * np.maximum(1.0, np.abs(bound)))


def _gained(before: Array, after: Array) -> Array:
    """Where a bound moved by more than a ten-thousandth, or became finite."""
    known, new = np.where(np.isfinite(before), before, 0.0), np.where(np.isfinite(after), after, 0.0)
    marks: Array = np.isfinite(after) & (~np.isfinite(before) | (np.abs(new - known) > 1e-4 * np.maximum(1.0, np.abs(new))))
    return marks
