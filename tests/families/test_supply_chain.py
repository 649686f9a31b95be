"""The family supply_chain: plans, terms, outcomes, faults, and optima worked out by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from layout_opt.instance import Instance
from tests.cases import FREE, Family, Row, Term, Told, Wrong, having, made, optimum, settle, without
from tests.plans import altered, linking, with_table

CHAIN: dict[str, Any] = {
    # A unit of cloth takes 0.4 of steel. Final demand in 2030: steel 100 - 44 = 56, cloth 110.
    "input_coefficients": {"supplier": ["steel"], "industry": ["cloth"], "coefficient": [0.4]},
    "freight": {"industry": ["steel", "cloth"], "freight_cost": [0.02, 0.01], "import_cost": [0.1, 0.1], "import_share": [0.05, None]},
    "final_demand": {"industry": ["steel", "steel", "cloth", "cloth", "cloth"], "region": [*"AB", *"ABC"], "share": [0.5, 0.5, 0.2, 0.3, 0.5]},
}
linked = having(**CHAIN)
NEW = "cloth +C 10"  # then steel needs are A 48, B 36, C 16, cloth needs A 22, B 33, C 55
SHIPPED = {"shipped": {"steel|A|C": 12.0, "steel|B|C": 4.0, "cloth|C|C": 35.5}, "imported": {"steel|C": 5.0}}

FAMILY = Family(
    rows=(
        Row({}, "supply|steel|A", "", "", -2.0, {"shipped": {"steel|A|C": 60.0}}, {"shipped": {"steel|A|C": 50.0, "steel|A|A": 12.0}}),
        Row({}, "need|steel|C", NEW, NEW, -1.0, {**SHIPPED, "imported": {}}, {**SHIPPED, "shipped": {"steel|A|C": 10.0}}),
        Row({}, "need|cloth|B", NEW, NEW, -0.5, {"shipped": {"cloth|A|B": 33.0}}, {"shipped": {"cloth|B|B": 20.0, "cloth|A|B": 12.5}}),
        Row({}, "unmet|steel", "steel -A 10", "steel -A 10", -1.0, {"unmet": {"steel|C": 10.0}}, {"unmet": {"steel|A": 3.0, "steel|C": 8.0}}),
        # The nation needs 100 of steel; C needs 16 of steel and 55 of cloth, the regions of the river 84 and 55.
        Row({}, "imports|steel", NEW, NEW, -1.0, {"imported": {"steel|C": 5.0}}, {"imported": {"steel|A": 6.0}}),
        Row({"min_self_sufficiency": {"West": 0.5}}, "self_sufficiency|West", NEW, NEW, -0.5, SHIPPED, {"shipped": {"cloth|C|C": 35.0}}),
        Row(
            *({"min_self_sufficiency": {"river": 0.5}}, "self_sufficiency|river", NEW, NEW, -9.5),
            *({"shipped": {"steel|A|A": 48.0, "cloth|A|B": 21.5}}, {"shipped": {"steel|A|A": 48.0, "cloth|A|B": 12.0, "cloth|C|B": 9.5}}),
        ),
    ),
    terms=(Term({}, NEW, 12 * 0.04 + 4 * 0.02 + 5 * 0.1, SHIPPED), Term({"weight": -0.2}, "", 0.0, {"shipped": {"steel|A|A": 9.0}})),
    told=(
        Told({}, NEW, "self_sufficiency", "C", 0.5, SHIPPED),
        Told({}, NEW, "met_inside", "West", 0.5, SHIPPED),
        Told({"min_self_sufficiency": {"river": 0.5}}, NEW, "met_inside", "river", 0.5, {"shipped": {"steel|A|A": 48.0, "cloth|A|B": 21.5}}),
        Told({}, NEW, "gap_closed", "cloth|West", 20 / 50 - 15 / 55, SHIPPED),
        Told({}, NEW, "gap_closed", "cloth|Central", 10 / 30 - 13 / 33, SHIPPED),
        Told({}, NEW, "freight", "steel", 0.56, SHIPPED),
        Told({}, NEW, "imports", "steel", 5.0, SHIPPED),
        Told({}, f"{NEW}, steel -A 10", "unmet", "steel", 10.0, {"unmet": {"steel|C": 10.0}}),
    ),
    faults=(
        Wrong({"weight": 0}, "weight", "less than 0"),
        Wrong({"min_self_sufficiency": {"Wset": 0.5}}, "min_self_sufficiency", "no such group"),
        Wrong({"min_self_sufficiency": {"West": 1.5}}, "min_self_sufficiency", "less than or equal to 1"),
        Wrong(
            *({"min_self_sufficiency": {"river": 0.5}}, "min_self_sufficiency", "no regions"),
            lambda i: with_table(i, "membership", i.tables["membership"].iloc[:0]),
        ),
        Wrong({}, "policies.p", "more inputs than it makes", lambda i: altered(i, "input_coefficients", ("cloth", "cloth"), coefficient=0.7)),
        Wrong({}, "policies.p", "sum to 0", having(final_demand={"industry": ["steel"], "region": ["A"], "share": [0.0]})),
        Wrong({}, "policies.p", "lacks", without("input_coefficients")),
        Wrong({}, "policies.p", "lacks", without("freight")),
    ),
    random=({"min_self_sufficiency": {"West": 0.3}}, {"weight": -0.5, "min_self_sufficiency": {"river": 0.5, "Central": 0.1}}),
    soft={"min_self_sufficiency": {"West": 0.9}},
    facts=linked,
)


def test_supply_chain_by_hand(tiny: Instance) -> None:
    """The new cloth goes to C. Steel comes to it from A, 12 at 0.04, and B, 4 at 0.02; cloth goes from A to B, 13 at 0.01, and C, 15 at 0.02.

    In B it would cost 0.02 more, in A 0.04; moving cloth or steel nearer costs more than the freight it saves. At 0.03 more than 5 of steel would
    come from outside rather than from A, and where only 5 may, they do.
    """
    chain = {"family": "supply_chain"}
    assert optimum(linked(tiny), chain) == pytest.approx(FREE - 0.56 - 0.43)
    cheap = altered(linked(tiny), "freight", "steel", import_cost=0.03)
    assert optimum(cheap, chain) == pytest.approx(FREE - (4 * 0.02 + 5 * 0.03 + 7 * 0.04) - 0.43)
    assert optimum(with_table(cheap, "freight", cheap.tables["freight"].drop(columns="import_share")), chain) == pytest.approx(
        FREE - (4 * 0.02 + 12 * 0.03) - 0.43
    )


def test_supply_chain_in_two_periods_by_hand(tiny: Instance) -> None:
    """Without policies 61.2 and 62.4. In 2025 5 of cloth are new, in C too: of steel A sends 11 to C and B 3, of cloth A 11.5 to B and 17.5 to C."""
    first, second = 11 * 0.04 + 3 * 0.02 + 11.5 * 0.01 + 17.5 * 0.02, 0.99
    assert optimum(linked(tiny), {"family": "supply_chain"}, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 - first - second)


def test_what_is_not_made_is_charged_once_by_hand(tiny: Instance) -> None:
    """A may keep 50 of steel, B 40 and C makes none: 10 of 100 are missing. Closing them costs 0.05 each, their value added 0.25 and the shortage 2;
    nothing may come from outside, and nothing has to. C needs 16 of steel: 10 are missing there, since it is farthest, 4 come from B and 2 from A.
    """
    most = [{"family": "placement", "industry": "steel", "region": r, "max_output": x} for r, x in (("A", 50.0), ("B", 40.0), ("C", 0.0))]
    closed = altered(linked(tiny), "freight", "steel", import_share=0.0)
    assert optimum(closed, {"family": "supply_chain"}, *most) == pytest.approx(FREE - 10 * 2.3 - (4 * 0.02 + 2 * 0.04) - 0.43)


def test_a_floor_on_self_sufficiency_by_hand(tiny: Instance) -> None:
    """C meets 40 of its needs of 71; t more of cloth has it meet 40 + t of 71 + 0.4 t, 0.6 of them at t = 2.6 / 0.76.

    From B that costs 0.035 to move, saves 0.01 of the freight of cloth and takes 0.4 * 0.02 of that of steel; from A it costs 0.036 in all.
    """
    floor = {"family": "supply_chain", "min_self_sufficiency": {"West": 0.6}}
    assert optimum(linked(tiny), floor) == pytest.approx(FREE - 0.99 - 0.033 * 2.6 / 0.76)


def test_needs_that_exceed_national_demand_shrink(tiny: Instance) -> None:
    """Where cloth takes 0.95 of steel a unit and steel 0.3, 134.5 would be needed of 100: users get along with 100 / 134.5 of it, others with none.

    In A, 60 of steel and 50 of cloth then need 65.5 * 100 / 134.5, in C 40 of cloth 38 * 100 / 134.5; the nation needs what it makes.
    """
    coefficients = pd.DataFrame({"supplier": ["steel", "steel"], "industry": ["cloth", "steel"], "coefficient": [0.95, 0.3]})
    built = settle(made("supply_chain", {}, with_table(linked(tiny), "input_coefficients", coefficients)), NEW)
    short = {row: -slack for row, slack in linking(built, "p").items() if row.startswith("need|steel")}
    assert short["need|steel|A"] == pytest.approx(65.5 * 100 / 134.5)
    assert short["need|steel|C"] == pytest.approx(38 * 100 / 134.5)
    assert sum(short.values()) == pytest.approx(100.0)


def test_final_demand_without_a_table_follows_people(tiny: Instance) -> None:
    """400, 300 and 200 people: of 110 of cloth, A needs 48.9, B 36.7, C 24.4. With the new cloth in B, A makes 1.1 too much, C 5.6, B 6.7 too little.

    Steel in A, B, C: needs 20, 12, 12 for cloth and 24.9, 18.7, 12.4 for the rest; A sends 15.1 to C, B 9.3.
    """
    plain = without("final_demand")(linked(tiny))
    cloth, steel = (50 - 440 / 9) * 0.01 + (30 - 220 / 9) * 0.01, (60 - 20 - 56 * 4 / 9) * 0.04 + (40 - 12 - 56 / 3) * 0.02
    assert optimum(plain, {"family": "supply_chain"}) == pytest.approx(FREE - cloth - steel)
