"""Region opening: industries stand only in regions that are opened for them; opening costs money, and only so many regions are opened.

Statement, for the stated industries `k` (all where left out) and every region `r`, with y[r] in {0,1}: the region is open for them::

    opens       x[k,r] <= top[k,r] * y[r]                               (output)

    at_most     sum_r y[r] <= at_most                                   (regions)
    barred      y[r] <= 0                                               where r is no candidate
    capacity    sum_k use[k,r,i] / Cap[i,r] * x[k,r] <= y[r]            where `resource` i is stated and Cap[i,r] > 0     (regions)

Objective term::

    weight * sum_r opening_cost[r] * y[r]                               (money)

Candidates are the regions of the table `openings`; without the table all regions are, at no cost. A region whose capacity is 0 is none. The
cost counts in every period in which the region is in use, with the stock that stands there today as well as with what comes: for a region that
stays in use it is the annuity of a one-off cost. A region in which no stated industry makes more than `IDLE` of its demand is not in use.

This is the facility location problem; with `at_most` = p and no costs it is the p-median problem, for which fewer regions than p are never
better. `capacity` says once more what the family `carrying_capacity` says, but as a share of y: the relaxation cannot open half a region and
use all of it. Source of the form: Cornuéjols, Sridharan and Thizy 1991; ReVelle and Swain 1970 (p-median).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import pandas as pd
import pyomo.environ as pyo
from pydantic import Field

from layout_opt.core import Period, linear
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, told, unknown
from layout_opt.schema import REGION
from layout_opt.tables import Table, amount

IDLE = 1e-6  # of the demand (of 1 where it is smaller): less is rounding


class RegionOpening(Policy):
    """Parameters: `industries` (all where left out); `at_most`, the number of open regions; `resource`, whose capacity open regions have;
    `weight` of the opening costs (that of building_cost, as a rule, where they are one-off sums)."""

    family = "region_opening"
    phrase = "国家级新区, 开发区, 增长极"
    serves = (10,)
    title: ClassVar = {"en": "Region opening", "zh": "新区与开发区设立"}
    words: ClassVar = {
        "opened": {"en": "Open regions", "zh": "启用地区"},
        "opening_cost": {"en": "Cost of opening", "zh": "启用费用"},
        "at_most": {"en": "Number of open regions", "zh": "启用地区数量"},
        "barred": {"en": "No candidate", "zh": "非候选地区"},
        "capacity": {"en": "Capacity of an open region", "zh": "启用地区容量"},
    }
    tables = (Table("openings", (REGION, amount("opening_cost", "{money}"))),)

    industries: tuple[str, ...] | None = Field(default=None, min_length=1)
    at_most: int | None = Field(default=None, ge=0)
    resource: str | None = None
    weight: float = Field(default=-1.0, le=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        named = self.industries or ()
        yield from unknown(named, instance.industries.index, "industry", self.at(file, "industries"))
        if len(set(named)) < len(named):
            yield Fault("an industry is named twice", self.at(file, "industries"), "Name each once.")
        if self.resource is not None:
            known = instance.limited_in_regions()
            yield from unknown([self.resource], known, "resource with capacities of regions", self.at(file, "resource"))

    def contribute(self, period: Period) -> None:
        b, top, industries = period.b, period.top, self._industries(period.instance)
        y = pyo.Var(period.regions, within=pyo.Binary)
        b.add_component(f"{self.label}_y", y)

        def opens(_: Any, k: str, r: str) -> Any:
            return linear([1.0, -top[k, r]], [b.x[k, r], y[r]]) <= 0

        b.add_component(f"{self.label}_opens", pyo.Constraint([(k, r) for k in industries for r in period.regions if top[k, r] > 0], rule=opens))
        period.add_term(self.label, linear(self._cost(period.instance), y.values()))

    def limit(self, period: Period, block: Any) -> None:
        x, y, shares = period.b.x, period.b.component(f"{self.label}_y"), self._shares(period.instance, period.year)

        @block.Constraint(self._rows(period.instance, period.year))
        def limit(_: Any, row: str) -> Any:
            rule, _bar, r = row.partition("|")
            if rule == "at_most":
                return linear([1.0] * len(y), y.values()) <= self.at_most
            if rule == "barred":
                return y[r] <= 0
            return linear([-1.0, *shares[r]], [y[r], *(x[k, r] for k in shares.index)]) <= 0

    def value(self, plan: PeriodPlan) -> float:
        return float((self._cost(plan.instance) * self._open(plan)).sum())

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        y, rows = self._open(plan), self._rows(plan.instance, plan.year)
        used = (self._shares(plan.instance, plan.year) * plan.output.unstack("region")).sum()
        sides: dict[str, tuple[float, float | None]] = {"at_most": (y.sum(), self.at_most)}
        sides |= {f"barred|{r}": (y[r], 0.0) for r in y.index} | {f"capacity|{r}": (used[r], y[r]) for r in used.index}
        return limits(rows, [sides[row][0] for row in rows], [sides[row][1] for row in rows])

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        y = self._open(plan)
        paid = self._cost(plan.instance) * y
        return told(("opened", y[y > 0], "region"), ("opening_cost", paid[paid > 0], "{money}"))

    def _industries(self, instance: Instance) -> list[str]:
        return list(self.industries or instance.industries.index)

    def _cost(self, instance: Instance) -> pd.Series[float]:
        """opening_cost[r] of the statement; 0 where the table has no row."""
        if "openings" not in instance.tables:
            return pd.Series(0.0, index=instance.regions.index)
        return instance.tables["openings"].set_index("region")["opening_cost"].reindex(instance.regions.index, fill_value=0.0)

    def _open(self, plan: PeriodPlan) -> pd.Series[float]:
        """y[r] of the statement: 1 for the regions in use."""
        made = plan.output.unstack("region").loc[self._industries(plan.instance), list(plan.instance.regions.index)]
        return made.gt(IDLE * plan.demand.clip(lower=1.0), axis=0).any().astype(float)

    def _capacity(self, instance: Instance, year: int) -> pd.Series[float]:
        """Cap[i,r] of the statement, for the regions that have one."""
        return pd.Series(dtype=float) if self.resource is None else instance.capacity_of_regions(self.resource, year)

    def _shares(self, instance: Instance, year: int) -> pd.DataFrame:
        """use[k,r,i] / Cap[i,r] of the statement, stated industries by regions with a row `capacity`."""
        if self.resource is None:
            return pd.DataFrame()
        cap = self._capacity(instance, year)
        cap = cap[cap > 0]
        return instance.use(self.resource, year).unstack("region").loc[self._industries(instance), list(cap.index)] / cap

    def _rows(self, instance: Instance, year: int) -> list[str]:
        """The rows of the limit."""
        cap, regions = self._capacity(instance, year), instance.regions.index
        listed = set(instance.tables["openings"]["region"] if "openings" in instance.tables else regions)
        barred = [r for r in regions if r not in listed or cap.get(r) == 0]
        counted = ["at_most"] if self.at_most is not None else []
        return [*counted, *(f"barred|{r}" for r in barred), *(f"capacity|{r}" for r in cap.index[cap > 0])]
