"""The family technology_choice: plans, terms, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.build import build
from layout_opt.instance import Instance
from layout_opt.policy import contributed
from layout_opt.results import read_plan
from tests.cases import FREE, Family, Row, Term, Told, Wrong, having, optimum, settle, stated, without
from tests.plans import limit, slacks

# A unit of steel uses 1 Mm3 of water, recycling saves half of it; a unit of cloth 0.5, which closed baths cut by 0.2 and dry ones by 0.5.
# A closed laboratory saves a tenth of its land.
TECHNOLOGIES = having(
    technologies={"technology": ["recycling", "closed", "dry"], "name_en": ["R", "C", "D"], "name_zh": ["循环", "闭路", "干式"]},
    technology_effects={
        "industry": ["steel", "cloth", "cloth", "cloth", "lab"],
        "technology": ["recycling", "closed", "dry", "dry", "closed"],
        "resource": ["water", "water", "water", "land", "land"],
        "saving": [0.5, 0.4, 1.0, -0.5, 0.1],
    },
    technology_costs={
        "industry": ["steel", "cloth", "cloth", "lab"],
        "technology": ["recycling", "closed", "dry", "closed"],
        "cost": [0.02, 0.009, 0.05, 0.01],
        "most": [0.4, float("nan"), 0.5, 1.0],
        "clean": [True, True, False, True],
    },
)
PART = having(technology_costs={"industry": ["steel", "cloth", "lab"], "technology": ["recycling", "closed", "closed"], "cost": [0.02, 0.009, 0.01]})
CLEAN = {"clean_share": 1.0}

FAMILY = Family(
    rows=(
        Row({}, "within|cloth|C", "", "cloth C>A 5", -5.0, {"used": {"cloth|closed|C": 20.0, "cloth|dry|C": 10.0}}),
        Row({}, "most|steel|recycling|A", "steel A>B 10", "", -1.0, {"used": {"steel|recycling|A": 20.0}}, {"used": {"steel|recycling|A": 25.0}}),
        Row(CLEAN, "cloth|C", "cloth A>C 8", "cloth A>C 8, cloth -C 3, cloth +C 4", -4.0, {"used": {"cloth|closed|C": 8.0, "cloth|dry|C": 5.0}}),
        Row(
            {"clean_share": 0.5},
            "steel|C",
            "steel A>C 20",
            "steel A>C 20",
            -1.0,
            {"used": {"steel|recycling|C": 4.0}},
            {"used": {"steel|recycling|C": 3.0}},
        ),
        Row({**CLEAN, "technologies": ["recycling"]}, "steel|B", "", "steel +B 10", -4.0),
    ),
    terms=(Term({}, "", 0.2 + 0.09, {"used": {"steel|recycling|A": 10.0, "cloth|closed|B": 10.0}}),),
    told=(
        Told({}, "", "used", "steel|recycling", 13.0, {"used": {"steel|recycling|A": 10.0, "steel|recycling|B": 3.0}}),
        Told({}, "", "spending", "B", 0.06, {"used": {"steel|recycling|A": 10.0, "steel|recycling|B": 3.0}}),
        Told({}, "", "saved", "water", 5.0 + 2.0, {"used": {"steel|recycling|A": 10.0, "cloth|dry|B": 4.0}}),
        Told({}, "", "saved", "land", -2.0, {"used": {"cloth|dry|B": 4.0}}),
        Told({"resource": "water"}, "", "unit_cost", "steel|recycling", 0.04, {"used": {"steel|recycling|A": 10.0}}),
    ),
    faults=(
        Wrong({"technologies": ["dryer"]}, "technologies", "no such technology"),
        Wrong({"clean_share": 1.5}, "clean_share", "less than or equal to 1"),
        Wrong({**CLEAN, "technologies": ["dry"]}, "clean_share", "no technology is clean"),
        Wrong({"resource": "energy"}, "resource", "no such resource"),
        Wrong({"weight": 1}, "weight", "less than or equal to 0"),
        Wrong({}, "policies.p", "lacks", without("technology_costs")),
        Wrong({}, "technologies", "no row of it", PART),
    ),
    random=({**CLEAN, "resource": "water"}, {"technologies": ["closed", "dry"]}),
    soft=CLEAN,
    facts=TECHNOLOGIES,
)


def test_technology_choice_by_hand(tiny: Instance) -> None:
    """A has to save 15 Mm3. Recycling on 0.4 of its steel saves 12, at 0.04 each; closed baths save one at 0.045; steel that moves at 0.05, and a
    project of 0.1. Without recycling a lot of steel moves, 10, and closed baths save the rest."""
    water, choice = {"family": "carrying_capacity"}, {"family": "technology_choice"}
    assert optimum(TECHNOLOGIES(tiny), water, choice) == pytest.approx(FREE - 12 * 0.04 - 3 * 0.045)
    assert optimum(TECHNOLOGIES(tiny), water, {**choice, "technologies": ["closed"]}) == pytest.approx(FREE - 10 * 0.05 - 0.1 - 5 * 0.045)


def test_technology_choice_for_what_is_received_or_built_by_hand(tiny: Instance) -> None:
    """The 10 of cloth that are built use closed baths, at 0.009, and so do 10 that have to leave A: cloth, at 0.035 and 0.009, is still the least."""
    clean = {"family": "technology_choice", **CLEAN}
    west = {"family": "transfer_target", "origins": ["East"], "destinations": ["Central", "West"], "min_amount": 10}
    assert optimum(TECHNOLOGIES(tiny), clean) == pytest.approx(FREE - 10 * 0.009)
    assert optimum(TECHNOLOGIES(tiny), clean, west) == pytest.approx(FREE - 10 * 0.035 - 20 * 0.009)
    assert optimum(TECHNOLOGIES(tiny), clean, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 - 5 * 0.009 - 10 * 0.009)


def test_technology_choice_lets_an_indivisible_industry_leave_again(tiny: Instance) -> None:
    """Ten of closed laboratory in B in 2025, where it came to; none in 2030, when it left."""
    built = build(TECHNOLOGIES(tiny), stated("technology_choice", CLEAN, periods=[2025, 2030]))
    settle(built, "lab A>B 10", "lab -B 10, lab +C 10")
    assert [slacks(limit(built, "p", n))[f"lab|{r}"] for n, r in ((0, "A"), (0, "B"), (1, "B"), (1, "C"))] == [10.0, -10.0, 0.0, -10.0]


def test_technology_choice_changes_the_loads(tiny: Instance) -> None:
    """20 of steel save 10 Mm3, 10 of cloth 2, 4 dry ones 2 and need 2 km2 more land: in the model and in the tables."""
    used = {"steel|recycling|A": 20.0, "cloth|closed|A": 10.0, "cloth|dry|A": 4.0}
    built = settle(build(TECHNOLOGIES(tiny), stated("technology_choice", {})), decided={"used": used})
    plan = contributed(read_plan(built), built.policies).last
    for resource, load in (("water", 85 - 10 - 2 - 2), ("land", 120 + 2)):
        assert plan.load(resource)["A"] == pytest.approx(load)
        assert built.periods[0].b.load[resource, "A"].value == pytest.approx(load)
