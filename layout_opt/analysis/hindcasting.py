"""How a plan compares with what happened: changes of each cell's share in its industry, planned and observed.

With s[k,r] the share of a region in an industry's output, planned change P = s(plan) - s(base), observed change O = s(observed) - s(base),

    explained = 1 - sum (O - P)^2 / sum O^2          (1: what happened; 0: no better than no change; below 0: worse)
    rank      = Spearman's rank correlation of P and O over cells
    sign      = share of |O| in cells where P and O go the same way

for the nation, each plate and each industry. Shares leave out how fast an industry grows as a whole, which is given to a plan as demand. Two
forecasts stand beside the plan: `no change`, and where an earlier stock is known the `trend`, which goes on as it went before, year by year.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from layout_opt.errors import Fault, InputError, LayoutError, Place, suggest
from layout_opt.instance import Instance
from layout_opt.runs import Run

COLUMNS = ["forecast", "scope", "explained", "rank", "sign", "cells"]
NOISE = 1e-12
NATION = "nation"


def hindcast(run: Run, observed: pd.DataFrame | Path, earlier: pd.DataFrame | Path | None = None, *, year: int | None = None) -> pd.DataFrame:
    """Compare a plan's last period with an observed stock: one row per forecast (`plan`, `no change`, `trend`) and scope.

    Stocks have the columns industry, region, output, as the table `stock`; a cell without a row has none. `earlier` needs the `year` in which
    it was observed. Raises `InputError` for a table that cannot be read or names what the instance does not have, `LayoutError` for a run
    without a plan.
    """
    if not run.has_plan:
        raise LayoutError(f"the run has status {run.status!r}: there is nothing to compare")
    instance, last = run.instance, run.plan.last
    base = _shares(instance.stock)
    happened = _shares(_stock(instance, observed, "--observed")) - base
    if float(happened.abs().max()) <= NOISE:
        raise InputError(faults=[Fault("nothing changed", Place("--observed"), "Give the stock of another year.")])
    forecasts = {"plan": _shares(last.output) - base, "no change": 0 * base}
    if earlier is not None:
        if year is None or year >= instance.manifest.base_year:
            what = "the earlier stock needs its year, before the base year"
            raise InputError(faults=[Fault(what, Place("--earlier-year"), f"Write a year before {instance.manifest.base_year}.", str(year))])
        pace = (last.year - instance.manifest.base_year) / (instance.manifest.base_year - year)
        forecasts["trend"] = pace * (base - _shares(_stock(instance, earlier, "--earlier")))
    rows = [(name, scope, *_measures(forecast[cells], happened[cells])) for name, forecast in forecasts.items() for scope, cells in _scopes(instance)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _scopes(instance: Instance) -> Iterator[tuple[str, pd.Index]]:
    """The nation, plates and industries, each with its cells."""
    cells = instance.cells
    yield NATION, cells
    plate = instance.regions["plate"].reindex(cells.get_level_values("region")).to_numpy()
    for name in instance.plates:
        yield name, cells[plate == name]
    for industry in instance.industries.index:
        yield str(industry), cells[cells.get_level_values("industry") == industry]


def _measures(forecast: pd.Series[float], happened: pd.Series[float]) -> tuple[float, float, float, int]:
    p, o = forecast.to_numpy(dtype=float), happened.to_numpy(dtype=float)
    squares, size = float((o**2).sum()), float(np.abs(o).sum())
    explained = 1 - float(((o - p) ** 2).sum()) / squares if squares > NOISE**2 else np.nan
    varied = len(p) > 1 and np.ptp(p) > NOISE and np.ptp(o) > NOISE
    rank = float(np.corrcoef(pd.Series(p).rank(), pd.Series(o).rank())[0, 1]) if varied else np.nan
    sign = float(np.abs(o[(p * o) > 0]).sum()) / size if size > NOISE else np.nan
    return explained, rank, sign, len(p)


def _shares(output: pd.Series[float]) -> pd.Series[float]:
    """Share of every cell in its industry; 0 for an industry that nobody makes."""
    total = output.groupby(level="industry").transform("sum")
    return (output / total.where(total > 0)).fillna(0.0)


def _stock(instance: Instance, source: pd.DataFrame | Path, option: str) -> pd.Series[float]:
    """Output by cell from a table or a CSV file."""
    where = Place(option) if isinstance(source, pd.DataFrame) else Place(str(source))
    try:
        table = source if isinstance(source, pd.DataFrame) else pd.read_csv(source, dtype={"industry": str, "region": str}, keep_default_na=False)
        missing = {"industry", "region", "output"} - set(table)
        if missing:
            raise ValueError(f"lacks the column {', '.join(sorted(missing))}")
        table = table.assign(output=pd.to_numeric(table["output"]))
    except (OSError, ValueError) as error:
        raise InputError(faults=[Fault(f"cannot be read: {error}", where, "Give a table like `stock`: industry, region, output.")]) from None
    faults = [
        Fault(f"no such {kind}", Place(where.file, column=kind), suggest(name, list(known)), name)
        for kind, known in (("industry", instance.industries.index), ("region", instance.regions.index))
        for name in sorted(set(table[kind]) - set(known))
    ]
    for number, value in enumerate(table["output"], 2):
        if not 0 <= value < math.inf:
            faults.append(Fault("must be 0 or more", Place(where.file, row=number, column="output"), "Mend the cell.", str(value)))
    for cell in table.loc[table.duplicated(["industry", "region"]), ["industry", "region"]].itertuples(index=False):
        faults.append(Fault("the cell stands twice", where, "Delete one of the rows.", "|".join(cell)))
    if faults:
        raise InputError(faults=faults)
    return table.set_index(["industry", "region"])["output"].reindex(instance.cells, fill_value=0.0).astype(float)
