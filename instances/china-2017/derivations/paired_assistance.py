"""Table of the family `paired_assistance`: who helps whom, with how much.

Pairs are those of 2021. Aid is fiscal aid of 2021 in 1e8 CNY: the total of all pairs, 229, is published (recollected); its parts are estimated.
The discount, the part of the cost of moving that a pair bears together, is assumed: 0.2, and 0.1 for the recipients nearest to the mean.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"
PAIRED_SINCE = 2021
# Industry to be moved by 2030: output per unit of yearly aid, assumed (4,600 in all, a tenth of what the reference model moves).
TRANSFER_PER_AID = 20.0
# What a recipient lacks a year: this part of its gap in value added to the national mean per head, assumed.
NEED_OF_GAP = 0.02


def tables(raw: Path, made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The table `pairs`."""
    region = pd.read_csv(ASSUMPTIONS / "regions.csv").set_index("province_zh").region
    listed = pd.read_csv(raw / "regions/east_west_pairs.csv").query("vintage == @PAIRED_SINCE")
    pairs = listed[["donor", "recipient"]].merge(pd.read_csv(ASSUMPTIONS / "pairs.csv"), how="left", validate="1:1")
    origin, destination = pairs.donor.map(region), pairs.recipient.map(region)
    part = pairs.aid_2021 / pairs.aid_2021.groupby(destination).transform("sum")
    need = (NEED_OF_GAP * gap(made).reindex(destination).to_numpy() * part).round(0)
    table = pd.DataFrame(
        {
            "origin": origin,
            "destination": destination,
            "min_transfer": TRANSFER_PER_AID * pairs.aid_2021,
            "min_aid": pairs.aid_2021,
            "need": need.where(need > pairs.aid_2021),
            "discount": pairs.discount,
            "estimated": "yes",
        }
    )
    return {"pairs": table}


def gap(made: dict[str, pd.DataFrame]) -> pd.Series:
    """Value added that each region lacks to the national mean per head in the base year, 1e8 CNY."""
    rate, stock = made["industries"].set_index("industry").value_added_rate, made["stock"]
    added = (stock.output * stock.industry.map(rate)).groupby(stock.region).sum()
    people = made["regions"].set_index("region").population
    return (people * added.sum() / people.sum() - added).clip(lower=0)
