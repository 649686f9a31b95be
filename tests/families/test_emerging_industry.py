"""The family emerging_industry: plans, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from layout_opt.policies.emerging_industry import EmergingIndustry
from layout_opt.solving import solve
from tests.cases import FREE, Family, Row, Told, Wrong, having, optimum, without
from tests.conftest import define
from tests.plans import altered

# Specialised: steel in A and B, cloth in C, the lab in A. Steel and lab share A: proximity 1/2; nothing is near cloth.
# Even growth of cloth is 1.1: A 55, B 22, C 33.
CLOTH = {"industries": ["cloth"], "max_growth": 1.1, "entry": 0}
STEEL = {"industries": ["steel"], "relatedness": "table", "theta": 0.6}
FACTS = having(relatedness={"industry": ["steel"], "region": ["C"], "density": [0.6]})

FAMILY = Family(
    rows=(
        Row(CLOTH, "most|cloth|A", "cloth +A 5", "cloth +A 8", -3.0),
        Row(CLOTH, "most|cloth|C", "cloth +C 6.3", "cloth +C 7", -0.7),
        Row({"industries": ["steel"]}, "most|steel|C", "", "steel A>C 10", -10.0),
        Row({**STEEL, "entry": 0.1}, "most|steel|C", "steel A>C 10", "steel A>C 12", -2.0),
        Row({"industries": ["lab"], "theta": 1}, "most|lab|C", "lab A>B 10", "lab A>C 10", -10.0),
        # C makes 30 of 100.
        Row({**CLOTH, "min_share": 0.3}, "basis|cloth", "", "cloth +A 10", -3.0),
    ),
    told=(
        # 30 of 60 in C is steel, of 100 in 210 in the country.
        Told(STEEL, "steel A>C 30", "entered", "steel|C", 30.0),
        Told(STEEL, "steel A>C 20", "entered", "steel|C", 0.0),
        Told(STEEL, "steel A>C 30", "density", "steel|C", 0.6),
        Told(CLOTH, "cloth +B 20", "with_basis", "cloth", 0.25),
    ),
    faults=(
        Wrong({"industries": ["silk"]}, "industries", "no such industry"),
        Wrong({"industries": ["cloth", "cloth"]}, "industries", "named twice"),
        Wrong({"industries": []}, "industries", "at least 1 item"),
        Wrong({**CLOTH, "theta": 1.2}, "theta", "less than or equal to 1"),
        Wrong({**CLOTH, "max_growth": 0.9}, "max_growth", "greater than or equal to 1"),
        Wrong(STEEL, "relatedness", "lacks", without("relatedness")),
        Wrong({"industries": ["lab"]}, "theta", "no region has a basis", lambda i: altered(i, "stock", ("lab", "A"), output=0.0)),
    ),
    random=({**CLOTH, "min_share": 0.25}, {"industries": ["lab", "steel"], "min_share": 0.5}, {**STEEL, "entry": 0.1}),
    soft={**CLOTH, "max_growth": 1},
    facts=FACTS,
)


def test_density_by_hand(tiny: Instance) -> None:
    """Near steel is only the lab, in A; near the lab only steel, in A and B."""
    density = EmergingIndustry(label="p", industries=("steel",))._density(tiny)
    assert density[density > 0].to_dict() == {("steel", "A"): 1.0, ("lab", "A"): 1.0, ("lab", "B"): 1.0}


def test_emerging_industry_by_hand(tiny: Instance) -> None:
    """C may add 3.3 to its even growth of 3, A no more than 5: the 10 new of cloth take two projects, 0.05 more. B, with 2, is below a lot."""
    assert optimum(tiny, {"family": "emerging_industry", **CLOTH}) == pytest.approx(FREE - 0.05)
    assert optimum(tiny, {"family": "emerging_industry", **CLOTH, "max_growth": 2}) == pytest.approx(FREE)


def test_entry_needs_a_basis_by_hand(tiny: Instance) -> None:
    """10 of steel are to stand in C: they move from B (0.05) with a project (0.1). With a density of 0.6 they may, where 0.7 is asked not."""
    placed = {"family": "placement", "industry": "steel", "region": "C", "min_output": 10}
    steel = {"family": "emerging_industry", **STEEL, "entry": 0.1}
    assert optimum(FACTS(tiny), placed, steel) == pytest.approx(FREE - 0.6)
    barred = define(policies={"placed": placed, "steel": {**steel, "theta": 0.7}})
    assert solve(FACTS(tiny), barred).status == "infeasible"
