"""Table of the family `capital_budget`: what may be invested by 2020, 2025 and 2030 in the capacity that the model knows.

Gross fixed capital formation of 2017 (national input-output table) grows as total demand does, linearly between the years of the table `demand`; a
part of it opens capacity, the rest replaces it, or builds homes and roads.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

OPENS_CAPACITY = 0.228  # part of capital formation, assumed: a little above what the growth of demand needs at the building costs
BASE = 2017


def tables(raw: Path, made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The table `investment`."""
    io = pd.read_csv(raw / "io_national/china_2017_42.csv", dtype={"Code": str})
    formation = io.loc[io.Origin.isin(["Domestic", "Imports"]), "FU201"].astype(float).sum() / 1e4
    demand = made["demand"].groupby("year").demand.sum() / made["stock"].output.sum()
    ends = [BASE, *demand.index]
    years = np.arange(BASE + 1, ends[-1] + 1)
    level = pd.Series(np.interp(years, ends, [1.0, *demand]), index=years)
    spent = [OPENS_CAPACITY * formation * level[(years > start) & (years <= end)].sum() for start, end in pairwise(ends)]
    note = "of the years since the end of the period before"
    return {"investment": pd.DataFrame({"year": ends[1:], "budget": np.round(spent, -3).astype(int), "estimated": "yes", "note": note})}
