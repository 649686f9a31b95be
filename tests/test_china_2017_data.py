"""The figures of the instance `china-2017`, read as plain tables: they rebuild, they add up, and today's layout fits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "instances" / "china-2017"
RAW = Path(os.environ.get("LAYOUT_OPT_RAW", ROOT.parent / "shared" / "data"))
BASE = 2017
NATIONAL_GDP_2017 = 832_036.0  # 1e8 CNY, NBS after the fourth economic census

raw_needed = pytest.mark.skipif(not (RAW / "io_national").is_dir(), reason=f"no raw data at {RAW} (set LAYOUT_OPT_RAW)")


@cache
def table(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv")


@cache
def manifest() -> dict:
    return tomllib.loads((FOLDER / "instance.toml").read_text(encoding="utf-8"))


def wide(name: str, row: str, column: str, value: str) -> pd.DataFrame:
    return table(name).pivot(index=row, columns=column, values=value).fillna(0.0)


@cache
def stock() -> pd.DataFrame:
    found = wide("stock", "industry", "region", "output")
    return found.reindex(index=table("industries").industry, columns=table("regions").region).fillna(0.0)


@cache
def loads() -> pd.DataFrame:
    """Loads of the base year, region by resource, as the format defines them."""
    use = wide("intensities", "industry", "resource", "intensity").reindex(stock().index).fillna(0.0)
    return (stock().T @ use) * wide("efficiency", "region", "resource", "factor").reindex(stock().columns)


def capacity(resource: str, year: int) -> pd.Series:
    rows = table("capacities")
    return rows[(rows.resource == resource) & (rows.year == year)].set_index("place").capacity


# --- form -------------------------------------------------------------------------------------------------------------
def test_every_table_has_its_papers() -> None:
    for name, entry in manifest()["tables"].items():
        assert (FOLDER / entry["file"]).is_file(), name
        assert {"source", "year", "licence", "note"} <= set(entry), name


def test_every_csv_stands_in_the_manifest() -> None:
    assert {path.name for path in FOLDER.glob("*.csv")} == {entry["file"] for entry in manifest()["tables"].values()}


@pytest.mark.parametrize("name", sorted(tomllib.loads((FOLDER / "instance.toml").read_text(encoding="utf-8"))["tables"]))
def test_text_is_plain(name: str) -> None:
    content = (FOLDER / f"{name}.csv").read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert content.endswith(b"\n")


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("regions", ["region"]),
        ("industries", ["industry"]),
        ("stock", ["industry", "region"]),
        ("demand", ["industry", "year"]),
        ("intensities", ["industry", "resource"]),
        ("efficiency", ["region", "resource"]),
        ("capacities", ["resource", "place", "year"]),
        ("groups", ["group"]),
        ("membership", ["group", "region"]),
        ("zone_shares", ["region", "zone"]),
        ("zone_rules", ["zone", "industry"]),
        ("barriers", ["origin", "destination"]),
    ],
)
def test_keys_are_unique(name: str, keys: list[str]) -> None:
    assert not table(name).duplicated(keys).any()
    assert not table(name)[keys].isna().any().any()


def test_names_refer_to_something() -> None:
    regions, industries = set(table("regions").region), set(table("industries").industry)
    groups, zones, resources = set(table("groups")["group"]), set(table("zones").zone), set(table("resources").resource)
    for name in ("stock", "demand", "intensities", "zone_rules"):
        assert set(table(name).industry) <= industries, name
    for name in ("stock", "efficiency", "membership", "zone_shares"):
        assert set(table(name).region) <= regions, name
    assert set(table("capacities").place) <= regions | groups
    assert set(table("membership")["group"]) <= groups
    assert set(table("zone_shares").zone) | set(table("zone_rules").zone) <= zones
    for name in ("intensities", "efficiency", "capacities"):
        assert set(table(name).resource) <= resources, name


def test_units_follow_the_resources() -> None:
    unit = table("resources").set_index("resource").unit
    assert (table("intensities").unit == table("intensities").resource.map(unit) + "/1e8 CNY").all()
    assert (table("capacities").unit == table("capacities").resource.map(unit)).all()


def test_regions_and_plates() -> None:
    regions = table("regions")
    assert regions.plate.value_counts().to_dict() == {"West": 12, "East": 10, "Central": 6, "Northeast": 3}
    plates = table("groups").query("kind == 'plate'")["group"]
    assert set(plates) == {"East", "Central", "West", "Northeast"}
    assert len(table("barriers")) == 16
    assert regions.longitude.between(73, 136).all()
    assert regions.latitude.between(18, 54).all()
    assert regions.population.sum() == pytest.approx(1.400e9, rel=0.01)
    assert regions.area.sum() == pytest.approx(9.6e6, rel=0.02)


def test_demand_covers_all_industries_and_years() -> None:
    demand = table("demand").pivot(index="industry", columns="year", values="demand")
    assert list(demand.columns) == [2020, 2025, 2030]
    assert set(demand.index) == set(table("industries").industry)
    assert (demand > 0).all().all()
    growth = demand[2030] / stock().sum(axis="columns")
    heavy = ["coal-mining", "minerals", "metals", "fuel-processing"]
    light = ["electronics", "information", "finance", "business-services", "health"]
    assert growth[heavy].max() < 0.8 * growth[light].min()


def test_zone_shares_leave_room() -> None:
    shares = table("zone_shares").groupby("region").share.sum()
    assert shares.max() <= 1.0
    assert set(shares.index) == set(table("regions").region)


def test_zone_rules_are_whole() -> None:
    rules = table("zone_rules")
    assert rules[rules.rule == "restrict"].ratio.notna().all()
    assert rules[rules.rule != "restrict"].ratio.isna().all()


# --- sums -------------------------------------------------------------------------------------------------------------
@raw_needed
def test_industries_agree_with_the_national_table() -> None:
    national = pd.read_csv(RAW / "io_national" / "china_2017_42.csv", dtype={"Code": str}).set_index("Code").loc["TI"]
    codes = pd.read_csv(FOLDER / "assumptions" / "industries.csv", dtype=str).set_index("industry").io_codes
    assert sorted(" ".join(codes).split()) == [f"{i:02d}" for i in range(1, 43)]
    expected = codes.map(lambda text: sum(float(national[code]) for code in text.split()) / 1e4)
    assert (stock().sum(axis="columns") / expected).between(0.99, 1.01).all()


def test_value_added_is_near_gdp() -> None:
    """The input-output table itself lies 1.1 % below GDP as revised by the census of 2018."""
    rate = table("industries").set_index("industry").value_added_rate
    assert (rate * stock().sum(axis="columns")).sum() == pytest.approx(NATIONAL_GDP_2017, rel=0.015)


@raw_needed
def test_value_added_by_region_is_near_gdp() -> None:
    """National rates on provincial output: within 15 % everywhere but in the smallest and most special provinces."""
    gdp = pd.read_csv(RAW / "province_panel" / "pik_historical_gdp.csv", comment="#").set_index("region")["2017"]
    names = pd.read_csv(FOLDER / "assumptions" / "regions.csv").set_index("region").pik_name
    rate = table("industries").set_index("industry").value_added_rate
    ratio = stock().mul(rate, axis="index").sum() / names.map(gdp)
    assert ratio.between(0.80, 1.20).mean() >= 0.9
    assert ratio.between(0.65, 1.35).all()


def test_most_output_is_observed() -> None:
    rows = table("stock")
    assert rows[rows.estimated == "no"].output.sum() / rows.output.sum() >= 0.85


@raw_needed
def test_energy_reproduces_the_provinces() -> None:
    """Load of production is total use less households, which are 12.6 % of the nation's."""
    panel = pd.read_csv(RAW / "province_panel" / "wangmeng_raw_data.csv", encoding="utf-8-sig").query("Year == @BASE")
    names = pd.read_csv(FOLDER / "assumptions" / "regions.csv").set_index("region").panel_name
    total = names.map(panel.set_index("Province")["Total energy consumption"])
    people = table("regions").set_index("region").population
    households = 0.126 * total.sum() * (0.5 * people / people.sum() + 0.5 * total / total.sum())
    assert (loads().energy / (total - households)).between(0.999, 1.001).all()


