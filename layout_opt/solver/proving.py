"""Proof by branch and bound for linked industries of which each region takes one: dual ascent on the level-1 reformulation (RLT-1).

Statement at a node, free industries i, j and free regions r, s (as many)::

    const + sum L[i,r] x[i,r] + sum over i != j, r != s of C[i,r,j,s] x[i,r] x[j,s]

A sweep moves L into C (each x[i,r] goes with exactly one s for every j), shares C[i,r,j,s] and C[j,s,i,r] equally, and takes row and column
minima of every C[i,r,:,:] (or its assignment problem's duals) back into L, then those of L into const: each step keeps the objective of every
plan. The bound is const + the assignment problem over L, as C >= 0. Children inherit L and C; of regions or industries that a symmetry
exchanges one is tried. Sources: Adams, Guignard, Hahn and Hightower 2007 (dual ascent on RLT-1); Mautor and Roucairol 1994 (symmetry).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from layout_opt.flows import Array
from layout_opt.solver.places import SAME, Best, Problem
from layout_opt.solver.symmetry import grain, representatives, symmetric, symmetries

FORBIDDEN = 1e9  # times the largest cost
SWEEPS = (200, 8, 2)  # at the root, where all solve assignment problems, at other nodes, and how many of these do
WHOLE = 1 - 1e-4  # of the objective's grain: a better plan is better by that much


@dataclass
class Node:
    """A partial plan: the free industries and regions, and the objective over them. L and C are the parent's until it is `settled`."""

    const: float
    L: Array
    C: Array
    rows: Array
    columns: Array
    placed: tuple[tuple[int, int], ...] = ()
    bound: float = -math.inf
    choice: tuple[int, int] | None = None

    def settled(self) -> Node:
        """The node with arrays of its own."""
        if self.choice is None:
            return self
        k, s = self.choice
        rest, free = np.delete(np.arange(len(self.rows)), k), np.delete(np.arange(len(self.rows)), s)
        cells = np.ix_(rest, free)
        L = self.L[cells] + self.C[k, s][cells] + self.C[:, :, k, s][cells]
        placed = (*self.placed, (int(self.rows[k]), int(self.columns[s])))
        return Node(self.const, L, self.C[np.ix_(rest, free, rest, free)], self.rows[rest], self.columns[free], placed, self.bound)


def prove(p: Problem, best: Best, seconds: float, gap: float = 0.0, sweeps: tuple[int, int, int] = SWEEPS) -> int:
    """Depth first from the best plan of a square problem, until it is within the relative gap of its bound; the number of nodes."""
    began = time.monotonic()
    F, D = symmetric(p.linkage, p.distance)
    unit, n = WHOLE * grain(p.cost, F, D), len(F)
    C = F[:, None, :, None] * D[None, :, None, :]
    wall = FORBIDDEN * max(float(C.max()), float(p.cost.max()), 1e-9)
    C[~_mask(n)] = wall
    regions, industries = symmetries(D, p.cost), symmetries(F, p.cost.T)
    stack, nodes = [Node(0.0, p.cost.copy(), C, np.arange(n), np.arange(n))], 0
    while stack and time.monotonic() - began < seconds and not best.stop.is_set():
        slack = max(gap, SAME) * abs(best.value)
        if stack[-1].bound > best.value - max(unit, slack):
            stack.pop()
            continue
        node = stack[-1].settled()
        nodes += 1
        row, column = _tighten(node, best.value - max(unit, slack), wall, sweeps, began + seconds)
        linked = F[np.ix_(node.rows, node.rows)].any(axis=1)
        if not linked.any():  # what is left is an assignment problem
            row, column = linear_sum_assignment(_own_cost(p, F, D, node))
        candidate = best.place.copy()
        for k, r in node.placed:
            candidate[k] = r
        candidate[node.rows[row]] = node.columns[column]
        for tried in (candidate, _exchanged(candidate, node)):
            best.take(tried, p.value(tried))
        slack = max(gap, SAME) * abs(best.value)
        cut = best.value - max(unit, slack)
        stack.pop()
        if node.bound <= cut and len(node.rows) > 2 and linked.any():
            stack += _children(node, linked, regions, industries, cut)
        best.bound = max(best.bound, _floor(best, unit, slack, stack))
        if nodes % 20 == 1:
            best.told(best)
    best.bound = max(best.bound, _floor(best, unit, max(gap, SAME) * abs(best.value), stack))
    return nodes


def _floor(best: Best, unit: float, slack: float, stack: list[Node]) -> float:
    """What no plan is below: neither in a node that waits nor in one that was cut off."""
    return min([best.value if unit >= slack else best.value - slack, *(node.bound for node in stack)])


def _mask(q: int) -> Array:
    off = ~np.eye(q, dtype=bool)
    allowed: Array = off[:, None, :, None] & off[None, :, None, :]  # [i, r, j, s]
    return allowed


