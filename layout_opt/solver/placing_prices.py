"""A bound below all plans without linkages: a price for placing each industry, and the best set of industries for every region by itself.

Statement, for any price[k] (Lagrangian relaxation of "every industry stands somewhere")::

    bound(price) = sum_k price[k] + sum_r least over the sets S that fit into r of sum_{k in S} (cost[k,r] - price[k])

Openings are left out: they cost nothing or more. The least is found by dynamic programming over the room of the region in whole units, of which
use is rounded down where the data are not whole: more sets fit then, and the bound holds. Where there are several limits the sets keep to the
first. The prices that bound best are sought by subgradients, whose steps are as long as the best plan known asks for. Sources: Fisher, Jaikumar
and Van Wassenhove 1986 (the relaxation of the generalized assignment problem); Polyak 1969 (steps).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from layout_opt.flows import Array
from layout_opt.solver.places import Best, Problem

UNITS = 2_000  # of a region's room, at most
WHOLE = 1e-7  # distance from a whole number of units that counts as none
FITS = 1e-9
TARGET = 1e-3  # by how much the best plan is thought to be cheaper than the one known, or the bound higher, for the length of steps
SMOOTH = 0.7  # share of the last direction in a step
STALE = 15  # steps without a better bound after which they get shorter
SHORTER, SHORTEST = 0.7, 1e-3
LONG = 2.0  # step at first, in terms of Polyak's


def price(p: Problem, best: Best, seconds: float) -> None:
    """Raise the bound by prices until steps are short or `seconds` are over; nothing where no limit is stated."""
    if not len(p.use) or not p.may.any(axis=1).all():
        return
    until, room = time.monotonic() + seconds, _Room.of(p)
    prices = np.where(p.may, p.cost, math.inf).min(axis=1)
    kept, bound, way, step, stale = prices, -math.inf, np.zeros(len(prices)), LONG, 0
    while time.monotonic() < until and step > SHORTEST and not best.done:
        least, taken = room.least((p.cost - prices[:, None]).T)
        reached = float(prices.sum() + least.sum())
        stale += 1
        if reached > bound:
            kept, bound, stale = prices, reached, 0
            best.bound = max(best.bound, bound)
        if stale > STALE:
            prices, way, step, stale = kept, np.zeros(len(prices)), SHORTER * step, 0
            continue
        way = SMOOTH * way + (1 - SMOOTH) * (1.0 - taken.sum(axis=0))
        if not way.any():
            break
        target = best.value * (1 - TARGET) if math.isfinite(best.value) else bound + abs(bound) * TARGET
        prices = prices + step * max(target - reached, TARGET * abs(target)) / float(way @ way) * way
    best.told(best)


@dataclass(frozen=True, eq=False)
class _Room:
    """Use (m x n) and room (m) in whole units; more than there are where an industry may not stand."""

    units: Array
    size: Array

    @classmethod
    def of(cls, p: Problem) -> _Room:
        room = np.where(p.room[0] > 0, p.room[0], 1.0)
        share = (p.use[0] / room).T
        size = np.array([_size(one[one <= 1 + FITS]) for one in share])
        units = np.floor(share * size[:, None] + WHOLE * size[:, None]).astype(int)
        return cls(np.where(p.may.T & (units <= size[:, None]), units, size[:, None] + 1), size)

    def least(self, reduced: Array) -> tuple[Array, Array]:
        """The value of the best set of each region, and which industries are in it (m x n)."""
        (m, n), most = reduced.shape, int(self.size.max())
        room, each = np.arange(most + 1), np.arange(m)
        value, took = np.zeros((m, most + 1)), np.zeros((n, m, most + 1), dtype=bool)
        for k in np.flatnonzero((reduced < 0).any(axis=0)).tolist():
            left = room - self.units[:, k][:, None]
            tried = np.where(left >= 0, np.take_along_axis(value, np.maximum(left, 0), axis=1) + reduced[:, k][:, None], math.inf)
            took[k] = tried < value
            value = np.minimum(value, tried)
        taken, left = np.zeros((m, n), dtype=bool), self.size.copy()
        for k in range(n - 1, -1, -1):
            taken[:, k] = took[k, each, left]
            left = left - np.where(taken[:, k], self.units[:, k], 0)
        return value[each, self.size], taken


def _size(share: Array) -> int:
    """The fewest units of room in which all shares are whole; UNITS where they would be too many."""
    sizes = np.arange(1, UNITS + 1)
    scaled = sizes[:, None] * share[None, :]
    whole = (np.abs(scaled - np.rint(scaled)) <= WHOLE * sizes[:, None]).all(axis=1)
    return int(sizes[whole][0]) if whole.any() else UNITS
