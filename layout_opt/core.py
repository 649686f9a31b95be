"""The vocabulary that every policy speaks: the sets, variables and balances of one period, and the expressions policies add to.

Sets and facts (money and output in the instance's units)::

    k, r, o, d, i       industry, region, origin, destination, resource
    S[k,r]              output at the start of the period (the stock; the x of the period before)
    D[k]                national demand in the last year of the period
    va[k]               value added per unit of output
    e[k,i] * phi[r,i]   use of resource i per unit of output in region r
    share[k]            share of the base-year stock that can move over the whole plan
    lot[k]              smallest project
    top[k,r]            highest output of the cell
    exit[k,r]           existing output that policies force out of the cell

Variables of a period, all >= 0::

    x[k,r]              output at the end            out[k,r], into[k,r]   released to, received from other regions
    new[k,r], closed    built, closed                f[k,o,d]              transfer, o != d
    w[k,r] in {0,1}     a project is received or built (indivisible industry: the industry stands here)
    short[k]            unmet demand                 load[i,r]             use of a resource

Balances::

    balance      x[k,r] = S[k,r] - out[k,r] - closed[k,r] + into[k,r] + new[k,r]
    departures   out[k,o] = sum_d f[k,o,d]
    arrivals     into[k,d] = sum_o f[k,o,d]
    stay         out[k,r] + closed[k,r] <= S[k,r]
    release      sum of out[k,r] over the periods so far <= share[k] * S0[k,r]
    demand       D[k] <= sum_r x[k,r] + short[k] <= (1 + margin) * D[k]
    least        lot[k] * w[k,r] <= into[k,r] + new[k,r]                      where lot[k] > 0
    most         into[k,r] + new[k,r] <= room[k,r] * w[k,r]                   where lot[k] > 0; room[k,r] = top[k,r] - S0[k,r] + exit[k,r],
                 or top[k,r] from the second period on and with round trips
    one_way      out[k,r] + closed[k,r] <= S[k,r] * (1 - w[k,r]) + exit[k,r] * w[k,r]    where lot[k] > 0, unless round trips are allowed
    whole        x[k,r] = D[k] * w[k,r]                                       for indivisible k
    starts       started[k,r] >= w[k,r] - w[k,r] of the period before         for indivisible k, from the second period on
    use          load[i,r] = sum_k e[k,i] * phi[r,i] * x[k,r] + what policies add

A project is w[k,r]; of an indivisible industry only where it did not stand before (started[k,r] from the second period on). Its fixed cost is
paid once.
`top[k,r]` is D[k] * (1 + margin), with a growth rule at most max(growth[k] * S0[k,r] * D[k] / sum_r S0[k,r], entry * D[k]), and never below
S0[k,r]; the growth rule passes over indivisible industries and those without stock.
With several periods, the values of each period's last year count once, and a one-off cost (moving, building, a project, closing) is paid by its
annuity in the period in which it is made and in every later one. Only the core links periods. Industries without a lot expand by any
amount and need no w.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyomo.environ as pyo
from pyomo.core.expr import LinearExpression

from layout_opt.definition import Core
from layout_opt.instance import Instance

Cell = tuple[str, str]


def linear(coefficients: Any, variables: Any) -> LinearExpression:
    """A linear expression from coefficient and variable lists: what `sum(c * v)` says, built without an object per term."""
    return LinearExpression(constant=0.0, linear_coefs=list(coefficients), linear_vars=list(variables))


def part(variable: Any, index: Any) -> Any:
    """The variable at an index; 0 where it has no such index (sparse variables)."""
    return variable[index] if index in variable else 0.0  # noqa: SIM401 - Pyomo's variables have no `get`


@dataclass(eq=False)
class Period:
    """One period of the model under construction: its Pyomo block and the facts that policies read beside it.

    `b` holds the variables of the module's statement by name; `S` maps cells to the stock at the start (numbers, or the variables of
    the period before); `S0` is the base-year stock; `top` the highest output; `room` what the cell may receive and build; `exits` what
    policies force out; `before` the earlier periods; `paid` the number of periods that pay the annuity of this period's one-off costs.
    Policies add to `loads` and `terms` before any limit is stated.
    """

    instance: Instance
    year: int
    b: Any
    S: Mapping[Cell, Any]
    S0: Mapping[Cell, float]
    D: Mapping[str, float]
    top: Mapping[Cell, float]
    room: Mapping[Cell, float]
    industries: list[str]
    regions: list[str]
    resources: list[str]
    paid: int = 1
    before: list[Period] = field(default_factory=list)
    exits: Mapping[Cell, float] = field(default_factory=dict)
    terms: dict[str, Any] = field(default_factory=dict)
    loads: dict[tuple[str, str], list[Any]] = field(default_factory=dict)

    @property
    def projects(self) -> dict[Cell, Any]:
        """The variable that counts a project, by cell: `w`, or for an indivisible industry the arrival where it did not stand before."""
        indivisible = self.instance.industries["indivisible"]
        found = {}
        for kr, w in self.b.w.items():
            if kr in self.b.started:
                found[kr] = self.b.started[kr]
            elif not indivisible[kr[0]] or self.S0[kr] == 0:
                found[kr] = w
        return found

    def add_load(self, resource: str, region: str, expression: Any) -> None:
        """Contribute to the load of a resource in a region (abatement: a negative contribution)."""
        self.loads.setdefault((resource, region), []).append(expression)

    def add_term(self, term: str, expression: Any) -> None:
        """Contribute to an objective term; the term's weight stands in the definition or with the policy of that label."""
        self.terms.setdefault(term, []).append(expression)


