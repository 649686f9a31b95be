"""A market for construction land: regions that need more land buy quota from those that leave some unused.

Statement, for every region `r`, with the net purchase n[r] (km2; negative: sold)::

    load[land,r] = use - n[r]                                                   (what counts against the ceiling of the region)

    balance     sum_r n[r] = 0                                                  (in each trading group, where groups are stated)
    -tradable * ceiling[r] <= n[r] <= tradable * ceiling[r]                     (km2)
    traded      n[r] <= q[r]                                                    (q: km2 bought)

Objective term::

    weight * cost * sum_r q[r]                                                  (money; cost per km2, weight < 0)

    ceiling[r]  max_development[r] * area[r] (table `regions`)

The policy only moves quota; `development_intensity` (or `carrying_capacity`) states the ceilings, and its price is the price of a quota.
Regions outside the trading groups do not trade.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, linear
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, linked, together, told, unknown, unknown_groups


class LandQuotaMarket(Policy):
    """Parameters: `resource`, the name of the land resource; `tradable`, the share of a ceiling that may be bought or sold; `groups`, within
    which quota is traded (the whole country where left out); `cost` of a km2 traded and the `weight` of the term."""

    family = "land_quota_market"
    phrase = "城乡统一的建设用地市场, 土地要素"
    serves = (17,)
    offers = True
    title: ClassVar = {"en": "Land quota market", "zh": "建设用地指标交易"}
    words: ClassVar = {"bought": {"en": "Land quota bought", "zh": "购入用地指标"}, "sold": {"en": "Land quota sold", "zh": "售出用地指标"}}
    reads: ClassVar = {"regions": ("area", "max_development"), "resources": ("unit",), "intensities": ("intensity", "unit")}

    resource: str = "land"
    tradable: float = Field(default=0.1, gt=0, le=1)
    groups: tuple[str, ...] | None = Field(default=None, min_length=1)
    cost: float = Field(default=0.0, ge=0)
    weight: float = Field(default=-1.0, le=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        units = instance.resource_units
        yield from unknown([self.resource], units.index, "resource", self.at(file, "resource"))
        if units.get(self.resource, "km2") != "km2":
            remedy = "Name the land resource, or convert it to km2."
            yield Fault("units disagree: the area is in km2", self.at(file, "resource"), remedy, f"{units[self.resource]}")
        yield from unknown_groups(self.groups or (), instance, self.at(file, "groups"))
        members = [r for group in self.groups or () for r in instance.members(group).index]
        for region in sorted({r for r in members if members.count(r) > 1}):
            yield Fault("a region is in two trading groups", self.at(file, "groups"), "Name groups that do not overlap.", region)

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        most = self.tradable * instance.regions["max_development"] * instance.regions["area"]
        most = most[[r for regions in self._markets(instance).values() for r in regions]]
        return (
            Decision("net", most.index, "km2", lower=-most, upper=most),
            Decision("bought", most.index, "km2", upper=most),
        )

    def contribute(self, period: Period) -> None:
        net, bought = (period.decided(self.label, name) for name in ("net", "bought"))
        for r in net:
            period.add_load(self.resource, r, -net[r])
        period.add_term(self.label, linear([self.cost] * len(bought), bought.values()))

    def load(self, plan: PeriodPlan, resource: str) -> pd.Series[float] | None:
        return -self.decided(plan, "net") if resource == self.resource else None

    def limit(self, period: Period, block: Any) -> None:
        net, bought, markets = period.decided(self.label, "net"), period.decided(self.label, "bought"), self._markets(period.instance)

        @block.Constraint(list(markets))
        def balance(_: Any, group: str) -> Any:
            return linear([1.0] * len(markets[group]), [net[r] for r in markets[group]]) == 0

        @block.Constraint(list(net))
        def traded(_: Any, r: str) -> Any:
            return linear([1.0, -1.0], [net[r], bought[r]]) <= 0

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        net, markets = self.decided(plan, "net"), self._markets(plan.instance)
        return together(
            linked("balance", markets, [abs(net[regions].sum()) for regions in markets.values()]),
            linked("traded", net.index, net, self.decided(plan, "bought")),
        )

    def value(self, plan: PeriodPlan) -> float:
        return self.cost * float(self.decided(plan, "bought").sum())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        net = self.decided(plan, "net")
        return told(("bought", net[net > 0], "km2"), ("sold", -net[net < 0], "km2"))

    def _markets(self, instance: Instance) -> dict[str, list[str]]:
        """Regions that trade with each other, by group; the whole country where no group is stated."""
        if self.groups is None:
            return {"nation": list(instance.regions.index)}
        return {group: list(instance.members(group).index) for group in self.groups}
