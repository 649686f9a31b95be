"""The family factor_mobility: plans, terms, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from layout_opt.build import build
from layout_opt.instance import Instance
from layout_opt.policy import contributed
from layout_opt.results import read_plan
from tests.cases import FREE, Family, Row, Term, Told, Wrong, having, optimum, settle, stated, without
from tests.plans import altered


def labour(a: float = 160.0, growth: float = 0.0) -> Callable[[Instance], Instance]:
    """A change of an instance: it has labour, `a` of it in A. Steel needs 2 a unit and cloth 1, so A 170 today, B 100 and C 30."""
    return having(
        factors={"factor": ["labour"], "name_en": ["Labour"], "name_zh": ["劳动力"], "unit": ["person"]},
        factor_needs={
            "industry": ["steel", "cloth"],
            "factor": ["labour"] * 2,
            "need": [2.0, 1.0],
            "unit": ["person/MCNY"] * 2,
            "annual_improvement": [0.0, float("nan")],
        },
        factor_supply={
            "factor": ["labour"] * 3,
            "region": ["A", "B", "C"],
            "supply": [a, 100.0, 60.0],
            "unit": ["person"] * 3,
            "growth": [growth, 0.0, 0.0],
        },
    )


LABOUR = {"factor": "labour"}
COSTS = {**LABOUR, "cost": 0.1, "cost_per_1000km": 0.05}  # a move from C to A 0.2, which counts as 0.02

FAMILY = Family(
    rows=(
        Row(LABOUR, "A", "", "", -2.0, {"moved": {"C|A": 10.0}}, {"moved": {"C|A": 8.0}}),
        Row(LABOUR, "C", "cloth A>C 20", "cloth A>C 20", -5.0, {"moved": {"C|A": 20.0, "A|C": 10.0}}, {"moved": {"C|A": 20.0, "A|C": 5.0}}),
        Row({**LABOUR, "mobile_share": 0.5}, "leaves|C", "", "", -2.0, {"moved": {"C|A": 20.0, "C|B": 10.0}}, {"moved": {"C|A": 32.0}}),
    ),
    terms=(
        Term(COSTS, "", 2.0 + 1.5, {"moved": {"C|A": 10.0, "B|C": 10.0}}),
        Term(LABOUR, "", 0.0, {"moved": {"C|A": 10.0}}),
    ),
    told=(
        Told(LABOUR, "", "net", "C", -7.0, {"moved": {"C|A": 10.0, "A|C": 3.0}}),
        Told(LABOUR, "", "moved", "West|East", 10.0, {"moved": {"C|A": 10.0, "A|C": 3.0}}),
        Told(LABOUR, "cloth A>C 20", "utilisation", "C", 50.0 / 40.0, {"moved": {"C|A": 20.0}}),
    ),
    faults=(
        Wrong({}, "factor", "missing"),
        Wrong({"factor": "labor"}, "factor", "no such factor"),
        Wrong({**LABOUR, "mobile_share": 1.5}, "mobile_share", "less than or equal to 1"),
        Wrong({**LABOUR, "cost": -1}, "cost", "greater than or equal to 0"),
        Wrong({**LABOUR, "max_distance": 0}, "max_distance", "greater than 0"),
        Wrong(LABOUR, "policies.p", "lacks", without("factor_supply")),
        Wrong(LABOUR, "factor", "'factor_needs' has no row", having(factor_needs={"industry": [], "factor": [], "need": [], "unit": []})),
        Wrong(LABOUR, "factor", "units disagree in the table 'factor_supply'", lambda i: altered(i, "factor_supply", ("labour", "A"), unit="head")),
    ),
    random=({**COSTS, "persons": 1.5}, {**LABOUR, "mobile_share": 0.2, "max_distance": 1500}),
    soft=COSTS,
    facts=labour(),
)


def test_factor_mobility_by_hand(tiny: Instance) -> None:
    """A lacks 10 people, and only C has any to spare. To bring them costs 0.02 each; cloth that goes to C frees one at 0.04.

    Where a tenth may leave, 6 come from C, and 4 of cloth leave. Where no one moves farther than 1500 km, one from C to B and one from B
    to A, 0.015 each, are still the cheapest.
    """
    mobility = {"family": "factor_mobility", **COSTS}
    assert optimum(labour()(tiny), mobility) == pytest.approx(FREE - 10 * 0.02)
    assert optimum(labour()(tiny), {**mobility, "mobile_share": 0.1}) == pytest.approx(FREE - 6 * 0.02 - 4 * 0.04)
    assert optimum(labour()(tiny), {**mobility, "max_distance": 1500}) == pytest.approx(FREE - 10 * 0.03)
    assert optimum(labour()(tiny), {**mobility, "cost": 0.5}) == pytest.approx(FREE - 10 * 0.04)


def test_factor_mobility_in_two_periods_by_hand(tiny: Instance) -> None:
    """Without policies 61.2 and 62.4. A lacks 10 people in 2025; by 2030 it would have enough of its own, but who came has come: 0.02 in both."""
    grown = labour(160.0 / 1.1**5, growth=0.1)(tiny)
    mobility = {"family": "factor_mobility", **COSTS}
    assert optimum(grown, mobility, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 - 2 * 10 * 0.02)
    productive = altered(grown, "factor_needs", ("steel", "labour"), annual_improvement=0.1)
    assert optimum(productive, mobility, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4)


def test_factor_mobility_moves_people(tiny: Instance) -> None:
    """Two persons come with a worker: A has 400 + 20, C 200 - 20, in the model and in the tables."""
    built = settle(build(labour()(tiny), stated("factor_mobility", {**COSTS, "persons": 2})), decided={"moved": {"C|A": 10.0}})
    plan = contributed(read_plan(built), built.policies).last
    expected = pd.Series({"A": 420.0, "B": 300.0, "C": 180.0})
    assert plan.people.to_dict() == expected.to_dict()
    assert {r: built.periods[0].people(r)() for r in "ABC"} == expected.to_dict()