@raw_needed
def test_carbon_reproduces_the_provinces() -> None:
    rows = pd.read_csv(RAW / "ceads_co2" / "province_sector_scope1_co2_2012_2019.csv").query("year == @BASE")
    rows = rows[~rows.sector.isin(["Total Consumption", "Total Emissions", "Urban", "Rural"])]
    names = pd.read_csv(FOLDER / "assumptions" / "regions.csv").set_index("region").province_zh
    expected = names.map(rows.groupby("province_zh").scope1_co2_mt.sum())
    assert expected.isna().sum() == 1  # Tibet has no inventory
    assert (loads().co2 / expected).dropna().between(0.999, 1.001).all()


@raw_needed
def test_tables_rebuild_byte_for_byte(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(FOLDER / "derive.py"), str(RAW), str(tmp_path)], check=True)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == sorted(path.name for path in FOLDER.glob("*.csv"))
    for name in made:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name


# --- today's layout ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("resource", ["water", "energy", "co2"])
def test_today_fits_the_ceilings_of_the_base_year(resource: str) -> None:
    caps = capacity(resource, BASE).reindex(stock().columns)
    assert caps.notna().all()
    assert (loads()[resource] <= caps).all()


def test_today_fits_the_basins() -> None:
    share = wide("membership", "group", "region", "share").reindex(columns=stock().columns).fillna(0.0)
    for basin in table("groups").query("kind == 'basin'")["group"]:
        assert (share.loc[basin] * loads().water).sum() <= capacity("water", BASE)[basin]


