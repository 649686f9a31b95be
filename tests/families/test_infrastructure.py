"""The family infrastructure: plans, terms, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Term, Told, Wrong, having, optimum, without
from tests.plans import altered

# Carrying a unit costs steel 0.2 and cloth 0.1 from A to C, half of that from A to B. What can move at all: 6 + 4 + 1 from or to A and C.
facts = having(
    links={
        "link": ["rail", "road"],
        "name_en": ["Coast-Upland rail", "Coast road"],
        "name_zh": ["沿海高原铁路", "沿海公路"],
        "origin": ["A", "B"],
        "destination": ["C", "A"],
        "cost": [1.2, 0.5],
        "saving": [0.5, 0.2],
        "most": [math.nan, 0.6],
    }
)
BOTH = {"built": {"rail": 1.0, "road": 1.0}, "saved": {"rail": 1.0, "road": 0.12}}
RAIL = {"built": {"rail": 1.0}, "saved": {"rail": 1.0}}
WESTWARD = {"family": "transfer_target", "origins": ["East"], "destinations": ["West"]}


def link(name: str, **values: float) -> Callable[[Instance], Instance]:
    """A change of an instance: it has the links, one of them with other figures."""
    return lambda instance: altered(facts(instance), "links", name, **values)


FAMILY = Family(
    rows=(
        Row({}, "moves|rail", "cloth A>C 15, cloth C>A 5", "cloth A>C 10, cloth A>B 10", -0.5, RAIL),
        Row({}, "moves|road", "cloth B>A 10, steel B>A 1", "cloth B>A 10", -0.02, BOTH),
        Row({}, "opens|rail", "steel A>C 30", "steel A>C 30", -2.5, {"built": {"rail": 1.0}, "saved": {"rail": 5.5}}, {"saved": {"rail": 2.5}}),
        Row({}, "opens|road", "steel A>B 30", "steel A>B 30", -0.08, BOTH, {"built": {"road": 1.0}, "saved": {"road": 0.2}}),
        Row({"budget": 1.2}, "budget", "", "", -0.5, RAIL, BOTH),
    ),
    terms=(
        Term({}, "cloth A>C 20", 1.0 - 1.2, RAIL),
        Term({}, "", 1.12 - 1.7, BOTH),
        Term({}, "cloth A>C 20", 0.0),
    ),
    told=(
        Told({}, "", "built", "rail", 1.0, RAIL),
        Told({}, "", "built", "road", 0.0, RAIL),
        Told({}, "", "spending", "road", 0.5, BOTH),
        Told({}, "", "saving", "road", 0.12, BOTH),
    ),
    faults=(
        Wrong({"budget": -1}, "budget", "greater than or equal to 0"),
        Wrong({"weight": 0.1}, "weight", "unknown key"),
        Wrong({}, "policies.p", "a link of a region with itself", lambda i: altered(i, "links", "rail", destination="A")),
        Wrong({}, "policies.p", "save more than it costs", lambda i: altered(i, "links", "road", origin="C", saving=0.6)),
        Wrong({}, "policies.p", "reads the table 'links'", without("links")),
    ),
    random=({"budget": 1.5}, {}),
    soft={"budget": 0},
    facts=facts,
    beside={"needed": {**WESTWARD, "min_amount": 40}},
)


def test_infrastructure_by_hand(tiny: Instance) -> None:
    """20 of cloth have to go from A to C, at 0.04, of which carrying them is 0.01: a rail that saves half of 2 is worth 1 at most, within budget.

    Where it can carry only half of that it is worth 0.5.
    """
    needed, rail = {**WESTWARD, "min_amount": 20}, {"family": "infrastructure"}
    assert optimum(facts(tiny), needed, rail) == pytest.approx(FREE - 20 * 0.04)
    assert optimum(link("rail", cost=0.8)(tiny), needed, rail) == pytest.approx(FREE - 20 * 0.04 + 0.1 * (1.0 - 0.8))
    assert optimum(link("rail", cost=0.8)(tiny), needed, {**rail, "budget": 0.7}) == pytest.approx(FREE - 20 * 0.04)
    assert optimum(link("rail", cost=0.4, most=1.0)(tiny), needed, rail) == pytest.approx(FREE - 20 * 0.04 + 0.1 * (0.5 - 0.4))


def test_a_link_turns_transfers_by_hand(tiny: Instance) -> None:
    """15 have to leave A: cloth to B at 0.035. A rail that carries for nothing brings it to C at 0.03, and for 0.5 it is worth that."""
    land, rail = {"family": "development_intensity", "strictness": 0.7}, {"family": "infrastructure"}
    assert optimum(link("rail", cost=0.5, saving=1.0)(tiny), land, rail) == pytest.approx(FREE - 15 * 0.03 - 0.1 * 0.5)
    assert optimum(link("rail", cost=0.8, saving=1.0)(tiny), land, rail) == pytest.approx(FREE - 15 * 0.035)


def test_infrastructure_in_two_periods_by_hand(tiny: Instance) -> None:
    """Without policies 61.2 and 62.4. 15 have to leave A by 2025, and 20 to reach C by 2030: 15 of cloth go there at once and 5 later, at 0.04.

    A rail built at once saves 0.75 a year from then on, and 0.25 in the second period, and costs 0.8 a year in both; for the second period alone,
    and at 0.9, it is not worth it. Where moving counts twice as much, so do both.
    """
    needed, rail = {**WESTWARD, "min_amount": 20}, {"family": "infrastructure"}
    policies = {"family": "development_intensity", "strictness": 0.7}, needed, rail
    free, once, periods = 61.2 + 62.4, (2 * 15 + 5) * 0.4, [2025, 2030]
    assert optimum(link("rail", cost=0.8)(tiny), *policies, periods=periods) == pytest.approx(free - 0.1 * once + 0.1 * (1.75 - 1.6))
    assert optimum(link("rail", cost=0.9)(tiny), *policies, periods=periods) == pytest.approx(free - 0.1 * once)
    dearer = {"objective": {"relocation_cost": -0.2}}
    assert optimum(link("rail", cost=0.8)(tiny), *policies, periods=periods, **dearer) == pytest.approx(free - 0.2 * once + 0.2 * (1.75 - 1.6))
