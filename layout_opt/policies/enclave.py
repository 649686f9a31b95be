"""Enclaves (飞地): what moves between partners goes on counting, in part, as income of the region that it left.

Statement, for every region `r` with partners, with the decision C[r], its credit (money a year; negative: what it gives)::

    enclave     C[r] = sum_{k,d,t} s[r,d] * va[k] * f[k,r,d,t] - sum_{k,o,t} s[o,r] * va[k] * f[k,o,r,t]
    income[r] + C[r]

    f[k,o,d,t]   what moves from o to d in period t, of the periods so far                                    (output)
    va[k]        value added per unit of output
    s[o,d]       share of the income that stays with the origin: the largest `credit` of the pools (table `pools`, else the parameter) of which both
                 are members (table `pool_members`)

What moves is credited in the period in which it moves and in every later one, as it goes on making income there. The policy only shares income
out; what incomes are held to (`support_floor`, `regional_equity`) acts on the layout.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from layout_opt.core import Period, by_cell, linear
from layout_opt.errors import Fault
from layout_opt.flows import Array, counted
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policies.resource_pooling import ResourcePooling
from layout_opt.policy import Decision, Policy, linked, told, unknown


class Enclave(Policy):
    """Parameters: `pools` whose members share income (all where left out); `credit`, the share of the income of what moves that stays with the
    origin, where the table states none."""

    family = "enclave"
    phrase = "合作平台, 飞地"
    serves = (19,)
    offers = True
    title: ClassVar = {"en": "Enclaves", "zh": "飞地经济"}
    words: ClassVar = {"credit": {"en": "Income shared with the origin", "zh": "飞地分享收入"}}
    payments: ClassVar = {"credit": "recipient|payer"}
    reads: ClassVar = {"pools": (), "pool_members": ()}
    tables = ResourcePooling.tables

    pools: tuple[str, ...] | None = Field(default=None, min_length=1)
    credit: float = Field(default=0.0, ge=0, le=1)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        named = [pool for pool in self.pools or () if pool not in set(instance.tables["pools"]["pool"])]
        yield from unknown(named, instance.tables["pools"]["pool"], "pool", self.at(file, "pools"))
        if not named and not self._shares(instance).any():
            what, remedy = "no partners share the income of what moves between them", "Give a `credit`, or state it in the table `pools`."
            yield Fault(what, self.at(file), remedy)

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        partners = [r for r, shared in zip(instance.regions.index, self._shares(instance), strict=True) if shared.any()]
        return (Decision("credit", pd.Index(partners, name="region"), "{money}", lower=-math.inf),)

    def contribute(self, period: Period) -> None:
        va, s = period.instance.industries["value_added_rate"], self._shares(period.instance)
        for r, credit in period.decided(self.label, "credit").items():
            n = period.regions.index(r)
            here = np.arange(len(s)) == n
            period.total(f"{self.label}_left_{n}", counted(va, np.outer(here, s[n])))
            period.total(f"{self.label}_came_{n}", counted(va, np.outer(s[n], here)))
            period.add_account("income", r, linear([1.0], [credit]))

    def limit(self, period: Period, block: Any) -> None:
        credit = period.decided(self.label, "credit")

        @block.Constraint(list(credit))
        def enclave(_: Any, r: str) -> Any:
            n = period.regions.index(r)
            left, came = ([p.b.component(f"{self.label}_{end}_{n}") for p in period.so_far] for end in ("left", "came"))
            return linear([1.0] + [-1.0] * len(left) + [1.0] * len(came), [credit[r], *left, *came]) == 0

    def account(self, plan: PeriodPlan, account: str) -> pd.Series[float] | None:
        return self.decided(plan, "credit") if account == "income" else None

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        credit, kept = self.decided(plan, "credit"), self._kept(plan)
        due = (kept.sum(axis=1) - kept.sum())[credit.index]
        return linked("enclave", credit.index, due + (credit - due).abs(), due)

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        kept = by_cell(pd.Series(self._kept(plan).stack()))
        return told(("credit", pd.Series({pair: value for pair, value in kept.items() if value > 0}, dtype=float), "{money}"))

    def _shares(self, instance: Instance) -> Array:
        """s[o,d] of the statement, regions by regions."""
        pools = instance.tables["pools"].reindex(columns=["pool", "credit"])
        credit = pools.set_index("pool")["credit"].astype(float).fillna(self.credit)
        members, regions = instance.tables["pool_members"], list(instance.regions.index)
        s = np.zeros((len(regions), len(regions)))
        for pool, rows in members[members["pool"].isin(self.pools or tuple(credit.index))].groupby("pool"):
            within = np.ix_(*2 * [[regions.index(r) for r in rows["region"]]])
            s[within] = np.maximum(s[within], credit[pool])
        np.fill_diagonal(s, 0.0)
        return s

    def _kept(self, plan: PeriodPlan) -> pd.DataFrame:
        """What origins keep of the income of what has moved, origins by destinations (money)."""
        return plan.moved(plan.instance.industries["value_added_rate"], so_far=True) * self._shares(plan.instance)
