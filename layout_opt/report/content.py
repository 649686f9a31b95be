"""What a run says, as numbers and tables: no words, no language, no layout of a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from layout_opt.plan import Plan, plan_from_tables
from layout_opt.runs import Run

FULL = 1 - 1e-6  # from this share of its capacity on, a resource stands at its cap
OVER = 1 + 1e-6  # above this share, it uses more than its capacity, which no limit of the model forbids
TRIVIAL = 1e-7  # shares of demand or output below this are tolerance of the solver, not a result


@dataclass(frozen=True, eq=False)
class Content:
    """The figures of a run's report, computed from its tables. Sums over periods; `before` is the base year, `after` the last year."""

    run: Run

    @cached_property
    def plan(self) -> Plan:
        return plan_from_tables(self.run.instance, self.run.tables)

    @property
    def transfers(self) -> pd.DataFrame:
        return self.run.tables["transfers"]

    @property
    def year(self) -> int:
        """The last year of the plan."""
        return self.plan.last.year

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Per industry and region: output before and after, change, and what was released, received, built, closed over all periods."""
        before, after = self.run.instance.stock, self.plan.last.output
        frame = pd.DataFrame({"before": before, "after": after, "change": after - before})
        for column in ("released", "received", "built", "closed", "project"):
            frame[column] = sum((p.cells[column] for p in self.plan.periods[1:]), start=self.plan.periods[0].cells[column])
        return frame

    @cached_property
    def advantage(self) -> pd.Series[float]:
        """The index of comparative advantage of every cell."""
        t = self.run.tables["layout"]
        return t[t["period"] == self.year].set_index(["industry", "region"])["advantage"].reindex(self.cells.index)

    @cached_property
    def regions(self) -> pd.DataFrame:
        """`cells` summed over industries, and the net transfer (received less released)."""
        frame = self.cells.groupby(level="region", sort=False).sum()
        frame["net"] = frame["received"] - frame["released"]
        return frame

    @cached_property
    def plates(self) -> pd.DataFrame:
        """`regions` summed over plates, in the order of the instance."""
        plate = self.run.instance.regions["plate"]
        return self.regions.groupby(plate.reindex(self.regions.index)).sum().reindex(self.run.instance.plates)

    @property
    def base_output(self) -> float:
        return float(self.regions["before"].sum())

    @property
    def moved(self) -> float:
        """Output transferred between regions."""
        return float(self.transfers["output"].sum())

    def between(self, origins: tuple[str, ...], destinations: tuple[str, ...]) -> float:
        """Output transferred from some plates to others."""
        t = self.run.tables["plates"]
        return float(t.loc[t["origin_plate"].isin(origins) & t["destination_plate"].isin(destinations), "output"].sum())

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Transfers by pair of regions, the largest first: output and the largest industry."""
        t = self.transfers.sort_values("output", ascending=False, kind="stable")
        grouped = t.groupby(["origin", "destination"], sort=False)
        frame = grouped.agg(output=("output", "sum"), industry=("industry", "first"), plate=("origin_plate", "first")).reset_index()
        return frame.sort_values("output", ascending=False, kind="stable", ignore_index=True)

    @cached_property
    def shortage(self) -> pd.Series[float]:
        """Unmet demand per industry over all periods, the largest first; nothing where it is within the solver's tolerance of that demand."""
        first, *later = self.plan.periods
        missing: pd.Series[float] = sum((p.shortage for p in later), start=first.shortage)
        demand: pd.Series[float] = sum((p.demand for p in later), start=first.demand)
        return missing[missing > 10 * TRIVIAL * demand].sort_values(ascending=False)

    @property
    def shortage_penalty(self) -> float:
        """What the objective is charged per unit of unmet demand."""
        return -float(self.run.definition.objective.shortage)

    @cached_property
    def demand(self) -> float:
        """Demand of all industries over all periods."""
        return float(sum(p.demand.sum() for p in self.plan.periods))

    @cached_property
    def excesses(self) -> pd.DataFrame:
        """Softened limits that the plan exceeds."""
        t = self.run.tables["policies"]
        return t[t["penalty"].notna() & (t["excess"] > TRIVIAL)]

    @cached_property
    def resources(self) -> pd.DataFrame:
        """The table of resources in the last year, with `full` (the place stands at its cap or above) and `over` (above)."""
        t = self.run.tables["resources"]
        t = t[t["period"] == self.year].copy()
        t["full"] = t["utilisation"].fillna(0.0) >= FULL
        t["over"] = t["utilisation"].fillna(0.0) > OVER
        return t

    @cached_property
    def even(self) -> pd.Series[float]:
        """Output after the plan if every region had grown alike in each industry."""
        before, after = (self.cells[c].groupby(level="industry", sort=False).transform("sum") for c in ("before", "after"))
        return self.cells["before"] * (after / before.where(before > 0)).fillna(0.0)

    @cached_property
    def shift(self) -> pd.DataFrame:
        """Output gained (+) or lost (-) against even growth, by industry and plate."""
        plate = self.run.instance.regions["plate"]
        gained = (self.cells["after"] - self.even).rename("shift").reset_index()
        gained["plate"] = plate.reindex(gained["region"]).to_numpy()
        return gained.groupby(["industry", "plate"], sort=False)["shift"].sum().reset_index()

    @cached_property
    def relative(self) -> pd.Series[float]:
        """Change of every cell over its output in the base year; infinite where an industry is new, empty where there is none."""
        c = self.cells
        none = pd.Series(np.where(c["after"] > 0, np.inf, np.nan), index=c.index)
        share: pd.Series[float] = (c["change"] / c["before"].where(c["before"] > 0)).where(c["before"] > 0, none)
        return share

    def nation(self, indicator: str) -> tuple[float, float] | None:
        """An indicator of the country before and after."""
        return self.indicator(indicator, "nation")

    def indicator(self, indicator: str, scope: str) -> tuple[float, float] | None:
        """An indicator before and after; None where the run does not have it."""
        t = self.run.tables["indicators"]
        t = t[(t["indicator"] == indicator) & (t["scope"].astype(str) == scope)]
        return (float(t["before"].iloc[0]), float(t["after"].iloc[0])) if len(t) else None

    @cached_property
    def complementary(self) -> pd.DataFrame:
        """Pairs of regions that became less alike, those that can sell each other most first."""
        t = self.run.tables["complementarity"]
        return t[t["similarity_after"] < t["similarity_before"]].sort_values("net_trade", ascending=False, kind="stable", ignore_index=True)

    @cached_property
    def estimated(self) -> dict[str, tuple[int, int]]:
        """Rows marked as estimated and all rows, per table of the instance."""
        return {name: (int(estimated(table).sum()), len(table)) for name, table in self.run.instance.tables.items()}


def rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table, with a field per column."""
    yield from frame.itertuples(index=False)


def estimated(table: pd.DataFrame) -> pd.Series[bool]:
    """Which rows of a table of the instance are marked as estimated."""
    if "estimated" not in table:
        return pd.Series(False, index=table.index)
    return table["estimated"].map(lambda v: v is True or v == 1 or str(v).lower() in ("yes", "true")).astype(bool)
