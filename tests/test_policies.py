"""Every policy family by plans laid into its model, by its recheck, by its faults, softened, and solved against figures worked out by hand.

A new family needs an entry in `FAMILIES` (and what `test_every_family_is_tested` asks for); nothing else here names families.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyomo.environ as pyo
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from layout_opt.build import Built, build
from layout_opt.definition import load_definition
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.policies import families, policies_of, statement
from layout_opt.policy import Policy
from layout_opt.shipped import folder
from layout_opt.solver.compiled import Program, compile_built, export
from layout_opt.solving import load_instance, solve
from tests.conftest import TINY, define
from tests.plans import Move, altered, cut, lay, limit, objective, plans, read, slacks, term, with_table

GOLDEN = Path(__file__).parent / "golden"
LIGHT = settings(max_examples=15, derandomize=True, deadline=None, database=None, phases=(Phase.generate, Phase.shrink))


@dataclass(frozen=True)
class Row:
    """A row of a limit with the plan that it just allows and one that it just forbids, and by how much."""

    parameters: dict[str, Any]
    row: str
    allowed: str
    forbidden: str
    slack: float


@dataclass(frozen=True)
class Term:
    """A plan and the value of the objective term under the policy's label, unweighted."""

    parameters: dict[str, Any]
    plan: str
    value: float


@dataclass(frozen=True)
class Wrong:
    """Parameters that are wrong, the key that the fault names and what it says; `change` prepares the instance."""

    parameters: dict[str, Any]
    key: str
    says: str
    change: Callable[[Instance], Instance] = lambda instance: instance


@dataclass(frozen=True)
class Family:
    """What the tests know of a family: rows, terms, faults, and parameters for random plans, for a softened limit that a plan would exceed.

    The first of `random` is stored as a golden LP file of the regions `golden`. `facts` gives the instance a table that only this family has.
    `plans` are drawn where not any plan will do, since industries have to stand whole.
    """

    rows: tuple[Row, ...] = ()
    terms: tuple[Term, ...] = ()
    faults: tuple[Wrong, ...] = ()
    random: tuple[dict[str, Any], ...] = ({},)
    soft: dict[str, Any] | None = None
    golden: str = "AC"
    facts: Callable[[Instance], Instance] = lambda instance: instance
    plans: tuple[str, ...] = ()


def without(table: str, *columns: str) -> Callable[[Instance], Instance]:
    """A change of an instance: it loses a table, or columns of it."""
    return lambda i: with_table(i, table, i.tables[table].drop(columns=list(columns)) if columns else None)


def openings(**cost: float) -> Callable[[Instance], Instance]:
    """A change of an instance: these regions may be opened, at these costs."""
    return lambda i: with_table(i, "openings", pd.DataFrame({"region": list(cost), "opening_cost": list(cost.values())}))


def linked(instance: Instance) -> Instance:
    """A change of an instance: all industries stand whole, steel (100 of water) in A, cloth (55) in B, the laboratory in A, and are linked."""
    stock = pd.DataFrame({"industry": ["steel", "cloth", "lab"], "region": ["A", "B", "A"], "output": [100.0, 110.0, 10.0]})
    flows = pd.DataFrame({"industry": ["steel", "cloth", "steel"], "partner": ["cloth", "steel", "lab"], "flow": [2.0, 1.0, 4.0]})
    caps = pd.DataFrame({"resource": "water", "place": ["A", "B", "C"], "year": 2020, "capacity": [150.0, 155.0, 300.0], "unit": "Mm3"})
    for table, frame in (("stock", stock), ("linkages", flows), ("capacities", caps)):
        instance = with_table(instance, table, frame)
    for industry in ("steel", "cloth"):
        instance = altered(instance, "industries", industry, indivisible=True, relocatable_share=1.0)
    return instance


WEST = {"group": "West", "measure": "output", "industries": ["cloth"]}
WATER = {"resources": ["water"]}