def _tighten(node: Node, cut: float, wall: float, sweeps: tuple[int, int, int], until: float) -> tuple[Array, Array]:
    """Sweep until the node is cut off or the bound hardly rises; the assignment that the bound stands on."""
    last, mask = -math.inf, _mask(len(node.rows))
    for turn in range(sweeps[1] if node.placed else sweeps[0]):
        _sweep(node, turn < sweeps[2] or not node.placed, mask, wall)
        row, column = linear_sum_assignment(node.L)
        node.bound = max(node.bound, node.const + float(node.L[row, column].sum()))
        if node.bound > cut or time.monotonic() > until:
            break
        if turn % 4 == 3:
            if node.bound < last + 1e-3 * (cut - last):
                break
            last = node.bound
    return row, column


def _sweep(node: Node, exact: bool, mask: Array, wall: float) -> None:
    """One sweep of dual ascent; minima of C by its rows and columns, or exactly as assignment problems."""
    q, L, C = len(node.rows), node.L, node.C
    if exact:
        u, v = _duals(L[None])
        L -= u[0][:, None] + v[0][None, :]
        node.const += float(u.sum() + v.sum())
    else:
        for axis in (1, 0):
            least = L.min(axis=axis, keepdims=True)
            L -= least
            node.const += float(least.sum())
    if q == 1:
        return
    C += (L / (q - 1))[:, :, None, None]
    C += C.transpose(2, 3, 0, 1).copy()
    C *= 0.5
    C[~mask] = wall
    L[:] = 0.0
    if exact:
        each = np.arange(q)
        C[each[:, None], each[None, :], each[:, None], each[None, :]] = 0.0
        u, v = _duals(C.reshape(q * q, q, q))
        L += (u.sum(axis=1) + v.sum(axis=1)).reshape(q, q)
        C -= u.reshape(q, q, q, 1) + v.reshape(q, q, 1, q)
        np.maximum(C, 0.0, out=C)
    else:
        for axis in (3, 2):
            least = C.min(axis=axis, keepdims=True)
            least[least >= wall / 2] = 0.0
            C -= least
            L += least.sum(axis=(2, 3))
    C[~mask] = wall


def _duals(c: Array) -> tuple[Array, Array]:
    """Optimal duals u, v of the assignment problems c[g,:,:]: v by shortest paths over the optimal assignment, u[j] = c[j,s] - v[s] on it."""
    groups, q, _ = c.shape
    each, rows = np.arange(groups)[:, None], np.arange(q)[None, :]
    match = np.array([linear_sum_assignment(one)[1] for one in c])
    on = c[each, rows, match]
    step = c - on[:, :, None]  # from the column of row j to column s
    v = np.zeros((groups, q))
    for _ in range(q):
        new = np.minimum(v, (v[each, match][:, :, None] + step).min(axis=1))
        if np.array_equal(new, v):
            break
        v = new
    return on - v[each, match], v


def _own_cost(p: Problem, F: Array, D: Array, node: Node) -> Array:
    """Cost of the free industries in the free regions: their own and their linkages with the placed ones."""
    k, r = (np.array([pair[n] for pair in node.placed], dtype=np.int64) for n in (0, 1))
    i, s = node.rows, node.columns
    cost: Array = p.cost[np.ix_(i, s)] + F[np.ix_(i, k)] @ D[np.ix_(s, r)].T + F[np.ix_(k, i)].T @ D[np.ix_(r, s)]
    return cost


def _exchanged(place: Array, node: Node) -> Array:
    """The plan with the last two free industries exchanged: of a node with two there is no other."""
    other = place.copy()
    other[node.rows[-2:]] = place[node.rows[-2:][::-1]]
    return other


def _children(node: Node, linked: Array, regions: Array, industries: Array, cut: float) -> list[Node]:
    """One industry in every region, or one region for every industry, whichever leaves fewer; the most promising last."""
    few_r = representatives(regions, [r for _, r in node.placed], node.columns)
    few_k = representatives(industries, [k for k, _ in node.placed], node.rows)
    near = node.const + node.L  # bound of each child before its own sweeps
    alive, tie = near <= cut, 1e-9 / (1 + abs(cut))
    by_row = alive[:, few_r].sum(axis=1) + np.where(linked, 0, len(linked)) - tie * near.sum(axis=1)  # industries without linkages last
    by_column = alive[few_k].sum(axis=0) - tie * near.sum(axis=0)
    i, r = int(by_row.argmin()), int(by_column.argmin())
    pairs = [(i, int(s)) for s in few_r if alive[i, s]] if round(by_row[i]) <= round(by_column[r]) else [(int(k), r) for k in few_k if alive[k, r]]
    order = sorted(pairs, key=lambda pair: -near[pair])
    return [Node(float(near[pair]), node.L, node.C, node.rows, node.columns, node.placed, node.bound, pair) for pair in order]
