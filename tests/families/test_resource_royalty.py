"""The family resource_royalty: plans, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from layout_opt.instance import Instance
from layout_opt.solving import solve
from tests.cases import FREE, Family, Row, Told, Wrong, having, optimum, without
from tests.conftest import define

STEEL: dict[str, Any] = {"rates": {"steel": 0.1}}
# Of 100 of steel today cloth uses 40 and the laboratory 10; 5 of royalty are final. A receives 6, pays 2 + 1 and 4 / 9 of 5; B 4, 0.8, 3 / 9;
# C 0, 1.2, 2 / 9.
TODAY = {"net": {"A": 3 - 20 / 9, "B": 3.2 - 15 / 9, "C": -1.2 - 10 / 9}, "final": {"nation": 5.0}}
USES = {"supplier": ["steel", "steel"], "industry": ["cloth", "lab"], "coefficient": [0.4, 1.0]}

FAMILY = Family(
    rows=(
        Row(STEEL, "ledger|A", "", "steel A>B 10", -1.0, TODAY),
        Row(STEEL, "balance|nation", "", "", -2.0, TODAY, {"net": {"A": 1.0, "C": 1.0}}),
        Row({**STEEL, "floors": {"B": 1.5}}, "B", "", "", -0.25, {"net": {"B": 1.5}}, {"net": {"B": 1.25}}),
    ),
    told=(
        Told(STEEL, "", "received", "A", 6.0, TODAY),
        Told(STEEL, "", "paid", "B", 0.8 + 15 / 9, TODAY),
        Told(STEEL, "", "net", "C", -1.2 - 10 / 9, TODAY),
    ),
    faults=(
        Wrong({"rates": {"coal": 0.1}}, "rates", "no such industry"),
        Wrong({"rates": {"steel": 0}}, "rates", "greater than 0"),
        Wrong({"rates": {}}, "rates", "at least 1 item"),
        Wrong({**STEEL, "floors": {"D": 1}}, "floors", "no such region"),
        Wrong({**STEEL, "floors": {"A": 1, "B": 1, "C": -1}}, "floors", "sum to more than 0"),
        Wrong(STEEL, "policies.p", "population", without("regions", "population")),
    ),
    random=({**STEEL, "floors": {"C": -2.25}}, {"rates": {"steel": 0.05, "cloth": 0.2}}),
    soft={**STEEL, "floors": {"C": -1.0}},
    facts=having(input_coefficients=USES),
)


def test_resource_royalty_by_hand(tiny: Instance) -> None:
    """With the new cloth 4.6 are final, 1.022 of it in C, which pays 1.2 for its cloth as well. To pay 0.2 less, 5 of its cloth move to B, where
    the new cloth goes. Where the table is missing all pays by population, and C, at 2.222, needs 2 of steel to pay 0.2 less: the lot is 10.
    """
    royalty, facts = {"family": "resource_royalty", **STEEL}, FAMILY.facts(tiny)
    assert optimum(facts, royalty) == pytest.approx(FREE)
    assert optimum(facts, {**royalty, "floors": {"C": -9.2 / 9 - 1.0}}) == pytest.approx(FREE - 5 * 0.035)
    assert optimum(tiny, {**royalty, "floors": {"C": -20 / 9 + 0.2}}) == pytest.approx(FREE - 10 * 0.05 - 0.1)


def test_royalties_sum_to_nothing(tiny: Instance) -> None:
    """In every period what is received is paid, and what is used as an input beyond what is made bears nothing (here 1.54 of steel a unit)."""
    facts = having(input_coefficients={**USES, "coefficient": [1.5, 1.0]})(tiny)
    run = solve(facts, define(periods=[2025, 2030], policies={"p": {"family": "resource_royalty", **STEEL}}))
    told = run.tables["outcomes"].set_index(["period", "outcome", "item"])["value"]
    for year in (2025, 2030):
        assert told[year, "received"].sum() == pytest.approx(10.0)
        assert told[year, "paid"].sum() == pytest.approx(10.0)
        assert told[year, "net"].sum() == pytest.approx(0.0, abs=1e-9)
    # Inputs in 2030: 165 + 10 of 100; A's laboratory and cloth, B's and C's cloth pay all, by use.
    cloth = run.plan.periods[1].output["cloth"]
    assert told[2030, "paid", "C"] == pytest.approx(10 * 1.5 * cloth["C"] / 175)
    assert told[2030, "paid", "A"] == pytest.approx(10 * (1.5 * cloth["A"] + 10) / 175)