FAMILIES: dict[str, Family] = {
    "basin_capacity": Family(
        rows=(
            # Base year: A 60 + 25, B 40 + 10, together 135 of 136.
            Row({}, "water|river", "cloth A>C 8, cloth +B 10", "cloth A>C 8, cloth +B 12", -1.0),
            Row({"strictness": 0.5}, "water|river", "steel -A 60, cloth -A 14", "steel -A 60, cloth -A 12", -1.0),
        ),
        faults=(
            Wrong({"resources": ["waters"]}, "resources", "no such resource"),
            Wrong({"strictness": 0}, "strictness", "greater than 0"),
            Wrong({"share": 1}, "share", "unknown key"),
            Wrong({}, "policies.p", "lacks", without("membership")),
        ),
        random=({}, {"strictness": 0.7}),
        soft={"strictness": 0.9},
        golden="AB",
    ),
    "carrying_capacity": Family(
        rows=(
            # A: steel 60 at 1 and cloth 50 at 0.5 a unit, 85 of 70 Mm3.
            Row({}, "water|A", "steel A>B 15", "steel A>B 14", -1.0),
            Row({}, "water|B", "cloth +B 10, steel A>B 11", "cloth +B 10, steel A>B 12", -1.0),
            Row({**WATER, "strictness": 0.5}, "water|C", "steel +C 15", "steel +C 16", -1.0),
        ),
        faults=(
            Wrong({"resources": ["wather"]}, "resources", "no such resource"),
            Wrong({"resources": "water"}, "resources", "tuple"),
            Wrong({"strictness": -1}, "strictness", "greater than 0"),
            Wrong({}, "policies.p", "lacks", without("capacities")),
        ),
        random=({}, {"strictness": 0.8}),
        soft=WATER,
    ),
    "comparative_advantage": Family(
        terms=(
            # Steel B 40 * 0.25 * 0.5, cloth C 30 * 0.3 * 0.5, lab A 10 * 0.5 * 1: 5 + 4.5 + 5.
            Term({"index": "scores"}, "", 14.5),
            Term({"index": "scores"}, "steel A>B 8, lab -A 10", 10.5),
            # LQ - 1 of the base year: steel 0.05, 0.4, -1; cloth -0.125, -0.3, 1.1; lab 0.75, -1, -1; in C steel costs 2.5, lab 5.
            Term({"index": "lq"}, "", 15 * 0.05 + 10 * 0.4 - 15 * 0.125 - 6 * 0.3 + 9 * 1.1 + 5 * 0.75),
            Term(
                {"index": "rsca"}, "steel A>C 20", 10 * 0.05 / 2.05 + 10 * 0.4 / 2.4 - 5 - 15 / 15 - 6 * 0.3 / 1.7 + 9 * 1.1 / 3.1 + 5 * 0.75 / 2.75
            ),
        ),
        faults=(
            Wrong({"index": "best"}, "index", "rsca"),
            Wrong({"weight": -0.1}, "weight", "greater than or equal to 0"),
            Wrong({"index": "scores"}, "index", "lacks", without("scores")),
        ),
        random=tuple({"index": index} for index in ("rsca", "lq", "nrca", "scores")),
    ),
    "development_intensity": Family(
        rows=(
            # A: 120 of 0.15 * 1000 km2.
            Row({}, "land|A", "cloth +A 30", "cloth +A 31", -1.0),
            Row({"strictness": 0.4}, "land|B", "steel A>B 20", "steel A>B 22", -2.0),
        ),
        faults=(
            Wrong({"resource": "lands"}, "resource", "no such resource"),
            Wrong({"resource": "water"}, "resource", "area is in km2"),
            Wrong({"strictness": "very"}, "strictness", "number"),
            Wrong({}, "policies.p", "max_development", without("regions", "max_development")),
        ),
        random=({}, {"strictness": 0.5}),
        soft={"strictness": 0.7},
    ),
    "duplication_limit": Family(
        rows=(
            Row({"sites": {"cloth": 1}}, "cloth", "cloth +C 10", "cloth +C 5, cloth A>B 5", -1.0),
            Row({}, "steel", "steel +A 10, steel +B 10", "steel +A 10, steel A>B 10, steel +C 10", -1.0),
        ),
        faults=(
            Wrong({"sites": {"silk": 1}}, "sites", "no such industry"),
            Wrong({"sites": {"cloth": -1}}, "sites", "negative"),
            Wrong({"sites": {"cloth": 1.5}}, "sites", "integer"),
            Wrong({"sites": {"lab": 1}}, "sites", "no lot"),
            Wrong({}, "sites", "max_projects", without("industries", "max_projects")),
        ),
        random=({}, {"sites": {"steel": 0, "cloth": 1}}),
        soft={"sites": {"cloth": 0}},
    ),
    "functional_zone": Family(
        rows=(
            # Half of A restricts cloth to 0.8 of its output: 0.5 * 0.2 * 50 has to leave, by transfer or closure.
            Row({}, "exit|cloth|A", "cloth A>C 3, cloth -A 2", "cloth A>C 3, cloth -A 1", -1.0),
            Row({}, "entry|cloth|A", "cloth +A 10", "cloth B>A 2", -2.0),
            # 0.5 * 0.8 * 50 in the zone and 2.5 * 0.5 * 50 * 110 / 100 outside it.
            Row({}, "most|cloth|A", "cloth +A 38.75", "cloth +A 39.75", -1.0),
            Row({}, "most|steel|C", "", "steel A>C 10", -10.0),
            Row({"closed_from": 0.6, "open_growth": 1.0}, "most|cloth|A", "cloth -A 2.5", "cloth -A 1.5", -1.0),
        ),
        terms=(Term({"encouragement": 0.2}, "", 0.5 * 0.5 * 10), Term({"encouragement": 0.2}, "lab A>B 10", 0.0)),
        faults=(
            Wrong({"phase_out": 1.2}, "phase_out", "less than or equal to 1"),
            Wrong({"closed_from": 0}, "closed_from", "greater than 0"),
            Wrong({"open_growth": True}, "open_growth", "true or false"),
            Wrong({}, "policies.p", "lacks", without("zone_rules")),
        ),
        random=({}, {"phase_out": 0.5, "encouragement": 0.3}, {"closed_from": 0.6, "open_growth": 0.5}),
        soft={},
    ),
    "group_share": Family(
        rows=(
            # C makes 30 of 100.
            Row({**WEST, "min_share": 0.3}, "min_share", "", "cloth +B 10", -3.0),
            Row({**WEST, "max_share": 0.3}, "max_share", "", "cloth +C 10", -7.0),
            Row({**WEST, "min_growth": 0.1}, "min_growth", "cloth A>C 3", "cloth A>C 2", -1.0),
            Row({**WEST, "max_growth": 0.5}, "max_growth", "cloth A>C 15", "cloth A>C 20", -5.0),
            # Value added of A and B: 25 + 21 + 5 = 51 of 60.
            Row({"group": "river", "max_growth": 0.0}, "max_growth", "", "cloth +B 10", -3.0),
        ),
        faults=(
            Wrong({**WEST, "group": "Wset", "max_growth": 0.1}, "group", "no such group"),
            Wrong({"group": "West", "industries": ["silk"], "max_growth": 0.1}, "industries", "no such industry"),
            Wrong(WEST, "policies.p", "states no bound"),
            Wrong({**WEST, "min_share": 1.1}, "min_share", "less than or equal to 1"),
            Wrong({"max_share": 0.5}, "group", "missing"),
        ),
        random=(
            {**WEST, "min_share": 0.3, "max_share": 0.4, "min_growth": 0.1, "max_growth": 0.3},
            {"group": "river", "min_share": 0.8, "max_growth": 0.0},
        ),
        soft={"group": "West", "min_growth": 0.6},
    ),
    "industry_linkage": Family(
        rows=(
            # Steel uses 1 and cloth 0.5 of water a unit; A has 150, B 155.
            Row({"resource": "water"}, "A", "cloth B>A 100", "cloth B>A 102", -1.0),
            Row({"resource": "water"}, "B", "steel A>B 100", "steel A>B 101", -1.0),
        ),
        terms=(
            # Steel and cloth deliver 3 to each other between A and B, steel 4 to the laboratory beside it.
            Term({}, "", 3.0),
            Term({"weight": -0.2}, "steel A>B 100", 4.0),
            Term({"resource": "water"}, "cloth B>C 110", 6.0),
            Term({}, "cloth -B 110", 0.0),
        ),
        faults=(
            Wrong({"weight": 0}, "weight", "less than 0"),
            Wrong({"resource": "land"}, "resource", "no such resource with capacities of regions"),
            Wrong({}, "policies.p", "can be divided", lambda i: altered(i, "industries", "cloth", indivisible=False)),
            Wrong({}, "policies.p", "with itself", lambda i: altered(i, "linkages", ("lab", "lab"), flow=1.0)),
            Wrong({}, "policies.p", "lacks", without("linkages")),
        ),
        random=({"resource": "water"}, {"weight": -0.1}),
        soft={"resource": "water", "weight": -5.0},  # cloth moves to A
        facts=linked,
        plans=("", "steel A>B 100", "steel A>C 100, cloth B>C 110", "cloth -B 110", "lab A>C 10, steel A>C 100", "lab A>B 10"),
    ),
    "market_barrier": Family(
        terms=(
            Term({}, "", 0.0),
            # East to Central 0.2 * (0.4 + 0.1), East to West 0.4 * (0.3 + 0.05 * 2) a unit.
            Term({}, "steel A>B 10, cloth A>C 5", 1.0 + 0.8),
            Term({"strength": 2.5}, "steel A>B 10, cloth A>C 5", 4.5),
        ),
        faults=(
            Wrong({"strength": -1}, "strength", "greater than or equal to 0"),
            Wrong({"weight": 0.1}, "weight", "less than or equal to 0"),
            Wrong({}, "policies.p", "lacks", without("barriers")),
        ),
        random=({}, {"strength": 3.0}),
    ),
    "placement": Family(
        rows=(
            Row({"industry": "cloth", "region": "C", "min_output": 40}, "min_output", "cloth +C 10", "cloth +C 9", -1.0),
            Row({"industry": "steel", "region": "A", "max_output": 50}, "max_output", "steel A>B 10", "steel A>B 8", -2.0),
        ),
        faults=(
            Wrong({"industry": "silk", "region": "A", "min_output": 1}, "industry", "no such industry"),
            Wrong({"industry": "steel", "region": "Z", "min_output": 1}, "region", "no such region"),
            Wrong({"industry": "steel", "region": "A"}, "policies.p", "states no bound"),
            Wrong({"industry": "steel", "region": "A", "max_output": -1}, "max_output", "greater than or equal to 0"),
        ),
        random=({"industry": "cloth", "region": "C", "min_output": 35, "max_output": 60},),
        soft={"industry": "steel", "region": "A", "max_output": 55},
    ),
    "region_opening": Family(
        rows=(
            # Steel stands in A and B, cloth in A, B and C; only A and B may be opened. A: water for 70 of 85.
            Row({"at_most": 1, "industries": ["steel"]}, "at_most", "steel B>A 20, steel -B 20", "steel B>A 20", -1.0),
            Row({"at_most": 0}, "at_most", "steel -A 60, cloth -A 50, lab -A 10, steel -B 40, cloth -B 20, cloth -C 30", "", -3.0),
            Row({"industries": ["cloth"]}, "barred|C", "cloth C>A 15, cloth -C 15", "cloth C>A 15", -1.0),
            Row({"resource": "water"}, "capacity|A", "steel A>B 15", "", -15 / 70),
            Row({"resource": "water", "industries": ["cloth"]}, "capacity|B", "cloth +B 112", "cloth +B 178", -0.5),
        ),
        terms=(
            Term({}, "", 2.0 + 3.0),
            Term({"industries": ["steel"], "weight": -0.1}, "steel B>A 20, steel -B 20", 2.0),
            Term({"industries": ["lab"]}, "lab A>B 10", 3.0),
        ),
        faults=(
            Wrong({"industries": ["silk"]}, "industries", "no such industry"),
            Wrong({"industries": ["steel", "steel"]}, "industries", "named twice"),
            Wrong({"industries": []}, "industries", "at least 1 item"),
            Wrong({"at_most": -1}, "at_most", "greater than or equal to 0"),
            Wrong({"at_most": 1.5}, "at_most", "integer"),
            Wrong({"weight": 1}, "weight", "less than or equal to 0"),
            Wrong({"resource": "land"}, "resource", "no such resource with capacities of regions"),
            Wrong({"resource": "water"}, "resource", "no such resource with capacities of regions", without("capacities")),
        ),
        random=({"industries": ["cloth"], "at_most": 1, "resource": "water"}, {"weight": -0.1}, {"industries": ["steel", "lab"], "at_most": 2}),
        soft={"industries": ["steel"], "at_most": 1},
        facts=openings(A=2.0, B=3.0),
    ),
    "regional_equity": Family(
        terms=(
            # Value added of A, B, C today 35, 16, 9; output 120, 60, 30; population 400, 300, 200, so 0.0667 of value added per head.
            Term({}, "", 1.0),
            Term({}, "cloth A>C 10", 32 / 35),
            Term({"measure": "output"}, "steel A>B 30", 0.75),
            Term({"per": "population"}, "", 9 / (200 * 60 / 900)),
            Term({"per": "population", "measure": "output", "weight": 3}, "cloth A>C 30", 60 / (300 * 210 / 900)),
            Term({"ceiling": 0.9}, "", 0.9),
            Term({"ceiling": 0.9}, "lab -A 10", 30 / 35),
        ),
        faults=(
            Wrong({"measure": "income"}, "measure", "value_added"),
            Wrong({"weight": 0}, "weight", "greater than 0"),
            Wrong({"ceiling": -1}, "ceiling", "greater than 0"),
            Wrong({"per": "population"}, "per", "population", without("regions", "population")),
        ),
        random=({}, {"measure": "output", "per": "population", "ceiling": 0.6}),
    ),
}


