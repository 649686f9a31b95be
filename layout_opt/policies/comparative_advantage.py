"""Comparative advantage: output counts for more where a region is good at the industry.

Statement, a term of the objective::

    value_added + weight * sum_{k,r} va[k] * A[k,r] * x[k,r]          (money)

    A[k,r]  index of comparative advantage in the base year, a parameter (an index of the planned output would be bilinear)
            rsca    (RCA - 1) / (RCA + 1), in -1..1, the default (Dalum, Laursen and Villumsen 1998)
            lq      RCA - 1, where RCA = LQ = (S[k,r] / S[r]) / (S[k] / S), the location quotient (Balassa 1965)
            nrca    K * R * (S[k,r] / S - S[k] * S[r] / S^2), which sums to 0 over regions and over industries (Yu, Cai and Leung 2009),
                    here scaled by the number of cells so that weights compare
            scores  the planner's own, in -1..1 (table `scores`; a missing row is 0)

With `rsca` a region without the industry has A = -1; a region at the national average has 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, linear
from layout_opt.errors import Fault
from layout_opt.indicators import location_quotient, nrca, rsca
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, told


class ComparativeAdvantage(Policy):
    """Parameters: `index` (rsca, lq, nrca or scores) and `weight` of the term."""

    family = "comparative_advantage"
    phrase = "优势互补, 比较优势"
    serves = (1,)
    title: ClassVar = {"en": "Comparative advantage", "zh": "比较优势"}
    words: ClassVar = {
        "before": {"en": "Value added times advantage, base year", "zh": "基年优势加权增加值"},
        "after": {"en": "Value added times advantage, plan", "zh": "规划优势加权增加值"},
    }

    index: Literal["rsca", "lq", "nrca", "scores"] = "rsca"
    weight: float = Field(default=0.3, ge=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        if self.index == "scores" and "scores" not in instance.tables:
            where = self.at(file, "index")
            yield Fault(f"index 'scores' reads the table 'scores', which {instance.name} lacks", where, "Add the table, or use 'rsca'.")

    def advantage(self, instance: Instance) -> pd.Series[float]:
        """A per cell."""
        if self.index == "scores":
            table = instance.tables["scores"].set_index(["industry", "region"])["score"]
            return table.reindex(instance.cells, fill_value=0.0)
        if self.index == "lq":
            return location_quotient(instance.stock) - 1
        return rsca(instance.stock) if self.index == "rsca" else nrca(instance.stock)

    def contribute(self, period: Period) -> None:
        A, va, x = self.advantage(period.instance), period.instance.industries["value_added_rate"], period.b.x
        period.add_term(self.label, linear([va[k] * A[k, r] for k, r in x], x.values()))

    def value(self, plan: PeriodPlan) -> float:
        return float((plan.value_added * self.advantage(plan.instance)).sum())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        plate = plan.instance.regions["plate"].reindex(plan.output.index.get_level_values("region")).to_numpy()
        counted = self.advantage(plan.instance) * plan.instance.industries["value_added_rate"].reindex(plan.output.index, level="industry")
        before, after = ((counted * output).groupby(plate, sort=False).sum() for output in (plan.instance.stock, plan.output))
        return told(("before", before[before != 0], "{money}"), ("after", after[after != 0], "{money}"))
