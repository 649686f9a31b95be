"""Table of the family `emerging_industry`: how near each region is to the emerging industries, by what it makes and by its research.

density = half the relatedness density of the stock (Hidalgo, Klinger, Barabási and Hausmann 2007), which at 29 industries says little of science,
and half the research of the region: R&D over GDP in 2017 (全国科技经费投入统计公报, recollected), 3 % and more counting whole.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"
EMERGING = ("machinery", "transport-equipment", "electrical", "electronics", "other-manufacturing", "information")
ENOUGH_RESEARCH = 3.0  # % of GDP, assumed
RESEARCH_WEIGHT = 0.5  # assumed


def tables(raw: Path, made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:  # noqa: ARG001
    """The table `relatedness`."""
    industries, regions = list(made["industries"].industry), list(made["regions"].region)
    stock = made["stock"].pivot(index="industry", columns="region", values="output").reindex(index=industries, columns=regions).fillna(0.0)
    research = pd.read_csv(ASSUMPTIONS / "research.csv").set_index("region").research_share.reindex(regions)
    science = (research / ENOUGH_RESEARCH).clip(upper=1.0)
    mixed = (1 - RESEARCH_WEIGHT) * density(stock).loc[list(EMERGING)] + RESEARCH_WEIGHT * science
    table = mixed.round(3).rename_axis(index="industry", columns="region").stack().rename("density").reset_index()
    return {"relatedness": table.assign(estimated="yes")}


def density(stock: pd.DataFrame) -> pd.DataFrame:
    """Relatedness density: share of what is near an industry that the region is specialised in."""
    expected = np.outer(stock.sum(axis="columns"), stock.sum()) / stock.to_numpy().sum()
    special = (stock > expected).astype(float)
    both = special @ special.T
    count = special.sum(axis="columns").to_numpy()
    proximity = both / np.maximum(np.maximum.outer(count, count), 1.0)
    proximity = proximity.where(~np.eye(len(stock), dtype=bool), 0.0)
    return (proximity @ special).div(proximity.sum(axis="columns"), axis="index")
