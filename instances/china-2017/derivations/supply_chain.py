"""Tables of the family `supply_chain`: what industries need of each other, what carrying it costs, and where final demand stands.

Inputs are those of domestic products in the national input-output table of 2017 (42 sectors), merged as `assumptions/industries.csv` says. Final
demand of a product falls on the regions as its use does: consumption half by people and half by value added, capital formation by value added,
exports by the exports of the regions in 2017 (customs figures in 1e9 USD, recollected). The use of each product is that of the same table.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"
LEAST = 0.0005  # smaller coefficients are left out
PEOPLE = 0.5  # of consumption that follows people rather than value added, assumed
USES = {"consumption": ["TC"], "capital": ["FU201", "FU202"], "exports": ["EX"]}


def tables(raw: Path, made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The three tables."""
    domestic, industry_of = uses(raw)
    industries = list(made["industries"].industry)
    merged = domestic.groupby(domestic.index.map(industry_of)).sum().reindex(industries)
    freight = pd.read_csv(ASSUMPTIONS / "freight.csv").assign(estimated="yes")
    return {
        "input_coefficients": input_coefficients(merged, industry_of, industries),
        "freight": freight[["industry", "freight_cost", "import_cost", "estimated", "note"]],
        "final_demand": final_demand(merged.loc[freight.industry], made),
    }


def uses(raw: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """Uses of domestic products in 1e8 CNY, sector by user, and the industry of each sector."""
    codes = pd.read_csv(ASSUMPTIONS / "industries.csv", dtype={"io_codes": str}).set_index("industry").io_codes
    table = pd.read_csv(raw / "io_national/china_2017_42.csv", dtype={"Code": str}).query("Origin == 'Domestic'").set_index("Code")
    return table.drop(columns=["Description", "DescriptionInChinese", "Origin"]).astype(float) / 1e4, {
        code: industry for industry, listed in codes.items() for code in listed.split()
    }


def input_coefficients(merged: pd.DataFrame, industry_of: dict[str, str], industries: list[str]) -> pd.DataFrame:
    """Input per unit of output, supplier by user."""
    inputs = merged[list(industry_of)].T.groupby(industry_of).sum().T[industries]
    coefficients = (inputs / merged.GO).round(5)
    long = coefficients.rename_axis(index="supplier", columns="industry").stack().rename("coefficient").reset_index()
    return long[long.coefficient >= LEAST].assign(estimated="no")


def final_demand(merged: pd.DataFrame, made: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Shares of the regions in the final demand of each product."""
    regions = made["regions"].set_index("region")
    rate = made["industries"].set_index("industry").value_added_rate
    stock = made["stock"]
    made_there = (stock.output * stock.industry.map(rate)).groupby(stock.region).sum().reindex(regions.index)
    added, people = made_there / made_there.sum(), regions.population / regions.population.sum()
    sold = pd.read_csv(ASSUMPTIONS / "final_demand.csv").set_index("region").exports_2017.reindex(regions.index)
    keys = pd.DataFrame({"consumption": PEOPLE * people + (1 - PEOPLE) * added, "capital": added, "exports": sold / sold.sum()})
    use = pd.DataFrame({name: merged[columns].sum(axis="columns").clip(lower=0) for name, columns in USES.items()})
    share = (use.div(use.sum(axis="columns"), axis="index") @ keys.T).round(5)
    return share.rename_axis(index="industry", columns="region").stack().rename("share").reset_index().assign(estimated="yes")
