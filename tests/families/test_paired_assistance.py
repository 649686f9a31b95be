"""The family paired_assistance: plans, terms, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

import dataclasses
import math

import pyomo.environ as pyo
import pytest

from layout_opt.instance import Instance
from layout_opt.plan import Plan
from layout_opt.policy import contributed
from tests.cases import FREE, Family, Row, Term, Told, Wrong, having, made, optimum, settle
from tests.plans import altered, read, with_table

blank = math.nan
# A helps C with aid of 2 at least and 10 of output, C lacks 8; A helps B with 1; B and C only share the cost of moving.
facts = having(
    pairs={
        "origin": ["A", "A", "B"],
        "destination": ["C", "B", "C"],
        "min_transfer": [10.0, blank, blank],
        "min_aid": [2.0, 1.0, blank],
        "need": [8.0, blank, blank],
        "discount": [0.5, blank, 0.2],
    }
)
HELP = {"aid": {"A|C": 5.0, "A|B": 1.0}}


def pennies(instance: Instance) -> Instance:
    """The instance with another unit of money than of output."""
    return dataclasses.replace(instance, manifest=instance.manifest.model_copy(update={"money": "kCNY"}))


FAMILY = Family(
    rows=(
        Row({}, "transfer|A|C", "steel A>C 4, cloth A>C 6", "steel A>C 4, cloth B>C 6", -6.0, HELP),
        Row({"strictness": 0.5}, "transfer|A|C", "cloth A>C 5", "cloth A>B 5", -5.0, HELP),
        # 10 of cloth are 3 of value added.
        Row({}, "need|A|C", "cloth A>C 10", "cloth A>C 8, cloth A>B 2", -0.6, HELP),
        # What moved before counts, for the floor and for the need.
        Row({}, "transfer|A|C", "cloth A>C 6", "cloth A>C 5", -1.0, HELP, earlier="steel A>C 4"),
        Row({}, "need|A|C", "cloth A>C 4", "cloth A>C 3", -0.3, HELP, earlier="cloth A>C 6"),
        Row({"worth": 2.0}, "need|A|C", "cloth A>C 5", "cloth A>C 5", -1.0, HELP, {"aid": {"A|C": 4.0}}),
    ),
    terms=(
        Term({"weight": -0.5}, "", -3.0, HELP),
        # Half of 0.3 + 0.05 * 2 a unit from A to C, a fifth of 0.4 + 0.1 from B to C; a tenth of it a year, as the objective weighs relocation_cost.
        Term({}, "cloth A>C 10, steel B>C 5, cloth A>B 5", -6.0 + 0.1 * (10 * 0.2 + 5 * 0.1), HELP),
    ),
    told=(
        Told({}, "cloth A>C 10", "aid", "A|C", 5.0, HELP),
        Told({}, "cloth A>C 10, steel A>C 2, steel B>C 5", "moved", "A|C", 12.0),
        Told({}, "cloth A>C 10, steel A>C 2, steel B>C 5", "value_added_moved", "A|C", 3.5),
        Told({}, "cloth A>C 10, steel A>C 2, steel B>C 5", "saving", "B|C", 0.5),
        Told({}, "cloth B>A 5", "moved", "A|B", 0.0),
    ),
    faults=(
        Wrong({"worth": -1}, "worth", "greater than or equal to 0"),
        Wrong({"strictness": 0}, "strictness", "greater than 0"),
        Wrong({"annuity": 0.1}, "annuity", "unknown key"),
        Wrong({"weight": 1}, "weight", "less than or equal to 0"),
        Wrong({"penalty": 1}, "penalty", "one penalty for several units", pennies),
        Wrong({}, "policies.p", "paired with itself", lambda i: altered(i, "pairs", ("C", "C"), min_aid=1.0)),
        Wrong({}, "policies.p", "states nothing", lambda i: altered(i, "pairs", ("C", "B"), min_aid=0.0)),
        Wrong({}, "policies.p", "reads the table 'pairs'", lambda i: with_table(i, "pairs", None)),
    ),
    random=({}, {"worth": 0.5, "strictness": 2.0, "weight": -0.3}),
    soft={},
    facts=facts,
)


def test_paired_assistance_by_hand(tiny: Instance) -> None:
    """Cloth from A to C costs 0.04 and saves half of it; it goes to the new cloth. 10 have to move, 3 of value added.

    Each further unit costs 0.02 and saves 0.3 of aid, down to the least aid of 2: 20 move. Where what moves meets no need, or the public purse
    hardly counts, 10 do. Twice as much of all asks for value added of 12 beside the least aid: 5 by the laboratory, at 0.015 and its project of
    0.2, and 7 by cloth.
    """
    policy = {"family": "paired_assistance"}
    assert optimum(facts(tiny), policy) == pytest.approx(FREE - 20 * 0.02 - 2 - 1)
    assert optimum(facts(tiny), {**policy, "worth": 0.0}) == pytest.approx(FREE - 10 * 0.02 - 8 - 1)
    assert optimum(facts(tiny), {**policy, "weight": -0.01}) == pytest.approx(FREE - 10 * 0.02 - 0.01 * (5 + 1))
    assert optimum(facts(tiny), {**policy, "strictness": 2.0}) == pytest.approx(FREE - (10 * 0.015 + 0.2) - 7 / 0.3 * 0.02 - 4 - 2)


def test_paired_assistance_in_two_periods_by_hand(tiny: Instance) -> None:
    """Without policies 61.2 and 62.4. 10 have to move by 2030, so they move then. Where that meets the need, 20 move at once: their cost is paid and
    saved in both periods, and in both they are worth 6 of aid."""
    policy, free = {"family": "paired_assistance"}, 61.2 + 62.4
    assert optimum(facts(tiny), {**policy, "worth": 0.0}, periods=[2025, 2030]) == pytest.approx(free - 2 * (8 + 1) - 10 * 0.02)
    assert optimum(facts(tiny), policy, periods=[2025, 2030]) == pytest.approx(free - 2 * (2 + 1) - 2 * 20 * 0.02)


def test_aid_is_income_of_the_recipient_and_not_of_the_donor(tiny: Instance) -> None:
    """A makes 60 * 0.25 + 50 * 0.3 + 10 * 0.5 = 35 and gives 6, B makes 16 and gets 1, C makes 9 and gets 5; the nation keeps its income."""
    built = settle(made("paired_assistance", {}, facts(tiny)), "", decided=HELP)
    period, plan = built.periods[0], read(built)[0]
    expected = {"A": 29.0, "B": 17.0, "C": 14.0}
    assert {r: pyo.value(period.income(r)) for r in period.regions} == pytest.approx(expected)
    assert contributed(Plan(plan.instance, (plan,)), built.policies).last.income.to_dict() == pytest.approx(expected)
