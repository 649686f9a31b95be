"""A budget for the capital of a period: what is built, opened and moved costs no more in it.

Statement, with share[r] of table `membership` for the regions of the `group` (1 for those of a plate, and for every region where no group is
stated)::

    sum_{k,r} share[r] * (building_cost[k,r] * new[k,r] + project_cost[k,r] * projects[k,r]) + moved <= strictness * budget      (money)

    moved    sum_{k,o,d} share[d] * (relocation_cost[k] + distance_cost[k] * km[o,d] / 1000) * f[k,o,d]: the receiving region pays
    costs    tables `industries` and `cells`
    budget   parameter, the same in every period; or the row of the table `investment` for the year in which the period ends

Sums count whole in the period in which they are spent, whereas the objective counts their annuity. Nothing is carried over: what one period
leaves, the next does not have. The years of the table have to be the ends of the periods: a budget of five years is not one of thirteen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, by_cell, linear, relocation
from layout_opt.errors import Fault, InputError, Place
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, told, unknown_groups
from layout_opt.schema import YEAR
from layout_opt.tables import Table, amount

ROUNDING = 1e-6  # of the budget: less is not left over


class CapitalBudget(Policy):
    """Parameters: `budget` of a period in money (that of the table `investment` where left out); `strictness`, a factor on it; `group`, whose
    investment is limited (the country's where left out)."""

    family = "capital_budget"
    phrase = "政策协调与评估, 定期评估, 及时调整"
    serves = (32,)
    title: ClassVar = {"en": "Capital budget", "zh": "投资预算"}
    words: ClassVar = {
        "by_kind": {"en": "Investment within the budget, by kind", "zh": "预算内投资（按用途）"},
        "by_plate": {"en": "Investment of the country, by plate", "zh": "全国投资（按板块）"},
        "unspent": {"en": "Budget left unspent", "zh": "未使用预算"},
        "nation": {"en": "The whole country", "zh": "全国"},
        "building": {"en": "Building", "zh": "建设"},
        "projects": {"en": "Opening of projects", "zh": "项目开工"},
        "moving": {"en": "Moving", "zh": "搬迁"},
    }
    tables = (Table("investment", (YEAR, amount("budget", "{money}"))),)

    budget: float | None = Field(default=None, ge=0)
    strictness: float = Field(default=1.0, gt=0)
    group: str | None = None

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        yield from unknown_groups([] if self.group is None else [self.group], instance, self.at(file, "group"))
        if self.budget is None and "investment" not in instance.tables:
            what = f"states no budget, and {instance.name} lacks the table 'investment'"
            yield Fault(what, self.at(file, "budget"), "Give the budget of a period, or add the table.")

    def contribute(self, period: Period) -> None:
        share, per_unit = self._share(period.instance).to_numpy(), relocation(period.instance)

        period.total(f"{self.label}_moved", lambda k: per_unit(k) * share)

    def limit(self, period: Period, block: Any) -> None:
        self._refuse_other_years(period)
        share, moved = self._share(period.instance), period.b.component(f"{self.label}_moved")
        build, fixed = by_cell(period.instance.fact("building_cost")), by_cell(period.instance.fact("project_cost"))
        spent = [(build[kr] * share[kr[1]], v) for kr, v in period.b.new.items()]
        spent += [(fixed[kr] * share[kr[1]], v) for kr, v in period.projects.items()]
        costs = [(cost, v) for cost, v in spent if cost > 0]

        @block.Constraint([self._scope()])
        def limit(_: Any, _scope: str) -> Any:
            return linear([1.0, *(cost for cost, _ in costs)], [moved, *(v for _, v in costs)]) <= self._budget(period.instance, period.year)

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        return limits([self._scope()], [float(self._kinds(plan).sum())], [self._budget(plan.instance, plan.year)])

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        kinds = self._kinds(plan)
        plates = spending(plan).sum(axis=1).groupby(plan.instance.regions["plate"], sort=False).sum()
        budget = self._budget(plan.instance, plan.year)
        unspent = pd.Series({self._scope(): budget - float(kinds.sum())})
        return told(
            ("by_kind", kinds[kinds > 0], "{money}"),
            ("by_plate", plates[plates > 0], "{money}"),
            ("unspent", unspent[unspent > ROUNDING * budget], "{money}"),
        )

    def _kinds(self, plan: PeriodPlan) -> pd.Series[float]:
        """What counts against the budget, by kind."""
        return spending(plan).mul(self._share(plan.instance), axis=0).sum()

    def _budget(self, instance: Instance, year: int) -> float:
        """strictness * budget of the statement."""
        if self.budget is not None:
            return self.strictness * self.budget
        return self.strictness * float(instance.tables["investment"].set_index("year")["budget"][year])

    def _refuse_other_years(self, period: Period) -> None:
        """Raises `InputError` where the period has no budget of its own, or a budget is that of a year in which no period ends."""
        if self.budget is not None:
            return
        where, listed = Place("investment", column="year"), [int(year) for year in period.instance.tables["investment"]["year"]]
        start = period.before[-1].year if period.before else period.instance.manifest.base_year
        remedy = f"Plan by the years of the table, or state policies.{self.label}.budget."
        faults = [Fault("a budget, but no period ends in this year", where, remedy, str(year)) for year in listed if start < year < period.year]
        if period.year not in listed:
            faults.append(Fault("no budget for the period that ends in this year", where, remedy, str(period.year)))
        if faults:
            raise InputError(faults=faults)

    def _share(self, instance: Instance) -> pd.Series[float]:
        """share[r] of the statement."""
        if self.group is None:
            return pd.Series(1.0, index=instance.regions.index)
        return instance.share_in(self.group)

    def _scope(self) -> str:
        """The row of the limit."""
        return self.group or "nation"


def spending(plan: PeriodPlan) -> pd.DataFrame:
    """Investment of a period in money, by region and kind: building, projects, moving."""
    cells = plan.cells
    kinds = {
        "building": (plan.instance.fact("building_cost") * cells["built"]).groupby(level="region", sort=False).sum(),
        "projects": (plan.instance.fact("project_cost") * cells["project"]).groupby(level="region", sort=False).sum(),
        "moving": plan.relocation.sum(),
    }
    return pd.DataFrame(kinds).reindex(plan.instance.regions.index).fillna(0.0)
