"""Innovation and its spread: a research base lets a region upgrade an industry, and its neighbours a part of theirs.

Statement, for every innovation `n` of the table `innovations`, of industry `k`, and every region `r`, with z[n,r] in {0,1}: a research base
stands there, and v[n,r] >= 0: output upgraded by the innovation (output)::

    reach       v[n,r] <= most * x[k,r]
    own         v[n,r] <= diffusion * most * x[k,r] + (1 - diffusion) * most * D[k] * z[n,r]
    spread      v[n,r] <= most * D[k] * (z[n,r] + diffusion * sum_{s near r} z[n,s])                    where diffusion > 0

and the limit, which a penalty may soften::

    bases       sum_r z[n,r] <= bases                                                                   for every n, where stated
    budget      sum_{n,r} research_cost * z[n,r] <= budget                                              where stated  (money a year)

    most        share of the output that can be upgraded; diffusion: part of that share within reach of a base elsewhere in the same group
    s near r    another region of a stated group of which r is a member (share above 0); the plates, where no group is stated
    D[k]        national demand; of what a region makes beyond it, where the core allows a margin, not all may be upgraded

Objective term::

    weight * (sum_{n,r} gain * v[n,r] - sum_{n,r} research_cost * z[n,r])                               (money a year)

and income[r] += sum_n gain * v[n,r]: an upgrade is value added where the output is made, research is paid by the nation. A base stays once it
is there, and costs in every period. `own` and `spread` say together: all of `most` with a base of one's own, the part `diffusion` of it with
one nearby, nothing without. The same rows with top[k,r] in place of D[k], where it is smaller, follow and tighten the relaxation.
Source of the form: facility location with covering at two levels (ReVelle and Swain 1970; Church and Roberts 1983, partial coverage).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import pandas as pd
import pyomo.environ as pyo
from pydantic import Field

from layout_opt.core import Period, linear, part, total
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, limits, linked, together, told, unknown, unknown_groups
from layout_opt.technologies import INNOVATIONS, innovations


class InnovationUnlock(Policy):
    """Parameters: `innovations` (all where left out); `regions`, where a base may stand (all where left out); `groups`, within which innovations
    spread (the plates where left out); `bases`, the most per innovation; `budget` for research (money a year); `weight` of gains less costs."""

    family = "innovation_unlock"
    phrase = "科技创新, 技术转移"
    serves = (31,)
    offers = True
    title: ClassVar = {"en": "Innovation and its spread", "zh": "科技创新与技术转移"}
    words: ClassVar = {
        "base": {"en": "Research base", "zh": "研发基地"},
        "upgraded": {"en": "Output upgraded", "zh": "升级产出"},
        "spread": {"en": "Output upgraded without a base of one's own", "zh": "无本地基地的升级产出（技术扩散）"},
        "gain": {"en": "Value added gained", "zh": "新增增加值"},
        "research": {"en": "Research cost a year", "zh": "年度研发成本"},
        "bases": {"en": "Number of research bases", "zh": "研发基地数量"},
        "budget": {"en": "Budget", "zh": "预算"},
    }
    reads: ClassVar = {"innovations": ("industry", "research_cost", "gain", "most", "diffusion")}
    tables = (INNOVATIONS,)

    innovations: tuple[str, ...] | None = Field(default=None, min_length=1)
    regions: tuple[str, ...] | None = Field(default=None, min_length=1)
    groups: tuple[str, ...] | None = Field(default=None, min_length=1)
    bases: int | None = Field(default=None, ge=0)
    budget: float | None = Field(default=None, ge=0)
    weight: float = Field(default=1.0, ge=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        yield from unknown(self.innovations or (), innovations(instance, None).index, "innovation", self.at(file, "innovations"))
        yield from unknown(self.regions or (), instance.regions.index, "region", self.at(file, "regions"))
        yield from unknown_groups(self.groups or (), instance, self.at(file, "groups"))
        if None not in (self.penalty, self.bases, self.budget):
            yield Fault("one penalty for bases and money", self.at(file, "penalty"), "State `bases` or `budget` in a policy of its own.")

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        regions = instance.regions.index
        items = pd.MultiIndex.from_product([innovations(instance, self.innovations).index, regions], names=["innovation", "region"])
        sites = items[items.get_level_values("region").isin(self.regions or regions)]
        return Decision("base", sites, "1", binary=True, lasting=True), Decision("upgraded", items, "{output}")

    def contribute(self, period: Period) -> None:
        z, v, facts = period.decided(self.label, "base"), period.decided(self.label, "upgraded"), innovations(period.instance, self.innovations)
        gain, cost, top = facts["gain"], facts["research_cost"], period.top
        period.add_term(self.label, linear([*(gain[n] for n, _ in v), *(-cost[n] for n, _ in z)], [*v.values(), *z.values()]))
        for r in period.regions:
            period.add_account("income", r, linear(gain, [v[n, r] for n in gain.index]))
        tighter = {(n, r): top[k, r] for n, k in facts["industry"].items() for r in period.regions if top[k, r] < period.D[k]}
        self._unlock(period, tighter, period.b, f"{self.label}_")

    def account(self, plan: PeriodPlan, account: str) -> pd.Series[float] | None:
        return self._money(plan, "upgraded", "gain").groupby(level="region", sort=False).sum() if account == "income" else None

    def limit(self, period: Period, block: Any) -> None:
        x, z, v = period.b.x, period.decided(self.label, "base"), period.decided(self.label, "upgraded")
        facts, bounds = innovations(period.instance, self.innovations), self._bounds(period.instance)
        industry, most, cost = facts["industry"], facts["most"], facts["research_cost"]

        @block.Constraint(list(v))
        def reach(_: Any, n: str, r: str) -> Any:
            return linear([1.0, -most[n]], [v[n, r], x[industry[n], r]]) <= 0

        self._unlock(period, {(n, r): period.D[industry[n]] for n, r in v}, block)

        @block.Constraint(list(bounds))
        def limit(_: Any, row: str) -> Any:
            if row == "budget":
                return linear([cost[n] for n, _ in z], z.values()) <= bounds[row]
            return total(z[n, r] for n, r in z if f"bases|{n}" == row) <= bounds[row]

    def _unlock(self, period: Period, bound: Mapping[Any, float], block: Any, prefix: str = "") -> None:
        """The rows `own` and `spread` with `bound` in place of D[k], for the items that it names."""
        x, z, v = period.b.x, period.decided(self.label, "base"), period.decided(self.label, "upgraded")
        industry, most, diffusion = (innovations(period.instance, self.innovations)[column] for column in ("industry", "most", "diffusion"))
        around = {r: near.index[near > 0] for r, near in period.instance.neighbours(self.groups or period.instance.plates).items()}

        def own(_: Any, n: str, r: str) -> Any:
            d, U = diffusion[n], most[n] * bound[n, r]
            return linear([1.0, -d * most[n]], [v[n, r], x[industry[n], r]]) - (1 - d) * U * part(z, (n, r)) <= 0

        def spread(_: Any, n: str, r: str) -> Any:
            d, U = diffusion[n], most[n] * bound[n, r]
            return v[n, r] - U * part(z, (n, r)) - d * U * total(z[n, s] for s in around[r] if (n, s) in z) <= 0

        block.add_component(f"{prefix}own", pyo.Constraint(list(bound), rule=own))
        block.add_component(f"{prefix}spread", pyo.Constraint([(n, r) for n, r in bound if diffusion[n] > 0], rule=spread))

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        bounds, count = self._bounds(plan.instance), self.decided(plan, "base").groupby(level="innovation", sort=False).sum()
        use = {"budget": self._money(plan, "base", "research_cost").sum(), **{f"bases|{n}": number for n, number in count.items()}}
        return limits(bounds, [use[row] for row in bounds], list(bounds.values()))

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        facts, regions, v = innovations(plan.instance, self.innovations), list(plan.instance.regions.index), self.decided(plan, "upgraded")
        z = self.decided(plan, "base").reindex(v.index, fill_value=0.0).to_numpy().reshape(len(facts), len(regions))
        x = plan.output.unstack("region").loc[facts["industry"], regions].to_numpy()
        D, most, d = (column.to_numpy(dtype=float)[:, None] for column in (plan.demand[facts["industry"]], facts["most"], facts["diffusion"]))
        near = plan.instance.neighbours(self.groups or plan.instance.plates).to_numpy()
        own, spread = d * most * x + (1 - d) * most * D * z, most * D * (z + d * (z @ near))
        spreads = (d > 0).repeat(len(regions), axis=1).ravel()
        everywhere = (linked(name, v.index, v.to_numpy(), bound.ravel()) for name, bound in (("reach", most * x), ("own", own)))
        return together(*everywhere, linked("spread", v.index[spreads], v.to_numpy()[spreads], spread.ravel()[spreads]))

    def value(self, plan: PeriodPlan) -> float:
        return float(self._money(plan, "upgraded", "gain").sum() - self._money(plan, "base", "research_cost").sum())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        z, v = self.decided(plan, "base"), self.decided(plan, "upgraded")
        parts = v[z.reindex(v.index, fill_value=0.0) == 0], self._money(plan, "upgraded", "gain"), self._money(plan, "base", "research_cost")
        spread, gain, research = (part.groupby(level="innovation", sort=False).sum() for part in parts)
        own = ("base", z, "1"), ("upgraded", v, "{output}")
        return told(*own, ("spread", spread, "{output}"), ("gain", gain, "{money}"), ("research", research, "{money}"), above=0.0)

    def _bounds(self, instance: Instance) -> dict[str, float]:
        """The rows of the limit and what they may come to."""
        counted = {} if self.bases is None else {f"bases|{n}": float(self.bases) for n in innovations(instance, self.innovations).index}
        return counted if self.budget is None else {**counted, "budget": self.budget}

    def _money(self, plan: PeriodPlan, decision: str, fact: str) -> pd.Series[float]:
        """A decision times a fact of its innovation, by item."""
        return self.decided(plan, decision).mul(innovations(plan.instance, self.innovations)[fact], level="innovation")
