"""The family basin_capacity: plans, terms, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Told, Wrong, optimum, without

FAMILY = Family(
    rows=(
        # Base year: A 60 + 25, B 40 + 10, together 135 of 136.
        Row({}, "water|river", "cloth A>C 8, cloth +B 10", "cloth A>C 8, cloth +B 12", -1.0),
        Row({"strictness": 0.5}, "water|river", "steel -A 60, cloth -A 14", "steel -A 60, cloth -A 12", -1.0),
    ),
    told=(
        Told({}, "cloth A>C 8", "utilisation", "water|river", 131 / 136),
        Told({}, "cloth A>C 8", "ledger", "water|river|A", 81.0),
        Told({}, "cloth A>C 8", "ledger", "water|river|C", 0.0),
    ),
    faults=(
        Wrong({"resources": ["waters"]}, "resources", "no such resource"),
        Wrong({"strictness": 0}, "strictness", "greater than 0"),
        Wrong({"share": 1}, "share", "unknown key"),
        Wrong({}, "policies.p", "lacks", without("membership")),
    ),
    random=({}, {"strictness": 0.7}),
    soft={"strictness": 0.9},
    golden="AB",
)


def test_basin_capacity_by_hand(tiny: Instance) -> None:
    """At 0.9 of 136, A and B must save 12.6 of 135 Mm3 in C. Steel from B: 12.6 * 0.05 + 0.1 = 0.73; cloth alone 5 * 0.07 + 7.6 * 0.08 = 0.958;
    10 steel (a lot) and 5.2 cloth 0.782."""
    assert optimum(tiny, {"family": "basin_capacity", "strictness": 0.9}) == pytest.approx(FREE - 0.73)
