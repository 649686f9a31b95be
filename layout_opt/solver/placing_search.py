"""Tabu search over plans: shifts and swaps, room by an adaptive price, the changes of all moves at once.

State: place[k]; near[k,s] = what industry k would cost in region s with all others where they stand (cost and linkages); over[q,r] = load - room.
A shift k: a -> s changes the objective by near[k,s] - near[k,a], the opening of s (if empty) less that of a (if k is alone there); a swap of
k in a and l in b by near[k,b] - near[k,a] + near[l,a] - near[l,b] + (F[k,l] + F[l,k]) * (D[a,b] + D[b,a] - D[a,a] - D[b,b]).
Sources: Taillard 1991 (robust tabu search); Cordeau, Gaudioso, Laporte and Moccia 2006 (room by a price that adapts).
"""

from __future__ import annotations

import math
import time

import numpy as np

from layout_opt.flows import Array
from layout_opt.solver.places import Best, Problem

TENURES = ((0.1, 0.3), (0.9, 1.1))  # of the number of industries, drawn for each move; by turns
PRICE_STEP = 1.05  # up while over the room, down while within
FITS = 1e-9


class State:
    """A plan and what every move from it would change."""

    def __init__(self, p: Problem, place: Array) -> None:
        self.p, (self.n, self.m) = p, p.cost.shape
        self.all = np.arange(self.n)
        self.linked = p.linked
        self.priced = bool(p.opening.any())
        self.F, self.D = p.linkage, p.distance
        self.pairs = self.F + self.F.T
        diagonal = np.diag(self.D)
        self.apart = self.D + self.D.T - diagonal[:, None] - diagonal[None, :]
        self.set(place)

    def set(self, place: Array) -> None:
        """Start from a plan."""
        p, self.place = self.p, place.copy()
        self.value = p.value(place)
        self.count = np.bincount(place, minlength=self.m)
        self.near = p.cost.copy()
        if self.linked:
            self.near += self.F @ self.D[:, place].T + self.F.T @ self.D[place, :]
        self.over = np.array([np.bincount(place, weights=use[self.all, place], minlength=self.m) for use in p.use]).reshape(p.room.shape) - p.room
        self.there = np.ascontiguousarray(p.use[:, :, place].transpose(0, 2, 1))  # [q, k, l]: use of l in the region of k
        self.own = p.use[:, self.all, place]

    @property
    def excess(self) -> float:
        """Room used beyond what there is."""
        return float(np.maximum(self.over, 0.0).sum())

    def shifts(self) -> tuple[Array, Array]:
        """Changes of objective and of excess, industry x region."""
        change = self.near - self.near[self.all, self.place][:, None]
        if self.priced:
            alone = self.count[self.place] == 1
            change += np.where(self.count == 0, self.p.opening, 0.0)[None, :] - np.where(alone, self.p.opening[self.place], 0.0)[:, None]
        excess = np.zeros((self.n, self.m))
        for over, use, own in zip(self.over, self.p.use, self.own, strict=True):
            was = np.maximum(over, 0.0)
            excess += np.maximum(over + use, 0.0) - was
            excess += (np.maximum(over[self.place] - own, 0.0) - was[self.place])[:, None]
        return change, excess

    def swaps(self) -> tuple[Array, Array]:
        """Changes of objective and of excess, industry x industry (symmetric)."""
        half = self.near[:, self.place] - self.near[self.all, self.place][:, None]
        change = half + half.T
        if self.linked:
            change += self.pairs * self.apart[self.place[:, None], self.place]
        excess = np.zeros((self.n, self.n))
        for over, there, own in zip(self.over, self.there, self.own, strict=True):
            here = over[self.place]
            after = np.maximum(there + (here - own)[:, None], 0.0)
            after -= np.maximum(here, 0.0)[:, None]
            excess += after + after.T
        return change, excess

    def move(self, k: int, s: int) -> None:
        """Industry k into region s."""
        a, p = int(self.place[k]), self.p
        self.value += self.near[k, s] - self.near[k, a]
        self.value += (p.opening[s] if self.count[s] == 0 else 0.0) - (p.opening[a] if self.count[a] == 1 else 0.0)
        self.count[a] -= 1
        self.count[s] += 1
        self.place[k] = s
        if self.linked:
            self.near += np.outer(self.F[:, k], self.D[:, s] - self.D[:, a]) + np.outer(self.F[k, :], self.D[s, :] - self.D[a, :])
        self.over[:, a] -= p.use[:, k, a]
        self.over[:, s] += p.use[:, k, s]
        self.there[:, k, :] = p.use[:, :, s]
        self.own[:, k] = p.use[:, k, s]


