"""Many scenarios: sweeps, processes, a real Dask cluster, and folders that survive being killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from layout_opt.analysis import scenarios as solving_many
from layout_opt.analysis.comparing import compare, read_comparison
from layout_opt.analysis.sweeping import scenarios
from layout_opt.definition import Definition
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.runs import Run
from layout_opt.solving import solve

SWEEP = """
base = "reference"
question = {{ en = "How strict?", zh = "多严？" }}

[sweep]
"policies.resources.strictness" = {strictness}
"core.growth" = [1.5, 3.0]
"""
COMMAND = [sys.executable, "-m", "layout_opt.cli", "compare", "tiny", "--models"]


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """A model that stands for six scenarios."""
    path = tmp_path / "strict.toml"
    path.write_text(SWEEP.format(strictness="[1.0, 0.97, 0.94]"), encoding="utf-8")
    return path


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables of a comparison, without what the clock says."""
    found = {name: table.drop(columns="seconds", errors="ignore") for name, table in read_comparison(folder).tables.items()}
    assert found
    return found


def same(left: dict[str, pd.DataFrame], right: dict[str, pd.DataFrame]) -> None:
    assert left.keys() == right.keys()
    for name in left:
        pd.testing.assert_frame_equal(left[name], right[name], check_exact=False, rtol=1e-9, obj=name)


# --- sweeps ------------------------------------------------------------------------------------------------------------------------------


def test_a_sweep_is_a_grid_of_scenarios(sweep: Path, tiny: Instance) -> None:
    """Three values by two: six scenarios, each the model with both settings, named by them."""
    found = scenarios([sweep, "reference"])
    assert [d.name for d in found] == [f"strict strictness={s} growth={g}" for s in (1.0, 0.97, 0.94) for g in (1.5, 3.0)] + ["reference"]
    assert found[2].core.growth == 1.5
    assert found[2].policies["resources"].parameters["strictness"] == 0.97
    alone = solve(tiny, "reference", gap=1e-9)
    assert solve(tiny, found[0], gap=1e-9).info["objective"] == pytest.approx(alone.info["objective"])


