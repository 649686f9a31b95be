"""The family group_share: plans, terms, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Told, Wrong, optimum

WEST = {"group": "West", "measure": "output", "industries": ["cloth"]}

FAMILY = Family(
    rows=(
        # C makes 30 of 100.
        Row({**WEST, "min_share": 0.3}, "min_share", "", "cloth +B 10", -3.0),
        Row({**WEST, "max_share": 0.3}, "max_share", "", "cloth +C 10", -7.0),
        Row({**WEST, "min_growth": 0.1}, "min_growth", "cloth A>C 3", "cloth A>C 2", -1.0),
        Row({**WEST, "max_growth": 0.5}, "max_growth", "cloth A>C 15", "cloth A>C 20", -5.0),
        # Value added of A and B: 25 + 21 + 5 = 51 of 60.
        Row({"group": "river", "max_growth": 0.0}, "max_growth", "", "cloth +B 10", -3.0),
    ),
    told=(
        Told({**WEST, "max_growth": 1}, "cloth +C 10", "amount", "West", 40.0),
        Told({**WEST, "max_growth": 1}, "cloth +C 10", "share", "West", 40 / 110),
        Told({**WEST, "max_growth": 1}, "cloth +C 10", "share_before", "West", 0.3),
        # Value added: 51 of 60 in the base year, then 3 more.
        Told({"group": "river", "max_growth": 1}, "cloth +B 10", "amount", "river", 54.0),
        Told({"group": "river", "max_growth": 1}, "cloth +B 10", "share_before", "river", 0.85),
    ),
    faults=(
        Wrong({**WEST, "group": "Wset", "max_growth": 0.1}, "group", "no such group"),
        Wrong({"group": "West", "industries": ["silk"], "max_growth": 0.1}, "industries", "no such industry"),
        Wrong(WEST, "policies.p", "states no bound"),
        Wrong({**WEST, "min_share": 1.1}, "min_share", "less than or equal to 1"),
        Wrong({"max_share": 0.5}, "group", "missing"),
    ),
    random=(
        {**WEST, "min_share": 0.3, "max_share": 0.4, "min_growth": 0.1, "max_growth": 0.3},
        {"group": "river", "min_share": 0.8, "max_growth": 0.0},
    ),
    soft={"group": "West", "min_growth": 0.6},
)


def test_group_share_by_hand(tiny: Instance) -> None:
    """Value added of C from 9 to 14.4 takes 18 of cloth: the 10 new and 8 from B, 8 * 0.035."""
    assert optimum(tiny, {"family": "group_share", "group": "West", "min_growth": 0.6}) == pytest.approx(FREE - 8 * 0.035)
