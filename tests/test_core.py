"""The core: balances, lots, indivisible industries, one way, ceilings, shortage, closure and periods, each against figures worked out by hand.

Figures for `tiny` without policies (see its README): value added 63, less 0.1 * (0.5 + 0.5 * 10) for 10 more cloth: 62.45. Moving costs,
counted by 0.1, a unit: steel A-B 0.05, A-C 0.06; cloth A-B and B-C 0.035, A-C 0.04; lab A-B 0.025. Closing and building anew: steel 0.15,
cloth 0.10, lab 0.10. A project: steel 0.1, cloth 0.05, lab 0.2.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout_opt.build import Built, build
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.runs import Run
from layout_opt.solver.direct import solve_direct
from layout_opt.solving import load_instance, solve
from tests.conftest import TINY, define
from tests.plans import altered, cut, lay, objective, plans, slacks, term, with_table
from tests.test_property_enumeration import Problem, definition, problems, write

FREE = 62.45
WATER = {"water": {"family": "carrying_capacity", "resources": ["water"]}}
TWO = [2025, 2030]


def optimum(instance: Instance, **parts: Any) -> Run:
    """The verified run of a model that has an optimum."""
    run = solve(instance, define(**parts))
    assert run.status == "optimal"
    return run


def value(instance: Instance, **parts: Any) -> float:
    """The optimum."""
    return float(optimum(instance, **parts).info["objective"])


def cell(run: Run, industry: str, region: str, year: int = 2030) -> pd.Series:
    """A row of layout.csv."""
    return run.tables["layout"].set_index(["industry", "region", "period"]).loc[(industry, region, year)]


def broken(built: Built) -> set[str]:
    """Rows of the core, over all periods, that the plan in the model breaks."""
    rows = set()
    for period in built.periods:
        for constraint in period.b.component_objects(pyo.Constraint, descend_into=False):
            rows |= {f"{constraint.local_name} {row}" for row, slack in slacks(constraint).items() if slack < -1e-9}
        for row, end, variable in (("departures", "origin", period.b.out), ("arrivals", "destination", period.b.into)):
            moved = period.flows.moved.groupby(["industry", end])["output"].sum()
            rows |= {f"{row} {'|'.join(kr)}" for kr, v in variable.items() if abs(v.value - moved.get(kr, 0.0)) > 1e-9}
    return rows


# --- balances ----------------------------------------------------------------------------------------------------------------------------

MODELS = {years: build(load_instance(TINY), define(periods=list(years))) for years in ((2030,), (2025, 2030))}


@settings(max_examples=20, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_any_plan_keeps_the_balances(data: st.DataObject) -> None:
    """Output by the balance, sums of flows, loads and unmet demand: a plan laid by hand breaks none of these rows.

    What random plans do break is what they choose freely: lots, room, one way, whole industries, too much output, the relocatable share.
    """
    built = MODELS[data.draw(st.sampled_from(list(MODELS)))]
    lay(built, *data.draw(plans(built)))
    assert {row.split()[0] for row in broken(built)} <= {"least", "most", "one_way", "whole", "demand", "release"}


@pytest.mark.parametrize(
    ("variable", "index", "rows"),
    [
        ("x", ("steel", "B"), {"balance steel|B", "use water|B", "use land|B", "demand steel"}),
        ("out", ("cloth", "A"), {"departures cloth|A", "balance cloth|A"}),
        ("into", ("cloth", "C"), {"arrivals cloth|C", "balance cloth|C"}),
        ("short", "cloth", {"demand cloth"}),
        ("load", ("water", "A"), {"use water|A"}),
    ],
)
def test_every_balance_is_stated(tiny: Instance, variable: str, index: Any, rows: set[str]) -> None:
    """A plan in which one number is off by one breaks exactly the rows that the statement gives for it."""
    built = lay(build(tiny, define()), "steel A>B 15, cloth A>C 5, cloth +C 10")
    assert not broken(built)
    changed = built.periods[0].b.component(variable)[index]
    changed.set_value(changed.value + 1)
    assert broken(built) == rows


def test_output_and_shortage_make_up_demand(hand_run: Run, tiny: Instance) -> None:
    """In the tables of a run, demand is met to the unit, and every region's change is what it received and built less what it lost."""
    layout = hand_run.tables["layout"]
    made = layout.groupby("industry")["output_after"].sum()
    assert made.to_dict() == pytest.approx(tiny.demand(2030).to_dict())
    lost = layout["released"] + layout["closed"]
    assert (layout["output_before"] + layout["received"] + layout["built"] - lost).tolist() == pytest.approx(layout["output_after"].tolist())
    assert layout["released"].sum() == pytest.approx(layout["received"].sum())


