"""Mobility of a factor of production: the labour, capital, technology or data that industries need has to be in the region, or to come there.

Statement, for the stated factor and every region `r` that the table `factor_supply` lists for it, with m[o,d] >= 0: what has moved from `o`
to `d` since the base year (unit of the factor)::

    limit       sum_k need[k] * x[k,r] <= supply[r] + net[r]
    leaves      sum_d m[r,d] <= mobile_share * supply0[r]                               (never softened)

    net[r]      sum_o m[o,r] - sum_d m[r,d]
    need[k]     need * (1 - annual_improvement) ^ years since the base year             (table `factor_needs`; unit of the factor per unit of output)
    supply0[r]  supply of the base year (table `factor_supply`; unit of the factor)
    supply[r]   supply0[r] * (1 + growth) ^ years since the base year

Objective term::

    weight * sum_{o,d} (cost + cost_per_1000km * distance[o,d] / 1000) * m[o,d]         (money)

and, where the factor is people, people[r] += persons * net[r].

What has moved stays: m never falls from one period to the next, and going back or on is a move of its own. So the one-off cost of a move,
counted in every period at the weight of one-off costs, is its annuity from the period of the move on. `annual_improvement` is the growth of
the factor's productivity; the price of a row of the limit is that of the factor in the region (the wage, for labour). Regions that the table
does not list are not limited, and nothing moves from them or to them.
Source of the form: the factor constraints of the World Trade Model (Duchin 2005), here with factors that move.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, grouped, linear, total
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import ROUNDING, PeriodPlan, by_region
from layout_opt.policy import Decision, Policy, limits, linked, told, unknown
from layout_opt.tables import Column, Table, amount, key, named, same_unit


class FactorMobility(Policy):
    """Parameters: `factor`; `cost` of moving a unit of it (money, one-off), and `cost_per_1000km`; `mobile_share`, the share of a region's
    supply that may leave; `max_distance` of a move (km; any where left out); `persons` that move with a unit (0: the factor is not people);
    `weight` of the term (that of relocation_cost in the objective where left out, since the costs are one-off sums)."""

    family = "factor_mobility"
    phrase = "劳动力、资本、技术、数据要素流动"
    serves = (16,)
    offers = True
    title: ClassVar = {"en": "Factor mobility", "zh": "要素流动"}
    words: ClassVar = {
        "net": {"en": "Net inflow", "zh": "净流入"},
        "moved": {"en": "Moved, by plate of origin and destination", "zh": "流动量（按流出与流入板块）"},
        "utilisation": {"en": "Use over supply, after moves", "zh": "流动后的使用量与供给量之比"},
    }
    reads: ClassVar = {"factors": ("unit",), "factor_needs": ("need", "unit"), "factor_supply": ("supply", "unit")}
    tables = (
        Table("factors", (*named("factor"), Column("unit"))),
        Table(
            "factor_needs",
            (
                key("industry", "industries"),
                key("factor", "factors"),
                amount("need"),
                Column("unit"),
                Column("annual_improvement", "number", low=0, high=0.5, optional=True, blank=True),
            ),
        ),
        Table(
            "factor_supply",
            (
                key("factor", "factors"),
                key("region", "regions"),
                amount("supply"),
                Column("unit"),
                Column("growth", "number", above=-1, high=1, optional=True, blank=True),
            ),
        ),
    )

    factor: str
    cost: float = Field(default=0.0, ge=0)
    cost_per_1000km: float = Field(default=0.0, ge=0)
    mobile_share: float = Field(default=1.0, gt=0, le=1)
    max_distance: float | None = Field(default=None, gt=0)
    persons: float = Field(default=0.0, ge=0)
    weight: float | None = Field(default=None, le=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        where = self.at(file, "factor")
        units = instance.tables["factors"].set_index("factor")["unit"]
        yield from unknown([self.factor], units.index, "factor", where)
        for table, suffix in (("factor_needs", f"/{instance.manifest.output}"), ("factor_supply", "")) if self.factor in units else ():
            rows, unit = self._rows(instance, table), f"{units[self.factor]}{suffix}"
            if rows.empty:
                yield Fault(f"the table {table!r} has no row of it", where, "Add its rows.", self.factor)
            for stated in [u for u in rows["unit"].unique() if not same_unit(u, unit)]:
                yield Fault(f"units disagree in the table {table!r}", where, f"Convert its rows to {unit!r}.", stated)

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        items, unit = self._distance(instance).index, instance.tables["factors"].set_index("factor")["unit"]
        supply0 = self._supply(instance, instance.manifest.base_year)[items.get_level_values("origin")]
        return (Decision("moved", items, unit[self.factor], lasting=True, upper=pd.Series(self.mobile_share * supply0.to_numpy(), index=items)),)

    def contribute(self, period: Period) -> None:
        m, distance = period.decided(self.label, "moved"), self._distance(period.instance)
        period.add_term(self.label, linear(self.cost + self.cost_per_1000km * distance / 1000, m.values()))
        for r, net in self._net(period).items() if self.persons > 0 else ():
            period.add_account("people", r, self.persons * net)

    def account(self, plan: PeriodPlan, account: str) -> pd.Series[float] | None:
        return self.persons * self._came(plan) if account == "people" and self.persons > 0 else None

    def limit(self, period: Period, block: Any) -> None:
        instance, x = period.instance, period.b.x
        need, supply = self._needs(instance, period.year), self._supply(instance, period.year)
        supply0 = self._supply(instance, instance.manifest.base_year)
        net, away = self._net(period), grouped(period.decided(self.label, "moved"), lambda od: od[0])

        @block.Constraint(list(supply.index))
        def limit(_: Any, r: str) -> Any:
            return linear(need, [x[k, r] for k in need.index]) - net[r] <= supply[r]

        @block.Constraint(list(away))
        def leaves(_: Any, o: str) -> Any:
            return total(away[o]) <= self.mobile_share * supply0[o]

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        need, supply = self._needs(plan.instance, plan.year), self._supply(plan.instance, plan.year)
        use = by_region(plan.output, need)[supply.index]
        return limits(supply.index, use.to_numpy(), (supply + self._came(plan)[supply.index]).to_numpy())

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        away = self.decided(plan, "moved").groupby(level="origin", sort=False).sum()
        supply0 = self._supply(plan.instance, plan.instance.manifest.base_year)
        return linked("leaves", away.index, away.to_numpy(), self.mobile_share * supply0[away.index].to_numpy())

    def term_weight(self) -> float | None:
        return self.objective.relocation_cost if self.weight is None else self.weight

    def value(self, plan: PeriodPlan) -> float:
        return float((self.decided(plan, "moved") * (self.cost + self.cost_per_1000km * self._distance(plan.instance) / 1000)).sum())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        unit, plate = self.decisions(plan.instance, plan.year)[0].unit, plan.instance.regions["plate"]
        m, net, rows = self.decided(plan, "moved"), self._came(plan), self.recheck(plan).set_index("row")
        between = m.groupby([f"{plate[o]}|{plate[d]}" for o, d in m.index], sort=False).sum()
        had = rows[rows["bound"] > 0]
        return told(("net", net[net.abs() > ROUNDING], unit), ("moved", between[between > 0], unit), ("utilisation", had["use"] / had["bound"], "1"))

    def _needs(self, instance: Instance, year: int) -> pd.Series[float]:
        """need[k] of the statement, for the industries that the table lists."""
        rows = self._rows(instance, "factor_needs").set_index("industry")
        improvement = rows["annual_improvement"].fillna(0.0) if "annual_improvement" in rows else 0.0
        return rows["need"] * (1 - improvement) ** (year - instance.manifest.base_year)

    def _supply(self, instance: Instance, year: int) -> pd.Series[float]:
        """supply[r] of the statement; that of the base year is supply0[r]."""
        rows = self._rows(instance, "factor_supply").set_index("region")
        growth = rows["growth"].fillna(0.0) if "growth" in rows else 0.0
        return rows["supply"] * (1 + growth) ** (year - instance.manifest.base_year)

    def _rows(self, instance: Instance, table: str) -> pd.DataFrame:
        return instance.tables[table][instance.tables[table]["factor"] == self.factor]

    def _distance(self, instance: Instance) -> pd.Series[float]:
        """Distance in km of the pairs between which the factor may move."""
        listed = list(self._rows(instance, "factor_supply")["region"])
        pairs = pd.MultiIndex.from_product([listed, listed], names=["origin", "destination"])
        km = pd.Series(instance.distance.loc[listed, listed].to_numpy(dtype=float).ravel(), index=pairs)
        away = pairs.get_level_values("origin") != pairs.get_level_values("destination")
        return km[away & (km <= (math.inf if self.max_distance is None else self.max_distance))]

    def _net(self, period: Period) -> dict[str, Any]:
        """net[r] of the statement in the model, for the regions that the table lists."""
        moved, net = period.decided(self.label, "moved"), dict[str, Any]()
        away, here = grouped(moved, lambda od: od[0]), grouped(moved, lambda od: od[1])
        for r in self._rows(period.instance, "factor_supply")["region"]:
            go, come = away.get(r, []), here.get(r, [])
            net[r] = linear([-1.0] * len(go) + [1.0] * len(come), [*go, *come])
        return net

    def _came(self, plan: PeriodPlan) -> pd.Series[float]:
        """net[r] of the statement in a plan, over all regions."""
        m, regions = self.decided(plan, "moved"), plan.instance.regions.index
        come, go = (m.groupby(level=end).sum().reindex(regions, fill_value=0.0) for end in ("destination", "origin"))
        return come - go
