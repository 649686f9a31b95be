"""The family resource_pooling: plans, terms, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Term, Told, Wrong, having, optimum, without
from tests.plans import altered

POOLS: dict[str, Any] = {
    "pools": {
        "pool": ["rivers", "park"],
        "name_en": ["Rivers", "Park"],
        "name_zh": ["水", "园"],
        "resource": ["water", ""],
        "cost": [0.02, None],
        "credit": [None, None],
    },
    "pool_members": {"pool": ["rivers", "rivers", "park", "park"], "region": [*"ACAB"], "limit_share": [None, 0.2, None, None]},
}
pooled = having(**POOLS)
# A may borrow 0.1 * 70, C may lend 0.2 * 60.
LENT = {"net": {"rivers|A": 6.0, "rivers|C": -6.0}, "lent": {"rivers|C": 6.0}}

FAMILY = Family(
    rows=(
        Row({}, "balance|rivers", "", "", -2.0, LENT, {**LENT, "net": {"rivers|A": 6.0, "rivers|C": -4.0}}),
        Row({}, "lends|rivers|C", "", "", -1.0, LENT, {**LENT, "lent": {"rivers|C": 5.0}}),
    ),
    terms=(Term({}, "", 0.12, LENT), Term({"weight": -0.5}, "", 0.0)),
    told=(Told({}, "", "lent", "water|C", 6.0, LENT), Told({}, "", "borrowed", "water|A", 6.0, LENT)),
    faults=(
        Wrong({"pools": ["river"]}, "pools", "no such pool"),
        Wrong({"pools": ["park"]}, "pools", "no such pool with a resource"),
        Wrong({"limit_share": 0}, "limit_share", "greater than 0"),
        Wrong({"credit": 0.5}, "credit", "unknown key"),
        Wrong({"weight": 1}, "weight", "less than or equal to 0"),
        Wrong({}, "policies.p", "no pool has a resource", lambda i: altered(i, "pools", "rivers", resource="")),
        Wrong({}, "policies.p", "nobody to lend to", having(pool_members={"pool": ["rivers"], "region": ["A"]})),
        Wrong({}, "policies.p", "no capacity of 'land'", lambda i: altered(i, "pools", "rivers", resource="land")),
        Wrong({}, "policies.p", "lacks", without("pools")),
        Wrong({}, "policies.p", "lacks", without("pool_members")),
    ),
    random=({"pools": ["rivers"]}, {"limit_share": 0.5}),
    facts=pooled,
)

WATER = {"family": "carrying_capacity", "resources": ["water"]}


def test_lending_by_hand(tiny: Instance) -> None:
    """A is 15 of water over. C may lend 12 of its 60 at 0.02; for the other 3, 6 of cloth go to B beside the new cloth, at 0.035.

    Where A may borrow a twentieth, 3.5, steel goes to B for the other 11.5, at 0.05 and a project of 0.1; where lending costs 0.06, for all 15.
    """
    pool = {"family": "resource_pooling", "limit_share": 0.2}
    assert optimum(pooled(tiny), WATER, pool) == pytest.approx(FREE - 12 * 0.02 - 6 * 0.035)
    assert optimum(pooled(tiny), WATER, {**pool, "limit_share": 0.05}) == pytest.approx(FREE - 3.5 * 0.02 - 11.5 * 0.05 - 0.1)
    assert optimum(altered(pooled(tiny), "pools", "rivers", cost=0.06), WATER, pool) == pytest.approx(FREE - 15 * 0.05 - 0.1)


def test_lending_in_two_periods_by_hand(tiny: Instance) -> None:
    """Without policies 61.2 and 62.4. A has water enough in 2025, and what it lacks in 2030 it borrows and moves then."""
    pool = {"family": "resource_pooling", "limit_share": 0.2}
    assert optimum(pooled(tiny), WATER, pool, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 - 12 * 0.02 - 6 * 0.035)
