"""A bound below all plans of linked industries in regions that take several: dual ascent on the level-1 reformulation (RLT-1).

Statement, over all plans x[k,r] in {0,1}, sum_r x[k,r] = 1::

    sum L[i,r] x[i,r] + sum over i != j of C[i,r,j,s] x[i,r] x[j,s]

A sweep moves L into C (each x[i,r] goes with exactly one s for every j), shares C[i,r,j,s] and C[j,s,i,r], and takes min over s of
C[i,r,j,s] back into L[i,r]: each step keeps the objective of every plan. Before that the room of s, times x[i,r], is priced into C: what
stands beside i does not all fit where it is cheapest. Two industries that do not fit into one region together have a very large C there. As
C >= 0 in the end, the bound is that of the assignment problem over L with the regions' room (`placing_parts`). The price of room is that of
a continuous knapsack (Lagrangian relaxation of the capacity rows of Lee and Ma 2004), exact for one region at a time.
"""

from __future__ import annotations

import dataclasses
import time

import numpy as np

from layout_opt.flows import Array
from layout_opt.solver.places import Best, Problem
from layout_opt.solver.placing_parts import solve

FITS = 1e-9
LONGEST = 5.0  # seconds for the assignment problem
STEP = 20  # sweeps between bounds
SLOW = 1e-4  # a rise of the bound in a sweep, relative to what it is, that is no longer worth one


def ascend(p: Problem, best: Best, seconds: float) -> None:
    """Raise the bound by sweeps until it hardly rises, or the time is over."""
    until = time.monotonic() + seconds
    n, m = p.cost.shape
    C = p.linkage[:, None, :, None] * p.distance[None, :, None, :]
    L, each = p.cost + p.opening * (p.use.max(axis=0) if len(p.use) else 0.0), np.arange(m)
    wall = 1e6 * (float(C.max()) + float(L.max()) + 1.0)
    for use, room in zip(p.use, p.room, strict=True):
        together = use[:, None, :] + use[None, :, :] > room * (1 + FITS)  # [i, j, r]
        C[:, each, :, each] += np.where(together, wall, 0.0).transpose(2, 0, 1)
    C += np.where(p.may, 0.0, wall)[None, None, :, :]
    C[np.arange(n), :, np.arange(n), :] = 0.0
    for sweep in range(10_000):
        C += (L / max(n - 1, 1))[:, :, None, None]
        C[np.arange(n), :, np.arange(n), :] = 0.0
        C = (C + C.transpose(2, 3, 0, 1)) / 2
        L = -_crowd(p, C)
        least = C.min(axis=3, keepdims=True)
        C -= least
        L += least.sum(axis=(2, 3))
        late = time.monotonic() > until or best.done
        if sweep % STEP == STEP - 1 or late:
            relaxed = solve(dataclasses.replace(p, cost=L, opening=np.zeros(m)), LONGEST, whole=False, stop=best.stop)
            reached = -np.inf if relaxed is None else relaxed.bound
            if late or reached <= best.bound + SLOW * abs(best.bound):
                best.bound = max(best.bound, reached)
                break
            best.bound = reached
            best.told(best)


def _crowd(p: Problem, C: Array) -> Array:
    """Put the price of room on C[i,r,j,s], region after region s; what the prices hand back, per (i, r).

    Beside i in r, the others have left[i,r] = room[s] - [r = s] * use[i,s] in s: the continuous knapsack over what each gains there.
    """
    n, m = p.cost.shape
    back, each = np.zeros((n, m)), np.arange(n)
    for use, room in zip(p.use, p.room, strict=True):
        for s in range(m) if m > 1 else ():
            other = np.delete(C, s, axis=3).min(axis=3)
            gain = np.maximum(other - C[:, :, :, s], 0.0)
            gain[each, :, each] = 0.0
            size = np.maximum(use[:, s], 1e-12)
            order = np.argsort(-gain / size, axis=2)
            left = np.full((n, m), room[s])
            left[:, s] -= use[:, s]
            full = np.cumsum(size[order], axis=2) > np.maximum(left, 0.0)[:, :, None] * (1 + FITS)
            first = np.take_along_axis(order, full.argmax(axis=2)[:, :, None], axis=2)
            price = np.where(full.any(axis=2), np.take_along_axis(gain / size, first, axis=2)[:, :, 0], 0.0)
            rise = price[:, :, None] * use[:, s]
            rise[each, :, each] = 0.0
            C[:, :, :, s] += rise
            back += price * np.maximum(left, 0.0)
    return back
