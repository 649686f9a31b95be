"""What the tests of a policy family state, and how they build and solve a model with that family alone.

A family has a file `tests/families/test_FAMILY.py` with its `FAMILY`; nothing else names it. `tests/test_policies.py` runs what is stated there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyomo.environ as pyo

from layout_opt.build import Built, build
from layout_opt.core import Period
from layout_opt.instance import Instance
from layout_opt.solving import solve
from tests.conftest import define
from tests.plans import Decided, Move, lay, with_table

# Without any policy: value added 0.25 * 100 + 0.3 * 110 + 0.5 * 10 = 63, less 10 more cloth anywhere, 0.1 * (0.5 + 0.5 * 10): 62.45.
# Moving costs, counted by 0.1, a unit: steel A-B 0.05, B-C 0.05, A-C 0.06; cloth A-B 0.035, B-C 0.035, A-C 0.04; lab A-B 0.025, A-C 0.03.
# Closing and building anew: steel 0.15, cloth 0.10. A project: steel 0.1, cloth 0.05 (paid already where the new cloth goes), lab 0.2.
FREE = 62.45


@dataclass(frozen=True)
class Row:
    """A row of a limit with the plan that it just allows and one that it just forbids, and by how much.

    A row of a linking constraint is named `NAME|ITEM`. `decided` holds the decisions of the policy by name and item, in both plans;
    `otherwise` those of the forbidden one, where they differ. `earlier` is what is done in a period before, up to 2025; decisions are alike in both.
    """

    parameters: dict[str, Any]
    row: str
    allowed: str
    forbidden: str
    slack: float
    decided: Decided = field(default_factory=dict)
    otherwise: Decided | None = None
    earlier: str | None = None

    @property
    def periods(self) -> tuple[int, ...]:
        """The periods of the model that the plans are laid into."""
        return (2030,) if self.earlier is None else (2025, 2030)

    def laid(self, plan: str) -> tuple[str, ...]:
        """What is done in each of the periods."""
        return (plan,) if self.earlier is None else (self.earlier, plan)


@dataclass(frozen=True)
class Term:
    """A plan and the value of the objective term under the policy's label, unweighted."""

    parameters: dict[str, Any]
    plan: str
    value: float
    decided: Decided = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """A plan and the value of one outcome that the policy reports of it."""

    parameters: dict[str, Any]
    plan: str
    outcome: str
    item: str
    value: float
    decided: Decided = field(default_factory=dict)


@dataclass(frozen=True)
class Wrong:
    """Parameters that are wrong, the key that the fault names and what it says; `change` prepares the instance."""

    parameters: dict[str, Any]
    key: str
    says: str
    change: Callable[[Instance], Instance] = lambda instance: instance


@dataclass(frozen=True)
class Family:
    """What the tests know of a family: rows, terms, outcomes, faults, and parameters for random plans, for a softened limit that a plan would
    exceed.

    The first of `random` is stored as a golden LP file of the regions `golden`. `facts` gives the instance the tables that only this family has;
    `baseline` the output by cell that the policy is compared to, where models are built and not solved; `beside` the policies without which its
    softened limit could not be exceeded, `needs` those without which it cannot be stated, under labels that come after `p`. `plans` are drawn
    where not any plan will do, since industries have to stand whole. `own` sets the variables that a policy adds to a period for itself, where
    what `settle` does with them does not suit.
    """

    rows: tuple[Row, ...] = ()
    terms: tuple[Term, ...] = ()
    told: tuple[Told, ...] = ()
    faults: tuple[Wrong, ...] = ()
    random: tuple[dict[str, Any], ...] = ({},)
    soft: dict[str, Any] | None = None
    golden: str = "AC"
    facts: Callable[[Instance], Instance] = lambda instance: instance
    baseline: Callable[[Instance], pd.Series[float]] | None = None
    beside: dict[str, dict[str, Any]] = field(default_factory=dict)
    needs: dict[str, dict[str, Any]] = field(default_factory=dict)
    plans: tuple[str, ...] = ()
    own: Callable[[Period, Any], None] | None = None


@cache
def stated_families() -> dict[str, Family]:
    """The families that have tests, by name."""
    folder = Path(__file__).parent / "families"
    modules = [module.name for module in pkgutil.iter_modules([str(folder)])]
    return {name.removeprefix("test_"): importlib.import_module(f"tests.families.{name}").FAMILY for name in modules}


def stated(family: str, parameters: dict[str, Any], beside: Mapping[str, Any] | None = None, **more: Any) -> Any:
    """A definition whose policy `p` is of a family, with those that it needs, by itself or beside others."""
    needs = stated_families()[family].needs if family in stated_families() else {}
    return define(policies={**needs, **(beside or {}), "p": {"family": family, **parameters}}, **more)


def made(family: str, parameters: dict[str, Any], instance: Instance, periods: Iterable[int] = (2030,)) -> Built:
    """The model of an instance, which has the family's tables already, with one policy of it."""
    baseline = stated_families()[family].baseline
    compared = None if baseline is None else {"p": dict.fromkeys(periods, baseline(instance))}
    return build(instance, stated(family, parameters, periods=list(periods)), compared)


def settle(built: Built, *laid: str | list[Move], decided: Decided | None = None) -> Built:
    """Lay a plan and decisions, and set the variables that policies add for themselves: one of 0 or 1 as low, any other as high as the rows that
    bind it to the plan allow, or as `Family.own` says."""
    lay(built, *laid, decided=decided)
    for period, policy in ((period, policy) for period in built.periods for policy in built.policies):
        choose = stated_families()[policy.family].own
        if choose is not None:
            choose(period, policy)
            continue
        set_already = {id(v) for variable in period.decisions.values() for v in variable.values()} | {id(t.variable) for t in period.flows.totals}
        own = [v for v in period.b.component_objects((pyo.Var, pyo.Constraint), descend_into=False) if v.local_name.startswith(f"{policy.label}_")]
        rows = [row for constraint in own if constraint.ctype is pyo.Constraint for row in constraint.values()]
        for variable in (v for part in own if part.ctype is pyo.Var for v in part.values() if id(v) not in set_already):
            misses = []
            for value in (0.0, 1.0):
                variable.set_value(value, skip_validation=True)
                misses.append([float(pyo.value(row.upper - row.body)) for row in rows])
            needed = any(at_0 < -1e-6 and at_0 != at_1 for at_0, at_1 in zip(*misses, strict=True))
            most = [at_0 / (at_0 - at_1) for at_0, at_1 in zip(*misses, strict=True) if at_0 > at_1]
            low, high = float(needed), min(most + [variable.ub] * (variable.ub is not None))
            variable.set_value(low if variable.is_binary() else high, skip_validation=True)
    return built


def optimum(instance: Instance, *policies: dict[str, Any], **more: Any) -> float:
    """The optimum under some policies; the plan is verified."""
    run = solve(instance, define(policies={f"p{n}": policy for n, policy in enumerate(policies)}, **more))
    assert run.status == "optimal"
    return float(run.info["objective"])


def without(table: str, *columns: str) -> Callable[[Instance], Instance]:
    """A change of an instance: it loses a table, or columns of it."""
    return lambda i: with_table(i, table, i.tables[table].drop(columns=list(columns)) if columns else None)


def having(**tables: Mapping[str, list[Any]]) -> Callable[[Instance], Instance]:
    """A change of an instance: it has these tables, given column by column."""

    def change(instance: Instance) -> Instance:
        for name, columns in tables.items():
            instance = with_table(instance, name, pd.DataFrame(dict(columns)))
        return instance

    return change