@pytest.mark.parametrize("years", MODELS)
def test_no_flow_of_a_region_to_itself(years: tuple[int, ...]) -> None:
    """Transfers name two regions, in every period, and only start where there is something to move."""
    for period in MODELS[years].periods:
        assert all(o != d for _, o, d in period.flows)
        assert all(period.S0[k, o] > 0 for k, o, _ in period.flows)
        assert len(period.flows) == (4 + 6 + 2)


def test_moving_costs_by_distance(tiny: Instance) -> None:
    """10 of steel: 10 * (0.4 + 0.1 * 1) to B at 1000 km, 10 * (0.4 + 0.1 * 2) to C at 2000 km."""
    built = build(tiny, define())
    assert term(lay(built, "steel A>B 10"), "relocation_cost") == pytest.approx(5.0)
    assert term(lay(built, "steel A>C 10"), "relocation_cost") == pytest.approx(6.0)
    assert term(lay(built, "steel -A 10, cloth +B 10"), "relocation_cost") == 0.0


def test_terms_of_a_plan(tiny: Instance) -> None:
    """Steel 20 to B, 8 closed; cloth 10 built; lab moves: value added, building with its projects, closure, and unmet steel of 8."""
    built = lay(build(tiny, define()), "steel A>B 20, steel -A 8, cloth +C 10, lab A>B 10")
    assert term(built, "value_added") == pytest.approx(0.25 * 92 + 0.3 * 110 + 0.5 * 10)
    assert term(built, "building_cost") == pytest.approx(0.5 * 10 + 1 + 0.5 + 2)
    assert term(built, "closure_cost") == pytest.approx(0.5 * 8)
    assert term(built, "shortage") == pytest.approx(8.0)
    weighted = 61.0 - 0.1 * (20 * 0.5 + 10 * 0.25) - 0.1 * 8.5 - 0.1 * 4 - 2 * 8
    assert objective(built) == pytest.approx(weighted)


# --- lots --------------------------------------------------------------------------------------------------------------------------------


def test_no_project_below_the_lot_and_no_growth_without_one(tiny: Instance) -> None:
    """4 of cloth are 1 short of the lot as a project, and without a project no growth at all."""
    built = lay(build(tiny, define()), "cloth +C 4")
    b = built.periods[0].b
    assert slacks(b.least)["cloth|C"] == pytest.approx(-1.0)
    assert slacks(b.most)["cloth|C"] >= 0
    b.w["cloth", "C"].set_value(0)
    assert slacks(b.least)["cloth|C"] >= 0
    assert slacks(b.most)["cloth|C"] == pytest.approx(-4.0)


def test_a_lot_larger_than_the_need_by_hand(tiny: Instance) -> None:
    """A lot of 12 for 10 more cloth: 2 more come from a neighbour, 2 * 0.035."""
    assert value(altered(tiny, "industries", "cloth", lot=12.0)) == pytest.approx(FREE - 0.07)


def test_a_lot_that_no_cell_can_hold(tiny: Instance) -> None:
    """No cell has room for a lot of 1000: nothing is built, 10 of cloth stay unmet: 60 - 2 * 10."""
    run = optimum(altered(tiny, "industries", "cloth", lot=1000.0))
    assert run.info["objective"] == pytest.approx(40.0)
    assert run.tables["objective"].set_index("term").loc["shortage", "value"] == pytest.approx(10.0)


def test_an_industry_without_a_lot_needs_no_project(tiny: Instance) -> None:
    """Lot 0: cloth grows by any amount, at 0.05 a unit and no project cost. FREE + 0.05."""
    run = optimum(altered(tiny, "industries", "cloth", lot=0.0))
    assert run.info["objective"] == pytest.approx(FREE + 0.05)
    assert run.tables["layout"]["project"].sum() == 0


# --- indivisible -------------------------------------------------------------------------------------------------------------------------


def land(need: float) -> dict[str, Any]:
    """A limit on the land of A that takes `need` km2 off today's 120."""
    return {"land": {"family": "development_intensity", "strictness": (120 - need) / 150}}


def still(tiny: Instance, *industries: str) -> Instance:
    """The instance where these industries cannot move (they may close and be built anew)."""
    for industry in industries:
        tiny = altered(tiny, "industries", industry, relocatable_share=0.0)
    return tiny


