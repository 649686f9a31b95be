"""Policy packages: each region may be given one package of support, which carries part of what it builds, within a national budget.

Statement, for every region `r` and package `p` (table `packages`) that is open to it, with y[r,p] in {0,1}: the region has the package, and
the subsidy s[r,p] >= 0 (money a year), of which held[r,p] was granted in earlier periods::

    one       sum_p y[r,p] <= 1
    quota     s[r,p] <= quota[p] * y[r,p]                                           (money a year)
    cost      sum_p (s[r,p] - held[r,p]) / rate[p] <= annuity * B[r]                (money a year)
    budget    sum_{r,p} (s[r,p] + fixed_cost[p] * y[r,p]) <= budget                 (money a year; the limit)

    income[r] + sum_p s[r,p]

Objective term::

    weight * sum_{r,p} (effect[p] * s[r,p] - s[r,p] - fixed_cost[p] * y[r,p])       (money)

    B[r]      what is built in the region in the period: sum_k (building_cost * new[k,r] + project_cost * projects), as the core counts it
    rate[p]   largest share of it that the package carries
    effect    worth of a unit of subsidy to the country; below 1 it is paid only where another policy asks for it
    annuity   part of a one-off cost that falls on a year, as in the weight of building_cost

A package is open to the regions of its `group` (all where the cell is empty). A region that has a package keeps it, and its fixed cost, in later
periods. A subsidy is granted for what the period itself builds and is paid from then on, as the annuity that it carries is; quota and budget
hold in every year, so that what earlier periods were granted is no longer free. Where (effect - 1) * rate came to 1 it would pay to close and
build anew, as far as the quota goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, by_cell, linear, total
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, limits, linked, together, told
from layout_opt.tables import Column, Table, amount, named


class PolicyPackage(Policy):
    """Parameters: `budget`, money a year for subsidies and fixed costs; `annuity`, the part of a building cost that falls on a year; `weight`
    of the term."""

    family = "policy_package"
    phrase = "差异化区域政策, 财政税收金融组合拳"
    serves = (28,)
    offers = True
    title: ClassVar = {"en": "Policy packages", "zh": "差异化政策组合"}
    words: ClassVar = {
        "package": {"en": "Package of the region", "zh": "地区所用政策包"},
        "subsidy": {"en": "Subsidy, by region and package", "zh": "补贴（按地区与政策包）"},
        "spending": {"en": "Spending, by package", "zh": "支出（按政策包）"},
        "budget": {"en": "Budget", "zh": "预算"},
    }
    reads: ClassVar = {"packages": ("rate", "quota", "effect", "fixed_cost")}
    tables = (
        Table(
            "packages",
            (
                *named("package"),
                Column("rate", "number", above=0, high=1),
                amount("quota", "{money}"),
                amount("effect"),
                amount("fixed_cost", "{money}"),
                Column("group", refers=("groups",), optional=True, blank=True),
            ),
        ),
    )

    budget: float = Field(ge=0)
    annuity: float = Field(default=0.1, gt=0, le=1)
    weight: float = Field(default=1.0, gt=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        if self._facts(instance).empty:
            yield Fault("no package is open to any region", self.at(file), "Correct the groups in the table `packages`.")

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        facts = self._facts(instance)
        subsidy = Decision("subsidy", facts.index, "{money}", lasting=True, upper=facts["quota"])
        return Decision("package", facts.index, "1", binary=True, lasting=True), subsidy

    def contribute(self, period: Period) -> None:
        y, s, facts = period.decided(self.label, "package"), period.decided(self.label, "subsidy"), self._facts(period.instance)
        for (r, _), subsidy in s.items():
            period.add_account("income", r, subsidy)
        period.add_term(self.label, linear([*(facts["effect"] - 1), *-facts["fixed_cost"]], [*s.values(), *y.values()]))

    def account(self, plan: PeriodPlan, account: str) -> pd.Series[float] | None:
        return self.decided(plan, "subsidy").groupby(level="region", sort=False).sum() if account == "income" else None

    def limit(self, period: Period, block: Any) -> None:
        y, s, facts = period.decided(self.label, "package"), period.decided(self.label, "subsidy"), self._facts(period.instance)
        open_to = {r: [rp for rp in s if rp[0] == r] for r in dict.fromkeys(r for r, _ in s)}
        built, held = self._built(period), [p.decided(self.label, "subsidy") for p in period.before[-1:]]

        @block.Constraint(list(open_to))
        def one(_: Any, r: str) -> Any:
            return total(y[rp] for rp in open_to[r]) <= 1

        @block.Constraint(list(s))
        def quota(_: Any, *rp: str) -> Any:
            return linear([1.0, -facts["quota"][rp]], [s[rp], y[rp]]) <= 0

        @block.Constraint(list(open_to))
        def cost(_: Any, r: str) -> Any:
            carried = [(1 / facts["rate"][rp], s[rp]) for rp in open_to[r]]
            carried += [(-1 / facts["rate"][rp], granted[rp]) for granted in held for rp in open_to[r]]
            return linear(*zip(*carried, *((-self.annuity * c, v) for c, v in built[r]), strict=True)) <= 0

        @block.Constraint(["budget"])
        def limit(*_: Any) -> Any:
            return linear([*[1.0] * len(s), *facts["fixed_cost"]], [*s.values(), *y.values()]) <= self.budget

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        return limits(["budget"], self._spending(plan).sum(), self.budget)

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        y, s, facts = self.decided(plan, "package"), self.decided(plan, "subsidy"), self._facts(plan.instance)
        new = s - self.decided(plan.before[-1], "subsidy") if plan.before else s
        built = plan.instance.fact("building_cost") * plan.cells["built"] + plan.instance.fact("project_cost") * plan.cells["project"]
        had, carried = (values.groupby(level="region", sort=False).sum() for values in (y, new / facts["rate"]))
        return together(
            linked("one", had.index, had, 1.0),
            linked("quota", s.index, s, facts["quota"] * y),
            linked("cost", carried.index, carried, self.annuity * built.groupby(level="region").sum()[carried.index]),
        )

    def value(self, plan: PeriodPlan) -> float:
        return float((self._facts(plan.instance)["effect"] * self.decided(plan, "subsidy") - self._spending(plan)).sum())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        y, s, spending = self.decided(plan, "package"), self.decided(plan, "subsidy"), self._spending(plan)
        by_package = spending.groupby(level="package", sort=False).sum()
        return told(("package", y, "1"), ("subsidy", s, "{money}"), ("spending", by_package, "{money}"), above=0.0)

    def _built(self, period: Period) -> dict[str, list[tuple[float, Any]]]:
        """The terms of B[r] of the statement: cost and variable, by region."""
        terms: dict[str, list[tuple[float, Any]]] = {r: [] for r in period.regions}
        for column, variables in (("building_cost", period.b.new), ("project_cost", period.projects)):
            cost = by_cell(period.instance.fact(column))
            for kr, variable in variables.items():
                terms[kr[1]].append((cost[kr], variable))
        return terms

    def _spending(self, plan: PeriodPlan) -> pd.Series[float]:
        """Subsidy and fixed cost, by region and package."""
        return self.decided(plan, "subsidy") + self._facts(plan.instance)["fixed_cost"] * self.decided(plan, "package")

    def _facts(self, instance: Instance) -> pd.DataFrame:
        """rate, quota, effect and fixed_cost of the statement, by region and package that is open to it."""
        table = instance.tables["packages"].set_index("package")
        group = table["group"] if "group" in table else pd.Series("", index=table.index)
        open_to = {p: set(instance.members(g).index if g else instance.regions.index) for p, g in group.items()}
        pairs = [(r, p) for r in instance.regions.index for p in table.index if r in open_to[p]]
        facts = table[["rate", "quota", "effect", "fixed_cost"]].reindex([p for _, p in pairs])
        return facts.set_index(pd.MultiIndex.from_tuples(pairs, names=["region", "package"])) if pairs else facts
