"""Infrastructure: a link between two regions, once it is built, makes it cheaper to carry what moves from one to the other.

Statement, for every link e of the table `links`, between its regions o and d, with built[e] in {0,1}::

    H[e] = sum_k h[k] * distance[o,d] * f[k,o,d] + h[k] * distance[d,o] * f[k,d,o]          distance cost on the corridor   (money)
    M[e] = sum_k h[k] * distance[o,d] * movable[k,o] + h[k] * distance[d,o] * movable[k,d]   the most it can be             (money)

    moves     saved[e] <= saving[e] * H[e]                                                  (money)
    opens     saved[e] <= saving[e] * min(most[e], M[e]) * built[e]                         (money)
    budget    sum_e cost[e] * built[e] <= budget                                            (money; where one is stated)

Objective term::

    weight * sum_e (paid * saved[e] - cost[e] * built[e])                                   (money)

    weight          that of relocation_cost in the objective, as a positive number: what is saved counts as what it is saved of
    h[k]            distance_cost[k]                                                        (money/output/1000 km)
    movable[k,r]    the smaller of relocatable_share[k] and exit_share[k,r], times S0[k,r]  (output)
    saving[e]       share of the distance cost that the link saves                          (table `links`)
    most[e]         distance cost that can profit from it in a period; blank: any           (table `links`, money)
    cost[e]         what the link costs, once                                               (table `links`, money)

A link stands from the period on in which it is built, and its cost counts in every period in which it stands; what it saves counts in the
period of the transfer and in every later one: both are the annuity of a sum paid once. Links on one corridor save side by side. This is
fixed-charge network design (Magnanti and Wong 1984) on the corridors of the transfers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from layout_opt.core import Period, linear
from layout_opt.errors import Fault
from layout_opt.flows import Array, counted
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, limits, linked, together, told
from layout_opt.tables import Column, Table, amount, fraction, named


class Infrastructure(Policy):
    """Parameter: `budget`, which the cost of all links that stand may not exceed."""

    family = "infrastructure"
    phrase = "基础设施互联互通"
    serves = (18,)
    title: ClassVar = {"en": "Infrastructure links", "zh": "基础设施互联互通"}
    words: ClassVar = {
        "built": {"en": "Links that stand", "zh": "建成通道"},
        "spending": {"en": "Cost of the links that stand", "zh": "通道建设投资"},
        "saving": {"en": "Transport cost saved, by link", "zh": "各通道节省的运输成本"},
        "budget": {"en": "Budget", "zh": "预算"},
    }
    reads: ClassVar = {"links": ("cost", "saving")}
    tables = (
        Table(
            "links",
            (
                *named("link"),
                Column("origin", refers=("regions",)),
                Column("destination", refers=("regions",)),
                amount("cost", "{money}"),
                fraction("saving"),
                amount("most", "{money}", optional=True),
            ),
        ),
    )

    budget: float | None = Field(default=None, ge=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        links, where = self._links(instance), self.at(file)
        for e in links.index[links["origin"] == links["destination"]]:
            yield Fault("a link of a region with itself", where, "Correct or delete the row of the table `links`.", str(e))
        corridor = [", ".join(sorted(pair)) for pair in zip(links["origin"], links["destination"], strict=True)]
        total = links["saving"].groupby(np.array(corridor, dtype=object)).sum()
        for ends in total.index[total > 1 + 1e-9]:
            yield Fault("the links of a corridor save more than it costs", where, "Their `saving` may sum to 1 at most.", str(ends))

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        most = self._most(instance)
        return Decision("built", most.index, "1", binary=True, lasting=True), Decision("saved", most.index, "{money}", upper=most)

    def contribute(self, period: Period) -> None:
        built, saved, cost = period.decided(self.label, "built"), period.decided(self.label, "saved"), self._links(period.instance)["cost"]
        for n, corridor in enumerate(self._corridors(period.instance).values()):
            period.total(f"{self.label}_H{n}", counted(period.instance.industries["distance_cost"], corridor))
        period.add_term(self.label, linear([period.paid] * len(saved), saved.values()))
        period.add_term(self.label, linear([-cost[e] for e in built], built.values()))

    def limit(self, period: Period, block: Any) -> None:
        built, saved = period.decided(self.label, "built"), period.decided(self.label, "saved")
        links, most, bounds = self._links(period.instance), self._most(period.instance), self._bounds()
        H = {e: period.b.component(f"{self.label}_H{n}") for n, e in enumerate(links.index)}

        @block.Constraint(list(H))
        def moves(_: Any, e: str) -> Any:
            return linear([1.0, -links["saving"][e]], [saved[e], H[e]]) <= 0

        @block.Constraint(list(H))
        def opens(_: Any, e: str) -> Any:
            return linear([1.0, -most[e]], [saved[e], built[e]]) <= 0

        @block.Constraint(list(bounds))
        def limit(_: Any, row: str) -> Any:
            return linear(links["cost"], built.values()) <= bounds[row]

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        return limits(self._bounds(), self._spent(plan).sum(), list(self._bounds().values()))

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        links, most, saved = self._links(plan.instance), self._most(plan.instance), self.decided(plan, "saved")
        moved = plan.moved(plan.instance.industries["distance_cost"]).to_numpy()
        H = [float((corridor * moved).sum()) for corridor in self._corridors(plan.instance).values()]
        return together(
            linked("moves", links.index, saved, links["saving"] * H),
            linked("opens", links.index, saved, most * self.decided(plan, "built")),
        )

    def term_weight(self) -> float | None:
        return -self.objective.relocation_cost

    def value(self, plan: PeriodPlan) -> float:
        return float(plan.paid * self.decided(plan, "saved").sum() - self._spent(plan).sum())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        built, saved = self.decided(plan, "built"), self.decided(plan, "saved")
        return told(("built", built, "1"), ("spending", self._spent(plan), "{money}"), ("saving", saved, "{money}"), above=0.0)

    def _bounds(self) -> dict[str, float]:
        """The row of the limit, where there is one."""
        return {} if self.budget is None else {"budget": self.budget}

    def _spent(self, plan: PeriodPlan) -> pd.Series[float]:
        """cost * built of the statement, by link."""
        return self._links(plan.instance)["cost"] * self.decided(plan, "built")

    def _links(self, instance: Instance) -> pd.DataFrame:
        return instance.tables["links"].set_index("link")

    def _corridors(self, instance: Instance) -> dict[str, Array]:
        """Distances between the two ends of each link, regions x regions, elsewhere 0 (1000 km)."""
        links, km = self._links(instance), instance.distance.to_numpy(dtype=float) / 1000
        ends = [instance.regions.index.isin(pair) for pair in zip(links["origin"], links["destination"], strict=True)]
        return {e: km * np.outer(at, at) for e, at in zip(links.index, ends, strict=True)}

    def _most(self, instance: Instance) -> pd.Series[float]:
        """saving * min(most, M) of the statement, by link."""
        links, share = self._links(instance), instance.fact("relocatable_share").clip(upper=instance.fact("exit_share").fillna(1.0))
        leaving = (share * instance.stock).unstack("region")[instance.regions.index].mul(instance.industries["distance_cost"], axis=0).sum()
        M = pd.Series([float(leaving @ corridor.sum(axis=1)) for corridor in self._corridors(instance).values()], links.index, dtype=float)
        return links["saving"] * (M.clip(upper=links["most"].fillna(np.inf)) if "most" in links else M)
