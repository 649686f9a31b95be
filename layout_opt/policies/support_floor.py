"""Support floors: what regions that need support make or earn does not fall below a floor.

Statement, for every row (r, kind) of the table `support` whose kind is named (all where left out) and each floor that it states::

    growth      VA0[r] * (1 + floor_growth)^(year - base year) <= G[r]          (money a year)
    per_head    floor_per_head * people[r] <= G[r]                              (money a year)

    G[r]        sum_k va[k] * x[k,r] (measure value_added), or income[r] of the accounts (measure income)
    VA0[r]      value added of the base year
    people[r]   the account: the population, with who moves there

A region may be of several kinds, and has to reach the highest of its floors. The price of a row is what the last unit of support costs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, linear
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, told, unknown
from layout_opt.schema import REGION
from layout_opt.tables import Column, Table, amount

KINDS = ("border", "old-revolutionary-base", "resource-exhausted", "fragile")
FLOORS = {"growth": "floor_growth", "per_head": "floor_per_head"}


class SupportFloor(Policy):
    """Parameters: `kinds` of support (border, old-revolutionary-base, resource-exhausted, fragile; all where left out); `measure`
    (value_added or income)."""

    family = "support_floor"
    phrase = "革命老区, 边疆, 资源枯竭, 生态脆弱"
    serves = (24,)
    title: ClassVar = {"en": "Support floors", "zh": "特殊类型地区支持"}
    words: ClassVar = {
        "floor": {"en": "Floor", "zh": "下限"},
        "reached": {"en": "Reached", "zh": "达到水平"},
        "margin": {"en": "Above the floor", "zh": "超出下限"},
        "growth": {"en": "Growth", "zh": "增长"},
        "per_head": {"en": "Per head", "zh": "人均"},
        "border": {"en": "Border region", "zh": "边疆地区"},
        "old-revolutionary-base": {"en": "Old revolutionary base", "zh": "革命老区"},
        "resource-exhausted": {"en": "Exhausted resources", "zh": "资源枯竭地区"},
        "fragile": {"en": "Fragile ecology", "zh": "生态脆弱地区"},
    }
    reads: ClassVar = {"support": ("kind",)}
    tables = (
        Table(
            "support",
            (
                REGION,
                Column("kind", choices=KINDS, key=True),
                Column("floor_growth", "number", low=-1, optional=True, blank=True),
                amount("floor_per_head", "{money}/person", optional=True),
            ),
        ),
    )

    kinds: tuple[str, ...] | None = Field(default=None, min_length=1)
    measure: Literal["value_added", "income"] = "value_added"

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        where, rows = self.at(file), self._rows(instance)
        table = instance.tables["support"]
        yield from unknown(self.kinds or (), table["kind"], "kind in the table `support`", self.at(file, "kinds"))
        stated = rows[[column for column in FLOORS.values() if column in rows]].notna()
        for r, kind in rows.index[~stated.any(axis=1)]:
            yield Fault("a row of the table `support` states no floor", where, f"Fill {' or '.join(FLOORS.values())}.", f"{r}, {kind}")
        if "floor_per_head" in stated and stated["floor_per_head"].any() and "population" not in instance.regions:
            yield Fault("there is no column 'population' in the table 'regions'", where, "Add the column, or empty floor_per_head.")

    def limit(self, period: Period, block: Any) -> None:
        floors, va = self._floors(period.instance, period.year), period.instance.industries["value_added_rate"]

        @block.Constraint(list(floors))
        def limit(_: Any, r: str, kind: str, name: str) -> Any:
            G = period.income(r) if self.measure == "income" else linear(va, [period.b.x[k, r] for k in va.index])
            return floors[r, kind, name] * (period.people(r) if name == "per_head" else 1.0) <= G

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        floor, reached = self._sides(plan)
        return limits(floor.index, floor.to_numpy(), reached.to_numpy(), floor=True)

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        floor, reached = self._sides(plan)
        return told(("floor", floor, "{money}"), ("reached", reached, "{money}"), ("margin", reached - floor, "{money}"))

    def _sides(self, plan: PeriodPlan) -> tuple[pd.Series[float], pd.Series[float]]:
        """The floor and G[r], by region, kind and name of the floor."""
        floors = self._floors(plan.instance, plan.year)
        made = plan.income if self.measure == "income" else plan.value_added.groupby(level="region", sort=False).sum()
        floor = {row: value * (float(plan.people[row[0]]) if row[2] == "per_head" else 1.0) for row, value in floors.items()}
        index = pd.MultiIndex.from_tuples(floor, names=["region", "kind", "floor"])
        return pd.Series(floor.values(), index), pd.Series([made[r] for r, _, _ in floor], index)

    def _floors(self, instance: Instance, year: int) -> dict[tuple[str, str, str], float]:
        """The stated floors by region, kind and name: money for `growth`, money per head for `per_head`."""
        rows, years = self._rows(instance), year - instance.manifest.base_year
        today = instance.stock.unstack("region").mul(instance.industries["value_added_rate"], axis=0).sum()
        floors = {}
        for name, column in FLOORS.items():
            stated = rows[column].dropna() if column in rows else pd.Series(dtype=float)
            for (r, kind), value in zip(stated.index.to_list(), stated.to_list(), strict=True):
                floors[r, kind, name] = float(today[r] * (1 + value) ** years if name == "growth" else value)
        return floors

    def _rows(self, instance: Instance) -> pd.DataFrame:
        """The rows of the table `support` that are of the named kinds."""
        table = instance.tables["support"]
        return table[table["kind"].isin(list(self.kinds or KINDS))].set_index(["region", "kind"])
