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

sum_r p[r] * phi(u[r]) is the Theil index where the plan meets the demand and policies only move income between regions, for then
sum_r p[r] * u[r] = 1; it is convex in any case, since `mean` does not depend on the plan. The tangent at t is u ln t - t + 1. With tangents at
t = sinh((j - 1/2) h)^2, h^2 = 0.96 * tolerance, j = 1, 2, ..., up to 1 / p[r], and at t = 1, they lie below phi by at most
tolerance * (1 + u) / 2, hence -T below the Theil index by at most `tolerance`. The outcome `theil` is exact.

Only what is convex can be proved to be the best: a weight below 0 would reward inequality, and the Gini coefficient or the coefficient of
variation are ratios to a mean that the plan decides; they are refused. The people that a level is counted per head of are those of the base
year, or y[r] would be a ratio of two decisions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import pandas as pd
import pyomo.environ as pyo
from pydantic import Field, field_validator

from layout_opt.core import Period, linear
from layout_opt.errors import Fault
from layout_opt.indicators import theil, theil_tangents
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan, by_region
from layout_opt.policy import Policy, limits, told

OF_ONE_FORM = {"ceiling": "maxmin", "threshold": "hinge", "tolerance": "theil"}
THRESHOLD, TOLERANCE = 0.75, 0.005


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
                remedy = f"Delete the key, or use that form instead of {self.form!r}."
                yield Fault(f"only the form {form!r} has it", self.at(file, name), remedy)
        if self.weight == 0 and self.target is None:
            yield Fault("a weight of 0 counts for nothing", self.at(file, "weight"), "Give it a weight, or a target.")
        if self.per == "population" and "population" not in instance.regions:
            remedy = "Add the column, or use 'base'."
            yield Fault("there is no column 'population' in the table 'regions'", self.at(file, "per"), remedy)
        elif self._base(instance).empty:
            yield Fault("no region makes anything in the base year", self.at(file), "Drop the policy.")

    def contribute(self, period: Period) -> None:
        q = self._weights(period.instance)
        v = pyo.Var(list(q.index), within=pyo.Reals, bounds=(None, self._most()))
        period.b.add_component(f"{self.label}_v", v)
        period.add_term(self.label, linear(q, v.values()))

    def limit(self, period: Period, block: Any) -> None:
        v, base = period.b.component(f"{self.label}_v"), self._base(period.instance)
        pieces, income = self._pieces(period.instance, period.year), {r: self._income(period, r) for r in base.index}

        def holds(_: Any, name: str, r: str, n: int) -> Any:
            a, b = pieces[name, r, n]
            if self.measure == "income":
                return base[r] * v[name] - b * income[r] <= a * base[r]
            return linear([base[r], *(-b * c for c in income[r].linear_coefs)], [v[name], *income[r].linear_vars]) <= a * base[r]

        period.b.add_component(f"{self.label}_holds", pyo.Constraint(list(pieces), rule=holds))
        if self.target is not None:
            q, least = self._weights(period.instance), self.target if self.form == "maxmin" else -self.target

            @block.Constraint(["target"])
            def limit(*_: Any) -> Any:
                return linear(q, v.values()) >= least

    def value(self, plan: PeriodPlan) -> float:
        y, pieces = self._levels(plan), self._pieces(plan.instance, plan.year)
        highest = pd.Series({key: a + b * y[key[1]] for key, (a, b) in pieces.items()}).groupby(level=0).min()
        return float((self._weights(plan.instance) * highest.clip(upper=self._most())).sum())

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        if self.target is None:
            return super().recheck(plan)
        if self.form == "maxmin":
            return limits(["target"], self.target, self.value(plan), floor=True)
        return limits(["target"], -self.value(plan), self.target)

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        base, plate = self._base(plan.instance), plan.instance.regions["plate"]
        moments = {"before": self._sums(plan.instance, plan.instance.stock)[base.index] / base, "after": self._levels(plan)}
        split = {name: theil(y * base, base, plate[base.index]) for name, y in moments.items()}
        return told(
            ("level", moments["after"], "1"),
            ("worst", pd.Series({name: y.min() for name, y in moments.items()}), "1"),
            ("range", pd.Series({name: y.max() - y.min() for name, y in moments.items()}), "1"),
            ("theil", pd.Series({(name, part): value for name, parts in split.items() for part, value in parts.items()}), "1"),
        )

    def _pieces(self, instance: Instance, year: int) -> dict[tuple[str, str, int], tuple[float, float]]:
        """a and b of the rows `holds`, by variable, region and number."""
        base = self._base(instance)
        mean = float((self._measure(instance) * instance.demand(year)).sum() / base.sum()) or 1.0
        if self.form == "maxmin":
            return {("worst", r, 1): (0.0, 1.0) for r in base.index}
        if self.form == "range":
            return {(name, r, 1): (0.0, b) for name, b in (("worst", 1.0), ("best", -1.0)) for r in base.index}
        if self.form == "hinge":
            return {(r, r, 1): (-(self.threshold or THRESHOLD), 1 / mean) for r in base.index}
        points = {r: theil_tangents(self.tolerance or TOLERANCE, 1 / p) for r, p in self._weights(instance).items()}
        return {(str(r), str(r), n): (t - 1, -math.log(t) / mean) for r, at in points.items() for n, t in enumerate(at, 1)}

    def _weights(self, instance: Instance) -> pd.Series[float]:
        """q[v] of the statement, by variable."""
        if self.form in ("maxmin", "range"):
            return pd.Series(1.0, index=["worst", "best"][: 1 + (self.form == "range")])
        base = self._base(instance)
        return base / base.sum()

    def _most(self) -> float | None:
        """most[v] of the statement: beside `ceiling` the piece at threshold and the tangent at 1, which are 0."""
        return 0.0 if self.form in ("hinge", "theil") else self.ceiling

    def _base(self, instance: Instance) -> pd.Series[float]:
        """base[r] of the statement, for the regions that have one."""
        today = self._sums(instance, instance.stock)
        if self.per == "population":
            population = instance.regions["population"]
            today = population * float(today.sum()) / float(population.sum())
        return today[today > 0]

    def _income(self, period: Period, r: str) -> Any:
        """The income of the statement, of a region in the model."""
        if self.measure == "income":
            return period.income(r)
        m = self._measure(period.instance)
        return linear(m, [period.b.x[k, r] for k in m.index])

    def _levels(self, plan: PeriodPlan) -> pd.Series[float]:
        """y[r] of the statement."""
        base = self._base(plan.instance)
        income = plan.income if self.measure == "income" else self._sums(plan.instance, plan.output)
        return income.reindex(base.index) / base

    def _sums(self, instance: Instance, output: pd.Series[float]) -> pd.Series[float]:
        """sum_k m[k] * output[k,r] per region."""
        return by_region(output, self._measure(instance))

    def _measure(self, instance: Instance) -> pd.Series[float]:
        rate = instance.industries["value_added_rate"]
        return rate * 0 + 1.0 if self.measure == "output" else rate
