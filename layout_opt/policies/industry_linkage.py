"""Industry linkage: industries that work together should stand near each other, for what they deliver has to be carried.

Statement, a term of the objective, for indivisible industries `a`, `b` and regions `r`, `s`, with w[k,r] in {0,1}: `k` stands in `r`::

    weight * sum over a, b, r, s of flow[a,b] * distance[r,s] * w[a,r] * w[b,s]        (weight in money per unit of flow and 1000 km)

    flow[a,b]       what industry a delivers to its partner b, table `linkages`         (any unit of flow)
    distance[r,s]   from r to s                                                         (1000 km)

It is linear in z[a,b,r,s] >= 0: both stand there, for every unordered pair with a flow in either direction::

    gives     sum_s z[a,b,r,s] <= w[a,r]
    takes     sum_r z[a,b,r,s] <= w[b,s]
    both      sum_r w[a,r] + sum_s w[b,s] - sum_{r,s} z[a,b,r,s] <= 1

and, where `resource` i is stated, the linked industries keep within its capacity (the limit); times w[a,r] this tightens the relaxation::

    limit     sum_k use[k,r,i] * x[k,r] <= Cap[i,r]                                     (unit of the resource; k linked)
    product   sum_b use[b,s,i] * D[b] * z[a,b,r,s] <= (Cap[i,s] - [r = s] * use[a,r,i] * D[a]) * w[a,r]    (where it can bind; not softened)

This is the generalised quadratic assignment problem; the linear form is the level-1 reformulation of Adams and Johnson 1994 (with capacities
Lee and Ma 2004). Industries that can be divided have no one place and are refused; what is not made has no linkages.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from pydantic import Field

from layout_opt.core import Cell, Period, by_cell, grouped, linear, total
from layout_opt.errors import Fault
from layout_opt.flows import Array
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, told, unknown
from layout_opt.schema import INDUSTRY
from layout_opt.tables import Table, amount, key

Quad = tuple[str, str, str, str]
FITS = 1 + 1e-9  # of a capacity: what is above it is more than rounding


class IndustryLinkage(Policy):
    """Parameters: `weight` of the linkages, money per unit of flow and 1000 km; `resource`, within whose capacity linked industries keep."""

    family = "industry_linkage"
    phrase = "产业链协同, 上下游企业协作"
    serves = (9,)
    title: ClassVar = {"en": "Industry linkage", "zh": "产业链协同"}
    words: ClassVar = {"linkage_cost": {"en": "Cost of linkages, by pair of industries", "zh": "产业联系费用（按产业对）"}}
    reads: ClassVar = {"linkages": ("flow",)}
    tables = (Table("linkages", (INDUSTRY, key("partner", "industries"), amount("flow"))),)

    weight: float = Field(default=-1.0, lt=0)
    resource: str | None = None

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        where, table = self.at(file), instance.tables["linkages"]
        for k in self.industries(instance):
            if not instance.industries["indivisible"][k]:
                remedy = "State it as indivisible in the table `industries`, or delete its linkages."
                yield Fault("a linkage of an industry that can be divided, and so has no one place", where, remedy, k)
        for k in table.loc[table["industry"] == table["partner"], "industry"]:
            yield Fault("a linkage of an industry with itself", where, "Delete the row.", k)
        if self.resource is not None:
            known = instance.limited_in_regions()
            yield from unknown([self.resource], known, "resource with capacities of regions", self.at(file, "resource"))

    def contribute(self, period: Period) -> None:
        b, instance, linked, flow = period.b, period.instance, self.industries(period.instance), self.flow(period.instance)
        size = {kr: use * period.D[kr[0]] for kr, use in by_cell(self._use(instance, period.year)).items()}
        cap = dict[Any, float](self._capacity(instance, period.year) if self.penalty is None else {})
        at, km = {r: n for n, r in enumerate(period.regions)}, instance.distance.to_numpy() / 1000
        may = {k: [r for r in period.regions if (k, r) in b.w and period.D[k] <= period.top[k, r] * FITS] for k in linked}
        rates = dict[Quad, float]()
        for m, n in np.argwhere(np.triu(flow + flow.T, 1)):
            a, c = linked[m], linked[n]
            for r, s in product(may[a], may[c]):
                if r != s or r not in cap or size[a, r] + size[c, r] <= cap[r] * FITS:
                    rates[a, c, r, s] = flow[m, n] * km[at[r], at[s]] + flow[n, m] * km[at[s], at[r]]
        b.add_component(f"{self.label}_z", pyo.Var(list(rates), within=pyo.NonNegativeReals))
        z = dict(b.component(f"{self.label}_z").items())
        self._linearise(period, z, size, cap)
        period.add_term(self.label, linear(rates.values(), z.values()))

    def _linearise(self, period: Period, z: dict[Quad, Any], size: dict[Cell, float], cap: dict[Any, float]) -> None:
        """The rows `gives`, `takes`, `both` and `product`."""
        w = dict(period.b.w.items())
        stands = {k: [w[k, r] for r in period.regions if (k, r) in w] for k in self.industries(period.instance)}
        filled = dict[tuple[str, str, str], list[tuple[float, Any]]]()
        for (a, c, r, s), both in z.items():
            for k, here, other, there in ((a, r, c, s), (c, s, a, r)):
                if there in cap and size[other, there] > 0:
                    filled.setdefault((k, here, there), []).append((size[other, there], both))
        left = {(k, r, s): cap[s] - (size[k, r] if r == s else 0.0) for k, r, s in filled}
        binding = {row: parts for row, parts in filled.items() if sum(used for used, _ in parts) > left[row]}
        rows: dict[str, dict[Any, Any]] = {
            "gives": {(a, c, r): total(pairs) - w[a, r] for (a, c, r), pairs in grouped(z, lambda acrs: acrs[:3]).items()},
            "takes": {(a, c, s): total(pairs) - w[c, s] for (a, c, s), pairs in grouped(z, lambda acrs: (*acrs[:2], acrs[3])).items()},
            "both": {(a, c): total([*stands[a], *stands[c]]) - total(pairs) - 1 for (a, c), pairs in grouped(z, lambda acrs: acrs[:2]).items()},
            "product": {row: linear(*zip(*parts, strict=True)) - left[row] * w[row[:2]] for row, parts in binding.items()},
        }
        for name, excess in rows.items():
            period.b.add_component(f"{self.label}_{name}", pyo.Constraint(list(excess), rule=lambda _, *row, own=excess: own[row] <= 0))

    def limit(self, period: Period, block: Any) -> None:
        linked, use = self.industries(period.instance), self._use(period.instance, period.year)
        cap = self._capacity(period.instance, period.year)

        @block.Constraint(list(cap.index))
        def limit(_: Any, r: str) -> Any:
            return linear([use[k, r] for k in linked], [period.b.x[k, r] for k in linked]) <= cap[r]

    def value(self, plan: PeriodPlan) -> float:
        return float(self._carried(plan).sum())

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        cap, linked = self._capacity(plan.instance, plan.year), self.industries(plan.instance)
        used = (self._use(plan.instance, plan.year) * plan.output).unstack("region").loc[linked, list(cap.index)].sum()
        return limits(cap.index, used.to_numpy(), cap.to_numpy())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        carried, linked = self._carried(plan), self.industries(plan.instance)
        both = -self.weight * np.triu(carried + carried.T)
        return told(("linkage_cost", pd.Series({(linked[m], linked[n]): both[m, n] for m, n in np.argwhere(both > 0)}, dtype=float), "{money}"))

    def industries(self, instance: Instance) -> list[str]:
        """The linked industries, in the order of the table `industries`."""
        table = instance.tables["linkages"]
        named = {*table["industry"], *table["partner"]}
        return [k for k in instance.industries.index if k in named]

    def flow(self, instance: Instance) -> Array:
        """flow[a,b] of the statement, linked industries by linked industries."""
        linked, flow = self.industries(instance), instance.tables["linkages"].set_index(["industry", "partner"])["flow"].unstack()
        values: Array = flow.reindex(index=linked, columns=linked).fillna(0.0).to_numpy(dtype=float)
        return values

    def _carried(self, plan: PeriodPlan) -> Array:
        """Flow times distance, linked industries by linked industries (1000 km)."""
        linked, regions = self.industries(plan.instance), list(plan.instance.regions.index)
        stands = (plan.output.unstack("region").loc[linked, regions].gt(plan.demand[linked] / 2, axis=0)).to_numpy(dtype=float)
        carried: Array = self.flow(plan.instance) * (stands @ (plan.instance.distance.to_numpy() / 1000) @ stands.T)
        return carried

    def _use(self, instance: Instance, year: int) -> pd.Series[float]:
        """use[k,r,i] of the statement; 0 without a resource."""
        return 0.0 * instance.stock if self.resource is None else instance.use(self.resource, year)

    def _capacity(self, instance: Instance, year: int) -> pd.Series[float]:
        """Cap[i,r] of the statement, for the regions that have one; none without a resource."""
        return pd.Series(dtype=float) if self.resource is None else instance.capacity_of_regions(self.resource, year)
