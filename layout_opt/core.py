"""The vocabulary that every policy speaks: the sets, variables and balances of one period, and the expressions policies add to.

Sets and facts (money and output in the instance's units)::

    k, r, o, d, i       industry, region, origin, destination, resource
    S[k,r]              output at the start of the period (the stock; the x of the period before)
    D[k]                national demand in the last year of the period
    va[k]               value added per unit of output
    use[k,r,i]          use of resource i per unit of output: e[k,i] * phi[r,i], or the cell's own (table `cell_intensities`)
    share[k]            share of the base-year stock that can move over the whole plan
    lot[k,r]            smallest project: of the industry, or of the cell where table `cells` states one
    top[k,r]            highest output of the cell
    exit[k,r]           existing output that policies force out of the cell
    gone[k,r]           share of the base-year stock that may go in all, moved or closed (table `cells`, column `exit_share`; else 1)

Variables of a period, all >= 0::

    x[k,r]              output at the end            out[k,r], into[k,r]   released to, received from other regions
    new[k,r], closed    built, closed                f[k,o,d]              transfer, o != d (arrays: `layout_opt.flows`)
    w[k,r] in {0,1}     a project is received or built (indivisible industry: the industry stands here)
    short[k]            unmet demand                 load[i,r]             use of a resource

Balances::

    balance      x[k,r] = S[k,r] - out[k,r] - closed[k,r] + into[k,r] + new[k,r]
    departures   out[k,o] = sum_d f[k,o,d]
    arrivals     into[k,d] = sum_o f[k,o,d]
    stay         out[k,r] + closed[k,r] <= S[k,r]
    release      sum of out[k,r] over the periods so far <= share[k] * S0[k,r]
    leave        sum of out[k,r] + closed[k,r] over the periods so far <= gone[k,r] * S0[k,r]          (what was built stays; not for indivisible k)
    demand       D[k] <= sum_r x[k,r] + short[k] <= (1 + margin) * D[k]
    least        lot[k,r] * w[k,r] <= into[k,r] + new[k,r]                    where lot[k,r] > 0
    most         into[k,r] + new[k,r] <= room[k,r] * w[k,r]                   where lot[k,r] > 0; room[k,r] = top[k,r] - S0[k,r] + exit[k,r],
                 or top[k,r] from the second period on and with round trips; at most `max_project` of table `cells` (0: none, with a lot or without)
    grow         x[k,r] <= S[k,r] + (top[k,r] - S[k,r]) * w[k,r]              where `most` alone is weaker (it follows; it tightens the relaxation)
    one_way      out[k,r] + closed[k,r] <= S[k,r] * (1 - w[k,r]) + exit[k,r] * w[k,r]    where lot[k,r] > 0, unless round trips are allowed
    whole        x[k,r] = D[k] * w[k,r]                                       for indivisible k
    starts       started[k,r] >= w[k,r] - w[k,r] of the period before         for indivisible k, from the second period on
    use          load[i,r] = sum_k use[k,r,i] * x[k,r] + what policies add

Accounts, which policies add to and read from::

    income[r]    sum_k va[k] * x[k,r] + what policies add                   (money: compensation, royalties, aid, subsidies)
    people[r]    population[r] + what policies add                          (person: migration)

A project is w[k,r]; of an indivisible industry only where it did not stand before (started[k,r] from the second period on). Its fixed cost is
paid once.
`top[k,r]` is D[k] * (1 + margin), with a growth rule at most max(growth[k] * S0[k,r] * D[k] / sum_r S0[k,r], entry * D[k]), and never below
S0[k,r]; the growth rule passes over indivisible industries and those without stock. A cell's own `max_output` (table `cells`) comes on top of it,
and may lie below S0[k,r]: the rest then has to go.
With several periods, the values of each period's last year count once, and a one-off cost (moving, building, a project, closing) is paid by its
annuity in the period in which it is made and in every later one. Only the core links periods. Industries without a lot expand by any
amount and need no w.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from pyomo.core.expr import LinearExpression

from layout_opt.definition import Core
from layout_opt.errors import LayoutError
from layout_opt.flows import Array, Flows, Rate, Total
from layout_opt.instance import Instance

Cell = tuple[str, str]


def linear(coefficients: Any, variables: Any) -> LinearExpression:
    """A linear expression from coefficient and variable lists: what `sum(c * v)` says, built without an object per term."""
    return LinearExpression(constant=0.0, linear_coefs=list(coefficients), linear_vars=list(variables))


def grouped(variables: Mapping[Any, Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    """Variables by a key of their index, in their order."""
    groups: dict[Any, list[Any]] = {}
    for index, variable in variables.items():
        groups.setdefault(key(index), []).append(variable)
    return groups


def total(variables: Iterable[Any]) -> LinearExpression:
    """The sum of variables."""
    listed = list(variables)
    return linear([1.0] * len(listed), listed)


def part(variable: Any, index: Any) -> Any:
    """The variable at an index; 0 where it has no such index (sparse variables)."""
    return variable[index] if index in variable else 0.0  # noqa: SIM401 - Pyomo's variables have no `get`


def by_cell(values: pd.Series[Any]) -> dict[Cell, Any]:
    """A series over cells as a dictionary of Python numbers."""
    return dict(zip(values.index.to_list(), values.to_list(), strict=True))


@dataclass(eq=False)
class Period:
    """One period of the model under construction: its Pyomo block and the facts that policies read beside it.

    `b` holds the variables of the module's statement by name, `flows` the transfers; `S` maps cells to the stock at the start (numbers, or
    the variables of the period before); `S0` is the base-year stock; `lot` the smallest project; `top` the highest output; `room` what the
    cell may receive and build; `exits` what is forced out; `before` the earlier periods; `paid` the number of periods that pay the annuity
    of this period's one-off costs. `decisions` are the variables that policies declare, by label and name; `baseline` is the output by cell
    of the plan that the policy of a label is compared to. Policies add to `loads`, `accounts`, `terms` and `flows` before any limit is stated.
    """

    instance: Instance
    year: int
    b: Any
    flows: Flows
    S: Mapping[Cell, Any]
    S0: Mapping[Cell, float]
    D: Mapping[str, float]
    lot: Mapping[Cell, float]
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
    accounts: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    decisions: dict[tuple[str, str], Any] = field(default_factory=dict)
    baseline: Mapping[str, pd.Series[float]] = field(default_factory=dict)

    @property
    def so_far(self) -> list[Period]:
        """The earlier periods and this one."""
        return [*self.before, self]

    @property
    def is_last(self) -> bool:
        """Whether the plan ends with this period."""
        return self.paid == 1

    @property
    def projects(self) -> dict[Cell, Any]:
        """The variable that counts a project, by cell: `w`, or for an indivisible industry the arrival where it did not stand before."""
        indivisible = self.instance.industries["indivisible"].to_dict()
        started = dict(self.b.started.items())
        return {kr: started.get(kr, w) for kr, w in self.b.w.items() if kr in started or not indivisible[kr[0]] or self.S0[kr] == 0}

    def add_load(self, resource: str, region: str, expression: Any) -> None:
        """Contribute to the load of a resource in a region (abatement: a negative contribution)."""
        self.loads.setdefault((resource, region), []).append(expression)

    def add_term(self, term: str, expression: Any) -> None:
        """Contribute a linear expression to an objective term; the term's weight stands in the definition or with the policy of that label.

        What counts per transfer is contributed to `flows`.
        """
        self.terms.setdefault(term, []).append(expression)

    def add_account(self, account: str, region: str, expression: Any) -> None:
        """Contribute to the `income` or the `people` of a region."""
        self.accounts.setdefault((account, region), []).append(expression)

    def income(self, region: str) -> Any:
        """income[r] of the module's statement. Read it in `limit` only: contributions have to be complete."""
        va = self.instance.industries["value_added_rate"]
        made = linear([va[k] for k in self.industries], [self.b.x[k, region] for k in self.industries])
        return sum(self.accounts.get(("income", region), ()), made)

    def people(self, region: str) -> Any:
        """people[r] of the module's statement. Read it in `limit` only."""
        return sum(self.accounts.get(("people", region), ()), float(self.instance.regions["population"][region]))

    def compared(self, label: str) -> pd.Series[float]:
        """Output by cell of the plan that the policy of a label is compared to. Raises `LayoutError` where it was not solved first."""
        if label not in self.baseline:
            raise LayoutError(f"the plan that {label!r} is compared to has to be solved first: build the model by `solving.prepared`")
        return self.baseline[label]

    def decided(self, label: str, name: str) -> Any:
        """The variables of a decision that the policy of a label declares, by item."""
        return self.decisions[label, name]

    def total(self, name: str, rate: Rate, upper: float | None = None, *, signed: bool = False) -> Any:
        """A new variable that is the sum over transfers of `rate(k)[o,d] * f[k,o,d]`, for rows of a policy to limit; `signed` where rates may be
        negative."""
        variable = pyo.Var(within=pyo.Reals, bounds=(None if signed else 0, upper))
        self.b.add_component(name, variable)
        self.flows.totals.append(Total(variable, rate))
        return variable


