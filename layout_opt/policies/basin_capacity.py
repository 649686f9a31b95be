"""Shared capacity of a river basin, or of any other group of regions.

Statement, for every stated resource `i` and every group `b` with a capacity::

    sum_{r in b} phi[r,b] * load[i,r] <= strictness * factors[i] * Cap[i,b]

    phi[r,b]    delivery share: the part of the region's load that counts for the group   (0..1, table `membership`)
    Cap[i,b]    capacity of the group in force in the period's last year                  (unit of the resource)

The rows limit what upstream and downstream use together; `carrying_capacity` limits each region by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import pandas as pd

from layout_opt.core import Period, linear
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import ResourcePolicy, limits, told


class BasinCapacity(ResourcePolicy):
    """The regions of a group together use at most its capacity."""

    family = "basin_capacity"
    phrase = "流域, 上下游, 联防联控"
    serves = (5,)
    title: ClassVar = {"en": "Basin capacity", "zh": "流域共享承载力"}
    words: ClassVar = {
        "utilisation": {"en": "Use over shared capacity", "zh": "用量与共享承载力之比"},
        "ledger": {"en": "Use of the shared capacity, by region", "zh": "共享承载力使用账本（按地区）"},
    }
    reads: ClassVar = {**ResourcePolicy.reads, "groups": ("kind",), "membership": ("share",)}

    def places(self, instance: Instance) -> Iterable[str]:
        return [group for group in instance.tables["groups"]["group"] if len(instance.members(group))]

    def limit(self, period: Period, block: Any) -> None:
        Cap = self.capacities(period.instance, period.year)
        load = period.b.load

        @block.Constraint(list(Cap.index))
        def limit(_: Any, i: str, b: str) -> Any:
            phi = period.instance.members(b)
            return linear(phi, [load[i, r] for r in phi.index]) <= Cap[i, b]

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        cap = self.capacities(plan.instance, plan.year)
        use = [plan.load(i).mul(plan.instance.members(b), fill_value=0.0).sum() for i, b in cap.index]
        return limits(cap.index, use, cap.to_numpy())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        cap, units = self.capacities(plan.instance, plan.year), plan.instance.resource_units
        use = pd.Series(self.recheck(plan)["use"].to_numpy(), index=cap.index)
        ledger = []
        for i, b in cap.index:
            counted = (plan.load(i) * plan.instance.members(b)).dropna()
            ledger.append(("ledger", counted.set_axis([f"{i}|{b}|{r}" for r in counted.index])[counted.to_numpy() != 0], units[i]))
        return told(("utilisation", (use / cap)[cap > 0], "1"), *ledger)