def cases(part: str) -> list[Any]:
    """Every entry of one part of `FAMILIES`, with its family."""
    return [pytest.param(name, entry, id=f"{name}-{n}") for name, family in FAMILIES.items() for n, entry in enumerate(getattr(family, part))]


def stated(family: str, parameters: dict[str, Any], **more: Any) -> Any:
    """A definition whose only policy, `p`, is of a family."""
    return define(policies={"p": {"family": family, **parameters}}, **more)


def settle(built: Built, *laid: str | list[Move]) -> Built:
    """Lay a plan, and set the variables that policies add: one of 0 or 1 as low, any other as high as the rows that bind it to the plan allow."""
    lay(built, *laid)
    for period, policy in ((period, policy) for period in built.periods for policy in built.policies):
        own = [v for v in period.b.component_objects((pyo.Var, pyo.Constraint), descend_into=False) if v.local_name.startswith(f"{policy.label}_")]
        rows = [row for constraint in own if constraint.ctype is pyo.Constraint for row in constraint.values()]
        for variable in (v for part in own if part.ctype is pyo.Var for v in part.values()):
            misses = []
            for value in (0.0, 1.0):
                variable.set_value(value, skip_validation=True)
                misses.append([float(pyo.value(row.upper - row.body)) for row in rows])
            needed = any(at_0 < -1e-6 and at_0 != at_1 for at_0, at_1 in zip(*misses, strict=True))
            most = [at_0 / (at_0 - at_1) for at_0, at_1 in zip(*misses, strict=True) if at_0 > at_1]
            low, high = float(needed), min(most + [variable.ub] * (variable.ub is not None))
            variable.set_value(low if variable.is_binary() else high, skip_validation=True)
    return built


