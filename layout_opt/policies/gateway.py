"""Gateways to the world: what is made for export leaves through gateway regions, whose ports and crossings hold only so much, and has to be
carried there.

Statement, for the industries k of the table `exports`, every region r and the gateways g of the table `gateways`::

    export[k,r,g] >= 0                              output of r that leaves through g                (output a year)
    E[k] = export_share[k] * D[k]                   what the world asks for                          (output a year)

    served      sum_{r,g} export[k,r,g] + unserved[k] = E[k]                                         (output)
    supply      sum_g export[k,r,g] <= min(1, concentration * export_share[k]) * x[k,r]              (output)
    capacity    sum_{k,r} export[k,r,g] <= growth * capacity[g]                                      (output; the limit, by g)

Objective term::

    weight * (sum_{k,r,g} freight[k] * distance[r,g] * export[k,r,g] + loss * sum_k unserved[k])     (money a year, weight < 0)

    freight[k]      cost of carrying a unit overland (table `exports`, money/output/1000 km)
    distance[r,g]   1000 km; 0 from a gateway to itself
    loss            what an export that is not served costs (money/output)
    concentration   how many times the nation's share of exports that of a region may be, for regions serve their home market too

Exports are part of the demand of each year, so that nothing is carried over between periods. Which region serves the world, and which the
country, is decided with the layout; with the layout given this is the transportation problem (Hitchcock 1941).
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
from layout_opt.policy import Decision, Policy, limits, linked, together, told
from layout_opt.schema import INDUSTRY, REGION
from layout_opt.tables import Table, amount, fraction

ROUTE = ["industry", "region", "gateway"]


class Gateway(Policy):
    """Parameters: `growth`, a factor on the capacities; `concentration` of exports (where left out, a region may export all that it makes);
    `loss`, money per unit of export that is not served; `weight` of the term."""

    family = "gateway"
    phrase = "一带一路, 对外开放"
    serves = (20,)
    title: ClassVar = {"en": "Gateways to the world", "zh": "对外开放门户"}
    words: ClassVar = {
        "gateway_flow": {"en": "Exports, by gateway", "zh": "出口额（按口岸地区）"},
        "origin_flow": {"en": "Exports, by plate of origin", "zh": "出口额（按来源板块）"},
        "freight": {"en": "Inland freight of exports, by gateway", "zh": "出口内陆运费（按口岸地区）"},
        "unserved": {"en": "Exports not served, by industry", "zh": "未满足的出口（按产业）"},
    }
    reads: ClassVar = {"gateways": ("capacity",), "exports": ("export_share", "freight")}
    tables = (
        Table("gateways", (REGION, amount("capacity", "{output}"))),
        Table("exports", (INDUSTRY, fraction("export_share"), amount("freight", "{money}/{output}/1000 km"))),
    )

    growth: float = Field(default=1.0, gt=0)
    concentration: float | None = Field(default=None, ge=1)
    loss: float = Field(default=1.0, ge=0)
    weight: float = Field(default=-1.0, le=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        where = self.at(file)
        for table, column in (("exports", "export_share"), ("gateways", "capacity")):
            if not instance.tables[table][column].any():
                yield Fault(f"every {column} is 0", where, f"Correct the table `{table}`, or drop the policy.")

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        E, routes = self._exports(instance, year), self._routes(instance, year)
        most = pd.Series(E.reindex(routes.get_level_values("industry")).to_numpy(), routes)
        return Decision("export", routes, "{output}", upper=most), Decision("unserved", E.index, "{output}", upper=E)

    def contribute(self, period: Period) -> None:
        export, unserved = period.decided(self.label, "export"), period.decided(self.label, "unserved")
        period.add_term(self.label, linear(self._freight(period.instance, period.year), export.values()))
        period.add_term(self.label, linear([self.loss] * len(unserved), unserved.values()))

    def limit(self, period: Period, block: Any) -> None:
        export, unserved, x = dict(period.decided(self.label, "export").items()), period.decided(self.label, "unserved"), period.b.x
        E, regions, capacity = self._exports(period.instance, period.year), period.regions, self._capacity(period.instance)
        share = self._share(period.instance)

        @block.Constraint(list(E.index))
        def served(_: Any, k: str) -> Any:
            parts = [unserved[k], *(export[k, r, g] for r in regions for g in capacity.index)]
            return linear([1.0] * len(parts), parts) == E[k]

        @block.Constraint(list(E.index), regions)
        def supply(_: Any, k: str, r: str) -> Any:
            return linear([-share[k]] + [1.0] * len(capacity), [x[k, r], *(export[k, r, g] for g in capacity.index)]) <= 0

        @block.Constraint(list(capacity.index))
        def limit(_: Any, g: str) -> Any:
            parts = [export[k, r, g] for k in E.index for r in regions]
            return linear([1.0] * len(parts), parts) <= capacity[g]

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        capacity, export = self._capacity(plan.instance), self.decided(plan, "export")
        return limits(capacity.index, export.groupby(level="gateway").sum().reindex(capacity.index).to_numpy(), capacity.to_numpy())

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        E, export = self._exports(plan.instance, plan.year), self.decided(plan, "export")
        missed = E - export.groupby(level="industry").sum().reindex(E.index) - self.decided(plan, "unserved")
        sent = export.groupby(level=["industry", "region"], sort=False).sum()
        most = plan.output.unstack("region").mul(self._share(plan.instance), axis=0).stack().reindex(sent.index)
        return together(linked("served", E.index, E + missed.abs(), E), linked("supply", sent.index, sent, most))

    def value(self, plan: PeriodPlan) -> float:
        freight = self._freight(plan.instance, plan.year) * self.decided(plan, "export")
        return float(freight.sum() + self.loss * self.decided(plan, "unserved").sum())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        export, plate = self.decided(plan, "export"), plan.instance.regions["plate"]
        freight = (self._freight(plan.instance, plan.year) * export).groupby(level="gateway").sum()
        through, unserved = export.groupby(level="gateway").sum(), self.decided(plan, "unserved")
        origin = export.groupby(plate.reindex(export.index.get_level_values("region")).to_numpy()).sum()
        flows = ("gateway_flow", through, "{output}"), ("origin_flow", origin, "{output}")
        return told(*flows, ("freight", freight, "{money}"), ("unserved", unserved, "{output}"), above=0.0)

    def _exports(self, instance: Instance, year: int) -> pd.Series[float]:
        """E of the statement, for the industries that export."""
        share = instance.tables["exports"].set_index("industry")["export_share"]
        E = share * instance.demand(year).reindex(share.index)
        return E[E > 0]

    def _share(self, instance: Instance) -> pd.Series[float]:
        """min(1, concentration * export_share) of the statement, by industry."""
        share = instance.tables["exports"].set_index("industry")["export_share"]
        return 0 * share + 1.0 if self.concentration is None else (self.concentration * share).clip(upper=1.0)

    def _capacity(self, instance: Instance) -> pd.Series[float]:
        """growth * capacity of the statement, by gateway."""
        return instance.tables["gateways"].set_index("region")["capacity"] * self.growth

    def _routes(self, instance: Instance, year: int) -> pd.MultiIndex:
        gateways = instance.tables["gateways"]["region"]
        return pd.MultiIndex.from_product([self._exports(instance, year).index, instance.regions.index, gateways], names=ROUTE)

    def _freight(self, instance: Instance, year: int) -> pd.Series[float]:
        """freight * distance of the statement, by route."""
        routes, rate = self._routes(instance, year), instance.tables["exports"].set_index("industry")["freight"]
        km = instance.distance.stack().reindex(routes.droplevel("industry")).to_numpy() / 1000
        return pd.Series(rate.reindex(routes.get_level_values("industry")).to_numpy() * km, routes)