def stock_of(instance: Instance) -> dict[Cell, float]:
    """Base-year stock per cell."""
    return {(str(cell[0]), str(cell[1])): float(v) for cell, v in zip(instance.stock.index, instance.stock, strict=True)}


def ceilings(instance: Instance, year: int, core: Core) -> dict[Cell, float]:
    """`top[k,r]` of the module's statement, in output units."""
    demand, total = instance.demand(year), instance.stock.groupby(level="industry", sort=False).sum()
    growth = growth_limits(instance, core)
    top = {}
    for (k, r), stock in stock_of(instance).items():
        most = demand[k] * (1 + core.demand_margin)
        if growth[k] < math.inf and total[k] > 0:
            most = min(most, max(growth[k] * stock * demand[k] / total[k], core.entry * demand[k]))
        top[k, r] = max(most, stock)
    return top


def growth_limits(instance: Instance, core: Core) -> dict[str, float]:
    """`growth[k]` of the module's statement; infinite where the core states none, and for indivisible industries."""
    facts = instance.industries
    local = facts["local"] if "local" in facts else facts["indivisible"] & False
    limits = {}
    for k in facts.index:
        growth = core.local_growth if local[k] and core.local_growth is not None else core.growth
        limits[str(k)] = math.inf if growth is None or facts["indivisible"][k] else growth
    return limits


def open_period(model: Any, instance: Instance, core: Core, year: int, before: list[Period], exits: pd.Series[float], paid: int) -> Period:
    """The period's variables. Policies may contribute to its loads and terms; `close_period` then states the balances."""
    b = model.period[year]
    industries = [str(k) for k in instance.industries.index]
    regions = [str(r) for r in instance.regions.index]
    resources = [str(i) for i in instance.tables["resources"]["resource"]] if "intensities" in instance.tables else []
    S0 = stock_of(instance)
    S = {kr: before[-1].b.x[kr] for kr in S0} if before else S0
    D = {str(k): float(v) for k, v in instance.demand(year).items()}
    top = ceilings(instance, year, core)
    facts = instance.industries
    share, lot, indivisible = facts["relocatable_share"], facts["lot"], facts["indivisible"]
    cells = list(S0)

    movable = {(k, r): share[k] * S0[k, r] for k, r in cells}
    sources = [kr for kr in cells if movable[kr] > 0]
    forced = {(str(cell[0]), str(cell[1])): float(v) for cell, v in zip(exits.index, exits, strict=True) if v > 0}
    room = {kr: top[kr] if before or core.round_trips else top[kr] - S0[kr] + forced.get(kr, 0.0) for kr in cells}
    enterable = {kr for kr in cells if before or indivisible[kr[0]] or room[kr] >= lot[kr[0]]}
    lumpy = [kr for kr in cells if kr in enterable and (lot[kr[0]] > 0 or indivisible[kr[0]])]
    arcs = [(k, o, d) for k, o in sources for d in regions if d != o and (k, d) in enterable]
    starts, ends = {k for k, _, _ in arcs}, {(k, d) for k, _, d in arcs}

    nonnegative = pyo.NonNegativeReals
    b.x = pyo.Var(cells, within=nonnegative, bounds=lambda _, *kr: (0, top[kr]))
    b.out = pyo.Var([kr for kr in sources if kr[0] in starts], within=nonnegative, bounds=lambda _, *kr: (0, movable[kr]))
    b.into = pyo.Var([kr for kr in cells if kr in ends], within=nonnegative)
    b.new = pyo.Var([kr for kr in cells if kr in enterable and top[kr] > 0], within=nonnegative)
    b.closed = pyo.Var([kr for kr in cells if before or S0[kr] > 0], within=nonnegative)
    b.f = pyo.Var(arcs, within=nonnegative)
    b.w = pyo.Var(lumpy, within=pyo.Binary)
    b.started = pyo.Var([kr for kr in lumpy if before and indivisible[kr[0]]], within=nonnegative, bounds=(0, 1))
    b.short = pyo.Var(industries, within=nonnegative)
    b.load = pyo.Var(resources, regions)
    return Period(instance, year, b, S, S0, D, top, room, industries, regions, resources, paid, before, forced)


