"""Parts of a placing problem as mixed-integer programs of their own: some industries in some regions, all others staying where they are.

Statement, x[k,r] the share of industry k in region r (whole, but where only the openings are to be decided), y[r] in {0,1}::

    minimise  sum cost[k,r] * x[k,r] + sum opening[r] * y[r]
    with      sum_r x[k,r] = 1,    x[k,r] <= y[r],    sum_k use[q,k,r] * x[k,r] <= room[q,r] * y[r]
              sum_r room[q,r] / rate[q,r] * y[r] >= sum_k need[q,k]        where use = need * rate: it follows, and HiGHS makes cuts of it

Linkages between the industries of a part are not stated: parts are for problems without them.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from layout_opt.flows import Array
from layout_opt.solver.compiled import INF, Program
from layout_opt.solver.places import Problem
from layout_opt.solver.running import watched

FITS = 1 + 1e-9


@dataclass(frozen=True, eq=False)
class Answer:
    """Shares (n x m), openings, reduced costs of the shares (of a linear program), a bound below all answers, and nodes searched."""

    share: Array
    opened: Array
    reduced: Array
    bound: float
    nodes: int

    @property
    def place(self) -> Array:
        """The region of every industry."""
        chosen: Array = self.share.argmax(axis=1)
        return chosen


def program(p: Problem, cells: Array, whole: bool) -> Program:
    """The statement over the cells that are allowed."""
    k, r = np.nonzero(cells)
    n, m = p.cost.shape
    x, y = np.arange(len(k)), len(k) + np.arange(m)
    rows = [(k, x, np.ones(len(k)), np.ones(n), np.ones(n))]
    for use, room in zip(p.use, p.room, strict=True):
        rows.append((np.append(r, np.arange(m)), np.append(x, y), np.append(use[k, r], -room), np.full(m, -INF), np.zeros(m)))
    if p.opening.any():
        for use, room in zip(p.use, p.room, strict=True):
            factors = _factors(use, p.may)
            if factors is not None:
                rows.append((np.zeros(m), y, room / factors[1], factors[0].sum(keepdims=True), np.full(1, INF)))
        rows.append((np.append(x, x), np.append(x, y[r]), np.repeat([1.0, -1.0], len(x)), np.full(len(x), -INF), np.zeros(len(x))))
    first = np.cumsum([0, *(len(low) for *_, low, _ in rows)])
    i, j, values = (np.concatenate([part[n] + (start if n == 0 else 0) for part, start in zip(rows, first, strict=False)]) for n in range(3))
    low, high = (np.concatenate([part[n] for part in rows]) for n in (3, 4))
    cost, integer = np.append(p.cost[k, r], p.opening), np.append(np.full(len(x), whole), p.opening > 0)
    lower = np.append(np.zeros(len(x)), p.opening == 0)
    matrix = sparse.coo_array((values, (i, j)), shape=(int(first[-1]), len(cost))).tocsc()
    return Program(matrix, cost, lower.astype(float), np.ones(len(cost)), low, high, integer, 0.0, False)


def _factors(use: Array, may: Array) -> tuple[Array, Array] | None:
    """Need of the industries and rate of the regions, the product of which is the use; None where it is no product."""
    first = int(may.sum(axis=0).argmax())
    need = use[:, first]
    if not may[:, first].all() or (need <= 0).any():
        return None
    rate = np.array([np.median((use[:, r] / need)[may[:, r]]) if may[:, r].any() else 1.0 for r in range(use.shape[1])])
    return (need, rate) if (rate > 0).all() and np.allclose(use[may], np.outer(need, rate)[may]) else None


def solve(
    p: Problem,
    seconds: float,
    cells: Array | None = None,
    whole: bool = True,
    start: Array | None = None,
    gap: float = 1e-6,
    seed: int = 0,
    stop: threading.Event | None = None,
    report: Callable[[Any], None] | None = None,
) -> Answer | None:
    """The best answer within a time; None where there is none. `report` hears of HiGHS's progress."""
    cells = p.may if cells is None else cells & p.may
    if not cells.any(axis=1).all() or seconds <= 0:
        return None
    stated = program(p, cells, whole)
    highs = watched(stop or threading.Event())
    options = {"mip_rel_gap": gap, "mip_abs_gap": 0.0, "mip_heuristic_effort": 0.2, "random_seed": seed}
    for option, value in (options if math.isinf(seconds) else {**options, "time_limit": float(seconds)}).items():
        highs.setOptionValue(option, value)
    if report is not None:
        highs.cbMipLogging.subscribe(lambda event: report(event.data_out))
    stated.load(highs)
    if start is not None:
        at = np.flatnonzero(stated.integer)
        k, r = np.nonzero(cells)
        stands = np.append((start[k] == r).astype(float), np.isin(np.arange(len(p.opening)), start))
        highs.setSolution(len(at), at.astype(np.int32), stands[at])
    highs.run()
    if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    solution, info = highs.getSolution(), highs.getInfo()
    proved = info.objective_function_value if highs.getModelStatus() == highspy.HighsModelStatus.kOptimal else -np.inf
    values, duals = np.asarray(solution.col_value), np.asarray(solution.col_dual)
    share, reduced, some = np.zeros(p.cost.shape), np.full(p.cost.shape, np.inf), int(cells.sum())
    share[cells], reduced[cells] = values[:some], duals[:some]
    return Answer(share, values[some:], reduced, info.mip_dual_bound if stated.integer.any() else proved, max(int(info.mip_node_count), 0))


def part(p: Problem, place: Array, industries: Array, regions: Array) -> Problem:
    """The problem of these industries in these regions when the others stay where they are; objectives differ by a constant."""
    stay = np.setdiff1d(np.arange(len(place)), industries)
    loads = [np.bincount(place[stay], weights=use[stay, place[stay]], minlength=len(p.opening)) for use in p.use]
    room = np.maximum(p.room - np.reshape(loads, p.room.shape), 0.0)[:, regions]
    some = np.ix_(industries, regions)
    use = p.use[:, industries][:, :, regions]
    may = p.may[some] & (use <= room[:, None, :] * FITS + 1e-12).all(axis=0)
    opening = np.where(np.isin(regions, place[stay]), 0.0, p.opening[regions])
    return Problem(p.cost[some], use, room, opening, may, p.linkage[np.ix_(industries, industries)], p.distance[np.ix_(regions, regions)])