def relocation(instance: Instance) -> Rate:
    """Cost of moving a unit of an industry, regions x regions: relocation_cost[k] + distance_cost[k] * distance[o,d] / 1000."""
    facts, distance = instance.industries, instance.distance.to_numpy(dtype=float) / 1000
    move, haul = facts["relocation_cost"].to_dict(), facts["distance_cost"].to_dict()

    def per_unit(k: str) -> Array:
        cost: Array = move[k] + haul[k] * distance
        return cost

    return per_unit


def ceilings(instance: Instance, year: int, core: Core) -> pd.Series[float]:
    """`top[k,r]` of the module's statement, in output units."""
    stock, industry = instance.stock, instance.stock.index.get_level_values("industry")
    demand = instance.demand(year).reindex(industry).to_numpy()
    total = stock.groupby(level="industry", sort=False).sum().reindex(industry).to_numpy()
    growth = growth_limits(instance, core).reindex(industry).to_numpy()
    bounded = np.isfinite(growth) & (total > 0)
    even = stock.to_numpy() * np.divide(demand, total, out=np.zeros_like(demand), where=total > 0)
    grown = np.maximum(np.where(bounded, growth, 0.0) * even, core.entry * demand)
    most = demand * (1 + core.demand_margin)
    top = np.maximum(np.where(bounded, np.minimum(most, grown), most), stock)
    return pd.Series(np.minimum(top, instance.fact("max_output").fillna(math.inf)), index=stock.index)


