"""The family innovation_unlock: plans, terms, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.build import build
from layout_opt.instance import Instance
from layout_opt.policy import contributed
from layout_opt.results import read_plan
from tests.cases import FREE, Family, Row, Term, Told, Wrong, having, optimum, settle, stated, without

INNOVATIONS = having(
    innovations={
        "innovation": ["arc", "loom"],
        "name_en": ["Electric arc", "Smart loom"],
        "name_zh": ["电弧炉", "智能织机"],
        "industry": ["steel", "cloth"],
        "research_cost": [1.5, 1.0],
        "gain": [0.1, 0.02],
        "most": [0.5, 0.5],
        "diffusion": [0.4, 0.0],
    }
)
RIVER = {"groups": ["river"]}  # A and B; half of their steel, 30 and 20, can be upgraded, 0.4 of that where the base stands in the other

FAMILY = Family(
    rows=(
        Row({}, "reach|arc|A", "", "steel A>B 10", -5.0, {"base": {"arc|A": 1.0}, "upgraded": {"arc|A": 30.0}}),
        Row(RIVER, "own|arc|B", "", "", -2.0, {"base": {"arc|A": 1.0}, "upgraded": {"arc|B": 8.0}}, {"upgraded": {"arc|B": 10.0}}),
        Row({}, "own|loom|C", "", "", -3.0, {}, {"base": {"loom|A": 1.0}, "upgraded": {"loom|C": 3.0}}),
        # The plate of B holds no other region, so nothing spreads to it; in the river it may be 0.4 of half of the demand, 100.
        Row({}, "spread|arc|B", "", "", -8.0, {}, {"base": {"arc|A": 1.0}, "upgraded": {"arc|B": 8.0}}),
        Row(
            RIVER,
            "spread|arc|B",
            "",
            "",
            -1.0,
            {"base": {"arc|A": 1.0}, "upgraded": {"arc|B": 20.0}},
            {"base": {"arc|A": 1.0}, "upgraded": {"arc|B": 21.0}},
        ),
        Row({"bases": 1}, "bases|arc", "", "", -1.0, {"base": {"arc|A": 1.0}}, {"base": {"arc|A": 1.0, "arc|C": 1.0}}),
        Row({"budget": 2.5}, "budget", "", "", -1.5, {"base": {"arc|A": 1.0, "loom|A": 1.0}}, {"base": {"arc|A": 1.0, "arc|B": 1.0, "loom|A": 1.0}}),
    ),
    terms=(Term({}, "", 3.0 + 0.2 - 2.5, {"base": {"arc|A": 1.0, "loom|A": 1.0}, "upgraded": {"arc|A": 30.0, "loom|A": 10.0}}),),
    told=(
        Told({}, "", "base", "arc|A", 1.0, {"base": {"arc|A": 1.0}}),
        Told(RIVER, "", "upgraded", "arc|B", 8.0, {"base": {"arc|A": 1.0}, "upgraded": {"arc|A": 30.0, "arc|B": 8.0}}),
        Told(RIVER, "", "spread", "arc", 8.0, {"base": {"arc|A": 1.0}, "upgraded": {"arc|A": 30.0, "arc|B": 8.0}}),
        Told(RIVER, "", "gain", "arc", 3.8, {"base": {"arc|A": 1.0}, "upgraded": {"arc|A": 30.0, "arc|B": 8.0}}),
        Told({}, "", "research", "arc", 3.0, {"base": {"arc|A": 1.0, "arc|B": 1.0}}),
    ),
    faults=(
        Wrong({"innovations": ["ark"]}, "innovations", "no such innovation"),
        Wrong({"regions": ["D"]}, "regions", "no such region"),
        Wrong({"groups": ["rivers"]}, "groups", "no such group"),
        Wrong({"bases": -1}, "bases", "greater than or equal to 0"),
        Wrong({"bases": 1, "budget": 1, "penalty": 1}, "penalty", "one penalty"),
        Wrong({"weight": -1}, "weight", "greater than or equal to 0"),
        Wrong({}, "policies.p", "lacks", without("innovations")),
    ),
    random=({**RIVER, "bases": 1, "budget": 2}, {"innovations": ["arc"], "regions": ["A", "C"]}, {"groups": ["river", "West"], "weight": 2}),
    soft={"bases": 0},
    golden="AB",
    facts=INNOVATIONS,
)


def test_innovation_unlock_by_hand(tiny: Instance) -> None:
    """A base in A gains 3 and costs 1.5, one in B 2 and 1.5; looms gain at most 0.5 in A and cost 1. Within the river 0.8 more spread from A to B,
    but a base in B as well, with 1.2 more to gain, is not worth 1.5. Steel that moved to A would gain 0.05 and cost 0.05 and its project.
    """
    unlock = {"family": "innovation_unlock"}
    assert optimum(INNOVATIONS(tiny), unlock) == pytest.approx(FREE + 1.5 + 0.5)
    assert optimum(INNOVATIONS(tiny), {**unlock, "bases": 1}) == pytest.approx(FREE + 1.5)
    assert optimum(INNOVATIONS(tiny), {**unlock, "budget": 2.9}) == pytest.approx(FREE + 1.5)
    assert optimum(INNOVATIONS(tiny), {**unlock, **RIVER}) == pytest.approx(FREE + 3.8 - 1.5)
    assert optimum(INNOVATIONS(tiny), {**unlock, **RIVER}, core={"growth": 1.5}) == pytest.approx(FREE + 3.8 - 1.5)
    assert optimum(INNOVATIONS(tiny), {**unlock, **RIVER, "regions": ["B", "C"]}) == pytest.approx(FREE + 2 + 1.2 - 1.5)


def test_innovation_unlock_in_two_periods_by_hand(tiny: Instance) -> None:
    """Without policies 61.2 and 62.4. The base costs and gains in both periods."""
    unlock = {"family": "innovation_unlock", **RIVER}
    assert optimum(INNOVATIONS(tiny), unlock, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 + 2 * 2.3)


def test_innovation_unlock_adds_to_incomes(tiny: Instance) -> None:
    """A makes 15 + 15 + 5 of value added; 30 upgraded units of steel add 3, in the model and in the tables."""
    built = build(INNOVATIONS(tiny), stated("innovation_unlock", {}))
    settle(built, decided={"base": {"arc|A": 1.0}, "upgraded": {"arc|A": 30.0}})
    assert contributed(read_plan(built), built.policies).last.income["A"] == pytest.approx(38.0)
    assert built.periods[0].income("A")() == pytest.approx(38.0)
