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
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from pydantic import Field

from layout_opt.core import Cell, Period, by_cell, grouped, linear
from layout_opt.errors import Fault
from layout_opt.flows import Array
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, told, unknown
from layout_opt.tables import Table, amount, key

FITS = 1 + 1e-9  # of a capacity: what is above it is more than rounding


class IndustryLinkage(Policy):
    """Parameters: `weight` of the linkages, money per unit of flow and 1000 km; `resource`, within whose capacity linked industries keep."""

    family = "industry_linkage"
    phrase = "产业链协同, 上下游企业协作"
    serves = (9,)
    title: ClassVar = {"en": "Industry linkage", "zh": "产业链协同"}
    words: ClassVar = {"linkage_cost": {"en": "Cost of linkages, by pair of industries", "zh": "产业联系费用（按产业对）"}}
    reads: ClassVar = {"linkages": ("flow",)}
    tables = (Table("linkages", (key("industry", "industries"), key("partner", "industries"), amount("flow"))),)

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
            listed = instance.tables["capacities"] if {"intensities", "capacities"} <= instance.tables.keys() else None
            known = () if listed is None else dict.fromkeys(listed.loc[listed["place"].isin(instance.regions.index), "resource"])
            at = self.at(file, "resource")
            yield from unknown([self.resource], known, "resource with capacities of regions", at)

    def contribute(self, period: Period) -> None:
        b, instance = period.b, period.instance
        industries, flow = self.industries(instance), self.flow(instance)
        distance = instance.distance.to_numpy() / 1000
        use, cap = self._uses(period), self._capacity(instance, period.year)
        at = {r: n for n, r in enumerate(period.regions)}
        may = {k: [r for r in period.regions if (k, r) in b.w and period.D[k] <= period.top[k, r] * FITS] for k in industries}
        pairs = [(m, n) for m, n in zip(*np.nonzero(np.triu(flow + flow.T, 1)), strict=True)]
        cells, rates = list[tuple[str, str, str, str]](), list[float]()
        for m, n in pairs:
            a, c = industries[m], industries[n]
            for r in may[a]:
                for s in may[c]:
                    if r != s or r not in cap or use[a, r] + use[c, r] <= cap[r] * FITS:
                        cells.append((a, c, r, s))
                        rates.append(flow[m, n] * distance[at[r], at[s]] + flow[n, m] * distance[at[s], at[r]])
        b.add_component(f"{self.label}_z", pyo.Var(cells, within=pyo.NonNegativeReals))
        z = dict(b.component(f"{self.label}_z").items())
        self._link(period, z)
        if cap:
            self._multiply(period, z, use, cap)
        period.add_term(self.label, linear(rates, z.values()))

    def limit(self, period: Period, block: Any) -> None:
        cap, use, linked = self._capacities(period.instance, period.year), self._use(period.instance, period.year), self.industries(period.instance)

        @block.Constraint(list(cap.index))
        def limit(_: Any, r: str) -> Any:
            return linear([use[k, r] for k in linked], [period.b.x[k, r] for k in linked]) <= cap[r]

    def value(self, plan: PeriodPlan) -> float:
        return float(self._carried(plan).sum())

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        cap = self._capacities(plan.instance, plan.year)
        used = (self._use(plan.instance, plan.year).unstack("region") * self._output(plan)).sum() if len(cap) else cap
        return limits(cap.index, [used[r] for r in cap.index], cap.to_numpy())

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
        linked = self.industries(instance)
        wide = instance.tables["linkages"].set_index(["industry", "partner"])["flow"].unstack()
        values: Array = wide.reindex(index=linked, columns=linked).fillna(0.0).to_numpy(dtype=float)
        return values

    def _carried(self, plan: PeriodPlan) -> Array:
        """Flow times distance, linked industries by linked industries (1000 km)."""
        here = self._output(plan) > plan.demand.reindex(self.industries(plan.instance)).to_numpy()[:, None] / 2
        stands = here.to_numpy(dtype=float)
        carried: Array = self.flow(plan.instance) * (stands @ (plan.instance.distance.to_numpy() / 1000) @ stands.T)
        return carried

    def _output(self, plan: PeriodPlan) -> pd.DataFrame:
        return plan.output.unstack("region").loc[self.industries(plan.instance), list(plan.instance.regions.index)]

    def _use(self, instance: Instance, year: int) -> pd.Series[float]:
        """use[k,r,i] of the statement; 0 without a resource."""
        return 0.0 * instance.stock if self.resource is None else instance.use(self.resource, year)

    def _capacities(self, instance: Instance, year: int) -> pd.Series[float]:
        """Cap[i,r] of the statement, for the regions that have one."""
        if self.resource is None:
            return pd.Series(dtype=float)
        cap = instance.capacities(year)
        cap = cap[cap.index.get_level_values("resource") == self.resource].droplevel("resource")
        return cap[cap.index.isin(instance.regions.index)]

    def _capacity(self, instance: Instance, year: int) -> dict[str, float]:
        """The capacities that tighten the relaxation: none where the limit is softened."""
        return {str(r): float(cap) for r, cap in self._capacities(instance, year).items()} if self.penalty is None else {}

    def _uses(self, period: Period) -> dict[Cell, float]:
        """use[k,r,i] * D[k] of the statement."""
        return {kr: use * period.D[kr[0]] for kr, use in by_cell(self._use(period.instance, period.year)).items()}

    def _link(self, period: Period, z: dict[tuple[str, str, str, str], Any]) -> None:
        """The rows `gives`, `takes` and `both`."""
        gives, takes = grouped(z, lambda acrs: acrs[:3]), grouped(z, lambda acrs: (*acrs[:2], acrs[3]))
        both = grouped(z, lambda acrs: acrs[:2])
        b, w = period.b, dict(period.b.w.items())
        stands = {k: [w[k, r] for r in period.regions if (k, r) in w] for k in self.industries(period.instance)}

        def give(_: Any, a: str, c: str, r: str) -> Any:
            return linear([1.0] * len(gives[a, c, r]) + [-1.0], [*gives[a, c, r], w[a, r]]) <= 0

        def take(_: Any, a: str, c: str, s: str) -> Any:
            return linear([1.0] * len(takes[a, c, s]) + [-1.0], [*takes[a, c, s], w[c, s]]) <= 0

        def meet(_: Any, a: str, c: str) -> Any:
            ends = [*stands[a], *stands[c]]
            return linear([-1.0] * len(both[a, c]) + [1.0] * len(ends), [*both[a, c], *ends]) <= 1

        for name, rows, rule in (("gives", gives, give), ("takes", takes, take), ("both", both, meet)):
            b.add_component(f"{self.label}_{name}", pyo.Constraint(list(rows), rule=rule))

    def _multiply(self, period: Period, z: dict[tuple[str, str, str, str], Any], use: dict[Cell, float], cap: dict[str, float]) -> None:
        """The rows `product`."""
        filled = dict[Any, list[tuple[float, Any]]]()
        for (a, c, r, s), v in z.items():
            if s in cap and use[c, s] > 0:
                filled.setdefault((a, r, s), []).append((use[c, s], v))
            if r in cap and use[a, r] > 0:
                filled.setdefault((c, s, r), []).append((use[a, r], v))
        w = period.b.w
        left = {(k, r, s): cap[s] - (use[k, r] if r == s else 0.0) for k, r, s in filled}
        binding = [row for row, parts in filled.items() if sum(size for size, _ in parts) > left[row]]

        def product(_: Any, k: str, r: str, s: str) -> Any:
            sizes, pairs = zip(*filled[k, r, s], strict=True)
            return linear([*sizes, -left[k, r, s]], [*pairs, w[k, r]]) <= 0

        period.b.add_component(f"{self.label}_product", pyo.Constraint(binding, rule=product))
