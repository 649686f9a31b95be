"""Layout and transfers as one GeoPackage, with the layers of the GeoJSON files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from layout_opt.errors import Fault, InputError, Place, not_installed
from layout_opt.report.geographic import FOLDER, Layer, layers
from layout_opt.report.task import Task


def write(task: Task) -> Path:
    """Write `report-map/layout_opt.gpkg`.

    Raises `InputError` where geopandas is not installed, or two columns differ in upper and lower case only, which the format cannot hold.
    """
    try:
        import geopandas
        import shapely.geometry
    except ImportError:
        raise not_installed("geopandas", "gis", Place("--format gpkg")) from None

    def save(layer: Layer, file: Path) -> None:
        shapes = [shapely.geometry.shape(shape) for shape in layer.shapes]
        frame = geopandas.GeoDataFrame(layer.table, geometry=shapes, crs="EPSG:4326")
        kinds = set(frame.geom_type) or {"LineString"}
        frame.to_file(file, driver="GPKG", layer=layer.name, engine="pyogrio", geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown")

    made = layers(task)
    if faults := [fault for layer in made for fault in _alike(layer)]:
        raise InputError(faults=faults)
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch, "layout_opt.gpkg")
        for layer in made:
            save(layer, file)
        (task.folder / FOLDER).mkdir(exist_ok=True)
        return task.write(f"{FOLDER}/{file.name}", file.read_bytes())


def _alike(layer: Layer) -> Iterator[Fault]:
    names: dict[str, str] = {}
    for column in layer.table.columns:
        if (other := names.setdefault(column.lower(), column)) != column:
            remedy = "Rename one of what they stand for, or choose --format geojson."
            yield Fault(f"the columns {other!r} and {column!r} of the layer differ in case only", Place(layer.name), remedy)
