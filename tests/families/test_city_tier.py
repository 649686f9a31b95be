"""The family city_tier: plans, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Told, Wrong, having, optimum, without
from tests.plans import altered

TIERS: dict[str, Any] = {
    "tiers": {"region": [*"ABC"], "tier": ["large", "middle", "small"]},
    "tier_rules": {
        "tier": ["large", "middle", "small"],
        "name_en": ["Large", "Middle", "Small"],
        "name_zh": ["大", "中", "小"],
        "max_projects": [0.0, 1.0, None],
        "max_growth": [None, 0.1, 0.5],
    },
    "tier_functions": {"tier": ["large", "small"], "industry": ["steel", "steel"], "max_growth": [-0.2, 0.0]},
}
tiered = having(**TIERS)

FAMILY = Family(
    rows=(
        Row({"rules": ["projects"]}, "projects|A", "steel A>B 10", "cloth +A 5", -1.0),
        Row({"rules": ["projects"]}, "projects|B", "steel A>B 10", "steel A>B 10, cloth +B 5", -1.0),
        # B makes 60 and C 30 today.
        Row({"rules": ["growth"]}, "growth|B", "steel A>B 6", "steel A>B 10", -4.0),
        Row({"rules": ["growth"]}, "growth|C", "cloth +C 10, steel A>C 5", "cloth +C 10, steel A>C 10", -5.0),
        Row({"rules": ["growth", "function"]}, "function|steel|A", "steel A>B 12", "steel A>B 10", -2.0),
        Row({"rules": ["function"]}, "function|steel|C", "", "steel A>C 10", -10.0),
    ),
    told=(
        Told({}, "steel A>B 12", "share_before", "large", 120 / 210),
        Told({}, "steel A>B 12", "share_after", "middle", 72 / 210),
        Told({}, "steel A>B 12, cloth +C 5", "projects", "small", 1.0),
    ),
    faults=(
        Wrong({"rules": ["projects", "height"]}, "rules", "'projects', 'growth' or 'function'"),
        Wrong({"rules": []}, "rules", "at least 1 item"),
        Wrong({"rules": ["function"]}, "rules", "no such ceiling", without("tier_functions")),
        Wrong({"penalty": 1.0}, "rules", "one penalty for projects and for output"),
        Wrong({}, "policies.p", "lacks", without("tiers")),
        Wrong({}, "policies.p", "lacks", without("tier_rules")),
    ),
    random=({}, {"rules": ["growth", "function"]}),
    soft={"rules": ["function"]},
    facts=tiered,
)


def test_ceilings_on_functions_by_hand(tiny: Instance) -> None:
    """12 of the steel of A have to go, and only B takes steel: 12 * 0.05 and a project of 0.1."""
    assert optimum(tiered(tiny), {"family": "city_tier", "rules": ["function"]}) == pytest.approx(FREE - 0.7)


def test_ceilings_on_growth_by_hand(tiny: Instance) -> None:
    """B may make 66, C 45 with the new cloth: nothing binds. Where C may not grow at all and B by 6, A takes 10 of cloth; A unbound."""
    growth = {"family": "city_tier", "rules": ["growth"]}
    assert optimum(tiered(tiny), growth) == pytest.approx(FREE)
    # A may not grow either: B takes 6 of the new cloth, and 4 are missing, at 2 and their value added and less what building them costs.
    full = altered(altered(tiered(tiny), "tier_rules", "large", max_growth=0.0), "tier_rules", "small", max_growth=0.0)
    assert optimum(full, growth) == pytest.approx(FREE - 4 * (2 + 0.3 - 0.05))


def test_ceilings_on_projects_by_hand(tiny: Instance) -> None:
    """A may host none, B one and C none: the new cloth is the project of B, and where B may host none it is not made."""
    projects = {"family": "city_tier", "rules": ["projects"]}
    none = altered(tiered(tiny), "tier_rules", "small", max_projects=0)
    assert optimum(none, projects) == pytest.approx(FREE)
    assert optimum(altered(none, "tier_rules", "middle", max_projects=0), projects) == pytest.approx(60.0 - 20.0)


def test_city_tiers_in_two_periods_by_hand(tiny: Instance) -> None:
    """Without policies 61.2 and 62.4. What A has to lose of steel goes in 2025 and is paid twice; projects are counted in each period."""
    tiers = {"family": "city_tier", "rules": ["function", "projects"]}
    assert optimum(tiered(tiny), tiers, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 - 2 * 0.7)
