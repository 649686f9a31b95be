"""Comparing definitions on one instance."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from layout_opt.analysis.comparing import Comparison, compare, read_comparison
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.runs import TABLES
from layout_opt.solving import load_instance, solve
from tests.conftest import define

MODELS = ["reference", "no-ecology", "strict-ecology", "no-zones"]


@pytest.fixture(scope="module")
def comparison(tiny: Instance, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return compare(tiny, MODELS, out=tmp_path_factory.mktemp("compare") / "tiny")


def test_relaxed_models_are_never_worse(comparison: Comparison) -> None:
    objective = comparison.tables["scenarios"].set_index("scenario")["objective"]
    assert objective["no-ecology"] >= objective["reference"] - 1e-6
    assert objective["no-zones"] >= objective["reference"] - 1e-6
    assert objective["strict-ecology"] <= objective["reference"] + 1e-6


def test_bounds_are_checked_against_each_other(comparison: Comparison) -> None:
    """The reference plan is allowed without ecology, the other way round it is not; no bound is contradicted."""
    cross = comparison.tables["cross"].set_index(["plan_of", "under"])
    assert cross["holds"].all()
    assert cross.loc[("reference", "no-ecology"), "allowed"]
    assert cross.loc[("strict-ecology", "reference"), "allowed"]
    assert not cross.loc[("no-ecology", "reference"), "allowed"]


def test_nothing_leaks_between_scenarios(comparison: Comparison, tiny: Instance) -> None:
    """Each scenario equals the same model solved alone, whatever was solved before it."""
    for name in reversed(MODELS):
        alone = solve(tiny, name)
        for table in TABLES:
            pd.testing.assert_frame_equal(alone.tables[table], comparison.runs[name].tables[table])


def test_folder_reads_back(comparison: Comparison) -> None:
    assert comparison.path is not None
    again = read_comparison(comparison.path)
    assert list(again.runs) == MODELS
    assert all(run.verify().passed for run in again.runs.values())
    info = json.loads((comparison.path / "comparison.json").read_text(encoding="utf-8"))
    assert info["baseline"] == "reference"
    for table in ("scenarios", "cross", "objective", "plates", "resources", "indicators", "layout"):
        assert (comparison.path / f"{table}.csv").is_file()


def test_differences_are_from_the_first(comparison: Comparison) -> None:
    terms = comparison.tables["objective"].set_index(["scenario", "term"])
    assert (terms.loc["reference", "value_difference"] == 0).all()
    difference = terms.loc[("no-ecology", "relocation_cost"), "value_difference"]
    expected = terms.loc[("no-ecology", "relocation_cost"), "value"] - terms.loc[("reference", "relocation_cost"), "value"]
    assert difference == pytest.approx(expected)


def test_a_scenario_without_a_plan_is_listed(tiny: Instance, tmp_path: Path) -> None:
    impossible = define(policies={"west": {"family": "group_share", "group": "West", "min_growth": 20}})
    found = compare(tiny, ["reference", impossible], out=tmp_path / "cmp")
    assert found.tables["scenarios"].set_index("scenario")["status"].to_dict() == {"reference": "optimal", "test": "infeasible"}


def test_every_faulty_model_is_reported_before_any_solve(tiny: Instance, tmp_path: Path) -> None:
    wrong = define(policies={"a": {"family": "carrying_capacity", "resources": ["wine"]}})
    unknown = wrong.model_copy(update={"name": "other", "policies": {"b": wrong.policies["a"].model_copy(update={"family": "magic"})}})
    with pytest.raises(InputError) as caught:
        compare(tiny, [wrong, unknown, wrong], out=tmp_path / "cmp")
    text = str(caught.value)
    assert "wine" in text
    assert "magic" in text
    assert "two scenarios have this name" in text
    assert not (tmp_path / "cmp").exists()


def test_compare_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "layout_opt.cli", "compare", "tiny", "--models", ",".join(MODELS)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Bounds agree" in done.stdout
    assert (tmp_path / "runs" / "tiny-comparison" / "scenarios.csv").is_file()


# --- several instances -------------------------------------------------------------------------------------------------------------------


def test_every_model_is_solved_on_every_instance(tiny: Instance, tmp_path: Path) -> None:
    """Half of the water in B: the same models, beside those on the facts as they are."""
    caps = tiny.tables["capacities"]
    dry = tiny.having("capacities", caps.assign(capacity=caps["capacity"].where(caps["place"] != "B", caps["capacity"] / 2)), "half the water of B")
    found = compare({"tiny": tiny, "dry": dry}, ["reference", "no-ecology"], out=tmp_path / "cmp", workers=2)
    assert list(found.runs) == ["tiny reference", "tiny no-ecology", "dry reference", "dry no-ecology"]
    table = found.tables["scenarios"].set_index("scenario")
    for name, instance in (("tiny", tiny), ("dry", dry)):
        for model in ("reference", "no-ecology"):
            alone = solve(instance, model)
            assert found.runs[f"{name} {model}"].info["instance"]["sha256"] == instance.sha256
            assert table.loc[f"{name} {model}", "objective"] == pytest.approx(alone.info["objective"])
    assert table.loc["dry reference", "objective"] < table.loc["tiny reference", "objective"]
    assert set(zip(found.tables["cross"]["plan_of"], found.tables["cross"]["under"], strict=True)) == {
        (f"{name} {one}", f"{name} {other}") for name in ("tiny", "dry") for one, other in (("reference", "no-ecology"), ("no-ecology", "reference"))
    }
    again = read_comparison(tmp_path / "cmp")
    pd.testing.assert_frame_equal(again.tables["scenarios"], found.tables["scenarios"])


def test_instances_of_other_regions_stand_beside_each_other(tiny: Instance) -> None:
    laboratories = load_instance("laboratories")
    bare = define(policies={})
    found = compare({"tiny": tiny, "laboratories": laboratories}, [bare])
    layout = found.tables["layout"].set_index("scenario")
    assert set(layout.loc["laboratories test", "region"]) == set(laboratories.regions.index)
    assert list(found.tables["scenarios"]["status"]) == ["optimal", "optimal"]


def test_faults_of_all_instances_are_told(tiny: Instance) -> None:
    with pytest.raises(InputError) as error:
        compare({"tiny": tiny, "gone": "nowhere", "away": "no-where"}, ["reference"])
    assert [word for word in ("nowhere", "no-where") if word not in str(error.value)] == []


def test_command_over_instances(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "layout_opt.cli"]
    subprocess.run([*command, "new", "mine"], cwd=tmp_path, check=True, capture_output=True)
    asked = [*command, "compare", "tiny", "--instances", "mine", "--models", "reference,no-ecology", "--out", "cmp"]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "mine no-ecology" in done.stdout
    assert (tmp_path / "cmp" / "mine reference" / "run.json").is_file()
    again = subprocess.run(
        [*command, "compare", "mine", "--instances", "mine", "--models", "reference"], cwd=tmp_path, capture_output=True, text=True
    )
    assert again.returncode == 2
    assert "two instances have one name" in again.stderr
