"""Regional equity as a max-min: what the region that does worst reaches counts for the whole country.

Statement, a term of the objective (Rawls 1971 as the source of the criterion; linear, so its optimum is proved like any other)::

    weight * z                                       (1; weight in money)

    z <= sum_k m[k] * x[k,r] / base[r]               for every region r with base[r] > 0
    z <= ceiling                                     what lies above it counts no more

    m[k]      1 (measure output) or va[k] (measure value_added)
    base[r]   sum_k m[k] * S0[k,r], so that z is the growth factor of the region that grows least (per = "base"),
              or the population over the national mean per head, so that z is its output or value added per head against today's mean

The rows hold the term together and are no limit: they cannot be softened.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import pandas as pd
import pyomo.environ as pyo
from pydantic import Field

from layout_opt.core import Period, linear
from layout_opt.errors import Fault, Place
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy


class RegionalEquity(Policy):
    """Parameters: `measure` (output or value_added); `per` (base: growth since the base year; population: level per head); `weight` of the
    term in money; `ceiling` on z."""

    family = "regional_equity"
    phrase = "缩小三大差距, 共同富裕"
    serves = (25,)
    title: ClassVar = {"en": "Regional equity", "zh": "区域均衡"}

    measure: Literal["output", "value_added"] = "value_added"
    per: Literal["base", "population"] = "base"
    weight: float = Field(default=1.0, gt=0)
    ceiling: float | None = Field(default=None, gt=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        if self.per == "population" and "population" not in instance.regions:
            where = Place(file, column=f"policies.{self.label}.per")
            yield Fault("there is no column 'population' in the table 'regions'", where, "Add the column, or use 'base'.")
        elif self._base(instance).empty:
            yield Fault("no region makes anything in the base year", Place(file, column=f"policies.{self.label}"), "Drop the policy.")

    def contribute(self, period: Period) -> None:
        b, base, m = period.b, self._base(period.instance), self._measure(period.instance)
        z = pyo.Var(within=pyo.NonNegativeReals, bounds=(0, self.ceiling))
        b.add_component(f"{self.label}_z", z)

        def worst(_: Any, r: str) -> Any:
            return linear([base[r], *(-m[k] for k in m.index)], [z, *(b.x[k, r] for k in m.index)]) <= 0

        b.add_component(f"{self.label}_worst", pyo.Constraint(list(base.index), rule=worst))
        period.add_term(self.label, linear([1.0], [z]))

    def term_weight(self) -> float | None:
        return self.weight

    def value(self, plan: PeriodPlan) -> float:
        base = self._base(plan.instance)
        z = float((self._sums(plan.instance, plan.output).reindex(base.index) / base).min())
        return z if self.ceiling is None else min(z, self.ceiling)

    def _base(self, instance: Instance) -> pd.Series[float]:
        """base[r] of the statement, for the regions that have one."""
        today = self._sums(instance, instance.stock)
        if self.per == "population":
            population = instance.regions["population"]
            today = population * float(today.sum()) / float(population.sum())
        return today[today > 0]

    def _sums(self, instance: Instance, output: pd.Series[float]) -> pd.Series[float]:
        """sum_k m[k] * output[k,r] per region."""
        return output.unstack("region").mul(self._measure(instance), axis=0).sum()

    def _measure(self, instance: Instance) -> pd.Series[float]:
        rate = instance.industries["value_added_rate"]
        return rate if self.measure == "value_added" else rate * 0 + 1.0