def search(p: Problem, best: Best, seconds: float, seed: int = 0, stale: float = math.inf) -> None:
    """Tabu search from the best plan (within the room or not) until `seconds` are over.

    Sooner where nothing better was found for `stale` seconds and three times as long as the best took to find.
    """
    rng, began = np.random.default_rng(seed), time.monotonic()
    state = State(p, best.place)
    n, m = state.n, state.m
    scale = max(float(np.abs(state.near).mean()), 1e-9)
    price = scale / max(float(p.use.mean()), 1e-9) if len(p.use) else 0.0
    least = 1e-3 * price
    tabu = np.zeros((n, m))  # step until which industry k may not return to region r
    if state.excess <= FITS:
        best.take(state.place, state.value)
    step, since, turn, found = 0, 0, 0, began
    patience = max(1000, 40 * n)
    while (now := time.monotonic()) - began < min(seconds, 4 * (found - began) + stale) and n * m > 1 and not best.done:
        step, since = step + 1, since + 1
        excess, place = state.excess, state.place
        change, more = state.shifts()
        total = change + price * more
        banned = (tabu > step) & ((state.value + change >= best.value - 1e-9) | (excess + more > FITS))
        total[banned] = np.inf
        total[state.all, place] = np.inf
        shift = int(total.argmin())
        least_shift = total.flat[shift]
        change, more = state.swaps()
        total = change + price * more
        half = tabu[:, place] > step
        wins = (state.value + change < best.value - 1e-9) & (excess + more <= FITS)
        total[(half | half.T) & ~wins] = np.inf
        total[place[:, None] == place] = np.inf
        swap = int(total.argmin())
        if total.flat[swap] < least_shift:
            k, other = divmod(swap, n)
            moves = [(k, int(place[other])), (other, int(place[k]))]
        elif np.isfinite(least_shift):
            moves = [divmod(shift, m)]
        else:
            tabu[:] = 0
            continue
        for k, s in moves:
            tabu[k, place[k]] = step + 1 + n * rng.uniform(*TENURES[turn % len(TENURES)])
            state.move(k, s)
        if state.excess <= FITS:
            price = max(price / PRICE_STEP, least)
            if state.value < best.value and best.take(state.place, p.value(state.place)):
                since, found = 0, now
        else:
            price *= PRICE_STEP
        if since > patience:  # again from the best plan, some industries elsewhere
            since, turn = 0, turn + 1
            tabu[:] = 0
            kicked = best.place.copy()
            some = rng.permutation(n)[: max(2, int(n * rng.uniform(0.1, 0.5)))]
            kicked[some] = kicked[np.roll(some, 1)] if rng.random() < 0.5 else rng.integers(m, size=len(some))
            state.set(kicked)


def greedy(p: Problem, seed: int = 0) -> Array:
    """A plan to start from: the largest industries first, each where it is cheapest among the regions with room (else the least over)."""
    n, _ = p.cost.shape
    room, load = p.room.copy(), (p.use.max(axis=0) if len(p.use) else np.zeros(p.cost.shape))
    cost = p.cost + p.opening[None, :] * load
    place = np.zeros(n, dtype=np.int64)
    for k in np.argsort(-load.mean(axis=1) + 1e-9 * np.random.default_rng(seed).random(n)):
        left = (room - p.use[:, k]).min(axis=0) if len(room) else np.zeros(len(p.opening))
        fits = left >= -FITS
        place[k] = np.where(fits, cost[k], np.inf).argmin() if fits.any() else left.argmax()
        room[:, place[k]] -= p.use[:, k, place[k]]
    return place
