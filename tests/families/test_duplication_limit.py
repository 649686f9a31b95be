"""The family duplication_limit: plans, terms, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Told, Wrong, optimum, without
from tests.plans import altered

FAMILY = Family(
    rows=(
        Row({"sites": {"cloth": 1}}, "cloth", "cloth +C 10", "cloth +C 5, cloth A>B 5", -1.0),
        Row({}, "steel", "steel +A 10, steel +B 10", "steel +A 10, steel A>B 10, steel +C 10", -1.0),
    ),
    told=(
        Told({}, "steel +A 10, cloth +C 5", "sites", "steel", 1.0),
        Told({}, "cloth +C 5", "sites", "steel", 0.0),
        Told({"sites": {"cloth": 3}}, "", "allowed", "cloth", 3.0),
    ),
    faults=(
        Wrong({"sites": {"silk": 1}}, "sites", "no such industry"),
        Wrong({"sites": {"cloth": -1}}, "sites", "negative"),
        Wrong({"sites": {"cloth": 1.5}}, "sites", "integer"),
        Wrong({"sites": {"lab": 1}}, "sites", "no lot"),
        Wrong({}, "sites", "max_projects", without("industries", "max_projects")),
    ),
    random=({}, {"sites": {"steel": 0, "cloth": 1}}),
    soft={"sites": {"cloth": 0}},
)


def test_duplication_limit_by_hand(tiny: Instance) -> None:
    """No site for cloth: 10 are not made. Value added 25 + 30 + 5, shortage 2 * 10, nothing built."""
    assert optimum(tiny, {"family": "duplication_limit", "sites": {"cloth": 0}}) == pytest.approx(60.0 - 20.0)


def test_an_indivisible_industry_that_stays_is_no_project(tiny: Instance) -> None:
    """No site for the lab (given a lot, so that it may be counted): it stays where it stands, and nothing else changes."""
    counted = altered(tiny, "industries", "lab", lot=5.0)
    assert optimum(counted, {"family": "duplication_limit", "sites": {"lab": 0}}) == pytest.approx(FREE)
