"""The engine for large models: the same optimum as the direct one, a bound that holds, the best plan kept when it is stopped."""

from __future__ import annotations

import dataclasses
import os
import signal
import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given, settings

from layout_opt.build import Built, build
from layout_opt.definition import load_definition
from layout_opt.instance import Instance
from layout_opt.policies import families
from layout_opt.solver.compiled import Program, compile_built, silent
from layout_opt.solver.direct import solve_direct
from layout_opt.solver.engines import choose_engine
from layout_opt.solver.phases import worth
from layout_opt.solver.proof import pooled
from layout_opt.solver.regions import Regions
from layout_opt.solver.relaxation import Relaxation
from layout_opt.solver.tightening import implied_bounds, tighten
from layout_opt.solving import load_instance, solve
from tests.cases import stated, stated_families
from tests.conftest import ROOT, define
from tests.test_property_enumeration import Problem, definition, problems, write

EVERY = 1e-9  # a gap that leaves no two optima apart


def relaxed(built: Built) -> Relaxation:
    """The relaxation of a model, solved."""
    compiled = compile_built(built)
    relaxation = Relaxation(compiled, tighten(compiled.core), threading.Event())
    assert relaxation.solve(float("inf"), lambda *_: None)
    return relaxation


def best(program: Program, whole: bool) -> float:
    """The optimum of a program, or of its relaxation."""
    highs = silent()
    highs.setOptionValue("mip_rel_gap", 0.0)
    (program if whole else dataclasses.replace(program, integer=np.zeros_like(program.integer))).load(highs)
    highs.run()
    return float(highs.getInfo().objective_function_value)


# --- one optimum -------------------------------------------------------------------------------------------------------------------------


@settings(max_examples=20, derandomize=True, deadline=None, database=None)
@given(problem=problems())
def test_both_engines_find_the_same_optimum(problem: Problem) -> None:
    """Random instances, with lots, indivisible industries, facts of single cells, capacities and a ban."""
    with tempfile.TemporaryDirectory() as folder:
        write(problem, Path(folder))
        instance = load_instance(Path(folder))
    direct, scaled = (solve(instance, definition(problem), engine=engine, gap=EVERY) for engine in ("direct", "scaled"))
    assert scaled.info["status"] == direct.info["status"]
    if direct.has_plan:
        assert scaled.info["objective"] == pytest.approx(direct.info["objective"], rel=1e-7, abs=1e-7)
        assert scaled.info["bound"] >= direct.info["objective"] - 1e-6 * max(1.0, abs(direct.info["objective"]))


@pytest.mark.parametrize("family", families())
def test_every_family_works_in_both_engines(tiny: Instance, family: str) -> None:
    """Each family by itself, on the instance that its own tests use, hard and (where it can be) softened."""
    entry = stated_families()[family]
    instance = entry.facts(tiny)
    chosen = [stated(family, parameters) for parameters in entry.random]
    if entry.soft is not None:
        chosen.append(stated(family, {**entry.soft, "penalty": 0.5}, entry.beside))
    for model in chosen:
        direct, scaled = (solve(instance, model, engine=engine, gap=EVERY) for engine in ("direct", "scaled"))
        assert scaled.info["status"] == direct.info["status"]
        assert scaled.info["objective"] == pytest.approx(direct.info["objective"], rel=1e-7)


@pytest.mark.parametrize("model", ["reference", "strict-ecology", "no-zones", "unified-market", "west-first", "no-ecology"])
def test_both_engines_agree_on_the_shipped_models(tiny: Instance, model: str) -> None:
    direct, scaled = (solve(tiny, model, engine=engine, gap=EVERY) for engine in ("direct", "scaled"))
    assert scaled.info["objective"] == pytest.approx(direct.info["objective"], rel=1e-7)


def test_several_periods(tiny: Instance) -> None:
    two = define(periods=[2025, 2030], policies={"water": {"family": "carrying_capacity", "resources": ["water"]}})
    direct, scaled = (solve(tiny, two, engine=engine, gap=EVERY) for engine in ("direct", "scaled"))
    assert scaled.info["objective"] == pytest.approx(direct.info["objective"], rel=1e-7)


def test_an_infeasible_model_is_infeasible_in_both(tiny: Instance) -> None:
    impossible = define(policies={"here": {"family": "placement", "industry": "steel", "region": "A", "min_output": 500.0}})
    assert solve(tiny, impossible, engine="scaled").info["status"] == "infeasible"


# --- bounds ------------------------------------------------------------------------------------------------------------------------------


