"""Function relief: core cities give up part of what does not belong to their function, and take in no more of it.

Statement, for the stated core regions r and industries k, with gone[k,r] = out[k,r] + closed[k,r] summed over the periods so far::

    exit    target * sum_k S0[k,r] <= sum_k gone[k,r]               (output; by region)
    exit    target * S0[k,r] <= gone[k,r]                           (output; by industry)
    entry   into[k,r] + new[k,r] <= 0                               (output)

    target    share of the base-year stock S0 that has to leave

A row `exit` exists where there is stock. By region the model chooses which of the industries go first; what leaves is moved to another region
as far as it can move, and closed beyond. The target holds from the first period on. As nothing is received or built in these cells, no project
there is at odds with what leaves, and the policy declares no `exits`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from layout_opt.core import Cell, Period, by_cell, part
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, together, told, unknown


class FunctionRelief(Policy):
    """Parameters: `regions`, the core cities; `industries`, the functions that they give up; `target`, the share of today's output that has to
    leave; `by`, whether the target is that of all these industries together (region) or of each (industry)."""

    family = "function_relief"
    phrase = "疏解非首都功能, 大城市病"
    serves = (7,)
    title: ClassVar = {"en": "Relief of core cities", "zh": "大城市功能疏解"}
    words: ClassVar = {
        "moved": {"en": "Moved away, by industry and core city", "zh": "迁出产出（按产业与核心城市）"},
        "closed": {"en": "Closed, by industry and core city", "zh": "关停产出（按产业与核心城市）"},
        "taken_in": {"en": "Taken in, by core city and destination", "zh": "承接产出（按核心城市与承接地）"},
        "exit": {"en": "What has to leave", "zh": "应疏解产出"},
        "entry": {"en": "Nothing comes in", "zh": "不得新增"},
    }
    advice: ClassVar = {"entry": {"en": "let {0} come to {1}: {size} {output}", "zh": "允许{1}新增{0}：{size} {output}"}}

    regions: tuple[str, ...] = Field(min_length=1)
    industries: tuple[str, ...] = Field(min_length=1)
    target: float = Field(gt=0, le=1)
    by: Literal["region", "industry"] = "region"

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        for kind, key, known in (("region", "regions", instance.regions.index), ("industry", "industries", instance.industries.index)):
            where, named = self.at(file, key), getattr(self, key)
            yield from unknown(named, known, kind, where)
            for name in sorted({name for name in named if named.count(name) > 1}):
                yield Fault(f"the {kind} is named twice", where, "Name each once.", name)
        leaving, where = instance.fact("exit_share").fillna(1.0) * instance.stock, self.at(file, "target")
        for row, cells in self._exits(instance).items():
            most, stock = float(leaving.reindex(cells).sum()), float(instance.stock.reindex(cells).sum())
            if most < self.target * stock * (1 - 1e-9):
                remedy = f"State {most / stock:.4g} at most, or raise exit_share in the table `cells`."
                yield Fault(f"more has to leave than may: {row.partition('|')[2]}", where, remedy, f"{self.target:g}")

    def limit(self, period: Period, block: Any) -> None:
        exits, entries, floors = self._exits(period.instance), self._entries(period.instance), self._floors(period.instance)
        b, so_far = period.b, period.so_far

        @block.Constraint([*exits, *(row for row, kr in entries.items() if kr in b.into or kr in b.new)])
        def limit(_: Any, row: str) -> Any:
            if row in exits:
                return floors[row] <= sum(part(p.b.out, kr) + part(p.b.closed, kr) for p in so_far for kr in exits[row])
            return part(b.into, entries[row]) + part(b.new, entries[row]) <= 0

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        exits, entries, floors = self._exits(plan.instance), self._entries(plan.instance), self._floors(plan.instance)
        arrived = plan.cells["received"] + plan.cells["built"]
        return together(
            limits(exits, [floors[row] for row in exits], [plan.gone.reindex(cells).sum() for cells in exits.values()], floor=True),
            limits(entries, [arrived[kr] for kr in entries.values()], 0.0),
        )

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        cells, flows = plan.cells.reindex(list(self._entries(plan.instance).values())), plan.flows
        taken = flows[flows["origin"].isin(self.regions) & flows["industry"].isin(self.industries)].groupby(["origin", "destination"])["output"].sum()
        figures = (("moved", cells["released"]), ("closed", cells["closed"]), ("taken_in", taken))
        return told(*((name, values[values > 0], "{output}") for name, values in figures))

    def _entries(self, instance: Instance) -> dict[str, Cell]:
        """The rows `entry` and their cells."""
        return {f"entry|{k}|{r}": (k, r) for r in self.regions for k in self.industries}

    def _exits(self, instance: Instance) -> dict[str, list[Cell]]:
        """The rows `exit` and the cells with stock that each sums."""
        stock = by_cell(instance.stock)
        rows: dict[str, list[Cell]] = {}
        for k, r in self._entries(instance).values():
            if stock.get((k, r), 0.0) > 0:
                rows.setdefault(f"exit|{r}" if self.by == "region" else f"exit|{k}|{r}", []).append((k, r))
        return rows

    def _floors(self, instance: Instance) -> dict[str, float]:
        """target * S0 of the statement, by row `exit`."""
        return {row: self.target * float(instance.stock.reindex(cells).sum()) for row, cells in self._exits(instance).items()}
