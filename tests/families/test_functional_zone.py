"""The family functional_zone: plans, terms, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Term, Told, Wrong, optimum, without

FAMILY = Family(
    rows=(
        # Half of A restricts cloth to 0.8 of its output: 0.5 * 0.2 * 50 has to leave, by transfer or closure.
        Row({}, "exit|cloth|A", "cloth A>C 3, cloth -A 2", "cloth A>C 3, cloth -A 1", -1.0),
        Row({}, "entry|cloth|A", "cloth +A 10", "cloth B>A 2", -2.0),
        # 0.5 * 0.8 * 50 in the zone and 2.5 * 0.5 * 50 * 110 / 100 outside it.
        Row({}, "most|cloth|A", "cloth +A 38.75", "cloth +A 39.75", -1.0),
        Row({}, "most|steel|C", "", "steel A>C 10", -10.0),
        Row({"closed_from": 0.6, "open_growth": 1.0}, "most|cloth|A", "cloth -A 2.5", "cloth -A 1.5", -1.0),
    ),
    terms=(Term({"encouragement": 0.2}, "", 0.5 * 0.5 * 10), Term({"encouragement": 0.2}, "lab A>B 10", 0.0)),
    told=(
        Told({}, "", "expelled", "cloth|A", 5.0),
        Told({"phase_out": 0.5}, "", "expelled", "steel|C", 0.0),
        Told({}, "cloth A>C 2, cloth A>B 1, cloth B>C 4, cloth -A 3, steel A>B 10", "moved", "cloth|West", 2.0),
        Told({}, "cloth A>C 2, cloth A>B 1, cloth B>C 4, cloth -A 3, steel A>B 10", "moved", "cloth|Central", 1.0),
        Told({}, "cloth A>C 2, cloth A>B 1, cloth B>C 4, cloth -A 3, steel A>B 10", "moved", "steel|Central", 0.0),
        Told({}, "cloth A>C 2, cloth -A 3, cloth -B 1", "closed", "cloth|A", 3.0),
        Told({"closed_from": 0.6}, "cloth A>C 2", "expelled", "cloth|A", 0.0),
    ),
    faults=(
        Wrong({"phase_out": 1.2}, "phase_out", "less than or equal to 1"),
        Wrong({"closed_from": 0}, "closed_from", "greater than 0"),
        Wrong({"open_growth": True}, "open_growth", "true or false"),
        Wrong({}, "policies.p", "lacks", without("zone_rules")),
    ),
    random=({}, {"phase_out": 0.5, "encouragement": 0.3}, {"closed_from": 0.6, "open_growth": 0.5}),
    soft={},
)


def test_functional_zone_by_hand(tiny: Instance) -> None:
    """5 of cloth leave A, for B, beside the new cloth: 5 * 0.035."""
    assert optimum(tiny, {"family": "functional_zone"}) == pytest.approx(FREE - 5 * 0.035)


def test_functional_zone_encourages_by_hand(tiny: Instance) -> None:
    """Half of A encourages the lab, which stays: + 0.4 * 0.5 * 0.5 * 10 beside the cost of the 5 cloth that leave."""
    assert optimum(tiny, {"family": "functional_zone", "encouragement": 0.4}) == pytest.approx(FREE - 5 * 0.035 + 1.0)
