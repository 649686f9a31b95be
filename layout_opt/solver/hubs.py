"""Transfers between groups of regions: a small program that tells which single transfers a large one will want.

Regions are grouped around hubs; in the program of the groups, a transfer from group a to group b costs the mean of the single ones. Its plan
says what each cell releases and receives, one transport problem per industry then says which transfers carry that most cheaply, and its
potentials rank all the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import highspy
import numpy as np

from layout_opt.errors import LayoutError
from layout_opt.flows import Array
from layout_opt.solver.compiled import INF, Compiled, Program, Transport, relaxed, silent

HUBS = 10
SWEEPS = 5  # of moving each hub to the middle of its group
Totals = Sequence[tuple[int, Mapping[int, Array]]]
KEPT = 3  # best transfers by potential of every origin and destination
ACTIVE = 1e-6  # output below this is nothing
PAYS = 1e-9  # a transfer left out of a transport problem pays from this gain on


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


def blocks(figure: Array, t: Transport, label: Array) -> tuple[Array, Array, Array]:
    """Least, mean and most of a figure of single transfers (origins x destinations) between groups, groups x groups; NaN where there are none."""
    groups_ = int(label.max()) + 1
    (rows, first), (columns, last) = (_runs(label[ends]) for ends in (t.lane.origins, t.lane.destinations))
    at = np.ix_(label[t.lane.origins][rows][first], label[t.lane.destinations][columns][last])
    known, exists = np.where(t.open, figure, np.nan)[rows][:, columns], t.open[rows][:, columns].astype(float)
    found = []
    for part, join in ((known, np.fmin), (np.nan_to_num(known), np.add), (exists, np.add), (known, np.fmax)):
        whole = np.full((groups_, groups_), np.nan)
        whole[at] = join.reduceat(join.reduceat(part, first, axis=0), last, axis=1)
        found.append(whole)
    least, total, number, most = found
    return least, total / np.where(number > 0, number, np.nan), most


def _runs(label: Array) -> tuple[Array, Array]:
    """An order that puts equal labels side by side, and where each run begins in it."""
    order = np.argsort(label, kind="stable")
    return order, np.unique(label[order], return_index=True)[1]


def between_groups(core: Program, transports: list[Transport], label: Array, costs: list[Array], totals: Totals = ()) -> Program:
    """The program in which industries move between groups, at these costs (groups x groups by transport; NaN where nothing can move).

    Each of `totals` is a column that sums transfers, and by position of a transport the rates between groups.
    """
    rows, columns = core.matrix.shape
    entries: list[tuple[Array, Array, Array]] = []
    prices, row, column, groups_, first = [], rows, columns, int(label.max()) + 1, dict[int, int]()
    for n, (t, cost) in enumerate(zip(transports, costs, strict=True)):
        origin, destination = label[t.lane.origins], label[t.lane.destinations]
        a, b = np.nonzero(~np.isnan(cost))
        flows = np.arange(column, column + len(a))
        entries += [(row + origin, t.out, np.ones(len(origin))), (row + groups_ + destination, t.into, np.ones(len(destination)))]
        entries += [(row + a, flows, -np.ones(len(a))), (row + groups_ + b, flows, -np.ones(len(a)))]
        prices.append(cost[a, b])
        first[n] = column
        row, column = row + 2 * groups_, column + len(a)
    for total, rates in totals:
        entries.append((np.array([row]), np.array([total]), np.ones(1)))
        for n, rate in rates.items():
            known = rate[~np.isnan(rate)]
            entries.append((np.full(len(known), row), first[n] + np.arange(len(known)), -known))
        row += 1
    return relaxed(core.extended(entries, prices, row - rows))


def likely(compiled: Compiled, core: Program, distance: Array) -> list[Array]:
    """Which transfers of every transport to begin with, origins x destinations."""
    highs = silent()
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("solver", "ipm")
    highs.setOptionValue("run_crossover", "off")
    label = groups(distance)
    between_groups(core, compiled.transports, label, [blocks(t.cost, t, label)[1] for t in compiled.transports]).load(highs)
    highs.run()
    plan = np.asarray(highs.getSolution().col_value)
    return [_chosen(t, plan[t.out], plan[t.into]) for t in compiled.transports]


def _chosen(t: Transport, out: Array, into: Array) -> Array:
    """The transfers that carry `out` to `into` most cheaply, and those whose potentials come next."""
    gain = np.where(t.open, t.cost, -np.inf)
    chosen = np.zeros(gain.shape, dtype=bool)
    o, d = np.flatnonzero(out > ACTIVE), np.flatnonzero(into > ACTIVE)
    if len(o) and len(d) and np.isfinite(gain[np.ix_(o, d)]).any(axis=None):
        moved, u, v = carried(np.where(t.open, t.cost, t.cost.min() * 10 - 1)[np.ix_(o, d)], out[o], into[d] * out[o].sum() / into[d].sum())
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


def carried(cost: Array, out: Array, into: Array) -> tuple[Array, Array, Array]:
    """The transport problem max cost * moved: what to move, and the potentials of origins and destinations.

    `out` and `into` sum to the same. Transfers are priced in: no other has a cost above the sum of its potentials. Raises `LayoutError` where HiGHS
    fails.
    """
    origins = len(cost)
    highs = silent()
    highs.setOptionValue("presolve", "off")
    amounts, nothing = np.concatenate([out, into]), np.zeros(0, dtype=np.int32)
    highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
    highs.addRows(len(amounts), amounts, amounts, 0, np.zeros(len(amounts), dtype=np.int32), nothing, np.zeros(0))
    known, new = np.zeros(cost.shape, dtype=bool), best(cost, KEPT) | _corners(out, into)
    at = np.zeros((2, 0), dtype=int)
    while new.any():
        o, d = np.nonzero(new)
        n, ends = len(o), np.column_stack([o, origins + d]).ravel().astype(np.int32)
        starts, free = np.arange(0, 2 * n, 2, dtype=np.int32), np.full(n, INF)
        highs.addCols(n, cost[o, d], np.zeros(n), free, 2 * n, starts, ends, np.ones(2 * n))
        known, at = known | new, np.column_stack([at, (o, d)])
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise LayoutError(f"a transport problem ended as {highs.modelStatusToString(highs.getModelStatus())!r}")
        potential = np.asarray(highs.getSolution().row_dual)
        u, v = potential[:origins], potential[origins:]
        gain = np.where(known, 0.0, cost - u[:, None] - v)
        new = best(gain, KEPT) & (gain > PAYS)
    moved = np.zeros(cost.shape)
    moved[at[0], at[1]] = np.asarray(highs.getSolution().col_value)
    return moved, u, v


def _corners(out: Array, into: Array) -> Array:
    """Transfers with which all can be carried, though dearly: the northwest corner rule."""
    ends = np.unique(np.concatenate([np.cumsum(out), np.cumsum(into)]))
    middle = ends - np.diff(ends, prepend=0.0) / 2
    o, d = (np.minimum(np.searchsorted(np.cumsum(part), middle), len(part) - 1) for part in (out, into))
    chosen = np.zeros((len(out), len(into)), dtype=bool)
    chosen[o, d] = True
    return chosen
