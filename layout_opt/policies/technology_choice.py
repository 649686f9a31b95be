"""Choice of technology: output may be made with cleaner technologies, which save resources and cost money; the rest stays conventional.

Statement, for every industry `k`, technology `h` that the table `technology_costs` lists for it, and region `r`, with u[k,h,r] >= 0: output
made with the technology (output)::

    load[i,r] -= sum_{k,h} saving[k,h,i] * use[k,r,i] * u[k,h,r]                    (unit of the resource; table `technology_effects`)

    within      sum_h u[k,h,r] <= x[k,r]                                            (never softened)
    most        u[k,h,r] <= most[k,h] * x[k,r]                                      where most[k,h] < 1 (never softened)
    limit       clean_share * reach[k] * fresh[k,r] <= sum_{h clean} u[k,h,r]       where clean_share > 0

    saving      share of the conventional use that is saved, negative where the technology uses more of the resource
    most        share of the output of a region that can use the technology (1 where the table states none)
    fresh[k,r]  what was received or built since the base year: x[k,r] - S0[k,r] + what was released or closed since then
                (that of an indivisible industry: x[k,r] - S0[k,r], for what it once built it may leave)
    reach[k]    sum_{h clean} most[k,h], at most 1: as far as clean technologies can be used at all

Objective term::

    weight * sum_{k,h,r} cost[k,h] * u[k,h,r]                                       (money a year; table `technology_costs`)

Technologies exclude each other: two of them together are a technology of their own. The limit says that neither relocation nor building brings
the old technology along. It asks for what was built as for what was received, since to close here and to build there would otherwise pass it
by. It can always be met, for what was received or built stays. Costs are yearly, those of equipment as annuities, and u is chosen anew in each
period: an output that may shrink cannot be bound to a technology for good.
Source of the form: technologies as alternative columns of one industry, Carter 1970; Duchin and Levine 2011 (rectangular choice of technology).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, grouped, linear, part, total
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, limits, linked, together, told, unknown
from layout_opt.tables import Column, Table, amount, fraction, key, named


class TechnologyChoice(Policy):
    """Parameters: `technologies` (all where left out); `clean_share`, the share of received and built output that has to be made with clean
    technologies; `resource`, whose cost per unit saved is told; `weight` of the costs."""

    family = "technology_choice"
    phrase = "绿色低碳循环"
    serves = (29,)
    offers = True
    title: ClassVar = {"en": "Technology choice", "zh": "绿色技术选择"}
    words: ClassVar = {
        "used": {"en": "Output made with the technology", "zh": "采用该技术的产出"},
        "saved": {"en": "Resource saved", "zh": "资源节约与减排量"},
        "unit_cost": {"en": "Cost per unit of the resource saved", "zh": "单位减排成本"},
        "spending": {"en": "Cost a year, by region", "zh": "年度成本（按地区）"},
    }
    reads: ClassVar = {"technology_effects": ("saving",), "technology_costs": ("cost",), "intensities": ("intensity",), "resources": ("unit",)}
    tables = (
        Table("technologies", named("technology")),
        Table(
            "technology_effects",
            (key("industry", "industries"), key("technology", "technologies"), key("resource", "resources"), Column("saving", "number", high=1)),
        ),
        Table(
            "technology_costs",
            (
                key("industry", "industries"),
                key("technology", "technologies"),
                amount("cost", "{money}/{output}"),
                fraction("most", optional=True),
                Column("clean", "flag", optional=True, blank=True),
            ),
        ),
    )

    technologies: tuple[str, ...] | None = Field(default=None, min_length=1)
    clean_share: float = Field(default=0.0, ge=0, le=1)
    resource: str | None = None
    weight: float = Field(default=-1.0, le=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        costs, effects = instance.tables["technology_costs"], instance.tables["technology_effects"]
        at = self.at(file, "technologies")
        yield from unknown(self.technologies or (), costs["technology"].unique(), "technology with costs", at)
        listed = set(zip(costs["industry"], costs["technology"], strict=True))
        for k, h in sorted(set(zip(effects["industry"], effects["technology"], strict=True)) - listed):
            yield Fault("saves something, but the table 'technology_costs' has no row of it", at, "Add the row.", f"{k}|{h}")
        saved = effects["resource"].unique()
        yield from unknown([] if self.resource is None else [self.resource], saved, "resource that is saved", self.at(file, "resource"))
        if self.clean_share > 0 and not self._costs(instance)["clean"].any():
            yield Fault("no technology is clean", self.at(file, "clean_share"), "Say which in the table `technology_costs`.")

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        return (Decision("used", self._items(instance), "{output}"),)

    def contribute(self, period: Period) -> None:
        u, costs = period.decided(self.label, "used"), self._costs(period.instance)["cost"]
        period.add_term(self.label, linear([costs[k, h] for k, h, _ in u], u.values()))
        for i in period.instance.tables["technology_effects"]["resource"].unique():
            rates = self._saving(period.instance, i, period.year)
            for r, own in rates[rates != 0].groupby(level="region", sort=False):
                period.add_load(i, str(r), linear(-own, [u[item] for item in own.index]))

    def load(self, plan: PeriodPlan, resource: str) -> pd.Series[float] | None:
        if resource not in set(plan.instance.tables["technology_effects"]["resource"]):
            return None
        saved: pd.Series[float] = self._saving(plan.instance, resource, plan.year) * self.decided(plan, "used")
        return -saved.groupby(level="region", sort=False).sum()

    def limit(self, period: Period, block: Any) -> None:
        x, u, costs, reach = period.b.x, period.decided(self.label, "used"), self._costs(period.instance), self._reach(period.instance)
        share, clean = costs["most"].to_dict(), costs["clean"].to_dict()
        made = grouped(u, lambda khr: (khr[0], khr[2]))

        @block.Constraint(list(made))
        def within(_: Any, k: str, r: str) -> Any:
            return linear([1.0] * len(made[k, r]) + [-1.0], [*made[k, r], x[k, r]]) <= 0

        @block.Constraint([(k, h, r) for k, h, r in u if share[k, h] < 1])
        def most(_: Any, k: str, h: str, r: str) -> Any:
            return linear([1.0, -share[k, h]], [u[k, h, r], x[k, r]]) <= 0

        @block.Constraint([(k, r) for k in reach.index for r in period.regions])
        def limit(_: Any, k: str, r: str) -> Any:
            used = total(u[industry, h, r] for industry, h in costs.index if industry == k and clean[industry, h])
            return self.clean_share * reach[k] * self._fresh(period, k, r) - used <= 0

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        instance, reach = plan.instance, self._reach(plan.instance)
        rows = pd.MultiIndex.from_product([reach.index, instance.regions.index], names=["industry", "region"])
        whole = instance.industries["indivisible"].reindex(instance.cells.get_level_values("industry")).to_numpy(dtype=bool)
        fresh = (plan.output - instance.stock + plan.gone.mask(whole, 0.0)).reindex(rows).to_numpy()
        clean = (self.decided(plan, "used") * self._of(instance, "clean")).groupby(level=["industry", "region"], sort=False).sum().reindex(rows)
        return limits(rows, self.clean_share * reach.reindex(rows.get_level_values("industry")).to_numpy() * fresh, clean.to_numpy(), floor=True)

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        u, most = self.decided(plan, "used"), self._of(plan.instance, "most")
        sums = u.groupby(level=["industry", "region"], sort=False).sum()
        made = pd.Series([plan.output[k, r] for k, _, r in u.index], index=u.index)
        partly = most[most < 1].index
        return together(
            linked("within", sums.index, sums.to_numpy(), plan.output[sums.index].to_numpy()),
            linked("most", partly, u[partly].to_numpy(), (most * made)[partly].to_numpy()),
        )

    def value(self, plan: PeriodPlan) -> float:
        return float((self._of(plan.instance, "cost") * self.decided(plan, "used")).sum())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        instance, u, by = plan.instance, self.decided(plan, "used"), ["industry", "technology"]
        cost, units = self._of(instance, "cost") * u, instance.tables["resources"].set_index("resource")["unit"]
        saved = {i: self._saving(instance, i, plan.year) * u for i in instance.tables["technology_effects"]["resource"].unique()}
        used, spending = u.groupby(level=by, sort=False).sum(), cost.groupby(level="region", sort=False).sum()
        told_of = [("used", used[used > 0], "{output}"), ("spending", spending[spending > 0], "{money}")]
        told_of += [("saved", pd.Series({i: total}), units[i]) for i, s in saved.items() if (total := float(s.sum())) != 0]
        if self.resource is not None:
            less = saved[self.resource].groupby(level=by, sort=False).sum()
            ratio = (cost.groupby(level=by, sort=False).sum() / less)[less > 0]
            told_of.append(("unit_cost", ratio, f"{{money}}/{units[self.resource]}"))
        return told(*told_of)

    def _costs(self, instance: Instance) -> pd.DataFrame:
        """cost, most and clean of the stated technologies, by industry and technology."""
        table = instance.tables["technology_costs"]
        rows = table if self.technologies is None else table[table["technology"].isin(self.technologies)]
        most = rows["most"].fillna(1.0) if "most" in rows else 1.0
        clean = rows.get("clean", False)
        return rows.assign(most=most, clean=clean).set_index(["industry", "technology"])[["cost", "most", "clean"]]

    def _items(self, instance: Instance) -> pd.MultiIndex:
        """(industry, technology, region) of what may be used."""
        cells = [(k, h, r) for k, h in self._costs(instance).index for r in instance.regions.index]
        return pd.MultiIndex.from_tuples(cells, names=["industry", "technology", "region"])

    def _of(self, instance: Instance, column: str) -> pd.Series[float]:
        """A column of the table `technology_costs` for every item."""
        items = self._items(instance)
        return pd.Series(self._costs(instance)[column].reindex(items.droplevel("region")).to_numpy(dtype=float), index=items)

    def _saving(self, instance: Instance, resource: str, year: int) -> pd.Series[float]:
        """saving[k,h,i] * use[k,r,i] of the statement for every item."""
        items, effects = self._items(instance), instance.tables["technology_effects"]
        saving = effects[effects["resource"] == resource].set_index(["industry", "technology"])["saving"].reindex(items.droplevel("region"))
        use = instance.use(resource, year).reindex(items.droplevel("technology"))
        return pd.Series(saving.fillna(0.0).to_numpy() * use.to_numpy(), index=items)

    def _reach(self, instance: Instance) -> pd.Series[float]:
        """reach[k] of the statement, for the industries that have a clean technology; none where no share is asked for."""
        costs = self._costs(instance)
        reach: pd.Series[float] = costs.loc[costs["clean"], "most"].groupby(level="industry", sort=False).sum().clip(upper=1.0)
        return reach[(reach > 0) & (self.clean_share > 0)]

    def _fresh(self, period: Period, k: str, r: str) -> Any:
        """fresh[k,r] of the statement in the model."""
        whole = period.instance.industries["indivisible"][k]
        left = [part(v, (k, r)) for p in ([] if whole else period.so_far) for v in (p.b.out, p.b.closed)]
        return sum(left, period.b.x[k, r] - period.S0[k, r])