def growth_limits(instance: Instance, core: Core) -> pd.Series[float]:
    """`growth[k]` of the module's statement; infinite where the core states none, and for indivisible industries."""
    facts = instance.industries
    limits = pd.Series(math.inf if core.growth is None else core.growth, index=facts.index)
    if "local" in facts and core.local_growth is not None:
        limits[facts["local"]] = core.local_growth
    return limits.mask(facts["indivisible"], math.inf)


def open_period(model: Any, instance: Instance, core: Core, year: int, before: list[Period], exits: pd.Series[float], paid: int) -> Period:
    """The period's variables. Policies may contribute to its loads and terms; `close_period` then states the balances."""
    b = model.period[year]
    industries, regions = list(instance.industries.index), list(instance.regions.index)
    resources = list(instance.tables["resources"]["resource"]) if "intensities" in instance.tables else []
    S0, lot, indivisible = by_cell(instance.stock), by_cell(instance.fact("lot")), instance.industries["indivisible"].to_dict()
    D = {str(k): float(v) for k, v in instance.demand(year).items()}
    highest = ceilings(instance, year, core)
    top, forced = by_cell(highest), by_cell(exits.clip(lower=instance.stock - highest))
    cells = list(S0)

    movable = by_cell(instance.fact("relocatable_share").clip(upper=instance.fact("exit_share").fillna(1.0)) * instance.stock)
    stays = by_cell((1 - instance.fact("exit_share").fillna(1.0)) * instance.stock)
    largest = by_cell(instance.fact("max_project").fillna(math.inf))
    room = {kr: min(top[kr] if before or core.round_trips else top[kr] - S0[kr] + forced[kr], largest[kr]) for kr in cells}
    enterable = [kr for kr in cells if top[kr] > 0 and (indivisible[kr[0]] or (largest[kr] > 0 and (before or room[kr] >= lot[kr])))]
    sources = [kr for kr in cells if movable[kr] > 0]
    flows = Flows.between(regions, sources, enterable)
    reached = [(k, regions[d]) for k, lane in flows.lanes.items() for d in lane.destinations]

    nonnegative = pyo.NonNegativeReals
    b.x = pyo.Var(cells, within=nonnegative, bounds=lambda _, *kr: (min(stays[kr], top[kr]), top[kr]))
    b.out = pyo.Var([kr for kr in sources if kr[0] in flows.lanes], within=nonnegative, bounds=lambda _, *kr: (0, movable[kr]))
    b.into = pyo.Var(reached, within=nonnegative)
    b.new = pyo.Var(enterable, within=nonnegative)
    b.closed = pyo.Var([kr for kr in cells if before or S0[kr] > 0], within=nonnegative)
    b.w = pyo.Var([kr for kr in enterable if lot[kr] > 0 or indivisible[kr[0]]], within=pyo.Binary)
    b.started = pyo.Var([kr for kr in b.w if before and indivisible[kr[0]]], within=nonnegative, bounds=(0, 1))
    b.short = pyo.Var(industries, within=nonnegative)
    b.load = pyo.Var(resources, regions)
    S = before[-1].b.x if before else S0
    return Period(instance, year, b, flows, S, S0, D, lot, top, room, industries, regions, resources, paid, before, forced)


