"""The independent check finds what is wrong with a plan, whatever made it wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from layout_opt.definition import Definition
from layout_opt.errors import InputError, VerificationError
from layout_opt.instance import Instance
from layout_opt.runs import Run, fill_run, read_run
from layout_opt.solving import load_instance, solve
from tests.conftest import TINY, define


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tiny: Instance) -> Path:
    """A run of `tiny` under the reference model."""
    out = tmp_path_factory.mktemp("runs") / "tiny"
    solve(tiny, "reference", out=out)
    return out


CELLS = """industry,region,max_project,max_output,exit_share
steel,B,15,,
cloth,A,,45,0.4
cloth,B,,22,
"""


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two periods in which cells have facts of their own: A sheds 5 of cloth, and for water 12.5 of steel in 2030."""
    place = tmp_path_factory.mktemp("bound")
    facts = Path(shutil.copytree(TINY, place / "tiny"))
    (facts / "cells.csv").write_text(CELLS, encoding="utf-8")
    with (facts / "instance.toml").open("a", encoding="utf-8") as manifest:
        manifest.write('\n[tables.cells]\nfile = "cells.csv"\nunits = { max_project = "MCNY", max_output = "MCNY" }\n')
    water = {"water": {"family": "carrying_capacity", "resources": ["water"]}}
    run = solve(load_instance(facts), define(periods=[2025, 2030], policies=water), out=place / "run")
    assert run.status == "optimal"
    return place / "run"


def edit(column: str, industry: str, region: str, by: float) -> Callable[[Path], None]:
    """A change of one number of layout.csv, in the last period."""

    def change(run: Path) -> None:
        table = pd.read_csv(run / "layout.csv")
        table[column] = table[column].astype(float)
        cell = (table["industry"] == industry) & (table["region"] == region) & (table["period"] == 2030)
        table.loc[cell, column] += by
        table.to_csv(run / "layout.csv", index=False)

    return change


