"""Targets for transfers between groups of regions: at least, or at most, so much moves from one side to the other.

Statement, for the stated industries `k` (all where left out), origins `o` and destinations `d` in the stated groups::

    T  = sum_{k,o,d,t} m[k] * share[o] * share[d] * f[k,o,d,t]      over the periods t so far (output, or money where the measure is value_added)
    T0 = sum_{k,o} m[k] * share[o] * S0[k,o]                        the same of the base-year stock of the origins

    min_amount:  min_amount <= T           max_amount:  T <= max_amount
    min_share:   min_share * T0 <= T       max_share:   T <= max_share * T0

    m[k]      1 (measure output) or va[k] (measure value_added)
    share[r]  share of the region in the group of its side, the largest of several (table `membership`; 1 for the regions of a plate)

What has moved since the base year counts: ceilings hold in every period, floors are due by the end of the plan. When they are served, by which
regions and with which industries, the model decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from layout_opt.core import Period, linear
from layout_opt.errors import Fault
from layout_opt.flows import Array
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, told, unknown, unknown_groups

BOUNDS = ("min_amount", "max_amount", "min_share", "max_share")


class TransferTarget(Policy):
    """Parameters: `origins` and `destinations`, groups; `industries` (all where left out); `measure` (output or value_added); one or more of
    min_amount, max_amount (in the unit of the measure), min_share, max_share (of the base-year stock of the origins)."""

    family = "transfer_target"
    phrase = "承接东部产业转移, 东中西部产业协作"
    serves = (6,)
    title: ClassVar = {"en": "Transfer target", "zh": "产业转移目标"}
    words: ClassVar = {
        "transferred": {"en": "Transferred, by industry", "zh": "转移量（按产业）"},
        "min_amount": {"en": "Least amount", "zh": "转移量下限"},
        "max_amount": {"en": "Largest amount", "zh": "转移量上限"},
        "min_share": {"en": "Least share of the origins", "zh": "占迁出地产出比重下限"},
        "max_share": {"en": "Largest share of the origins", "zh": "占迁出地产出比重上限"},
    }

    origins: tuple[str, ...] = Field(min_length=1)
    destinations: tuple[str, ...] = Field(min_length=1)
    industries: tuple[str, ...] | None = Field(default=None, min_length=1)
    measure: Literal["output", "value_added"] = "output"
    min_amount: float | None = Field(default=None, ge=0)
    max_amount: float | None = Field(default=None, ge=0)
    min_share: float | None = Field(default=None, ge=0, le=1)
    max_share: float | None = Field(default=None, ge=0, le=1)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        yield from unknown_groups(self.origins, instance, self.at(file, "origins"))
        yield from unknown_groups(self.destinations, instance, self.at(file, "destinations"))
        yield from unknown(self.industries or (), instance.industries.index, "industry", self.at(file, "industries"))
        if not self._bounds():
            yield Fault("states no bound", self.at(file), f"Give one of {', '.join(BOUNDS)}.")

    def contribute(self, period: Period) -> None:
        m, pairs = self._measure(period.instance), self._pairs(period.instance).to_numpy()

        def counted(k: str) -> Array:
            rate: Array = m.get(k, 0.0) * pairs
            return rate

        period.total(f"{self.label}_T", counted)

    def subject(self) -> Sequence[str]:
        return (*self.origins, *self.destinations, *(self.industries or ()))

    def limit(self, period: Period, block: Any) -> None:
        totals, scale = [p.b.component(f"{self.label}_T") for p in period.so_far], self._scales(period)

        @block.Constraint(list(scale))
        def limit(_: Any, name: str) -> Any:
            T = linear([1.0] * len(totals), totals)
            return scale[name] <= T if name.startswith("min") else scale[name] >= T

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        T, scale = float(sum(self._moved(p).sum() for p in plan.so_far)), self._scales(plan)
        floor = [name.startswith("min") for name in scale]
        sides = [(value, T) if low else (T, value) for low, value in zip(floor, scale.values(), strict=True)]
        return limits(scale, [use for use, _ in sides], [bound for _, bound in sides], floor)

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        moved = self._moved(plan).groupby(plan.flows["industry"], sort=False).sum()
        return told(("transferred", moved[moved > 0], "{output}" if self.measure == "output" else "{money}"))

    def _moved(self, plan: PeriodPlan) -> pd.Series[float]:
        """The terms of T, transfer by transfer."""
        flows, pairs = plan.flows, self._pairs(plan.instance)
        share = [pairs.at[o, d] for o, d in zip(flows["origin"], flows["destination"], strict=True)]
        m = self._measure(plan.instance).reindex(flows["industry"], fill_value=0.0).to_numpy()
        return pd.Series(m * np.array(share, dtype=float) * flows["output"].to_numpy(dtype=float), index=flows.index)

    def _scales(self, period: Period | PeriodPlan) -> dict[str, float]:
        """The number that each stated bound holds T to, of the bounds that hold in a period."""
        instance, due = period.instance, [name for name in self._bounds() if name.startswith("max") or period.is_last]
        stock = instance.stock.unstack("region").mul(self._measure(instance), axis=0).sum()
        T0 = float((stock * self._shares(instance, self.origins)).sum())
        return {name: getattr(self, name) * (T0 if name.endswith("share") else 1.0) for name in due}

    def _pairs(self, instance: Instance) -> pd.DataFrame:
        """share[o] * share[d] of the statement, regions x regions."""
        origins, destinations = self._shares(instance, self.origins), self._shares(instance, self.destinations)
        return pd.DataFrame(np.outer(origins, destinations), origins.index, destinations.index)

    def _shares(self, instance: Instance, groups: tuple[str, ...]) -> pd.Series[float]:
        parts = [instance.share_in(group) for group in groups]
        return pd.concat(parts, axis=1).max(axis=1)

    def _measure(self, instance: Instance) -> pd.Series[float]:
        rate = instance.industries["value_added_rate"]
        rate = rate if self.measure == "value_added" else rate * 0 + 1.0
        return rate[list(self.industries or rate.index)]

    def _bounds(self) -> list[str]:
        return [name for name in BOUNDS if getattr(self, name) is not None]
