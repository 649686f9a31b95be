"""The views of an instance: stock, demand, use, capacities, members, distance; names of every kind; warnings; the digest."""

from __future__ import annotations

import csv
import json
import math
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layout_opt.errors import InputError
from layout_opt.instance import Instance, find_instance
from layout_opt.manifest import STAND_INS, Manifest, files
from layout_opt.settings import mend
from layout_opt.solving import load_instance, solve
from tests.conftest import ROOT, TINY, define

Edit = Callable[[str, Callable[[list[list[str]]], object]], None]


@pytest.fixture
def edit(tiny_copy: Path) -> Edit:
    """Change the rows of a table of a copy of `tiny`, header first."""

    def change(table: str, how: Callable[[list[list[str]]], object]) -> None:
        path = tiny_copy / f"{table}.csv"
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        how(rows)
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)

    return change


def listed(folder: Path, text: str) -> None:
    path = folder / "instance.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def unlist(folder: Path, table: str) -> None:
    """Take a table out of the manifest."""
    path = folder / "instance.toml"
    head, _, tail = path.read_text(encoding="utf-8").partition(f"[tables.{table}]")
    path.write_text(head + tail[tail.find("\n[") + 1 :] * ("\n[" in tail), encoding="utf-8")


def test_stock_and_demand(tiny: Instance) -> None:
    assert tiny.stock["steel", "A"] == 60
    assert tiny.stock["steel", "C"] == 0  # no row
    assert list(tiny.stock.index) == list(tiny.cells)
    assert tiny.demand(2030).to_dict() == {"steel": 100, "cloth": 110, "lab": 10}
    assert tiny.demand(2025)["cloth"] == 105
    assert tiny.demand(2026).isna().all()


def test_capacities_in_force(tiny: Instance) -> None:
    assert tiny.capacities(2019).empty
    assert tiny.capacities(2029)["water", "A"] == 85
    assert tiny.capacities(2030)["water", "A"] == 70
    assert tiny.capacities(2030)["water", "B"] == 66
    assert list(tiny.capacities(2030).index) == [("water", "A"), ("water", "B"), ("water", "C"), ("water", "river")]


def test_use_improves_by_year_and_differs_by_region(tiny_copy: Path, edit: Edit) -> None:
    def faster(rows: list[list[str]]) -> None:
        rows[1][rows[0].index("annual_improvement")] = "0.1"

    edit("intensities", faster)
    edit("efficiency", lambda rows: rows.append(["B", "water", "2"]))
    instance = load_instance(tiny_copy)
    assert instance.use("water", 2020)["steel", "A"] == 1
    assert instance.use("water", 2010)["steel", "A"] == 1  # not before the base year
    assert instance.use("water", 2030)["steel", "A"] == pytest.approx(0.9**10)
    assert instance.use("water", 2030)["steel", "B"] == pytest.approx(2 * 0.9**10)
    assert instance.use("water", 2030)["cloth", "C"] == 0.5
    assert instance.use("water", 2030)["lab", "A"] == 0  # no row


def test_efficiency_without_its_table(tiny_copy: Path) -> None:
    unlist(tiny_copy, "efficiency")
    assert load_instance(tiny_copy).efficiency("water").to_dict() == {"A": 1, "B": 1, "C": 1}


def test_members(tiny: Instance) -> None:
    assert tiny.members("river").to_dict() == {"A": 1, "B": 1}
    assert tiny.members("East").to_dict() == {"A": 1}
    assert tiny.members("Atlantis").empty
    assert tiny.plates == ["East", "Central", "West"]


def test_distance_by_corridor_and_by_rule(tiny: Instance, tiny_copy: Path, edit: Edit) -> None:
    assert tiny.distance.loc["A", "C"] == 2000
    edit("corridors", lambda rows: rows.__delitem__(slice(2, None)))
    listed(tiny_copy, "\n")
    path = tiny_copy / "instance.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[direction]", "[distance]\ndetour = 2\n[direction]"), encoding="utf-8")
    distance = load_instance(tiny_copy).distance
    assert distance.loc["A", "B"] == 1000  # the corridor that is left
    # eight degrees of longitude on the parallel of 30 degrees, along a great circle, twice
    half = math.asin(math.cos(math.radians(30)) * math.sin(math.radians(4)))
    assert distance.loc["B", "A"] == pytest.approx(2 * 2 * half * 6371)
    assert distance.loc["C", "C"] == 0


def test_labels(tiny: Instance) -> None:
    assert tiny.label("regions", "A") == "Coast"
    assert tiny.label("regions", "A", "zh") == "沿海"
    assert tiny.label("industries", "none") == "none"


