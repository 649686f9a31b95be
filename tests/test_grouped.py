"""Vast models, in which industries move between groups of regions: a bound that holds, plans that are verified, transfers at true cost."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from layout_opt.build import build
from layout_opt.instance import Instance
from layout_opt.runs import Run
from layout_opt.solver.compiled import compile_built
from layout_opt.solver.hubs import blocks, carried
from layout_opt.solver.scaled import solve_scaled
from layout_opt.solving import load_instance, solve
from tests.cases import stated, stated_families
from tests.conftest import define
from tests.test_property_enumeration import Problem, definition, problems, write

AMOUNTS = st.lists(st.integers(1, 20), min_size=1, max_size=6)


@pytest.fixture(scope="module", autouse=True)
def vast() -> Iterator[None]:
    """Every model counts as vast, with two groups of regions a plate."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("layout_opt.solver.vast.VAST", 0)
        patch.setattr("layout_opt.solver.vast.HUBS", 2)
        yield


def holds(run: Run, optimum: float) -> bool:
    """Whether plan and bound lie on their sides of the optimum, and the independent check passed."""
    room = 1e-6 * max(1.0, abs(optimum))
    return bool(run.info["objective"] <= optimum + room and run.info["bound"] >= optimum - room and run.verify().passed)


@settings(max_examples=10, derandomize=True, deadline=None, database=None)
@given(problem=problems())
def test_plan_and_bound_hold(problem: Problem) -> None:
    """Random instances: the optimum of the direct engine lies between plan and bound; infeasible is infeasible."""
    with tempfile.TemporaryDirectory() as folder:
        write(problem, Path(folder))
        instance = load_instance(Path(folder))
    direct, vast = (solve(instance, definition(problem), engine=engine, gap=1e-9) for engine in ("direct", "scaled"))
    if vast.has_plan:
        assert holds(vast, direct.info["objective"])
    else:
        assert vast.info["status"] in ("no_plan", direct.info["status"])


def test_totals_from_plate_to_plate_are_even(tiny: Instance) -> None:
    model = stated("transfer_target", stated_families()["transfer_target"].random[0])
    assert holds(solve(tiny, model, engine="scaled"), solve(tiny, model, engine="direct", gap=1e-9).info["objective"])


@pytest.mark.parametrize("model", ["reference", "strict-ecology", "unified-market", "west-first"])
def test_the_shipped_models(tiny: Instance, model: str) -> None:
    assert holds(solve(tiny, model, engine="scaled"), solve(tiny, model, engine="direct", gap=1e-9).info["objective"])


def test_uneven_totals_are_left_to_single_transfers(tiny: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a total is not the same within groups (here none may be), the log says so, and the optimum is found all the same."""
    monkeypatch.setattr("layout_opt.solver.grouped.EVEN", -1.0)
    model = stated("transfer_target", stated_families()["transfer_target"].random[0])
    outcome = solve_scaled(build(tiny, model), gap=1e-9, log=tmp_path / "solver.log")
    assert outcome.objective == pytest.approx(solve(tiny, model, engine="direct", gap=1e-9).info["objective"], rel=1e-7)
    assert "uneven" in (tmp_path / "solver.log").read_text(encoding="utf-8")


def test_the_log_names_the_phases(tiny: Instance, tmp_path: Path) -> None:
    solve(tiny, "reference", engine="scaled", gap=1e-12, out=tmp_path / "run")
    lines = (tmp_path / "run" / "solver.log").read_text(encoding="utf-8").splitlines()
    assert [line.split("  ")[0] for line in lines[1:6]] == ["groups begin", "groups", "rounding 0.5 by 1", "regions", "rounding 0.25 by 1"]


def test_infeasible_is_said(tiny: Instance) -> None:
    impossible = define(policies={"here": {"family": "placement", "industry": "steel", "region": "A", "min_output": 500.0}})
    assert solve(tiny, impossible, engine="scaled").info["status"] == "infeasible"


def test_ctrl_c_and_the_limit_leave_no_plan_rather_than_a_model_with_all_transfers(tiny: Instance) -> None:
    assert solve(tiny, "reference", engine="scaled", time_limit=1e-6).info["status"] == "no_plan"
    run = solve(tiny, "reference", engine="scaled", gap=1e-12, progress=lambda *_: os.kill(os.getpid(), signal.SIGINT))
    assert run.info["interrupted"]


@settings(max_examples=30, derandomize=True, deadline=None, database=None)
@given(out=AMOUNTS, into=AMOUNTS, seed=st.integers(0, 99))
def test_carried_is_the_transport_problem(out: list[int], into: list[int], seed: int) -> None:
    """The optimum of scipy, everything carried, and potentials that no transfer beats."""
    cost = -np.random.default_rng(seed).uniform(0, 9, (len(out), len(into)))
    leaves, comes = np.array(out, dtype=float), np.array(into) * sum(out) / sum(into)
    moved, u, v = carried(cost, leaves, comes)
    ends = np.vstack([np.kron(np.eye(len(out)), np.ones(len(into))), np.kron(np.ones(len(out)), np.eye(len(into)))])
    assert (cost * moved).sum() == pytest.approx(-linprog(-cost.ravel(), A_eq=ends, b_eq=[*leaves, *comes]).fun, abs=1e-6)
    assert np.allclose(moved.sum(axis=1), leaves, atol=1e-7)
    assert np.allclose(moved.sum(axis=0), comes, atol=1e-7)
    assert (cost <= u[:, None] + v + 1e-7).all()


def test_blocks_are_least_mean_and_most(tiny: Instance) -> None:
    """By hand over the pairs of single regions, a region with itself left out."""
    transport = compile_built(build(tiny, define())).transports[0]
    label = np.arange(len(tiny.regions)) % 2
    least, mean, most = blocks(transport.cost, transport, label)
    open_, origins, destinations = transport.open, transport.lane.origins, transport.lane.destinations
    for a in range(2):
        for b in range(2):
            pairs = [transport.cost[o, d] for o, d in zip(*np.nonzero(open_), strict=True) if (label[origins[o]], label[destinations[d]]) == (a, b)]
            expected = [min(pairs), sum(pairs) / len(pairs), max(pairs)] if pairs else [np.nan] * 3
            assert np.allclose([least[a, b], mean[a, b], most[a, b]], expected, equal_nan=True)
