"""The family market_barrier: plans, terms, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Term, Told, Wrong, optimum, without
from tests.plans import altered

FAMILY = Family(
    terms=(
        Term({}, "", 0.0),
        # East to Central 0.2 * (0.4 + 0.1), East to West 0.4 * (0.3 + 0.05 * 2) a unit.
        Term({}, "steel A>B 10, cloth A>C 5", 1.0 + 0.8),
        Term({"strength": 2.5}, "steel A>B 10, cloth A>C 5", 4.5),
    ),
    told=(
        Told({}, "steel A>B 10, cloth A>B 20, cloth A>C 5", "barrier_cost", "East|Central", 1.0 + 20 * 0.2 * 0.35),
        Told({}, "steel A>B 10, cloth A>B 20, cloth A>C 5", "barrier_cost", "East|West", 0.8),
        Told({}, "", "barrier_cost", "East|West", 0.0),
        Told({"strength": 2.5}, "cloth A>C 5", "barrier_cost", "East|West", 2.0),
    ),
    faults=(
        Wrong({"strength": -1}, "strength", "greater than or equal to 0"),
        Wrong({"weight": 0.1}, "weight", "less than or equal to 0"),
        Wrong({}, "policies.p", "lacks", without("barriers")),
    ),
    random=({}, {"strength": 3.0}),
)


def test_market_barrier_by_hand(tiny: Instance) -> None:
    """A barrier of 0.8 between East and Central turns the 15 cloth that leave A (as above) to C: 0.04 * 1.4 there, 0.035 * 1.8 in B.

    The new cloth goes to C too; the lab and 5 cloth would cost 10 * 0.042 + 0.2 + 5 * 0.056 = 0.90, 15 cloth cost 0.84.
    """
    walled = altered(tiny, "barriers", ("East", "Central"), barrier=0.8)
    land, barrier = {"family": "development_intensity", "strictness": 0.7}, {"family": "market_barrier"}
    assert optimum(walled, land, barrier) == pytest.approx(FREE - 15 * 0.04 * 1.4)
    halved = {"objective": {"relocation_cost": -0.05}}
    assert optimum(walled, land, barrier, **halved) == pytest.approx(FREE - 15 * 0.02 * 1.4)
    assert optimum(walled, land, {**barrier, "weight": 0}) == pytest.approx(FREE - 15 * 0.035)
    assert optimum(walled, land) == pytest.approx(FREE - 15 * 0.035)
