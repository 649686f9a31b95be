"""The family enclave: plans, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Told, Wrong, having, made, optimum, settle, without
from tests.families.test_resource_pooling import POOLS, pooled
from tests.plans import altered, linking, read

MOVED = "cloth A>C 10, steel A>B 12, steel B>C 5"  # value added 3, 3 and 1.25; A shares pools with C and with B, which share none
HALF = {"credit": 0.5}

FAMILY = Family(
    rows=(
        Row(HALF, "enclave|A", MOVED, MOVED, -1.0, {"credit": {"A": 3.0}}, {"credit": {"A": 4.0}}),
        Row(HALF, "enclave|C", MOVED, MOVED, -1.5, {"credit": {"C": -1.5}}, {}),
        # What moved before is credited still.
        Row(HALF, "enclave|A", MOVED, "cloth A>C 10", -1.5, {"credit": {"A": 4.5}}, earlier="cloth A>C 10"),
    ),
    told=(
        Told(HALF, MOVED, "credit", "A|C", 1.5),
        Told(HALF, MOVED, "credit", "B|C", 0.0),
        Told(HALF, "cloth B>A 10", "credit", "B|A", 1.5),
    ),
    faults=(
        Wrong({**HALF, "pools": ["river"]}, "pools", "no such pool"),
        Wrong({"credit": 1.5}, "credit", "less than or equal to 1"),
        Wrong({}, "policies.p", "no partners share"),
        Wrong(HALF, "policies.p", "no partners share", having(pool_members={"pool": ["rivers"], "region": ["A"]})),
        Wrong(HALF, "policies.p", "lacks", without("pools")),
        Wrong(HALF, "policies.p", "lacks", without("pool_members")),
    ),
    random=({"pools": ["rivers"], "credit": 0.4}, {"credit": 0.4}, {"pools": ["park"], "credit": 1.0}),
    facts=pooled,
)


def test_enclaves_by_hand(tiny: Instance) -> None:
    """Income per head shall reach 0.85 of the mean in every region, cloth of any amount (FREE + 0.05): C takes 7.778 of the new, B 2.222 and then
    1.111 from A at 0.035. If A keeps the income of what goes to B, it sends 1.111 to C at 0.04, and B has more of the new. If it keeps what
    goes to C as well, moving helps nobody: the 10 new lift both to 0.84, and 10 a level is less than building anew in place of what A closes.
    """
    cloth = altered(FAMILY.facts(tiny), "industries", "cloth", lot=0.0)
    equity = {"family": "regional_equity", "measure": "income", "per": "population", "ceiling": 0.85, "weight": 10}
    park = {"family": "enclave", "pools": ["park"], "credit": 1.0}
    assert optimum(cloth, equity) == pytest.approx(FREE + 0.05 + 8.5 - 0.035 * 10 / 9)
    assert optimum(cloth, equity, park) == pytest.approx(FREE + 0.05 + 8.5 - 0.04 * 10 / 9)
    assert optimum(cloth, equity, {**park, "pools": ["park", "rivers"]}) == pytest.approx(FREE + 0.05 + 8.4)


def test_what_moves_is_credited_from_then_on(tiny: Instance) -> None:
    """10 of cloth move from A to C in 2025 and 5 in 2030: A keeps half of 3, then half of 4.5."""
    built = made("enclave", HALF, FAMILY.facts(tiny), (2025, 2030))
    settle(built, "cloth A>C 10", "cloth A>C 5")
    kept = [built.policies[0].outcomes(plan).set_index(["outcome", "item"])["value"]["credit", "A|C"] for plan in read(built)]
    assert kept == pytest.approx([1.5, 2.25])


def test_enclaves_over_two_periods_by_hand(tiny: Instance) -> None:
    """5 of cloth have to leave A by 2025, which shall earn no less than its 35 of today in either year. They go to C, whose income A keeps, at 0.04
    a unit in both years, and not to B, at 0.035."""
    support = having(support={"region": ["A"], "kind": ["fragile"], "floor_growth": [0.0]})(FAMILY.facts(tiny))
    floor, zones = {"family": "support_floor", "measure": "income"}, {"family": "functional_zone"}
    pool = {"family": "enclave", "pools": ["rivers"], "credit": 1.0}
    assert optimum(support, floor, zones, pool, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 - 2 * 5 * 0.04)


def test_a_credit_of_the_table_comes_first(tiny: Instance) -> None:
    """Partners of two pools share by the larger credit; what a table states is not the parameter's."""
    pools = {**POOLS, "pools": {**POOLS["pools"], "credit": [0.2, None]}}
    both = having(**{**pools, "pool_members": {"pool": ["rivers", "rivers", "park", "park"], "region": [*"ACAC"]}})(tiny)
    for credit, kept in ((0.5, 1.5), (0.1, 0.6)):
        built = settle(made("enclave", {"credit": credit}, both), "cloth A>C 10", decided={"credit": {"A": kept, "C": -kept}})
        assert {row: slack for row, slack in linking(built, "p").items() if row.startswith("enclave")} == pytest.approx(
            {"enclave|A": 0, "enclave|C": 0}
        )
