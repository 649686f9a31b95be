"""From validated tables to a model inside HiGHS: this package, linopy and direct highspy, each in a process of its own; one JSON line.

python -m benchmarks.build --regions 116 --industries 40 --seed 1

The model is that of the synthetic instance with every transfer in it. Time runs from the validated instance in memory to the end of `passModel`;
memory is the peak of the process above what it held before (libraries and instance loaded). All three must have the same optimum of the
relaxation on a small instance (tests/test_benchmarks.py), and the same columns, rows and non-zeros here.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from benchmarks.synthetic import SOURCE, definition, numbers, write
from layout_opt.core import ceilings
from layout_opt.instance import Instance
from layout_opt.solver.running import peak_memory
from layout_opt.solving import load_instance

WAYS = ("layout_opt", "linopy", "highspy")
INF = highspy.kHighsInf
EQUITY, CEILING = 1000.0, 1.0


def facts(instance: Instance) -> SimpleNamespace:
    """The numbers of the synthetic model as arrays, industries x regions, from the tables of the instance."""
    core, year = definition().core, 2030
    shape = len(instance.industries), len(instance.regions)
    cells = {c: instance.fact(c).to_numpy().reshape(shape) for c in ("lot", "max_project", "exit_share", "project_cost", "building_cost")}
    f = SimpleNamespace(S=instance.stock.to_numpy().reshape(shape), top=ceilings(instance, year, core).to_numpy().reshape(shape), **cells)
    score = instance.tables["scores"].set_index(["industry", "region"])["score"].reindex(instance.cells).to_numpy().reshape(shape)
    f.value = instance.industries["value_added_rate"].to_numpy()[:, None] * (1 + score)
    f.D, f.margin = instance.demand(year).to_numpy(), core.demand_margin
    f.room = np.minimum(f.top, f.max_project)
    f.close = instance.industries["closure_cost"].to_numpy()
    km = instance.distance.to_numpy() / 1000
    f.move = instance.industries["relocation_cost"].to_numpy()[:, None, None] + instance.industries["distance_cost"].to_numpy()[:, None, None] * km
    f.short = -definition().objective.shortage
    f.resources = list(instance.tables["resources"]["resource"])
    f.use = np.stack([instance.use(i, year).to_numpy().reshape(shape) for i in f.resources])
    caps, regions = instance.capacities(year), list(instance.regions.index)
    f.cap = caps.unstack("place").reindex(index=f.resources, columns=regions).fillna(INF).to_numpy()
    f.shared = []
    for (resource, place), cap in zip(caps.index.to_list(), caps.to_list(), strict=True):
        if place not in regions:
            share = instance.members(place).reindex(regions, fill_value=0.0)
            f.shared.append((f.resources.index(resource), share.to_numpy(), cap))
    f.enter = (f.top > 0) & (f.room >= f.lot)
    f.source = f.exit_share * f.S > 0
    f.lane = f.source[:, :, None] & f.enter[:, None, :] & ~np.eye(shape[1], dtype=bool)
    f.leaves, f.reached = f.source & f.lane.any(axis=(1, 2))[:, None], f.lane.any(axis=1)
    f.stands = f.S > 0
    f.grow = f.enter & (f.lot > 0) & (f.top >= f.S) & (f.room > f.top - f.S)
    f.w = f.enter & (f.lot > 0)
    return f


def by_layout_opt(instance: Instance) -> highspy.Highs:
    """This package: the Pyomo model, its transfers as arrays, compiled and passed."""
    from layout_opt.build import build
    from layout_opt.solver.compiled import compile_built, silent

    highs = silent()
    compile_built(build(instance, definition())).whole.load(highs)
    return highs


def by_linopy(instance: Instance) -> highspy.Highs:
    """linopy, as its documentation writes models: arrays of variables with masks, expressions over dimensions."""
    import linopy
    import pandas as pd
    import xarray as xr

    f = facts(instance)
    K, R = f.S.shape
    k, r = pd.RangeIndex(K, name="k"), pd.RangeIndex(R, name="r")
    o, d = pd.RangeIndex(R, name="o"), pd.RangeIndex(R, name="d")
    i = pd.RangeIndex(len(f.resources), name="i")

    def over(values: Any, *dims: pd.Index) -> Any:
        return xr.DataArray(values, coords=list(dims), dims=[str(dim.name) for dim in dims])

    m = linopy.Model()
    x = m.add_variables(lower=over(np.minimum((1 - f.exit_share) * f.S, f.top), k, r), upper=over(f.top, k, r), name="x")
    out = m.add_variables(lower=0, upper=over(f.exit_share * f.S, k, r), name="out", mask=over(f.leaves, k, r))
    into = m.add_variables(lower=0, coords=[k, r], name="into", mask=over(f.reached, k, r))
    new = m.add_variables(lower=0, coords=[k, r], name="new", mask=over(f.enter, k, r))
    closed = m.add_variables(lower=0, coords=[k, r], name="closed", mask=over(f.stands, k, r))
    w = m.add_variables(binary=True, coords=[k, r], name="w", mask=over(f.w, k, r))
    short = m.add_variables(lower=0, coords=[k], name="short")
    load = m.add_variables(coords=[i, r], name="load")
    move = m.add_variables(lower=0, coords=[k, o, d], name="f", mask=over(f.lane, k, o, d))
    z = m.add_variables(lower=0, upper=CEILING, name="z")
    come, go = into.fillna(0) + new.fillna(0), out.fillna(0) + closed.fillna(0)
    m.add_constraints(x + go - come == over(f.S, k, r), name="balance")
    m.add_constraints(go <= over(f.exit_share * f.S, k, r), name="stay", mask=over(f.stands, k, r))
    m.add_constraints(x.sum("r") + short >= over(f.D, k), name="demand")
    m.add_constraints(x.sum("r") + short <= over((1 + f.margin) * f.D, k), name="most_demand")
    m.add_constraints(over(f.lot, k, r) * w.fillna(0) - come <= 0, name="least", mask=over(f.w, k, r))
    m.add_constraints(come - over(f.room, k, r) * w.fillna(0) <= 0, name="most", mask=over(f.w, k, r))
    m.add_constraints(x - over(f.top - f.S, k, r) * w.fillna(0) <= over(f.S, k, r), name="grow", mask=over(f.grow, k, r))
    m.add_constraints(load - (over(f.use, i, k, r) * x).sum("k") == 0, name="use")
    m.add_constraints(load <= over(f.cap, i, r), name="cap", mask=over(f.cap < INF, i, r))
    for n, (resource, share, cap) in enumerate(f.shared):
        inside = np.flatnonzero(share)
        m.add_constraints((load.isel(i=resource, r=inside) * over(share[inside], r[inside])).sum() <= cap, name=f"shared{n}")
    base = f.S.sum(axis=0)
    m.add_constraints(over(base, r) * z - x.sum("k") <= 0, name="equity", mask=over(base > 0, r))
    m.add_constraints(out.fillna(0).rename(r="o") - move.fillna(0).sum("d") == 0, name="departures", mask=over(f.leaves, k, o))
    m.add_constraints(into.fillna(0).rename(r="d") - move.fillna(0).sum("o") == 0, name="arrivals", mask=over(f.reached, k, d))
    profit = (over(f.value, k, r) * x).sum() - (over(f.building_cost, k, r) * new.fillna(0)).sum() - (over(f.project_cost, k, r) * w.fillna(0)).sum()
    losses = (over(f.close, k) * closed.fillna(0)).sum() + (over(f.move, k, o, d) * move.fillna(0)).sum() + f.short * short.sum()
    m.add_objective(profit - losses + EQUITY * z, sense="max")
    highs: highspy.Highs = m.to_highspy()
    return highs


def by_highspy(instance: Instance) -> highspy.Highs:
    """Direct highspy: every block of the matrix from index arrays, one passModel."""
    f = facts(instance)
    K, R = f.S.shape
    width = 0
    place: dict[str, Any] = {}
    lower: list[Any] = []
    upper: list[Any] = []
    cost: list[Any] = []
    integer: list[Any] = []

    def columns(name: str, mask: Any, low: Any, up: Any, objective: Any, whole: bool = False) -> None:
        nonlocal width
        n = int(mask.sum())
        place[name] = np.full(mask.shape, -1)
        place[name][mask] = np.arange(width, width + n)
        width += n
        for store, value in ((lower, low), (upper, up), (cost, objective)):
            store.append(np.broadcast_to(value, mask.shape)[mask].astype(float))
        integer.append(np.full(n, int(whole), dtype=np.int32))

    everywhere = np.ones((K, R), dtype=bool)
    columns("x", everywhere, np.minimum((1 - f.exit_share) * f.S, f.top), f.top, f.value)
    columns("out", f.leaves, 0, f.exit_share * f.S, 0)
    columns("into", f.reached, 0, INF, 0)
    columns("new", f.enter, 0, INF, -f.building_cost)
    columns("closed", f.stands, 0, INF, -f.close[:, None])
    columns("w", f.w, 0, 1, -f.project_cost, whole=True)
    columns("short", np.ones(K, dtype=bool), 0, INF, -f.short)
    columns("load", np.ones((len(f.resources), R), dtype=bool), -INF, INF, 0)
    columns("f", f.lane, 0, INF, -f.move)
    columns("z", np.ones(1, dtype=bool), 0, CEILING, EQUITY)
    height = 0
    rows, cols, values, row_lower, row_upper = [], [], [], [], []

    def state(mask: Any, low: Any, up: Any, *parts: tuple[Any, Any]) -> None:
        """Rows over a mask; each part is (columns of the mask's shape plus summed axes, coefficients)."""
        nonlocal height
        n = int(mask.sum())
        number = np.full(mask.shape, -1)
        number[mask] = np.arange(height, height + n)
        for column, coefficient in parts:
            at = np.broadcast_to(number.reshape(number.shape + (1,) * (column.ndim - number.ndim)), column.shape)
            some = (column >= 0) & (at >= 0)
            value = np.broadcast_to(coefficient, column.shape)[some]
            kept = value != 0
            rows.append(at[some][kept])
            cols.append(column[some][kept])
            values.append(value[kept].astype(float))
        row_lower.append(np.broadcast_to(low, mask.shape)[mask].astype(float))
        row_upper.append(np.broadcast_to(up, mask.shape)[mask].astype(float))
        height += n

    p = place
    state(everywhere, f.S, f.S, (p["x"], 1), (p["out"], 1), (p["closed"], 1), (p["into"], -1), (p["new"], -1))
    state(f.stands, -INF, f.exit_share * f.S, (p["out"], 1), (p["closed"], 1))
    state(np.ones(K, dtype=bool), f.D, INF, (p["x"], 1), (p["short"], 1))
    state(np.ones(K, dtype=bool), -INF, (1 + f.margin) * f.D, (p["x"], 1), (p["short"], 1))
    state(f.w, -INF, 0, (p["w"], f.lot), (p["into"], -1), (p["new"], -1))
    state(f.w, -INF, 0, (p["into"], 1), (p["new"], 1), (p["w"], -f.room))
    state(f.grow, -INF, f.S, (p["x"], 1), (p["w"], f.S - f.top))
    loads = p["load"] >= 0
    state(loads, 0, 0, (p["load"], 1), (np.broadcast_to(p["x"].T, (len(f.resources), R, K)), -f.use.transpose(0, 2, 1)))
    state(f.cap < INF, -INF, f.cap, (p["load"], 1))
    for resource, share, cap in f.shared:
        state(np.ones(1, dtype=bool), -INF, cap, (p["load"][resource][None], share[None]))
    base = f.S.sum(axis=0)
    state(base > 0, -INF, 0, (np.broadcast_to(p["z"], R), base), (p["x"].T, -1))
    state(f.leaves, 0, 0, (p["out"], 1), (p["f"], -1))
    state(f.reached, 0, 0, (p["into"], 1), (p["f"].transpose(0, 2, 1), -1))
    at = np.concatenate(rows), np.concatenate(cols)
    matrix = sparse.coo_array((np.concatenate(values), at), shape=(height, width)).tocsc()
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    costs, lows, ups, row_lows, row_ups, whole = (np.concatenate(p) for p in (cost, lower, upper, row_lower, row_upper, integer))
    kind, sense = int(highspy.MatrixFormat.kColwise), int(highspy.ObjSense.kMaximize)
    start, index, value = matrix.indptr, matrix.indices, matrix.data
    highs.passModel(width, height, matrix.nnz, kind, sense, 0.0, costs, lows, ups, row_lows, row_ups, start, index, value, whole)
    return highs


def measure(way: str, folder: Path) -> dict[str, Any]:
    """Seconds and megabytes of one way, in this process."""
    instance = load_instance(folder)
    _ = instance.distance
    if way == "linopy":
        import linopy  # noqa: F401 - its import is no part of the building
    gc.collect()
    before, began = peak_memory(), time.perf_counter()
    highs = {"layout_opt": by_layout_opt, "linopy": by_linopy, "highspy": by_highspy}[way](instance)
    seconds = time.perf_counter() - began
    size = {"columns": highs.getNumCol(), "rows": highs.getNumRow(), "nonzeros": highs.getNumNz()}
    return {"seconds": round(seconds, 3), "peak_mb": round(peak_memory() - before, 1), **size}


def main() -> None:
    """Measure the three ways and print their figures and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regions", type=int, default=116)
    parser.add_argument("--industries", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--source", type=Path, default=SOURCE, help="the generator, synthetic.py")
    parser.add_argument("--only", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.only:
        print(json.dumps(measure(a.only, a.folder)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = write(numbers(a.regions, a.industries, a.seed, a.source), Path(scratch) / "synthetic")
        found = {}
        for way in WAYS:
            command = [sys.executable, "-m", "benchmarks.build", "--only", way, "--folder", str(folder)]
            found[way] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    ratios = {
        f"{key}_to_{other}": round(found["layout_opt"][key] / found[other][key], 2)
        for other in ("linopy", "highspy")
        for key in ("seconds", "peak_mb")
    }
    print(json.dumps({"regions": a.regions, "industries": a.industries, "seed": a.seed, **found, "ratios": ratios}))


if __name__ == "__main__":
    main()
