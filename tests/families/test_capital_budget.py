"""The family capital_budget: plans, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.build import build
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Told, Wrong, having, optimum, stated

# Building: steel 1, cloth 0.5, a project 1 and 0.5. Moving: cloth A-B 0.35, B-C 0.35, A-C 0.4; steel A-B 0.5; lab A-B 0.25, a project 2.
ALL = {"budget": 6.25}
WEST = {"budget": 6.25, "group": "West"}

FAMILY = Family(
    rows=(
        # 10 * 0.35 moved, 4.5 * 0.5 built, a project of 0.5.
        Row(ALL, "nation", "cloth A>B 10, cloth +B 4.5", "cloth A>B 10, cloth +B 6.5", -1.0),
        Row({"budget": 2.5}, "nation", "lab A>B 2", "lab A>B 6", -1.0),
        Row({**WEST, "budget": 8, "strictness": 0.5}, "West", "cloth A>C 5, cloth +C 3, cloth +B 50", "cloth A>C 10, cloth +C 3", -2.0),
        Row({"budget": 3, "group": "river"}, "river", "cloth +A 5, cloth +C 50", "cloth +A 5, steel A>B 10", -6.0),
    ),
    told=(
        Told(ALL, "cloth A>B 10, cloth +B 4", "by_kind", "moving", 3.5),
        Told(ALL, "cloth A>B 10, cloth +B 4", "by_kind", "building", 2.0),
        Told(ALL, "cloth A>B 10, cloth +B 4, steel +A 10", "by_kind", "projects", 1.5),
        Told(WEST, "cloth A>B 10, cloth +C 5", "by_kind", "moving", 0.0),
        Told(WEST, "cloth A>B 10, cloth +C 5", "by_plate", "Central", 4.0),
        Told(WEST, "cloth A>B 10, cloth +C 5", "by_plate", "West", 3.0),
        Told(WEST, "cloth A>B 10, cloth +C 5", "unspent", "West", 3.25),
    ),
    faults=(
        Wrong({"budget": -1}, "budget", "greater than or equal to 0"),
        Wrong({**ALL, "strictness": 0}, "strictness", "greater than 0"),
        Wrong({**ALL, "group": "Wset"}, "group", "no such group"),
        Wrong({**ALL, "group": "river"}, "group", "no regions", having(membership={"group": [], "region": [], "share": []})),
        Wrong({}, "budget", "lacks the table"),
    ),
    random=(ALL, {"budget": 5, "group": "river"}, {**WEST, "strictness": 0.5}),
    soft={"budget": 2},
)


def test_capital_budget_by_hand(tiny: Instance) -> None:
    """For 4 of the 5.5 that the new cloth costs, 7 of it are built; each of the other 3 loses 2 and 0.3 of value added, less 0.05 of its annuity."""
    assert optimum(tiny, {"family": "capital_budget", "budget": 4}) == pytest.approx(FREE - 3 * 2.25)


def test_capital_budget_in_two_periods_by_hand(tiny: Instance) -> None:
    """Each period builds 5 of cloth for 3. For 2 there is no project of 5, even of capacity that moves (2.25): 5 are missing, 2.3 each, and no
    annuity of 0.3 is due. With 2 in the first period they are missing in both, since 3 build no more than 5 in the second."""
    late, early = (having(investment={"year": [2025, 2030], "budget": budget})(tiny) for budget in ([3.0, 2.0], [2.0, 3.0]))
    free, lost = 61.2 + 62.4, 5 * 2.3
    assert optimum(late, {"family": "capital_budget"}, periods=[2025, 2030]) == pytest.approx(free - lost + 0.3)
    assert optimum(early, {"family": "capital_budget"}, periods=[2025, 2030]) == pytest.approx(free - 2 * lost + 2 * 0.3)


def test_budgets_are_of_the_periods_of_the_model(tiny: Instance) -> None:
    """A budget of half a period, and a period without one, are faults."""
    both, first = having(investment={"year": [2025, 2030], "budget": [3.0, 3.0]})(tiny), having(investment={"year": [2025], "budget": [3.0]})(tiny)
    with pytest.raises(InputError, match=r"no period ends in this year.*2025"):
        build(both, stated("capital_budget", {}))
    with pytest.raises(InputError, match=r"no budget for the period.*2030"):
        build(first, stated("capital_budget", {}, periods=[2025, 2030]))
    assert len(build(both, stated("capital_budget", {"budget": 5})).periods) == 1
