"""The family regional_equity: plans, terms, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Term, Wrong, optimum, without
from tests.plans import altered

FAMILY = Family(
    terms=(
        # Value added of A, B, C today 35, 16, 9; output 120, 60, 30; population 400, 300, 200, so 0.0667 of value added per head.
        Term({}, "", 1.0),
        Term({}, "cloth A>C 10", 32 / 35),
        Term({"measure": "output"}, "steel A>B 30", 0.75),
        Term({"per": "population"}, "", 9 / (200 * 60 / 900)),
        Term({"per": "population", "measure": "output", "weight": 3}, "cloth A>C 30", 60 / (300 * 210 / 900)),
        Term({"ceiling": 0.9}, "", 0.9),
        Term({"ceiling": 0.9}, "lab -A 10", 30 / 35),
    ),
    faults=(
        Wrong({"measure": "income"}, "measure", "value_added"),
        Wrong({"weight": 0}, "weight", "greater than 0"),
        Wrong({"ceiling": -1}, "ceiling", "greater than 0"),
        Wrong({"per": "population"}, "per", "population", without("regions", "population")),
    ),
    random=({}, {"measure": "output", "per": "population", "ceiling": 0.6}),
)


def test_regional_equity_by_hand(tiny: Instance) -> None:
    """Cloth of any amount (lot 0, no projects, FREE + 0.05): 3 of value added spread evenly, every region grows by 3 / 60; output by 10 / 210.

    With the lot and by population C is worst, at 0.675: the 10 new there lift it to 0.9, and B's 0.8 counts. Moving 5 of cloth more from A to B
    would lift it by 0.075 and cost 0.225.
    """
    equity, fine = {"family": "regional_equity"}, altered(tiny, "industries", "cloth", lot=0.0)
    assert optimum(fine, {**equity, "weight": 10}) == pytest.approx(FREE + 0.05 + 10 * 63 / 60)
    assert optimum(fine, {**equity, "weight": 10, "measure": "output"}) == pytest.approx(FREE + 0.05 + 10 * 220 / 210)
    assert optimum(fine, {**equity, "weight": 10, "ceiling": 1.02}) == pytest.approx(FREE + 0.05 + 10.2)
    assert optimum(tiny, {**equity, "per": "population"}) == pytest.approx(FREE + 0.8)


def test_regional_equity_in_two_periods_by_hand(tiny: Instance) -> None:
    """Both periods count: 61.5 / 60 in 2025, 63 / 60 in 2030, beside 61.5 - 0.25 and 63 - 0.5."""
    fine = altered(tiny, "industries", "cloth", lot=0.0)
    found = optimum(fine, {"family": "regional_equity", "weight": 10}, periods=[2025, 2030])
    assert found == pytest.approx(61.25 + 62.5 + 10 * (61.5 + 63) / 60)
