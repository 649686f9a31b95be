"""Resource pooling: regions that work together lend each other capacity.

Statement, for every pool `p` with a resource i (table `pools`) and its members `r` (table `pool_members`), with the decision n[p,r], the net
borrowing (unit of the resource; negative: lent), and l[p,r] >= 0, what is lent::

    load[i,r] = use - sum_p n[p,r]                                              (what counts against the capacity of the region)

    balance    sum_r n[p,r] = 0
    lends      -n[p,r] <= l[p,r]
    -limit[p,r] * Cap[i,r] <= n[p,r] <= limit[p,r] * Cap[i,r]

Objective term::

    weight * sum_{p,r} cost[p] * l[p,r]                                         (money; cost per unit of the resource, table `pools`)

    limit[p,r]   share of the capacity: column `limit_share` of `pool_members`, else the parameter
    Cap[i,r]     capacity in force (table `capacities`)

The policy only lends; `carrying_capacity` states the capacities, and its price is what borrowing saves. Pools without a resource share income
(`enclave`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, by_cell, grouped, linear, total
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, linked, together, told, unknown
from layout_opt.schema import REGION
from layout_opt.tables import Column, Table, amount, fraction, key, named


class ResourcePooling(Policy):
    """Parameters: `pools` that work (all with a resource where left out); `limit_share`, the share of a capacity that may be lent or borrowed
    where the table states none; `weight` of the term."""

    family = "resource_pooling"
    phrase = "合作平台, 飞地"
    serves = (19,)
    offers = True
    title: ClassVar = {"en": "Resource pooling", "zh": "资源共济"}
    words: ClassVar = {
        "lent": {"en": "Capacity lent", "zh": "借出指标"},
        "borrowed": {"en": "Capacity borrowed", "zh": "借入指标"},
    }
    reads: ClassVar = {"pools": ("resource",), "pool_members": (), "capacities": ("capacity",)}
    tables = (
        Table(
            "pools",
            (
                *named("pool"),
                Column("resource", refers=("resources",), optional=True, blank=True),
                amount("cost", optional=True),
                fraction("credit", optional=True),
            ),
        ),
        Table("pool_members", (key("pool", "pools"), REGION, fraction("limit_share", optional=True))),
    )

    pools: tuple[str, ...] | None = Field(default=None, min_length=1)
    limit_share: float = Field(default=0.1, gt=0, le=1)
    weight: float = Field(default=-1.0, le=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        tables = instance.tables
        pools = tables["pools"].loc[tables["pools"]["resource"].fillna("") != "", "pool"]
        yield from unknown(self.pools or (), pools, "pool with a resource", self.at(file, "pools"))
        members, at = self._members(instance), self.at(file)
        if pools.empty:
            yield Fault("no pool has a resource to lend", at, "Name one in the table `pools`, or drop the policy.")
        capacities = set(tables["capacities"][["resource", "place"]].itertuples(index=False, name=None))
        for pool, rows in members.groupby("pool", sort=False):
            if len(rows) < 2:
                yield Fault("a pool of one region has nobody to lend to", at, "Add rows to the table `pool_members`.", str(pool))
            i = rows["resource"].iloc[0]
            lacking = [r for r in rows["region"] if (i, r) not in capacities]
            if lacking:
                remedy = "Add rows to the table `capacities`, or leave the regions out."
                yield Fault(f"the pool {pool!r} finds no capacity of {i!r}", at, remedy, ", ".join(lacking))

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        most = self._limits(instance, year)["most"]
        unit = "unit of the resource"
        return Decision("net", most.index, unit, lower=-most, upper=most), Decision("lent", most.index, unit, upper=most)

    def contribute(self, period: Period) -> None:
        net, lent, limits = period.decided(self.label, "net"), period.decided(self.label, "lent"), self._limits(period.instance, period.year)
        i, cost = by_cell(limits["resource"]), by_cell(limits["cost"])
        for pool, r in net:
            period.add_load(i[pool, r], r, linear([-1.0], [net[pool, r]]))
        period.add_term(self.label, linear([cost[pr] for pr in lent], lent.values()))

    def limit(self, period: Period, block: Any) -> None:
        net, lent = period.decided(self.label, "net"), period.decided(self.label, "lent")
        pools = grouped(net, lambda pr: pr[0])

        @block.Constraint(list(pools))
        def balance(_: Any, pool: str) -> Any:
            return total(pools[pool]) == 0

        @block.Constraint(list(net))
        def lends(_: Any, pool: str, r: str) -> Any:
            return linear([-1.0, -1.0], [net[pool, r], lent[pool, r]]) <= 0

    def load(self, plan: PeriodPlan, resource: str) -> pd.Series[float] | None:
        net = self.decided(plan, "net")
        own = net[(self._limits(plan.instance, plan.year)["resource"] == resource).to_numpy()]
        return -own.groupby(level="region", sort=False).sum() if len(own) else None

    def value(self, plan: PeriodPlan) -> float:
        return float((self._limits(plan.instance, plan.year)["cost"] * self.decided(plan, "lent")).sum())

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        net, lent = self.decided(plan, "net"), self.decided(plan, "lent")
        pools = net.groupby(level="pool", sort=False).sum()
        return together(linked("balance", pools.index, pools.abs()), linked("lends", net.index, -net, lent))

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        net, limits = self.decided(plan, "net"), self._limits(plan.instance, plan.year)
        by = [limits["unit"], limits["resource"], net.index.get_level_values("region")]
        sums = {name: signed.clip(lower=0.0).groupby(by, sort=False).sum() for name, signed in (("lent", -net), ("borrowed", net))}
        return told(*((name, own.droplevel("unit"), str(unit)) for name, all_ in sums.items() for unit, own in all_[all_ > 0].groupby(level="unit")))

    def _members(self, instance: Instance) -> pd.DataFrame:
        """The table `pool_members` with resource and cost of the pools that work."""
        pools = instance.tables["pools"].reindex(columns=["pool", "resource", "cost"]).fillna({"resource": "", "cost": 0.0}).astype({"cost": float})
        working = pools[(pools["resource"] != "") & pools["pool"].isin(self.pools or tuple(pools["pool"]))]
        return instance.tables["pool_members"].reindex(columns=["pool", "region", "limit_share"]).merge(working, on="pool")

    def _limits(self, instance: Instance, year: int) -> pd.DataFrame:
        """Of every pool and member: `resource`, its `unit`, `cost` and `most`, limit[p,r] * Cap[i,r]."""
        rows = self._members(instance).set_index(["pool", "region"])
        places = pd.MultiIndex.from_arrays([rows["resource"], rows.index.get_level_values("region")])
        share, cap = rows["limit_share"].astype(float).fillna(self.limit_share), instance.capacities(year).reindex(places, fill_value=0.0)
        return rows.assign(unit=rows["resource"].map(instance.resource_units), most=share * cap.to_numpy())