@pytest.mark.parametrize("name", families())
def test_every_family_is_tested(name: str) -> None:
    """A family has tests, a statement with units, and titles: rows where it limits, terms where it adds to the objective, faults always."""
    cls, entry = families()[name], FAMILIES.get(name)
    assert entry is not None, f"add {name!r} to FAMILIES in tests/test_policies.py"
    assert bool(entry.rows) == (cls.limit is not Policy.limit), "a family with a limit needs a just-allowed and a just-forbidden plan"
    assert bool(entry.terms) == (cls.term_weight is not Policy.term_weight), "a family with an objective term needs plans with its value"
    assert (entry.soft is not None) == bool(entry.rows), "a family with a limit needs parameters for its softened test"
    assert entry.faults, "a family needs tests of its faults"
    assert (cls.recheck is not Policy.recheck) == bool(entry.rows), "a limit needs its recheck"
    assert (cls.value is not Policy.value) == bool(entry.terms), "an objective term needs its value"
    text = statement(name)
    assert re.search(r"^Statement\b.*::$", text, re.MULTILINE | re.DOTALL), "the module's docstring needs a block `Statement ...::`"
    assert re.search(r"\b(money|output|unit|project|site|share)", text, re.IGNORECASE), "the statement needs units"
    assert cls.title.keys() == {"en", "zh"}
    assert all(cls.title.values())
    assert re.search("[\u4e00-\u9fff]", cls.phrase), "`phrase` quotes the policy paper"