@settings(max_examples=15, derandomize=True, deadline=None, database=None)
@given(problem=problems())
def test_every_bound_holds_and_no_pool_is_dear(problem: Problem) -> None:
    """Relaxation with priced transfers = relaxation with all of them (gates may only tighten it); tree with pools and regions stay above the
    optimum; tightening keeps it."""
    with tempfile.TemporaryDirectory() as folder:
        write(problem, Path(folder))
        built = build(load_instance(Path(folder)), definition(problem))
    compiled = compile_built(built)
    optimum = best(compiled.whole, whole=True)
    if not np.isfinite(optimum) or solve(built.instance, built.definition, engine="direct").info["status"] == "infeasible":
        return
    room = 1e-6 * max(1.0, abs(optimum))
    relaxation = relaxed(built)
    assert optimum - room <= relaxation.bound <= best(compiled.whole, whole=False) + room
    assert best(dataclasses.replace(compiled, core=tighten(compiled.core)).whole, whole=True) == pytest.approx(optimum, abs=room)
    regions = Regions(built, relaxation, threading.Event())
    assert regions.bound() >= optimum - room
    assert best(pooled(relaxation), whole=True) >= optimum - room


@settings(max_examples=15, derandomize=True, deadline=None, database=None)
@given(problem=problems())
def test_prices_fall_only_where_nothing_moves(problem: Problem) -> None:
    """With what cells release and receive dearer by `spare`, still no transfer pays, and what moves stays; the bound of the regions is stronger."""
    with tempfile.TemporaryDirectory() as folder:
        write(problem, Path(folder))
        built = build(load_instance(Path(folder)), definition(problem))
    compiled = compile_built(built)
    relaxation = Relaxation(compiled, tighten(compiled.core), threading.Event())
    if not relaxation.solve(float("inf"), lambda *_: None):
        return
    spare = relaxation.spare()
    assert (spare >= 0).all()
    for n, t in enumerate(relaxation.compiled.transports):
        gain = relaxation.gain(n) + spare[t.out][:, None] + spare[t.into]
        assert (gain[t.open] <= 1e-6).all()
        assert np.abs(spare[t.out] * relaxation.values[t.out]).max(initial=0.0) < 1e-4
        assert np.abs(spare[t.into] * relaxation.values[t.into]).max(initial=0.0) < 1e-4
    regions = Regions(built, relaxation, threading.Event())
    bound = regions.bound()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Relaxation, "spare", lambda self: np.zeros(len(self.core.cost)))
        assert bound <= regions.bound() + 1e-6 * max(1.0, abs(bound))


def test_regions_are_rounded_within_what_ties_them_to_the_worst_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the worst off region reaches is a column of no region. Regions that are rounded within it leave the worst off better than others do."""
    equity = {"family": "regional_equity", "measure": "output", "weight": 5e4}
    built = build(load_instance(ROOT / "instances" / "china-2017"), define(policies={"equity": equity, "water": {"family": "carrying_capacity"}}))
    relaxation = relaxed(built)
    worst = [v.name for v in relaxation.compiled.columns].index("period[2030].equity_v[worst]")

    def rounded() -> float:
        relaxation.resolve()
        found = Regions(built, relaxation, threading.Event()).round(worth(relaxation), 0, float("inf"), 1)
        assert found is not None
        return float(found.values[worst])

    tied = rounded()
    monkeypatch.setattr(Regions, "_ties", lambda _, block, __: (np.full(len(block.tied), -np.inf), np.full(len(block.tied), np.inf)))
    assert tied > rounded()


def test_the_tree_cuts_off_no_plan_that_uses_pooled_transfers() -> None:
    """A plan for which transfers are free: it uses ones that hardly pay otherwise and are pooled. Bounds of the program with pools leave it room."""
    built = build(load_instance(ROOT / "instances" / "china-2017"), load_definition("reference"))
    relaxation = relaxed(built)
    program = pooled(relaxation)
    assert program.matrix.shape[1] > relaxation.columns
    built.weights = dict.fromkeys(built.weights, 0.0)
    built.model.objective.set_value(-sum(built.periods[0].b.closed.values()))
    assert solve_direct(built, gap=1e-3, time_limit=60).status in ("optimal", "feasible")
    values = np.array([pyo.value(v, exception=False) or 0.0 for v in relaxation.compiled.columns])
    slack = 1e-5 * np.maximum(1.0, np.abs(values))
    assert (values >= program.lower[: len(values)] - slack).all()
    assert (values <= program.upper[: len(values)] + slack).all()


def test_pools_stand_for_the_transfers_left_out(tiny: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no further transfer allowed as a column, the pools keep the bound of the relaxation and stay above the optimum."""
    monkeypatch.setattr("layout_opt.solver.proof.EXPLICIT", 0)
    monkeypatch.setattr("layout_opt.solver.proof.NEAR", 0.0)
    monkeypatch.setattr("layout_opt.solver.relaxation.NEAREST", 0)
    monkeypatch.setattr("layout_opt.solver.relaxation.PRICED", 1)
    built = build(tiny, define(policies={"water": {"family": "carrying_capacity", "resources": ["water"]}}))
    compiled = compile_built(built)
    relaxation = Relaxation(compiled, compiled.core, threading.Event())
    assert relaxation.resolve()
    assert relaxation.reachable() > 0  # transfers that pay are still left out, and the bound of the regions has to allow for them
    assert Regions(built, relaxation, threading.Event()).bound() >= best(compiled.whole, whole=True) - 1e-6
    assert relaxation.price()
    assert Regions(built, relaxation, threading.Event()).bound() >= best(compiled.whole, whole=True) - 1e-6
    relaxation.solve(float("inf"), lambda *_: None)
    assert sum(len(o) for o, _ in compiled.arcs) > len(relaxation.arcs[0])
    program = pooled(relaxation)
    assert program.matrix.shape[1] > relaxation.columns
    assert best(program, whole=False) == pytest.approx(relaxation.bound, rel=1e-7)
    assert best(program, whole=True) >= best(compiled.whole, whole=True) - 1e-6


