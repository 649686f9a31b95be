"""The family function_relief: plans, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Told, Wrong, having, optimum

# A makes 60 of steel, 50 of cloth and 10 in its laboratory.
CORE = {"regions": ["A"], "industries": ["steel", "cloth"], "target": 0.2}

FAMILY = Family(
    rows=(
        Row(CORE, "exit|A", "steel A>B 12, cloth -A 10", "cloth A>C 15, lab A>B 10", -7.0),
        Row({**CORE, "by": "industry"}, "exit|cloth|A", "cloth A>B 6, cloth -A 4", "steel A>B 20, cloth A>C 7", -3.0),
        Row(CORE, "entry|cloth|A", "cloth +C 10", "cloth B>A 4, cloth +A 5", -9.0),
        Row({**CORE, "regions": ["A", "B"]}, "entry|steel|B", "", "steel A>B 10", -10.0),
    ),
    told=(
        Told(CORE, "steel A>B 12, cloth A>C 6, cloth -A 4", "moved", "cloth|A", 6.0),
        Told(CORE, "steel A>B 12, cloth A>C 6, cloth -A 4", "closed", "cloth|A", 4.0),
        Told({**CORE, "industries": ["cloth"]}, "steel A>B 12, cloth A>C 6", "taken_in", "A|C", 6.0),
        Told({**CORE, "industries": ["cloth"]}, "steel A>B 12, cloth A>C 6", "taken_in", "A|B", 0.0),
    ),
    faults=(
        Wrong({**CORE, "regions": ["Z"]}, "regions", "no such region"),
        Wrong({**CORE, "industries": ["silk"]}, "industries", "no such industry"),
        Wrong({**CORE, "regions": ["A", "A"]}, "regions", "named twice"),
        Wrong({**CORE, "industries": ["steel", "steel"]}, "industries", "named twice"),
        Wrong({**CORE, "industries": []}, "industries", "at least 1 item"),
        Wrong({**CORE, "target": 1.2}, "target", "less than or equal to 1"),
        Wrong({**CORE, "by": "cell"}, "by", "'region' or 'industry'"),
        Wrong(
            {**CORE, "industries": ["steel"]},
            "target",
            "more has to leave than may: A",
            having(cells={"industry": ["steel"], "region": ["A"], "exit_share": [0.1]}),
        ),
    ),
    random=(CORE, {"regions": ["A", "C"], "industries": ["cloth", "lab"], "target": 0.1, "by": "industry"}),
    soft=CORE,
)


def test_function_relief_by_hand(tiny: Instance) -> None:
    """22 have to leave A, all of it cloth, which goes to the new cloth in B at 0.035.

    Where each gives up its part, 12 of steel go at 0.05 and a project of 0.1. Of cloth alone 25 can move; 5 more close and are built anew, at 0.1.
    """
    policy = {"family": "function_relief", **CORE}
    assert optimum(tiny, policy) == pytest.approx(FREE - 22 * 0.035)
    assert optimum(tiny, {**policy, "by": "industry"}) == pytest.approx(FREE - 10 * 0.035 - 12 * 0.05 - 0.1)
    assert optimum(tiny, {**policy, "industries": ["cloth"], "target": 0.6}) == pytest.approx(FREE - 25 * 0.035 - 5 * 0.1)


def test_function_relief_in_two_periods_by_hand(tiny: Instance) -> None:
    """Without policies 61.2 and 62.4. What leaves in the first period is paid in both, and counts in the second."""
    policy = {"family": "function_relief", **CORE}
    assert optimum(tiny, policy, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 - 2 * 22 * 0.035)
