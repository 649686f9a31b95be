"""The tables of an instance from the sums over a published table; what had to be assumed is marked `estimated`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from layout_opt.importing.accounts import TINY, Accounts
from layout_opt.importing.grouping import Groups
from layout_opt.importing.loads import load_tables
from layout_opt.importing.places import OF_PLATE, PLATES
from layout_opt.importing.satellites import Resource, scale
from layout_opt.importing.terms import COSTS, Terms, digits, listed
from layout_opt.importing.trade import local, trade_tables

ASSUMED = {  # of the order of the figures of china-2017; shares and money per output
    "relocatable_share": 0.3,
    "lot": 0.0,
    "project_cost": 0.0,
    "building_cost": 0.5,
    "relocation_cost": 0.3,
    "distance_cost": 0.05,
    "closure_cost": 0.15,
}
LOCAL_SHARE = 0.05  # of a local industry that can move


@dataclass(frozen=True, eq=False)
class Facts:
    """What is known: sums of the published table, the table `regions`, the groups of industries, and resources."""

    accounts: Accounts
    regions: pd.DataFrame
    industries: Groups
    resources: Sequence[Resource]


def tables(facts: Facts, terms: Terms) -> tuple[str, dict[str, pd.DataFrame]]:
    """The unit of money and output, and the tables of an instance: of the industries and regions that make something."""
    accounts = facts.accounts
    made = accounts.output.where(accounts.output >= TINY * accounts.output.clip(lower=0.0).sum(axis=1).to_numpy()[:, None], 0.0)
    made = made.loc[made.sum(axis=1) > 0, made.sum() > 0]
    unit, factor = scale(made, accounts.unit)
    S = factor * made

    def within(values: pd.DataFrame, by: pd.DataFrame = S) -> pd.DataFrame:
        return values.loc[by.index, by.columns].clip(lower=0.0)

    added, exports, final = (factor * within(part) for part in (accounts.added, accounts.exports, accounts.final))
    inputs = factor * accounts.inputs.loc[S.index, S.index].clip(lower=0.0)
    primary = Resource("primary-inputs", "Primary inputs (value added)", "初级投入（增加值）", unit, added, "output less intermediate inputs")
    used = [replace(r, use=within(r.use).where(S > 0, 0.0)) for r in (primary, *facts.resources)]
    places = facts.regions[facts.regions["region"].isin(S.columns)]
    made_tables = {
        "regions": places.assign(source=np.where(places["estimated"], "seat: the middle of its members, or made up", "")),
        "groups": _plates(places["plate"]),
        "industries": _industries(facts.industries, S, added, local(S, exports)),
        "stock": _stock(S),
        "demand": _demand(S, terms),
        **load_tables(used, S, unit, terms),
        **trade_tables(S, exports, inputs, final),
    }
    return unit, {name: table for name, table in made_tables.items() if len(table)}  # one region has no trade


def _plates(plates: pd.Series[str]) -> pd.DataFrame:
    names = {plate: plate.removesuffix(OF_PLATE) for plate in dict.fromkeys(plates)}
    rows = [(plate, name, PLATES.get(name, name), "plate") for plate, name in names.items()]
    return pd.DataFrame(rows, columns=["group", "name_en", "name_zh", "kind"])


def _industries(groups: Groups, S: pd.DataFrame, added: pd.DataFrame, is_local: pd.Series[bool]) -> pd.DataFrame:
    names = groups.facts.loc[S.index, ["name_en", "name_zh"]]
    table = names.where(names.notna(), pd.DataFrame(dict.fromkeys(names, S.index), S.index)).rename_axis("industry")
    table = table.assign(value_added_rate=digits(added.sum(axis=1) / S.sum(axis=1)).clip(upper=1.0), indivisible=False, **ASSUMED)
    table.loc[is_local, "relocatable_share"] = LOCAL_SHARE
    note = "value_added_rate is observed, local computed from trade"
    return table.assign(local=is_local, estimated=True, source=COSTS, note=note).reset_index()


def _stock(S: pd.DataFrame) -> pd.DataFrame:
    table = listed(S, "output")
    return table[table["output"] > 0].assign(estimated=False)


def _demand(S: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    rows = [(industry, year, terms.grown(year) * total) for year in terms.periods for industry, total in S.sum(axis=1).items()]
    table = pd.DataFrame(rows, columns=["industry", "year", "demand"])
    source = f"assumed: output of {terms.base_year}, growing by {terms.growth:.2%} a year"
    return table.assign(demand=digits(table["demand"]), estimated=True, source=source)
