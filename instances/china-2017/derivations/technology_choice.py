"""Cleaner technologies, what they save and what they cost: tables `technologies`, `technology_effects`, `technology_costs`.

All assumed, as orders of magnitude: savings against the conventional plant of the same industry, and the price of a unit saved of the resource that
a technology is for (`main`): CNY per tonne of CO2 for efficiency 90, wind and sun 110, cement 150, scrap steel 220, heat pumps 260, capture 400; CNY
per m3 of water for reuse 6, dry cooling 9. The cost of a unit of output is that price times what a unit of output saves in 2030 at national
use; where a region uses more than the nation, the unit saved is cheaper.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"
BASE, END = 2017, 2030
MONEY = {"co2": 0.01, "water": 1.0}  # 1e8 CNY per Mt at 1 CNY per tonne, and per 1e8 m3 at 1 CNY per m3


def tables(_: Path, made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The three tables."""
    technologies = pd.read_csv(ASSUMPTIONS / "technologies.csv").set_index("technology")
    listed = pd.read_csv(ASSUMPTIONS / "technology_effects.csv")
    effects = listed.assign(industry=listed["industries"].str.split()).explode("industry")
    order = {industry: place for place, industry in enumerate(made["industries"]["industry"])}
    effects = effects.sort_values("industry", key=lambda column: column.map(order), kind="stable")

    use = made["intensities"].set_index(["industry", "resource"])
    later = use["intensity"] * (1 - use["annual_improvement"]) ** (END - BASE)
    main = effects[effects["resource"] == effects["technology"].map(technologies["main"])]
    saved = main["saving"].to_numpy() * later.reindex(pd.MultiIndex.from_frame(main[["industry", "resource"]])).to_numpy()
    price = main["technology"].map(technologies["price"]) * main["resource"].map(MONEY)
    costs = main[["industry", "technology"]].assign(
        cost=[float(f"{value:.4g}") for value in price * saved],
        most=main["technology"].map(technologies["most"]),
        clean=main["technology"].map(technologies["clean"]),
        estimated="yes",
    )
    return {
        "technologies": technologies[["name_en", "name_zh"]].reset_index(),
        "technology_effects": effects[["industry", "technology", "resource", "saving"]].assign(estimated="yes"),
        "technology_costs": costs,
    }
