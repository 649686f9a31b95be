"""Instance + definition -> Pyomo model, one block per period and in it one block per policy label.

All contributions first, then the balances, then all limits: the order in which a model names its policies does not matter. Every limit is
the component `limit` of its policy's block; softening adds `excess` to each of its rows, at the policy's penalty.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import pyomo.environ as pyo

from layout_opt.core import Period, close_period, linear, open_period
from layout_opt.definition import Definition
from layout_opt.errors import Fault, InputError, Place
from layout_opt.instance import Instance
from layout_opt.plan import Plan, item
from layout_opt.policies import policies_of
from layout_opt.policy import Policy, forced_exits, objective_weights

HELD = 1e-6  # relative: by how much a decision that is held may differ
Baselines = Mapping[str, Mapping[int, "pd.Series[float]"]]


@dataclass(eq=False)
class Built:
    """A model with what was used to build it: policies in label order, periods in time order, weights of the objective terms.

    The Pyomo model holds everything but the transfers, which each period keeps in arrays (`Period.flows`).
    """

    instance: Instance
    definition: Definition
    policies: tuple[Policy, ...]
    model: Any
    periods: list[Period]
    weights: dict[str, float]


def periods_of(definition: Definition, instance: Instance) -> tuple[int, ...]:
    """End years of the periods: the definition's, else the instance's.

    Raises `InputError` when a period ends before the base year or the table `demand` lacks a row for it.
    """
    if definition.periods is None:
        return instance.manifest.periods
    where = Place(f"{definition.name}.toml", column="periods")
    faults = []
    for year in definition.periods:
        missing = instance.demand(year).isna()
        if year <= instance.manifest.base_year:
            faults.append(Fault("a period ends before the base year", where, f"Use years after {instance.manifest.base_year}.", str(year)))
        elif missing.any():
            listed = sorted({int(y) for y in instance.tables["demand"]["year"]})
            industries = ", ".join(map(str, missing[missing].index[:10]))
            faults.append(Fault(f"no demand for {year} ({industries})", where, f"The table lists {', '.join(map(str, listed))}.", str(year)))
    if faults:
        raise InputError(faults=faults)
    return definition.periods


def build(instance: Instance, definition: Definition, baselines: Baselines | None = None) -> Built:
    """Build the model. `baselines` holds, by label and year, the output by cell of the plans that policies are compared to.

    Raises `InputError` for definitions that do not fit the instance, and for a policy that would silently do nothing.
    """
    policies = policies_of(definition, instance)
    years = periods_of(definition, instance)
    model = pyo.ConcreteModel(name=f"{instance.name}-{definition.name}")
    model.period = pyo.Block(list(years))
    periods: list[Period] = []
    for number, year in enumerate(years):
        exits = forced_exits(policies, instance, year)
        period = open_period(model, instance, definition.core, year, list(periods), exits, len(years) - number)
        period.baseline = {label: plans[year] for label, plans in (baselines or {}).items()}
        for policy in policies:
            _decide(policy, period)
        for policy in policies:
            policy.contribute(period)
        close_period(period, definition.core)
        period.b.policy = pyo.Block([policy.label for policy in policies])
        for policy in policies:
            _state(policy, period)
        periods.append(period)
    _refuse_idle(policies, periods, f"{definition.name}.toml")
    weights = objective_weights(definition, policies)
    model.objective = pyo.Objective(expr=_objective(periods, weights), sense=pyo.maximize)
    return Built(instance, definition, policies, model, periods, weights)


def hold(built: Built, plan: Plan) -> None:
    """Keep the decisions of the periods of a plan: layout, building, closing, projects and what policies decide; later periods stay free.

    Continuous decisions are held within `HELD` of their size, so that the rounding of tables makes no model infeasible.
    """
    indivisible = built.instance.industries["indivisible"]
    decided = {p.year: p for p in plan.periods}
    for period in (p for p in built.periods if p.year in decided):
        kept, b = decided[period.year], period.b
        projects = kept.cells["project"]
        columns = ((b.out, "released"), (b.into, "received"), (b.new, "built"), (b.closed, "closed"))
        for variable, column in columns:
            for kr, value in kept.cells[column].items():
                if kr in variable:
                    pin(variable[kr], float(value))
        for (k, r), w in b.w.items():
            w.fix(round(float(projects[k, r])) if not indivisible[k] else int(kept.output[k, r] > 0))
        for (label, name), variable in period.decisions.items():
            stated = kept.decisions.get((label, name), pd.Series(dtype=float))
            for key, data in variable.items():
                pin(data, float(stated.get(item(key), 0.0)))


def pin(variable: Any, value: float) -> None:
    """Hold a variable at a value: a binary one exactly, a continuous one within `HELD` of its size and its own bounds."""
    if variable.is_binary():
        variable.fix(round(value))
        return
    within = HELD * max(1.0, abs(value))
    lower, upper = variable.lb, variable.ub
    variable.setlb(value - within if lower is None else max(lower, value - within))
    variable.setub(value + within if upper is None else min(upper, value + within))


def _decide(policy: Policy, period: Period) -> None:
    """The variables of what a policy decides besides, and the rows that make lasting ones last."""
    for decision in policy.decisions(period.instance, period.year):
        name, items = f"{policy.label}_{decision.name}", list(decision.items)
        bounds = dict(zip(items, decision.bounds().itertuples(index=False, name=None), strict=True))
        ends = {key: tuple(end if math.isfinite(end) else None for end in pair) for key, pair in bounds.items()}
        variable = pyo.Var(items, within=pyo.Binary if decision.binary else pyo.Reals, bounds=None if decision.binary else ends)
        period.b.add_component(name, variable)
        period.decisions[policy.label, decision.name] = variable
        if decision.lasting and period.before:
            earlier = period.before[-1].decided(policy.label, decision.name)
            period.b.add_component(f"{name}_lasts", pyo.Constraint([i for i in items if i in earlier], rule=partial(_lasts, variable, earlier)))


def _lasts(variable: Any, earlier: Any, _: Any, *names: str) -> Any:
    key = names if len(names) > 1 else names[0]
    return linear([1.0, -1.0], [variable[key], earlier[key]]) >= 0


def _state(policy: Policy, period: Period) -> None:
    block = period.b.policy[policy.label]
    policy.limit(period, block)
    if policy.penalty is not None and block.component("limit") is not None:
        soften(block)
        period.add_term(f"{policy.label}.excess", linear([1.0] * len(block.excess), block.excess.values()))


def soften(block: Any) -> None:
    """Let every row of the limit in a policy's block give way by a variable `excess` of its own."""
    block.excess = pyo.Var(list(block.limit), within=pyo.NonNegativeReals)
    for row, constraint in block.limit.items():
        lower, body, upper = constraint.to_bounded_expression()
        slack = block.excess[row]
        constraint.set_value((None, body - slack, upper) if lower is None else (lower, body + slack, None))


