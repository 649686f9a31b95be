"""The family comparative_advantage: plans, terms, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Term, Told, Wrong, optimum, without

FAMILY = Family(
    terms=(
        # Steel B 40 * 0.25 * 0.5, cloth C 30 * 0.3 * 0.5, lab A 10 * 0.5 * 1: 5 + 4.5 + 5.
        Term({"index": "scores"}, "", 14.5),
        Term({"index": "scores"}, "steel A>B 8, lab -A 10", 10.5),
        # LQ - 1 of the base year: steel 0.05, 0.4, -1; cloth -0.125, -0.3, 1.1; lab 0.75, -1, -1; in C steel costs 2.5, lab 5.
        Term({"index": "lq"}, "", 15 * 0.05 + 10 * 0.4 - 15 * 0.125 - 6 * 0.3 + 9 * 1.1 + 5 * 0.75),
        Term({"index": "rsca"}, "steel A>C 20", 10 * 0.05 / 2.05 + 10 * 0.4 / 2.4 - 5 - 15 / 15 - 6 * 0.3 / 1.7 + 9 * 1.1 / 3.1 + 5 * 0.75 / 2.75),
    ),
    told=(
        # Cloth in C counts half its value added: 30, then 40 of 0.3; steel in B: 40, then 48 of 0.25.
        Told({"index": "scores"}, "steel A>B 8, cloth A>C 10", "before", "West", 4.5),
        Told({"index": "scores"}, "steel A>B 8, cloth A>C 10", "after", "West", 6.0),
        Told({"index": "scores"}, "steel A>B 8, cloth A>C 10", "after", "Central", 6.0),
        Told({"index": "scores"}, "lab A>B 10", "after", "East", 0.0),
    ),
    faults=(
        Wrong({"index": "best"}, "index", "rsca"),
        Wrong({"weight": -0.1}, "weight", "greater than or equal to 0"),
        Wrong({"index": "scores"}, "index", "lacks", without("scores")),
    ),
    random=tuple({"index": index} for index in ("rsca", "lq", "nrca", "scores")),
)


def test_comparative_advantage_by_hand(tiny: Instance) -> None:
    """Cloth in C gains 0.3 * 0.3 * 0.5 = 0.045 a unit: all that may move does, 25 from A (0.04) and 10 from B (0.035), beside the 10 new.

    Steel in B gains 0.0375 and costs 0.05: it stays. Term 0.3 * (0.125 * 40 + 0.15 * 75 + 0.5 * 10) = 6.375, moving 1.35.
    """
    assert optimum(tiny, {"family": "comparative_advantage", "index": "scores"}) == pytest.approx(FREE + 6.375 - 1.35)
