"""The family colocation: plans, terms, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Term, Told, Wrong, having, optimum, without
from tests.plans import altered, with_table

# A pair takes 30 of the 100 of steel and 33 of the 110 of cloth.
PAIR = {"industry": ["steel"], "partner": ["cloth"], "from_share": [0.3], "benefit": [0.2]}
HERE = {"clusters": ["Central"]}
STANDS = {"pair": {"Central|steel|cloth": 1.0}}
BOTH = {"pair": {"Central|steel|cloth": 1.0, "river|steel|cloth": 1.0}}

FAMILY = Family(
    rows=(
        Row(HERE, "first|Central|steel|cloth", "steel B>A 10", "steel B>A 12", -2.0, STANDS),
        Row(HERE, "second|Central|steel|cloth", "cloth A>B 13", "cloth A>B 12", -1.0, STANDS),
    ),
    terms=(Term(HERE, "", 0.2, STANDS), Term({"clusters": ["Central", "river"], "weight": 0.5}, "", 0.4, BOTH)),
    told=(
        Told(HERE, "cloth A>B 13", "share_before", "Central", 60 / 210),
        Told(HERE, "cloth A>B 13", "share_after", "Central", 73 / 210),
        Told(HERE, "", "pair", "Central|steel|cloth", 1.0, STANDS),
        Told(HERE, "", "pair_benefit", "Central", 0.2, STANDS),
    ),
    faults=(
        Wrong({"clusters": ["Centre"]}, "clusters", "no such group"),
        Wrong({"clusters": ["river"]}, "clusters", "no regions", lambda i: with_table(i, "membership", i.tables["membership"].iloc[:0])),
        Wrong({**HERE, "weight": 0}, "weight", "greater than 0"),
        Wrong({}, "policies.p", "no cluster"),
        Wrong(HERE, "policies.p", "lacks", without("colocation")),
        Wrong(HERE, "policies.p", "its own partner", lambda i: altered(i, "colocation", ("steel", "steel"), from_share=0.1, benefit=1.0)),
        Wrong(HERE, "policies.p", "stands twice", lambda i: altered(i, "colocation", ("cloth", "steel"), from_share=0.1, benefit=1.0)),
    ),
    random=({"clusters": ["river"]}, {"weight": 0.5, "clusters": ["Central", "river"]}),
    facts=having(colocation=PAIR),
)


def test_colocation_by_hand(tiny: Instance) -> None:
    """B has 40 of steel; with the 10 new it has 30 of the 33 of cloth, and 3 more cost 0.035 each: worth it for 0.2, not for 0.1."""
    pair = {"family": "colocation", **HERE}
    assert optimum(FAMILY.facts(tiny), pair) == pytest.approx(FREE + 0.2 - 3 * 0.035)
    assert optimum(having(colocation={**PAIR, "benefit": [0.1]})(tiny), pair) == pytest.approx(FREE)


@pytest.mark.parametrize(("benefit", "gained"), [(0.5, 2 * (0.5 - 0.2275)), (0.2, 0.2 - 3 * 0.035)])
def test_colocation_in_two_periods_by_hand(tiny: Instance, benefit: float, gained: float) -> None:
    """Without policies 61.2 and 62.4. The pair needs 31.5 of cloth in 2025: 6.5 moved cost 0.2275 a period, little against 0.5; at 0.2 it waits
    for 2030."""
    worth = having(colocation={**PAIR, "benefit": [benefit]})(tiny)
    assert optimum(worth, {"family": "colocation", **HERE}, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 + gained)
