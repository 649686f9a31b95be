"""Run folders: complete, written whole or not at all, and reproducible."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pytest

from layout_opt.analysis.comparing import compare
from layout_opt.core import Period, linear
from layout_opt.definition import load_definition
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policies import families
from layout_opt.policy import Policy
from layout_opt.runs import TABLES, read_run, write_whole
from layout_opt.solving import solve
from tests.conftest import define

CONTRACT = {
    "layout": ["industry", "region", "period", "output_before", "output_after", "change", "project", "advantage"],
    "transfers": ["industry", "origin", "destination", "origin_plate", "destination_plate", "period", "output", "value_added", "cost"],
    "plates": ["origin_plate", "destination_plate", "output", "value_added"],
    "complementarity": [
        "region_a",
        "region_b",
        "similarity_before",
        "similarity_after",
        "specialisation_before",
        "specialisation_after",
        "net_trade",
    ],
    "resources": ["resource", "region_or_group", "period", "use_before", "use_after", "capacity", "utilisation", "price"],
    "policies": ["label", "family", "rows", "binding", "slack", "penalty"],
    "objective": ["term", "weight", "value"],
    "indicators": ["indicator", "scope", "before", "after", "unit"],
}
OWN = {
    "outcomes": ["label", "family", "period", "outcome", "item", "value", "unit"],
    "decisions": ["label", "decision", "period", "item", "value"],
    "baselines": ["label", "period", "industry", "region", "output"],
}
INFO = {"status", "objective", "bound", "gap", "violation", "seconds", "engine", "instance", "model", "versions", "sense"}


@pytest.fixture
def run_folder(tiny: Instance, tmp_path: Path) -> Path:
    solve(tiny, "reference", out=tmp_path / "run")
    return tmp_path / "run"


def test_run_folder_is_complete(run_folder: Path) -> None:
    """Every table has the columns of the contract, run.json its keys, and the facts and the log are there."""
    for name, columns in {**CONTRACT, **OWN}.items():
        assert set(columns) <= set(pd.read_csv(run_folder / f"{name}.csv").columns)
    info = json.loads((run_folder / "run.json").read_text(encoding="utf-8"))
    assert set(info) >= INFO
    assert set(info["seconds"]) >= {"build", "solve", "total"}
    assert info["sense"] == "max"
    assert (run_folder / "instance" / "stock.csv").is_file()
    assert "HiGHS" in (run_folder / "solver.log").read_text(encoding="utf-8")
    assert sorted([*CONTRACT, *OWN]) == sorted(TABLES)


def test_definition_is_stored_whole(run_folder: Path) -> None:
    """The stored definition states every default, so that it can be solved again from the run folder alone."""
    run = read_run(run_folder)
    stored = run.info["model"]["definition"]
    assert stored["policies"]["resources"]["strictness"] == 1.0
    again = solve(run.instance, run.definition)
    assert again.info["objective"] == pytest.approx(run.info["objective"], rel=1e-9)


def test_tables_agree_with_each_other(run_folder: Path) -> None:
    """Objective terms sum to the objective, plates to the transfers; zeros are kept in the plate matrix."""
    run = read_run(run_folder)
    terms = run.tables["objective"]
    assert (terms["weight"] * terms["value"]).sum() == pytest.approx(run.info["objective"])
    assert len(run.tables["plates"]) == 9
    assert run.tables["plates"]["output"].sum() == pytest.approx(run.tables["transfers"]["output"].sum())


def test_same_run_twice_gives_the_same_tables(tiny: Instance, tmp_path: Path) -> None:
    for name in ("a", "b"):
        solve(tiny, "reference", out=tmp_path / name)
    for table in TABLES:
        assert (tmp_path / "a" / f"{table}.csv").read_bytes() == (tmp_path / "b" / f"{table}.csv").read_bytes()


def test_an_existing_run_is_replaced_whole(run_folder: Path, tiny: Instance) -> None:
    """What a run left behind does not survive in the next one."""
    (run_folder / "report.html").write_text("old", encoding="utf-8")
    solve(tiny, "no-ecology", out=run_folder)
    assert not (run_folder / "report.html").exists()
    assert read_run(run_folder).info["model"]["name"] == "no-ecology"
    assert [p.name for p in run_folder.parent.iterdir()] == ["run"]


def test_a_failed_write_leaves_the_old_run(run_folder: Path) -> None:
    before = (run_folder / "run.json").read_bytes()

    def fail(folder: Path) -> None:
        (folder / "run.json").write_text("half", encoding="utf-8")
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        write_whole(run_folder, fail)
    assert (run_folder / "run.json").read_bytes() == before
    assert [p.name for p in run_folder.parent.iterdir()] == ["run"]


def test_what_is_not_a_run_is_not_overwritten(tiny: Instance, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="not a run"):
        solve(tiny, "reference", out=tmp_path / "precious")
    assert [p.name for p in (tmp_path / "precious").iterdir()] == ["notes.txt"]


def test_two_periods(tiny: Instance, tmp_path: Path) -> None:
    """A model with two periods gives a verified run with rows for both."""
    run = solve(tiny, define(periods=[2025, 2030], policies={"water": {"family": "carrying_capacity"}}), out=tmp_path / "run")
    assert run.tables["layout"]["period"].unique().tolist() == [2025, 2030]
    assert read_run(tmp_path / "run").verify().passed


def test_a_workbook_can_be_solved_and_verified(tiny: Instance, tmp_path: Path) -> None:
    """The same tables as one workbook give the same optimum, and the run holds a copy of the workbook."""
    from layout_opt.starting import write_instance

    write_instance(tiny, tmp_path / "book.xlsx")
    solve(tmp_path / "book.xlsx", "reference", out=tmp_path / "run")
    run = read_run(tmp_path / "run")
    assert run.verify().passed
    assert run.info["objective"] == pytest.approx(solve(tiny, "reference").info["objective"])


def test_foreign_files_are_not_deleted(run_folder: Path, tiny: Instance) -> None:
    for name in ("thesis.txt", "my.csv", "report-draft.docx"):
        (run_folder / name).write_text("mine", encoding="utf-8")
        with pytest.raises(InputError, match=name):
            solve(tiny, "reference", out=run_folder)
        (run_folder / name).unlink()
    solve(tiny, "reference", out=run_folder)


def test_a_run_file_of_somebody_else_is_none(tiny: Instance, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "run.json").write_text('{"a": 1}', encoding="utf-8")
    with pytest.raises(InputError, match="not a run"):
        solve(tiny, "reference", out=tmp_path / "theirs")


def test_a_solve_does_not_replace_a_comparison(tiny: Instance, tmp_path: Path) -> None:
    compare(tiny, ["reference", "no-zones"], out=tmp_path / "cmp")
    with pytest.raises(InputError, match="not a run"):
        solve(tiny, "reference", out=tmp_path / "cmp")
    compare(tiny, ["reference"], out=tmp_path / "cmp")
    assert not (tmp_path / "cmp" / "no-zones").exists()


def test_a_plan_is_not_replaced_by_none(run_folder: Path, tiny: Instance) -> None:
    """A contradiction does not take away the plan that was there."""
    impossible = define(policies={"west": {"family": "group_share", "group": "West", "min_growth": 20}})
    assert solve(tiny, impossible, out=run_folder).status == "infeasible"
    assert read_run(run_folder).has_plan


def test_the_working_directory_is_refused(tiny: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="working directory"):
        solve(tiny, "reference", out=Path())


def test_settings_are_stored(tiny: Instance, tmp_path: Path) -> None:
    definition = load_definition("reference", ["policies.advantage.weight=0.9"])
    solve(tiny, definition, out=tmp_path / "run")
    again = read_run(tmp_path / "run")
    assert again.info["model"]["settings"] == ["policies.advantage.weight=0.9"]
    assert again.definition.title == "reference (policies.advantage.weight=0.9)"


def test_what_policies_add_to_loads_counts_everywhere(tiny: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy that takes 15 Mm3 off A's water makes today's layout of A feasible: in the model, the tables and the check."""

    class Abatement(Policy):
        family = "abatement"
        phrase = "节能减排"
        title: ClassVar = {"en": "Abatement", "zh": "减排"}

        def contribute(self, period: Period) -> None:
            period.add_load("water", "A", -15.0)
            period.add_term(self.label, linear([0.001], [period.b.short["cloth"]]))

        def term_weight(self) -> float:
            return -1.0

        def load(self, plan: PeriodPlan, resource: str) -> pd.Series | None:
            return pd.Series({"A": -15.0}) if resource == "water" else None

    monkeypatch.setitem(families(), "abatement", Abatement)
    policies = {"water": {"family": "carrying_capacity"}, "less": {"family": "abatement"}}
    run = solve(tiny, define(policies=policies), out=tmp_path / "run")
    assert run.info["objective"] == pytest.approx(62.45)
    use = run.tables["resources"].set_index(["resource", "region_or_group"])["use_after"]
    assert use[("water", "A")] == pytest.approx(70.0)
    assert read_run(tmp_path / "run").verify().passed