@settings(max_examples=15, derandomize=True, deadline=None, database=None)
@given(problem=problems())
def test_implied_bounds_cut_off_no_plan(problem: Problem) -> None:
    """The optimum of every model lies within the bounds that propagation finds."""
    with tempfile.TemporaryDirectory() as folder:
        write(problem, Path(folder))
        built = build(load_instance(Path(folder)), definition(problem))
    program = compile_built(built).whole
    highs = silent()
    program.load(highs)
    highs.run()
    values = np.asarray(highs.getSolution().col_value)
    if not highs.getInfo().primal_solution_status:
        return
    lower, upper = implied_bounds(program)
    slack = 1e-5 * np.maximum(1.0, np.abs(values))
    assert (values >= lower - slack).all()
    assert (values <= upper + slack).all()


# --- the choice, the log, the limits -------------------------------------------------------------------------------------------------------


def test_auto_says_why(tiny: Instance) -> None:
    run = solve(tiny, define())
    assert run.info["engine"] == "direct"
    assert "go into one model" in run.info["engine_chosen"]
    assert solve(tiny, define(), engine="scaled").info["engine_chosen"] == "asked for"


@pytest.mark.parametrize("threshold", ["TRANSFERS", "PROJECTS"])
def test_auto_goes_by_size(tiny: Instance, threshold: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"layout_opt.solver.engines.{threshold}", 1)
    engine, why = choose_engine(build(tiny, define()))
    assert engine == "scaled"
    assert threshold.lower() in why


def test_the_log_can_be_read(tmp_path: Path, tiny: Instance) -> None:
    """A line per step with phase, columns, rows, bound, plan, gap, seconds and memory."""
    solve(tiny, "reference", engine="scaled", out=tmp_path / "run")
    lines = (tmp_path / "run" / "solver.log").read_text(encoding="utf-8").splitlines()
    assert lines[0].split() == ["phase", "columns", "rows", "bound", "plan", "gap", "seconds", "MB"]
    assert any(line.startswith(("pricing", "gates")) for line in lines)
    assert lines[-1].startswith("end")


def test_the_same_seed_gives_the_same_plan(tiny: Instance) -> None:
    runs = [solve(tiny, "reference", engine="scaled", seed=3).tables["layout"] for _ in range(2)]
    assert runs[0].equals(runs[1])


def test_progress_only_ever_improves(tiny: Instance) -> None:
    told: list[tuple[Any, ...]] = []
    solve(tiny, "reference", engine="scaled", gap=EVERY, progress=lambda *state: told.append(state))
    bounds = [bound for _, bound, _, _ in told if bound is not None]
    plans = [plan for _, _, plan, _ in told if plan is not None]
    assert plans
    assert bounds == sorted(bounds, reverse=True)
    assert plans == sorted(plans)


def test_ctrl_c_keeps_the_best_plan() -> None:
    """An interrupt as soon as there is a plan: the run says so, and has that plan, its bound and a passed check."""
    told: list[float] = []

    def interrupt(seconds: float, bound: float | None, plan: float | None, gap: float | None) -> None:
        if plan is not None and not told:
            told.append(plan)
            os.kill(os.getpid(), signal.SIGINT)

    run = solve("china-2017", engine="scaled", gap=1e-12, progress=interrupt)
    assert run.info["interrupted"]
    assert told
    assert told[0] - 1e-6 <= run.info["objective"] <= run.info["bound"]
    assert run.verify().passed