def test_the_digest_changes_with_a_byte(tiny: Instance, tiny_copy: Path) -> None:
    assert load_instance(tiny_copy).sha256 == tiny.sha256
    for file in files(tiny.manifest):
        data = (tiny_copy / file).read_bytes()
        (tiny_copy / file).write_bytes(data + b"\n")
        assert load_instance(tiny_copy).sha256 != tiny.sha256, file
        (tiny_copy / file).write_bytes(data)
    (tiny_copy / "notes.txt").write_text("not part of the instance")
    assert load_instance(tiny_copy).sha256 == tiny.sha256


def test_shipped_names_and_paths(tiny_copy: Path) -> None:
    assert find_instance("tiny") == ROOT / "instances" / "tiny"
    assert find_instance(tiny_copy) == tiny_copy
    with pytest.raises(InputError, match="Did you mean 'tiny'"):
        find_instance("tinny")


NASTY = [
    "",
    "x",
    "-1",
    "0",
    "1e308",
    "1e-300",
    "nan",
    "A",
    "river",
    "steel",
    "2030",
    "2020.0",
    "yes",
    "ban",
    "restrict",
    "\x07",
    "a,b",
    "'",
    "\ufeff",
    "٣",
]
CELLS = [
    (path.stem, n) for path in sorted(TINY.glob("*.csv")) for n in range(sum(len(line.split(",")) for line in path.read_text("utf-8").splitlines()))
]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(CELLS), st.sampled_from(NASTY)), min_size=1, max_size=4))
def test_any_cells_may_be_spoiled(tmp_path_factory: pytest.TempPathFactory, spoiled: list[tuple[tuple[str, int], str]]) -> None:
    """Headers included: an instance, or faults that name the tables; never another exception."""
    folder = Path(shutil.copytree(TINY, tmp_path_factory.mktemp("spoiled") / "tiny"))
    for (table, n), value in spoiled:
        path = folder / f"{table}.csv"
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        rows[n // len(rows[0])][n % len(rows[0])] = value
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    try:
        load_instance(folder)
    except InputError as error:
        found = {fault.where.file for fault in error.faults}
        assert found <= {"instance.toml", *(path.name for path in folder.glob("*.csv"))}
    shutil.rmtree(folder.parent)


settings_values = st.recursive(
    st.booleans() | st.integers(-1, 4000) | st.floats() | st.text(max_size=4) | st.sampled_from(["stock.csv", "..", "East", "MCNY"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["file", "units", "from", "detour", "en", "stock", "x.y", ""]), inner)
    ),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([*Manifest.model_fields, "x", ""]), settings_values, min_size=1, max_size=3))
def test_any_keys_of_the_manifest_may_be_spoiled(spoiled: dict[str, object]) -> None:
    given = tomllib.loads((TINY / "instance.toml").read_text(encoding="utf-8"))
    manifest, faults, replaced = mend(Manifest, {**given, **spoiled}, "instance.toml", STAND_INS)
    assert isinstance(manifest, Manifest)
    assert {key for key in replaced if key in spoiled} <= {str(fault.where.column).partition(".")[0] for fault in faults}
    assert all(fault.where.column is not None and str(fault) for fault in faults)


ODD = {"A": "内蒙古", "B": "NA", "C": 'a, "b" c'}


def rename(folder: Path, names: dict[str, str]) -> None:
    """Give other names to what stands in cells of all tables."""
    for path in folder.glob("*.csv"):
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([rows[0], *([names.get(cell, cell) for cell in row] for row in rows[1:])])


@pytest.mark.parametrize("names", [ODD, {"A": "null", "B": "None", "C": "nan"}, {"steel": "钢铁", "water": "1", "cloth": "TRUE", "A": "01"}])
def test_names_of_every_kind_can_be_solved_and_verified(names: dict[str, str], tiny_copy: Path) -> None:
    rename(tiny_copy, names)
    instance = load_instance(tiny_copy)
    assert {*instance.regions.index, *instance.industries.index, *instance.tables["resources"]["resource"]} >= set(names.values())
    policies = {"water": {"family": "carrying_capacity"}, "zones": {"family": "functional_zone"}, "river": {"family": "basin_capacity"}}
    run = solve(instance, define(policies=policies))
    assert run.status == "optimal"
    assert run.verify().passed


