"""The family land_quota_market: plans, outcomes, faults, and an optimum worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Term, Told, Wrong, optimum, without

# Ceilings: A 150, B 200, C 200 km2; land in use: A 120, B 60, C 30.
SOLD = {"net": {"A": 10.0, "C": -10.0}, "bought": {"A": 10.0}}

FAMILY = Family(
    rows=(
        Row({}, "balance|nation", "", "", -2.0, SOLD, {"net": {"A": 10.0, "C": -12.0}, "bought": {"A": 10.0}}),
        Row({"groups": ["river"]}, "balance|river", "", "", -4.0, {}, {"net": {"A": 4.0}, "bought": {"A": 4.0}}),
        Row({}, "traded|A", "", "", -3.0, SOLD, {**SOLD, "bought": {"A": 7.0}}),
    ),
    terms=(Term({"cost": 0.2}, "", 2.0, SOLD), Term({}, "", 0.0, SOLD)),
    told=(Told({}, "", "bought", "A", 10.0, SOLD), Told({}, "", "sold", "C", 10.0, SOLD)),
    faults=(
        Wrong({"resource": "lands"}, "resource", "no such resource"),
        Wrong({"resource": "water"}, "resource", "area is in km2"),
        Wrong({"tradable": 2}, "tradable", "less than or equal to 1"),
        Wrong({"groups": ["rivers"]}, "groups", "no such group"),
        Wrong({"groups": ["river", "East"]}, "groups", "two trading groups"),
        Wrong({}, "policies.p", "max_development", without("regions", "max_development")),
    ),
    random=({"cost": 0.1}, {"tradable": 0.5, "groups": ["river"]}),
)


def test_land_quota_market_by_hand(tiny: Instance) -> None:
    """At 0.7 A must free 15 of 120 km2 (0.035 each, as cloth that goes to B), or buy them: at 0.03 it buys 15, of which it may buy 15."""
    land, market = {"family": "development_intensity", "strictness": 0.7}, {"family": "land_quota_market", "cost": 0.03}
    assert optimum(tiny, land, market) == pytest.approx(FREE - 15 * 0.03)
    assert optimum(tiny, land, {**market, "tradable": 0.04}) == pytest.approx(FREE - 6 * 0.03 - 9 * 0.035)
    assert optimum(tiny, land, {**market, "cost": 0.04}) == pytest.approx(FREE - 15 * 0.035)
