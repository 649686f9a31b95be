"""Factors of production, and what industries need and regions have of them: pure functions of the facts, and the tables that state them.

Symbols: industry k, region r; both in a year, for one factor::

    need[k]      need * (1 - annual_improvement) ^ years since the base year     (table `factor_needs`; unit of the factor per unit of output)
    supply[r]    supply * (1 + growth) ^ years since the base year               (table `factor_supply`; unit of the factor)
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from layout_opt.errors import Fault, Place
from layout_opt.instance import Instance
from layout_opt.schema import INDUSTRY, REGION
from layout_opt.tables import Column, Table, amount, key, named, same_unit

FACTORS = Table("factors", (*named("factor"), Column("unit")))
IMPROVEMENT = Column("annual_improvement", "number", low=0, high=0.5, optional=True, blank=True)
NEEDS = Table("factor_needs", (INDUSTRY, key("factor", "factors"), amount("need"), Column("unit"), IMPROVEMENT))
GROWTH = Column("growth", "number", above=-1, high=1, optional=True, blank=True)
SUPPLY = Table("factor_supply", (key("factor", "factors"), REGION, amount("supply"), Column("unit"), GROWTH))


def units(instance: Instance) -> pd.Series[str]:
    """The unit of every factor."""
    return instance.tables["factors"].set_index("factor")["unit"]


def needs(instance: Instance, factor: str, year: int) -> pd.Series[float]:
    """need[k] of the module's statement, for the industries that the table lists."""
    rows = _rows(instance, "factor_needs", factor).set_index("industry")
    improvement = rows["annual_improvement"].fillna(0.0) if "annual_improvement" in rows else 0.0
    return rows["need"] * (1 - improvement) ** (year - instance.manifest.base_year)


def supply(instance: Instance, factor: str, year: int) -> pd.Series[float]:
    """supply[r] of the module's statement, for the regions that the table lists."""
    rows = _rows(instance, "factor_supply", factor).set_index("region")
    growth = rows["growth"].fillna(0.0) if "growth" in rows else 0.0
    return rows["supply"] * (1 + growth) ** (year - instance.manifest.base_year)


def routes(instance: Instance, factor: str, max_distance: float | None) -> pd.Series[float]:
    """Distance in km of the pairs (origin, destination) of regions with a supply, no farther than `max_distance`."""
    listed = list(_rows(instance, "factor_supply", factor)["region"])
    pairs = pd.MultiIndex.from_product([listed, listed], names=["origin", "destination"])
    km = pd.Series(instance.distance.loc[listed, listed].to_numpy(dtype=float).ravel(), index=pairs)
    away = pairs.get_level_values("origin") != pairs.get_level_values("destination")
    return km[away & (km <= (math.inf if max_distance is None else max_distance))]


def faults(instance: Instance, factor: str, where: Place) -> Iterable[Fault]:
    """What is wrong with the needs and the supply of a factor as a whole."""
    for table, suffix in (("factor_needs", f"/{instance.manifest.output}"), ("factor_supply", "")):
        rows, unit = _rows(instance, table, factor), f"{units(instance)[factor]}{suffix}"
        if rows.empty:
            yield Fault(f"the table {table!r} has no row of it", where, "Add its rows.", factor)
        for stated in [u for u in rows["unit"].unique() if not same_unit(u, unit)]:
            yield Fault(f"units disagree in the table {table!r}", where, f"Convert its rows to {unit!r}.", stated)


def _rows(instance: Instance, table: str, factor: str) -> pd.DataFrame:
    return instance.tables[table][instance.tables[table]["factor"] == factor]
