"""Placement: an industry has to stand in a region, may not, or only within bounds. This is how "why here, why not there?" is asked.

Statement, for the stated industry `k` and region `r`::

    min_output <= x[k,r]          x[k,r] <= max_output          (output)

A row exists for each bound that is stated. Comparing the optima with and without the policy gives the loss that the placement causes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, told, unknown


class Placement(Policy):
    """Parameters: `industry`, `region`, and `min_output`, `max_output` or both."""

    family = "placement"
    phrase = "因地制宜, 各地区合理定位"
    serves = (2,)
    title: ClassVar = {"en": "Placement", "zh": "指定布局"}
    words: ClassVar = {
        "before": {"en": "Output before", "zh": "规划前产出"},
        "after": {"en": "Output after", "zh": "规划后产出"},
        "min_output": {"en": "Lowest output", "zh": "产出下限"},
        "max_output": {"en": "Highest output", "zh": "产出上限"},
    }
    advice: ClassVar = {
        "min_output": {"en": "be content with {size} {output}{percent} less of {0} in {1}", "zh": "将{1}的{0}产出下限降低{size} {output}{percent}"},
        "max_output": {"en": "let {1} make {size} {output}{percent} more of {0}", "zh": "将{1}的{0}产出上限提高{size} {output}{percent}"},
    }

    industry: str
    region: str
    min_output: float | None = Field(default=None, ge=0)
    max_output: float | None = Field(default=None, ge=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        yield from unknown([self.industry], instance.industries.index, "industry", self.at(file, "industry"))
        yield from unknown([self.region], instance.regions.index, "region", self.at(file, "region"))
        if not self._bounds():
            yield Fault("states no bound", self.at(file), "Give min_output, max_output or both.")

    def subject(self) -> Sequence[str]:
        return (self.industry, self.region)

    def limit(self, period: Period, block: Any) -> None:
        x = period.b.x[self.industry, self.region]

        @block.Constraint(self._bounds())
        def limit(_: Any, name: str) -> Any:
            return self.min_output <= x if name == "min_output" else x <= self.max_output

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        made = float(plan.output[self.industry, self.region])
        pairs = [(self.min_output, made) if name == "min_output" else (made, self.max_output) for name in self._bounds()]
        return limits(self._bounds(), [use for use, _ in pairs], [bound for _, bound in pairs], [n == "min_output" for n in self._bounds()])

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        cell = plan.cells.loc[[(self.industry, self.region)]]
        figures = (("before", cell["before"]), ("after", cell["output"]))
        return told(*((name, value[value > 0], "{output}") for name, value in figures))

    def _bounds(self) -> list[str]:
        return [name for name in ("min_output", "max_output") if getattr(self, name) is not None]