def test_no_test_is_of_a_family_that_is_gone() -> None:
    assert set(FAMILIES) <= set(families())


@pytest.mark.parametrize(("family", "case"), cases("rows"))
def test_just_allowed_and_just_forbidden(tiny: Instance, family: str, case: Row) -> None:
    """The row has slack 0 for the plan that it just allows, and is short by the stated amount for the other."""
    built = build(FAMILIES[family].facts(tiny), stated(family, case.parameters))
    assert slacks(limit(settle(built, case.allowed), "p"))[case.row] == pytest.approx(0.0, abs=1e-9)
    assert slacks(limit(settle(built, case.forbidden), "p"))[case.row] == pytest.approx(case.slack)


@pytest.mark.parametrize(("family", "case"), cases("terms"))
def test_terms_have_the_stated_value(tiny: Instance, family: str, case: Term) -> None:
    """The objective term of a plan is the figure worked out by hand, in the model and from the tables."""
    built = settle(build(FAMILIES[family].facts(tiny), stated(family, case.parameters)), case.plan)
    assert term(built, "p") == pytest.approx(case.value)
    assert built.policies[0].value(read(built)[-1]) == pytest.approx(case.value)


@cache
def random_model(family: str, number: int, periods: tuple[int, ...]) -> Any:
    """A model of `tiny` with one policy, for random plans; its laboratory has a lot, so that it counts as an industry with projects."""
    instance = altered(load_instance(TINY), "industries", "lab", lot=5.0, max_projects=0)
    return build(FAMILIES[family].facts(instance), stated(family, FAMILIES[family].random[number], periods=list(periods)))


@pytest.mark.parametrize(("family", "number"), [(name, n) for name, entry in FAMILIES.items() for n in range(len(entry.random))])
@LIGHT
@given(data=st.data())
def test_recheck_and_model_agree(family: str, number: int, data: st.DataObject) -> None:
    """For any plan, of one period or two, the pandas recheck has the rows, uses and bounds of the model, and `value` is the model's term.

    Rows that the model leaves out (no variable could break them) hold by themselves.
    """
    periods = data.draw(st.sampled_from([(2030,), (2025, 2030)]))
    built = random_model(family, number, periods)
    own = FAMILIES[family].plans
    settle(built, *([data.draw(st.sampled_from(own))] if own else data.draw(plans(built))))
    policy = built.policies[0]
    for number_of_period, plan in enumerate(read(built)):
        recheck, rows = policy.recheck(plan).set_index("row"), limit(built, "p", number_of_period)
        modelled = {} if rows is None else slacks(rows)
        checked = dict(recheck["bound"] - recheck["use"])
        assert [row for row in checked if row in modelled] == list(modelled)
        for row, slack in modelled.items():
            assert checked[row] == pytest.approx(slack, abs=1e-6), row
        assert all(slack >= 0 for row, slack in checked.items() if row not in modelled)
        if policy.term_weight() is not None:
            assert policy.value(plan) == pytest.approx(term(built, "p", number_of_period), abs=1e-6)


@pytest.mark.parametrize(("family", "case"), cases("faults"))
def test_wrong_parameters_name_their_key(tiny: Instance, family: str, case: Wrong) -> None:
    """A wrong parameter, or a missing table, is one fault of the input that says where it stands and what is wrong."""
    with pytest.raises(InputError) as caught:
        policies_of(stated(family, case.parameters), case.change(FAMILIES[family].facts(tiny)))
    assert len(caught.value.faults) == 1
    fault = caught.value.faults[0]
    assert str(fault.where.column).startswith("policies.p")
    assert case.key in str(fault.where.column)
    assert case.says in fault.what
    assert fault.remedy


def test_an_unknown_family_is_an_error(tiny: Instance) -> None:
    """The nearest family is named; the statement of an unknown family is refused as well."""
    with pytest.raises(InputError, match=r"policies\.p\.family: no such policy family.*Did you mean 'carrying_capacity'"):
        policies_of(stated("carying_capacity", {}), tiny)
    with pytest.raises(InputError, match="no such policy family"):
        statement("carying_capacity")


def test_all_faults_are_reported_at_once(tiny: Instance) -> None:
    """Three policies with four faults are four faults, not one after the other."""
    wrong = {
        "a": {"family": "carrying_capacity", "resources": ["x"], "strictness": 1},
        "b": {"family": "group_share", "group": "x", "industries": ["y"], "min_share": 0.1},
        "c": {"family": "nothing"},
    }
    with pytest.raises(InputError) as caught:
        build(tiny, define(policies=wrong))
    keys = {f.where.column for f in caught.value.faults}
    assert keys == {"policies.a.resources", "policies.b.group", "policies.b.industries", "policies.c.family"}


