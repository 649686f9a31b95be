"""What industries need of labour and capital, and what each region has of them: tables `factors`, `factor_needs`, `factor_supply`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"
BASE, YEARS = 2017, (2020, 2025, 2030)
FACTORS = [("labour", "Labour", "劳动力", "1e4 persons"), ("capital", "Productive capital", "生产性资本", "1e8 CNY")]
OUTPUT = "1e8 CNY"

# What was idle in 2017 over what was used, everywhere (assumed).
IDLE = 0.02
# Where a province has more people than its industries employ at national productivity (Gansu, Guizhou, Henan), this part of the difference is
# hidden underemployment, the rest lower productivity (assumed). Where it has fewer (Beijing, Shanghai), they are as much more productive.
UNDEREMPLOYED = 0.5
# Yearly change of the nation's labour force to 2030: the population aged 15 to 59 falls by 0.4 to 0.6 % a year (assumed). Provinces differ as their
# population does in SSP2.
LABOUR_CHANGE = -0.005
# Use over supply of the nation in the tightest of the years; productivity and capital grow as this asks for (assumed).
TIGHTEST = 0.97


def tables(raw: Path, made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The three tables; `assumptions/factor_needs.csv` says which rows of the employment statistics an industry has, and how fast its
    productivity grows beside the others'."""
    stock = made["stock"].pivot(index="industry", columns="region", values="output").fillna(0.0)
    stock = stock.loc[made["industries"]["industry"], made["regions"]["region"]]
    demand = made["demand"].pivot(index="industry", columns="year", values="demand").loc[stock.index]
    assumed = pd.read_csv(ASSUMPTIONS / "factor_needs.csv").set_index("industry").loc[stock.index]

    employed = pd.read_csv(raw / "io_national/china_employment.csv").set_index("Code")[str(BASE)]
    labour = pd.Series({k: employed[codes.split()].sum() for k, codes in assumed["employment"].items()}) / stock.sum(axis="columns")
    labour = labour.map(lambda value: float(f"{value:.5g}"))
    used = stock.mul(labour, axis="index").sum()
    people = made["regions"].set_index("region")["population"]
    workers = employed["TOT"] * people / people.sum()
    supply = ((1 + IDLE) * used + UNDEREMPLOYED * (workers - used).clip(lower=0.0)).round(1)
    change = (trend(raw) + LABOUR_CHANGE).round(5)
    years = {year: float((supply * (1 + change) ** (year - BASE)).sum()) for year in YEARS}
    productivity = (pace(labour, assumed["pace"], demand, years) * assumed["pace"]).round(4)

    capital = made["industries"].set_index("industry")["building_cost"]
    invested = stock.mul(capital, axis="index").sum()
    kept = ((1 + IDLE) * invested).round(1)
    growth = max((demand[year] @ capital / TIGHTEST / kept.sum()) ** (1 / (year - BASE)) - 1 for year in YEARS)

    needs = [(k, "labour", labour[k], f"1e4 persons/{OUTPUT}", productivity[k]) for k in stock.index]
    needs += [(k, "capital", capital[k], f"1e8 CNY/{OUTPUT}", 0.0) for k in stock.index]
    rows = [("labour", r, supply[r], "1e4 persons", change[r]) for r in stock.columns]
    rows += [("capital", r, kept[r], "1e8 CNY", round(growth, 4)) for r in stock.columns]
    return {
        "factors": pd.DataFrame(FACTORS, columns=["factor", "name_en", "name_zh", "unit"]),
        "factor_needs": pd.DataFrame(needs, columns=["industry", "factor", "need", "unit", "annual_improvement"]).assign(estimated="yes"),
        "factor_supply": pd.DataFrame(rows, columns=["factor", "region", "supply", "unit", "growth"]).assign(estimated="yes"),
    }


def trend(raw: Path) -> pd.Series:
    """Yearly change of each region's population 2020-2030 less that of the nation, in SSP2."""
    names = pd.read_csv(ASSUMPTIONS / "regions.csv").set_index("region")["pik_name"].str.lower()
    people = pd.read_excel(raw / "raw/pypsa_pik/SSPs_POP_Prov_v2.xlsx", sheet_name="SSP2").set_index("region")[[2020, 2030]]
    own, all_ = (values[2030] / values[2020] for values in (people, people.sum()))
    change = own ** (1 / 10) - all_ ** (1 / 10)
    return pd.Series(change.rename(index=str.lower).reindex(names).to_numpy(float), index=names.index)


def pace(labour: pd.Series, relative: pd.Series, demand: pd.DataFrame, supply: dict[int, float]) -> float:
    """Growth of productivity a year, of an industry of pace 1, at which the nation's labour is as tight as stated in the tightest year."""
    low, high = 0.0, 0.2
    for _ in range(50):
        middle = (low + high) / 2
        tightest = max(float((labour * demand[year] * (1 - middle * relative) ** (year - BASE)).sum()) / supply[year] for year in YEARS)
        low, high = (middle, high) if tightest > TIGHTEST else (low, middle)
    return float(np.round(high, 5))
