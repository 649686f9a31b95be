"""The family resource_pooling: plans, terms, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Term, Told, Wrong, having, made, optimum, settle, without
from tests.plans import altered, linking

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
MOVED = "cloth A>C 10, steel A>B 12, steel B>C 5"  # value added 3, 3 and 1.25; B and C share no pool

FAMILY = Family(
    rows=(
        Row({}, "balance|rivers", "", "", -2.0, LENT, {**LENT, "net": {"rivers|A": 6.0, "rivers|C": -4.0}}),
        Row({}, "lends|rivers|C", "", "", -1.0, LENT, {**LENT, "lent": {"rivers|C": 5.0}}),
        Row({"credit": 0.5}, "enclave|A", MOVED, MOVED, -1.0, {"credit": {"A": 3.0}}, {"credit": {"A": 4.0}}),
        Row({"credit": 0.5}, "enclave|C", MOVED, MOVED, -1.5, {"credit": {"C": -1.5}}, {}),
    ),
    terms=(Term({}, "", 0.12, LENT), Term({"pools": ["park"], "credit": 0.5}, MOVED, 0.0)),
    told=(
        Told({}, "", "lent", "water|C", 6.0, LENT),
        Told({}, "", "borrowed", "water|A", 6.0, LENT),
        Told({"credit": 0.5}, MOVED, "credit", "A|C", 1.5),
        Told({"credit": 0.5}, MOVED, "credit", "B|C", 0.0),
        Told({"credit": 0.5}, "cloth B>A 10", "credit", "B|A", 1.5),
    ),
    faults=(
        Wrong({"pools": ["river"]}, "pools", "no such pool"),
        Wrong({"limit_share": 0}, "limit_share", "greater than 0"),
        Wrong({"credit": 1.5}, "credit", "less than or equal to 1"),
        Wrong({"weight": 1}, "weight", "less than or equal to 0"),
        Wrong({"pools": ["park"]}, "policies.p", "neither a resource"),
        Wrong({}, "policies.p", "nobody to lend to", having(pool_members={"pool": ["rivers"], "region": ["A"]})),
        Wrong({}, "policies.p", "no capacity of 'land'", lambda i: altered(i, "pools", "rivers", resource="land")),
        Wrong({}, "policies.p", "lacks", without("pools")),
        Wrong({}, "policies.p", "lacks", without("pool_members")),
    ),
    random=({"pools": ["rivers"], "credit": 0.4}, {"credit": 0.4}, {"pools": ["rivers"], "limit_share": 0.5}, {"pools": ["park"], "credit": 1.0}),
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


def test_enclaves_by_hand(tiny: Instance) -> None:
    """Income per head shall reach 0.85 of the mean in every region, cloth of any amount (FREE + 0.05): C takes 7.778 of the new, B 2.222 and then
    1.111 from A at 0.035. If A keeps the income of what goes to B, it sends 1.111 to C at 0.04, and B has more of the new. If it keeps what
    goes to C as well, moving helps nobody: the 10 new lift both to 0.84, and 10 a level is less than building anew in place of what A closes.
    """
    cloth = altered(pooled(tiny), "industries", "cloth", lot=0.0)
    equity = {"family": "regional_equity", "measure": "income", "per": "population", "ceiling": 0.85, "weight": 10}
    park = {"family": "resource_pooling", "pools": ["park"], "credit": 1.0}
    assert optimum(cloth, equity) == pytest.approx(FREE + 0.05 + 8.5 - 0.035 * 10 / 9)
    assert optimum(cloth, equity, park) == pytest.approx(FREE + 0.05 + 8.5 - 0.04 * 10 / 9)
    assert optimum(cloth, equity, {**park, "pools": ["park", "rivers"]}) == pytest.approx(FREE + 0.05 + 8.4)


def test_a_credit_of_the_table_comes_first(tiny: Instance) -> None:
    """Partners of two pools share by the larger credit; what a table states is not the parameter's."""
    pools = {**POOLS, "pools": {**POOLS["pools"], "credit": [0.2, None]}}
    both = having(**{**pools, "pool_members": {"pool": ["rivers", "rivers", "park", "park"], "region": [*"ACAC"]}})(tiny)
    for credit, kept in ((0.5, 1.5), (0.1, 0.6)):
        built = settle(made("resource_pooling", {"credit": credit}, both), "cloth A>C 10", decided={"credit": {"A": kept, "C": -kept}})
        assert {row: slack for row, slack in linking(built, "p").items() if row.startswith("enclave")} == pytest.approx(
            {"enclave|A": 0, "enclave|C": 0}
        )
