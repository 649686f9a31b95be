"""The family development_intensity: plans, terms, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Told, Wrong, optimum, without

FAMILY = Family(
    rows=(
        # A: 120 of 0.15 * 1000 km2.
        Row({}, "land|A", "cloth +A 30", "cloth +A 31", -1.0),
        Row({"strictness": 0.4}, "land|B", "steel A>B 20", "steel A>B 22", -2.0),
    ),
    told=(
        Told({}, "cloth +A 10", "intensity", "A", 0.13),
        Told({}, "cloth +A 10", "headroom", "A", 20.0),
        Told({}, "cloth +A 40", "headroom", "A", 0.0),
    ),
    faults=(
        Wrong({"resource": "lands"}, "resource", "no such resource"),
        Wrong({"resource": "water"}, "resource", "area is in km2"),
        Wrong({"strictness": "very"}, "strictness", "number"),
        Wrong({}, "policies.p", "max_development", without("regions", "max_development")),
    ),
    random=({}, {"strictness": 0.5}),
    soft={"strictness": 0.7},
)


def test_development_intensity_by_hand(tiny: Instance) -> None:
    """At 0.7 of 150 km2, A must free 15. Cloth to B, beside the new cloth: 15 * 0.035. The lab would free 10 at 0.25 + 0.2."""
    assert optimum(tiny, {"family": "development_intensity", "strictness": 0.7}) == pytest.approx(FREE - 15 * 0.035)
