"""The family public_service: plans, terms, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Term, Told, Wrong, having, optimum, without
from tests.families.test_factor_mobility import COSTS, labour
from tests.plans import altered, with_table

BEDS = having(
    services={
        "service": ["beds"] * 3,
        "region": ["A", "B", "C"],
        "capacity": [4.0, 2.0, 0.5],
        "unit": ["bed"] * 3,
        "unit_cost": [0.2, 0.2, 0.1],
    }
)
# One bed for 100 people: A, with 400, has its 4; B needs 3, C 2. The mean is 6.5 beds for 900.
PERCENT = {"service": "beds", "standard": 0.01}

FAMILY = Family(
    rows=(
        Row(PERCENT, "B", "", "", -0.25, {"added": {"B": 1.0}}, {"added": {"B": 0.75}}),
        Row({"service": "beds", "share_of_mean": 0.9}, "C", "", "", -0.5, {"added": {"C": 0.8}}, {"added": {"C": 0.3}}),
        Row({**PERCENT, "budget": 0.3}, "budget|nation", "", "", -0.2, {"added": {"B": 1.0, "C": 1.0}}, {"added": {"B": 1.0, "C": 3.0}}),
    ),
    terms=(Term(PERCENT, "", 0.35, {"added": {"B": 1.0, "C": 1.5}}),),
    told=(
        Told(PERCENT, "", "added", "C", 1.5, {"added": {"C": 1.5}}),
        Told(PERCENT, "", "cover_before", "B", 2 / 3, {"added": {"B": 0.4}}),
        Told(PERCENT, "", "cover_after", "B", 0.8, {"added": {"B": 0.4}}),
        Told(PERCENT, "", "spending", "B", 0.08, {"added": {"B": 0.4}}),
    ),
    faults=(
        Wrong({**PERCENT, "service": "bed"}, "service", "no such service"),
        Wrong({"service": "beds"}, "policies.p", "needs one standard"),
        Wrong({**PERCENT, "share_of_mean": 1}, "policies.p", "needs one standard"),
        Wrong({**PERCENT, "standard": 0}, "standard", "greater than 0"),
        Wrong({**PERCENT, "budget": -1}, "budget", "greater than or equal to 0"),
        Wrong(PERCENT, "service", "units disagree", lambda i: altered(i, "services", ("beds", "C"), unit="ward")),
        Wrong(
            {"service": "beds", "share_of_mean": 1},
            "share_of_mean",
            "no capacity",
            lambda i: with_table(i, "services", i.tables["services"].assign(capacity=0.0)),
        ),
        Wrong(PERCENT, "policies.p", "population", without("regions", "population")),
        Wrong(PERCENT, "policies.p", "lacks", without("services")),
    ),
    random=({**PERCENT, "budget": 1}, {"service": "beds", "share_of_mean": 1.1}),
    soft=PERCENT,
    facts=BEDS,
)


def test_public_service_by_hand(tiny: Instance) -> None:
    """B adds 1 bed at 0.2, C 1.5 at 0.1. At the national mean, 6.5 / 900 a head, B has 13 / 6 to reach and C 13 / 9. In two
    periods, what was added costs in both."""
    beds = {"family": "public_service", **PERCENT}
    assert optimum(BEDS(tiny), beds) == pytest.approx(FREE - 0.35)
    mean = {"family": "public_service", "service": "beds", "share_of_mean": 1}
    assert optimum(BEDS(tiny), mean) == pytest.approx(FREE - 0.2 / 6 - 0.1 * (13 / 9 - 0.5))
    assert optimum(BEDS(tiny), beds, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 - 2 * 0.35)


def test_public_service_within_a_budget_by_hand(tiny: Instance) -> None:
    """0.25 buys the 1.5 beds that C lacks, where they are cheap, and half of the bed that B lacks; the other half counts 1 a bed."""
    beds = {"family": "public_service", **PERCENT, "budget": 0.25, "penalty": 1.0}
    assert optimum(BEDS(tiny), beds) == pytest.approx(FREE - 0.25 - 0.5)


def test_public_service_follows_the_people_by_hand(tiny: Instance) -> None:
    """The 10 workers that A lacks come from C (0.02 each), each with another person: A needs 0.2 beds more, C 0.2 fewer."""
    moves = {"family": "factor_mobility", **COSTS, "persons": 2}
    served = optimum(labour()(BEDS(tiny)), moves, {"family": "public_service", **PERCENT})
    assert served == pytest.approx(FREE - 10 * 0.02 - (0.2 * 0.2 + 0.2 * 1 + 0.1 * 1.3))