def test_suspicious_data_are_warnings(tiny_copy: Path, edit: Edit) -> None:
    edit("capacities", lambda rows: rows.append(["land", "river", "2020", "1e9", "km2"]))
    edit("capacities", lambda rows: rows.append(["land", "C", "2020", "1e-3", "km2"]))
    edit("stock", lambda rows: rows.__delitem__(5))  # cloth in C, all its stock
    edit("zone_rules", lambda rows: rows.append(["ecological", "lab", "ban", ""]))
    edit("zone_shares", lambda rows: rows.extend([["A", "ecological", "0.5"], ["B", "ecological", "1"]]))
    edit("zone_rules", lambda rows: rows.append(["optimised", "steel", "ban", ""]))
    found = [str(warning) for warning in load_instance(tiny_copy).warnings]
    assert found == [
        "regions.csv, row 4, column region: region 'C' has no stock. Is its stock missing?",
        "capacities.csv, row 3, column capacity: the capacity of 'A' for water is below today's load of 85 (value: '70'). "
        "Intended for a later year; check the unit if not.",
        "industries.csv, row 2, column industry: no region may host 'steel'. Every zone bans it; is that meant?",
        "capacities.csv, row 8, column capacity: capacities land: figures range over 1.0e+12 (value: '0.001'). "
        "Is the smallest one a slip, or in another unit?",
    ]


def test_encodings_of_excel_are_read_with_a_warning(tiny: Instance, tiny_copy: Path) -> None:
    for file, code in (("regions.csv", "gbk"), ("industries.csv", "utf-16"), ("zones.csv", "utf-8-sig")):
        path = tiny_copy / file
        path.write_bytes(path.read_text(encoding="utf-8").replace("\n", "\r\n").encode(code))
    instance = load_instance(tiny_copy)
    assert instance.label("regions", "A", "zh") == "沿海"
    assert instance.tables["industries"].equals(tiny.tables["industries"])
    assert [str(w).partition(",")[0] for w in instance.warnings[:2]] == ["regions.csv: is not UTF-8", "industries.csv: is UTF-16"]
    assert len(instance.warnings) == len(tiny.warnings) + 2


def test_an_outline_may_lack_regions_but_not_invent_any(tiny_copy: Path) -> None:
    shapes = [{"type": "Feature", "properties": {"region": r}, "geometry": None} for r in ("A", "B", None)]
    (tiny_copy / "map.json").write_text(json.dumps({"type": "FeatureCollection", "features": shapes}))
    path = tiny_copy / "instance.toml"
    path.write_text('outline = "map.json"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert "region 'C' is not in the outline" in str(load_instance(tiny_copy).warnings[-1])
    for text in ("[]", "{}", '{"features": []}', '{"features": [1]}', '{"features": [{"properties": null}]}', "[" * 100_000, "\ufeff{}"):
        (tiny_copy / "map.json").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=r"map\.json: is not"):
            load_instance(tiny_copy)
    (tiny_copy / "map.json").unlink()
    with pytest.raises(InputError, match=r"map\.json: the file is missing"):
        load_instance(tiny_copy)


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (["resources"], ["refers to resources, but there is no table 'resources'"] * 3),
        (["zones"], ["refers to zones, but there is no table 'zones'"] * 2),
        (["stock"], ["table 'stock' is missing"]),
    ],
)
def test_tables_that_others_need(missing: list[str], words: list[str], tiny_copy: Path) -> None:
    for table in missing:
        unlist(tiny_copy, table)
    with pytest.raises(InputError) as error:
        load_instance(tiny_copy)
    assert [fault.what for fault in error.value.faults] == words


def test_one_table_that_cannot_be_read_makes_no_other_fault(tiny_copy: Path) -> None:
    for table in ("regions", "industries", "resources", "groups", "zones"):
        shutil.copy(tiny_copy / f"{table}.csv", tiny_copy / "kept.csv")
        (tiny_copy / f"{table}.csv").write_bytes(b"\0")
        with pytest.raises(InputError) as error:
            load_instance(tiny_copy)
        assert [str(fault.where) for fault in error.value.faults] == [f"{table}.csv"]
        shutil.move(tiny_copy / "kept.csv", tiny_copy / f"{table}.csv")


def test_without_groups_the_plates_are_those_of_the_regions(tiny_copy: Path, edit: Edit) -> None:
    for table in ("groups", "membership"):
        unlist(tiny_copy, table)
    edit("capacities", lambda rows: rows.pop())  # of the river
    assert load_instance(tiny_copy).plates == ["East", "Central", "West"]
    edit("barriers", lambda rows: rows[1].__setitem__(0, "Easst"))
    with pytest.raises(InputError, match=r"not a plate .*Did you mean 'East'"):
        load_instance(tiny_copy)
