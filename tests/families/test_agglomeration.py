"""The family agglomeration: plans, terms, outcomes, faults, optima worked out by hand, and how tight the form is."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyomo.environ as pyo
import pytest

from layout_opt.build import Built, build
from layout_opt.instance import Instance
from layout_opt.solver.compiled import compile_built, silent
from tests.cases import FREE, Family, Row, Term, Told, Wrong, having, made, optimum, without
from tests.conftest import define
from tests.plans import altered, with_table

# Segments of steel (100 in all) begin at 50, of cloth (110) at 55 and 66; a pair takes 30 of steel and 33 of cloth.
SCALE = {"industry": ["steel", "steel", "cloth", "cloth"], "from_share": [0.0, 0.5, 0.5, 0.6], "bonus": [0.01, 0.03, 0.02, 0.09]}
PAIR = {"industry": ["steel"], "partner": ["cloth"], "from_share": [0.3], "benefit": [0.2]}
HERE = {"clusters": ["Central"]}
LARGE = "cloth B>A 10, cloth C>A 15, cloth +A 10"  # 85 of cloth in A
REACHED = {"segment": {"cloth|A|2": 1.0}, "scaled": {"cloth|A|2": 85.0}}
STANDS = {"pair": {"Central|steel|cloth": 1.0}}

FAMILY = Family(
    rows=(
        Row(
            *(HERE, "least|cloth|A|1", "", "", -5.0),
            *({"segment": {"cloth|A|1": 1.0}, "scaled": {"cloth|A|1": 55.0}}, {"segment": {"cloth|A|1": 1.0}, "scaled": {"cloth|A|1": 50.0}}),
        ),
        Row(
            *(HERE, "most|cloth|A|1", "", "", -4.0),
            *({"segment": {"cloth|A|1": 1.0}, "scaled": {"cloth|A|1": 66.0}}, {"segment": {"cloth|A|1": 1.0}, "scaled": {"cloth|A|1": 70.0}}),
        ),
        Row(HERE, "part|cloth|A", LARGE, LARGE, -2.0, REACHED, {**REACHED, "scaled": {"cloth|A|1": 2.0, "cloth|A|2": 85.0}}),
        Row(HERE, "rest|cloth|A", "cloth +A 5", "cloth +A 10", -5.0),
        Row(HERE, "rest|steel|A", "", "", -60.0, {"scaled": {"steel|A|1": 10.0}}, {"segment": {"steel|A|1": 1.0}}),
        Row(HERE, "first|Central|steel|cloth", "steel B>A 10", "steel B>A 12", -2.0, STANDS),
        Row(HERE, "second|Central|steel|cloth", "cloth A>B 13", "cloth A>B 12", -1.0, STANDS),
    ),
    terms=(
        # Steel: 50 at 0.01 and 10 at 0.03 in A, 40 at 0.01 in B. Cloth: 11 at 0.02 and 19 at 0.09.
        Term(HERE, "", 0.8 + 0.4, {"segment": {"steel|A|1": 1.0}, "scaled": {"steel|A|1": 60.0}}),
        Term(HERE, LARGE, 1.93 + 1.0, REACHED),
        Term({"clusters": ["Central", "river"], "weight": 0.5}, "", 1.0 + 0.4, {"pair": {"Central|steel|cloth": 1.0, "river|steel|cloth": 1.0}}),
    ),
    told=(
        Told(HERE, "cloth A>B 13", "share_before", "Central", 60 / 210),
        Told(HERE, "cloth A>B 13", "share_after", "Central", 73 / 210),
        Told(HERE, LARGE, "segment", "cloth|A", 2.0, REACHED),
        Told(HERE, LARGE, "scale_benefit", "cloth", 1.93, REACHED),
        Told(HERE, LARGE, "scale_benefit", "steel", 1.0, REACHED),
        Told(HERE, "", "pair", "Central|steel|cloth", 1.0, STANDS),
        Told(HERE, "", "pair_benefit", "Central", 0.2, STANDS),
    ),
    faults=(
        Wrong({"clusters": ["Centre"]}, "clusters", "no such group"),
        Wrong({"clusters": ["river"]}, "clusters", "no regions", lambda i: with_table(i, "membership", i.tables["membership"].iloc[:0])),
        Wrong({**HERE, "weight": 0}, "weight", "greater than 0"),
        Wrong({}, "policies.p", "no cluster"),
        Wrong(HERE, "policies.p", "lacks", lambda i: without("scale_returns")(without("colocation")(i))),
        Wrong(HERE, "policies.p", "its own partner", lambda i: altered(i, "colocation", ("steel", "steel"), from_share=0.1, benefit=1.0)),
        Wrong(HERE, "policies.p", "stands twice", lambda i: altered(i, "colocation", ("cloth", "steel"), from_share=0.1, benefit=1.0)),
    ),
    random=({"clusters": ["river"]}, {"weight": 0.5, "clusters": ["Central", "river"]}),
    facts=having(scale_returns=SCALE, colocation=PAIR),
)


def scaled(**columns: list[float]) -> dict[str, list[object]]:
    """A table `scale_returns` of cloth alone."""
    return {"industry": ["cloth"] * len(columns["bonus"]), **columns}


def test_returns_to_scale_by_hand(tiny: Instance) -> None:
    """Cloth above 66 in A brings 0.09: the new 10 go there, then 10 of B (0.035 each) and 15 of C (0.04), which is all that may move.

    Closing 15 in C and 10 in B to build them in A would cost 0.10 a unit. With too little at 66, no cell grows beyond what the new cloth makes it:
    5 at 0.02 above 55.
    """
    scale = {"family": "agglomeration"}
    cloth = having(scale_returns=scaled(from_share=[0.5, 0.6], bonus=[0.02, 0.09]))(tiny)
    assert optimum(cloth, scale) == pytest.approx(FREE + 11 * 0.02 + 19 * 0.09 - 0.35 - 0.60)
    flat = having(scale_returns=scaled(from_share=[0.5, 0.6], bonus=[0.02, 0.03]))(tiny)
    assert optimum(flat, scale) == pytest.approx(FREE + 5 * 0.02)


def test_congestion_by_hand(tiny: Instance) -> None:
    """Steel above 50 loses 0.1: 10 of A move to B at 0.05 and a project of 0.1, rather than lose 1."""
    steel = having(scale_returns={"industry": ["steel"], "from_share": [0.5], "bonus": [-0.1]})(tiny)
    assert optimum(steel, {"family": "agglomeration"}) == pytest.approx(FREE - 0.6)


def test_a_bonus_on_all_output_needs_no_segments(tiny: Instance) -> None:
    """0.1 from the first unit on: 0.1 of all 110 of cloth, wherever it is made."""
    assert optimum(having(scale_returns=scaled(from_share=[0.0], bonus=[0.1]))(tiny), {"family": "agglomeration"}) == pytest.approx(FREE + 11.0)


def test_returns_to_scale_are_income(tiny: Instance) -> None:
    """The 60 of steel, 60 of cloth and the laboratory of A bring 15 + 18 + 5; what lies above 40 of steel brings 20 * 0.1 more."""
    steel = having(scale_returns={"industry": ["steel"], "from_share": [0.4], "bonus": [0.1]})(tiny)
    built = made("agglomeration", {}, steel)
    income = built.periods[0].income("A")
    for name, value in {("steel", "A"): 60.0, ("cloth", "A"): 60.0, ("lab", "A"): 10.0}.items():
        built.periods[0].b.x[name].set_value(value)
    built.periods[0].decided("p", "segment")["steel", "A", "1"].set_value(1)
    built.periods[0].decided("p", "scaled")["steel", "A", "1"].set_value(60.0)
    assert pyo.value(income) == pytest.approx(38 + 20 * 0.1)


def test_pairs_by_hand(tiny: Instance) -> None:
    """B has 40 of steel; with the 10 new it has 30 of the 33 of cloth, and 3 more cost 0.035 each: worth it for 0.2, not for 0.1."""
    pair = {"family": "agglomeration", **HERE}
    assert optimum(having(colocation=PAIR)(tiny), pair) == pytest.approx(FREE + 0.2 - 3 * 0.035)
    assert optimum(having(colocation={**PAIR, "benefit": [0.1]})(tiny), pair) == pytest.approx(FREE)


def test_agglomeration_in_two_periods_by_hand(tiny: Instance) -> None:
    """Without policies 61.2 and 62.4; 105 of cloth in 2025. The bonus of 0.09 begins at 52.5, then at 55: A makes 80 and 85, and the moves of 2025
    are paid twice. The pair needs 31.5 of cloth in 2025: 6.5 moved cost 0.2275 a period, little against 0.5; at 0.2 it waits for 2030."""
    scale, pair = {"family": "agglomeration"}, {"family": "agglomeration", **HERE}
    cloth = having(scale_returns=scaled(from_share=[0.5], bonus=[0.09]))(tiny)
    assert optimum(cloth, scale, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 + 27.5 * 0.09 + 30 * 0.09 - 2 * 0.95)
    for benefit, gained in ((0.5, 2 * (0.5 - 0.2275)), (0.2, 0.2 - 3 * 0.035)):
        worth = having(colocation={**PAIR, "benefit": [benefit]})(tiny)
        assert optimum(worth, pair, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 + gained)


# --- tightness ---------------------------------------------------------------------------------------------------------------------------


def best(built: Built, whole: bool) -> float:
    """The optimum of a model, or of its relaxation."""
    program = compile_built(built).whole
    highs = silent()
    highs.setOptionValue("mip_rel_gap", 0.0)
    (program if whole else dataclasses.replace(program, integer=np.zeros_like(program.integer))).load(highs)
    highs.run()
    return float(highs.getInfo().objective_function_value)


def by_excess(instance: Instance, share: float, bonus: float) -> Built:
    """The same model of one threshold of cloth the usual way: e, what lies above it, counts where z is 1, with D as big M.

    e <= D * z, e <= x - T + D * (1 - z); the objective counts bonus * e.
    """
    built = build(instance, define())
    period = built.periods[0]
    b, D = period.b, period.D["cloth"]
    b.e = pyo.Var(period.regions, within=pyo.NonNegativeReals)
    b.z = pyo.Var(period.regions, within=pyo.Binary)
    b.gate = pyo.Constraint(period.regions, rule=lambda b, r: b.e[r] <= D * b.z[r])
    b.above = pyo.Constraint(period.regions, rule=lambda b, r: b.e[r] <= b.x["cloth", r] - share * D + D * (1 - b.z[r]))
    built.model.objective.set_value(built.model.objective.expr + bonus * sum(b.e.values()))
    return built


@pytest.mark.parametrize("share", [0.3, 0.5, 0.6])
def test_segments_have_a_tighter_relaxation_than_big_m(tiny: Instance, share: float) -> None:
    """Both forms have one optimum; the relaxation of the segments lies nearer to it."""
    instance = having(scale_returns=scaled(from_share=[share], bonus=[0.09]))(tiny)
    segments, excess = made("agglomeration", {}, instance), by_excess(tiny, share, 0.09)
    optimal = best(segments, whole=True)
    assert best(excess, whole=True) == pytest.approx(optimal)
    assert optimal - 1e-6 <= best(segments, whole=False) < best(excess, whole=False) - 0.1
