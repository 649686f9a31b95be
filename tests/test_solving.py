"""Status first: optimal, feasible, infeasible, no plan, interrupted; bounds, gaps, export."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import highspy
import pytest

from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.runs import Run, read_run
from layout_opt.solver.outcome import PROVEN, relative_gap
from layout_opt.solving import load_instance, solve
from tests.conftest import TINY, define

COMMAND = [sys.executable, "-m", "layout_opt.cli"]
IMPOSSIBLE = {"west": {"family": "group_share", "group": "West", "measure": "output", "min_growth": 20}}


def test_bound_and_gap_are_valid(hand_run: Run) -> None:
    """The bound is not below the optimum known by hand, and the gap follows from the two."""
    info = hand_run.info
    assert info["status"] == "optimal"
    assert info["bound"] >= 61.525 - 1e-6
    assert info["gap"] == pytest.approx(relative_gap(info["objective"], info["bound"]))


def test_gap_in_the_sense_of_highs() -> None:
    assert relative_gap(100.0, 101.0) == pytest.approx(0.01)
    assert relative_gap(-100.0, -99.0) == pytest.approx(0.01)
    assert relative_gap(0.0, 1.0) == float("inf")
    assert relative_gap(0.0, 0.0) == 0.0


def test_infeasible(tiny: Instance, tmp_path: Path) -> None:
    """A contradiction is a status, not a plan: no tables, and run.json says so."""
    run = solve(tiny, define(policies=IMPOSSIBLE), out=tmp_path / "run")
    assert run.status == "infeasible"
    assert run.info["objective"] is None
    assert not run.tables
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == ["instance", "run.json", "solver.log"]
    assert read_run(tmp_path / "run").status == "infeasible"


def test_infeasible_command_exits_with_3(tmp_path: Path) -> None:
    setting = ["--set", "policies.resources.strictness=1", "--model", str(tmp_path / "model.toml")]
    (tmp_path / "model.toml").write_text(
        'base = "reference"\nquestion = { en = "?", zh = "？" }\n'
        '[policies.west]\nfamily = "group_share"\ngroup = "West"\nmeasure = "output"\nmin_growth = 20\n',
        encoding="utf-8",
    )
    done = subprocess.run([*COMMAND, "solve", "tiny", *setting], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert "Infeasible" in done.stdout


def test_no_plan_within_the_limit(tmp_path: Path) -> None:
    """With no time at all there is no plan: exit 4, status no_plan."""
    done = subprocess.run([*COMMAND, "solve", "china-2017", "--time-limit", "0"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    assert read_run(tmp_path / "runs" / "china-2017").status == "no_plan"


def test_export_can_be_read_by_another_solver(tiny: Instance, tmp_path: Path, hand_run: Run) -> None:
    """The exported files hold the same model: read back, they give the same optimum, with readable names."""
    for ending in ("mps", "lp"):
        file = tmp_path / f"model.{ending}"
        solve(tiny, hand_run.definition, export_to=file)
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.readModel(str(file))
        highs.run()
        assert abs(highs.getInfo().objective_function_value) == pytest.approx(61.525)
        assert "x_steel_A" in file.read_text(encoding="utf-8")


def test_export_refuses_other_endings(tiny: Instance, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.mps or \.lp"):
        solve(tiny, "reference", export_to=tmp_path / "model.txt")


def test_unknown_engine_is_refused(tiny: Instance) -> None:
    with pytest.raises(InputError, match="no engine 'magic'"):
        solve(tiny, "reference", engine="magic")


def test_progress_tells_bound_plan_and_gap() -> None:
    """While HiGHS searches, progress hears of bounds and plans, in order of time."""
    seen: list[tuple[float, float | None, float | None, float | None]] = []
    solve(load_instance("china-2017"), "reference", gap=0.05, time_limit=60, progress=lambda *state: seen.append(state))
    assert seen
    assert [s[0] for s in seen] == sorted(s[0] for s in seen)
    assert any(bound is not None for _, bound, _, _ in seen)


def test_prices_are_what_one_more_unit_is_worth(tiny_copy: Path, hand_run: Run) -> None:
    """The fixed-site price of A's water equals the change of the optimum when its cap rises by one unit."""
    table = tiny_copy / "capacities.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("water,A,2030,70", "water,A,2030,71"), encoding="utf-8")
    more = solve(tiny_copy, hand_run.definition)
    resources = hand_run.tables["resources"].set_index(["resource", "region_or_group"])
    price = resources.loc[("water", "A"), "price"]
    assert price == pytest.approx(more.info["objective"] - hand_run.info["objective"])
    assert price > 0


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT to a process")
def test_ctrl_c_keeps_the_best_plan(tmp_path: Path) -> None:
    """SIGINT once there is a plan: the search stops, and the best plan so far is written, verified."""
    sent = []

    def interrupt(seconds: float, bound: float | None, plan: float | None, gap: float | None) -> None:
        if plan is not None and not sent:
            sent.append(seconds)
            os.kill(os.getpid(), signal.SIGINT)

    run = solve(load_instance("china-2017"), "reference", gap=0.0, progress=interrupt, out=tmp_path / "run")
    assert sent
    assert run.info["interrupted"]
    assert run.status == ("optimal" if run.info["gap"] <= PROVEN else "feasible")
    assert read_run(tmp_path / "run").verify().passed


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT to a process")
def test_ctrl_c_exits_with_130(tmp_path: Path) -> None:
    """Whenever the signal comes, the command ends with 130, without a traceback, and leaves no half-written folder."""
    process = subprocess.Popen(
        [*COMMAND, "solve", "china-2017", "--gap", "0"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(2.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    left = [p.name for p in (tmp_path / "runs").iterdir()] if (tmp_path / "runs").exists() else []
    assert left in ([], ["china-2017"])


def test_tiny_is_found_by_path_and_by_name() -> None:
    assert load_instance("tiny").sha256 == load_instance(TINY).sha256
