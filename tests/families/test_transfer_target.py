"""The family transfer_target: plans, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Told, Wrong, optimum
from tests.plans import altered

WESTWARD = {"origins": ["East"], "destinations": ["Central", "West"]}

FAMILY = Family(
    rows=(
        Row({**WESTWARD, "min_amount": 20}, "min_amount", "steel A>B 12, cloth A>C 8", "steel A>B 12, cloth A>C 7, cloth B>C 5", -1.0),
        # A makes 120 today.
        Row({**WESTWARD, "max_share": 0.1}, "max_share", "steel A>B 12", "steel A>B 15", -3.0),
        Row({**WESTWARD, "measure": "value_added", "industries": ["cloth"], "max_amount": 3}, "max_amount", "cloth A>C 10", "cloth A>B 20", -3.0),
        # The shares of A and B in the river are 1; A and B make 180 today.
        Row({"origins": ["river"], "destinations": ["West"], "min_share": 0.05}, "min_share", "cloth B>C 9", "cloth B>C 8", -1.0),
        # What moved before counts.
        Row({**WESTWARD, "min_amount": 20}, "min_amount", "cloth A>C 8", "cloth A>C 7", -1.0, earlier="steel A>B 12"),
        Row({**WESTWARD, "max_share": 0.1}, "max_share", "cloth A>B 2", "steel A>B 2, cloth A>C 3", -3.0, earlier="steel A>B 10"),
    ),
    told=(Told({**WESTWARD, "min_amount": 1}, "steel A>B 12, cloth A>C 8, cloth B>C 5", "transferred", "cloth", 8.0),),
    faults=(
        Wrong({**WESTWARD, "origins": ["Est"], "min_amount": 1}, "origins", "no such group"),
        Wrong({**WESTWARD, "destinations": ["Wst"], "min_amount": 1}, "destinations", "no such group"),
        Wrong({**WESTWARD, "min_amount": 1}, "destinations", "no regions", lambda i: altered(i, "regions", "B", plate="East")),
        Wrong({**WESTWARD, "industries": ["silk"], "min_amount": 1}, "industries", "no such industry"),
        Wrong({**WESTWARD, "min_share": 1.5}, "min_share", "less than or equal to 1"),
        Wrong(WESTWARD, "policies.p", "states no bound"),
        Wrong({"origins": ["East"], "min_amount": 1}, "destinations", "missing"),
    ),
    random=(
        {**WESTWARD, "min_amount": 10, "max_share": 0.2},
        {"origins": ["river"], "destinations": ["West"], "measure": "value_added", "min_share": 0.1},
    ),
    soft={**WESTWARD, "min_amount": 10},
    golden="ABC",
)


def test_transfer_target_by_hand(tiny: Instance) -> None:
    """10 have to leave A for the west of it: cloth to B, beside the new cloth, at 0.035."""
    assert optimum(tiny, {"family": "transfer_target", **WESTWARD, "min_amount": 10}) == pytest.approx(FREE - 10 * 0.035)


def test_transfer_target_in_two_periods_by_hand(tiny: Instance) -> None:
    """Without policies 61.2 and 62.4. A floor is due by 2030: 10 move then, and their cost is paid once."""
    assert optimum(tiny, {"family": "transfer_target", **WESTWARD, "min_amount": 10}, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 - 10 * 0.035)


def test_transfer_target_in_value_added_by_hand(tiny: Instance) -> None:
    """3 of value added: 10 of cloth at 0.35 in all; the laboratory would bring 5, at 0.25 and its project of 0.2."""
    assert optimum(tiny, {"family": "transfer_target", **WESTWARD, "measure": "value_added", "min_amount": 3}) == pytest.approx(FREE - 0.35)
