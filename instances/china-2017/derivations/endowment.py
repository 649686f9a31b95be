"""Table of the family `endowment`: the coal and the clean power of each province, as output that they can carry.

coal-mining   basic reserves of 2016 (China Statistical Yearbook 2017, 1e8 t, recollected), mined in 40 years, at the output per tonne of 2017
power         output of 2017 and what wind, sun, water and the atom can add by 2030 (TWh a year, assumed), at the output per TWh of 2017
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"
YEARS = 40  # in which reserves are mined, assumed
COAL_2017 = 35.24  # 1e8 t of raw coal, NBS (recollected)
POWER_2017 = 6604.0  # TWh generated, NBS (recollected)
CLEAN_BONUS = 0.05  # worth of clean power beyond its price, per unit of output, assumed; of a region's power its clean part counts


def tables(raw: Path, made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:  # noqa: ARG001
    """The table `endowments`."""
    known = pd.read_csv(ASSUMPTIONS / "endowments.csv").set_index("region")
    stock = made["stock"].pivot(index="region", columns="industry", values="output").reindex(known.index).fillna(0.0)
    coal = known.coal_reserves_2016 / YEARS * stock["coal-mining"].sum() / COAL_2017
    clean = known.clean_potential_2030 * stock["power"].sum() / POWER_2017
    power = stock["power"] + clean
    facts = {
        "coal-mining": (coal, 0 * coal, f"basic reserves of 2016 mined in {YEARS} years"),
        "power": (power, CLEAN_BONUS * clean / power, "output of 2017 and clean power to be added by 2030"),
    }
    rows = [(k, r, round(ceiling[r]), round(bonus[r], 4), "yes", note) for k, (ceiling, bonus, note) in facts.items() for r in known.index]
    return {"endowments": pd.DataFrame(rows, columns=["industry", "region", "ceiling", "bonus", "estimated", "note"])}
