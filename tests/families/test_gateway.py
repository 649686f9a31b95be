"""The family gateway: plans, terms, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Term, Told, Wrong, having, optimum, without

EXPORTS = {"industry": ["steel", "cloth", "lab"], "export_share": [0.2, 0.1, 0.0], "freight": [0.1, 0.05, 0.01]}
# The world asks for 20 of 100 steel and 11 of 110 cloth; A and C let 27 pass.
facts = having(exports=EXPORTS, gateways={"region": ["A", "C"], "capacity": [15.0, 12.0]})
SENT = {"export": {"steel|A|A": 15.0, "steel|B|C": 1.0, "cloth|C|C": 11.0}, "unserved": {"steel": 4.0}}
FAR = {"export": {"steel|A|C": 2.0, "steel|B|A": 1.0, "cloth|B|C": 4.0}, "unserved": {"steel": 1.0, "cloth": 2.0}}

FAMILY = Family(
    rows=(
        Row({}, "served|steel", "", "", -3.0, SENT, {**SENT, "unserved": {"steel": 1.0}}),
        Row({}, "served|cloth", "", "", -2.0, SENT, {"export": {"cloth|C|A": 6.0, "cloth|A|A": 7.0}}),
        Row({}, "supply|steel|C", "steel A>C 10", "steel A>C 4", -6.0, {"export": {"steel|C|C": 7.0, "steel|C|A": 3.0}}),
        Row({"concentration": 1.5}, "supply|steel|A", "", "", -2.0, {"export": {"steel|A|A": 18.0}}, {"export": {"steel|A|A": 20.0}}),
        Row({}, "C", "", "", -3.0, SENT, {"export": {"steel|B|C": 4.0, "cloth|C|C": 11.0}}),
        Row({"growth": 0.5}, "A", "", "", -1.5, {"export": {"steel|A|A": 7.5}}, {"export": {"steel|A|A": 9.0}}),
    ),
    terms=(
        Term({}, "", 0.1 + 4.0, SENT),
        Term({"loss": 0.5, "weight": -0.2}, "", 2 * 0.2 + 0.1 + 4 * 0.05 + 0.5 * 3.0, FAR),
    ),
    told=(
        Told({}, "", "gateway_flow", "C", 12.0, SENT),
        Told({}, "", "origin_flow", "Central", 1.0, SENT),
        Told({}, "", "origin_flow", "Central", 5.0, FAR),
        Told({}, "", "freight", "C", 2 * 0.2 + 4 * 0.05, FAR),
        Told({}, "", "freight", "A", 0.0, SENT),
        Told({}, "", "unserved", "steel", 4.0, SENT),
    ),
    faults=(
        Wrong({"growth": 0}, "growth", "greater than 0"),
        Wrong({"concentration": 0.5}, "concentration", "greater than or equal to 1"),
        Wrong({"loss": -1}, "loss", "greater than or equal to 0"),
        Wrong({"weight": 1}, "weight", "less than or equal to 0"),
        Wrong({}, "policies.p", "every export_share is 0", having(exports={**EXPORTS, "export_share": [0.0, 0.0, 0.0]})),
        Wrong({}, "policies.p", "every capacity is 0", having(gateways={"region": ["A"], "capacity": [0.0]})),
        Wrong({}, "policies.p", "reads the table 'gateways'", without("gateways")),
        Wrong({}, "policies.p", "'freight'", without("exports", "freight")),
    ),
    random=({}, {"growth": 2.0, "concentration": 2.0, "loss": 0.01, "weight": -0.5}),
    soft={},
    facts=facts,
)


def test_gateway_by_hand(tiny: Instance) -> None:
    """11 of cloth leave C where they are made, 15 of steel leave A, 1 is carried from B to C at 0.1, and 4 find no gateway.

    At a loss of 0.05 the steel of B stays as well. With twice the capacity everything leaves where it is made, unless every region has to export
    its part: 8 of steel and 2 of cloth from B, over 1000 km.
    """
    policy = {"family": "gateway"}
    assert optimum(facts(tiny), policy) == pytest.approx(FREE - 0.1 - 4.0)
    assert optimum(facts(tiny), {**policy, "loss": 0.05}) == pytest.approx(FREE - 5 * 0.05)
    assert optimum(facts(tiny), {**policy, "growth": 2.0}) == pytest.approx(FREE)
    assert optimum(facts(tiny), {**policy, "growth": 2.0, "concentration": 1.0}) == pytest.approx(FREE - 8 * 0.1 - 2 * 0.05)


def test_a_gateway_draws_industry_by_hand(tiny: Instance) -> None:
    """With the only gateway in C, 20 of steel would be carried there from B for 2: the 20 that can move go there instead, 0.05 and a project."""
    inland = having(exports=EXPORTS, gateways={"region": ["C"], "capacity": [40.0]})(tiny)
    assert optimum(inland, {"family": "gateway"}) == pytest.approx(FREE - 20 * 0.05 - 0.1)
    assert optimum(inland, {"family": "gateway", "weight": -0.4}) == pytest.approx(FREE - 0.4 * 2)


def test_gateway_in_two_periods_by_hand(tiny: Instance) -> None:
    """Without policies 61.2 and 62.4. In 2025 the world asks for 10.5 of cloth: 1.5 of steel go from B to C, and 3.5 find no gateway."""
    expected = 61.2 + 62.4 - (0.15 + 3.5) - (0.1 + 4.0)
    assert optimum(facts(tiny), {"family": "gateway"}, periods=[2025, 2030]) == pytest.approx(expected)
