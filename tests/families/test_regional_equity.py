"""The family regional_equity: plans, terms, faults, and optima worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from layout_opt.indicators import theil, theil_tangents
from layout_opt.instance import Instance
from layout_opt.solving import solve
from tests.cases import FREE, Family, Row, Term, Told, Wrong, made, optimum, settle, without
from tests.conftest import define
from tests.plans import altered, read

HEADS = {"per": "population"}
UNEQUAL = 0.6375  # range of levels per head today: A 1.3125, B 0.8, C 0.675


def below(u: float, tolerance: float) -> float:
    """The highest tangent of u ln u - u + 1 at u, from the points of the statement."""
    points = [math.sinh((j - 0.5) * math.sqrt(0.96 * tolerance)) ** 2 for j in range(1, 200)]
    return max(0.0, *(u * math.log(t) - t + 1 for t in points))


FAMILY = Family(
    rows=(
        # Value added of A, B, C today 35, 16, 9; of the demand 63.
        Row({"target": 0.9}, "target", "steel A>B 14", "steel A>B 16", 31 / 35 - 0.9),
        Row({**HEADS, "form": "range", "target": UNEQUAL}, "target", "", "cloth C>A 10", UNEQUAL - (1.425 - 0.45)),
        Row({"form": "hinge", "threshold": 1, "target": 1 / 21}, "target", "", "steel -A 8.4", -2.1 / 63),
        # The tangent at 1 is the highest at 1 / 1.05, where all regions are today.
        Row(
            {"form": "theil", "tolerance": 0.05, "target": 0},
            "target",
            "",
            "steel A>B 60",
            -(35 * below(20 / 36.75, 0.05) + 16 * below(31 / 16.8, 0.05)) / 60,
        ),
    ),
    terms=(
        # Output 120, 60, 30; population 400, 300, 200, so 0.0667 of value added per head.
        Term({}, "", 1.0),
        Term({}, "cloth A>C 10", 32 / 35),
        Term({"measure": "output"}, "steel A>B 30", 0.75),
        Term({"measure": "income"}, "cloth A>C 10", 32 / 35),
        Term(HEADS, "", 9 / (200 * 60 / 900)),
        Term({**HEADS, "measure": "output", "weight": 3}, "cloth A>C 30", 60 / (300 * 210 / 900)),
        Term({"ceiling": 0.9}, "", 0.9),
        Term({"ceiling": 0.9}, "lab -A 10", 30 / 35),
        Term({"form": "range"}, "cloth A>C 10", 32 / 35 - 12 / 9),
        Term({**HEADS, "form": "range", "measure": "income"}, "", -UNEQUAL),
        Term({**HEADS, "form": "hinge", "threshold": 0.9}, "", -(0.9 - 0.8 / 1.05) / 3 - (0.9 - 0.675 / 1.05) * 2 / 9),
        Term({**HEADS, "form": "theil"}, "", -(4 * below(1.25, 0.005) + 3 * below(0.8 / 1.05, 0.005) + 2 * below(0.675 / 1.05, 0.005)) / 9),
    ),
    told=(
        Told(HEADS, "cloth A>C 10", "level", "A", 1.2),
        Told(HEADS, "cloth A>C 10", "worst", "before", 0.675),
        Told(HEADS, "cloth A>C 10", "worst", "after", 0.8),
        Told({**HEADS, "form": "theil"}, "cloth A>C 10", "range", "before", UNEQUAL),
        Told({**HEADS, "form": "range"}, "cloth A>C 10", "range", "after", 0.4),
        Told(HEADS, "", "theil", "after|between", 35 / 60 * math.log(1.3125) + 16 / 60 * math.log(0.8) + 9 / 60 * math.log(0.675)),
        Told({}, "cloth A>C 10", "theil", "before|total", 0.0),
        Told(HEADS, "cloth A>C 10", "theil", "after|within", 0.0),
    ),
    faults=(
        Wrong({"form": "atkinson"}, "form", "'theil'"),
        Wrong({"form": "gini"}, "form", "not convex"),
        Wrong({"measure": "people"}, "measure", "value_added"),
        Wrong({"weight": -1}, "weight", "to reward inequality is not convex"),
        Wrong({"weight": 0}, "weight", "counts for nothing"),
        Wrong({"ceiling": -1}, "ceiling", "greater than 0"),
        Wrong({"form": "range", "ceiling": 1}, "ceiling", "only the form 'maxmin'"),
        Wrong({"threshold": 0.5}, "threshold", "only the form 'hinge'"),
        Wrong({"form": "theil", "tolerance": 0}, "tolerance", "greater than or equal to 0.0001"),
        Wrong(HEADS, "per", "population", without("regions", "population")),
    ),
    random=(
        {},
        {**HEADS, "measure": "output", "ceiling": 0.6},
        {**HEADS, "form": "range", "measure": "output", "target": 0.6},
        {**HEADS, "form": "hinge", "threshold": 0.9, "weight": 20},
        {**HEADS, "form": "theil", "measure": "income", "tolerance": 0.02, "target": 0.08, "weight": 5},
    ),
    soft={**HEADS, "form": "range", "target": 0, "weight": 0},  # A has to come down to 28, B and C to rise to 21 and 14
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
    assert optimum(tiny, {**equity, **HEADS}) == pytest.approx(FREE + 0.8)


def test_regional_equity_in_two_periods_by_hand(tiny: Instance) -> None:
    """Both periods count: 61.5 / 60 in 2025, 63 / 60 in 2030, beside 61.5 - 0.25 and 63 - 0.5."""
    fine = altered(tiny, "industries", "cloth", lot=0.0)
    found = optimum(fine, {"family": "regional_equity", "weight": 10}, periods=[2025, 2030])
    assert found == pytest.approx(61.25 + 62.5 + 10 * (61.5 + 63) / 60)


def test_range_by_hand(tiny: Instance) -> None:
    """The new 3 of value added lift C to 0.8, then B and C together by 1.333 of 33.33, to 0.84; A stays at 1.3125.

    A unit of cloth that leaves A would narrow the range by 0.3 / 26.67 + 0.3 / 33.33 = 0.02025: worth less than its 0.035 at a weight of 1.
    """
    fine = altered(tiny, "industries", "cloth", lot=0.0)
    assert optimum(fine, {"family": "regional_equity", **HEADS, "form": "range"}) == pytest.approx(FREE + 0.05 - (1.3125 - 0.84))


def test_hinge_by_hand(tiny: Instance) -> None:
    """At 0.9 of the mean, 1.05, B has to have 18.9 of value added and C 12.6. 1 lacking costs 10 / 63, so a unit of cloth is worth 0.0476.

    The 10 new go to C, 9.667 move from A to B (0.035) and 2 from A to C (0.04). At a weight of 5 nothing moves, and 3.5 are lacking.
    """
    hinge = {"family": "regional_equity", **HEADS, "form": "hinge", "threshold": 0.9}
    fine = altered(tiny, "industries", "cloth", lot=0.0)
    assert optimum(fine, {**hinge, "weight": 10}) == pytest.approx(FREE + 0.05 - 2.9 / 0.3 * 0.035 - 2 * 0.04)
    assert optimum(fine, {**hinge, "weight": 5}) == pytest.approx(FREE + 0.05 - 5 * 3.5 / 63)


def test_theil_by_hand(tiny: Instance) -> None:
    """Alike growth is the optimum where shares are held against those of the base year. Per head, a target near 0 makes all regions alike:
    A gives B the laboratory (5 of value added, 0.25 and its project) and C 2 in cloth, beside the 3 new; the tangents allow a little less."""
    fine, equity = altered(tiny, "industries", "cloth", lot=0.0), {"family": "regional_equity", "form": "theil"}
    assert optimum(fine, {**equity, "weight": 10}) == pytest.approx(FREE + 0.05)
    alike = FREE + 0.05 - 0.45 - 2 / 0.3 * 0.04
    near = optimum(fine, {**equity, **HEADS, "target": 0, "weight": 0, "tolerance": 1e-4})
    assert alike < near < alike + 0.03


def test_tangents_keep_within_their_tolerance() -> None:
    """phi lies above its highest tangent, and by no more than tolerance * (1 + u) / 2, from 0 to the share of 1."""
    for tolerance in (1e-4, 0.005, 0.05):
        for most in (1.0, 1.5, 20.0, 1000.0):
            u = np.concatenate([[0.0], np.geomspace(1e-9, most, 20_001)])
            phi = np.where(u > 0, u * np.log(np.where(u > 0, u, 1.0)), 0.0) - u + 1
            highest = np.max([np.zeros_like(u), *(u * math.log(t) - t + 1 for t in theil_tangents(tolerance, most))], axis=0)
            assert (highest <= phi + 1e-9).all()
            assert (phi - highest <= tolerance * (1 + u) / 2 + 1e-9).all()


@pytest.mark.parametrize("tolerance", [0.001, 0.01, 0.05])
@pytest.mark.parametrize("plan", ["cloth +C 10", "cloth +A 10, steel B>A 30", "cloth +B 10, cloth A>C 25, steel A>B 40", "cloth +C 10, lab A>C 10"])
def test_theil_of_a_plan_that_meets_the_demand(tiny: Instance, plan: str, tolerance: float) -> None:
    """The term of the model is the Theil index less at most the tolerance, for any such plan."""
    built = settle(made("regional_equity", {**HEADS, "form": "theil", "tolerance": tolerance}, tiny), plan)
    period = read(built)[-1]
    exact = theil(period.income, tiny.regions["population"], tiny.regions["plate"])["total"]
    assert exact - tolerance <= -built.policies[0].value(period) <= exact + 1e-12


def test_levels_are_of_income_with_what_other_policies_add(tiny: Instance) -> None:
    """Steel pays 0.1 a unit to its region, and all pay it back by population: 2.222 for C, which makes no steel and 12 of value added."""
    royalty = {"family": "resource_royalty", "rates": {"steel": 0.1}}
    equity = {"family": "regional_equity", **HEADS, "measure": "income"}
    told = solve(tiny, define(policies={"equity": equity, "royalty": royalty})).tables["outcomes"].set_index(["outcome", "item"])["value"]
    assert told["net", "C"] == pytest.approx(-10 * 2 / 9)
    assert told["level", "C"] == pytest.approx((12 - 10 * 2 / 9) / (200 * 60 / 900))
