"""A finished plan as tables: what verification, policies' rechecks, indicators and reports read. No Pyomo, no solver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from layout_opt.instance import Instance

ROUNDING = 1e-9
CELL_COLUMNS = ["before", "output", "released", "received", "built", "closed", "project"]


@dataclass(frozen=True, eq=False)
class PeriodPlan:
    """The plan of one period.

    `cells` is indexed (industry, region) over all cells, with the columns of `CELL_COLUMNS`: output before and after the period, what was
    released to and received from other regions, newly built and closed, and the number of projects. `flows` lists transfers: industry,
    origin, destination, output. `before` holds the earlier periods, in order; `paid` is the number of periods that pay the annuity of this
    period's one-off costs (1: the last period); `added` what policies add to loads, by resource and region, `accounts` what they add to
    `income` and `people`. `decisions` holds what policies decide besides, by label and name, indexed by item (`item`), zeros left out;
    `baseline` the output by cell of the plan that the policy of a label is compared to.
    """

    instance: Instance
    year: int
    cells: pd.DataFrame
    flows: pd.DataFrame
    before: tuple[PeriodPlan, ...] = ()
    paid: int = 1
    added: Mapping[str, pd.Series[float]] = field(default_factory=dict)
    accounts: Mapping[str, pd.Series[float]] = field(default_factory=dict)
    decisions: Mapping[tuple[str, str], pd.Series[float]] = field(default_factory=dict)
    baseline: Mapping[str, pd.Series[float]] = field(default_factory=dict)

    @property
    def output(self) -> pd.Series[float]:
        return self.cells["output"]

    @property
    def so_far(self) -> tuple[PeriodPlan, ...]:
        """The earlier periods and this one."""
        return (*self.before, self)

    @property
    def is_last(self) -> bool:
        """Whether the plan ends with this period."""
        return self.paid == 1

    @cached_property
    def gone(self) -> pd.Series[float]:
        """What was released or closed since the base year, per cell."""
        return sum((p.cells["released"] + p.cells["closed"] for p in self.so_far), 0.0 * self.instance.stock)

    @cached_property
    def demand(self) -> pd.Series[float]:
        return self.instance.demand(self.year)

    @cached_property
    def shortage(self) -> pd.Series[float]:
        """Unmet demand per industry; a billionth of the demand is rounding of the tables, not a shortage."""
        made = self.output.groupby(level="industry", sort=False).sum()
        missing = self.demand - made
        return missing.where(missing > ROUNDING * self.demand, 0.0)

    def load(self, resource: str) -> pd.Series[float]:
        """Use of a resource per region, from the tables: intensity, improvement and regional factor times output, and what policies add."""
        used: pd.Series[float] = (self.instance.use(resource, self.year) * self.output).groupby(level="region", sort=False).sum()
        return used + self.added[resource] if resource in self.added else used

    @property
    def income(self) -> pd.Series[float]:
        """Income per region (money): value added, and what policies add."""
        made: pd.Series[float] = self.value_added.groupby(level="region", sort=False).sum()
        return made + self.accounts["income"] if "income" in self.accounts else made

    @property
    def people(self) -> pd.Series[float]:
        """People per region: the population, and what policies add."""
        population = self.instance.regions["population"]
        return population + self.accounts["people"] if "people" in self.accounts else population

    def moved(self, rate: pd.Series[float], *, so_far: bool = False) -> pd.DataFrame:
        """sum over industries of `rate` times what moves in this period, or in all so far, origins x destinations.

        Industries that `rate` leaves out do not count.
        """
        regions, flows = self.instance.regions.index, pd.concat([p.flows for p in self.so_far]) if so_far else self.flows
        counted = rate.reindex(flows["industry"], fill_value=0.0).to_numpy(dtype=float) * flows["output"].to_numpy(dtype=float)
        sums = pd.Series(counted, pd.MultiIndex.from_frame(flows[["origin", "destination"]])).groupby(level=[0, 1]).sum()
        return pd.DataFrame(sums.unstack().reindex(index=regions, columns=regions).fillna(0.0).astype(float))

    @cached_property
    def relocation(self) -> pd.DataFrame:
        """What moving costs once, origins x destinations: relocation cost, and distance cost times distance (money)."""
        facts = self.instance.industries
        return self.moved(facts["relocation_cost"]) + self.moved(facts["distance_cost"]) * self.instance.distance / 1000

    def decided(self, label: str, name: str, items: pd.Index) -> pd.Series[float]:
        """A decision of the policy of a label, indexed by `items` (names, or tuples of names); 0 where the plan states none."""
        stated = self.decisions.get((label, name), pd.Series(dtype=float))
        return pd.Series(stated.reindex([item(names) for names in items], fill_value=0.0).to_numpy(dtype=float), index=items)

    @cached_property
    def value_added(self) -> pd.Series[float]:
        """Value added per cell."""
        rate = self.instance.industries["value_added_rate"]
        added: pd.Series[float] = self.output * rate.reindex(self.output.index.get_level_values("industry")).to_numpy()
        return added


@dataclass(frozen=True, eq=False)
class Plan:
    """All periods of a plan, in order."""

    instance: Instance
    periods: tuple[PeriodPlan, ...]

    @property
    def last(self) -> PeriodPlan:
        return self.periods[-1]


def by_region(output: pd.Series[float], rate: pd.Series[float]) -> pd.Series[float]:
    """sum over industries of rate times output by cell, per region; industries that `rate` leaves out do not count."""
    counted: pd.Series[float] = output * rate.reindex(output.index.get_level_values("industry"), fill_value=0.0).to_numpy()
    return counted.groupby(level="region", sort=False).sum()


def net_inflow(moved: pd.Series[float], regions: pd.Index) -> pd.Series[float]:
    """Per region what comes less what goes, of what is indexed (origin, destination)."""
    come, go = (moved.groupby(level=end).sum().reindex(regions, fill_value=0.0) for end in ("destination", "origin"))
    return come - go


def item(names: object) -> str:
    """An item of a decision, or a row of a limit, as tables write it: its names joined by '|'."""
    return "|".join(map(str, names)) if isinstance(names, tuple) else str(names)


def plan_from_tables(instance: Instance, tables: Mapping[str, pd.DataFrame]) -> Plan:
    """The plan that the tables `layout`, `transfers`, `decisions` and `baselines` of a run folder state."""
    layout, transfers = tables["layout"], tables["transfers"]
    periods: list[PeriodPlan] = []
    years = sorted(layout["period"].unique())
    for number, year in enumerate(years):
        rows = layout[layout["period"] == year].rename(columns={"output_before": "before", "output_after": "output"})
        cells = rows.set_index(["industry", "region"])[CELL_COLUMNS].reindex(instance.cells, fill_value=0.0)
        flows = transfers.loc[transfers["period"] == year, ["industry", "origin", "destination", "output"]].reset_index(drop=True)
        decided = _by(tables["decisions"], year, ["label", "decision"], ["item"], "value")
        decisions = {(str(label), str(name)): values for (label, name), values in decided}
        baseline = {str(label): values for (label,), values in _by(tables["baselines"], year, ["label"], ["industry", "region"], "output")}
        plan = PeriodPlan(instance, int(year), cells, flows, tuple(periods), len(years) - number, decisions=decisions, baseline=baseline)
        periods.append(plan)
    return Plan(instance, tuple(periods))


def _by(table: pd.DataFrame, year: int, keys: list[str], index: list[str], column: str) -> Iterable[tuple[tuple[object, ...], pd.Series[float]]]:
    """The values of a year, by the keys."""
    rows = table[table["period"] == year]
    for key, group in rows.groupby(keys, sort=False):
        yield key, group.set_index(index if len(index) > 1 else index[0])[column].astype(float)
