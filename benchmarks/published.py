"""Readers of published location and assignment problems: each says how `n` industries are assigned to `m` regions.

Statement, with x[k,r] the share of industry k in region r and y[r] in {0,1} the opening of region r::

    minimise    sum cost[k,r] * x[k,r] + sum opening[r] * y[r] + sum over k != l, r, s of linkage[k,l] * distance[r,s] * x[k,r] * x[l,s]
    subject to  sum_r x[k,r] = 1,   sum_k use[k,r] * x[k,r] <= capacity[r],   x[k,r] <= y[r],   sum_r y[r] = open_exactly
                x[k,r] in {0,1}, or in [0,1] where the industries are divisible

What a problem does not have is None. Linkages are counted over ordered pairs, so that a symmetric matrix counts each pair twice, as it
is published (QAP, Cordeau); a factor of the file is part of `linkage`; diagonals (an industry's linkage with itself) are part of `cost`.
Formats and traps of the files are in the README.md of each folder.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path

Array: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]

FOLDERS = {
    "gap": "gap",
    "sscflp": "sscflp",
    "cflp": "cflp_orlib",
    "ufl": "uflp_ufllib",
    "gqap": "gqap",
    "qap": "qaplib",
    "pmedian": "pmedian_orlib",
}
VALUES = "known_optima.csv"
NOT_DATA = (".md", ".csv", ".sol", ".sln")
ANY_MATRICES = "elloumi_tap"  # one m x m matrix for each pair of industries
NOT_READ = (ANY_MATRICES, "format.txt")


@dataclass(frozen=True, eq=False)
class Assignment:
    """A published problem in the words of the module's statement; None is what it does not have."""

    cost: Array  # n x m, of the whole industry in the region
    use: Array | None = None  # n x m, of capacity
    capacity: Array | None = None  # m
    opening: Array | None = None  # m
    divisible: bool = False  # x in [0,1]; without capacities the industries are then whole anyway
    open_exactly: int | None = None
    linkage: Array | None = None  # n x n, zero diagonal
    distance: Array | None = None  # m x m

    def value(self, place: Places) -> float:
        """The objective when industry k stands in region place[k]; without `open_exactly`, just the regions used are open."""
        total = self.cost[np.arange(len(place)), place].sum()
        if self.opening is not None:
            total += self.opening[np.unique(place)].sum()
        if self.linkage is not None and self.distance is not None:
            total += (self.linkage * self.distance[np.ix_(place, place)]).sum()
        return float(total)

    def excess(self, place: Places) -> float:
        """Capacity used beyond what the regions have, summed."""
        if self.use is None or self.capacity is None:
            return 0.0
        load = np.bincount(place, weights=self.use[np.arange(len(place)), place], minlength=len(self.capacity))
        return float(np.maximum(load - self.capacity, 0.0).sum())


class Numbers:
    """The numbers of a text file, taken in order."""

    def __init__(self, path: Path, words: list[str]) -> None:
        self.path, self.taken = path, 0
        try:
            self.numbers = np.array(words, dtype=float)
        except ValueError as error:
            raise ValueError(f"{path}: not a number ({error}); `capa` to `capc` need the word `capacity` replaced by a figure") from None

    def take(self, *shape: int) -> Array:
        """The next numbers in this shape."""
        end = self.taken + int(np.prod(shape))
        if end > len(self.numbers):
            raise ValueError(f"{self.path}: {len(self.numbers)} numbers, at least {end} expected; is it of this family?")
        block = self.numbers[self.taken : end].reshape(shape)
        self.taken = end
        return block

    def sizes(self, count: int) -> list[int]:
        """The next numbers as sizes."""
        return [int(number) for number in self.take(count)]


def _gap(numbers: Numbers) -> Assignment:
    m, n = numbers.sizes(2)
    return Assignment(cost=numbers.take(m, n).T, use=numbers.take(m, n).T, capacity=numbers.take(m))


def _located(cost: Array, demand: Array, capacity: Array, opening: Array) -> Assignment:
    """Industries that use the same capacity everywhere."""
    return Assignment(cost=cost, use=np.repeat(demand[:, None], cost.shape[1], axis=1), capacity=capacity, opening=opening)


def _sscflp(numbers: Numbers) -> Assignment:
    collection = numbers.path.parent.name
    if collection == "diaz_fernandez":
        n, m = numbers.sizes(2)
        cost, demand, opening = numbers.take(n, m), numbers.take(n), numbers.take(m)
        return _located(cost, demand, numbers.take(m), opening)
    m, n = numbers.sizes(2)
    if collection == "tbed1":
        demand, capacity, opening = numbers.take(n), numbers.take(m), numbers.take(m)
        return _located(numbers.take(m, n).T * demand[:, None], demand, capacity, opening)
    regions, demand = numbers.take(m, 2), numbers.take(n)
    return _located(numbers.take(m, n).T, demand, regions[:, 0], regions[:, 1])