def test_an_indivisible_industry_moves_whole(tiny: Instance) -> None:
    """A has to free 8 km2; cloth and steel cannot move. Closing 8 of cloth and building them in B costs 0.8; the lab moves whole, all 10 of it,
    for 10 * 0.025 + 0.2."""
    run = optimum(still(tiny, "steel", "cloth"), policies=land(8))
    assert run.info["objective"] == pytest.approx(FREE - 0.45)
    assert cell(run, "lab", "A")["released"] == pytest.approx(10.0)
    assert cell(run, "lab", "B")[["output_after", "project"]].tolist() == pytest.approx([10.0, 1.0])


def test_an_indivisible_industry_stays_whole(tiny: Instance) -> None:
    """To free 4 km2, closing 4 of cloth (0.4) is cheaper: nothing of the lab moves, and what stands is no project."""
    run = optimum(still(tiny, "steel", "cloth"), policies=land(4))
    assert run.info["objective"] == pytest.approx(FREE - 0.4)
    assert cell(run, "lab", "A")[["output_after", "released", "project"]].tolist() == pytest.approx([10.0, 0.0, 0.0])


def test_part_of_an_indivisible_industry_is_no_plan(tiny: Instance) -> None:
    """Half the lab in A and half in B breaks the row `whole` of both, by half of it."""
    built = lay(build(tiny, define()), "lab A>B 5")
    assert slacks(built.periods[0].b.whole) == pytest.approx({"lab|A": -5.0, "lab|B": -5.0, "lab|C": 0.0})


# --- one way -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("round_trips", "slack"), [(False, -25.0), (True, None)])
def test_a_region_with_a_project_releases_nothing(tiny: Instance, round_trips: bool, slack: float | None) -> None:
    """A may not lose 25 of steel and build 10, unless round trips are allowed; then the row is not there, and the plan holds."""
    built = lay(build(tiny, define(core={"round_trips": round_trips})), "steel A>B 15, steel -A 10, steel +A 10, cloth +C 10")
    assert slacks(built.periods[0].b.one_way).get("steel|A") == slack
    assert broken(built) == (set() if round_trips else {"one_way steel|A"})


def test_only_what_is_forced_out_leaves_a_region_with_a_project(tiny: Instance) -> None:
    """Zones force 5 of cloth out of A: beside a project there, 5 may leave and 6 may not."""
    built = build(tiny, define(policies={"zones": {"family": "functional_zone"}}))
    assert slacks(lay(built, "cloth A>C 5, cloth +A 10").periods[0].b.one_way)["cloth|A"] == pytest.approx(0.0)
    assert slacks(lay(built, "cloth A>C 6, cloth +A 10").periods[0].b.one_way)["cloth|A"] == pytest.approx(-1.0)


def test_round_trips_by_hand(tiny: Instance) -> None:
    """Steel in A and B, every unit moved rewarded by 0.05: one way 30 from A (1.5 less a project); with round trips the 20 of B as well."""
    steel = altered(cut(tiny, ["steel"], ["A", "B"]), "industries", "steel", relocation_cost=-0.6)  # and 0.1 for the distance
    assert value(steel) == pytest.approx(25 + 1.5 - 0.1)
    assert value(steel, core={"round_trips": True}) == pytest.approx(25 + 1.5 + 1.0 - 0.2)


def test_with_round_trips_a_cell_may_replace_its_stock(tiny: Instance) -> None:
    """A full cell that sends 30 away has room for 30 again: one industry in one place, demand as today, both ways."""
    steel = altered(cut(tiny, ["steel"], ["A", "B"]), "stock", ("steel", "B"), output=0.0)
    steel = altered(steel, "demand", ("steel", 2030), demand=60.0)
    built = lay(build(steel, define(core={"round_trips": True})), "steel A>B 30, steel +A 30")
    assert slacks(built.periods[0].b.most)["steel|A"] == pytest.approx(30.0)
    assert broken(built) == {"demand steel"}


# --- ceilings ----------------------------------------------------------------------------------------------------------------------------


def tops(built: Built, industry: str, period: int = 0) -> list[float]:
    return [built.periods[period].b.x[industry, r].ub for r in built.periods[period].regions]


def test_ceilings_by_hand(tiny: Instance) -> None:
    """Cloth 50, 20, 30 and demand 110: growth 1.2 gives 66, 26.4, 39.6; entry 0.3 lifts B to 33; without a rule all 110; never below stock."""
    assert tops(build(tiny, define()), "cloth") == pytest.approx([110, 110, 110])
    assert tops(build(tiny, define(core={"growth": 1.2})), "cloth") == pytest.approx([66, 26.4, 39.6])
    assert tops(build(tiny, define(core={"growth": 1.2, "entry": 0.3})), "cloth") == pytest.approx([66, 33, 39.6])
    assert tops(build(tiny, define(core={"growth": 0.5})), "cloth") == pytest.approx([50, 20, 30])
    assert tops(build(tiny, define(core={"demand_margin": 0.1})), "cloth") == pytest.approx([121, 121, 121])
    assert tops(build(tiny, define(core={"growth": 9.0})), "cloth") == pytest.approx([110, 110, 110])
    assert tops(build(tiny, define(core={"growth": 0.5})), "lab") == pytest.approx([10, 10, 10])