def close_period(period: Period, core: Core) -> None:
    """State the balances of the module's statement, and the objective terms that every model has."""
    b, S, S0, D, instance, before = period.b, period.S, period.S0, period.D, period.instance, period.before
    facts = instance.industries
    share, lot, indivisible = facts["relocatable_share"], facts["lot"], facts["indivisible"]
    cells = list(S0)

    departing: dict[Cell, list[Any]] = {kr: [] for kr in b.out}
    arriving: dict[Cell, list[Any]] = {kr: [] for kr in b.into}
    for (k, o, d), flow in b.f.items():
        departing[k, o].append(flow)
        arriving[k, d].append(flow)

    @b.Constraint(cells)
    def balance(b: Any, k: str, r: str) -> Any:
        kr = (k, r)
        return b.x[kr] == S[kr] - part(b.out, kr) - part(b.closed, kr) + part(b.into, kr) + part(b.new, kr)

    @b.Constraint(list(b.out))
    def departures(b: Any, k: str, o: str) -> Any:
        return b.out[k, o] == linear([1.0] * len(departing[k, o]), departing[k, o])

    @b.Constraint(list(b.into))
    def arrivals(b: Any, k: str, d: str) -> Any:
        return b.into[k, d] == linear([1.0] * len(arriving[k, d]), arriving[k, d])

    growing = [(k, r) for k, r in b.w if not indivisible[k]]
    committed = set() if core.round_trips else {kr for kr in growing if kr in b.closed}

    @b.Constraint([kr for kr in b.closed if kr not in committed or before])
    def stay(b: Any, k: str, r: str) -> Any:
        return part(b.out, (k, r)) + b.closed[k, r] <= S[k, r]

    @b.Constraint(list(b.out) if before else [])
    def release(b: Any, k: str, r: str) -> Any:
        return b.out[k, r] + sum(part(p.b.out, (k, r)) for p in before) <= share[k] * S0[k, r]

    @b.Constraint(period.industries)
    def demand(b: Any, k: str) -> Any:
        made = linear([1.0] * len(period.regions), [b.x[k, r] for r in period.regions]) + b.short[k]
        return made == D[k] if core.demand_margin == 0 else (D[k], made, (1 + core.demand_margin) * D[k])

    @b.Constraint(growing)
    def least(b: Any, k: str, r: str) -> Any:
        return lot[k] * b.w[k, r] <= part(b.into, (k, r)) + part(b.new, (k, r))

    @b.Constraint(growing)
    def most(b: Any, k: str, r: str) -> Any:
        return part(b.into, (k, r)) + part(b.new, (k, r)) <= period.room[k, r] * b.w[k, r]

    @b.Constraint([kr for kr in growing if kr in committed])
    def one_way(b: Any, k: str, r: str) -> Any:
        held = S0[k, r] if not before else before[-1].top[k, r]
        return part(b.out, (k, r)) + b.closed[k, r] <= held * (1 - b.w[k, r]) + period.exits.get((k, r), 0.0) * b.w[k, r]

    @b.Constraint([(k, r) for k, r in b.w if indivisible[k]])
    def whole(b: Any, k: str, r: str) -> Any:
        return b.x[k, r] == D[k] * b.w[k, r]

    @b.Constraint(list(b.started))
    def starts(b: Any, k: str, r: str) -> Any:
        return b.started[k, r] >= b.w[k, r] - part(before[-1].b.w, (k, r))

    uses = {i: instance.use(i, period.year) for i in period.resources}

    @b.Constraint(period.resources, period.regions)
    def use(b: Any, i: str, r: str) -> Any:
        e = uses[i].xs(r, level="region")
        users = [k for k in period.industries if e[k] > 0]
        return b.load[i, r] == linear([e[k] for k in users], [b.x[k, r] for k in users]) + sum(period.loads.get((i, r), []))

    _terms(period, facts)


def corridors(instance: Instance) -> dict[tuple[str, str], float]:
    """Distance of every pair of regions in 1000 km."""
    regions = [str(r) for r in instance.regions.index]
    km = instance.distance.to_numpy(dtype=float) / 1000
    return {(o, d): float(km[i, j]) for i, o in enumerate(regions) for j, d in enumerate(regions)}


def _terms(period: Period, facts: pd.DataFrame) -> None:
    """value_added, relocation_cost, building_cost, closure_cost (money) and shortage (output)."""
    b = period.b
    va, move, haul = facts["value_added_rate"], facts["relocation_cost"], facts["distance_cost"]
    build, fixed, close = facts["building_cost"], facts["project_cost"], facts["closure_cost"]
    distance, paid = corridors(period.instance), period.paid
    period.add_term("value_added", linear([va[k] for k, _ in b.x], b.x.values()))
    period.add_term("relocation_cost", linear([paid * (move[k] + haul[k] * distance[o, d]) for k, o, d in b.f], b.f.values()))
    period.add_term("building_cost", linear([paid * build[k] for k, _ in b.new], b.new.values()))
    projects = period.projects
    period.add_term("building_cost", linear([paid * fixed[k] for k, _ in projects], projects.values()))
    period.add_term("closure_cost", linear([paid * close[k] for k, _ in b.closed], b.closed.values()))
    period.add_term("shortage", linear([1.0] * len(b.short), b.short.values()))
