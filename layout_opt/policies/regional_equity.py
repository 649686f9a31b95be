"""Regional equity: how far apart the levels of the regions lie counts for the whole country, or has to reach a target.

Statement, a term of the objective, for the level y[r] = income of the region over base[r], for every region `r` with base[r] > 0::

    weight * T                                                                        (1; weight in money)

    maxmin    T = min(ceiling, min_r y[r])                                            what the region that does worst reaches (Rawls 1971)
    range     T = min_r y[r] - max_r y[r]
    hinge     T = - sum_r p[r] * max(0, threshold - y[r] / mean)                      what regions lack of a share of the mean
    theil     T = - sum_r p[r] * phi(y[r] / mean),    phi(u) = u ln u - u + 1         Theil (1967), by tangents

    target    T >= target (maxmin), -T <= target (the others)                         (1)

    income    sum_k x[k,r] (measure output), sum_k va[k] * x[k,r] (value_added) or income[r] of the accounts (income)
    base[r]   the same of the base-year stock, so that y is the growth factor of the region (per = "base"), or the population times the
              national mean per head of the base year, so that y is its level per head against today's mean (per = "population")
    p[r]      base[r] / sum of base
    mean      the level of the country that meets the year's demand, sum_k m[k] * D[k] / sum of base; m[k] = 1 or va[k]

T is the sum of weights q[v] times variables v <= most[v] that rows hold below concave functions of one level each::

    holds     v <= a + b * y[r]                      several rows for each v; the plan makes v as large as they allow

sum_r p[r] * phi(u[r]) is the Theil index where the plan meets the demand and policies only move income between regions (then sum_r p[r] * u[r]
is 1), and convex in any case, since `mean` does not depend on the plan. The tangent at t is u ln t - t + 1. Those at t = sinh((j - 1/2) h)^2,
h^2 = 0.96 * tolerance, j = 1, 2, ..., up to 1 / p[r], and at t = 1, lie below phi by at most tolerance * (1 + u) / 2, hence -T below the Theil
index by at most `tolerance`. The outcome `theil` is exact. Only what is convex can be proved to be the best: a weight below 0 would reward
inequality, and the Gini coefficient or the coefficient of variation are ratios to a mean that the plan decides; they are refused. Levels per head
are counted by the people of the base year, or y[r] would be a ratio of two decisions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import pandas as pd
import pyomo.environ as pyo
from pydantic import Field, field_validator

from layout_opt.core import Period, linear
from layout_opt.errors import Fault
from layout_opt.indicators import Concave, concave, theil
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan, by_region
from layout_opt.policy import Policy, limits, told

OF_ONE_FORM = {"ceiling": "maxmin", "threshold": "hinge", "tolerance": "theil"}


class RegionalEquity(Policy):
    """Parameters: `form` (maxmin, range, hinge or theil); `measure` (output, value_added or income); `per` (base: growth since the base
    year; population: level per head); `weight` of the term in money; `target` of the form; `ceiling` on the worst level (maxmin);
    `threshold`, a share of the mean (hinge, 0.75 where left out); `tolerance` on the Theil index (theil, 0.005 where left out)."""

    family = "regional_equity"
    phrase = "缩小三大差距, 共同富裕"
    serves = (25,)
    title: ClassVar = {"en": "Regional equity", "zh": "区域均衡"}
    words: ClassVar = {
        "level": {"en": "Level of the region", "zh": "地区水平"},
        "worst": {"en": "Level of the worst region", "zh": "最低地区水平"},
        "range": {"en": "Distance of the best from the worst level", "zh": "最高与最低水平之差"},
        "theil": {"en": "Theil index, between and within plates", "zh": "泰尔指数（板块间与板块内）"},
        "target": {"en": "Target", "zh": "目标"},
        "before": {"en": "Base year", "zh": "基年"},
        "after": {"en": "As planned", "zh": "规划"},
        "between": {"en": "Between plates", "zh": "板块间"},
        "within": {"en": "Within plates", "zh": "板块内"},
        "total": {"en": "Total", "zh": "合计"},
    }

    form: Literal["maxmin", "range", "hinge", "theil"] = "maxmin"
    measure: Literal["output", "value_added", "income"] = "value_added"
    per: Literal["base", "population"] = "base"
    weight: float = 1.0
    target: float | None = Field(default=None, ge=0)
    ceiling: float | None = Field(default=None, gt=0)
    threshold: float | None = Field(default=None, gt=0)
    tolerance: float | None = Field(default=None, ge=1e-4, le=0.05)

    @field_validator("form", mode="before")
    @classmethod
    def _convex_form(cls, form: Any) -> Any:
        if form in ("gini", "cv"):
            raise ValueError("is a ratio to a mean that the plan decides, so not convex: use theil or range")
        return form

    @field_validator("weight")
    @classmethod
    def _convex_term(cls, weight: float) -> float:
        if weight < 0:
            raise ValueError("should be greater than or equal to 0: to reward inequality is not convex")
        return weight

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        for name, form in OF_ONE_FORM.items():
            if getattr(self, name) is not None and form != self.form:
                yield Fault(f"only the form {form!r} has it", self.at(file, name), f"Delete the key, or use that form instead of {self.form!r}.")
        if self.weight == 0 and self.target is None:
            yield Fault("a weight of 0 counts for nothing", self.at(file, "weight"), "Give it a weight, or a target.")
        if self.per == "population" and "population" not in instance.regions:
            yield Fault("there is no column 'population' in the table 'regions'", self.at(file, "per"), "Add the column, or use 'base'.")
        elif self._base(instance).empty:
            yield Fault("no region makes anything in the base year", self.at(file), "Drop the policy.")

    def contribute(self, period: Period) -> None:
        T = self._measure(period.instance, period.year)
        v = pyo.Var(list(T.q.index), within=pyo.Reals, bounds=(None, T.most))
        period.b.add_component(f"{self.label}_v", v)
        period.add_term(self.label, linear(T.q, v.values()))

    def limit(self, period: Period, block: Any) -> None:
        v, x, base = period.b.component(f"{self.label}_v"), period.b.x, self._base(period.instance)
        T, m = self._measure(period.instance, period.year), self._rates(period.instance)
        income = {r: period.income(r) if self.measure == "income" else linear(m, [x[k, r] for k in m.index]) for r in base.index}

        def holds(_: Any, name: str, r: str, n: int) -> Any:
            a, b = T.pieces[name, r, n]
            return base[r] * v[name] - b * income[r] <= a * base[r]

        period.b.add_component(f"{self.label}_holds", pyo.Constraint(list(T.pieces), rule=holds))
        rows, least = ([], 0.0) if self.target is None else (["target"], self.target if self.form == "maxmin" else -self.target)

        @block.Constraint(rows)
        def limit(*_: Any) -> Any:
            return linear(T.q, v.values()) >= least

    def value(self, plan: PeriodPlan) -> float:
        return self._measure(plan.instance, plan.year).of(self._levels(plan))

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        if self.target is None:
            return super().recheck(plan)
        T = self.value(plan)
        return limits(["target"], self.target, T, floor=True) if self.form == "maxmin" else limits(["target"], -T, self.target)

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        base, plate = self._base(plan.instance), plan.instance.regions["plate"]
        today = by_region(plan.instance.stock, self._rates(plan.instance))[base.index]
        levels = pd.DataFrame({"before": today / base, "after": self._levels(plan)})
        split = pd.concat({name: pd.Series(theil(y * base, base, plate[base.index])) for name, y in levels.items()})
        return told(("level", levels["after"], "1"), ("worst", levels.min(), "1"), ("range", levels.max() - levels.min(), "1"), ("theil", split, "1"))

    def _measure(self, instance: Instance, year: int) -> Concave:
        """T of the statement."""
        base = self._base(instance)
        mean = float((self._rates(instance) * instance.demand(year)).sum() / base.sum()) or 1.0
        return concave(self.form, base / base.sum(), mean, self.ceiling, self.threshold, self.tolerance)

    def _base(self, instance: Instance) -> pd.Series[float]:
        """base[r] of the statement, for the regions that have one."""
        today = by_region(instance.stock, self._rates(instance))
        if self.per == "population":
            population = instance.regions["population"]
            today = population * float(today.sum()) / float(population.sum())
        return today[today > 0]

    def _levels(self, plan: PeriodPlan) -> pd.Series[float]:
        """y[r] of the statement."""
        base = self._base(plan.instance)
        income = plan.income if self.measure == "income" else by_region(plan.output, self._rates(plan.instance))
        return income.reindex(base.index) / base

    def _rates(self, instance: Instance) -> pd.Series[float]:
        """m[k] of the statement."""
        rate = instance.industries["value_added_rate"]
        return rate * 0 + 1.0 if self.measure == "output" else rate
