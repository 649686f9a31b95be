"""Transfers between groups of regions: a small program that tells which single transfers a large one will want.

Regions are grouped around hubs; in the program of the groups, a transfer from group a to group b costs the mean of the single ones. Its plan
says what each cell releases and receives, one transport problem per industry then says which transfers carry that most cheaply, and its
potentials rank all the others.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from layout_opt.flows import Array
from layout_opt.solver.compiled import INF, Compiled, Program, Transport, relaxed, silent

HUBS = 10
SWEEPS = 5  # of moving each hub to the middle of its group
KEPT = 3  # best transfers by potential of every origin and destination
ACTIVE = 1e-6  # output below this is nothing


def groups(distance: Array, hubs: int = HUBS) -> Array:
    """Group of every region: hubs as far apart as possible first, then each in the middle of its group (k-medoids)."""
    centres = [int(distance.sum(axis=1).argmin())]
    near = distance[centres[0]].copy()
    while len(centres) < min(hubs, len(distance)):
        centres.append(int(near.argmax()))
        near = np.minimum(near, distance[centres[-1]])
    for _ in range(SWEEPS):
        label = distance[:, centres].argmin(axis=1)
        members = [np.flatnonzero(label == a) for a in range(len(centres))]
        centres = [int(m[distance[np.ix_(m, m)].sum(axis=1).argmin()]) if len(m) else c for m, c in zip(members, centres, strict=True)]
    return np.asarray(np.unique(distance[:, centres].argmin(axis=1), return_inverse=True)[1])


def aggregated(core: Program, transports: list[Transport], label: Array) -> Program:
    """The program in which industries move between groups, at the mean cost of the single transfers."""
    rows, columns = core.matrix.shape
    entries: list[tuple[Array, Array, Array]] = []
    costs, row, column = [], rows, columns
    for t in transports:
        origin, destination = label[t.lane.origins], label[t.lane.destinations]
        first, last = (sparse.csr_array((np.ones(len(g)), (np.arange(len(g)), g)), shape=(len(g), label.max() + 1)) for g in (origin, destination))
        exists = t.open
        number, total = first.T @ (exists.astype(float) @ last), first.T @ (np.where(exists, t.cost, 0.0) @ last)
        a, b = np.nonzero(number)
        flows, groups_ = np.arange(column, column + len(a)), label.max() + 1
        entries += [(row + origin, t.out, np.ones(len(origin))), (row + groups_ + destination, t.into, np.ones(len(destination)))]
        entries += [(row + a, flows, -np.ones(len(a))), (row + groups_ + b, flows, -np.ones(len(a)))]
        costs.append(total[a, b] / number[a, b])
        row, column = row + 2 * groups_, column + len(a)
    return relaxed(core.extended(entries, costs, row - rows))


def likely(compiled: Compiled, core: Program, distance: Array) -> list[Array]:
    """Which transfers of every transport to begin with, origins x destinations."""
    highs = silent()
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("solver", "ipm")
    highs.setOptionValue("run_crossover", "off")
    aggregated(core, compiled.transports, groups(distance)).load(highs)
    highs.run()
    plan = np.asarray(highs.getSolution().col_value)
    return [_chosen(t, plan[t.out], plan[t.into]) for t in compiled.transports]


def _chosen(t: Transport, out: Array, into: Array) -> Array:
    """The transfers that carry `out` to `into` most cheaply, and those whose potentials come next."""
    gain = np.where(t.open, t.cost, -np.inf)
    chosen = np.zeros(gain.shape, dtype=bool)
    o, d = np.flatnonzero(out > ACTIVE), np.flatnonzero(into > ACTIVE)
    if len(o) and len(d) and np.isfinite(gain[np.ix_(o, d)]).any(axis=None):
        moved, u, v = _carried(np.where(t.open, t.cost, t.cost.min() * 10 - 1)[np.ix_(o, d)], out[o], into[d] * out[o].sum() / into[d].sum())
        chosen[np.ix_(o, d)] = moved > 0
        every_u, every_v = (gain[:, d] - v).max(axis=1), (gain[o] - u[:, None]).max(axis=0)
        every_u[o], every_v[d] = u, v
        gain = gain - np.where(np.isfinite(every_u), every_u, 0.0)[:, None] - np.where(np.isfinite(every_v), every_v, 0.0)
    return best(gain, KEPT) | best(np.where(t.open, t.cost, -np.inf), 1) | (chosen & t.open)


def best(gain: Array, few: int) -> Array:
    """The `few` largest entries of every row and of every column, minus infinity never."""
    chosen = np.zeros(gain.shape, dtype=bool)
    for axis in (0, 1):
        n = min(few, gain.shape[axis])
        if n == 0:
            continue
        np.put_along_axis(chosen, np.take(np.argpartition(-gain, n - 1, axis=axis), range(n), axis=axis), True, axis=axis)
    return chosen & np.isfinite(gain)


def _carried(cost: Array, out: Array, into: Array) -> tuple[Array, Array, Array]:
    """The transport problem: what to move, and the potentials of origins and destinations."""
    origins, destinations = cost.shape
    flows = np.arange(cost.size)
    rows = np.concatenate([flows // destinations, origins + flows % destinations])
    matrix = sparse.coo_array((np.ones(2 * cost.size), (rows, np.tile(flows, 2))), shape=(origins + destinations, cost.size)).tocsc()
    amounts, none = np.concatenate([out, into]), np.zeros(cost.size)
    highs = silent()
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("presolve", "off")
    Program(matrix, cost.ravel(), none, np.full(cost.size, INF), amounts, amounts, none.astype(bool), 0.0, maximise=True).load(highs)
    highs.run()
    solution = highs.getSolution()
    potential = np.asarray(solution.row_dual)
    return np.asarray(solution.col_value).reshape(cost.shape), potential[:origins], potential[origins:]
