"""Plans without a solver: lay a plan into a model and see what its rows say of it.

A plan is written as people would say it: `"steel A>B 15, cloth +C 10, steel -A 5"` moves 15 of steel from A to B, builds 10 of cloth in C and
closes 5 of steel in A. `lay` sets every variable of a model to such a plan, `slacks` reads a limit: 0 is just allowed, below 0 is forbidden.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import pyomo.environ as pyo
from hypothesis import strategies as st

from layout_opt.build import Built
from layout_opt.core import Period, part
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan, item
from layout_opt.policies import policy_tables
from layout_opt.results import read_plan
from layout_opt.schema import TABLES
from layout_opt.tables import merge

Decided = Mapping[str, Mapping[str, float]]  # decisions of a policy by name and item
Move = tuple[str, str, float]  # industry, place ("A>B" moved, "+C" built, "-A" closed), output
KEYS = {name: table.key for name, table in merge([*TABLES, *policy_tables()]).items()}


def moves(text: str) -> list[Move]:
    """The moves of a plan in words."""
    parts = (move.split() for move in text.split(",") if move.strip())
    return [(industry, place, float(amount)) for industry, place, amount in parts]


def lay(built: Built, *plans: str | Iterable[Move], decided: Decided | None = None) -> Built:
    """Set all variables to a plan, one per period (nothing happens in a period without one), and the decisions of policies, alike in all.

    Output follows from the balance, projects stand where something is received or built (an indivisible industry where it is made), unmet
    demand is what is left, loads follow from the rows `use`, and nothing is exceeded.
    """
    for variable in built.model.component_data_objects(pyo.Var):
        variable.set_value(0.0, skip_validation=True)
    for number, period in enumerate(built.periods):
        period.flows.plan({})
        plan = plans[number] if number < len(plans) else ""
        _decide(period, moves(plan) if isinstance(plan, str) else plan)
        _settle(period, decided or {})
        _follow(period)
    return built


def _decide(period: Period, plan: Iterable[Move]) -> None:
    b = period.b
    for k, place, amount in plan:
        o, arrow, d = place.partition(">")
        if arrow:
            assert (k, o, d) in set(period.flows)
            period.flows.moved.loc[len(period.flows.moved)] = [k, o, d, amount]
        changed = [b.out[k, o], b.into[k, d]] if arrow else [(b.new if place[0] == "+" else b.closed)[k, place[1:]]]
        for variable in changed:
            variable.set_value(variable.value + amount, skip_validation=True)


def _settle(period: Period, decided: Decided) -> None:
    for (_, name), variable in period.decisions.items():
        for data in variable.values():
            low, high = (end if end is not None else 0.0 for end in (data.lb, data.ub))
            data.set_value(max(low, 0.0) if data.ub is None else min(max(low, 0.0), high), skip_validation=True)
        for key, value in decided.get(name, {}).items():
            data = next(data for index, data in variable.items() if item(index) == key)
            data.set_value(value, skip_validation=True)
    for total in period.flows.totals:
        total.variable.set_value(period.flows.amount(total.rate), skip_validation=True)


def _follow(period: Period) -> None:
    b = period.b
    for kr, x in b.x.items():
        x.set_value(pyo.value(period.S[kr] - part(b.out, kr) - part(b.closed, kr) + part(b.into, kr) + part(b.new, kr)), skip_validation=True)
    for kr, w in b.w.items():
        made = b.x[kr] if period.instance.industries["indivisible"][kr[0]] else part(b.into, kr) + part(b.new, kr)
        w.set_value(int(pyo.value(made) > 0), skip_validation=True)
    for kr, started in b.started.items():
        started.set_value(max(b.w[kr].value - period.before[-1].b.w[kr].value, 0.0), skip_validation=True)
    for k, short in b.short.items():
        short.set_value(max(period.D[k] - sum(b.x[k, r].value for r in period.regions), 0.0), skip_validation=True)
    for row, use in b.use.items():
        load, misses = b.load[row], []
        for value in (0.0, 1.0):
            load.set_value(value, skip_validation=True)
            misses.append(pyo.value(use.upper) - pyo.value(use.body))
        load.set_value(misses[0] / (misses[0] - misses[1]), skip_validation=True)


def slacks(constraint: Any) -> dict[str, float]:
    """Slack of every row of a constraint: 0 for a plan that is just allowed, negative for one that is forbidden."""
    return {item(row): float(pyo.value(data.slack())) for row, data in constraint.items()}


def links(built: Built, label: str, period: int = -1) -> list[Any]:
    """The linking constraints of a policy in a period."""
    return [c for c in built.periods[period].b.policy[label].component_objects(pyo.Constraint) if c.local_name != "limit"]


def linking(built: Built, label: str, period: int = -1) -> dict[str, float]:
    """Slacks of all linking constraints of a policy in a period, by `NAME|ITEM`."""
    return {f"{link.local_name}|{row}": slack for link in links(built, label, period) for row, slack in slacks(link).items()}


def limit(built: Built, label: str, period: int = -1) -> Any:
    """The limit of a policy in a period (the last one, where none is named); None for a policy that limits nothing."""
    return built.periods[period].b.policy[label].component("limit")


def term(built: Built, label: str, period: int = -1) -> float:
    """Value of an objective term of a period, unweighted."""
    chosen = built.periods[period]
    return float(sum(pyo.value(expression) for expression in chosen.terms.get(label, []))) + chosen.flows.value(label)


def objective(built: Built) -> float:
    """The objective of the plan that lies in a model: the Pyomo part and the transfers."""
    moving = sum(built.weights[term] * period.flows.value(term) for period in built.periods for term in period.flows.terms)
    return float(pyo.value(built.model.objective)) + moving


def read(built: Built) -> list[PeriodPlan]:
    """The plan that lies in a model, as the tables that rechecks read."""
    return list(read_plan(built).periods)


@st.composite
def plans(draw: st.DrawFn, built: Built) -> list[list[Move]]:
    """Random plans for a model: up to four moves a period; no region loses more than it has."""
    drawn = []
    for period in built.periods:
        b, most = period.b, 8.0 * len(built.periods)
        ways = [(k, f"{o}>{d}", period.S0[k, o] / most) for k, o, d in period.flows]
        ways += [(k, f"+{r}", 20.0) for k, r in b.new]
        ways += [(k, f"-{r}", period.S0[k, r] / most) for k, r in b.closed]
        parts = draw(st.lists(st.tuples(st.sampled_from(ways), st.floats(0.01, 1.0)), max_size=4))
        drawn.append([(k, place, scale * size) for (k, place, scale), size in parts])
    return drawn


@st.composite
def decisions(draw: st.DrawFn, built: Built) -> Decided:
    """Random decisions for the policies of a model: up to three items of each, within their bounds of all periods."""
    drawn: dict[str, dict[str, float]] = {}
    for key, variable in built.periods[0].decisions.items():
        for index in draw(st.lists(st.sampled_from(list(variable)), max_size=3, unique=True)) if len(variable) else ():
            alike = [p.decisions[key][index] for p in built.periods if index in p.decisions[key]]
            low, high = max([-20.0, *(d.lb for d in alike if d.lb is not None)]), min([20.0, *(d.ub for d in alike if d.ub is not None)])
            drawn.setdefault(key[1], {})[item(index)] = 1.0 if variable[index].is_binary() else draw(st.floats(low, high))
    return drawn


def altered(instance: Instance, table: str, key: str | tuple[Any, ...], **values: Any) -> Instance:
    """The instance with other values in one row of a table (a new row or column, where there is none)."""
    frame = instance.tables[table].set_index(KEYS[table])
    for column, value in values.items():
        frame.loc[key, column] = value
    return with_table(instance, table, frame.reset_index())


def with_table(instance: Instance, table: str, frame: pd.DataFrame | None) -> Instance:
    """The instance with another table in place of one, or (None) without it."""
    tables: Mapping[str, pd.DataFrame] = {**instance.tables, **({} if frame is None else {table: frame})}
    return dataclasses.replace(instance, tables={n: t for n, t in tables.items() if frame is not None or n != table})


def cut(instance: Instance, industries: Iterable[str], regions: Iterable[str]) -> Instance:
    """The part of an instance that concerns some industries and regions. Groups stay, plates without a region with them."""
    kept = {"industry": set(industries), "region": set(regions)}
    places = kept["region"] | set(instance.tables["groups"]["group"])
    tables = {}
    for table, frame in instance.tables.items():
        for column in ("industry", "region"):
            frame = frame[frame[column].isin(kept[column])] if column in frame else frame
        for column in ("place", "origin", "destination"):
            frame = frame[frame[column].isin(places)] if column in frame else frame
        tables[table] = frame.reset_index(drop=True)
    return dataclasses.replace(instance, tables=tables)
