"""Technologies and innovations, what they cost and what they save or gain: pure functions of the facts, and the tables that state them.

Symbols: industry k, technology h, region r, resource i; an item is (k, h, r) of an industry and a technology that `technology_costs` lists::

    saving[k,h,i]    share of the conventional use that is saved, 0 where none is stated    (table `technology_effects`)
    use[k,r,i]       conventional use of the resource per unit of output
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pandas as pd

from layout_opt.errors import Fault, Place
from layout_opt.instance import Instance
from layout_opt.schema import INDUSTRY, RESOURCE
from layout_opt.tables import Column, Table, amount, fraction, key, named

TECHNOLOGY = key("technology", "technologies")
TECHNOLOGIES = Table("technologies", named("technology"))
EFFECTS = Table("technology_effects", (INDUSTRY, TECHNOLOGY, RESOURCE, Column("saving", "number", high=1)))
CLEAN = Column("clean", "flag", optional=True, blank=True)
COSTS = Table("technology_costs", (INDUSTRY, TECHNOLOGY, amount("cost", "{money}/{output}"), fraction("most", optional=True), CLEAN))
INNOVATIONS = Table(
    "innovations",
    (
        *named("innovation"),
        Column("industry", refers=("industries",)),
        amount("research_cost", "{money}"),
        amount("gain", "{money}/{output}"),
        fraction("most"),
        fraction("diffusion"),
    ),
)


def innovations(instance: Instance, stated: Collection[str] | None) -> pd.DataFrame:
    """The table `innovations` by key, of those that are stated; all where None."""
    table = instance.tables["innovations"].set_index("innovation")
    return table if stated is None else table.loc[[n for n in table.index if n in stated]]


def choices(instance: Instance, technologies: Collection[str] | None) -> pd.DataFrame:
    """cost (money/output), most (share of the output) and clean of the technologies, all where None, by item."""
    table = instance.tables["technology_costs"]
    rows = table if technologies is None else table[table["technology"].isin(technologies)]
    rows = rows.assign(most=rows["most"].fillna(1.0) if "most" in rows else 1.0, clean=rows.get("clean", False))
    items = rows.merge(pd.DataFrame({"region": instance.regions.index}), how="cross")
    return items.set_index(["industry", "technology", "region"])[["cost", "most", "clean"]]


def savings(instance: Instance, items: pd.Index, year: int) -> pd.DataFrame:
    """saving[k,h,i] * use[k,r,i], items by resources (units of the resource per unit of output)."""
    effects = instance.tables["technology_effects"].set_index(["industry", "technology"])
    k, h, r = (items.get_level_values(level) for level in ("industry", "technology", "region"))
    saved = {}
    for i, rows in effects.groupby("resource", sort=False):
        saving = rows["saving"].reindex(pd.MultiIndex.from_arrays([k, h])).fillna(0.0)
        saved[str(i)] = saving.to_numpy() * instance.use(str(i), year).reindex(pd.MultiIndex.from_arrays([k, r])).to_numpy()
    return pd.DataFrame(saved, items)


def faults(instance: Instance, where: Place) -> Iterable[Fault]:
    """What is wrong with the tables of this module as a whole."""
    listed, saving = (
        set(zip(table["industry"], table["technology"], strict=True))
        for table in (instance.tables["technology_costs"], instance.tables["technology_effects"])
    )
    for k, h in sorted(saving - listed):
        yield Fault("saves something, but the table 'technology_costs' has no row of it", where, "Add the row.", f"{k}|{h}")
