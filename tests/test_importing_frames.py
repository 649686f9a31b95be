"""Instances from DataFrames, and instances whose tables were changed in memory: checked, solved, written and read like those from files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from layout_opt import instance_from_tables, write_instance
from layout_opt.definition import Definition
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.runs import read_run
from layout_opt.solving import load_instance, solve
from layout_opt.writing import table_file
from tests.conftest import TINY
from tests.test_workbook import same


@pytest.fixture
def manifest() -> dict[str, Any]:
    return tomllib.loads((TINY / "instance.toml").read_text(encoding="utf-8"))


def test_frames_make_the_instance_that_their_files_make(tiny: Instance, manifest: Mapping[str, Any]) -> None:
    made = instance_from_tables(manifest, tiny.tables)
    same(tiny, made)
    assert made.name == "tiny"
    assert made.warnings == tiny.warnings


def test_an_instance_made_of_frames_is_solved_written_and_read_back(
    tiny: Instance, manifest: Mapping[str, Any], by_hand: Definition, tmp_path: Path
) -> None:
    stock = tiny.tables["stock"].set_index(["industry", "region"])
    made = instance_from_tables(manifest, {**tiny.tables, "stock": stock})
    run = solve(made, by_hand, out=tmp_path / "run")
    assert run.info["objective"] == pytest.approx(61.525)
    assert read_run(tmp_path / "run").instance.sha256 == made.sha256 == run.info["instance"]["sha256"]
    write_instance(made, tmp_path / "mine")
    same(made, load_instance(tmp_path / "mine"))


@pytest.mark.parametrize("base", ["tiny", "tiny.xlsx"])
def test_frames_replace_tables_of_an_instance(tiny: Instance, base: str, tmp_path: Path) -> None:
    source = tiny if base == "tiny" else load_instance(write_instance(tiny, tmp_path / base)[0])
    stock = tiny.tables["stock"].assign(output=lambda t: 2 * t["output"])
    made = instance_from_tables(source, {"stock": stock})
    assert made.stock.sum() == 2 * tiny.stock.sum()
    pd.testing.assert_frame_equal(made.tables["industries"], tiny.tables["industries"])


def _spoiled(tiny: Instance) -> dict[str, pd.DataFrame]:
    tables = dict(tiny.tables)
    tables["stock"] = tables["stock"].assign(output=[-1.0, "many", *tables["stock"]["output"][2:]])
    tables["regions"] = tables["regions"].drop(columns="plate")
    tables["demand"] = tables["demand"].replace("cloth", "clothes")
    tables["scores"] = tables["scores"].assign(score=float("nan"))
    return tables


def test_faults_are_those_of_files(tiny: Instance, tiny_copy: Path, manifest: dict[str, Any]) -> None:
    for name, frame in _spoiled(tiny).items():
        (tiny_copy / f"{name}.csv").write_bytes(table_file(frame))
    del manifest["title"], manifest["tables"]["stock"]["units"]
    with pytest.raises(InputError) as from_frames:
        instance_from_tables(manifest, _spoiled(tiny))
    text = (tiny_copy / "instance.toml").read_text(encoding="utf-8")
    text = "\n".join(line for line in text.splitlines() if not line.startswith(("title", 'units = { output = "MCNY" }')))
    (tiny_copy / "instance.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as from_files:
        load_instance(tiny_copy)
    assert str(from_frames.value) == str(from_files.value)
    assert len(from_frames.value.faults) > 8


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"base_year": None}, "cannot be TOML"),
        ({"tables": 1}, "tables"),
        ({"tables": {"stock": 1}}, "tables.stock"),
        ({"tables": {"stok": {}}}, "Did you mean 'stock'?"),
        ({"tables": {"regions": {"file": "../regions.csv"}}}, "leaves the instance's folder"),
        ({"outline": "map.geojson"}, "map.geojson: the file is missing"),
    ],
    ids=str,
)
def test_what_a_manifest_cannot_say(manifest: dict[str, Any], tiny: Instance, change: dict[str, Any], words: str) -> None:
    tables = {"demand": tiny.tables["demand"]}
    with pytest.raises(InputError, match=words.replace("?", r"\?")):
        instance_from_tables({**manifest, **change}, tables)


def test_only_frames_are_tables(manifest: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="table 'stock': is of type dict"):
        instance_from_tables(manifest, {"stock": {}})


def test_a_table_changed_in_memory_goes_into_the_run_folder(tiny: Instance, by_hand: Definition, tmp_path: Path) -> None:
    demand = tiny.tables["demand"]
    changed = tiny.having("demand", demand.assign(demand=demand["demand"] * (1 / 3)), note="a third of it")
    assert changed.sha256 != tiny.sha256
    run = solve(changed, by_hand, out=tmp_path / "run")
    back = read_run(tmp_path / "run").instance
    assert back.sha256 == changed.sha256 == run.info["instance"]["sha256"]
    pd.testing.assert_frame_equal(back.tables["demand"], changed.tables["demand"], check_exact=True)
    assert back.manifest.tables["demand"].note == "a third of it"
    assert back.contents["stock.csv"] == tiny.contents["stock.csv"]


def test_a_table_may_be_new(tiny: Instance, tmp_path: Path) -> None:
    """Its units are those of the schema."""
    cells = pd.DataFrame({"industry": ["steel"], "region": ["B"], "max_output": [45.5], "exit_share": [float("nan")]})
    richer = tiny.having("cells", cells)
    write_instance(richer, tmp_path / "richer")
    back = load_instance(tmp_path / "richer")
    pd.testing.assert_frame_equal(back.tables["cells"], cells)
    assert back.manifest.tables["cells"].units == {"max_output": "MCNY"}


def test_a_workbook_changed_in_memory_is_written_as_a_folder(tiny: Instance, by_hand: Definition, tmp_path: Path) -> None:
    book = load_instance(write_instance(tiny, tmp_path / "book.xlsx")[0])
    changed = book.having("stock", book.tables["stock"])
    solve(changed, by_hand, out=tmp_path / "run")
    assert read_run(tmp_path / "run").instance.sha256 == changed.sha256
    assert changed.sha256 != book.sha256


def test_an_outline_stays_with_a_changed_instance() -> None:
    china = load_instance("china-2017")
    changed = china.having("stock", china.tables["stock"])
    assert changed.outline == china.outline
    assert any(feature["properties"].get("region") for feature in changed.outline)
