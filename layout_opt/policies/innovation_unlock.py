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

from layout_opt.core import Period, linear, total
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, limits, linked, together, told, unknown, unknown_groups
from layout_opt.tables import Column, Table, named


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
    tables = (
        Table(
            "innovations",
            (
                *named("innovation"),
                Column("industry", refers=("industries",)),
                Column("research_cost", "number", unit="{money}", low=0),
                Column("gain", "number", unit="{money}/{output}", low=0),
                Column("most", "number", low=0, high=1),
                Column("diffusion", "number", low=0, high=1),
            ),
        ),
    )

    innovations: tuple[str, ...] | None = Field(default=None, min_length=1)
    regions: tuple[str, ...] | None = Field(default=None, min_length=1)
    groups: tuple[str, ...] | None = Field(default=None, min_length=1)
    bases: int | None = Field(default=None, ge=0)
    budget: float | None = Field(default=None, ge=0)
    weight: float = Field(default=1.0, ge=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        named = instance.tables["innovations"]["innovation"]
        yield from unknown(self.innovations or (), named, "innovation", self.at(file, "innovations"))
        yield from unknown(self.regions or (), instance.regions.index, "region", self.at(file, "regions"))
        yield from unknown_groups(self.groups or (), instance, self.at(file, "groups"))
        if None not in (self.penalty, self.bases, self.budget):
            remedy = "State `bases` or `budget` in a policy of its own."
            yield Fault("one penalty for bases and money", self.at(file, "penalty"), remedy)

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        named, regions = self._innovations(instance).index, instance.regions.index
        return (
            Decision("base", self._items(named, [r for r in regions if r in (self.regions or regions)]), "1", binary=True, lasting=True),
            Decision("upgraded", self._items(named, regions), "{output}"),
        )

    def contribute(self, period: Period) -> None:
        z, v, facts = period.decided(self.label, "base"), period.decided(self.label, "upgraded"), self._innovations(period.instance)
        gain, cost, industry = facts["gain"].to_dict(), facts["research_cost"].to_dict(), facts["industry"].to_dict()
        period.add_term(self.label, linear([*(gain[n] for n, _ in v), *(-cost[n] for n, _ in z)], [*v.values(), *z.values()]))
        for r in period.regions:
            period.add_account("income", r, linear(gain.values(), [v[n, r] for n in gain]))
        tighter = {(n, r): period.top[k, r] for n, k in industry.items() for r in period.regions if period.top[k, r] < period.D[k]}
        for name, rows in self._unlocking(period, tighter).items():
            period.b.add_component(f"{self.label}_{name}", pyo.Constraint(list(rows), rule=lambda _, *nr, rows=rows: rows[nr] <= 0))

    def account(self, plan: PeriodPlan, account: str) -> pd.Series[float] | None:
        return self._gain(plan).groupby(level="region", sort=False).sum() if account == "income" else None

    def limit(self, period: Period, block: Any) -> None:
        x, z, v = period.b.x, period.decided(self.label, "base"), period.decided(self.label, "upgraded")
        facts = self._innovations(period.instance)
        industry, most, cost = facts["industry"].to_dict(), facts["most"].to_dict(), facts["research_cost"].to_dict()

        @block.Constraint(list(v))
        def reach(_: Any, n: str, r: str) -> Any:
            return linear([1.0, -most[n]], [v[n, r], x[industry[n], r]]) <= 0

        for name, rows in self._unlocking(period, {(n, r): period.D[industry[n]] for n, r in v}).items():
            block.add_component(name, pyo.Constraint(list(rows), rule=lambda _, *nr, rows=rows: rows[nr] <= 0))

        @block.Constraint(self._rows(period.instance))
        def limit(_: Any, row: str) -> Any:
            rule, _bar, named = row.partition("|")
            if rule == "budget":
                return linear([cost[n] for n, _ in z], z.values()) <= self.budget
            return total(z[n, r] for n, r in z if n == named) <= self.bases

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        z, rows = self.decided(plan, "base"), self._rows(plan.instance)
        count = z.groupby(level="innovation", sort=False).sum()
        use = [self._research(plan).sum() if row == "budget" else count[row.partition("|")[2]] for row in rows]
        return limits(rows, use, [self.budget if row == "budget" else self.bases for row in rows])

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        facts, regions, v = self._innovations(plan.instance), list(plan.instance.regions.index), self.decided(plan, "upgraded")
        z = self.decided(plan, "base").reindex(v.index, fill_value=0.0).to_numpy().reshape(len(facts), len(regions))
        x = plan.output.unstack("region").loc[facts["industry"], regions].to_numpy()
        D, most, d = (column.to_numpy(dtype=float)[:, None] for column in (plan.demand[facts["industry"]], facts["most"], facts["diffusion"]))
        own, spread = d * most * x + (1 - d) * most * D * z, most * D * (z + d * (z @ self._near(plan.instance).to_numpy()))
        spreads = (d > 0).repeat(len(regions), axis=1).ravel()
        return together(
            linked("reach", v.index, v.to_numpy(), (most * x).ravel()),
            linked("own", v.index, v.to_numpy(), own.ravel()),
            linked("spread", v.index[spreads], v.to_numpy()[spreads], spread.ravel()[spreads]),
        )

    def value(self, plan: PeriodPlan) -> float:
        return float(self._gain(plan).sum() - self._research(plan).sum())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        z, v = self.decided(plan, "base"), self.decided(plan, "upgraded")
        without = v[z.reindex(v.index, fill_value=0.0) == 0]
        sums = {"spread": without, "gain": self._gain(plan), "research": self._research(plan)}
        figures = {"base": z, "upgraded": v, **{name: part.groupby(level="innovation", sort=False).sum() for name, part in sums.items()}}
        units = {"base": "1", "upgraded": "{output}", "spread": "{output}", "gain": "{money}", "research": "{money}"}
        return told(*((name, values[values > 0], units[name]) for name, values in figures.items()))

    def _innovations(self, instance: Instance) -> pd.DataFrame:
        """The stated innovations, by key."""
        table = instance.tables["innovations"].set_index("innovation")
        return table if self.innovations is None else table.loc[[n for n in table.index if n in self.innovations]]

    def _items(self, innovations: Iterable[str], regions: Iterable[str]) -> pd.MultiIndex:
        return pd.MultiIndex.from_product([list(innovations), list(regions)], names=["innovation", "region"])

    def _rows(self, instance: Instance) -> list[str]:
        """The rows of the limit."""
        counted = [] if self.bases is None else [f"bases|{n}" for n in self._innovations(instance).index]
        return [*counted, *([] if self.budget is None else ["budget"])]

    def _near(self, instance: Instance) -> pd.DataFrame:
        """1 where two regions are members of a group within which innovations spread, 0 elsewhere and on the diagonal."""
        regions = instance.regions.index
        near = pd.DataFrame(0.0, regions, regions)
        for group in self.groups or instance.plates:
            share = instance.members(group)
            near.loc[share.index[share > 0], share.index[share > 0]] = 1.0
        return near.where(regions.to_numpy()[:, None] != regions.to_numpy(), 0.0)

    def _unlocking(self, period: Period, bound: Mapping[Any, float]) -> dict[str, dict[tuple[str, str], Any]]:
        """The left sides of the rows `own` and `spread`, with `bound` in place of D[k], for the items that it names."""
        facts, near = self._innovations(period.instance), self._near(period.instance)
        industry, most, diffusion = (facts[c].to_dict() for c in ("industry", "most", "diffusion"))
        x, z, v = period.b.x, period.decided(self.label, "base"), period.decided(self.label, "upgraded")
        around = {r: list(near.index[near[r] > 0]) for r in near}
        rows: dict[str, dict[tuple[str, str], Any]] = {"own": {}, "spread": {}}
        for (n, r), top in bound.items():
            here, d, U = [z[n, r]] if (n, r) in z else [], diffusion[n], most[n] * top
            there = [z[n, s] for s in around[r] if (n, s) in z]
            rows["own"][n, r] = linear([1.0, -d * most[n], *([(d - 1) * U] * len(here))], [v[n, r], x[industry[n], r], *here])
            if d > 0:
                rows["spread"][n, r] = linear([1.0, *([-U] * len(here)), *([-d * U] * len(there))], [v[n, r], *here, *there])
        return rows

    def _gain(self, plan: PeriodPlan) -> pd.Series[float]:
        """gain * v[n,r] of the statement."""
        return self.decided(plan, "upgraded").mul(self._innovations(plan.instance)["gain"], level="innovation")

    def _research(self, plan: PeriodPlan) -> pd.Series[float]:
        """research_cost * z[n,r] of the statement."""
        return self.decided(plan, "base").mul(self._innovations(plan.instance)["research_cost"], level="innovation")
