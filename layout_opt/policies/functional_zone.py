"""Main functional zones: what each zone bans has to leave, what it restricts may not grow beyond a ratio, what it encourages counts for more.

Statement, for every cell `k,r` of which a zone rule bans or restricts a part::

    x[k,r] <= (1 - phase_out) * ban[k,r] * S0[k,r] + restrict[k,r] * S0[k,r] + open_growth * open[k,r] * max(B[k,r], S0[k,r], lot[k])

    ban[k,r]       = sum of share[r,z] over the zones z that ban k
    restrict[k,r]  = sum of share[r,z] * ratio[z,k] over the zones that restrict k
    open[k,r]      = 1 - share of the zones that ban or restrict k
    B[k,r]         = S0[k,r] * D[k] / sum_r S0[k,r], the output if all regions grew alike
    S0, D, lot     base-year stock, demand, smallest project          (output)

A region wholly in a zone that bans k has x[k,r] = 0 with the default phase-out: its stock moves or closes. Objective term, where
`encouragement` is not 0::

    encouragement * sum_{k,r} encourage[k,r] * va[k] * x[k,r]          (money), encourage[k,r] = share of the zones that encourage k

Source: the zone classes and their prohibitions of 国发〔2010〕46号 (optimised, key, agricultural, ecological).
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, linear
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits


class FunctionalZone(Policy):
    """Parameters: `phase_out`, share of banned stock that has to leave by the end of a period; `open_growth`, how far the open part of a
    region may grow beyond even growth; `encouragement`, weight of the term for encouraged industries."""

    family = "functional_zone"
    phrase = "主体功能区, 严禁不符合主体功能定位的开发活动"
    title: ClassVar = {"en": "Main functional zones", "zh": "主体功能区"}
    reads: ClassVar = {"zones": (), "zone_shares": ("share",), "zone_rules": ("rule", "ratio")}

    phase_out: float = Field(default=1.0, ge=0, le=1)
    open_growth: float = Field(default=2.5, ge=0)
    encouragement: float = Field(default=0.0, ge=0)

    def contribute(self, period: Period) -> None:
        if self.encouragement:
            encourage, x = zone_parts(period.instance)["encourage"], period.b.x
            va = period.instance.industries["value_added_rate"]
            favoured = [(k, r) for k, r in x if encourage[k, r] > 0]
            period.add_term(self.label, linear([encourage[k, r] * va[k] for k, r in favoured], [x[kr] for kr in favoured]))

    def limit(self, period: Period, block: Any) -> None:
        allowed = self._allowed(period.instance, period.year)
        x = period.b.x

        @block.Constraint(list(allowed.index))
        def limit(_: Any, k: str, r: str) -> Any:
            return x[k, r] <= allowed[k, r]

    def term_weight(self) -> float | None:
        return self.encouragement or None

    def value(self, plan: PeriodPlan) -> float:
        return float((zone_parts(plan.instance)["encourage"] * plan.value_added).sum())

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        allowed = self._allowed(plan.instance, plan.year)
        return limits(allowed.index, plan.output.reindex(allowed.index).to_numpy(), allowed.to_numpy())

    def _allowed(self, instance: Instance, year: int) -> pd.Series[float]:
        """The right-hand side of the statement, for the cells with a banned or restricted part."""
        parts = zone_parts(instance)
        parts = parts[parts["open"] < 1 - 1e-12]
        stock = instance.stock
        industry = parts.index.get_level_values("industry")
        growth = (instance.demand(year) / stock.groupby(level="industry").sum()).reindex(industry).to_numpy()
        stock = stock.reindex(parts.index)
        even = (stock * growth).fillna(0.0)
        lot = instance.industries["lot"].reindex(industry).to_numpy()
        scale = even.clip(lower=stock).clip(lower=pd.Series(lot, index=parts.index))
        return (1 - self.phase_out) * parts["ban"] * stock + parts["restrict"] * stock + self.open_growth * parts["open"] * scale


@cache
def zone_parts(instance: Instance) -> pd.DataFrame:
    """ban, restrict, open and encourage of the module's statement, indexed by cell."""
    rules = instance.tables["zone_rules"].merge(instance.tables["zone_shares"], on="zone")
    weight = {"ban": rules["share"], "restrict": rules["share"] * rules["ratio"], "encourage": rules["share"]}
    frame = pd.DataFrame(index=instance.cells)
    for rule, values in weight.items():
        chosen = rules[rules["rule"] == rule].assign(part=values)
        frame[rule] = chosen.groupby(["industry", "region"])["part"].sum().reindex(frame.index, fill_value=0.0)
    limited = rules[rules["rule"] != "encourage"].groupby(["industry", "region"])["share"].sum()
    frame["open"] = (1 - limited.reindex(frame.index, fill_value=0.0)).clip(lower=0.0)
    return frame
