"""What the matrices of linkages have in common with others: permutations that leave them as they are, and a number that divides all values."""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse.csgraph import connected_components

from layout_opt.flows import Array

MOST = 1000  # permutations that are listed, beside all exchanges of two
STEPS = 200_000  # partial permutations that are tried


def symmetries(D: Array, cost: Array) -> Array:
    """Permutations g with D[g,g] = D and cost[:,g] = cost: all exchanges of two, and others as far as they are found."""
    m = len(D)
    rows, columns = np.sort(D, axis=1), np.sort(D, axis=0)
    alike = (rows[:, None, :] == rows[None, :, :]).all(axis=2) & (columns[:, :, None] == columns[:, None, :]).all(axis=0)
    alike &= (cost[:, :, None] == cost[:, None, :]).all(axis=0) & np.equal.outer(np.diag(D), np.diag(D))
    found: list[list[int]] = []
    tried = 0
    stack: list[list[int]] = [[]]
    while stack and len(found) < MOST and tried < STEPS:
        g, a = stack.pop(), 0
        a, tried = len(g), tried + 1
        if a == m:
            found.append(g)
            continue
        fits = alike[a] & (D[:, g] == D[a, :a]).all(axis=1) & (D[g, :] == D[:a, a, None]).all(axis=0)
        fits[g] = False
        stack += [[*g, int(b)] for b in np.flatnonzero(fits)[::-1]]
    for a, b in zip(*np.nonzero(np.triu(alike, 1)), strict=True):
        g = list(range(m))
        g[a], g[b] = b, a
        if np.array_equal(D[np.ix_(g, g)], D):
            found.append(g)
    return np.array([*found, list(range(m))])


def representatives(group: Array, done: list[int], free: Array) -> Array:
    """Positions in `free` of one of each orbit under the permutations that leave `done` where it is."""
    still = group[(group[:, done] == done).all(axis=1)]
    edge = np.zeros((group.shape[1],) * 2, dtype=bool)
    edge[np.arange(group.shape[1]), still] = True
    _, orbit = connected_components(edge, directed=False)
    chosen: Array = np.sort(np.unique(orbit[free], return_index=True)[1])
    return chosen


def symmetric(F: Array, D: Array) -> tuple[Array, Array]:
    """Linkages and distances with the same products; both symmetric where one of them is."""
    if np.array_equal(D, D.T):
        return (F + F.T) / 2, D
    return (F, (D + D.T) / 2) if np.array_equal(F, F.T) else (F, D)


def grain(cost: Array, F: Array, D: Array) -> float:
    """A number of which all objectives are multiples (0: none is known)."""
    flows = 2 * F if (F == F.T).all() and (D == D.T).all() else F
    scale = next((s for s in (1.0, 1000.0) if _whole(D * s)), 0.0)  # distances in km count as well
    if not scale or not _whole(flows / scale) or not _whole(cost):
        return 0.0
    g = math.gcd(*np.rint(flows / scale).astype(int).ravel().tolist()) * math.gcd(*np.rint(D * scale).astype(int).ravel().tolist())
    return float(math.gcd(g, *np.rint(cost).astype(int).ravel().tolist()))


def _whole(values: Array) -> bool:
    return bool((np.abs(values - np.rint(values)) <= 1e-9 * np.maximum(1.0, np.abs(values))).all() and np.abs(values).max(initial=0.0) < 1e9)
