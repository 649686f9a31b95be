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

# Segments of steel (100 in all) begin at 50, of cloth (110) at 55 and 66.
SCALE = {"industry": ["steel", "steel", "cloth", "cloth"], "from_share": [0.0, 0.5, 0.5, 0.6], "bonus": [0.01, 0.03, 0.02, 0.09]}
LARGE = "cloth B>A 10, cloth C>A 15, cloth +A 10"  # 85 of cloth in A
REACHED = {"segment": {"cloth|A|2": 1.0}, "scaled": {"cloth|A|2": 85.0}}

FAMILY = Family(
    rows=(
        Row(
            *({}, "least|cloth|A|1", "", "", -5.0),
            *({"segment": {"cloth|A|1": 1.0}, "scaled": {"cloth|A|1": 55.0}}, {"segment": {"cloth|A|1": 1.0}, "scaled": {"cloth|A|1": 50.0}}),
        ),
        Row(
            *({}, "most|cloth|A|1", "", "", -4.0),
            *({"segment": {"cloth|A|1": 1.0}, "scaled": {"cloth|A|1": 66.0}}, {"segment": {"cloth|A|1": 1.0}, "scaled": {"cloth|A|1": 70.0}}),
        ),
        Row({}, "part|cloth|A", LARGE, LARGE, -2.0, REACHED, {**REACHED, "scaled": {"cloth|A|1": 2.0, "cloth|A|2": 85.0}}),
        Row({}, "rest|cloth|A", "cloth +A 5", "cloth +A 10", -5.0),
        Row({}, "rest|steel|A", "", "", -60.0, {"scaled": {"steel|A|1": 10.0}}, {"segment": {"steel|A|1": 1.0}}),
    ),
    terms=(
        # Steel: 50 at 0.01 and 10 at 0.03 in A, 40 at 0.01 in B. Cloth: 11 at 0.02 and 19 at 0.09.
        Term({}, "", 0.8 + 0.4, {"segment": {"steel|A|1": 1.0}, "scaled": {"steel|A|1": 60.0}}),
        Term({}, LARGE, 1.93 + 1.0, REACHED),
    ),
    told=(
        Told({}, LARGE, "segment", "cloth|A", 2.0, REACHED),
        Told({}, LARGE, "scale_benefit", "cloth", 1.93, REACHED),
        Told({}, LARGE, "scale_benefit", "steel", 1.0, REACHED),
    ),
    faults=(
        Wrong({"weight": 0}, "weight", "greater than 0"),
        Wrong({}, "policies.p", "lacks", without("scale_returns")),
        Wrong({"clusters": ["Central"]}, "clusters", "unknown key"),
    ),
    random=({}, {"weight": 0.5}),
    facts=having(scale_returns=SCALE),
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


def test_agglomeration_in_two_periods_by_hand(tiny: Instance) -> None:
    """Without policies 61.2 and 62.4; 105 of cloth in 2025. The bonus of 0.09 begins at 52.5, then at 55: A makes 80 and 85, and the moves of 2025
    are paid twice."""
    cloth = having(scale_returns=scaled(from_share=[0.5], bonus=[0.09]))(tiny)
    assert optimum(cloth, {"family": "agglomeration"}, periods=[2025, 2030]) == pytest.approx(61.2 + 62.4 + 27.5 * 0.09 + 30 * 0.09 - 2 * 0.95)


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
