"""Market barriers between plates and local protection: moving capacity costs more than distance alone explains.

Statement, a term of the objective::

    weight * sum_{k,o,d} strength * beta[o,d] * c[k,o,d] * f[k,o,d]          (money; weight <= 0)

    c[k,o,d]    relocation cost of the corridor: relocation_cost[k] + distance_cost[k] * distance[o,d]     (money/output)
    (paid by its annuity in later periods too, as the relocation cost is)
    beta[o,d]   barrier between the plates of origin and destination, a share of the corridor's cost       (table `barriers`; no row: 0)

Dropping the policy is the unified national market; the difference of the two objectives is the price of protection.
"""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, relocation
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, told


class MarketBarrier(Policy):
    """Parameters: `strength`, a factor on the barriers; `weight` of the term (that of relocation_cost in the objective where left out)."""

    family = "market_barrier"
    phrase = "市场壁垒, 地方保护"
    serves = (15,)
    title: ClassVar = {"en": "Market barriers", "zh": "市场壁垒"}
    words: ClassVar = {"barrier_cost": {"en": "Cost of barriers, by plates of origin and destination", "zh": "市场壁垒成本（按迁出与迁入板块）"}}
    reads: ClassVar = {"barriers": ("barrier",)}

    strength: float = Field(default=1.0, ge=0)
    weight: float | None = Field(default=None, le=0)

    def contribute(self, period: Period) -> None:
        counted, cost = period.paid * self._beta(period.instance).to_numpy(), relocation(period.instance)
        period.flows.add_term(self.label, lambda k: counted * cost(k))

    def term_weight(self) -> float | None:
        return self.objective.relocation_cost if self.weight is None else self.weight

    def value(self, plan: PeriodPlan) -> float:
        return plan.paid * float(self._cost(plan).to_numpy().sum())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        plate, cost = plan.instance.regions["plate"], pd.Series(self._cost(plan).stack())
        cost = cost.groupby([f"{plate[o]}|{plate[d]}" for o, d in cost.index], sort=False).sum()
        return told(("barrier_cost", cost[cost > 0], "{money}"))

    def _cost(self, plan: PeriodPlan) -> pd.DataFrame:
        """strength * beta * c * f of the statement, regions x regions: what barriers cost once."""
        return self._beta(plan.instance) * plan.relocation

    def _beta(self, instance: Instance) -> pd.DataFrame:
        """strength * beta, region by region."""
        table = instance.tables["barriers"].set_index(["origin", "destination"])["barrier"]
        plate = instance.regions["plate"]
        pairs = pd.MultiIndex.from_product([plate, plate])
        values = table.reindex(pairs, fill_value=0.0).to_numpy().reshape(len(plate), len(plate))
        return self.strength * pd.DataFrame(values, plate.index, plate.index)
