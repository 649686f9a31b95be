"""The family support_floor: plans, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Told, Wrong, having, optimum, without

HALF_MORE = 1.5**0.1 - 1  # a year: half more in the ten years to 2030
# C makes 9 today and has to make 13.5 in 2030; B makes 16 and has to make 300 * 0.05 = 15, and 16 again; A makes 35, far above its floors.
TABLE: dict[str, Any] = {
    "region": ["C", "B", "A", "A"],
    "kind": ["border", "old-revolutionary-base", "resource-exhausted", "fragile"],
    "floor_growth": [HALF_MORE, 0.0, float("nan"), -0.1],
    "floor_per_head": [float("nan"), 0.05, 0.01, float("nan")],
}
NO_HEADS = without("regions", "population")

FAMILY = Family(
    rows=(
        Row({}, "C|border|growth", "cloth A>C 15", "cloth A>C 10", -1.5),
        Row({}, "B|old-revolutionary-base|growth", "", "steel B>A 2", -0.5),
        Row({"measure": "income"}, "B|old-revolutionary-base|per_head", "steel B>A 4", "steel B>A 10", -1.5),
    ),
    told=(
        Told({}, "", "floor", "C|border|growth", 13.5),
        Told({}, "cloth A>C 10", "reached", "C|border|growth", 12.0),
        Told({"kinds": ["old-revolutionary-base"]}, "", "margin", "B|old-revolutionary-base|per_head", 1.0),
        Told({"kinds": ["border"]}, "", "floor", "B|old-revolutionary-base|per_head", 0.0),
    ),
    faults=(
        Wrong({"kinds": ["frontier"]}, "kinds", "no such kind in the table"),
        Wrong({"kinds": []}, "kinds", "at least 1 item"),
        Wrong({"measure": "output"}, "measure", "'income'"),
        Wrong({}, "policies.p", "states no floor", having(support={"region": ["C"], "kind": ["border"]})),
        Wrong({}, "policies.p", "population", NO_HEADS),
        Wrong({}, "policies.p", "lacks", without("support")),
    ),
    random=({}, {"measure": "income", "kinds": ["border"]}),
    soft={},
    facts=having(support=TABLE),
)


def test_support_floor_by_hand(tiny: Instance) -> None:
    """The 10 of new cloth give C 12 of value added; for 13.5 another 5 move there, from A at 0.04, since B has to keep its 16. Without the floor
    of B they come from there, at 0.035.
    """
    support, facts = {"family": "support_floor"}, FAMILY.facts(tiny)
    assert optimum(facts, support) == pytest.approx(FREE - 5 * 0.04)
    assert optimum(facts, {**support, "kinds": ["border"]}) == pytest.approx(FREE - 5 * 0.035)


def test_support_floor_in_two_periods_by_hand(tiny: Instance) -> None:
    """Half more in ten years is 11.02 after five: 5 of new cloth give C 10.5, and what is lacking moves in 2025 and is paid for twice."""
    lacking = (9 * 1.5**0.5 - 10.5) / 0.3
    found = optimum(FAMILY.facts(tiny), {"family": "support_floor", "kinds": ["border"]}, periods=[2025, 2030])
    assert found == pytest.approx(61.2 + 62.4 - 0.035 * (2 * lacking + (5 - lacking)))


def test_support_floor_on_income_by_hand(tiny: Instance) -> None:
    """A royalty of 0.1 on steel, borne by population, takes 2.222 from C: it has to make 15.722, for which 12.41 of cloth move: 10 from B, which
    has no more that can move, the rest from A."""
    royalty = {"family": "resource_royalty", "rates": {"steel": 0.1}}
    found = optimum(FAMILY.facts(tiny), royalty, {"family": "support_floor", "kinds": ["border"], "measure": "income"})
    moved = (13.5 + 20 / 9 - 12) / 0.3
    assert found == pytest.approx(FREE - 10 * 0.035 - (moved - 10) * 0.04)
