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

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, grouped, linear, total
from layout_opt.errors import Fault
from layout_opt.factors import FACTORS, NEEDS, SUPPLY, faults, needs, routes, supply, units
from layout_opt.instance import Instance
from layout_opt.plan import ROUNDING, PeriodPlan, by_region, net_inflow
from layout_opt.policy import Decision, Policy, limits, linked, told, unknown


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
    tables = (FACTORS, NEEDS, SUPPLY)

    factor: str
    cost: float = Field(default=0.0, ge=0)
    cost_per_1000km: float = Field(default=0.0, ge=0)
    mobile_share: float = Field(default=1.0, gt=0, le=1)
    max_distance: float | None = Field(default=None, gt=0)
    persons: float = Field(default=0.0, ge=0)
    weight: float | None = Field(default=None, le=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        where, known = self.at(file, "factor"), units(instance).index
        yield from faults(instance, self.factor, where) if self.factor in known else unknown([self.factor], known, "factor", where)

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        pairs = self._cost(instance).index
        most = self._mobile(instance).reindex(pairs.get_level_values("origin")).to_numpy()
        return (Decision("moved", pairs, units(instance)[self.factor], lasting=True, upper=pd.Series(most, pairs)),)

    def contribute(self, period: Period) -> None:
        period.add_term(self.label, linear(self._cost(period.instance), period.decided(self.label, "moved").values()))
        for r, net in self._net(period).items() if self.persons > 0 else ():
            period.add_account("people", r, self.persons * net)

    def account(self, plan: PeriodPlan, account: str) -> pd.Series[float] | None:
        return self.persons * self._came(plan) if account == "people" and self.persons > 0 else None

    def limit(self, period: Period, block: Any) -> None:
        x, need, stock = period.b.x, needs(period.instance, self.factor, period.year), supply(period.instance, self.factor, period.year)
        net, away = self._net(period), grouped(period.decided(self.label, "moved"), lambda od: od[0])
        mobile = self._mobile(period.instance)

        @block.Constraint(list(stock.index))
        def limit(_: Any, r: str) -> Any:
            return linear(need, [x[k, r] for k in need.index]) - net[r] <= stock[r]

        @block.Constraint(list(away))
        def leaves(_: Any, o: str) -> Any:
            return total(away[o]) <= mobile[o]

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        stock = supply(plan.instance, self.factor, plan.year)
        use = by_region(plan.output, needs(plan.instance, self.factor, plan.year))[stock.index]
        return limits(stock.index, use.to_numpy(), (stock + self._came(plan)[stock.index]).to_numpy())

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        away = self.decided(plan, "moved").groupby(level="origin", sort=False).sum()
        return linked("leaves", away.index, away.to_numpy(), self._mobile(plan.instance)[away.index].to_numpy())

    def term_weight(self) -> float | None:
        return self.objective.relocation_cost if self.weight is None else self.weight

    def value(self, plan: PeriodPlan) -> float:
        return float((self.decided(plan, "moved") * self._cost(plan.instance)).sum())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        unit, plate = units(plan.instance)[self.factor], plan.instance.regions["plate"]
        m, net, rows = self.decided(plan, "moved"), self._came(plan), self.recheck(plan).set_index("row")
        between = m.groupby([f"{plate[o]}|{plate[d]}" for o, d in m.index], sort=False).sum()
        had = rows[rows["bound"] > 0]
        return told(("net", net[net.abs() > ROUNDING], unit), ("moved", between[between > 0], unit), ("utilisation", had["use"] / had["bound"], "1"))

    def _mobile(self, instance: Instance) -> pd.Series[float]:
        """mobile_share * supply0[r] of the statement."""
        return self.mobile_share * supply(instance, self.factor, instance.manifest.base_year)

    def _cost(self, instance: Instance) -> pd.Series[float]:
        """What a unit costs that moves from o to d, by the pairs between which the factor may move (money)."""
        return self.cost + self.cost_per_1000km * routes(instance, self.factor, self.max_distance) / 1000

    def _net(self, period: Period) -> dict[str, Any]:
        """net[r] of the statement in the model, for the regions that the table lists."""
        moved, net = period.decided(self.label, "moved"), dict[str, Any]()
        away, here = grouped(moved, lambda od: od[0]), grouped(moved, lambda od: od[1])
        for r in supply(period.instance, self.factor, period.year).index:
            go, come = away.get(r, []), here.get(r, [])
            net[r] = linear([-1.0] * len(go) + [1.0] * len(come), [*go, *come])
        return net

    def _came(self, plan: PeriodPlan) -> pd.Series[float]:
        """net[r] of the statement in a plan, over all regions."""
        return net_inflow(self.decided(plan, "moved"), plan.instance.regions.index)
