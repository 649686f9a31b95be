"""The family region_opening: plans, terms, faults, and optima worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Term, Told, Wrong, optimum, without
from tests.plans import with_table


def openings(**cost: float) -> Callable[[Instance], Instance]:
    """A change of an instance: these regions may be opened, at these costs."""
    return lambda i: with_table(i, "openings", pd.DataFrame({"region": list(cost), "opening_cost": list(cost.values())}))


FAMILY = Family(
    rows=(
        # Steel stands in A and B, cloth in A, B and C; only A and B may be opened. A: water for 70 of 85.
        Row({"at_most": 1, "industries": ["steel"]}, "at_most", "steel B>A 20, steel -B 20", "steel B>A 20", -1.0),
        Row({"at_most": 0}, "at_most", "steel -A 60, cloth -A 50, lab -A 10, steel -B 40, cloth -B 20, cloth -C 30", "", -3.0),
        Row({"industries": ["cloth"]}, "barred|C", "cloth C>A 15, cloth -C 15", "cloth C>A 15", -1.0),
        Row({"resource": "water"}, "capacity|A", "steel A>B 15", "", -15 / 70),
        Row({"resource": "water", "industries": ["cloth"]}, "capacity|B", "cloth +B 112", "cloth +B 178", -0.5),
    ),
    terms=(
        Term({}, "", 2.0 + 3.0),
        Term({"industries": ["steel"], "weight": -0.1}, "steel B>A 20, steel -B 20", 2.0),
        Term({"industries": ["lab"]}, "lab A>B 10", 3.0),
    ),
    told=(
        Told({"industries": ["steel"]}, "", "opened", "B", 1.0),
        Told({"industries": ["steel"]}, "steel B>A 20, steel -B 20", "opened", "B", 0.0),
        Told({"industries": ["steel"]}, "", "opening_cost", "A", 2.0),
    ),
    faults=(
        Wrong({"industries": ["silk"]}, "industries", "no such industry"),
        Wrong({"industries": ["steel", "steel"]}, "industries", "named twice"),
        Wrong({"industries": []}, "industries", "at least 1 item"),
        Wrong({"at_most": -1}, "at_most", "greater than or equal to 0"),
        Wrong({"at_most": 1.5}, "at_most", "integer"),
        Wrong({"weight": 1}, "weight", "less than or equal to 0"),
        Wrong({"resource": "land"}, "resource", "no such resource with capacities of regions"),
        Wrong({"resource": "water"}, "resource", "no such resource with capacities of regions", without("capacities")),
    ),
    random=({"industries": ["cloth"], "at_most": 1, "resource": "water"}, {"weight": -0.1}, {"industries": ["steel", "lab"], "at_most": 2}),
    soft={"industries": ["steel"], "at_most": 1},
    facts=openings(A=2.0, B=3.0),
)


def test_region_opening_by_hand(tiny: Instance) -> None:
    """Two regions for cloth: it leaves B, 10 by moving (0.035) and 10 by closing and building anew (0.10), in the project of the new cloth.

    The same where opening B costs more than that, 1.5; at 1.3 it stays. Where only A and B may be opened, the 30 of C go: 15 to B, 15 anew.
    """
    cloth = {"family": "region_opening", "industries": ["cloth"]}
    assert optimum(tiny, {**cloth, "at_most": 2}) == pytest.approx(FREE - 1.35)
    assert optimum(openings(A=1.0, B=1.5, C=1.0)(tiny), cloth) == pytest.approx(FREE - 1.35 - 2.0)
    assert optimum(openings(A=1.0, B=1.3, C=1.0)(tiny), cloth) == pytest.approx(FREE - 3.3)
    assert optimum(openings(A=1.0, B=1.3)(tiny), cloth) == pytest.approx(FREE - 15 * 0.035 - 15 * 0.10 - 2.3)


def test_region_opening_with_capacities_by_hand(tiny: Instance) -> None:
    """Steel in one region, and water for it alone: A holds 70 of the 100. 10 of B go there (0.05, a project 0.1), 30 close (0.05) and are not made,
    each a loss of 2 and of its value added, 0.25. In two regions nothing changes: 60 of 70 and 40 of 66.
    """
    steel = {"family": "region_opening", "industries": ["steel"], "resource": "water"}
    assert optimum(tiny, {**steel, "at_most": 1}) == pytest.approx(FREE - 10 * 0.05 - 0.1 - 30 * (0.05 + 2.25))
    assert optimum(tiny, {**steel, "at_most": 2}) == pytest.approx(FREE)


def test_region_opening_in_two_periods_by_hand(tiny: Instance) -> None:
    """Without policies 61.2 and 62.4. Leaving B in 2025 is paid in both periods, 2.7, and saves B's cost in both, 3: A and C cost 2 each year.

    Where B costs 1.3 it stays, and costs as much in both.
    """
    cloth, periods = {"family": "region_opening", "industries": ["cloth"]}, [2025, 2030]
    assert optimum(openings(A=1.0, B=1.5, C=1.0)(tiny), cloth, periods=periods) == pytest.approx(61.2 + 62.4 - 2.7 - 4.0)
    assert optimum(openings(A=1.0, B=1.3, C=1.0)(tiny), cloth, periods=periods) == pytest.approx(61.2 + 62.4 - 6.6)
