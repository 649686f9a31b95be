"""The family policy_package: plans, terms, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from layout_opt.instance import Instance
from layout_opt.solving import solve
from tests.cases import FREE, Family, Row, Term, Told, Wrong, having, made, optimum, settle, without
from tests.conftest import define
from tests.plans import linking, read

# 10 of new cloth cost 5 and a project 0.5, 0.55 a year: a grant carries up to 0.275 of it, worth half again; a loan 0.04, worth as much again.
PACKAGES: dict[str, Any] = {
    "package": ["grant", "loan"],
    "name_en": ["Grant", "Loan"],
    "name_zh": ["补助", "贴息"],
    "rate": [0.5, 0.2],
    "quota": [1.0, 0.04],
    "effect": [1.5, 2.0],
    "fixed_cost": [0.1, 0.0],
    "group": ["", "East"],
}
RICH = {"budget": 10}
BOTH = {"package": {"A|grant": 1.0, "C|grant": 1.0}, "subsidy": {"A|grant": 0.25, "C|grant": 0.1}}

FAMILY = Family(
    rows=(
        Row({"budget": 0.55}, "budget", "", "", -0.2, BOTH, {**BOTH, "subsidy": {"A|grant": 0.45, "C|grant": 0.1}}),
        Row(RICH, "one|A", "", "", -1.0, {"package": {"A|grant": 1.0}}, {"package": {"A|grant": 1.0, "A|loan": 1.0}}),
        Row(RICH, "quota|A|loan", "", "", -0.04, {"package": {"A|loan": 1.0}, "subsidy": {"A|loan": 0.04}}, {"subsidy": {"A|loan": 0.04}}),
        Row(RICH, "cost|A", "cloth +A 9", "cloth +A 8", -0.05, {"subsidy": {"A|grant": 0.25}}),
        Row(
            {**RICH, "annuity": 0.5}, "cost|C", "cloth B>C 10", "cloth B>C 10", -0.5, {"subsidy": {"C|grant": 0.125}}, {"subsidy": {"C|grant": 0.375}}
        ),
    ),
    terms=(Term(RICH, "", 0.35 * 0.5 - 0.2, BOTH), Term({"budget": 0}, "", 0.04, {"subsidy": {"A|loan": 0.04}})),
    told=(
        Told(RICH, "", "package", "C|grant", 1.0, BOTH),
        Told(RICH, "", "subsidy", "A|grant", 0.25, BOTH),
        Told(RICH, "", "spending", "grant", 0.55, BOTH),
    ),
    faults=(
        Wrong({}, "budget", "missing"),
        Wrong({"budget": -1}, "budget", "greater than or equal to 0"),
        Wrong({**RICH, "annuity": 2}, "annuity", "less than or equal to 1"),
        Wrong(RICH, "policies.p", "open to any region", having(packages={**PACKAGES, "group": ["canal", "canal"]})),
        Wrong(RICH, "policies.p", "lacks", without("packages")),
    ),
    random=({"budget": 0.3}, {**RICH, "annuity": 0.5, "weight": 2}),
    soft={"budget": 0, "annuity": 1, "weight": 1},
    facts=having(packages=PACKAGES),
)


def test_policy_package_by_hand(tiny: Instance) -> None:
    """All is built in A with a loan, worth 0.04; a grant is worth 0.1375 less its 0.1. At a fixed cost of 0.05 it is the better one, and with
    a budget of 0.1 it has 0.05 left to pay: the loan is better again."""
    packages, facts = {"family": "policy_package"}, FAMILY.facts(tiny)
    cheaper = having(packages={**PACKAGES, "fixed_cost": [0.05, 0.0]})(tiny)
    assert optimum(facts, {**packages, **RICH}) == pytest.approx(FREE + 0.04)
    assert optimum(cheaper, {**packages, **RICH}) == pytest.approx(FREE + 0.1375 - 0.05)
    assert optimum(cheaper, {**packages, "budget": 0.1}) == pytest.approx(FREE + 0.04)


def test_what_was_built_before_is_subsidised_on_and_no_more(tiny: Instance) -> None:
    """9 of cloth, built in 2025, carry 0.25 a year; in 2030 that is paid on where nothing is built, and 0.1 more is 0.2 of cost too much."""
    built = made("policy_package", RICH, FAMILY.facts(tiny), (2025, 2030))
    settle(built, "cloth +A 9", "", decided={"subsidy": {"A|grant": 0.25}})
    assert [linking(built, "p", period)["cost|A"] for period in (0, 1)] == pytest.approx([0.0, 0.0])
    built.periods[1].decided("p", "subsidy")["A", "grant"].set_value(0.35)
    rechecked = built.policies[0].links(read(built)[1]).set_index("row").loc["cost|A"]
    assert linking(built, "p", 1)["cost|A"] == pytest.approx(-0.2)
    assert rechecked["bound"] - rechecked["use"] == pytest.approx(-0.2)


def test_a_package_lasts(tiny: Instance) -> None:
    """5 of cloth are built in each period, for 0.3 a year. A grant of 0.15 for each, worth 0.075, is paid from then on, and 0.05 of fixed cost.

    A subsidy is income of the region that builds. Where the budget is spent on what was built first, nothing is granted to the second.
    """
    facts = having(packages={**PACKAGES, "fixed_cost": [0.05, 0.0], "group": ["West", "West"], "quota": [1.0, 0.0]})(tiny)
    run = solve(facts, define(periods=[2025, 2030], policies={"p": {"family": "policy_package", **RICH}}))
    assert run.info["objective"] == pytest.approx(61.2 + 62.4 + 3 * 0.075 - 2 * 0.05)
    assert optimum(facts, {"family": "policy_package", "budget": 0.2}, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 + 2 * (0.075 - 0.05))
    told = run.tables["outcomes"].set_index(["period", "outcome", "item"])["value"]
    for period, makes, paid in zip(run.plan.periods, (10.5, 12.0), (0.15, 0.3), strict=True):
        assert told[period.year, "package", "C|grant"] == 1
        assert period.value_added.groupby(level="region").sum()["C"] == pytest.approx(makes)
        assert told[period.year, "subsidy", "C|grant"] == pytest.approx(paid)
