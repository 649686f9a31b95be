"""Choice of technology: output may be made with cleaner technologies, which save resources and cost money; the rest stays conventional.

Statement, for every industry `k`, technology `h` that the table `technology_costs` lists for it, and region `r`, with u[k,h,r] >= 0: output
made with the technology (output)::

    load[i,r] -= sum_{k,h} saving[k,h,i] * use[k,r,i] * u[k,h,r]                    (unit of the resource; table `technology_effects`)

    within      sum_h u[k,h,r] <= x[k,r]                                            (never softened)
    most        u[k,h,r] <= most[k,h] * x[k,r]                                      where most[k,h] < 1 (never softened)
    limit       clean_share * reach[k] * fresh[k,r] <= sum_{h clean} u[k,h,r]       where clean_share > 0

    saving      share of the conventional use that is saved, negative where the technology uses more of the resource
    most        share of the output of a region that can use the technology (1 where the table states none)
    fresh[k,r]  what was received or built since the base year: x[k,r] - S0[k,r] + what was released or closed since then
                (that of an indivisible industry: x[k,r] - S0[k,r], for what it once built it may leave)
    reach[k]    sum_{h clean} most[k,h], at most 1: as far as clean technologies can be used at all

Objective term::

    weight * sum_{k,h,r} cost[k,h] * u[k,h,r]                                       (money a year; table `technology_costs`)

Technologies exclude each other: two of them together are a technology of their own. The limit says that neither relocation nor building brings
the old technology along (to close here and to build there would otherwise pass it by). It can always be met, for what was received or built
stays. Costs are yearly, those of equipment as annuities, and u is chosen anew in each period: an output that may shrink cannot be bound for good.
Source of the form: technologies as alternative columns of one industry, Carter 1970; Duchin and Levine 2011 (rectangular choice of technology).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from layout_opt.core import Period, grouped, linear, part, total
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, limits, linked, together, told, unknown
from layout_opt.technologies import COSTS, EFFECTS, TECHNOLOGIES, choices, faults, savings

CELL = ["industry", "region"]


class TechnologyChoice(Policy):
    """Parameters: `technologies` (all where left out); `clean_share`, the share of received and built output that has to be made with clean
    technologies; `resource`, whose cost per unit saved is told; `weight` of the costs."""

    family = "technology_choice"
    phrase = "绿色低碳循环"
    serves = (29,)
    offers = True
    title: ClassVar = {"en": "Technology choice", "zh": "绿色技术选择"}
    words: ClassVar = {
        "used": {"en": "Output made with the technology", "zh": "采用该技术的产出"},
        "saved": {"en": "Resource saved", "zh": "资源节约与减排量"},
        "unit_cost": {"en": "Cost per unit of the resource saved", "zh": "单位减排成本"},
        "spending": {"en": "Cost a year, by region", "zh": "年度成本（按地区）"},
    }
    reads: ClassVar = {"technology_effects": ("saving",), "technology_costs": ("cost",), "intensities": ("intensity",), "resources": ("unit",)}
    tables = (TECHNOLOGIES, EFFECTS, COSTS)

    technologies: tuple[str, ...] | None = Field(default=None, min_length=1)
    clean_share: float = Field(default=0.0, ge=0, le=1)
    resource: str | None = None
    weight: float = Field(default=-1.0, le=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        costs, effects, where = instance.tables["technology_costs"], instance.tables["technology_effects"], self.at(file, "technologies")
        yield from unknown(self.technologies or (), costs["technology"].unique(), "technology with costs", where)
        yield from faults(instance, where)
        asked = [] if self.resource is None else [self.resource]
        yield from unknown(asked, effects["resource"].unique(), "resource that is saved", self.at(file, "resource"))
        if self.clean_share > 0 and not choices(instance, self.technologies)["clean"].any():
            yield Fault("no technology is clean", self.at(file, "clean_share"), "Say which in the table `technology_costs`.")

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        return (Decision("used", choices(instance, self.technologies).index, "{output}"),)

    def contribute(self, period: Period) -> None:
        u = period.decided(self.label, "used")
        period.add_term(self.label, linear(choices(period.instance, self.technologies)["cost"], u.values()))
        for i, rates in savings(period.instance, choices(period.instance, self.technologies).index, period.year).items():
            for r, own in rates[rates != 0].groupby(level="region", sort=False):
                period.add_load(str(i), str(r), linear(-own, [u[item] for item in own.index]))

    def load(self, plan: PeriodPlan, resource: str) -> pd.Series[float] | None:
        u = self.decided(plan, "used")
        saving = savings(plan.instance, u.index, plan.year)
        return -(saving[resource] * u).groupby(level="region", sort=False).sum() if resource in saving else None

    def limit(self, period: Period, block: Any) -> None:
        x, u, facts, reach = period.b.x, period.decided(self.label, "used"), choices(period.instance, self.technologies), self._reach(period.instance)
        share, clean, whole = facts["most"].to_dict(), facts["clean"].to_dict(), period.instance.industries["indivisible"]
        made = grouped(u, lambda khr: (khr[0], khr[2]))
        cleanly = grouped({khr: used for khr, used in u.items() if clean[khr]}, lambda khr: (khr[0], khr[2]))

        @block.Constraint(list(made))
        def within(_: Any, k: str, r: str) -> Any:
            return total(made[k, r]) - x[k, r] <= 0

        @block.Constraint([khr for khr in u if share[khr] < 1])
        def most(_: Any, k: str, h: str, r: str) -> Any:
            return linear([1.0, -share[k, h, r]], [u[k, h, r], x[k, r]]) <= 0

        @block.Constraint(list(reach.index))
        def limit(_: Any, k: str, r: str) -> Any:
            left = [part(v, (k, r)) for p in ([] if whole[k] else period.so_far) for v in (p.b.out, p.b.closed)]
            fresh = sum(left, x[k, r] - period.S0[k, r])
            return self.clean_share * reach[k, r] * fresh - total(cleanly[k, r]) <= 0

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        instance, reach = plan.instance, self._reach(plan.instance)
        whole = instance.industries["indivisible"].reindex(instance.cells.get_level_values("industry")).to_numpy(dtype=bool)
        fresh = plan.output - instance.stock + plan.gone.mask(whole, 0.0)
        clean = (self.decided(plan, "used") * choices(instance, self.technologies)["clean"]).groupby(level=CELL, sort=False).sum()
        return limits(reach.index, (self.clean_share * reach * fresh[reach.index]).to_numpy(), clean[reach.index].to_numpy(), floor=True)

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        u, share = self.decided(plan, "used"), choices(plan.instance, self.technologies)["most"]
        sums, made = u.groupby(level=CELL, sort=False).sum(), np.array([plan.output[k, r] for k, _, r in u.index])
        partly = (share < 1).to_numpy()
        return together(
            linked("within", sums.index, sums.to_numpy(), plan.output[sums.index].to_numpy()),
            linked("most", u.index[partly], u.to_numpy()[partly], (share * made).to_numpy()[partly]),
        )

    def value(self, plan: PeriodPlan) -> float:
        return float((choices(plan.instance, self.technologies)["cost"] * self.decided(plan, "used")).sum())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        instance, u, by = plan.instance, self.decided(plan, "used"), ["industry", "technology"]
        cost, units = choices(instance, self.technologies)["cost"] * u, instance.resource_units
        saved = savings(instance, u.index, plan.year).mul(u, axis=0)
        used, spending = u.groupby(level=by, sort=False).sum(), cost.groupby(level="region", sort=False).sum()
        told_of = [("used", used[used > 0], "{output}"), ("spending", spending[spending > 0], "{money}")]
        told_of += [("saved", own, units[i]) for i in map(str, saved) if (own := saved[[i]].sum()).any()]
        if self.resource is not None:
            fewer = saved[self.resource].groupby(level=by, sort=False).sum()
            ratio = (cost.groupby(level=by, sort=False).sum() / fewer)[fewer > 0]
            told_of.append(("unit_cost", ratio, f"{{money}}/{units[self.resource]}"))
        return told(*told_of)

    def _reach(self, instance: Instance) -> pd.Series[float]:
        """reach[k] of the statement, by cell of the industries that have a clean technology; none where no share is asked for."""
        facts = choices(instance, self.technologies)
        reach: pd.Series[float] = facts.loc[facts["clean"], "most"].groupby(level=CELL, sort=False).sum().clip(upper=1.0)
        return reach[(reach > 0) & (self.clean_share > 0)]
