"""The family endowment: plans, terms, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Term, Told, Wrong, having, optimum, without

# Steel stands in A (60) and B (40), cloth in A (50), B (20) and C (30).
FACTS = having(
    endowments={
        "industry": ["cloth", "cloth", "steel"],
        "region": ["B", "C", "A"],
        "ceiling": [25.0, 36.0, 50.0],
        "bonus": [0.02, 0.01, float("nan")],
    }
)

FAMILY = Family(
    rows=(
        Row({}, "cloth|B", "cloth +B 5", "cloth A>B 7", -2.0),
        Row({}, "cloth|A", "", "cloth +A 5", -5.0),
        # Steel in A stands above its ceiling and may stay.
        Row({"industries": ["steel"]}, "steel|A", "", "steel B>A 10", -10.0),
        Row({}, "steel|C", "", "steel A>C 10", -10.0),
        Row({"closed": False}, "cloth|C", "cloth A>C 6", "cloth A>C 7", -1.0),
    ),
    terms=(
        Term({"weight": 1}, "", 0.02 * 20 + 0.01 * 30),
        Term({"weight": 2, "industries": ["cloth"]}, "cloth A>B 5", 0.02 * 25 + 0.01 * 30),
    ),
    told=(
        Told({}, "", "used", "cloth|B", 0.8),
        Told({}, "", "used", "steel|A", 1.2),
        Told({}, "cloth +B 3", "unused", "cloth|B", 2.0),
        Told({}, "", "unused", "steel|A", 0.0),
    ),
    faults=(
        Wrong({"industries": ["silk"]}, "industries", "no such industry of endowments"),
        Wrong({"industries": ["lab"]}, "industries", "no such industry of endowments"),
        Wrong({"weight": -1}, "weight", "greater than or equal to 0"),
        Wrong({"weight": 1}, "weight", "states no bonus", without("endowments", "bonus")),
        Wrong({}, "policies.p", "lacks", without("endowments")),
    ),
    random=({"weight": 0.5}, {}, {"closed": False, "industries": ["cloth"]}),
    soft={},
    facts=FACTS,
)


def test_endowment_by_hand(tiny: Instance) -> None:
    """Of the 10 new of cloth 5 fit in B and 6 in C: two projects, 0.05 more. With A open to it one is enough."""
    assert optimum(FACTS(tiny), {"family": "endowment"}) == pytest.approx(FREE - 0.05)
    assert optimum(FACTS(tiny), {"family": "endowment", "closed": False}) == pytest.approx(FREE)


def test_the_bonus_fills_the_endowments_by_hand(tiny: Instance) -> None:
    """At a weight of 4 a unit of cloth earns 0.08 in B and 0.04 in C. Both fill up, with 5 and 6: the 10 new, and one that moves from A to B at
    0.035."""
    assert optimum(FACTS(tiny), {"family": "endowment", "weight": 4}) == pytest.approx(FREE - 0.05 - 0.035 + 0.08 * 25 + 0.04 * 36)
