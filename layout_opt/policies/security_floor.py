"""Security floors: enough is made in the country, key regions keep what they make, and no region is too large to be lost.

Statement, for the industries `k` of the table `security` and the cells `k,r` of the table `security_regions`::

    nation    min_share[k] * D[k] <= sum_r x[k,r]                                                              (output)
    keep      floor[k,r] * S0[k,r] <= x[k,r]                                                                   (output)
    without   x[k,r] + short[k] <= (1 - n_minus_1) * D[k]      for every region r, where n_minus_1 is stated   (output)

    min_share   share of the national demand D that has to be made in the country
    floor       share of its base-year output S0 that the region keeps (above 1: it has to grow)
    n_minus_1   share of the demand that is still met when any one region is lost

`without` is the rule n - 1 of power systems: without r the others make sum_s x[k,s] - x[k,r] = D[k] - short[k] - x[k,r], and the rule asks for
n_minus_1 * D[k] of it. Output beyond the demand (`core.demand_margin`) is not counted on. All floors hold in every period.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, linear
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, together, told
from layout_opt.schema import INDUSTRY, REGION
from layout_opt.tables import Table, amount, fraction

DIGITS = 6  # of a share; of regions that are as large, the first counts as the largest


class SecurityFloor(Policy):
    """Parameters: `n_minus_1`, the share of demand that any one region lost has to leave (no such rule where left out)."""

    family = "security_floor"
    phrase = "粮食、生态、边疆安全"
    serves = (26,)
    title: ClassVar = {"en": "Security floor", "zh": "安全底线"}
    words: ClassVar = {
        "cover": {"en": "Demand met by own output", "zh": "自给保障率"},
        "cover_without": {"en": "Demand met without the largest region", "zh": "失去最大产区后的保障率"},
        "kept": {"en": "Output over that of the base year, in regions with a floor", "zh": "设底线地区产出与基年之比"},
        "nation": {"en": "Whole country", "zh": "全国"},
        "keep": {"en": "Kept output", "zh": "保有产出"},
        "without": {"en": "If the region is lost", "zh": "失去该地区后"},
    }
    reads: ClassVar = {"security": ("min_share",)}
    tables = (
        Table("security", (INDUSTRY, fraction("min_share"))),
        Table("security_regions", (INDUSTRY, REGION, amount("floor"))),
    )

    n_minus_1: float | None = Field(default=None, gt=0, lt=1)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        floors = self._floors(instance)
        for k, r in floors.index[instance.stock.reindex(floors.index) == 0]:
            what = "the table security_regions has a floor under what the region does not make"
            yield Fault(what, self.at(file), "Delete the row, or correct the stock.", f"{k}, {r}")

    def limit(self, period: Period, block: Any) -> None:
        x, short, D, rows = period.b.x, period.b.short, period.D, {"|".join(row): row for row in self._rows(period.instance)}
        min_share, keep = self._shares(period.instance), self._kept(period.instance)

        @block.Constraint(list(rows))
        def limit(_: Any, row: str) -> Any:
            rule, k, *r = rows[row]
            if rule == "nation":
                return min_share[k] * D[k] <= linear([1.0] * len(period.regions), [x[k, r] for r in period.regions])
            if rule == "keep":
                return keep[k, *r] <= x[k, *r]
            return linear([1.0, 1.0], [x[k, *r], short[k]]) <= (1 - (self.n_minus_1 or 0.0)) * D[k]

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        x, D, short, shares, keep = plan.output, plan.demand, plan.shortage, self._shares(plan.instance), self._kept(plan.instance)
        made, k = x.groupby(level="industry", sort=False).sum()[shares.index], list(shares.index)
        parts = [
            limits([("nation", name) for name in k], (shares * D[k]).to_numpy(), made.to_numpy(), floor=True),
            limits([("keep", *kr) for kr in keep.index], keep.to_numpy(), x.reindex(keep.index).to_numpy(), floor=True),
        ]
        if self.n_minus_1 is not None:
            left = x.loc[k]
            industry = left.index.get_level_values("industry")
            most = (1 - self.n_minus_1) * D.reindex(industry).to_numpy()
            parts.append(limits([("without", *kr) for kr in left.index], left.to_numpy() + short.reindex(industry).to_numpy(), most))
        return together(*parts)

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        k, keep = [name for name in self._shares(plan.instance).index if plan.demand[name] > 0], self._kept(plan.instance)
        share = plan.output.unstack("region").loc[k].div(plan.demand[k], axis=0)
        cover = share.sum(axis=1)
        largest = pd.MultiIndex.from_arrays([k, list(share.round(DIGITS).idxmax(axis=1))])
        without = pd.Series((cover - share.max(axis=1)).to_numpy(), index=largest)
        kept = plan.output.reindex(keep.index) / plan.instance.stock.reindex(keep.index)
        return told(("cover", cover, "1"), ("cover_without", without, "1"), ("kept", kept, "1"))

    def _rows(self, instance: Instance) -> list[tuple[str, ...]]:
        """The rows of the limit."""
        listed = list(self._shares(instance).index)
        lost = [("without", k, r) for k in listed for r in instance.regions.index] if self.n_minus_1 is not None else []
        return [*(("nation", k) for k in listed), *(("keep", *kr) for kr in self._kept(instance).index), *lost]

    def _shares(self, instance: Instance) -> pd.Series[float]:
        """min_share[k] of the statement."""
        return instance.tables["security"].set_index("industry")["min_share"]

    def _floors(self, instance: Instance) -> pd.Series[float]:
        """floor[k,r] of the statement."""
        table = instance.tables.get("security_regions", pd.DataFrame(columns=["industry", "region", "floor"]))
        return table.set_index(["industry", "region"])["floor"].astype(float)

    def _kept(self, instance: Instance) -> pd.Series[float]:
        """floor[k,r] * S0[k,r] of the statement."""
        floors = self._floors(instance)
        return floors * instance.stock.reindex(floors.index)
