"""The family carrying_capacity: plans, terms, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Told, Wrong, optimum, without

WATER = {"resources": ["water"]}

FAMILY = Family(
    rows=(
        # A: steel 60 at 1 and cloth 50 at 0.5 a unit, 85 of 70 Mm3.
        Row({}, "water|A", "steel A>B 15", "steel A>B 14", -1.0),
        Row({}, "water|B", "cloth +B 10, steel A>B 11", "cloth +B 10, steel A>B 12", -1.0),
        Row({**WATER, "strictness": 0.5}, "water|C", "steel +C 15", "steel +C 16", -1.0),
        Row({"strictness": 0.8, "factors": {"water": 0.625}}, "water|C", "steel +C 15", "steel +C 16", -1.0),
    ),
    told=(
        Told({}, "steel A>B 15", "full", "water|A", 1.0),
        Told({}, "steel A>B 15", "full", "water|B", 65 / 66),
        Told({}, "steel A>B 15", "full", "water|C", 0.0),
        Told({}, "steel A>B 15", "headroom", "water", 0.0 + 1.0 + 45.0),
    ),
    faults=(
        Wrong({"resources": ["wather"]}, "resources", "no such resource"),
        Wrong({"resources": "water"}, "resources", "tuple"),
        Wrong({"strictness": -1}, "strictness", "greater than 0"),
        Wrong({"factors": {"water": 0}}, "factors.water", "greater than 0"),
        Wrong({**WATER, "factors": {"land": 0.9}}, "factors", "no such resource that it limits"),
        Wrong({}, "policies.p", "lacks", without("capacities")),
    ),
    random=({}, {"strictness": 0.8}),
    soft=WATER,
)


def test_carrying_capacity_by_hand(tiny: Instance) -> None:
    """A must save 15 Mm3 of water. Steel to B saves a unit at 0.05, cloth at 0.07 or more: 15 steel, one steel project. 15 * 0.05 + 0.1."""
    assert optimum(tiny, {"family": "carrying_capacity"}) == pytest.approx(FREE - 0.85)