# --- golden files ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", families())
def test_golden_model(tiny: Instance, tmp_path: Path, name: str) -> None:
    """The model of two regions and two industries with this policy alone is, byte for byte, the stored one: no change of it goes unseen."""
    small = cut(FAMILIES[name].facts(tiny), ["steel", "cloth"], FAMILIES[name].golden)
    export(compile_built(build(small, stated(name, FAMILIES[name].random[0]))), tmp_path / "new.lp")
    new, golden = (tmp_path / "new.lp").read_bytes(), GOLDEN / f"{name}.lp"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        GOLDEN.mkdir(exist_ok=True)
        golden.write_bytes(new)
    old = golden.read_bytes() if golden.is_file() else b""
    changed = "\n".join(difflib.unified_diff(old.decode().splitlines(), new.decode().splitlines(), "stored", "now", lineterm="", n=0))
    assert new == old, f"the model of {name} changed; if it should have, run pytest with UPDATE_GOLDEN=1 and read the difference:\n{changed}"


def test_no_golden_file_is_left_over() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == {f"{name}.lp" for name in families()}


# --- softening ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("family", "case"), cases("rows"))
def test_softening_allows_what_was_forbidden_at_its_price(tiny: Instance, family: str, case: Row) -> None:
    """With a penalty, the forbidden plan fits once its excess is counted, and the objective pays penalty times excess for it."""
    built = settle(build(FAMILIES[family].facts(tiny), stated(family, {**case.parameters, "penalty": 0.5})), case.forbidden)
    block = built.periods[0].b.policy["p"]
    before = objective(built)
    excess = {row: max(-slack, 0.0) for row, slack in zip(block.limit, slacks(block.limit).values(), strict=True)}
    for row, value in excess.items():
        block.excess[row].set_value(value)
    assert sum(excess.values()) >= -case.slack - 1e-9
    assert min(slacks(block.limit).values()) >= -1e-9
    assert objective(built) == pytest.approx(before - 0.5 * sum(excess.values()))
    assert term(built, "p.excess") == pytest.approx(sum(excess.values()))


@pytest.mark.parametrize("family", [name for name, entry in FAMILIES.items() if entry.soft is not None])
def test_softened_runs_price_their_excess_and_pass(tiny: Instance, family: str) -> None:
    """A limit that costs almost nothing to exceed is exceeded; the excess stands in the objective table, and the plan passes the check."""
    soft = {**(FAMILIES[family].soft or {}), "penalty": 1e-4}
    facts = FAMILIES[family].facts(tiny)
    run = solve(facts, stated(family, soft))
    row = run.tables["objective"].set_index("term").loc["p.excess"]
    assert row["weight"] == -1e-4
    assert row["value"] > 0.5
    assert run.tables["policies"].set_index("label").loc["p", "excess"] == pytest.approx(row["value"])
    assert run.verify().passed
    hard = solve(facts, stated(family, {k: v for k, v in soft.items() if k != "penalty"}))
    assert hard.info["objective"] <= run.info["objective"] + 1e-9


# --- optima worked out by hand -----------------------------------------------------------------------------------------------------------
# Without any policy: value added 0.25 * 100 + 0.3 * 110 + 0.5 * 10 = 63, less 10 more cloth anywhere, 0.1 * (0.5 + 0.5 * 10): 62.45.
# Moving costs, counted by 0.1, a unit: steel A-B 0.05, B-C 0.05, A-C 0.06; cloth A-B 0.035, B-C 0.035, A-C 0.04; lab A-B 0.025, A-C 0.03.
# Closing and building anew: steel 0.15, cloth 0.10. A project: steel 0.1, cloth 0.05 (paid already where the new cloth goes), lab 0.2.

FREE = 62.45


def optimum(instance: Instance, *policies: dict[str, Any], **more: Any) -> float:
    """The optimum under some policies."""
    run = solve(instance, define(policies={f"p{n}": policy for n, policy in enumerate(policies)}, **more))
    assert run.status == "optimal"
    return float(run.info["objective"])


def test_free_optimum(tiny: Instance) -> None:
    """No policy: nothing moves, 10 of cloth are built."""
    assert optimum(tiny) == pytest.approx(FREE)


def test_carrying_capacity_by_hand(tiny: Instance) -> None:
    """A must save 15 Mm3 of water. Steel to B saves a unit at 0.05, cloth at 0.07 or more: 15 steel, one steel project. 15 * 0.05 + 0.1."""
    assert optimum(tiny, {"family": "carrying_capacity"}) == pytest.approx(FREE - 0.85)


def test_basin_capacity_by_hand(tiny: Instance) -> None:
    """At 0.9 of 136, A and B must save 12.6 of 135 Mm3 in C. Steel from B: 12.6 * 0.05 + 0.1 = 0.73; cloth alone 5 * 0.07 + 7.6 * 0.08 = 0.958;
    10 steel (a lot) and 5.2 cloth 0.782."""
    assert optimum(tiny, {"family": "basin_capacity", "strictness": 0.9}) == pytest.approx(FREE - 0.73)


def test_development_intensity_by_hand(tiny: Instance) -> None:
    """At 0.7 of 150 km2, A must free 15. Cloth to B, beside the new cloth: 15 * 0.035. The lab would free 10 at 0.25 + 0.2."""
    assert optimum(tiny, {"family": "development_intensity", "strictness": 0.7}) == pytest.approx(FREE - 15 * 0.035)


def test_functional_zone_by_hand(tiny: Instance) -> None:
    """5 of cloth leave A, for B, beside the new cloth: 5 * 0.035."""
    assert optimum(tiny, {"family": "functional_zone"}) == pytest.approx(FREE - 5 * 0.035)