def close_period(period: Period, core: Core) -> None:
    """State the balances of the module's statement, and the objective terms that every model has."""
    b, S, S0, D, lot, top, instance, before = (period.b, period.S, period.S0, period.D, period.lot, period.top, period.instance, period.before)
    facts = instance.industries
    share, indivisible = facts["relocatable_share"].to_dict(), facts["indivisible"].to_dict()
    gone = by_cell(instance.fact("exit_share").fillna(1.0))
    x, out, into, new, closed, w = (dict(v.items()) for v in (b.x, b.out, b.into, b.new, b.closed, b.w))

    def arrivals(kr: Cell) -> list[Any]:
        return [v[kr] for v in (into, new) if kr in v]

    def departures(kr: Cell) -> list[Any]:
        return [v[kr] for v in (out, closed) if kr in v]

    @b.Constraint(list(x))
    def balance(_: Any, k: str, r: str) -> Any:
        kr = k, r
        come, go = arrivals(kr), departures(kr)
        change = linear([1.0] + [1.0] * len(go) + [-1.0] * len(come), [x[kr], *go, *come])
        return change == S[kr] if not before else change - S[kr] == 0

    growing = [kr for kr in w if not indivisible[kr[0]]]
    committed = set() if core.round_trips else {kr for kr in growing if kr in closed}

    @b.Constraint([kr for kr in closed if kr not in committed or before])
    def stay(_: Any, k: str, r: str) -> Any:
        kr = k, r
        go = departures(kr)
        leaving = linear([1.0] * len(go), go)
        return leaving <= gone[kr] * S0[kr] if not before else leaving <= S[kr]

    @b.Constraint(list(out) if before else [])
    def release(_: Any, k: str, r: str) -> Any:
        kr = k, r
        return b.out[kr] + sum(part(p.b.out, kr) for p in before) <= share[kr[0]] * S0[kr]

    @b.Constraint([kr for kr in closed if before and (gone[kr] < 1 or not indivisible[kr[0]])])
    def leave(_: Any, k: str, r: str) -> Any:
        kr = k, r
        return sum(part(p.b.out, kr) + part(p.b.closed, kr) for p in period.so_far) <= gone[kr] * S0[kr]

    @b.Constraint(period.industries)
    def demand(_: Any, k: str) -> Any:
        made = linear([1.0] * (len(period.regions) + 1), [*(x[k, r] for r in period.regions), b.short[k]])
        return made == D[k] if core.demand_margin == 0 else (D[k], made, (1 + core.demand_margin) * D[k])

    @b.Constraint(growing)
    def least(_: Any, k: str, r: str) -> Any:
        kr = k, r
        come = arrivals(kr)
        return linear([lot[kr]] + [-1.0] * len(come), [w[kr], *come]) <= 0

    @b.Constraint(growing)
    def most(_: Any, k: str, r: str) -> Any:
        kr = k, r
        come = arrivals(kr)
        return linear([-period.room[kr]] + [1.0] * len(come), [w[kr], *come]) <= 0

    @b.Constraint([kr for kr in growing if not before and top[kr] >= S0[kr] and period.room[kr] > top[kr] - S0[kr]])
    def grow(_: Any, k: str, r: str) -> Any:
        kr = k, r
        return linear([1.0, S0[kr] - top[kr]], [x[kr], w[kr]]) <= S0[kr]

    @b.Constraint([kr for kr in growing if kr in committed])
    def one_way(_: Any, k: str, r: str) -> Any:
        kr = k, r
        go, held = departures(kr), gone[kr] * S0[kr] if not before else before[-1].top[kr]
        return linear([held - period.exits[kr]] + [1.0] * len(go), [w[kr], *go]) <= held

    @b.Constraint([kr for kr in w if indivisible[kr[0]]])
    def whole(_: Any, k: str, r: str) -> Any:
        kr = k, r
        return linear([1.0, -D[kr[0]]], [x[kr], w[kr]]) == 0

    @b.Constraint(list(b.started))
    def starts(b: Any, k: str, r: str) -> Any:
        kr = k, r
        return b.started[kr] >= b.w[kr] - part(before[-1].b.w, kr)

    uses = {i: by_cell(instance.use(i, period.year)) for i in period.resources}

    @b.Constraint(period.resources, period.regions)
    def use(b: Any, i: str, r: str) -> Any:
        users = [(k, r) for k in period.industries if uses[i][k, r] > 0]
        used = linear([1.0] + [-uses[i][kr] for kr in users], [b.load[i, r], *(x[kr] for kr in users)])
        added = period.loads.get((i, r))
        return used - sum(added) == 0 if added else used == 0

    _terms(period, instance)


def _terms(period: Period, instance: Instance) -> None:
    """value_added, relocation_cost, building_cost, closure_cost (money) and shortage (output)."""
    b, paid, facts = period.b, period.paid, instance.industries
    va, close = facts["value_added_rate"].to_dict(), facts["closure_cost"].to_dict()
    build, fixed = by_cell(instance.fact("building_cost")), by_cell(instance.fact("project_cost"))
    per_unit = relocation(instance)

    period.add_term("value_added", linear([va[k] for k, _ in b.x], b.x.values()))
    period.flows.add_term("relocation_cost", lambda k: paid * per_unit(k))
    period.add_term("building_cost", linear([paid * build[kr] for kr in b.new], b.new.values()))
    projects = period.projects
    period.add_term("building_cost", linear([paid * fixed[kr] for kr in projects], projects.values()))
    period.add_term("closure_cost", linear([paid * close[k] for k, _ in b.closed], b.closed.values()))
    period.add_term("shortage", linear([1.0] * len(b.short), b.short.values()))
