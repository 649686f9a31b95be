"""Public services and what more of them costs: table `services`, with the beds of hospitals and other health institutions."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"

# Yearly cost of a bed in 1e8 CNY: running it, staff included, and the annuity of building and equipment; 300,000 CNY (assumed; the health
# institutions of 2017 took in about 440,000 a bed). Half of it follows value added per head, as wages do.
BED = 0.003
WAGES = 0.5


def tables(_: Path, made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Beds of 2017 by province in 1e4, recollected (China Statistical Yearbook 2018): they sum to 794.1, the published sum is 794.0."""
    regions = made["regions"].set_index("region")
    beds = pd.read_csv(ASSUMPTIONS / "services.csv").set_index("region")["beds_2017"].reindex(regions.index)
    rate = made["industries"].set_index("industry")["value_added_rate"]
    stock = made["stock"]
    added = (stock["output"] * stock["industry"].map(rate)).groupby(stock["region"]).sum().reindex(regions.index)
    wealth = (added / regions["population"]) / (added.sum() / regions["population"].sum())
    services = pd.DataFrame(
        {
            "service": "hospital-beds",
            "region": regions.index,
            "capacity": (beds * 1e4).round(0).astype(int).to_numpy(),
            "unit": "bed",
            "unit_cost": (BED * (1 - WAGES + WAGES * wealth)).round(5).to_numpy(),
            "estimated": "yes",
        }
    )
    return {"services": services}