def test_local_industries_have_a_ceiling_of_their_own(tiny: Instance) -> None:
    """`local_growth` holds for the industries of the column `local`, `growth` for the rest; where it is left out, `growth` holds for all."""
    flagged = with_table(tiny, "industries", tiny.tables["industries"].assign(local=[False, True, False]))
    assert tops(build(flagged, define(core={"local_growth": 1.0})), "cloth") == pytest.approx([55, 22, 33])
    assert tops(build(flagged, define(core={"local_growth": 1.0})), "steel") == pytest.approx([100, 100, 100])
    both = build(flagged, define(core={"growth": 1.2, "local_growth": 1.0}))
    assert tops(both, "cloth") == pytest.approx([55, 22, 33])
    assert tops(both, "steel") == pytest.approx([72, 48, 0])
    assert tops(build(flagged, define(core={"growth": 1.2})), "cloth") == pytest.approx([66, 26.4, 39.6])


def test_growth_by_hand(tiny: Instance) -> None:
    """Even growth leaves room for 5, 2 and 3 of cloth, and the lot is 5: A builds 5, 5 stay unmet. 61.5 - 0.3 - 10.

    Where any region may reach 0.3 of demand, B has room for 13 and builds the 10.
    """
    assert value(tiny, core={"growth": 1.0}) == pytest.approx(51.2)
    flagged = with_table(tiny, "industries", tiny.tables["industries"].assign(local=[False, True, False]))
    assert value(flagged, core={"local_growth": 1.0}) == pytest.approx(51.2)
    assert value(tiny, core={"growth": 1.0, "entry": 0.3}) == pytest.approx(FREE)


def test_demand_margin_by_hand(tiny: Instance) -> None:
    """A tenth more than demand may be made: 10 steel (0.25 - 0.1 a unit, one project) and 21 new cloth pay; the lab stays whole."""
    run = optimum(tiny, core={"demand_margin": 0.1})
    assert run.info["objective"] == pytest.approx(0.25 * 110 + 0.3 * 121 + 5 - 0.1 * (1 + 10) - 0.1 * (0.5 + 0.5 * 21))


# --- facts of a cell ---------------------------------------------------------------------------------------------------------------------


def with_cells(instance: Instance, industry: str, regions: str, **facts: float) -> Instance:
    """The instance where an industry has facts of its own in these regions."""
    return with_table(instance, "cells", pd.DataFrame([{"industry": industry, "region": r, **facts} for r in regions]))


def test_lots_of_cells_by_hand(tiny: Instance) -> None:
    """A project of at least 12 in A and B: the 10 new cloth go to C. At least 12 there too: 2 more come from a neighbour, 2 * 0.035.

    In C any amount: no project.
    """
    assert value(with_cells(tiny, "cloth", "AB", lot=12.0)) == pytest.approx(FREE)
    assert value(with_cells(tiny, "cloth", "ABC", lot=12.0)) == pytest.approx(FREE - 0.07)
    run = optimum(with_cells(tiny, "cloth", "C", lot=0.0))
    assert run.info["objective"] == pytest.approx(FREE + 0.05)
    assert run.tables["layout"]["project"].sum() == 0


def test_largest_projects_by_hand(tiny: Instance) -> None:
    """At most 6 in one project: two of them. At most 6 in C: the project is elsewhere. None anywhere: 10 stay unmet, 60 - 2 * 10."""
    assert value(with_cells(tiny, "cloth", "ABC", max_project=6.0)) == pytest.approx(FREE - 0.05)
    run = optimum(with_cells(tiny, "cloth", "C", max_project=6.0))
    assert run.info["objective"] == pytest.approx(FREE)
    assert cell(run, "cloth", "C")["project"] == 0
    assert value(with_cells(tiny, "cloth", "ABC", max_project=0.0)) == pytest.approx(40.0)
    assert value(with_cells(tiny, "cloth", "ABC", max_project=0.0, lot=0.0)) == pytest.approx(40.0)


def test_a_largest_project_is_just_allowed(tiny: Instance) -> None:
    """Received and built together are the project: 6 of 6, then 7."""
    built = build(with_cells(tiny, "cloth", "C", max_project=6.0), define())
    assert slacks(lay(built, "cloth A>C 4, cloth +C 2").periods[0].b.most)["cloth|C"] == pytest.approx(0.0)
    assert slacks(lay(built, "cloth A>C 4, cloth +C 3").periods[0].b.most)["cloth|C"] == pytest.approx(-1.0)