def _refuse_idle(policies: Sequence[Policy], periods: Sequence[Period], file: str) -> None:
    """A stated policy never vanishes: one that built no row and added no term is an error."""
    faults = []
    for policy in policies:
        blocks = [p.b.policy[policy.label] for p in periods]
        rows = sum(len(limit) for block in blocks if (limit := block.component("limit")) is not None)
        linking = sum(len(link) for block in blocks for link in block.component_objects(pyo.Constraint))
        if policy.penalty is not None and rows == 0:
            what = f"a penalty softens a limit, and {policy.family} states none here"
            faults.append(Fault(what, Place(file, column=f"policies.{policy.label}.penalty"), "Delete the key."))
        counts = any(c != 0 for p in periods for added in p.terms.get(policy.label, ()) for c in added.linear_coefs)
        counts = counts or any(p.flows.counts(policy.label) for p in periods)
        if linking == 0 and not counts:
            what = f"the policy would do nothing: {policy.family} found no row to limit and no term to add in this instance"
            faults.append(Fault(what, Place(file, column=f"policies.{policy.label}"), "Check its parameters and tables, or drop it."))
    if faults:
        raise InputError(faults=faults)


def _objective(periods: Iterable[Period], weights: dict[str, float]) -> Any:
    parts = [(weights[term], e) for p in periods for term, added in p.terms.items() for e in added if weights[term] != 0]
    coefficients = [w * c for w, e in parts for c in e.linear_coefs]
    variables = [v for _, e in parts for v in e.linear_vars]
    return linear(coefficients, variables)
