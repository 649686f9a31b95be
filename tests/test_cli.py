"""The command line as a user meets it: help, summaries, exit codes, shipped names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.shipped import pairs
from layout_opt import shipped
from layout_opt.definition import load_definition
from layout_opt.policies import families


def call(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "layout_opt.cli", *arguments], capture_output=True, text=True, cwd=cwd)


def test_help_lists_the_commands() -> None:
    done = call("--help")
    assert done.returncode == 0
    for command in ("new", "check", "solve", "verify", "compare", "report", "policies"):
        assert command in done.stdout


@pytest.mark.parametrize("arguments", [["solve"], ["solve", "tiny", "--gap", "x"], ["nonsense"], ["solve", "tiny", "--nonsense"]])
def test_bad_usage_exits_with_2(arguments: list[str], tmp_path: Path) -> None:
    done = call(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_solve_shows_the_answer(tmp_path: Path) -> None:
    """Status, gap, violation, plate matrix, largest transfers, resources at their cap, complementary pairs; quiet in a pipe."""
    done = call("solve", "tiny", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for words in ("optimal", "gap 0.0000%", "largest violation", "Transfers by plate", "Ten largest", "at their cap", "complementary pairs"):
        assert words in done.stdout
    assert (tmp_path / "runs" / "tiny" / "run.json").is_file()


def test_other_models_get_their_own_folder(tmp_path: Path) -> None:
    assert call("solve", "tiny", "--model", "west-first", cwd=tmp_path).returncode == 0
    assert (tmp_path / "runs" / "tiny-west-first" / "run.json").is_file()


def test_settings_change_the_model(tmp_path: Path) -> None:
    done = call("solve", "tiny", "--set", "policies.advantage.weight=0", "--out", "x", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert '"weight": 0.0' in (tmp_path / "x" / "run.json").read_text(encoding="utf-8")


def test_policies_lists_and_explains() -> None:
    listed = call("policies").stdout
    for family, cls in families().items():
        assert family in listed
        assert cls.phrase in listed
    explained = call("policies", "carrying_capacity").stdout
    assert "load[i,r] <= strictness * factors[i] * Cap[i,r]" in explained
    assert "capacities: place, year, capacity, unit" in explained
    unknown = call("policies", "carying_capacity")
    assert unknown.returncode == 2
    assert "Did you mean 'carrying_capacity'?" in unknown.stderr


def test_new_check_solve(tmp_path: Path) -> None:
    """The path of a newcomer: a working instance, checked, solved."""
    for target in ("mine", "book.xlsx"):
        assert call("new", target, cwd=tmp_path).returncode == 0
        checked = call("check", target, "--model", "reference", cwd=tmp_path)
        assert checked.returncode == 0, checked.stderr
        assert "no faults" in checked.stdout
        assert "Warning" in checked.stdout
        assert call("solve", target, cwd=tmp_path).returncode == 0
    assert (tmp_path / "runs" / "mine").is_dir()
    assert (tmp_path / "runs" / "book").is_dir()
    (tmp_path / "mine").rename(tmp_path / "other")
    assert call("solve", "other", cwd=tmp_path).returncode == 0
    assert (tmp_path / "runs" / "other").is_dir()


def test_a_fault_of_ours_has_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from layout_opt import cli

    def fail() -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.parametrize(("instance", "model"), [("china-2017", "full"), ("china-cities", "reference"), ("tiny", "trade")])
def test_shipped_pairs_check(instance: str, model: str) -> None:
    """The others are solved by `tests/test_shipped.py`."""
    done = call("check", instance, "--model", model)
    assert done.returncode == 0, done.stderr


def test_no_shipped_instance_or_model_stands_alone() -> None:
    """Sweeps are left to `compare`."""
    sweeps = {name for name in shipped.names("models") if load_definition(name).sweep}
    fitting = [(instance.name, definition.name) for instance, definition in pairs()]
    assert {instance for instance, _ in fitting} == set(shipped.names("instances"))
    assert {model for _, model in fitting} | sweeps == set(shipped.names("models"))


def test_every_model_opens_with_its_question() -> None:
    for name in shipped.names("models"):
        text = (shipped.folder("models") / f"{name}.toml").read_text(encoding="utf-8")
        opening = text[: text.index("\n\n")] if "\n\n" in text else text
        assert opening.startswith("# ")
        assert "?" in opening
