"""The family ecological_compensation: plans, terms, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout_opt.analysis.pricing import dropping, price
from layout_opt.apportioning import ledger
from layout_opt.instance import Instance
from layout_opt.solving import solve
from tests.cases import FREE, Family, Row, Term, Told, Wrong, having, made, optimum, settle, without
from tests.conftest import define
from tests.plans import read

# C is protected, its services serve others; A and B pay 2 : 1, for B benefits by half only. Without the protection all stays as it is.
TABLES: dict[str, Any] = {
    "ecological_services": {"region": ["C"], "service": [1.0]},
    "fiscal": {"region": ["A", "B", "C"], "fiscal_capacity": [40.0, 40.0, 10.0], "benefit": [1.0, 0.5, 1.0]},
}
THREE = {"received": {"C": 3.0}, "paid": {"A": 2.0, "B": 1.0}}

SCORES: dict[str, Any] = {"family": "comparative_advantage", "index": "scores", "weight": 0.1}
PROTECTED: dict[str, Any] = {"family": "placement", "industry": "cloth", "region": "C", "max_output": 30.0}

FAMILY = Family(
    rows=(
        # 10 less of cloth are 3 less of value added.
        Row({}, "C", "cloth C>A 10", "cloth C>A 10", -0.5, {"received": {"C": 1.5}}, {"received": {"C": 1.0}}),
        Row({"kappa": 1}, "C", "cloth C>A 10", "cloth C>A 12", -0.6, THREE),
        # C has lost 3 and is paid half of it, or has lost nothing; it could gain 0.25 * 200 + 0.3 * 220 + 0.5 * 20 = 126.
        Row(
            {},
            "no_more|C",
            "cloth C>A 10",
            "cloth C>A 10",
            -0.25,
            {"received": {"C": 1.5}, "due": {"C": 1}},
            {"received": {"C": 1.75}, "due": {"C": 1}},
        ),
        Row({}, "no_more|C", "cloth +C 410, steel +C 12", "cloth +C 412, steel +C 12", -0.3),
        Row({}, "only_due|C", "", "", -1.0, {"received": {"C": 4.5}, "due": {"C": 1}}, {"received": {"C": 1.0}}),
        Row({}, "burden|A", "", "", -0.5, THREE, {"received": {"C": 3.0}, "paid": {"A": 1.5, "B": 1.5}}),
    ),
    terms=(Term({}, "", 3.0, THREE),),
    told=(
        Told({}, "", "received", "C", 3.0, THREE),
        Told({}, "", "paid", "B", 1.0, THREE),
        Told({}, "", "ledger", "A|C", 2.0, THREE),
        Told({"decimals": 0}, "", "ledger", "A|C", 3.0, {"received": {"C": 4.0}, "paid": {"A": 8 / 3, "B": 4 / 3}}),
        Told({}, "cloth C>A 10", "loss", "C", 3.0),
    ),
    faults=(
        Wrong({"protection": ["zones"]}, "protection", "no such policy family"),
        Wrong({"protection": []}, "protection", "at least 1 item"),
        Wrong({"protection": ["ecological_compensation"]}, "protection", "is no protection"),
        Wrong({"protection": ["placement"]}, "policies.p", "is compared to a plan without placement, and the model has no such policy"),
        Wrong({"kappa": 1.5}, "kappa", "less than or equal to 1"),
        Wrong({"weight": 0}, "weight", "less than 0"),
        Wrong({}, "policies.p", "lacks", without("fiscal")),
        Wrong({}, "policies.p", "no region has fiscal capacity", having(fiscal={"region": ["C"], "fiscal_capacity": [10.0]})),
    ),
    random=({}, {"kappa": 1, "share": 0.5, "decimals": 2}),
    soft={"kappa": 1, "protection": ["placement"]},
    facts=having(**TABLES),
    baseline=lambda instance: instance.stock,
    beside={"scores": SCORES, "cloth": PROTECTED},
    needs={"zones": {"family": "functional_zone"}},
)

# The new cloth would go to C, for its score of 0.5; steel in B, cloth in C and the laboratory keep their scores without it.
SCORED = FREE + 0.1 * (0.5 * 0.25 * 40 + 0.5 * 0.3 * 30 + 0.5 * 10)


def test_ecological_compensation_by_hand(tiny: Instance) -> None:
    """C loses 3 of value added and is paid half of it. A and B can pay 1.5, 5 % of 40 twice and of 20; at 2 % they pay 1.2, so C may lose 2.4:
    the cheapest way to 0.6 more is 10 of steel from A, at 0.06 and a project; 0.5 of value added is then still lost, and half of it paid."""
    facts, compensation = FAMILY.facts(tiny), {"family": "ecological_compensation", "protection": ["placement"]}
    assert optimum(facts, SCORES, PROTECTED, compensation) == pytest.approx(SCORED - 0.001 * 1.5)
    assert optimum(facts, SCORES, PROTECTED, {**compensation, "share": 0.02}) == pytest.approx(SCORED - 10 * 0.06 - 0.1 - 0.001 * 0.25)


def test_a_protected_region_ends_no_worse(tiny: Instance) -> None:
    """What C makes and receives is at least what it would make, less the part of the loss that is not paid for; budgets are kept, in each period
    by itself: 5 of cloth are new in 2025, 10 in 2030."""
    policies = {"e": {"family": "ecological_compensation", "protection": ["placement"], "kappa": 0.8}, "c": PROTECTED, "s": SCORES}
    run = solve(FAMILY.facts(tiny), define(periods=[2025, 2030], policies=policies))
    told = run.tables["outcomes"].set_index(["label", "period", "outcome", "item"])["value"]["e"]
    for period, loss in zip(run.plan.periods, (1.5, 3.0), strict=True):
        made, stated = period.value_added.groupby(level="region").sum(), told[period.year]
        assert stated["loss", "C"] == pytest.approx(loss)
        assert made["C"] + stated["received", "C"] == pytest.approx(9 + 0.8 * loss)
        assert stated["paid", "A"] == pytest.approx(2 * stated["paid", "B"])
        assert stated["paid", "A"] <= 0.05 * 40


@pytest.mark.parametrize("decimals", [0, 2, 10])
@settings(max_examples=30, deadline=None)
@given(received=st.lists(st.floats(0, 1e4), min_size=3, max_size=3), capacity=st.lists(st.floats(0.1, 1e5), min_size=2, max_size=2))
def test_the_ledger_balances_to_the_last_digit(received: list[float], capacity: list[float], decimals: int) -> None:
    """Whatever is decided: nobody pays less than nothing, and what each receives is what was decided, in whole digits."""
    decided = pd.Series(received, index=[*"CDE"])
    digits = ledger(decided, pd.Series(capacity, index=[*"AB"]), decimals)
    assert digits.sum().to_dict() == {r: round(value * 10**decimals) for r, value in decided.items() if value > 0}
    assert (digits >= 0).all(axis=None)


def test_what_is_told_agrees_to_the_cent(tiny: Instance) -> None:
    """Two recipients, thirds of a cent: the sums of the ledger are what is told as paid and as received."""
    tables = {"ecological_services": {"region": ["C", "B"], "service": [1.0, 0.5]}, "fiscal": {"region": ["A"], "fiscal_capacity": [40.0]}}
    facts = having(**tables)(tiny)
    decided = {"received": {"C": 1 / 3, "B": 2 / 3}, "paid": {"A": 1.0}}
    built = settle(made("ecological_compensation", {"decimals": 2}, facts), "", decided=decided)
    told = built.policies[0].outcomes(read(built)[-1]).set_index(["outcome", "item"])["value"]
    assert told["ledger"].to_dict() == {"A|C": 0.33, "A|B": 0.67}
    assert told["received"].to_dict() == {"C": 0.33, "B": 0.67}
    assert told["paid"].to_dict() == {"A": 1.0}


def test_without_its_protection_it_is_left_out(tiny: Instance) -> None:
    """Where a question drops what is compensated for, nothing is left to compensate: the model is the one without both, not one that pays noise."""
    definition = define(policies={"c": PROTECTED, "e": {"family": "ecological_compensation", "protection": ["placement"]}, "s": SCORES})
    assert set(dropping(definition, ["c"]).policies) == {"s"}
    assert set(dropping(definition, ["s"]).policies) == {"c", "e"}
    table = price(FAMILY.facts(tiny), definition, ["c", "e"]).set_index(["label", "how"])
    assert table.loc[("e", "add-one-in"), "high"] == pytest.approx(0.0, abs=1e-6)
    assert table.loc[("c", "leave-one-out"), "low"] == pytest.approx(table.loc[("all", "together"), "low"])


def test_a_model_without_a_plan_to_compare_to_is_infeasible(tiny: Instance) -> None:
    """Where the model has no plan even without protection, it has none with it: the status says so, and `diagnose` can go on."""
    policies = {
        "west": {"family": "group_share", "group": "West", "min_growth": 20},
        "zones": {"family": "functional_zone"},
        "p": {"family": "ecological_compensation", **FAMILY.random[0]},
    }
    run = solve(FAMILY.facts(tiny), define(policies=policies))
    assert run.status == "infeasible"
    assert "no plan to compare to" in run.info["message"]