def _cflp(numbers: Numbers) -> Assignment:
    m, n = numbers.sizes(2)
    regions, industries = numbers.take(m, 2), numbers.take(n, 1 + m)
    use = np.repeat(industries[:, :1], m, axis=1)
    return Assignment(cost=industries[:, 1:], use=use, capacity=regions[:, 0], opening=regions[:, 1], divisible=True)


def _ufl(numbers: Numbers) -> Assignment:
    m, n = numbers.sizes(2)
    if len(numbers.numbers) == 3 + m * (2 + n):  # m n 0, then index, opening and costs of each region
        numbers.take(1)
        regions = numbers.take(m, 2 + n)
        return Assignment(cost=regions[:, 2:].T, opening=regions[:, 1], divisible=True)
    opening = numbers.take(m, 2)[:, 1]
    return Assignment(cost=numbers.take(n, 1 + m)[:, 1:], opening=opening, divisible=True)


def _linked(cost: Array, demand: Array, capacity: Array, linkage: Array, distance: Array) -> Assignment:
    """Linked industries that use the same capacity everywhere; diagonals go into the cost."""
    cost = cost + np.outer(np.diag(linkage), np.diag(distance))
    linkage = linkage - np.diag(np.diag(linkage))
    use = np.repeat(demand[:, None], cost.shape[1], axis=1)
    return Assignment(cost=cost, use=use, capacity=capacity, linkage=linkage, distance=distance)


def _gqap(numbers: Numbers) -> Assignment:
    collection = numbers.path.parent.name
    if collection == ANY_MATRICES:
        raise ValueError(f"{numbers.path}: its costs are one matrix for each pair of industries and have no form flow x distance")
    n, m = numbers.sizes(2)
    if collection == "elloumi_ctap":
        cost, linkage = numbers.take(m, n).T, np.zeros((n, n))
        linkage[np.triu_indices(n, 1)] = numbers.take(n * (n - 1) // 2)
        demand = numbers.take(n)
        return _linked(cost, demand, numbers.take(m), linkage, 1.0 - np.eye(m))
    (factor,) = numbers.take(1)
    linkage, distance, cost, demand = factor * numbers.take(n, n), numbers.take(m, m), numbers.take(n, m), numbers.take(n)
    return _linked(cost, demand, numbers.take(m), linkage, distance)


def _qap(numbers: Numbers) -> Assignment:
    (n,) = numbers.sizes(1)
    linkage, distance = numbers.take(n, n), numbers.take(n, n)
    return _linked(np.zeros((n, n)), np.ones(n), np.ones(n), linkage, distance)


def _pmedian(numbers: Numbers) -> Assignment:
    n, edges, open_exactly = numbers.sizes(3)
    length = np.full((n, n), np.inf)
    for i, j, cost in numbers.take(edges, 3):  # in order: the last mention of an edge counts
        length[int(i) - 1, int(j) - 1] = length[int(j) - 1, int(i) - 1] = cost
    np.fill_diagonal(length, 0.0)
    return Assignment(cost=shortest_path(length, directed=False), divisible=True, open_exactly=open_exactly)


READERS: dict[str, Callable[[Numbers], Assignment]] = {
    "gap": _gap,
    "sscflp": _sscflp,
    "cflp": _cflp,
    "ufl": _ufl,
    "gqap": _gqap,
    "qap": _qap,
    "pmedian": _pmedian,
}


def _reader(family: str) -> Callable[[Numbers], Assignment]:
    if family not in READERS:
        raise ValueError(f"no family {family!r}; there are {', '.join(READERS)}")
    return READERS[family]


def read(family: str, path: Path) -> Assignment:
    """The problem of a file."""
    reader = _reader(family)
    words = path.read_text(encoding="utf-8").split()
    numbers = Numbers(path, words[2:] if words[:1] == ["FILE:"] else words)
    problem = reader(numbers)
    if numbers.taken < len(numbers.numbers):
        raise ValueError(f"{path}: {len(numbers.numbers)} numbers, {numbers.taken} expected; is it of this family?")
    return problem


def published(family: str, path: Path) -> tuple[float | None, bool]:
    """The published value of a file's problem, None if there is none, and whether it is proven to be optimal."""
    _reader(family)
    folder = next((parent for parent in path.parents if (parent / VALUES).exists()), None)
    if folder is None:
        raise ValueError(f"{path}: no {VALUES} in a folder above it")
    relative = path.relative_to(folder).as_posix()
    name = relative.removesuffix(".txt").removesuffix(".dat")
    with (folder / VALUES).open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            if row["instance"] in (name, relative):
                return float(row["optimum"]), row["proven_optimal"] == "yes"
    return None, False


def files(root: Path) -> Iterator[tuple[str, Path]]:
    """All published files under a folder that have a reader, with their family."""
    for family, folder in FOLDERS.items():
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix not in NOT_DATA and not set(NOT_READ) & set(path.parts):
                yield family, path
