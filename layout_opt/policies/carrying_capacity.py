"""Carrying capacity of a region for one or more resources.

Statement, for every stated resource `i` and every region `r` with a capacity::

    load[i,r] <= strictness * factors[i] * Cap[i,r]

    load[i,r] = sum_k e[k,i] * phi[r,i] * x[k,r] + what other policies add   (unit of the resource)
    Cap[i,r]    capacity in force in the period's last year                  (unit of the resource)

The dual value of a row is the price of the resource: what one more unit of capacity is worth, with the project sites fixed.
Source of the form: the factor constraints of the World Trade Model (Duchin 2005), here with regional intensities.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import pandas as pd

from layout_opt.core import Period
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import ResourcePolicy, limits, told

NEARLY = 0.95  # of a capacity: from here on it is told as one that is, or soon will be, used up


class CarryingCapacity(ResourcePolicy):
    """Each region uses at most its own capacity."""

    family = "carrying_capacity"
    phrase = "生态承载力"
    serves = (4,)
    title: ClassVar = {"en": "Carrying capacity", "zh": "资源环境承载力"}
    words: ClassVar = {
        "full": {"en": "Use over capacity, where it is 95 % or more", "zh": "用量与承载力之比（达到95%及以上者）"},
        "headroom": {"en": "Capacity left, all regions together", "zh": "剩余承载力（全部地区合计）"},
    }

    def places(self, instance: Instance) -> Iterable[str]:
        return instance.regions.index

    def limit(self, period: Period, block: Any) -> None:
        Cap = self.capacities(period.instance, period.year)
        load = period.b.load

        @block.Constraint(list(Cap.index))
        def limit(_: Any, i: str, r: str) -> Any:
            return load[i, r] <= Cap[i, r]

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        cap = self.capacities(plan.instance, plan.year)
        loads = {i: plan.load(i) for i in cap.index.unique("resource")}
        return limits(cap.index, [loads[i][r] for i, r in cap.index], cap.to_numpy())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        cap, units = self.capacities(plan.instance, plan.year), plan.instance.resource_units
        use = pd.Series(self.recheck(plan)["use"].to_numpy(), index=cap.index)
        share, left = (use / cap)[cap > 0], (cap - use).clip(lower=0.0).groupby(level="resource", sort=False).sum()
        total = [("headroom", pd.Series({i: amount}), units[str(i)]) for i, amount in left.items()]
        return told(("full", share[share >= NEARLY], "1"), *total)