def test_highest_outputs_by_hand(tiny: Instance) -> None:
    """At most 35 in C: no room for 10 there, A or B takes them. At most 58, 28 and 38: room for 8 in each, two projects of 5 or more."""
    run = optimum(with_cells(tiny, "cloth", "C", max_output=35.0))
    assert run.info["objective"] == pytest.approx(FREE)
    assert cell(run, "cloth", "C")["output_after"] <= 35
    rows = [{"industry": "cloth", "region": r, "max_output": most} for r, most in (("A", 58.0), ("B", 28.0), ("C", 38.0))]
    assert value(with_table(tiny, "cells", pd.DataFrame(rows))) == pytest.approx(FREE - 0.05)


def test_what_is_above_the_highest_output_has_to_go(tiny: Instance) -> None:
    """At most 50 of A's 60 steel: 10 go to B, 10 * 0.05 + 0.1. At most 45 of A's 50 cloth: 5 go to B beside the new cloth."""
    steel = with_cells(tiny, "steel", "A", max_output=50.0)
    assert tops(build(steel, define(core={"growth": 9.0})), "steel") == pytest.approx([50, 100, 0])
    assert value(steel) == pytest.approx(FREE - 0.6)
    run = optimum(with_cells(tiny, "cloth", "A", max_output=45.0))
    assert run.info["objective"] == pytest.approx(FREE - 5 * 0.035)
    assert cell(run, "cloth", "A")[["released", "project"]].tolist() == pytest.approx([5.0, 0.0])


def test_one_way_where_the_highest_output_is_below_the_stock(tiny: Instance) -> None:
    """5 of A's 50 cloth have to go: no project beside that. Zones force out 5 anyway, and at most 49 may stand: 4 may be built beside them."""
    below = build(with_cells(tiny, "cloth", "A", max_output=45.0), define())
    assert ("cloth", "A") not in below.periods[0].b.w
    built = build(with_cells(tiny, "cloth", "A", max_output=49.0, lot=2.0), define(policies={"zones": {"family": "functional_zone"}}))
    for plan, one_way, most in (("cloth A>C 5, cloth +A 4", 0.0, 0.0), ("cloth A>C 6, cloth +A 5", -1.0, -1.0)):
        b = lay(built, plan).periods[0].b
        assert (slacks(b.one_way)["cloth|A"], slacks(b.most)["cloth|A"]) == pytest.approx((one_way, most))


def test_only_what_is_above_the_highest_output_leaves_beside_a_later_project(tiny: Instance) -> None:
    """2030: 5 of the 50 of today were too much for A, so 5 may leave beside a project, 6 may not."""
    built = build(with_cells(tiny, "cloth", "A", max_output=45.0), define(periods=TWO))
    assert slacks(lay(built, "cloth A>B 10", "cloth -A 5, cloth +A 7").periods[1].b.one_way)["cloth|A"] == pytest.approx(0.0)
    assert slacks(lay(built, "cloth A>B 10", "cloth -A 6, cloth +A 7").periods[1].b.one_way)["cloth|A"] == pytest.approx(-1.0)


FORTY = {"most": {"family": "placement", "industry": "cloth", "region": "A", "max_output": 40.0, "penalty": 1.0}}


def test_exit_shares_by_hand(tiny: Instance) -> None:
    """40 of cloth in A, or 1 for every unit above: 10 go to B, 0.35. Where a tenth may go at all, 5 go and 5 are paid for; none, 10."""
    assert value(tiny, policies=FORTY) == pytest.approx(FREE - 0.35)
    run = optimum(with_cells(tiny, "cloth", "A", exit_share=0.1), policies=FORTY)
    assert run.info["objective"] == pytest.approx(FREE - 0.175 - 5.0)
    assert cell(run, "cloth", "A")["output_after"] == pytest.approx(45.0)
    assert value(with_cells(tiny, "cloth", "A", exit_share=0.0), policies=FORTY) == pytest.approx(FREE - 10.0)


