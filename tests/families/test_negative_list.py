"""The family negative_list: plans, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Told, Wrong, having, optimum, without
from tests.plans import altered, with_table

# C is a zone that bans steel; half of A restricts cloth; no zone of B says anything of cloth.
LOCAL = {"industry": ["steel", "cloth", "lab"], "region": ["C", "B", "B"], "reason": ["zone", "", "ecology"]}
FACTS = having(negative_list={"industry": ["steel", "cloth"], "rule": ["ban", "permit"], "quota": [float("nan"), 0.05]}, local_bans=LOCAL)


def neither(instance: Instance) -> Instance:
    """The instance without both tables."""
    return with_table(with_table(instance, "negative_list", None), "local_bans", None)


FAMILY = Family(
    rows=(
        Row({}, "ban|steel", "steel -A 5", "steel A>B 12, steel +C 10", -22.0),
        # 0.05 of 110; what moves needs no permit.
        Row({}, "permit|cloth", "cloth +C 5.5, cloth A>C 10", "cloth +A 5, cloth +C 5", -4.5),
        # What was permitted before 2025 is used up.
        Row({}, "permit|cloth", "cloth +A 5, cloth A>C 10", "cloth +C 6", -1.0, earlier="cloth +C 0.5, cloth -C 0.5"),
        Row({}, "local|cloth|B", "cloth -B 5", "cloth A>B 4, cloth +B 5", -9.0),
        Row({"local_bans": "justified"}, "local|lab|B", "", "lab A>B 10", -1.0),
    ),
    told=(
        Told({}, "", "banned", "steel", 1.0),
        Told({}, "", "banned", "cloth", 0.0),
        Told({}, "", "protection", "cloth|B", 1.0),
        Told({}, "", "protection", "lab|B", 0.0),
        Told({"local_bans": "justified"}, "", "protection", "cloth|B", 0.0),
        Told({}, "steel -A 5", "standing", "steel|A", 55.0),
        Told({}, "", "standing", "cloth|B", 20.0),
        Told({"local_bans": "justified"}, "", "standing", "cloth|B", 0.0),
        Told({}, "cloth A>B 4, cloth +B 5", "permitted", "cloth", 5.0),
        Told({"local_bans": "justified"}, "cloth A>B 4, cloth +B 5", "opened", "cloth|B", 9.0),
        Told({"local_bans": "none"}, "lab A>B 10", "opened", "lab|B", 10.0),
        Told({}, "cloth A>B 4", "opened", "cloth|B", 0.0),
    ),
    faults=(
        Wrong({"local_bans": "some"}, "local_bans", "justified"),
        Wrong({}, "policies.p", "lacks both", neither),
        Wrong({}, "policies.p", "permits it without a quota", lambda i: altered(i, "negative_list", "cloth", quota=float("nan"))),
        Wrong({}, "policies.p", "bans it and states a quota", lambda i: altered(i, "negative_list", "steel", quota=0.1)),
        Wrong({}, "policies.p", "no zone of the region", lambda i: altered(i, "local_bans", ("cloth", "B"), reason="zone")),
        Wrong({}, "policies.p", "no zone of the region", without("zone_shares")),
    ),
    random=({}, {"local_bans": "justified"}, {"local_bans": "none"}),
    soft={},
    facts=FACTS,
)


def test_a_quota_of_new_capacity_by_hand(tiny: Instance) -> None:
    """5.5 of cloth may be new: 4.5 are not made, each a loss of 2 and 0.3 of value added, less 0.05 that building it would cost."""
    assert optimum(FACTS(tiny), {"family": "negative_list"}) == pytest.approx(FREE - 4.5 * 2.25)


def test_a_quota_over_two_periods_by_hand(tiny: Instance) -> None:
    """Without policies 61.2 and 62.4. In 2025 5 of cloth are new, in 2030 another 0.5: 4.5 are not made. To be large enough, the second project
    takes in 4.5 from A or B, at 0.035."""
    assert optimum(FACTS(tiny), {"family": "negative_list"}, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 - 4.5 * (2.25 + 0.035))


def test_a_ban_by_hand(tiny: Instance) -> None:
    """Nothing new: 10 of cloth are not made, and there is no project."""
    ban = having(negative_list={"industry": ["cloth"], "rule": ["ban"]})(tiny)
    assert optimum(ban, {"family": "negative_list"}) == pytest.approx(FREE + 0.05 - 10 * 2.25)


def test_the_price_of_local_protection_by_hand(tiny: Instance) -> None:
    """5 of cloth have to leave A. With B closed to them they go to C, beside the new cloth: 0.04 a unit in place of 0.035."""
    zones, lifted = {"family": "functional_zone"}, {"family": "negative_list", "local_bans": "justified"}
    local = having(local_bans=LOCAL)(tiny)
    assert optimum(local, zones, {"family": "negative_list"}) == pytest.approx(FREE - 5 * 0.04)
    assert optimum(local, zones, lifted) == pytest.approx(FREE - 5 * 0.035)
