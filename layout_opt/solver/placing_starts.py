"""Plans to begin with, for placing problems without linkages, and sub-MIPs that improve them.

Where opening a region costs money, the divisible problem says which regions to open; whole industries are then assigned within these, in cells
with a positive share or the few cheapest; a little more use is assumed where nothing fits. Where it does not, the linear relaxation says which
cells are dear. Improvement plans a part anew while the rest stays: the industries of some regions, or a share of all industries in the cells
that are not dear. Sources: Guastaroba and Speranza 2014 (kernel search for the single-source problem); Shaw 1998 (large neighbourhoods).
"""

from __future__ import annotations

import dataclasses
import math
import time

import numpy as np

from layout_opt.flows import Array
from layout_opt.solver.places import Best, Problem
from layout_opt.solver.placing_parts import part, solve

TIGHTER = (1.0, 1.005, 1.01, 1.02, 1.05)  # factors on the use, one after the other until whole industries fit
CHEAPEST = 4  # cells of an industry that are always allowed
FITS = 1e-9
KERNEL = 0.15  # share of the cells, by reduced cost, and of the time for all industries within it
FREED = 0.8  # share of the industries in a first sub-MIP over the kernel
SMALL = 30  # industries in a first sub-MIP over some regions
GROWTH = 1.05  # of the sub-MIPs, as far as they end in time
SOON = 0.8  # of the time that a sub-MIP has
LONGEST = (8.0, 3.0)  # seconds of a sub-MIP over the kernel, over some regions
LEAST = 0.1


def staged(p: Problem, best: Best, seconds: float, seed: int = 0) -> None:
    """A plan by stages: the openings by the divisible problem, then whole industries in the regions that are open."""
    until = time.monotonic() + seconds
    rank = np.argsort(np.argsort(p.cost, axis=1), axis=1)
    for tighter in TIGHTER:
        left = until - time.monotonic()
        tight = p if tighter == 1 else dataclasses.replace(p, use=np.where(p.may[None], tighter * p.use, p.use))
        divided = solve(tight, left / 2, whole=False, seed=seed, stop=best.stop)
        if divided is None:
            return
        opened = divided.opened > 0.5
        bare = dataclasses.replace(p, opening=np.zeros_like(p.opening))
        for cells in ((divided.share > 1e-6) | (rank < CHEAPEST), np.ones_like(p.may)):
            found = solve(bare, (until - time.monotonic()) / 2, cells & opened, seed=seed, stop=best.stop)
            if found is not None and p.excess(found.place) <= FITS:
                best.take(found.place, p.value(found.place))
                return


def improve(p: Problem, best: Best, seconds: float, seed: int = 0) -> None:
    """Sub-MIPs from the best plan until `seconds` are over."""
    rng, until = np.random.default_rng(seed), time.monotonic() + seconds
    n, m = p.cost.shape
    dear = None if p.opening.any() else _dear(p, best, seconds / 4)
    limit, size = max(1.0, min(LONGEST[dear is None], seconds / 10)), (SMALL / n if dear is None else FREED)
    if dear is not None and math.isfinite(best.value):
        found = solve(p, KERNEL * seconds, ~dear | (np.arange(m) == best.place[:, None]), start=best.place, seed=seed, stop=best.stop)
        if found is not None and p.excess(found.place) <= FITS:
            best.take(found.place, p.value(found.place))
    while (left := until - time.monotonic()) > LEAST and math.isfinite(best.value) and not best.done:
        if dear is None:
            some, regions = _near(p, best.place, rng, size)
        else:
            some, regions = np.sort(rng.permutation(n)[: max(1, round(size * n))]), np.arange(m)
        start = np.searchsorted(regions, best.place[some])
        cells = np.ones((len(some), len(regions)), dtype=bool) if dear is None else ~dear[some]
        cells[np.arange(len(some)), start] = True
        began = time.monotonic()
        found = solve(part(p, best.place, some, regions), min(limit, left), cells, start=start, seed=int(rng.integers(1000)), stop=best.stop)
        better = False
        if found is not None:
            tried = best.place.copy()
            tried[some] = regions[found.place]
            better = p.excess(tried) <= FITS and best.take(tried, p.value(tried))
        if time.monotonic() - began < limit * SOON:
            size = min(size * GROWTH, 1.0)
        elif not better:
            size /= GROWTH


def _dear(p: Problem, best: Best, seconds: float) -> Array | None:
    """Cells outside the kernel: all but the cheapest share by reduced cost, and those that the relaxation uses."""
    relaxed = solve(p, seconds, whole=False, stop=best.stop)
    if relaxed is None:
        return None
    dear: Array = (relaxed.reduced > np.quantile(relaxed.reduced[p.may], KERNEL)) & (relaxed.share < 1e-6)
    return dear


def _near(p: Problem, place: Array, rng: np.random.Generator, share: float) -> tuple[Array, Array]:
    """The industries of some regions: one in use, and those that its industries would like best, or any."""
    used = np.unique(place)
    size, seed = max(4, round(2 * share * len(used))), int(rng.choice(used))
    here = np.flatnonzero(place == seed)
    regret = (p.cost[here] - p.cost[here, seed][:, None]).min(axis=0) * rng.uniform(0.2, 1.8, p.cost.shape[1])
    weight = regret if rng.random() < 0.5 else rng.random(p.cost.shape[1])
    weight[seed] = -np.inf
    regions = np.sort(np.argsort(weight)[:size])
    return np.flatnonzero(np.isin(place, regions)), regions
