"""From a relaxation to a plan: a dive that stays feasible.

An integer goes up only where the rows leave room for it as the relaxation stands (a project only where what comes reaches the lot), the smallest
half of the others goes down, and the relaxation is solved again, warm. With shortage and closure soft, most steps stay feasible; of one that
does not, half is taken back until it does, and a single integer that cannot go one way goes the other. Where it can go neither way, the last
steps before it are taken back, more of them each time, and it is decided first.
"""

from __future__ import annotations

import math
import time

import numpy as np

from layout_opt.flows import Array
from layout_opt.solver.linear import Found, Linear

WHOLE = 1e-6  # distance from an integer that counts as one
SLACK = 1e-7  # relative violation of a row that a step up may leave
PATIENT = 0.5  # share of the time after which all that is left is decided at once
RELEASES = 5  # times that steps may be taken back
SURE = 0.9  # fraction from which an integer that may go up does


def dive(relaxation: Linear, deadline: float = math.inf) -> Found | None:
    """A plan from the relaxation's last solution; None where the dive fails or the deadline passes. All integers are free again afterwards."""
    integers = np.flatnonzero(relaxation.core.integer)
    free = np.ones(len(integers), dtype=bool)
    hurry = time.perf_counter() + PATIENT * (deadline - time.perf_counter())
    batches: list[Array] = []
    stuck = 0
    try:
        while time.perf_counter() < deadline:
            value = relaxation.values[integers]
            loose = np.flatnonzero(free & (np.abs(value - np.rint(value)) > WHOLE))
            if not len(loose):
                return relaxation.settle(np.rint(value), deadline)
            up, down = _steps(relaxation, integers, loose, time.perf_counter() > hurry)
            target = np.rint(value)
            target[up], target[down] = np.ceil(value[up]), np.floor(value[down])
            fixed = _feasible(relaxation, integers, np.concatenate([up, down]), value, target, deadline)
            while fixed is None:
                if not batches or stuck >= RELEASES or time.perf_counter() >= deadline or relaxation.stop.is_set():
                    return None
                stuck += 1
                back, batches = np.concatenate(batches[-(2**stuck) :]), batches[: -(2**stuck)]
                relaxation.free(integers[back])
                free[back] = True
                first = np.concatenate([up, down])[:1]
                fixed = _feasible(relaxation, integers, first, value, target, deadline)
            free[fixed] = False
            batches.append(fixed)
        return None
    finally:
        relaxation.free(integers)


def _feasible(relaxation: Linear, integers: Array, batch: Array, value: Array, target: Array, deadline: float) -> Array | None:
    """Fix as much of a batch at its target as leaves the relaxation feasible, solved; None where its first integer can go neither way."""
    while True:
        relaxation.hold(integers[batch], target[batch])
        if relaxation.resolve(deadline):
            return batch
        if time.perf_counter() >= deadline or relaxation.stop.is_set():
            return None
        if len(batch) == 1:
            relaxation.hold(integers[batch], np.where(target[batch] > value[batch], np.floor(value[batch]), np.ceil(value[batch])))
            if relaxation.resolve(deadline):
                return batch
            relaxation.free(integers[batch])
            return None
        relaxation.free(integers[batch[len(batch) // 2 :]])
        batch = batch[: len(batch) // 2]


def _steps(relaxation: Linear, integers: Array, loose: Array, hurry: bool) -> tuple[Array, Array]:
    """Which of the loose integers go up now, and which down: positions among the integers; all of them in a hurry."""
    values = relaxation.values[: relaxation.core.matrix.shape[1]]
    value = values[integers[loose]]
    fraction = value - np.floor(value)
    fits = _fits(relaxation, values, integers[loose], np.ceil(value) - value)
    if hurry:
        return loose[fits], loose[~fits]
    short = loose[~fits][np.argsort(fraction[~fits], kind="stable")]
    if len(short):
        return loose[fits & (fraction > SURE)], short[: (len(short) + 1) // 2]
    order = np.argsort(-fraction, kind="stable")
    return loose[order][: (len(loose) + 1) // 2], loose[:0]


def _fits(relaxation: Linear, values: Array, columns: Array, steps: Array) -> Array:
    """Whether each column can go up by its step, the others staying, without breaking a row of the core."""
    core = relaxation.core
    part = core.matrix[:, columns].tocoo()
    row, activity = part.row, core.matrix @ values
    moved = activity[row] + part.data * steps[part.col]
    slack = SLACK * np.maximum(1.0, np.abs(activity[row]))
    broken = (moved > core.row_upper[row] + slack) | (moved < core.row_lower[row] - slack)
    fits = np.ones(len(columns), dtype=bool)
    fits[part.col[broken]] = False
    return fits