@pytest.mark.parametrize(
    ("strictness", "says"), [("[1.0, -1.0]", "greater than 0"), ("[1.0, 1.0]", "no two alike"), ("[]", "one or more values"), ("1.0", "tuple")]
)
def test_wrong_sweeps_are_refused(tmp_path: Path, tiny: Instance, strictness: str, says: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(SWEEP.format(strictness=strictness), encoding="utf-8")
    with pytest.raises(InputError, match=says):
        compare(tiny, [path])


def test_a_sweep_is_not_solved_as_one_model(sweep: Path, tiny: Instance) -> None:
    with pytest.raises(InputError, match="stands for many scenarios"):
        solve(tiny, sweep)


# --- processes ---------------------------------------------------------------------------------------------------------------------------


def test_processes_give_what_one_process_gives(sweep: Path, tiny: Instance, tmp_path: Path) -> None:
    compare(tiny, [sweep], out=tmp_path / "one")
    compare(tiny, [sweep], out=tmp_path / "two", workers=2)
    same(tables(tmp_path / "one"), tables(tmp_path / "two"))


def _deadly(instance: Instance, definition: Definition, name: str, options: solving_many.Options) -> Run:
    """Dies once in the scenario that a file names; the file is gone afterwards."""
    mark = Path(os.environ["LAYOUT_OPT_TEST_DEADLY"])
    if mark.is_file() and mark.read_text(encoding="utf-8") == name:
        mark.unlink()
        os._exit(9)
    return _one(instance, definition, name, options)


_one = solving_many.one


def test_a_process_that_dies_costs_nothing_but_time(sweep: Path, tiny: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "deadly"
    mark.write_text("strict strictness=0.97 growth=3.0", encoding="utf-8")
    monkeypatch.setenv("LAYOUT_OPT_TEST_DEADLY", str(mark))
    monkeypatch.setattr(solving_many, "one", _deadly)
    found = compare(tiny, [sweep], workers=2)
    assert not mark.exists()
    assert list(found.tables["scenarios"]["status"]) == ["optimal"] * 6


def test_a_scenario_that_fails_is_told_and_the_others_finish(sweep: Path, tiny: Instance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("layout_opt.analysis.scenarios.solve", _failing_solve)
    found = compare(tiny, [sweep], out=tmp_path / "cmp")
    table = found.tables["scenarios"].set_index("scenario")
    assert list(table["status"]) == ["optimal", "optimal", "failed", "failed", "optimal", "optimal"]
    assert "MemoryError: no more" in table["message"].iloc[2]
    assert list(read_comparison(tmp_path / "cmp").runs) == [name for name in table.index if "0.97" not in name]


def _failing_solve(instance: Instance, definition: Definition, **options: object) -> Run:
    if "0.97" in definition.name:
        raise MemoryError("no more")
    return solve(instance, definition)


# --- resuming ----------------------------------------------------------------------------------------------------------------------------


def test_resuming_keeps_what_is_the_same(sweep: Path, tiny: Instance, tmp_path: Path) -> None:
    """A scenario whose folder was written stays untouched; one that is missing, or was solved otherwise, is solved."""
    out = tmp_path / "cmp"
    compare(tiny, [sweep], out=out)
    names = [d.name for d in scenarios([sweep])]
    stamps = {name: (out / name / "run.json").stat().st_mtime_ns for name in names}
    shutil.rmtree(out / names[1])
    compare(tiny, [sweep], out=out, resume=True)
    changed = [name for name in names if (out / name / "run.json").stat().st_mtime_ns != stamps[name]]
    assert changed == [names[1]]
    compare(tiny, [sweep], out=out, resume=True, gap=1e-6)
    assert all((out / name / "run.json").stat().st_mtime_ns != stamps[name] for name in names)


def test_killed_at_random_and_resumed(sweep: Path, tiny: Instance, tmp_path: Path) -> None:
    """Killed three times at a moment that chance chooses, then resumed to its end: the tables are those of an uninterrupted comparison."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    compare(tiny, [sweep], out=whole)
    chance = random.Random(7)
    for _ in range(3):
        process = subprocess.Popen([*COMMAND, str(sweep), "--resume", "--out", str(killed)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(1.0, 3.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
    if killed.is_dir() and not json.loads((killed / "comparison.json").read_text(encoding="utf-8"))["finished"]:
        with pytest.raises(InputError, match="not finished"):
            read_comparison(killed)
    done = subprocess.run([*COMMAND, str(sweep), "--resume", "--out", str(killed)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    same(tables(whole), tables(killed))
    assert all(run.verify().passed for run in read_comparison(killed).runs.values())


# --- a cluster ---------------------------------------------------------------------------------------------------------------------------


@contextmanager
def cluster(folder: Path, count: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A real scheduler and real workers, processes of their own that talk over TCP."""
    file = folder / "scheduler.json"

    def begin(module: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)

    arguments = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    processes = [begin("dask_scheduler", *arguments)]
    try:
        deadline = time.time() + 60
        while not (file.is_file() and file.read_text(encoding="utf-8").strip()) and time.time() < deadline:
            time.sleep(0.1)
        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        worker = [address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder)]
        processes += [begin("dask_worker", *worker) for _ in range(count)]
        yield address, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_cluster_gives_what_one_process_gives_though_a_worker_is_killed(sweep: Path, tiny: Instance, tmp_path: Path) -> None:
    """Two workers over TCP, one of them killed in the middle: all six scenarios finish, with the tables of one process."""
    compare(tiny, [sweep], out=tmp_path / "one")
    with cluster(tmp_path, 2) as (address, workers):
        killed = []

        def kill(run: Run) -> None:
            if not killed:
                workers[0].kill()
                killed.append(run)

        asked = [solving_many.Scenario(d.name, tiny, d) for d in scenarios([sweep])]
        runs = {}
        for scenario, run in solving_many.solve_all(asked, solving_many.Options(), scheduler=address):
            runs[scenario.name] = run
            kill(run)
        assert killed
        assert {run.status for run in runs.values()} == {"optimal"}
        compare(tiny, [sweep], out=tmp_path / "many", scheduler=address)
    same(tables(tmp_path / "one"), tables(tmp_path / "many"))


def test_a_scheduler_that_does_not_answer_is_bad_input(tiny: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving_many, "CONNECTING", "1s")
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        compare(tiny, ["reference"], scheduler="tcp://127.0.0.1:9")


@pytest.mark.parametrize("workers", [0, -1])
def test_a_number_of_processes_is_positive(tiny: Instance, workers: int) -> None:
    with pytest.raises(InputError, match="1 or more"):
        compare(tiny, ["reference"], workers=workers)
