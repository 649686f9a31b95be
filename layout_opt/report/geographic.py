"""Layout and transfers as GeoJSON (RFC 7946): a file of regions and a file of transfers, for geographic information systems.

`layers` makes both as tables with shapes, which the GeoPackage has too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from layout_opt.errors import Fault, InputError, Place
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan, plan_from_tables
from layout_opt.report.task import Task
from layout_opt.runs import Run

FOLDER = "report-map"
Shape = dict[str, Any]
Ring = Sequence[Sequence[float]]


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer of a map: a table and, row by row, the GeoJSON geometries of its features, in degrees of WGS84."""

    name: str
    table: pd.DataFrame
    shapes: list[Shape]


def write(task: Task) -> Path:
    """Write `report-map/layout.geojson` and `report-map/transfers.geojson`; returns their folder."""
    made = layers(task)
    (task.folder / FOLDER).mkdir(exist_ok=True)
    for layer in made:
        task.write(f"{FOLDER}/{layer.name}.geojson", geojson(layer))
    return task.folder / FOLDER


def geojson(layer: Layer) -> bytes:
    """A layer as a FeatureCollection; what is not known is null."""
    records = layer.table.astype(object).where(layer.table.notna(), None).to_dict("records")
    features = [{"type": "Feature", "geometry": shape, "properties": row} for shape, row in zip(layer.shapes, records, strict=True)]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, allow_nan=False).encode()


def layers(task: Task) -> list[Layer]:
    """The layers `layout` (regions) and `transfers` (lines) of a run, or of every scenario of a comparison that has a plan.

    Raises `InputError` where the coordinates of the instance are not those of places on the earth.
    """
    instance = task.source.instance
    if instance.manifest.distance is not None and instance.manifest.distance.rule == "planar":
        what = "its coordinates lie on a plane (distance.rule is 'planar'), not on the earth"
        raise InputError(faults=[Fault(what, Place(instance.name), "Choose another --format.")])
    runs = {"": task.source} if isinstance(task.source, Run) else {name: run for name, run in task.source.runs.items() if run.has_plan}
    places, seats = _shapes(instance), _seats(instance)
    layout = _joined({name: _layout(run) for name, run in runs.items()})
    kinds = {"industry": "industries", "origin": "regions", "destination": "regions"}
    transfers = _joined({name: _named(instance, run.tables["transfers"], kinds) for name, run in runs.items()})
    ends = zip(transfers["origin"], transfers["destination"], strict=True)
    lines = [{"type": "LineString", "coordinates": [seats[origin], seats[destination]]} for origin, destination in ends]
    return [Layer("layout", layout, [places[region] for region in layout["region"]]), Layer("transfers", transfers, lines)]


def _joined(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tables below each other, with their scenario where they have one."""
    for name, table in tables.items():
        if name:
            table.insert(0, "scenario", name)
    return pd.concat(tables.values(), ignore_index=True)


def _layout(run: Run) -> pd.DataFrame:
    """A row per region and period: names, totals, and a column for every industry and resource."""
    instance = run.instance
    frames = [_regions(period, run.tables["resources"]) for period in plan_from_tables(instance, run.tables).periods]
    return _named(instance, pd.concat(frames, ignore_index=True), {"region": "regions"})


def _regions(period: PeriodPlan, resources: pd.DataFrame) -> pd.DataFrame:
    regions, industries = period.instance.regions, period.instance.industries
    cells, change = period.cells, period.cells["output"] - period.cells["before"]
    rate = industries["value_added_rate"].reindex(cells.index.get_level_values("industry")).to_numpy()
    totals = {
        "output_before": cells["before"],
        "output_after": cells["output"],
        "change": change,
        "value_added_before": rate * cells["before"],
        "value_added_after": period.value_added,
        "received": cells["received"],
        "released": cells["released"],
    }
    used = resources[resources["period"] == period.year]
    parts = [
        regions[["plate"]].assign(period=period.year),
        pd.DataFrame(totals).groupby(level="region").sum(),
        *(values.unstack("industry")[industries.index].add_prefix(name) for name, values in (("after_", cells["output"]), ("change_", change))),
        *(_by_resource(used, column).add_prefix(name) for name, column in (("use_", "use_after"), ("utilisation_", "utilisation"))),
    ]
    return pd.concat([part.reindex(regions.index) for part in parts], axis="columns").reset_index()


def _by_resource(used: pd.DataFrame, column: str) -> pd.DataFrame:
    """A column of the table of resources as one column per resource, by region."""
    return used.pivot(index="region_or_group", columns="resource", values=column)[list(dict.fromkeys(used["resource"]))]


def _named(instance: Instance, table: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """The table with the names beside the identifiers, in both languages, and with its units."""
    columns: dict[str, Any] = {}
    for column in map(str, table):
        columns[column] = table[column]
        for language in ("en", "zh") if column in kinds else ():
            columns[f"{column}_{language}"] = [instance.label(kinds[column], key, language) for key in table[column]]
    return pd.DataFrame({**columns, "output_unit": instance.manifest.output, "money_unit": instance.manifest.money})


def _seats(instance: Instance) -> dict[str, list[float]]:
    points = instance.regions[["longitude", "latitude"]].to_numpy(dtype=float).tolist()
    return dict(zip(map(str, instance.regions.index), points, strict=True))


def _shapes(instance: Instance) -> dict[str, Shape]:
    """Per region what the outline shows of it, wound as RFC 7946 has it; its point where the outline has no area of it."""
    areas: dict[str, list[list[Ring]]] = {}
    for feature in instance.outline:
        geometry, region = feature["geometry"], (feature.get("properties") or {}).get("region")
        if region is not None and geometry["type"] in ("Polygon", "MultiPolygon"):
            polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
            areas.setdefault(str(region), []).extend(_wound(polygon) for polygon in polygons)
    points = {region: {"type": "Point", "coordinates": seat} for region, seat in _seats(instance).items()}
    return {**points, **{region: {"type": "MultiPolygon", "coordinates": polygons} for region, polygons in areas.items()}}


def _wound(polygon: Iterable[Ring]) -> list[Ring]:
    """A polygon whose outer ring runs counterclockwise and whose holes run clockwise."""
    return [ring if (_area(ring) > 0) == (number == 0) else ring[::-1] for number, ring in enumerate(polygon)]


def _area(ring: Ring) -> float:
    """Twice the area of a closed ring, positive where it runs counterclockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
