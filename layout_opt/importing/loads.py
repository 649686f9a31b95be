"""Tables of what industries use of resources, and of how much there is: intensities are observed, regional factors computed, capacities assumed.

Everywhere `S` is the stock by industry and region, and `use` what it uses of a resource.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from layout_opt.importing.satellites import Resource
from layout_opt.importing.terms import Terms, digits, listed

SPREAD = 5.0  # regional factors lie between a fifth and five times the average


def load_tables(used: Sequence[Resource], S: pd.DataFrame, unit: str, terms: Terms) -> dict[str, pd.DataFrame]:
    """The tables of resources; `unit` is that of output."""
    columns = ["resource", "name_en", "name_zh", "unit", "note"]
    return {
        "resources": pd.DataFrame([(r.resource, r.name_en, r.name_zh, r.unit, r.source) for r in used], columns=columns),
        "intensities": _intensities(used, S, unit),
        "efficiency": _efficiency(used, S),
        "cell_intensities": _cell_intensities(used, S, unit),
        "capacities": _capacities(used, terms),
    }


def _intensities(used: Sequence[Resource], S: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Averages over all regions."""
    average = {r.resource: r.use.sum(axis=1) / S.sum(axis=1) for r in used}
    rows = [(industry, r.resource, rate, f"{r.unit}/{unit}") for r in used for industry, rate in average[r.resource].items()]
    table = pd.DataFrame(rows, columns=["industry", "resource", "intensity", "unit"])
    return table.assign(intensity=digits(table["intensity"]), estimated=False)


def _cell_intensities(used: Sequence[Resource], S: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Use per unit of output where something is made."""
    rates = [listed(r.use / S.where(S > 0), "intensity").assign(resource=r.resource, unit=f"{r.unit}/{unit}") for r in used]
    return pd.concat(rates, ignore_index=True).assign(estimated=False)


def _efficiency(used: Sequence[Resource], S: pd.DataFrame) -> pd.DataFrame:
    """What a region uses over what it would use at average intensities."""
    rows = []
    for r in used:
        average = S.mul(r.use.sum(axis=1) / S.sum(axis=1), axis=0).sum()
        factor = (r.use.sum() / average.where(average > 0)).dropna().clip(1 / SPREAD, SPREAD)
        rows += [(region, r.resource, value) for region, value in factor.items()]
    table = pd.DataFrame(rows, columns=["region", "resource", "factor"])
    source = "computed: use of the region over its use at average intensities; counts for industries that are new there"
    return table.assign(factor=digits(table["factor"]), estimated=True, source=source)


def _capacities(used: Sequence[Resource], terms: Terms) -> pd.DataFrame:
    rows = [
        (r.resource, region, year, terms.grown(year) * (1 + terms.headroom) * total, r.unit)
        for r in used
        for year in terms.periods
        for region, total in r.use.sum().items()
    ]
    table = pd.DataFrame(rows, columns=["resource", "place", "year", "capacity", "unit"])
    source = f"assumed: use of {terms.base_year}, grown as demand is, and {terms.headroom:.0%} more"
    return table.assign(capacity=digits(table["capacity"]), estimated=True, source=source)
