"""Resource pooling: regions that work together lend each other capacity, and what moves between them counts as income of both.

Statement, for every pool `p` and its members `r` (table `pool_members`), with the decision n[p,r], the net borrowing (unit of the pool's resource i;
negative: lent), and l[p,r] >= 0, what is lent::

    load[i,r] = use - sum_p n[p,r]                                              (what counts against the capacity of the region)

    balance    sum_r n[p,r] = 0
    lends      -n[p,r] <= l[p,r]
    -limit[p,r] * Cap[i,r] <= n[p,r] <= limit[p,r] * Cap[i,r]

Objective term::

    weight * sum_{p,r} cost[p] * l[p,r]                                         (money; cost per unit of the resource, table `pools`)

and for every region with partners, with the decision C[r], its enclave credit (飞地; money)::

    enclave    C[r] = sum_{k,d} s[r,d] * va[k] * f[k,r,d] - sum_{k,o} s[o,r] * va[k] * f[k,o,r]
    income[r] = .. + C[r]

    limit[p,r]   share of the capacity: column `limit_share` of `pool_members`, else the parameter
    Cap[i,r]     capacity in force (table `capacities`)                       va[k]    value added per unit of output
    s[o,d]       share of the income that stays with the origin: the largest `credit` of the pools that both are in (table `pools`)

The policy only lends; `carrying_capacity` states the capacities, and its price is what borrowing saves. A pool without a resource shares income
alone, which other policies read. What moves in a period is credited in that period.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from layout_opt.core import Period, by_cell, linear
from layout_opt.errors import Fault, Place
from layout_opt.flows import Array, Rate
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, linked, together, told, unknown
from layout_opt.tables import Column, Table


class ResourcePooling(Policy):
    """Parameters: `pools` that work (all where left out); where the tables state none, `limit_share`, the share of a capacity that may be lent or
    borrowed, and `credit`, the share of the income of what moves that stays with the origin; `weight` of the term."""

    family = "resource_pooling"
    phrase = "合作平台, 飞地"
    serves = (19,)
    offers = True
    title: ClassVar = {"en": "Resource pooling and enclaves", "zh": "资源共济与飞地经济"}
    words: ClassVar = {
        "lent": {"en": "Capacity lent", "zh": "借出指标"},
        "borrowed": {"en": "Capacity borrowed", "zh": "借入指标"},
        "credit": {"en": "Income shared with the origin", "zh": "飞地分享收入"},
    }
    reads: ClassVar = {"pools": (), "pool_members": ()}
    tables = (
        Table(
            "pools",
            (
                Column("pool", key=True),
                Column("name_en"),
                Column("name_zh"),
                Column("resource", refers=("resources",), optional=True, blank=True),
                Column("cost", "number", low=0, optional=True, blank=True),
                Column("credit", "number", low=0, high=1, optional=True, blank=True),
            ),
        ),
        Table(
            "pool_members",
            (
                Column("pool", refers=("pools",), key=True),
                Column("region", refers=("regions",), key=True),
                Column("limit_share", "number", low=0, high=1, optional=True, blank=True),
            ),
        ),
    )

    pools: tuple[str, ...] | None = Field(default=None, min_length=1)
    limit_share: float = Field(default=0.1, gt=0, le=1)
    credit: float = Field(default=0.0, ge=0, le=1)
    weight: float = Field(default=-1.0, le=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        where, tables = f"policies.{self.label}", instance.tables
        yield from unknown(self.pools or (), tables["pools"]["pool"], "pool", Place(file, column=f"{where}.pools"))
        members, at = self._members(instance), Place(file, column=where)
        listed = tables["capacities"] if "capacities" in tables else pd.DataFrame(columns=["resource", "place"])
        capacities = set(listed[["resource", "place"]].itertuples(index=False, name=None))
        for pool, rows in members.groupby("pool", sort=False):
            if len(rows) < 2:
                yield Fault("a pool of one region has nobody to lend to", at, "Add rows to the table `pool_members`.", str(pool))
            i = rows["resource"].iloc[0]
            lacking = [r for r in rows["region"] if i and (i, r) not in capacities]
            if lacking:
                remedy = "Add rows to the table `capacities`, or leave the regions out."
                yield Fault(f"the pool {pool!r} finds no capacity of {i!r}", at, remedy, ", ".join(lacking))
        if len(members) and not members["credit"].any() and not members["resource"].any():
            yield Fault("states neither a resource to pool nor a credit", at, "Name a resource in the table `pools`, or give a `credit`.")

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        most = self._limits(instance, year)["most"]
        ledger = [r for r, shared in zip(instance.regions.index, self._credits(instance), strict=True) if shared.any()]
        return (
            Decision("net", most.index, "unit of the resource", lower=-most, upper=most),
            Decision("lent", most.index, "unit of the resource", upper=most),
            Decision("credit", pd.Index(ledger, name="region"), "{money}", lower=-math.inf),
        )

    def contribute(self, period: Period) -> None:
        net, lent, credit = (period.decided(self.label, name) for name in ("net", "lent", "credit"))
        limits, s = self._limits(period.instance, period.year), self._credits(period.instance)
        i, cost = by_cell(limits["resource"]), by_cell(limits["cost"])
        for pool, r in net:
            period.add_load(i[pool, r], r, linear([-1.0], [net[pool, r]]))
        period.add_term(self.label, linear([cost[pr] for pr in lent], lent.values()))
        for n, r in enumerate(period.regions):
            if r in credit:
                here = np.arange(len(period.regions)) == n
                period.total(f"{self.label}_left_{n}", self._valued(period.instance, np.outer(here, s[n])))
                period.total(f"{self.label}_came_{n}", self._valued(period.instance, np.outer(s[n], here)))
                period.add_account("income", r, linear([1.0], [credit[r]]))

    def limit(self, period: Period, block: Any) -> None:
        net, lent, credit = (period.decided(self.label, name) for name in ("net", "lent", "credit"))
        place = {r: n for n, r in enumerate(period.regions)}
        pools: dict[str, list[Any]] = {}
        for pool, r in net:
            pools.setdefault(pool, []).append(net[pool, r])

        @block.Constraint(list(pools))
        def balance(_: Any, pool: str) -> Any:
            return linear([1.0] * len(pools[pool]), pools[pool]) == 0

        @block.Constraint(list(net))
        def lends(_: Any, pool: str, r: str) -> Any:
            return linear([-1.0, -1.0], [net[pool, r], lent[pool, r]]) <= 0

        @block.Constraint(list(credit))
        def enclave(_: Any, r: str) -> Any:
            left, came = (period.b.component(f"{self.label}_{end}_{place[r]}") for end in ("left", "came"))
            return linear([1.0, -1.0, 1.0], [credit[r], left, came]) == 0

    def load(self, plan: PeriodPlan, resource: str) -> pd.Series[float] | None:
        net, _, _ = self._decided(plan)
        own = net[(self._limits(plan.instance, plan.year)["resource"] == resource).to_numpy()]
        return -own.groupby(level="region", sort=False).sum() if len(own) else None

    def account(self, plan: PeriodPlan, account: str) -> pd.Series[float] | None:
        return self._decided(plan)[2] if account == "income" else None

    def term_weight(self) -> float | None:
        return self.weight

    def value(self, plan: PeriodPlan) -> float:
        return float((self._limits(plan.instance, plan.year)["cost"] * self._decided(plan)[1]).sum())

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        net, lent, credit = self._decided(plan)
        pools, moved = net.groupby(level="pool", sort=False).sum(), self._moved(plan)
        due = moved.sum(axis=1) - moved.sum()
        return together(
            linked("balance", pools.index, pools.abs().to_numpy()),
            linked("lends", net.index, -net.to_numpy(), lent.to_numpy()),
            linked("enclave", credit.index, (due + (credit - due).abs())[credit.index].to_numpy(), due[credit.index].to_numpy()),
        )

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        net, moved, limits = self._decided(plan)[0], self._moved(plan), self._limits(plan.instance, plan.year)
        by = [limits["unit"], limits["resource"], net.index.get_level_values("region")]
        sums = {name: signed.clip(lower=0.0).groupby(by, sort=False).sum() for name, signed in (("lent", -net), ("borrowed", net))}
        shared = pd.Series({od: value for od, value in by_cell(pd.Series(moved.stack())).items() if value > 0}, dtype=float)
        return told(
            *((name, own.droplevel("unit"), str(unit)) for name, all_ in sums.items() for unit, own in all_[all_ > 0].groupby(level="unit")),
            ("credit", shared, "{money}"),
        )

    def _members(self, instance: Instance) -> pd.DataFrame:
        """The table `pool_members` with the facts of the pools that work."""
        pools = instance.tables["pools"].reindex(columns=["pool", "resource", "cost", "credit"])
        pools = pools.fillna({"resource": "", "cost": 0.0, "credit": self.credit}).astype({"cost": float, "credit": float})
        named = pools[pools["pool"].isin(self.pools or tuple(pools["pool"]))]
        return instance.tables["pool_members"].reindex(columns=["pool", "region", "limit_share"]).merge(named, on="pool")

    def _limits(self, instance: Instance, year: int) -> pd.DataFrame:
        """Of every pool with a resource and every member: `resource`, its `unit`, `cost` and `most`, limit[p,r] * Cap[i,r]."""
        rows = self._members(instance)
        rows = rows[rows["resource"] != ""].set_index(["pool", "region"])
        if rows.empty:
            return rows.assign(unit="", most=0.0)
        places = pd.MultiIndex.from_arrays([rows["resource"], rows.index.get_level_values("region")])
        share, cap = rows["limit_share"].astype(float).fillna(self.limit_share), instance.capacities(year).reindex(places, fill_value=0.0)
        return rows.assign(unit=rows["resource"].map(instance.tables["resources"].set_index("resource")["unit"]), most=share * cap.to_numpy())

    def _credits(self, instance: Instance) -> Array:
        """s[o,d] of the statement, regions by regions."""
        s, place = np.zeros((len(instance.regions), len(instance.regions))), {r: n for n, r in enumerate(instance.regions.index)}
        for _, rows in self._members(instance).groupby("pool"):
            within = np.ix_(*2 * [[place[r] for r in rows["region"]]])
            s[within] = np.maximum(s[within], rows["credit"].iloc[0])
        np.fill_diagonal(s, 0.0)
        return s

    def _valued(self, instance: Instance, counted: Array) -> Rate:
        """Value added per unit moved, for the transfers that count."""
        va = instance.industries["value_added_rate"].to_dict()
        return lambda k: va[k] * counted

    def _moved(self, plan: PeriodPlan) -> pd.DataFrame:
        """What origins keep of the income of what moved, origins by destinations (money)."""
        flows, regions = plan.flows, plan.instance.regions.index
        va = plan.instance.industries["value_added_rate"].reindex(flows["industry"]).to_numpy(dtype=float)
        kept = pd.Series(va * flows["output"].to_numpy(dtype=float), [flows["origin"], flows["destination"]])
        wide = kept.groupby(level=[0, 1]).sum().unstack().reindex(index=regions, columns=regions).fillna(0.0)
        return wide * self._credits(plan.instance)

    def _decided(self, plan: PeriodPlan) -> list[pd.Series[float]]:
        """n, l and C of the statement."""
        return [plan.decided(self.label, d.name, d.items) for d in self.decisions(plan.instance, plan.year)]