def rewrite(name: str, old: str, new: str) -> Callable[[Path], None]:
    """A change of the text of one file."""

    def change(run: Path) -> None:
        text = (run / name).read_text(encoding="utf-8")
        assert old in text
        (run / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def drop_transfers(run: Path) -> None:
    table = pd.read_csv(run / "transfers.csv")
    table.iloc[1:].to_csv(run / "transfers.csv", index=False)


def drop_cell(run: Path) -> None:
    table = pd.read_csv(run / "layout.csv")
    table.iloc[1:].to_csv(run / "layout.csv", index=False)


def objective(run: Path) -> None:
    info = json.loads((run / "run.json").read_text(encoding="utf-8"))
    info["objective"] += 0.5
    (run / "run.json").write_text(json.dumps(info), encoding="utf-8")


def reverse_plates(run: Path) -> None:
    table = pd.read_csv(run / "plates.csv")
    table[["output", "value_added"]] = table[["output", "value_added"]].to_numpy()[::-1]
    table.to_csv(run / "plates.csv", index=False)


def claim(**values: object) -> Callable[[Path], None]:
    """Other values in run.json."""

    def change(run: Path) -> None:
        info = json.loads((run / "run.json").read_text(encoding="utf-8"))
        (run / "run.json").write_text(json.dumps({**info, **values}), encoding="utf-8")

    return change


def scale(name: str, column: str) -> Callable[[Path], None]:
    """A column of a table doubled, and a little more."""

    def change(run: Path) -> None:
        table = pd.read_csv(run / f"{name}.csv")
        table[column] = 2 * table[column] + 0.001
        table.to_csv(run / f"{name}.csv", index=False)

    return change


def another_period(run: Path) -> None:
    table = pd.read_csv(run / "transfers.csv")
    pd.concat([table, table.iloc[:1].assign(period=2099)]).to_csv(run / "transfers.csv", index=False)


TAMPERINGS = {
    "plates reversed": (reverse_plates, "plates.csv"),
    "a period that is none": (another_period, "periods are those of the model"),
    "bound beaten": (claim(bound=1.0, gap=0.0), "bound: the objective does not beat it"),
    "gap too small": (claim(bound=100.0), "gap: follows"),
    "status too good": (claim(bound=64.0, gap=(64.0 - 63.35138139944126) / 63.35138139944126), "status: follows"),
    "resources": (scale("resources", "use_after"), "resources.csv"),
    "indicators": (scale("indicators", "after"), "indicators.csv"),
    "complementarity": (scale("complementarity", "net_trade"), "complementarity.csv"),
    "policies": (scale("policies", "rows"), "policies.csv"),
    "transfer cost": (scale("transfers", "cost"), "transfers.csv"),
    "change": (scale("layout", "change"), "layout.csv"),
    "plate of a transfer": (rewrite("transfers.csv", ",East,", ",West,"), "transfers.csv"),
    "balance": (edit("output_after", "cloth", "B", 1.0), "balance"),
    "stock": (edit("output_before", "cloth", "B", 1.0), "before"),
    "departures": (edit("released", "steel", "A", -1.0), "departures"),
    "arrivals": (edit("received", "steel", "B", 1.0), "arrivals"),
    "missing transfer": (drop_transfers, "departures"),
    "missing cell": (drop_cell, "every cell stands once"),
    "negative": (edit("built", "cloth", "B", -3.0), "not negative"),
    "not a number": (edit("built", "cloth", "B", float("nan")), "finite"),
    "project": (edit("project", "cloth", "C", -1.0), "no growth without a project"),
    "fractional project": (edit("project", "cloth", "C", 0.5), "integrality"),
    "objective": (objective, "weighted sum"),
    "term": (rewrite("objective.csv", "value_added,1,", "value_added,1,1"), "objective: terms"),
    "weight": (rewrite("objective.csv", "value_added,1,", "value_added,2,"), "weights of the definition"),
    "plates": (rewrite("plates.csv", "East,East,0", "East,East,7"), "plates.csv"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found(folder: Path, tmp_path: Path, name: str) -> None:
    """A run whose tables were changed no longer passes, and the check that names the change is among those that fail."""
    run = Path(shutil.copytree(folder, tmp_path / "run"))
    change, statement = TAMPERINGS[name]
    change(run)
    verification = read_run(run).verify()
    assert not verification.passed
    failed = verification.table.loc[~verification.table["passed"], "statement"]
    assert failed.str.contains(statement).any(), failed.tolist()


SHED = [("closed", 20.0), ("output_after", -20.0)]
GROWN = [("built", 5.0), ("output_after", 5.0)]


@pytest.mark.parametrize(
    ("industry", "region", "changes", "statement"),
    [
        ("cloth", "A", SHED, "leave: within the share that may go"),
        ("cloth", "B", GROWN, "ceiling"),
        ("steel", "B", GROWN, "lot: projects are within the largest size"),
    ],
)
def test_a_plan_against_the_facts_of_a_cell_is_found(
    bound: Path, tmp_path: Path, industry: str, region: str, changes: list[tuple[str, float]], statement: str
) -> None:
    """A cell that sheds more than it may, makes more than it may or builds more at once than it may: exactly that check of the core fails there.

    The balance of the changed period holds; what follows from it (demand, loads, the next period's start, other tables) need not.
    """
    run = Path(shutil.copytree(bound, tmp_path / "run"))
    assert read_run(run).verify().passed
    for column, by in changes:
        edit(column, industry, region, by)(run)
    failed = read_run(run).verify().table.query("not passed and period == 2030").set_index("statement")["worst"]
    assert failed[statement] == f"{industry}|{region}"
    assert "balance" not in failed.index


def test_a_wrong_limit_is_found(tiny: Instance, hand_run: Run) -> None:
    """The plan of one definition is not taken for a plan of another: its limits are rechecked from the tables."""
    stricter = define(policies={"water": {"family": "carrying_capacity", "resources": ["water"], "strictness": 0.99}})
    run = solve(tiny, stricter)
    claimed = Run(hand_run.info, tiny, run.definition, run.policies, hand_run.tables)
    failed = claimed.verify().table.query("not passed")["statement"].tolist()
    assert "limit of water (carrying_capacity)" in failed


def test_a_run_passes_and_says_by_how_much(folder: Path) -> None:
    verification = read_run(folder).verify()
    assert verification.passed
    assert 0 <= verification.violation <= 1e-6
    assert json.loads((folder / "run.json").read_text(encoding="utf-8"))["violation"] == verification.violation


def test_a_plan_that_fails_is_never_written(tmp_path: Path, hand_run: Run) -> None:
    """`fill_run` reads back what it wrote and refuses a plan that does not hold."""
    layout = hand_run.tables["layout"].copy()
    layout.loc[0, "output_after"] += 1
    wrong = Run(hand_run.info, hand_run.instance, hand_run.definition, hand_run.policies, {**hand_run.tables, "layout": layout})
    with pytest.raises(VerificationError, match="does not confirm the plan"):
        fill_run(wrong, tmp_path)


def test_a_changed_instance_is_refused(folder: Path, tmp_path: Path) -> None:
    """The copy of the facts in a run folder has to be the one that was solved."""
    run = Path(shutil.copytree(folder, tmp_path / "run"))
    rewrite("instance/stock.csv", "steel,A,60", "steel,A,61")(run)
    with pytest.raises(InputError, match="sha256"):
        read_run(run)


def test_softened_limits_are_priced(tiny: Instance) -> None:
    """An exceeded soft limit is allowed, and its excess is paid for in the objective that the check recomputes."""
    definition: Definition = define(policies={"water": {"family": "carrying_capacity", "resources": ["water"], "penalty": 0.01}})
    run = solve(tiny, definition)
    excess = run.tables["policies"].set_index("label").loc["water", "excess"]
    terms = run.tables["objective"].set_index("term")
    assert excess == pytest.approx(15.0)  # staying costs 0.01 per unit of water, moving steel 0.05
    assert terms.loc["water.excess", "value"] == pytest.approx(excess)
    assert terms.loc["water.excess", "weight"] == -0.01
    assert run.verify().passed


def test_verify_command(folder: Path, tmp_path: Path) -> None:
    """Exit 0 and the largest violation for a plan that holds, exit 1 for one that does not, exit 2 for what is no run."""
    command = [sys.executable, "-m", "layout_opt.cli", "verify"]
    good = subprocess.run([*command, str(folder)], capture_output=True, text=True)
    assert good.returncode == 0
    assert "largest violation" in good.stdout
    run = Path(shutil.copytree(folder, tmp_path / "run"))
    edit("output_after", "cloth", "B", 1.0)(run)
    bad = subprocess.run([*command, str(run)], capture_output=True, text=True)
    assert bad.returncode == 1
    assert "DOES NOT HOLD" in bad.stdout
    none = subprocess.run([*command, str(TINY)], capture_output=True, text=True)
    assert none.returncode == 2
    assert "not a run folder" in none.stderr


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("layout.csv", "output_after", "output_afterwards"),
        ("layout.csv", "steel,A,2030,60", "steel,A,2030,sixty"),
        ("layout.csv", "steel,A,2030,", "steel,A,2030.5,"),
        ("run.json", '"objective": 6', '"objective": null, "was": 6'),
        ("run.json", '"model"', '"modell"'),
    ],
)
def test_a_malformed_run_is_bad_input(folder: Path, tmp_path: Path, name: str, old: str, new: str) -> None:
    """A table without a column, text for a number, a period that is no year, no objective: a fault that names the file, not a crash."""
    run = Path(shutil.copytree(folder, tmp_path / "run"))
    rewrite(name, old, new)(run)
    with pytest.raises(InputError):
        read_run(run).verify()