def test_today_fits_the_development_intensity() -> None:
    regions = table("regions").set_index("region")
    assert (loads().land <= regions.max_development * regions.area).all()
    assert regions.max_development.between(0, 0.55).all()


def test_today_keeps_in_the_ceilings_of_2030_at_target_efficiency() -> None:
    """No province has to give up existing output by 2030 if it reaches the targets of efficiency."""
    fall = wide("intensities", "industry", "resource", "annual_improvement").reindex(stock().index).fillna(0.0)
    use = wide("intensities", "industry", "resource", "intensity").reindex(stock().index).fillna(0.0)
    later = (stock().T @ (use * (1 - fall) ** 13)) * wide("efficiency", "region", "resource", "factor").reindex(stock().columns)
    for resource in ("water", "energy", "co2"):
        assert (later[resource] <= capacity(resource, 2030).reindex(stock().columns)).all(), resource


def test_the_nation_has_room_for_the_demand_of_2030() -> None:
    demand = table("demand").query("year == 2030").set_index("industry").demand
    fall = wide("intensities", "industry", "resource", "annual_improvement").reindex(stock().index).fillna(0.0)
    use = wide("intensities", "industry", "resource", "intensity").reindex(stock().index).fillna(0.0)
    load = (use * (1 - fall) ** 13).mul(demand, axis="index").sum()
    regions = table("regions").set_index("region")
    room = {name: capacity(name, 2030).reindex(stock().columns).sum() for name in ("water", "energy", "co2")}
    room["land"] = float((regions.max_development * regions.area).sum())
    for resource, total in room.items():
        assert 0.70 <= load[resource] / total <= 0.97, resource


def test_factors_are_plausible() -> None:
    factors = table("efficiency")
    factor = factors.factor[factors.resource != "cultivated-land"]  # fields per output differ more: steppe and gardens
    assert factor.between(0.1, 4.0).all()
    assert np.isclose(factor.median(), 1.0, atol=0.25)


# --- map --------------------------------------------------------------------------------------------------------------
def test_outline_is_small_and_whole() -> None:
    path = FOLDER / manifest()["outline"]
    assert path.stat().st_size < 400_000
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    named = [feature["properties"] for feature in features]
    assert [item["region"] for item in named if item["region"]] == list(table("regions").region)
    assert {"Taiwan", "Hong Kong", "Macau"} <= {item["name_en"] for item in named}
    assert sum(item["kind"] == "dashed-line" for item in named) == 1
    for feature in features:
        assert feature["geometry"]["coordinates"], feature["properties"]["name_en"]


def test_outline_stands_where_the_regions_are() -> None:
    features = json.loads((FOLDER / manifest()["outline"]).read_text(encoding="utf-8"))["features"]
    seats = table("regions").set_index("region")
    for feature in features:
        region = feature["properties"]["region"]
        if region is None:
            continue
        points = np.array([point for polygon in feature["geometry"]["coordinates"] for point in polygon[0]])
        seat = seats.loc[region, ["longitude", "latitude"]].to_numpy(float)
        assert (points.min(axis=0) <= seat).all(), region
        assert (points.max(axis=0) >= seat).all(), region