def test_functional_zone_encourages_by_hand(tiny: Instance) -> None:
    """Half of A encourages the lab, which stays: + 0.4 * 0.5 * 0.5 * 10 beside the cost of the 5 cloth that leave."""
    assert optimum(tiny, {"family": "functional_zone", "encouragement": 0.4}) == pytest.approx(FREE - 5 * 0.035 + 1.0)


def test_group_share_by_hand(tiny: Instance) -> None:
    """Value added of C from 9 to 14.4 takes 18 of cloth: the 10 new and 8 from B, 8 * 0.035."""
    assert optimum(tiny, {"family": "group_share", "group": "West", "min_growth": 0.6}) == pytest.approx(FREE - 8 * 0.035)


def test_duplication_limit_by_hand(tiny: Instance) -> None:
    """No site for cloth: 10 are not made. Value added 25 + 30 + 5, shortage 2 * 10, nothing built."""
    assert optimum(tiny, {"family": "duplication_limit", "sites": {"cloth": 0}}) == pytest.approx(60.0 - 20.0)


def test_market_barrier_by_hand(tiny: Instance) -> None:
    """A barrier of 0.8 between East and Central turns the 15 cloth that leave A (as above) to C: 0.04 * 1.4 there, 0.035 * 1.8 in B.

    The new cloth goes to C too; the lab and 5 cloth would cost 10 * 0.042 + 0.2 + 5 * 0.056 = 0.90, 15 cloth cost 0.84.
    """
    walled = altered(tiny, "barriers", ("East", "Central"), barrier=0.8)
    land = {"family": "development_intensity", "strictness": 0.7}
    assert optimum(walled, land, {"family": "market_barrier"}) == pytest.approx(FREE - 15 * 0.04 * 1.4)
    assert optimum(walled, land) == pytest.approx(FREE - 15 * 0.035)


def test_comparative_advantage_by_hand(tiny: Instance) -> None:
    """Cloth in C gains 0.3 * 0.3 * 0.5 = 0.045 a unit: all that may move does, 25 from A (0.04) and 10 from B (0.035), beside the 10 new.

    Steel in B gains 0.0375 and costs 0.05: it stays. Term 0.3 * (0.125 * 40 + 0.15 * 75 + 0.5 * 10) = 6.375, moving 1.35.
    """
    assert optimum(tiny, {"family": "comparative_advantage", "index": "scores"}) == pytest.approx(FREE + 6.375 - 1.35)


def test_region_opening_by_hand(tiny: Instance) -> None:
    """Two regions for cloth: it leaves B, 10 by moving (0.035) and 10 by closing and building anew (0.10), in the project of the new cloth.

    The same where opening B costs more than that, 1.5; at 1.3 it stays. Where only A and B may be opened, the 30 of C go: 15 to B, 15 anew.
    """
    cloth = {"family": "region_opening", "industries": ["cloth"]}
    assert optimum(tiny, {**cloth, "at_most": 2}) == pytest.approx(FREE - 1.35)
    assert optimum(openings(A=1.0, B=1.5, C=1.0)(tiny), cloth) == pytest.approx(FREE - 1.35 - 2.0)
    assert optimum(openings(A=1.0, B=1.3, C=1.0)(tiny), cloth) == pytest.approx(FREE - 3.3)
    assert optimum(openings(A=1.0, B=1.3)(tiny), cloth) == pytest.approx(FREE - 15 * 0.035 - 15 * 0.10 - 2.3)


def test_region_opening_with_capacities_by_hand(tiny: Instance) -> None:
    """Steel in one region, and water for it alone: A holds 70 of the 100. 10 of B go there (0.05, a project 0.1), 30 close (0.05) and are not made,
    each a loss of 2 and of its value added, 0.25. In two regions nothing changes: 60 of 70 and 40 of 66.
    """
    steel = {"family": "region_opening", "industries": ["steel"], "resource": "water"}
    assert optimum(tiny, {**steel, "at_most": 1}) == pytest.approx(FREE - 10 * 0.05 - 0.1 - 30 * (0.05 + 2.25))
    assert optimum(tiny, {**steel, "at_most": 2}) == pytest.approx(FREE)


def test_region_opening_in_two_periods_by_hand(tiny: Instance) -> None:
    """Without policies 61.2 and 62.4. Leaving B in 2025 is paid in both periods, 2.7, and saves B's cost in both, 3: A and C cost 2 each year.

    Where B costs 1.3 it stays, and costs as much in both.
    """
    cloth, periods = {"family": "region_opening", "industries": ["cloth"]}, [2025, 2030]
    assert optimum(openings(A=1.0, B=1.5, C=1.0)(tiny), cloth, periods=periods) == pytest.approx(61.2 + 62.4 - 2.7 - 4.0)
    assert optimum(openings(A=1.0, B=1.3, C=1.0)(tiny), cloth, periods=periods) == pytest.approx(61.2 + 62.4 - 6.6)


