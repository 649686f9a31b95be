"""Transfers f[k,o,d] of one period, held in arrays: there are R^2 K of them, and one Python object each would be the larger part of any build.

Statement (symbols of `layout_opt.core`)::

    f[k,o,d] >= 0                 o in origins[k], d in destinations[k], o != d                  (output)
    departures   out[k,o] = sum_d f[k,o,d]
    arrivals     into[k,d] = sum_o f[k,o,d]
    term t       sum_{k,o,d} rate_t[k][o,d] * f[k,o,d]                                          (unit of the term)
    total s      T[s] = sum_{k,o,d} rate_s[k][o,d] * f[k,o,d],  rate_s >= 0                     (unit of the total)

The Pyomo model holds `out`, `into` and T; an engine adds f as columns, all of them or those that pay, and the rows that bind them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]
Rate = Callable[[str], Array]
COLUMNS = ["industry", "origin", "destination", "output"]


@dataclass(frozen=True, eq=False)
class Lane:
    """Where one industry may move: positions of its origins and destinations among the regions."""

    industry: str
    origins: Array
    destinations: Array

    @property
    def open(self) -> Array:
        """Which pairs exist, origins x destinations: all but a region with itself."""
        return np.not_equal.outer(self.origins, self.destinations)


@dataclass(frozen=True, eq=False)
class Total:
    """A variable of the Pyomo model that sums transfers, and what a unit of each adds to it."""

    variable: Any
    rate: Rate


@dataclass(eq=False)
class Flows:
    """The transfers of a period: a lane per industry that can move, the terms and totals that count them, and once solved the plan.

    `terms` maps an objective term to functions of the industry that return the term per unit moved, regions x regions; `totals` are those
    sums of transfers that rows of the model limit.
    `moved` lists the transfers of the plan (columns `COLUMNS`, output units); it is empty before an engine has set it.
    """

    regions: list[str]
    lanes: dict[str, Lane]
    terms: dict[str, list[Rate]] = field(default_factory=dict)
    totals: list[Total] = field(default_factory=list)
    moved: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))

    @classmethod
    def between(cls, regions: list[str], sources: Iterable[tuple[str, str]], sinks: Iterable[tuple[str, str]]) -> Flows:
        """Lanes from every source cell (industry, region) to every sink cell of the same industry; no sink is reached from itself alone."""
        place = {r: n for n, r in enumerate(regions)}
        origins, destinations = _by_industry(sources, place), _by_industry(sinks, place)
        lanes = {}
        for k, o in origins.items():
            reached = [d for d in destinations.get(k, ()) if o != [d]]
            if reached:
                lanes[k] = Lane(k, np.array(o), np.array(reached))
        return cls(regions, lanes)

    def __len__(self) -> int:
        return sum(int(lane.open.sum()) for lane in self.lanes.values())

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        for k, lane in self.lanes.items():
            for o, d in zip(*np.nonzero(lane.open), strict=True):
                yield k, self.regions[lane.origins[o]], self.regions[lane.destinations[d]]

    def add_term(self, term: str, rate: Rate) -> None:
        """Count transfers in an objective term: `rate(k)` is the term per unit of industry k moved, regions x regions."""
        self.terms.setdefault(term, []).append(rate)

    def cost(self, k: str, weights: Mapping[str, float]) -> Array:
        """Objective coefficient of every transfer of an industry, origins x destinations of its lane."""
        lane = self.lanes[k]
        total = np.zeros((len(lane.origins), len(lane.destinations)))
        for term, rates in self.terms.items():
            for rate in rates if weights[term] else ():
                total += weights[term] * rate(k)[np.ix_(lane.origins, lane.destinations)]
        return total

    def counts(self, term: str) -> bool:
        """Whether any transfer counts in a term."""
        rates = self.terms.get(term, ())
        return any((rate(k)[np.ix_(lane.origins, lane.destinations)] != 0).any() for rate in rates for k, lane in self.lanes.items())

    def plan(self, amounts: Mapping[str, tuple[Array, Array, Array]]) -> None:
        """Set the plan: per industry, positions in its lane's origins and destinations, and the amounts moved (output units)."""
        frames = []
        for k, (o, d, amount) in amounts.items():
            lane = self.lanes[k]
            names = {"origin": lane.origins[o], "destination": lane.destinations[d]}
            frames.append(pd.DataFrame({"industry": k, **{end: [self.regions[n] for n in at] for end, at in names.items()}, "output": amount}))
        self.moved = pd.concat(frames, ignore_index=True)[COLUMNS] if frames else pd.DataFrame(columns=COLUMNS)

    def value(self, term: str) -> float:
        """The term of the plan that was set, unweighted."""
        return sum(self.amount(rate) for rate in self.terms.get(term, ()))

    def amount(self, rate: Rate) -> float:
        """sum_{k,o,d} rate(k)[o,d] * f[k,o,d] of the plan that was set."""
        place = {r: n for n, r in enumerate(self.regions)}
        total = 0.0
        for k, rows in self.moved.groupby("industry", sort=False):
            o, d = ([place[r] for r in rows[end]] for end in ("origin", "destination"))
            total += float((rate(str(k))[o, d] * rows["output"].to_numpy(dtype=float)).sum())
        return total


def counted(measure: pd.Series[float], pairs: Array) -> Rate:
    """A rate: the measure of an industry times what a pair of regions counts (origins x destinations)."""
    return lambda k: measure[k] * pairs


def _by_industry(cells: Iterable[tuple[str, str]], place: Mapping[str, int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for k, r in cells:
        found.setdefault(k, []).append(place[r])
    return found
