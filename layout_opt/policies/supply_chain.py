"""Supply chain: what an industry needs of others is shipped from where they stand, at a freight cost, or brought from outside at a higher one.

Statement, for the industries `k` of the table `freight` (what is shipped) and regions r, s, with the decisions h[k,r,s] >= 0, shipped from
r to s, m[k,s] >= 0, brought from outside the model, and u[k,s] >= 0, what s goes without (output)::

    supply      sum_s h[k,r,s] <= x[k,r]
    need        N[k,s] <= sum_r h[k,r,s] + m[k,s] + u[k,s]
    unmet       sum_s u[k,s] <= short[k]

    N[k,s]    = sum_j c[k,j] * x[j,s] + FD[k] * share[k,s]               what region s needs of k              (output)
    c[k,j]    = a[k,j] * min(1, D[k] / sum_i a[k,i] * D[i])              input of k per unit of j              (output per output)
    FD[k]     = D[k] - sum_j c[k,j] * D[j] >= 0                          national final demand of k            (output)

    imports            sum_s m[k,s] <= import_share[k] * sum_s N[k,s]                                          where import_share is stated
    self_sufficiency   floor * sum_{k, s in g} in[s] * N[k,s] <= sum_{k, r in g, s in g} in[s] * h[k,r,s]      for every stated group g

Objective term::

    weight * (sum freight_cost[k] * distance[r,s] * h[k,r,s] + sum import_cost[k] * m[k,s])                    (money; distance in 1000 km)

    a[k,j]      table `input_coefficients`: supplier k, industry j          D[k]       national demand
    share[k,s]  table `final_demand`, scaled to sum to 1; of an industry without rows by population (base-year value added where there is none)
    in[s]       share of the region in the group (table `membership`; 1 for the regions of a plate)

What is made meets what is needed, in the nation and in every year: where the inputs of the base year would ask for more of k than the nation
demands, users get along with less of it (the row factor of the RAS method; Stone and Brown 1962). Only where it is made, and where used, is open.
Demand that the nation does not meet, short[k], is charged once, by the core: it is neither carried nor brought from outside, and whom it costs
most to reach goes without. Industries that are not shipped (services) need inputs and give none. Of a group's needs counts as its own what any of
its regions ships. Shipments and imports are those of the last year of the period; there are regions squared of them for each industry: provinces,
not counties. Source: the transport model between input-output balances of Leontief and Strout 1963, with the cheapest lanes in place of gravity.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from layout_opt.core import Period, linear, total
from layout_opt.errors import Fault
from layout_opt.flows import Array
from layout_opt.inputs import FINAL_DEMAND, FREIGHT, INPUT_COEFFICIENTS, faults, freight, gaps, met_inside, needs, shipping
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, clusters, limits, linked, together, told, unknown_groups

LITTLE = 1e-6  # of the needs: less is rounding


class SupplyChain(Policy):
    """Parameters: `weight` of the term; `min_self_sufficiency`, by group, the share of its needs that its own regions meet at least."""

    family = "supply_chain"
    phrase = "补链, 上下游企业协作, 产业链协同"
    serves = (9,)
    title: ClassVar = {"en": "Supply chain", "zh": "产业链上下游协作"}
    words: ClassVar = {
        "self_sufficiency": {"en": "Share of needs met by its own output", "zh": "本地配套率"},
        "met_inside": {"en": "Share of needs met inside the group", "zh": "板块和城市群内部配套率"},
        "gap_closed": {"en": "Gap in the chain closed (negative: opened), as a share of needs", "zh": "补链幅度（缺口占需求比重的下降，负值为扩大）"},
        "freight": {"en": "Freight", "zh": "运输费用"},
        "imports": {"en": "Brought from outside", "zh": "外部调入"},
        "unmet": {"en": "Needs that go unmet", "zh": "未满足的需求"},
    }
    reads: ClassVar = {"input_coefficients": ("coefficient",), "freight": ("freight_cost", "import_cost")}
    tables = (INPUT_COEFFICIENTS, FREIGHT, FINAL_DEMAND)

    weight: float = Field(default=-1.0, lt=0)
    min_self_sufficiency: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        yield from unknown_groups(self.min_self_sufficiency, instance, self.at(file, "min_self_sufficiency"))
        yield from faults(instance, self.at(file))

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        regions, shipped = list(instance.regions.index), list(shipping(instance).index)
        lanes = pd.MultiIndex.from_product([shipped, regions, regions], names=["industry", "origin", "destination"])
        ends = pd.MultiIndex.from_product([shipped, regions], names=["industry", "region"])
        return Decision("shipped", lanes, "{output}"), Decision("imported", ends, "{output}"), Decision("unmet", ends, "{output}")

    def contribute(self, period: Period) -> None:
        h, m = (period.decided(self.label, name) for name in ("shipped", "imported"))
        carrying, bringing = freight(period.instance).ravel().tolist(), shipping(period.instance)["import_cost"]
        period.add_term(self.label, linear([*carrying, *(bringing[k] for k, _ in m)], [*h.values(), *m.values()]))

    def limit(self, period: Period, block: Any) -> None:
        regions, x, costs, floors = period.regions, period.b.x, shipping(period.instance), self.min_self_sufficiency
        h, m, u = (dict(period.decided(self.label, name).items()) for name in ("shipped", "imported", "unmet"))
        shipped, share = list(costs.index), costs["import_share"].dropna()
        N = needs(period.instance, costs.index, pd.Series(period.D))

        def needed(parts: pd.DataFrame) -> tuple[Any, float]:
            """sum of parts[k,s] * N[k,s]: what hangs on x, and the rest."""
            rates, rest = N.weighed(parts)
            return linear(rates, [x[js] for js in rates.index]), rest

        @block.Constraint(shipped, regions)
        def supply(_: Any, k: str, r: str) -> Any:
            return total(h[k, r, s] for s in regions) - x[k, r] <= 0

        @block.Constraint(shipped, regions)
        def need(_: Any, k: str, s: str) -> Any:
            inputs, rest = needed(pd.DataFrame(1.0, [k], [s]))
            return inputs - total([*(h[k, r, s] for r in regions), m[k, s], u[k, s]]) <= -rest

        @block.Constraint(shipped)
        def unmet(_: Any, k: str) -> Any:
            return total(u[k, s] for s in regions) - period.b.short[k] <= 0

        @block.Constraint([*(f"imports|{k}" for k in share.index), *(f"self_sufficiency|{group}" for group in floors)])
        def limit(_: Any, row: str) -> Any:
            rule, _bar, name = row.partition("|")
            if rule == "imports":
                inputs, rest = needed(pd.DataFrame(share[name], [name], regions))
                return total(m[name, s] for s in regions) - inputs <= rest
            inside = period.instance.members(name).loc[lambda part: part > 0]
            inputs, rest = needed(pd.DataFrame([floors[name] * inside] * len(shipped), shipped))
            lanes = [(k, r, s) for k in shipped for r in inside.index for s in inside.index]
            return inputs - linear([inside[s] for _, _, s in lanes], [h[lane] for lane in lanes]) <= -rest

    def value(self, plan: PeriodPlan) -> float:
        h, m, *_ = self._chain(plan)
        return float((freight(plan.instance) * h).sum() + m.sum(axis=1) @ shipping(plan.instance)["import_cost"])

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        h, m, u, N = self._chain(plan)
        cells, made = pd.MultiIndex.from_product(N.axes), plan.output.groupby(level="industry").sum()[N.index]
        return together(
            linked("supply", cells, h.sum(axis=2).ravel(), plan.output.reindex(cells).to_numpy()),
            linked("need", cells, N.to_numpy().ravel(), (h.sum(axis=1) + m + u).ravel()),
            linked("unmet", N.index, made + u.sum(axis=1), made.clip(lower=plan.demand[N.index])),
        )

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        (h, m, _, N), floors = self._chain(plan), pd.Series(self.min_self_sufficiency, dtype=float)
        most = (shipping(plan.instance)["import_share"] * N.sum(axis=1)).dropna()
        imported, inside = pd.Series(m.sum(axis=1), N.index)[most.index], plan.instance.shares_in(floors.index)
        return together(
            limits([f"imports|{k}" for k in most.index], imported, most),
            limits([f"self_sufficiency|{group}" for group in floors.index], floors * (N @ inside).sum(), met_inside(h, inside), floor=True),
        )

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        (h, m, u, N), instance, stock = self._chain(plan), plan.instance, plan.instance.stock
        inside = instance.shares_in([*instance.plates, *clusters(instance), *self.min_self_sufficiency])
        need, own = (N @ inside).sum(), pd.Series(np.einsum("krr->r", h), index=N.columns) / N.sum().where(lambda need: need > 0)
        before = needs(instance, N.index, stock.groupby(level="industry", sort=False).sum()).of(stock)
        closed = gaps(before, stock, inside) - gaps(N, plan.output, inside)
        carried, imports, unmet = (pd.Series(part.sum(axis=1), N.index) for part in ((freight(instance) * h).sum(axis=2), m, u))
        return told(
            ("self_sufficiency", own.dropna(), "1"),
            ("met_inside", (met_inside(h, inside) / need)[need > 0], "1"),
            ("gap_closed", closed[closed.abs() > LITTLE], "1"),
            ("freight", carried[carried > 0], "{money}"),
            ("imports", imports[imports > 0], "{output}"),
            ("unmet", unmet[unmet > 0], "{output}"),
        )

    def _chain(self, plan: PeriodPlan) -> tuple[Array, Array, Array, pd.DataFrame]:
        """h[k,r,s], m[k,s], u[k,s] and N[k,s] of a plan."""
        N = needs(plan.instance, shipping(plan.instance).index, plan.demand).of(plan.output)
        h, m, u = (self.decided(plan, name).to_numpy() for name in ("shipped", "imported", "unmet"))
        return h.reshape(*N.shape, N.shape[1]), m.reshape(N.shape), u.reshape(N.shape), N