def test_regional_equity_by_hand(tiny: Instance) -> None:
    """Cloth of any amount (lot 0, no projects, FREE + 0.05): 3 of value added spread evenly, every region grows by 3 / 60; output by 10 / 210.

    With the lot and by population C is worst, at 0.675: the 10 new there lift it to 0.9, and B's 0.8 counts. Moving 5 of cloth more from A to B
    would lift it by 0.075 and cost 0.225.
    """
    equity, fine = {"family": "regional_equity"}, altered(tiny, "industries", "cloth", lot=0.0)
    assert optimum(fine, {**equity, "weight": 10}) == pytest.approx(FREE + 0.05 + 10 * 63 / 60)
    assert optimum(fine, {**equity, "weight": 10, "measure": "output"}) == pytest.approx(FREE + 0.05 + 10 * 220 / 210)
    assert optimum(fine, {**equity, "weight": 10, "ceiling": 1.02}) == pytest.approx(FREE + 0.05 + 10.2)
    assert optimum(tiny, {**equity, "per": "population"}) == pytest.approx(FREE + 0.8)


def test_regional_equity_in_two_periods_by_hand(tiny: Instance) -> None:
    """Both periods count: 61.5 / 60 in 2025, 63 / 60 in 2030, beside 61.5 - 0.25 and 63 - 0.5."""
    fine = altered(tiny, "industries", "cloth", lot=0.0)
    found = optimum(fine, {"family": "regional_equity", "weight": 10}, periods=[2025, 2030])
    assert found == pytest.approx(61.25 + 62.5 + 10 * (61.5 + 63) / 60)


def test_an_indivisible_industry_that_stays_is_no_project(tiny: Instance) -> None:
    """No site for the lab (given a lot, so that it may be counted): it stays where it stands, and nothing else changes."""
    counted = altered(tiny, "industries", "lab", lot=5.0)
    assert optimum(counted, {"family": "duplication_limit", "sites": {"lab": 0}}) == pytest.approx(FREE)


# --- order -------------------------------------------------------------------------------------------------------------------------------

REFERENCE = load_definition(folder("models") / "reference.toml").model_dump(mode="json", exclude={"name", "question"})
LABELS = sorted(REFERENCE["policies"])


@cache
def facts() -> Instance:
    return load_instance(TINY)


def compiled(policies: dict[str, Any]) -> Program:
    return compile_built(build(facts(), define(**{**REFERENCE, "policies": policies}))).whole


@settings(LIGHT, max_examples=6)
@given(order=st.permutations(LABELS))
def test_the_order_of_policies_never_matters(order: list[str]) -> None:
    """The reference model with its policies named in any order compiles to the same matrices, column by column."""
    first, second = (compiled({label: REFERENCE["policies"][label] for label in labels}) for labels in (LABELS, order))
    for array in ("cost", "lower", "upper", "row_lower", "row_upper", "integer"):
        assert np.array_equal(getattr(first, array), getattr(second, array))
    assert first.matrix.shape == second.matrix.shape
    assert (first.matrix != second.matrix).nnz == 0


@settings(LIGHT, max_examples=4)
@given(names=st.permutations([f"n{n}" for n in range(len(LABELS))]))
def test_the_names_of_policies_never_matter(names: list[str]) -> None:
    """Other labels, and with them another order of statement, lead to the same optimum."""
    renamed = {name: REFERENCE["policies"][label] for name, label in zip(names, LABELS, strict=True)}
    run = solve(facts(), define(**{**REFERENCE, "policies": renamed}))
    assert run.info["objective"] == pytest.approx(reference_optimum(), rel=1e-9)


@cache
def reference_optimum() -> float:
    return float(solve(facts(), define(**REFERENCE)).info["objective"])


# --- nothing vanishes --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "parameters", "change"),
    [
        ("duplication_limit", {}, lambda i: with_table(i, "industries", i.tables["industries"].assign(max_projects=np.nan))),
        ("duplication_limit", {"sites": {}}, lambda i: i),
        ("duplication_limit", {"sites": {"steel": 1}}, lambda i: altered(i, "industries", "steel", lot=1000.0)),
        ("functional_zone", {}, lambda i: with_table(i, "zone_rules", i.tables["zone_rules"].iloc[1:2])),
    ],
)
def test_a_policy_that_would_do_nothing_is_an_error(
    tiny: Instance, family: str, parameters: dict[str, Any], change: Callable[[Instance], Instance]
) -> None:
    """A stated policy never vanishes: without a row and without a term it is a fault that names it."""
    with pytest.raises(InputError, match=r"policies\.p: the policy would do nothing") as caught:
        build(change(tiny), stated(family, parameters))
    assert family in caught.value.faults[0].what


@pytest.mark.parametrize("family", ["carrying_capacity", "basin_capacity"])
def test_a_stated_resource_without_capacity_is_an_error(tiny: Instance, family: str) -> None:
    """A resource that a model names but no place limits is a fault, even where other resources of the policy are limited."""
    with pytest.raises(InputError, match="finds no capacity for it") as caught:
        build(tiny, stated(family, {"resources": ["water", "land"]}))
    assert [f.value for f in caught.value.faults] == ["land"]


@pytest.mark.parametrize(("column", "value"), [("industries", ["cloth", "cloth"]), ("industries", []), ("group", "river")])
def test_group_share_refuses_what_states_nothing(tiny: Instance, column: str, value: object) -> None:
    """An industry named twice, an empty list, a group without regions."""
    lonely = with_table(tiny, "membership", tiny.tables["membership"].iloc[:0])
    with pytest.raises(InputError, match=f"policies.p.{column}"):
        build(lonely, stated("group_share", {"group": "West", "min_share": 0.1, column: value}))