@pytest.mark.parametrize(("round_trips", "row"), [(False, "one_way"), (True, "stay")])
def test_a_cell_loses_no_more_than_its_exit_share(tiny: Instance, round_trips: bool, row: str) -> None:
    """A fifth of A's 60 steel may go, moved and closed together."""
    built = build(with_cells(tiny, "steel", "A", exit_share=0.2), define(core={"round_trips": round_trips}))
    assert slacks(lay(built, "steel A>B 10, steel -A 2").periods[0].b.component(row))["steel|A"] == pytest.approx(0.0)
    assert slacks(lay(built, "steel A>B 10, steel -A 3").periods[0].b.component(row))["steel|A"] == pytest.approx(-1.0)
    assert built.periods[0].b.out["steel", "A"].ub == pytest.approx(12.0)
    assert built.periods[0].b.x["steel", "A"].lb == pytest.approx(48.0)


def test_the_exit_share_counts_over_all_periods(tiny: Instance) -> None:
    """A tenth of A's 50 cloth: 3 and 2 are just allowed. By hand: 5 go at once, paid in both periods, and 5 are too much in both."""
    bound = with_cells(tiny, "cloth", "A", exit_share=0.1)
    built = build(bound, define(periods=TWO))
    assert slacks(lay(built, "cloth A>B 3", "cloth -A 2").periods[1].b.leave)["cloth|A"] == pytest.approx(0.0)
    assert slacks(lay(built, "cloth A>B 3", "cloth A>B 1, cloth -A 2").periods[1].b.leave)["cloth|A"] == pytest.approx(-1.0)
    assert value(bound, periods=TWO, policies=FORTY) == pytest.approx(61.2 + 62.4 - 2 * 0.175 - 2 * 5.0)
    assert value(tiny, periods=TWO, policies=FORTY) == pytest.approx(61.2 + 62.4 - 2 * 0.35)


def test_costs_of_cells_by_hand(tiny: Instance) -> None:
    """A project of cloth in C for nothing saves 0.1 * 0.5; a unit built there at 0.3 saves 0.02; where A and B are dearer, C is as it was."""
    assert value(with_cells(tiny, "cloth", "C", project_cost=0.0)) == pytest.approx(FREE + 0.05)
    assert value(with_cells(tiny, "cloth", "C", building_cost=0.3)) == pytest.approx(FREE + 0.2)
    assert value(with_cells(tiny, "cloth", "AB", project_cost=5.0, building_cost=2.0)) == pytest.approx(FREE)
    built = build(with_cells(tiny, "cloth", "C", project_cost=2.0, building_cost=0.3), define())
    assert term(lay(built, "cloth A>B 5, cloth +C 5"), "building_cost") == pytest.approx(0.5 + 2.0 + 0.3 * 5)


def test_the_intensity_of_a_cell_stands_as_it_is(tiny: Instance) -> None:
    """A's steel uses 0.5: no factor of the region and no improvement counts for it; its cloth uses 50 * 0.5 * 2."""
    own = pd.DataFrame([{"industry": "steel", "region": "A", "resource": "water", "intensity": 0.5, "unit": "Mm3/MCNY"}])
    saving = with_table(altered(tiny, "efficiency", ("A", "water"), factor=2.0), "cell_intensities", own)
    saving = altered(saving, "intensities", ("steel", "water"), annual_improvement=0.1)
    load = lay(build(saving, define()), "").periods[0].b.load
    assert load["water", "A"].value == pytest.approx(60 * 0.5 + 50 * 0.5 * 2)
    assert load["water", "B"].value == pytest.approx(40 * 0.9**10 + 20 * 0.5)
    assert load["land", "A"].value == pytest.approx(120.0)


def test_intensities_of_cells_by_hand(tiny: Instance) -> None:
    """At 0.5 for its steel A is within its water, 55 of 70. At 0.8 it is 3 over: 10 of steel, the lot, cost 0.6, 6 of cloth 0.21."""
    own = pd.DataFrame([{"industry": "steel", "region": "A", "resource": "water", "intensity": 0.5, "unit": "Mm3/MCNY"}])
    run = optimum(with_table(tiny, "cell_intensities", own), policies=WATER)
    assert run.info["objective"] == pytest.approx(FREE)
    assert run.tables["resources"].set_index(["resource", "region_or_group"]).loc[("water", "A"), "use_before"] == pytest.approx(55.0)
    assert value(with_table(tiny, "cell_intensities", own.assign(intensity=0.8)), policies=WATER) == pytest.approx(FREE - 6 * 0.035)


def test_distances_on_a_plane(tiny: Instance, tiny_copy: Path) -> None:
    """A, B and C lie at 120, 112 and 104, 30: 800 km apart by `planar`, with a detour of 1.25 as far as the corridors say."""
    manifest = tiny_copy / "instance.toml"
    head, _, tail = manifest.read_text(encoding="utf-8").partition("[tables.corridors]")
    tail = tail.partition("[tables.barriers]")[2]
    manifest.write_text(f'{head}[tables.barriers]{tail}\n[distance]\nrule = "planar"\ndetour = 1.25\n', encoding="utf-8")
    plane = load_instance(tiny_copy)
    assert "corridors" not in plane.tables
    assert plane.distance.to_numpy().tolist() == tiny.distance.to_numpy().tolist()
    assert value(plane, policies=WATER) == pytest.approx(FREE - 0.85)


