"""Problems that only say in which region each industry stands, as arrays, with their plans and bounds.

Statement, for indivisible industries k without stock, place[k] being the region of k::

    minimise  sum_k cost[k,place[k]] + sum of opening[r] over the regions in use + sum over k, l of linkage[k,l] * distance[place[k],place[l]]
    with      sum of use[q,k,r] over the k in r <= room[q,r]                      for every limit q and region r
"""

from __future__ import annotations

import dataclasses
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from layout_opt.flows import Array

SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Problem:
    """The statement's arrays for n industries, m regions and q limits; what does not exist is 0. `may` says where an industry may stand."""

    cost: Array  # n x m
    use: Array  # q x n x m
    room: Array  # q x m
    opening: Array  # m
    may: Array  # n x m
    linkage: Array  # n x n, zero diagonal
    distance: Array  # m x m

    @property
    def linked(self) -> bool:
        return bool(self.linkage.any())

    def value(self, place: Array) -> float:
        """The objective of a plan."""
        linked = (self.linkage * self.distance[np.ix_(place, place)]).sum() if self.linked else 0.0
        return float(self.cost[np.arange(len(place)), place].sum() + self.opening[np.unique(place)].sum() + linked)

    def excess(self, place: Array) -> float:
        """Room used beyond what there is, summed."""
        n, m = self.cost.shape
        loads = [np.bincount(place, weights=use[np.arange(n), place], minlength=m) for use in self.use]
        return float(sum(np.maximum(load - room, 0.0).sum() for load, room in zip(loads, self.room, strict=True)))

    def square(self) -> Problem | None:
        """The problem with as many industries as regions, where every region takes one of any; None where it is of another kind."""
        n, m = self.cost.shape
        least = np.sort(self.use, axis=1)[:, :2].sum(axis=1) if n > 1 else np.full(self.room.shape, math.inf)
        if n > m or not self.may.all() or not (least > self.room * (1 + SAME)).any(axis=0).all():
            return None
        return dataclasses.replace(
            self,
            cost=np.concatenate([self.cost + self.opening, np.zeros((m - n, m))]),
            linkage=np.pad(self.linkage, (0, m - n)),
            opening=np.zeros(m),
            use=np.zeros((0, m, m)),
            room=np.zeros((0, m)),
            may=np.ones((m, m), dtype=bool),
        )


@dataclass(eq=False)
class Best:
    """The best plan so far, its value (infinite without one), and a bound below the values of all plans.

    `told` hears of every change; `stop` asks for an end.
    """

    place: Array
    value: float = math.inf
    bound: float = -math.inf
    told: Callable[[Best], None] = lambda _: None
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def done(self) -> bool:
        """Whether the plan is proved to be the best, or an end is asked for."""
        return self.value <= self.bound or self.stop.is_set()

    def take(self, place: Array, value: float) -> bool:
        """Keep a plan that is better by more than rounding."""
        better = value < self.value - (SAME * abs(self.value) if math.isfinite(self.value) else 0.0)
        if better:
            self.place, self.value = place.copy(), value
            self.told(self)
        return better


@dataclass(frozen=True, eq=False)
class Places:
    """A problem, and where its answer goes: `stands` and `opens` are columns of the model (-1: none), its objective is `worth` - value.

    `unmet` is what the model charges for an industry that stands nowhere.
    """

    problem: Problem
    stands: Array
    opens: Array
    worth: float
    unmet: Array
    columns: int

    @property
    def without(self) -> float:
        """A bound below all plans that leave an industry out."""
        least = np.minimum(self.unmet, self.problem.cost.min(axis=1))
        return float(least.sum() + (self.unmet - least).min())

    def start(self, place: Array) -> Array:
        """The binaries of a plan, as values of the model's columns."""
        values = np.zeros(self.columns)
        values[self.stands[np.arange(len(place)), place]] = 1.0
        used = self.opens[np.unique(place)]
        values[used[used >= 0]] = 1.0
        return values
