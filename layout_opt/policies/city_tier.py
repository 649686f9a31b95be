"""City tiers: large, middle and small cities do different work, each tier within its own ceilings.

Statement, for every region `r` of the table `tiers`, with t = tier of r, in every period::

    projects   sum_k p[k,r] <= max_projects[t]                                          (projects; table `tier_rules`)
    growth     sum_k x[k,r] <= (1 + max_growth[t]) * sum_k S0[k,r]                      (output; table `tier_rules`)
    function   x[k,r] <= (1 + max_growth[t,k]) * S0[k,r]                                (output; table `tier_functions`)

    p[k,r]    1 where a project of the industry is received or built (an indivisible industry: where it did not stand before)

where the table states the figure; a blank cell, a missing row and a region without a tier set no ceiling. S0 is the base-year stock, so that
max_growth = 0.2 is a fifth more than in the base year, and an industry that is new to a region with a ceiling on its function stays away.
Ceilings on functions send what a tier should not do to the others: 大城市做强, 中小城市承接.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, by_cell, linear
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan, item
from layout_opt.policy import Policy, limits, together, told
from layout_opt.schema import INDUSTRY, REGION
from layout_opt.tables import Column, Table, key, named

Rule = Literal["projects", "growth", "function"]


class CityTier(Policy):
    """Parameter: `rules`, those of the statement that hold (projects, growth, function; all where left out)."""

    family = "city_tier"
    phrase = "大中小城市功能互补"
    serves = (11,)
    title: ClassVar = {"en": "Division of labour between city tiers", "zh": "大中小城市功能互补"}
    words: ClassVar = {
        "share_before": {"en": "Share of the nation's output, base year", "zh": "占全国产出比重（基年）"},
        "share_after": {"en": "Share of the nation's output", "zh": "占全国产出比重"},
        "projects": {"en": "Projects", "zh": "项目数"},
        "growth": {"en": "Growth of the region", "zh": "地区产出增长"},
        "function": {"en": "Function of the tier", "zh": "层级职能"},
    }
    reads: ClassVar = {"tiers": ("tier",), "tier_rules": ()}
    tables = (
        Table("tiers", (REGION, Column("tier", refers=("tier_rules",)))),
        Table(
            "tier_rules",
            (
                *named("tier"),
                Column("max_projects", "integer", low=0, optional=True, blank=True),
                Column("max_growth", "number", low=-1, optional=True, blank=True),
            ),
        ),
        Table("tier_functions", (key("tier", "tier_rules"), INDUSTRY, Column("max_growth", "number", low=-1))),
    )

    rules: tuple[Rule, ...] | None = Field(default=None, min_length=1)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        where = self.at(file, "rules")
        stated = {"projects": self._projects(instance), "growth": self._growth(instance), "function": self._functions(instance)}
        for rule in self.rules or ():
            if stated[rule].empty:
                yield Fault("the tables state no such ceiling", where, "Add the figures to `tier_rules` or `tier_functions`, or leave it out.", rule)
        if self.penalty is not None and len(stated["projects"]) and len(stated["growth"]) + len(stated["function"]):
            yield Fault("one penalty for projects and for output", where, "State a policy with its own penalty for each, by `rules`.")

    def limit(self, period: Period, block: Any) -> None:
        instance, x, p = period.instance, period.b.x, period.projects
        rows: dict[str, tuple[list[Any], float]] = {}
        projects, growth = self._projects(instance), self._growth(instance)
        for r in projects.index:
            rows[f"projects|{r}"] = [p[k, r] for k in period.industries if (k, r) in p], projects[r]
        for r in growth.index:
            rows[f"growth|{r}"] = [x[k, r] for k in period.industries], growth[r]
        for kr, most in by_cell(self._functions(instance)).items():
            rows[f"function|{item(kr)}"] = [x[kr]], most

        @block.Constraint([row for row, (counted, _) in rows.items() if counted])
        def limit(_: Any, row: str) -> Any:
            counted, most = rows[row]
            return linear([1.0] * len(counted), counted) <= most

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        projects, growth, functions = self._projects(plan.instance), self._growth(plan.instance), self._functions(plan.instance)
        started, made = (plan.cells[column].groupby(level="region").sum() for column in ("project", "output"))
        return together(
            limits([f"projects|{r}" for r in projects.index], started[projects.index].to_numpy(), projects.to_numpy()),
            limits([f"growth|{r}" for r in growth.index], made[growth.index].to_numpy(), growth.to_numpy()),
            limits([f"function|{item(kr)}" for kr in functions.index], plan.output[functions.index].to_numpy(), functions.to_numpy()),
        )

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        tier = plan.instance.tables["tiers"].set_index("region")["tier"]
        by_tier = [
            s.groupby(s.index.get_level_values("region").map(tier.to_dict())).sum() for s in (plan.instance.stock, plan.output, plan.cells["project"])
        ]
        before, after, started = (sums.reindex(tier.unique(), fill_value=0) for sums in by_tier)
        return told(
            ("share_before", before / plan.instance.stock.sum(), "1"),
            ("share_after", after / plan.output.sum(), "1"),
            ("projects", started[started > 0], "project"),
        )

    def _projects(self, instance: Instance) -> pd.Series[float]:
        """max_projects of the statement, by region."""
        return self._of_regions(instance, "projects", "max_projects")

    def _growth(self, instance: Instance) -> pd.Series[float]:
        """(1 + max_growth) * sum_k S0 of the statement, by region (output)."""
        growth, stock = self._of_regions(instance, "growth", "max_growth"), instance.stock.groupby(level="region").sum()
        return (1 + growth) * stock[growth.index]

    def _functions(self, instance: Instance) -> pd.Series[float]:
        """(1 + max_growth) * S0 of the statement, by industry and region (output)."""
        tiers, stock = instance.tables["tiers"], instance.stock
        if "tier_functions" not in instance.tables or "function" not in (self.rules or ("function",)):
            return stock.iloc[:0]
        stated = instance.tables["tier_functions"].merge(tiers[["region", "tier"]], on="tier")
        growth = stated.set_index(["industry", "region"])["max_growth"]
        growth = growth.reindex(stock.index[stock.index.isin(growth.index)])
        return (1 + growth) * stock[growth.index]

    def _of_regions(self, instance: Instance, rule: Rule, column: str) -> pd.Series[float]:
        """A column of the table `tier_rules`, by region, where it is stated."""
        tier, stated = instance.tables["tiers"].set_index("region")["tier"], instance.tables["tier_rules"].set_index("tier")
        if column not in stated or rule not in (self.rules or (rule,)):
            return pd.Series(dtype=float)
        values = tier.map(stated[column]).reindex(instance.regions.index).dropna()
        return values.astype(float)