@settings(max_examples=25, derandomize=True, deadline=None, database=None)
@given(problem=problems())
def test_the_row_grow_cuts_off_no_optimum(problem: Problem) -> None:
    """With round trips `most` alone lets a cell replace its stock; `grow` follows for whole w, so the optimum is the same without it."""
    problem = replace(problem, core={**problem.core, "round_trips": True})
    with tempfile.TemporaryDirectory() as folder:
        write(problem, Path(folder))
        instance = load_instance(folder)
    built = build(instance, definition(problem))
    tight = solve_direct(built)
    built.periods[0].b.grow.deactivate()
    loose = solve_direct(built)
    assert loose.status == tight.status
    if tight.status != "infeasible":
        assert loose.objective == pytest.approx(tight.objective, rel=1e-6, abs=1e-6)


# --- shortage and closure ----------------------------------------------------------------------------------------------------------------


def test_shortage_by_hand(tiny: Instance) -> None:
    """Water 70, 50 and 15 is 20 short of what demand needs. Steel is the least loss per Mm3 (2.25 and 0.05 to close it): 20 are closed in A,
    15 for the capacity and 5 to make room for the new cloth. 58 - 2 * 20 - 0.1 * 10 - 0.55."""
    dry = altered(altered(tiny, "capacities", ("water", "B", 2020), capacity=50.0), "capacities", ("water", "C", 2020), capacity=15.0)
    run = optimum(dry, policies=WATER)
    assert run.info["objective"] == pytest.approx(16.45)
    terms = run.tables["objective"].set_index("term")["value"]
    assert terms[["shortage", "closure_cost"]].tolist() == pytest.approx([20.0, 10.0])


def test_closure_by_hand(tiny: Instance) -> None:
    """Nothing divisible can move, and A must save 15 Mm3: 15 of steel close there and are built elsewhere, 15 * 0.15 + 0.1."""
    run = optimum(still(tiny, "steel", "cloth"), policies=WATER)
    assert run.info["objective"] == pytest.approx(FREE - 2.35)
    assert cell(run, "steel", "A")["closed"] == pytest.approx(15.0)
    assert cell(run, "steel", "B")["built"] + cell(run, "steel", "C")["built"] == pytest.approx(15.0)
    assert not len(run.tables["transfers"])


def test_a_country_without_stock_builds_all_of_it(tiny: Instance) -> None:
    """Nothing stands: every industry is built in one place. 63 - 0.1 * (100 + 1) - 0.1 * (55 + 0.5) - 0.1 * (5 + 2). An index of what was
    there before is 0 everywhere, and a policy that would do nothing is refused."""
    empty = with_table(tiny, "stock", tiny.tables["stock"].assign(output=0.0))
    advantage = {"a": {"family": "comparative_advantage", "index": "nrca"}}
    assert value(empty) == pytest.approx(63 - 10.1 - 5.55 - 0.7)
    with pytest.raises(InputError, match="would do nothing"):
        value(empty, policies=advantage)


def test_demand_that_falls_closes_what_is_too_much(tiny: Instance) -> None:
    """Demand for steel of 70: 30 close somewhere, 30 * 0.05; value added 17.5 + 33 + 5."""
    run = optimum(altered(tiny, "demand", ("steel", 2030), demand=70.0))
    assert run.info["objective"] == pytest.approx(55.5 - 1.5 - 0.55)
    assert run.tables["layout"].groupby("industry")["closed"].sum()["steel"] == pytest.approx(30.0)


def test_a_region_loses_no_more_than_it_has(tiny: Instance) -> None:
    """Half of A's steel may move, all of it may go: 30 moved and 30 closed is just allowed, one more is not."""
    built = build(tiny, define(core={"round_trips": True}))
    assert slacks(lay(built, "steel A>B 30, steel -A 30").periods[0].b.stay)["steel|A"] == pytest.approx(0.0)
    assert slacks(lay(built, "steel A>B 30, steel -A 31").periods[0].b.stay)["steel|A"] == pytest.approx(-1.0)
    assert built.periods[0].b.out["steel", "A"].ub == pytest.approx(30.0)


# --- periods -----------------------------------------------------------------------------------------------------------------------------


