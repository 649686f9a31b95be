"""Market barriers between plates and local protection: moving capacity costs more than distance alone explains.

Statement, a term of the objective::

    weight * sum_{k,o,d} strength * beta[o,d] * c[k,o,d] * f[k,o,d]          (money, weight < 0)

    c[k,o,d]    relocation cost of the corridor: relocation_cost[k] + distance_cost[k] * distance[o,d]     (money/output)
    (paid by its annuity in later periods too, as the relocation cost is)
    beta[o,d]   barrier between the plates of origin and destination, a share of the corridor's cost       (table `barriers`; no row: 0)

Dropping the policy is the unified national market; the difference of the two objectives is the price of protection.
"""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period
from layout_opt.flows import Array
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, told


class MarketBarrier(Policy):
    """Parameters: `strength`, a factor on the barriers; `weight` of the term (as a rule that of relocation_cost)."""

    family = "market_barrier"
    phrase = "市场壁垒, 地方保护"
    serves = (15,)
    title: ClassVar = {"en": "Market barriers", "zh": "市场壁垒"}
    words: ClassVar = {"barrier_cost": {"en": "Cost of barriers, by plates of origin and destination", "zh": "市场壁垒成本（按迁出与迁入板块）"}}
    reads: ClassVar = {"barriers": ("barrier",)}

    strength: float = Field(default=1.0, ge=0)
    weight: float = Field(default=-0.1, le=0)

    def contribute(self, period: Period) -> None:
        instance, beta = period.instance, self._beta(period.instance).to_numpy()
        move, haul, km = instance.industries["relocation_cost"], instance.industries["distance_cost"], instance.distance.to_numpy()

        def barrier(k: str) -> Array:
            cost: Array = period.paid * beta * (move[k] + haul[k] * km / 1000)
            return cost

        period.flows.add_term(self.label, barrier)

    def term_weight(self) -> float | None:
        return self.weight

    def value(self, plan: PeriodPlan) -> float:
        return plan.paid * float(self._cost(plan).sum())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        plate, flows = plan.instance.regions["plate"], plan.flows
        cost = self._cost(plan).groupby([flows[end].map(plate) for end in ("origin", "destination")]).sum()
        return told(("barrier_cost", cost[cost > 0], "{money}"))

    def _cost(self, plan: PeriodPlan) -> pd.Series[float]:
        """strength * beta * c * f of the statement, transfer by transfer: what barriers cost once."""
        flows, facts = plan.flows, plan.instance.industries.reindex(plan.flows["industry"])
        pairs = pd.MultiIndex.from_frame(flows[["origin", "destination"]])
        km = plan.instance.distance.stack().reindex(pairs).to_numpy()
        beta = self._beta(plan.instance).stack().reindex(pairs).to_numpy()
        cost = facts["relocation_cost"].to_numpy() + facts["distance_cost"].to_numpy() * km / 1000
        return pd.Series(beta * cost * flows["output"].to_numpy(dtype=float), index=flows.index)

    def _beta(self, instance: Instance) -> pd.DataFrame:
        """strength * beta, region by region."""
        table = instance.tables["barriers"].set_index(["origin", "destination"])["barrier"]
        plate = instance.regions["plate"]
        pairs = pd.MultiIndex.from_product([plate, plate])
        values = table.reindex(pairs, fill_value=0.0).to_numpy().reshape(len(plate), len(plate))
        return self.strength * pd.DataFrame(values, plate.index, plate.index)
