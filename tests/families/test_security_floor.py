"""The family security_floor: plans, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Told, Wrong, having, optimum, without
from tests.plans import altered

# Steel stands in A (60) and B (40), cloth in A (50), B (20) and C (30).
FACTS = having(
    security={"industry": ["cloth", "steel"], "min_share": [0.8, 0.9]},
    security_regions={"industry": ["cloth", "steel"], "region": ["C", "B"], "floor": [1.0, 0.8]},
)

FAMILY = Family(
    rows=(
        Row({}, "nation|steel", "steel -B 10", "steel -B 12", -2.0),
        Row({}, "keep|cloth|C", "", "cloth -C 5", -5.0),
        Row({}, "keep|steel|B", "steel -B 8", "steel -B 9", -1.0),
        Row({"n_minus_1": 0.4}, "without|steel|A", "", "steel B>A 5", -5.0),
        # What nobody makes is lost already: 3 of steel are not made, and A still makes 60.
        Row({"n_minus_1": 0.4}, "without|steel|A", "", "steel -B 3", -3.0),
        Row({"n_minus_1": 0.5}, "without|cloth|B", "cloth +B 35, cloth -A 25", "cloth +B 40, cloth -A 30", -5.0),
    ),
    told=(
        Told({}, "steel -B 10", "cover", "steel", 0.9),
        Told({}, "steel -B 10", "cover_without", "steel|A", 0.3),
        Told({}, "cloth +C 30, cloth -A 20", "cover_without", "cloth|C", 50 / 110),
        Told({}, "steel -B 10", "kept", "steel|B", 0.75),
    ),
    faults=(
        Wrong({"n_minus_1": 1}, "n_minus_1", "less than 1"),
        Wrong({"n_minus_1": 0}, "n_minus_1", "greater than 0"),
        Wrong({}, "policies.p", "lacks", without("security")),
        Wrong({}, "policies.p", "does not make", lambda i: altered(i, "security_regions", ("steel", "C"), floor=0.5)),
    ),
    random=({"n_minus_1": 0.4}, {}),
    soft={"n_minus_1": 0.6},
    facts=FACTS,
)


def test_n_minus_1_by_hand(tiny: Instance) -> None:
    """No region may make more than 40 of steel and 44 of cloth. 20 of steel go from A to C (0.06, a project 0.1): B is full. 6 of cloth leave A
    for B (0.035), beside the new cloth."""
    assert optimum(FACTS(tiny), {"family": "security_floor", "n_minus_1": 0.6}) == pytest.approx(FREE - 20 * 0.06 - 0.1 - 6 * 0.035)


def test_floors_by_hand(tiny: Instance) -> None:
    """B has to make 48 of steel, 8 more than today. The smallest project is 10: they come from A (0.05, a project 0.1)."""
    grown = having(security_regions={"industry": ["steel"], "region": ["B"], "floor": [1.2]})(FACTS(tiny))
    assert optimum(grown, {"family": "security_floor"}) == pytest.approx(FREE - 10 * 0.05 - 0.1)
    assert optimum(FACTS(tiny), {"family": "security_floor"}) == pytest.approx(FREE)