def test_two_periods_by_hand(tiny: Instance) -> None:
    """2025: demand 105, A may use 85 Mm3 as today: 5 of cloth are built, 61.5 - 0.3. 2030: 5 more, and 15 of steel go to B as A falls to 70;
    what was built in 2025 is paid in both periods."""
    run = optimum(tiny, periods=TWO, policies=WATER)
    assert run.info["objective"] == pytest.approx((61.5 - 0.3) + (63 - 0.3 - 0.3 - 0.85))
    layout = run.tables["layout"].set_index(["period", "industry", "region"]).sort_index()
    assert layout.loc[2030, "output_before"].tolist() == pytest.approx(layout.loc[2025, "output_after"].tolist())
    assert layout.loc[(2025, "steel", "A"), "released"] == 0  # moving early would be paid twice
    assert layout.loc[(2030, "steel", "A"), "released"] == pytest.approx(15.0)


def test_an_indivisible_industry_pays_for_its_move_once(tiny: Instance) -> None:
    """Without water in A the lab's use of it moves the lab in 2025: its project cost of 2 counts once, and 2030 shows no project."""
    thirsty = with_table(
        tiny,
        "intensities",
        pd.concat([tiny.tables["intensities"], pd.DataFrame([("lab", "water", 3.0, "Mm3/MCNY", 0.0)], columns=tiny.tables["intensities"].columns)]),
    )
    run = optimum(thirsty, periods=TWO, policies={"water": {"family": "carrying_capacity", "resources": ["water"]}})
    projects = run.tables["layout"].query("industry == 'lab'").groupby("period")["project"].sum()
    assert projects.to_dict() == {2025: 1, 2030: 0}
    assert run.verify().passed


def test_the_second_period_starts_where_the_first_ends(tiny: Instance) -> None:
    """Laid plans: steel in A is 60, then 45 after 15 leave, then 40 after 5 close; B 40, 55, 55."""
    built = lay(build(tiny, define(periods=TWO)), "steel A>B 15, cloth +C 5", "steel -A 5, cloth +C 5")
    first, second = (p.b.x for p in built.periods)
    assert [first["steel", r].value for r in "ABC"] == pytest.approx([45, 55, 0])
    assert [second["steel", r].value for r in "ABC"] == pytest.approx([40, 55, 0])
    assert [second["cloth", r].value for r in "ABC"] == pytest.approx([50, 20, 40])
    assert not broken(built)


def test_the_relocatable_share_counts_over_all_periods(tiny: Instance) -> None:
    """Half of A's 60 steel may move in all: after 20, 10 more are just allowed, 11 are not."""
    built = build(tiny, define(periods=TWO))
    assert slacks(lay(built, "steel A>B 20", "steel A>B 10").periods[1].b.release)["steel|A"] == pytest.approx(0.0)
    assert slacks(lay(built, "steel A>B 20", "steel A>B 11").periods[1].b.release)["steel|A"] == pytest.approx(-1.0)


def test_the_relocatable_share_by_hand(tiny: Instance) -> None:
    """Only a fifth of steel may move (12 of A) and no cloth. A may use 73 Mm3 in 2025 and 70 in 2030: 12 move at once, paid in both periods,
    and in 2030 6 of cloth close and are built beside the new cloth, 0.6. Steel's other 3 would cost 0.45 in 2025, paid twice, or a project."""
    rows = tiny.tables["capacities"]
    early = pd.DataFrame([{"resource": "water", "place": "A", "year": 2025, "capacity": 73.0, "unit": "Mm3"}])
    dry = with_table(tiny, "capacities", pd.concat([rows, early], ignore_index=True))
    dry = still(altered(dry, "industries", "steel", relocatable_share=0.2), "cloth")
    run = optimum(dry, periods=TWO, policies=WATER)
    assert run.info["objective"] == pytest.approx((61.5 - 0.3 - 12 * 0.05 - 0.1) + (63 - 0.3 - 12 * 0.05 - 0.1 - 0.3 - 0.6))


def test_one_way_in_a_later_period(tiny: Instance) -> None:
    """What was built in 2025 may leave in 2030, but not beside a project of 2030."""
    built = build(tiny, define(periods=TWO))
    plan = ("steel A>B 20", "steel -B 10, steel +B 10")
    assert "one_way steel|B" in broken(lay(built, *plan))
    assert "one_way steel|B" not in broken(lay(built, "steel A>B 20", "steel -B 10, steel +C 10"))


@pytest.mark.parametrize(("years", "says"), [([2020], "before the base year"), ([2028], "no demand for 2028")])
def test_periods_without_facts_are_faults(tiny: Instance, years: list[int], says: str) -> None:
    with pytest.raises(InputError, match=says):
        build(tiny, define(periods=years))
