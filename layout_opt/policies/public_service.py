"""Equal access to a public service: every region has at least the stated units of it (hospital beds, school places) for each of its people.

Statement, for the stated service and every region `r` that the table `services` lists for it, with added[r] >= 0: what is added to today's
capacity (units of the service; it stays)::

    limit       sigma * people[r] <= capacity[r] + added[r]
    budget      sum_r unit_cost[r] * added[r] <= budget                     (money a year; where stated, and never softened)

    sigma       `standard` (units of the service per person), or `share_of_mean` times today's national mean: the capacities over the
                population of the regions that the table lists
    people[r]   population, and what other policies add: who moves in has to be served

Objective term::

    weight * sum_r unit_cost[r] * added[r]                                  (money a year)

What is added stays in later periods and costs in each of them; `unit_cost` is the yearly cost of a unit, running it and the annuity of building
it. With a budget and a penalty the budget is spent where a unit costs least, and the excess says how much is missing where.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, linear
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, limits, linked, told, unknown
from layout_opt.schema import REGION
from layout_opt.tables import Column, Table, amount, key, same_unit


class PublicService(Policy):
    """Parameters: `service`; either `standard`, units of it per person, or `share_of_mean`, as a share of today's national mean per person;
    `budget`, the most that may be spent in a year; `weight` of the spending."""

    family = "public_service"
    phrase = "公共服务均等化"
    serves = (27,)
    title: ClassVar = {"en": "Public services", "zh": "公共服务均等化"}
    words: ClassVar = {
        "added": {"en": "Capacity added", "zh": "新增服务能力"},
        "cover_before": {"en": "Capacity over the standard, today", "zh": "现状服务能力与标准之比"},
        "cover_after": {"en": "Capacity over the standard, as planned", "zh": "规划服务能力与标准之比"},
        "spending": {"en": "Spending a year", "zh": "年度支出"},
    }
    reads: ClassVar = {"services": ("capacity", "unit", "unit_cost"), "regions": ("population",)}
    tables = (Table("services", (key("service"), REGION, amount("capacity"), Column("unit"), amount("unit_cost", "{money}"))),)

    service: str
    standard: float | None = Field(default=None, gt=0)
    share_of_mean: float | None = Field(default=None, gt=0)
    budget: float | None = Field(default=None, ge=0)
    weight: float = Field(default=-1.0, le=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        services = instance.tables["services"]
        yield from unknown([self.service], services["service"].unique(), "service", self.at(file, "service"))
        first, *others = services.loc[services["service"] == self.service, "unit"].unique() or [""]
        for unit in [u for u in others if not same_unit(u, first)]:
            yield Fault("units disagree in the table 'services'", self.at(file, "service"), f"Convert its rows to {first!r}.", unit)
        if (self.standard is None) == (self.share_of_mean is None):
            yield Fault("needs one standard", self.at(file), "Give either `standard` or `share_of_mean`.")
        elif self.standard is None and self.service in list(services["service"]) and not self._rows(instance)["capacity"].any():
            yield Fault("there is no capacity to take the mean of", self.at(file, "share_of_mean"), "Give `standard`.")

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        rows = self._rows(instance)
        return (Decision("added", rows.index, str(rows["unit"].iloc[0]), lasting=True),)

    def contribute(self, period: Period) -> None:
        period.add_term(self.label, self._spending(period))

    def limit(self, period: Period, block: Any) -> None:
        capacity, sigma = self._rows(period.instance)["capacity"], self._sigma(period.instance)
        added = period.decided(self.label, "added")

        @block.Constraint(list(capacity.index))
        def limit(_: Any, r: str) -> Any:
            return sigma * period.people(r) - added[r] <= capacity[r]

        @block.Constraint([] if self.budget is None else ["nation"])
        def budget(_: Any, _all: str) -> Any:
            return self._spending(period) <= self.budget

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        capacity = self._rows(plan.instance)["capacity"]
        needed = self._sigma(plan.instance) * plan.people[capacity.index]
        return limits(capacity.index, needed.to_numpy(), (capacity + self._added(plan)).to_numpy(), floor=True)

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        return linked("budget", [] if self.budget is None else ["nation"], self.value(plan), self.budget)

    def value(self, plan: PeriodPlan) -> float:
        return float((self._rows(plan.instance)["unit_cost"] * self._added(plan)).sum())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        rows, added, sigma = self._rows(plan.instance), self._added(plan), self._sigma(plan.instance)
        people, spending = plan.people[rows.index], rows["unit_cost"] * added
        today = rows["capacity"] / (sigma * plan.instance.regions["population"][rows.index])
        return told(
            ("added", added[added > 0], str(rows["unit"].iloc[0])),
            ("cover_before", today, "1"),
            ("cover_after", ((rows["capacity"] + added) / (sigma * people))[people > 0], "1"),
            ("spending", spending[spending > 0], "{money}"),
        )

    def _rows(self, instance: Instance) -> pd.DataFrame:
        """The rows of the service, by region."""
        services = instance.tables["services"]
        return services[services["service"] == self.service].set_index("region")

    def _sigma(self, instance: Instance) -> float:
        """sigma of the statement."""
        rows = self._rows(instance)
        mean = float(rows["capacity"].sum() / instance.regions["population"][rows.index].sum())
        return self.standard if self.standard is not None else (self.share_of_mean or 0.0) * mean

    def _spending(self, period: Period) -> Any:
        added = period.decided(self.label, "added")
        return linear(self._rows(period.instance)["unit_cost"], added.values())

    def _added(self, plan: PeriodPlan) -> pd.Series[float]:
        """added[r] of the statement in a plan."""
        return plan.decided(self.label, "added", self._rows(plan.instance).index)
