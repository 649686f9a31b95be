"""Development intensity: the share of a region's area that may be built on.

Statement, for every region `r`::

    load[land,r] <= strictness * delta[r] * Area[r]

    load[land,r] = sum_k land[k] * phi[r] * x[k,r] + what other policies add      (km2)
    delta[r]     ceiling on the development intensity, Area[r] the region's area  (0..1, km2; table `regions`)

`delta` takes account of the cultivated land that has to be kept; see the instance's notes for how it was set.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, told, unknown


class DevelopmentIntensity(Policy):
    """Parameters: `resource`, the name of the land resource (its unit must be km2); `strictness`, a factor on the ceilings."""

    family = "development_intensity"
    phrase = "严格控制开发强度"
    serves = (3,)
    title: ClassVar = {"en": "Development intensity", "zh": "国土开发强度"}
    words: ClassVar = {
        "intensity": {"en": "Share of the area that is built on", "zh": "国土开发强度"},
        "headroom": {"en": "Land that may still be built on", "zh": "剩余可开发用地"},
    }
    limits_resources = True
    reads: ClassVar = {"regions": ("area", "max_development"), "resources": ("unit",), "intensities": ("intensity", "unit")}

    resource: str = "land"
    strictness: float = Field(default=1.0, gt=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        where = self.at(file, "resource")
        units = instance.resource_units
        yield from unknown([self.resource], units.index, "resource", where)
        if units.get(self.resource, "km2") != "km2":
            yield Fault("units disagree: the area is in km2", where, "Name the land resource, or convert it to km2.", f"{units[self.resource]}")

    def limit(self, period: Period, block: Any) -> None:
        ceiling, load = self.ceiling(period.instance), period.b.load

        @block.Constraint([self.resource], period.regions)
        def limit(_: Any, i: str, r: str) -> Any:
            return load[i, r] <= ceiling[r]

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        ceiling = self.ceiling(plan.instance)
        rows = [(self.resource, r) for r in ceiling.index]
        return limits(rows, plan.load(self.resource)[ceiling.index].to_numpy(), ceiling.to_numpy())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        built, ceiling = plan.load(self.resource), self.ceiling(plan.instance)
        left = (ceiling - built).clip(lower=0.0)
        return told(("intensity", built / plan.instance.regions["area"], "1"), ("headroom", left, "km2"))

    def widened(self, instance: Instance, row: str, year: int, factor: float) -> Instance:
        table = instance.tables["regions"]
        own = table["region"] == row.split("|")[1]
        return instance.having("regions", table.assign(max_development=table["max_development"].mask(own, factor * table["max_development"])))

    def ceiling(self, instance: Instance) -> pd.Series[float]:
        """strictness * delta[r] * Area[r], in km2."""
        return self.strictness * instance.regions["max_development"] * instance.regions["area"]
