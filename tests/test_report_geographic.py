"""What goes out to other programs, read back with them: GeoJSON, GeoPackage and Parquet say what the result tables say."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyogrio
import pytest
import shapely
import shapely.geometry

from layout_opt.analysis.comparing import Comparison, compare
from layout_opt.analysis.pricing import price
from layout_opt.errors import InputError
from layout_opt.report import write_report
from layout_opt.runs import TABLES, Run, read_run
from layout_opt.solving import load_instance, solve
from tests.conftest import TINY, define

MODELS = ["reference", "no-zones"]
CLOCKWISE = [[119.0, 29.0], [119.0, 31.0], [121.0, 31.0], [121.0, 29.0], [119.0, 29.0]]
HOLE = [[119.5, 29.5], [120.5, 29.5], [120.5, 30.5], [119.5, 30.5], [119.5, 29.5]]
ISLAND = [[[[122.0, 30.0], [122.5, 30.0], [122.5, 30.5], [122.0, 30.0]]]]
MIDDLE = [[[111.0, 29.0], [113.0, 29.0], [113.0, 31.0], [111.0, 31.0], [111.0, 29.0]]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`tiny` with an outline of two of its three regions, wound the wrong way, and of a neighbour."""
    folder = Path(shutil.copytree(TINY, tmp_path_factory.mktemp("geographic") / "tiny"))
    shapes: list[tuple[str | None, str, list[Any]]] = [
        ("A", "Polygon", [CLOCKWISE, HOLE]),
        ("A", "MultiPolygon", ISLAND),
        ("B", "Polygon", MIDDLE),
        (None, "LineString", CLOCKWISE),
    ]
    features = [
        {"type": "Feature", "properties": {"region": region}, "geometry": {"type": kind, "coordinates": coordinates}}
        for region, kind, coordinates in shapes
    ]
    (folder / "map.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    manifest = folder / "instance.toml"
    manifest.write_text('outline = "map.geojson"\n' + manifest.read_text(encoding="utf-8"), encoding="utf-8")
    solve(load_instance(folder), "reference", out=folder.parent / "run")
    return read_run(folder.parent / "run")


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return compare(TINY, MODELS, out=tmp_path_factory.mktemp("compared") / "cmp")


@pytest.fixture(scope="module")
def layers(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    (folder,) = write_report(run, ["geojson"], out=tmp_path_factory.mktemp("geojson"))
    assert folder.name == "report-map"
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.iterdir()}


def test_regions_are_areas_where_the_outline_has_them_else_points(layers: dict[str, Any]) -> None:
    shapes = {f["properties"]["region"]: shapely.geometry.shape(f["geometry"]) for f in layers["layout"]["features"]}
    assert [shape.geom_type for shape in shapes.values()] == ["MultiPolygon", "MultiPolygon", "Point"]
    assert shapes["A"].area == pytest.approx(2 * 2 - 1 + 0.125)
    assert (shapes["C"].x, shapes["C"].y) == (104, 30)


def test_rings_are_wound_by_the_right_hand_rule(layers: dict[str, Any]) -> None:
    polygons = [p for f in layers["layout"]["features"] if f["geometry"]["type"] == "MultiPolygon" for p in f["geometry"]["coordinates"]]
    assert len(polygons) == 3
    for outer, *holes in polygons:
        assert shapely.LinearRing(outer).is_ccw
        assert not any(shapely.LinearRing(hole).is_ccw for hole in holes)


def test_regions_say_what_the_tables_say(run: Run, layers: dict[str, Any]) -> None:
    rows = {f["properties"]["region"]: f["properties"] for f in layers["layout"]["features"]}
    layout, resources = run.tables["layout"], run.tables["resources"].set_index(["region_or_group", "resource"])
    for region, row in rows.items():
        own = layout[layout["region"] == region].set_index("industry")
        for column in ("output_before", "output_after", "change"):
            assert row[column] == pytest.approx(own[column].sum(), abs=1e-9)
        assert row["value_added_after"] == pytest.approx(0.25 * own["output_after"]["steel"] + own["output_after"] @ [0.0, 0.3, 0.5])
        assert {k: row[f"after_{k}"] for k in own.index} == own["output_after"].to_dict()
        assert {k: row[f"change_{k}"] for k in own.index} == own["change"].to_dict()
        assert row["utilisation_water"] == resources.at[(region, "water"), "utilisation"]
    assert (rows["A"]["region_en"], rows["A"]["region_zh"], rows["A"]["plate"], rows["A"]["period"]) == ("Coast", "沿海", "East", 2030)
    assert rows["A"]["output_unit"] == "MCNY"


def test_transfers_are_lines_from_seat_to_seat(run: Run, layers: dict[str, Any]) -> None:
    seats = {r: [x, y] for r, x, y in run.instance.tables["regions"][["region", "longitude", "latitude"]].itertuples(index=False)}
    table, features = run.tables["transfers"], layers["transfers"]["features"]
    assert len(features) == len(table) > 0
    for feature, (_, row) in zip(features, table.iterrows(), strict=True):
        assert feature["geometry"] == {"type": "LineString", "coordinates": [seats[row["origin"]], seats[row["destination"]]]}
        assert {key: feature["properties"][key] for key in table.columns} == row.to_dict()
    assert features[0]["properties"]["industry_zh"] == run.instance.label("industries", table["industry"][0], "zh")


def test_a_geopackage_has_the_layers_of_the_files(run: Run, layers: dict[str, Any], tmp_path: Path) -> None:
    (file,) = write_report(run, ["gpkg"], out=tmp_path)
    assert file == tmp_path / "report-map" / "layout_opt.gpkg"
    assert dict(pyogrio.list_layers(file)) == {"layout": "Unknown", "transfers": "LineString"}
    for name, collection in layers.items():
        frame = geopandas.read_file(file, layer=name)
        expected = geopandas.GeoDataFrame.from_features(collection["features"], crs="EPSG:4326")
        assert frame.crs == "EPSG:4326"
        assert frame.geometry.geom_equals_exact(expected.geometry, 0).all()
        assert list(frame.drop(columns="geometry")) == list(collection["features"][0]["properties"])
        for column in expected.drop(columns="geometry"):
            assert frame[column].isna().equals(expected[column].isna())
            assert frame[column].dropna().tolist() == expected[column].dropna().tolist()


def test_scenarios_stand_in_one_layer(comparison: Comparison, tmp_path: Path) -> None:
    folder, file = write_report(comparison, ["geojson", "gpkg"], out=tmp_path)
    layout = geopandas.read_file(folder / "layout.geojson")
    assert list(dict.fromkeys(layout["scenario"])) == MODELS
    for name, run in comparison.runs.items():
        expected = run.tables["layout"].groupby("region", sort=False)["output_after"].sum()
        assert layout[layout["scenario"] == name].set_index("region")["output_after"].to_dict() == pytest.approx(expected.to_dict())
    lines = geopandas.read_file(file, layer="transfers")
    assert lines.groupby("scenario").size().to_dict() == {name: len(run.tables["transfers"]) for name, run in comparison.runs.items()}


def test_parquet_equals_csv(run: Run, comparison: Comparison, tmp_path: Path) -> None:
    (alone,) = write_report(run, ["parquet"], out=tmp_path / "run")
    (several,) = write_report(str(comparison.path), ["parquet"], out=tmp_path / "comparison")
    pairs = [(run.path, alone, TABLES), (comparison.path, several, comparison.tables)]
    pairs += [(r.path, several / name, TABLES) for name, r in comparison.runs.items()]
    for source, folder, names in pairs:
        assert sorted(path.stem for path in folder.glob("*.parquet")) == sorted(names)
        for name in names:
            stored = pd.read_parquet(folder / f"{name}.parquet")
            texts = [column for column in stored if not pd.api.types.is_numeric_dtype(stored[column])]
            written = pd.read_csv(Path(str(source)) / f"{name}.csv", dtype=dict.fromkeys(texts, "str"))
            stored[texts], written[texts] = stored[texts].fillna(""), written[texts].fillna("")
            assert list(stored) == list(written), name
            assert len(stored) == len(written), name
            if len(written):
                pd.testing.assert_frame_equal(stored, written, check_dtype=False, rtol=1e-11)


def test_answers_are_parquet_too(run: Run, tmp_path: Path) -> None:
    asked = price(run.instance, run.definition, ["zones"], out=tmp_path / "asked")
    (folder,) = write_report(run, ["parquet"], out=tmp_path / "report", beside=[tmp_path / "asked"] * 2)
    for name in ("answer-price", "answer-price-2"):
        stored = pd.read_parquet(folder / name / "price.parquet")
        assert stored["label"].to_list() == asked["label"].to_list()
        assert stored["low"].to_list() == pytest.approx(asked["low"].to_list())


def test_a_plan_without_transfers_is_a_map_too(tmp_path: Path) -> None:
    run = solve(TINY, define())
    assert run.tables["transfers"].empty
    folder, file, _ = write_report(run, ["geojson", "gpkg", "parquet"], out=tmp_path)
    assert json.loads((folder / "transfers.geojson").read_text(encoding="utf-8"))["features"] == []
    first = json.loads((folder / "layout.geojson").read_text(encoding="utf-8"))["features"][0]["properties"]
    assert first["utilisation_land"] is None  # it has no capacity
    assert first["use_land"] == 120
    assert geopandas.read_file(file, layer="transfers").empty


@pytest.mark.parametrize(("package", "format", "extra"), [("geopandas", "gpkg", "gis"), ("pyarrow", "parquet", "parquet")])
def test_a_missing_package_is_named_with_its_extra(
    run: Run, package: str, format: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=rf"package '{package}' is missing\. Install it: pip install 'layout-opt\[{extra}\]'"):
        write_report(run, [format], out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_plane_is_no_map_of_the_earth(tiny_copy: Path, tmp_path: Path) -> None:
    with (tiny_copy / "instance.toml").open("a", encoding="utf-8") as file:
        file.write('\n[distance]\nrule = "planar"\n')
    run = solve(load_instance(tiny_copy), define())
    with pytest.raises(InputError, match="coordinates lie on a plane"):
        write_report(run, ["geojson"], out=tmp_path)


def test_columns_that_differ_in_case_only_have_no_place_in_a_geopackage(tiny_copy: Path, tmp_path: Path) -> None:
    for path in tiny_copy.glob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace("cloth,", "Steel,"), encoding="utf-8")
    run = solve(load_instance(tiny_copy), define())
    with pytest.raises(InputError, match="'after_steel' and 'after_Steel'"):
        write_report(run, ["gpkg"], out=tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())
