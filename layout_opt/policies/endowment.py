"""Endowments: what lives on something that only some regions have (reserves, wind and sun, coast, pasture) grows only where it lies.

Statement, for every industry `k` of the table `endowments` and every region `r`::

    most    x[k,r] <= max(ceiling[k,r], S0[k,r])        where the table has a row                     (output)
            x[k,r] <= S0[k,r]                           where it has none, unless closed = false

    ceiling   the most that the endowment of the region can carry     S0   base-year stock

What stands today may stay, with an endowment or without. Objective term, where `weight` is not 0::

    weight * sum bonus[k,r] * x[k,r]    over the rows of the table    (money; bonus per unit of output, none where blank)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, by_cell, linear
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, told, unknown
from layout_opt.schema import INDUSTRY, REGION
from layout_opt.tables import Table, amount

ROUNDING = 1e-6  # of the ceiling: less is not unused


class Endowment(Policy):
    """Parameters: `industries` (all of the table where left out); `closed`, whether a region without a row is closed to growth; `weight` of the
    bonus term."""

    family = "endowment"
    phrase = "海洋, 冰雪, 清洁能源, 特色农牧"
    serves = (30,)
    title: ClassVar = {"en": "Endowments", "zh": "特色资源禀赋"}
    words: ClassVar = {
        "used": {"en": "Share of the endowment in use", "zh": "禀赋利用率"},
        "unused": {"en": "Endowment left unused", "zh": "未利用禀赋"},
    }
    reads: ClassVar = {"endowments": ("ceiling",)}
    tables = (Table("endowments", (INDUSTRY, REGION, amount("ceiling", "{output}"), amount("bonus", "{money}/{output}", optional=True))),)

    industries: tuple[str, ...] | None = Field(default=None, min_length=1)
    closed: bool = True
    weight: float = Field(default=0.0, ge=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        table = instance.tables["endowments"]
        yield from unknown(self.industries or (), table["industry"].unique(), "industry of endowments", self.at(file, "industries"))
        if self.weight and ("bonus" not in table or not table["bonus"].gt(0).any()):
            what = "the table endowments states no bonus that the weight could count"
            yield Fault(what, self.at(file, "weight"), "Fill its column `bonus`, or leave the weight out.")

    def contribute(self, period: Period) -> None:
        if self.weight:
            bonus = self._rows(period.instance)["bonus"]
            period.add_term(self.label, linear(bonus, [period.b.x[kr] for kr in bonus.index]))

    def limit(self, period: Period, block: Any) -> None:
        x, most = period.b.x, by_cell(self._most(period.instance))

        @block.Constraint(list(most))
        def limit(_: Any, k: str, r: str) -> Any:
            return x[k, r] <= most[k, r]

    def term_weight(self) -> float | None:
        return self.weight or None

    def value(self, plan: PeriodPlan) -> float:
        bonus = self._rows(plan.instance)["bonus"]
        return float((bonus * plan.output.reindex(bonus.index)).sum())

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        most = self._most(plan.instance)
        return limits(most.index, plan.output.reindex(most.index).to_numpy(), most.to_numpy())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        ceiling = self._rows(plan.instance)["ceiling"]
        x = plan.output.reindex(ceiling.index)
        used, unused = x[ceiling > 0] / ceiling[ceiling > 0], ceiling - x
        return told(("used", used[used > 0], "1"), ("unused", unused[unused > ROUNDING * ceiling], "{output}"))

    def _rows(self, instance: Instance) -> pd.DataFrame:
        """Columns ceiling and bonus of the table, by cell, for the stated industries."""
        table = instance.tables["endowments"].set_index(["industry", "region"]).reindex(columns=["ceiling", "bonus"]).astype(float)
        stated = self.industries or tuple(table.index.unique("industry"))
        return table[table.index.get_level_values("industry").isin(stated)].fillna({"bonus": 0.0})

    def _most(self, instance: Instance) -> pd.Series[float]:
        """The right-hand side of the statement, for the cells that have one."""
        rows, stock = self._rows(instance), instance.stock
        if self.closed:
            stock = stock[stock.index.get_level_values("industry").isin(rows.index.unique("industry"))]
        else:
            stock = stock[stock.index.isin(rows.index)]
        return stock.clip(lower=rows["ceiling"].reindex(stock.index, fill_value=0.0))
