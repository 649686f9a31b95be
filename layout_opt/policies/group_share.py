"""Floors and ceilings on what a group of regions makes: a plate, a basin, a cluster, a strategy. Groups overlap freely.

Statement, with the measure m[k] = 1 (output) or va[k] (value added) over the stated industries, and share[r] of table `membership`
(1 for the regions of a plate)::

    G  = sum_{r in group} share[r] * sum_k m[k] * x[k,r],   T = sum_r sum_k m[k] * x[k,r]
    G0, T0 the same of the base-year stock

    min_share:   min_share * T <= G          max_share:   G <= max_share * T
    min_growth:  (1 + min_growth) * G0 <= G  max_growth:  G <= (1 + max_growth) * G0
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, linear
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, told, unknown, unknown_groups

BOUNDS = ("min_share", "max_share", "min_growth", "max_growth")


class GroupShare(Policy):
    """Parameters: `group`; `measure` (output or value_added); `industries` (all where left out); one or more of min_share, max_share,
    min_growth, max_growth (shares of the national total, growth over the base year: 0.2 is +20 %)."""

    family = "group_share"
    phrase = "四大板块, 重大战略叠加"
    serves = (12,)
    title: ClassVar = {"en": "Group share", "zh": "板块与战略区域份额"}
    words: ClassVar = {
        "amount": {"en": "What the group makes", "zh": "区域总量"},
        "share": {"en": "Share of the nation", "zh": "占全国份额"},
        "share_before": {"en": "Share of the nation in the base year", "zh": "基年占全国份额"},
        "min_share": {"en": "Lowest share of the nation", "zh": "占全国份额下限"},
        "max_share": {"en": "Highest share of the nation", "zh": "占全国份额上限"},
        "min_growth": {"en": "Lowest growth", "zh": "增长下限"},
        "max_growth": {"en": "Highest growth", "zh": "增长上限"},
    }

    group: str
    measure: Literal["output", "value_added"] = "value_added"
    industries: tuple[str, ...] | None = Field(default=None, min_length=1)
    min_share: float | None = Field(default=None, ge=0, le=1)
    max_share: float | None = Field(default=None, ge=0, le=1)
    min_growth: float | None = Field(default=None, ge=-1)
    max_growth: float | None = Field(default=None, ge=-1)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        yield from unknown_groups([self.group], instance, self.at(file, "group"))
        yield from unknown(self.industries or (), instance.industries.index, "industry", self.at(file, "industries"))
        if len(set(self.industries or ())) < len(self.industries or ()):
            yield Fault("an industry is named twice", self.at(file, "industries"), "Name each once.")
        if not self._bounds():
            yield Fault("states no bound", self.at(file), f"Give one of {', '.join(BOUNDS)}.")

    def subject(self) -> Sequence[str]:
        return (self.group, *(self.industries or ()))

    def limit(self, period: Period, block: Any) -> None:
        x, S0, m = period.b.x, period.S0, self._measure(period.instance)
        share = period.instance.members(self.group)
        inside = [(k, r) for k in m.index for r in share.index]
        G = linear([m[k] * share[r] for k, r in inside], [x[kr] for kr in inside])
        T = linear([m[k] for k in m.index for _ in period.regions], [x[k, r] for k in m.index for r in period.regions])
        G0 = sum(m[k] * share[r] * S0[k, r] for k, r in inside)

        @block.Constraint(list(self._bounds()))
        def limit(_: Any, name: str) -> Any:
            bound = getattr(self, name)
            scale = bound * T if name.endswith("share") else (1 + bound) * G0
            return scale <= G if name.startswith("min") else scale >= G

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        (group, total), (before, _) = self._sums(plan.instance, plan.output), self._sums(plan.instance, plan.instance.stock)
        pairs = []
        for name in self._bounds():
            bound = getattr(self, name)
            scale = bound * total if name.endswith("share") else (1 + bound) * before
            pairs.append((scale, group) if name.startswith("min") else (group, scale))
        floor = [name.startswith("min") for name in self._bounds()]
        return limits(self._bounds(), [use for use, _ in pairs], [bound for _, bound in pairs], floor)

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        made, total = self._sums(plan.instance, plan.output)
        before, total_before = self._sums(plan.instance, plan.instance.stock)
        figures = {
            "amount": (made, "{output}" if self.measure == "output" else "{money}"),
            "share": (made / total if total else 0.0, "1"),
            "share_before": (before / total_before if total_before else 0.0, "1"),
        }
        return told(*((name, pd.Series({self.group: value}), unit) for name, (value, unit) in figures.items() if value))

    def _sums(self, instance: Instance, output: pd.Series[float]) -> tuple[float, float]:
        """(G, T) of the statement for an output by cell."""
        by_region = output.unstack("region").mul(self._measure(instance), axis=0).sum()
        share = instance.members(self.group)
        return float((by_region[share.index] * share).sum()), float(by_region.sum())

    def _bounds(self) -> list[str]:
        return [name for name in BOUNDS if getattr(self, name) is not None]

    def _measure(self, instance: Instance) -> pd.Series[float]:
        rate = instance.industries["value_added_rate"]
        rate = rate if self.measure == "value_added" else rate * 0 + 1.0
        return rate[list(self.industries or rate.index)]
