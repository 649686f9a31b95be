"""Maps: outlines, arrows of transfers and circles, projected here to the plane, so that every viewer draws the same."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from layout_opt.instance import Instance
from layout_opt.report import style
from layout_opt.report.content import Content, rows_of
from layout_opt.report.words import Words, fixed, significant

ARROWS = 30  # pairs of regions that are drawn
SIZE = 100.0  # the map's longer side, in units of the plane; widths and radii below are in these units
WIDEST, THINNEST, LARGEST = 1.9, 0.16, 1.7
WIDTH = 920  # pixels
Point = tuple[float, float]


class Plane:
    """Albers equal-area projection of an instance's region points and outlines onto a plane `SIZE` wide, y downwards."""

    def __init__(self, instance: Instance) -> None:
        self.features = _outline(instance)
        points = np.array([p for f in self.features for line in _lines(f["geometry"]) for p in line] or _seats(instance), dtype=float)
        longitude, latitude = np.radians(points[:, 0]), np.radians(points[:, 1])
        low, high = float(latitude.min()), float(latitude.max())
        middle, half = (low + high) / 2, max((high - low) / 3, math.radians(2))
        self.meridian = float(longitude.min() + longitude.max()) / 2
        self.n = (math.sin(middle - half) + math.sin(middle + half)) / 2 or 1e-6
        self.c = math.cos(middle - half) ** 2 + 2 * self.n * math.sin(middle - half)
        flat = np.array([self._flat(x, y) for x, y in points])
        span = max(float(np.ptp(flat, axis=0).max()), 1e-9)
        self.scale, self.shift = SIZE / span, flat.min(axis=0)
        self.width, self.height = (float(v) for v in np.ptp(flat, axis=0) * self.scale)

    def _flat(self, longitude: float, latitude: float) -> Point:
        angle = self.n * (math.radians(longitude) - self.meridian)
        radius = math.sqrt(max(self.c - 2 * self.n * math.sin(math.radians(latitude)), 0.0)) / self.n
        return radius * math.sin(angle), radius * math.cos(angle) - self.c / self.n

    def point(self, longitude: float, latitude: float) -> Point:
        """Where a point of the earth lies on the plane."""
        x, y = self._flat(longitude, latitude)
        return round(float((x - self.shift[0]) * self.scale), 3), round(float((y - self.shift[1]) * self.scale), 3)

    def seats(self, instance: Instance) -> dict[str, Point]:
        """The point of every region on the plane."""
        return {str(key): self.point(x, y) for key, (x, y) in zip(instance.regions.index, _seats(instance), strict=True)}

    def shape(self, geometry: dict[str, Any]) -> dict[str, Any]:
        """A GeoJSON geometry on the plane."""

        def project(part: Any) -> Any:
            if part and isinstance(part[0], (int, float)):
                return list(self.point(part[0], part[1]))
            return [project(p) for p in part]

        return {"type": geometry["type"], "coordinates": project(geometry["coordinates"])}


def _outline(instance: Instance) -> list[dict[str, Any]]:
    name = instance.manifest.outline
    if name is None or not instance.path.is_dir():
        return []
    features = json.loads((instance.path / name).read_text(encoding="utf-8")).get("features", [])
    return [f for f in features if f.get("geometry")]


def _lines(geometry: dict[str, Any]) -> Iterator[Sequence[Point]]:
    """Every ring or line of a geometry."""

    def walk(part: Any) -> Iterator[Sequence[Point]]:
        if part and isinstance(part[0][0], (int, float)):
            yield part
        else:
            for p in part:
                yield from walk(p)

    if geometry["type"] not in ("Point", "GeometryCollection"):
        yield from walk(geometry["coordinates"])


def _seats(instance: Instance) -> list[Point]:
    return [(float(x), float(y)) for x, y in instance.regions[["longitude", "latitude"]].to_numpy()]


def _feature(geometry: dict[str, Any], **properties: object) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, **properties}


def _polygon(ring: Sequence[Point]) -> dict[str, Any]:
    rounded = [[round(x, 3), round(y, 3)] for x, y in ring]
    return {"type": "Polygon", "coordinates": [[*rounded, rounded[0]]]}


def arrow(start: Point, end: Point, width: float) -> list[Point]:
    """A bent arrow as a ring: thin at its start, `width` wide before its head, so that both directions of a pair stay apart."""
    (ax, ay), (bx, by) = start, end
    length = math.hypot(bx - ax, by - ay) or 1e-9
    bend = 0.14 * length
    cx, cy = (ax + bx) / 2 - (by - ay) / length * bend, (ay + by) / 2 + (bx - ax) / length * bend
    head = min(max(2.0 * width, 1.1), 0.45 * length)
    last = max(0.1, 1 - head / length)
    left, right = [], []
    for t in np.linspace(0, last, 14):
        x = (1 - t) ** 2 * ax + 2 * t * (1 - t) * cx + t * t * bx
        y = (1 - t) ** 2 * ay + 2 * t * (1 - t) * cy + t * t * by
        dx, dy = 2 * (1 - t) * (cx - ax) + 2 * t * (bx - cx), 2 * (1 - t) * (cy - ay) + 2 * t * (by - cy)
        norm = math.hypot(dx, dy) or 1e-9
        half = width / 2 * (0.35 + 0.65 * t)
        left.append((x - dy / norm * half, y + dx / norm * half))
        right.append((x + dy / norm * half, y - dx / norm * half))
    wing = max(width, 0.55)
    (x, y), nx, ny = (((left[-1][0] + right[-1][0]) / 2), ((left[-1][1] + right[-1][1]) / 2)), -dy / norm, dx / norm
    return [*left, (x + nx * wing, y + ny * wing), (bx, by), (x - nx * wing, y - ny * wing), *reversed(right)]


def _circle(centre: Point, radius: float) -> list[Point]:
    return [(centre[0] + radius * math.cos(a), centre[1] + radius * math.sin(a)) for a in np.linspace(0, 2 * math.pi, 28, endpoint=False)]


def _base(plane: Plane, features: list[dict[str, Any]], fill: Any, tooltip: list[Any]) -> list[Any]:
    """Layers of the country: what lies outside the instance, lines, and the regions."""
    outside: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for f in plane.features:
        if (f.get("properties") or {}).get("region") is None:
            target = lines if "Line" in f["geometry"]["type"] else outside
            target.append(_feature(plane.shape(f["geometry"])))
    layers = []
    if outside:
        layers.append(alt.Chart(alt.InlineData(values=outside)).mark_geoshape(fill="#eeeeee", stroke="#b5b5b5", strokeWidth=0.6))
    if lines:
        layers.append(alt.Chart(alt.InlineData(values=lines)).mark_geoshape(filled=False, fill=None, stroke="#999999", strokeWidth=1.4))
    if features:
        layers.append(alt.Chart(alt.InlineData(values=features)).mark_geoshape(stroke="#ffffff", strokeWidth=0.8).encode(color=fill, tooltip=tooltip))
    return layers


def _regions(content: Content, words: Words, plane: Plane) -> list[dict[str, Any]]:
    instance, sums = content.run.instance, content.regions
    features = []
    for f in plane.features:
        key = str((f.get("properties") or {}).get("region"))
        if key not in sums.index:
            continue
        row: Any = sums.loc[key]
        growth = float(row["change"] / row["before"]) if row["before"] > 0 else math.nan
        features.append(
            _feature(
                plane.shape(f["geometry"]),
                name=words.region(key),
                plate=words.group(str(instance.regions.at[key, "plate"])),
                growth=round(100 * growth, 2) if math.isfinite(growth) else None,
                before=significant(row["before"], 5),
                after=significant(row["after"], 5),
                received=significant(row["received"], 4),
                released=significant(row["released"], 4),
            )
        )
    return features


def _labels(content: Content, words: Words, plane: Plane, above: float) -> list[Any]:
    """Names of the regions with a light rim, `above` pixels below their points (negative: above)."""
    rows = [{"name": words.region(key), "x": x, "y": y} for key, (x, y) in plane.seats(content.run.instance).items()]
    base = alt.Chart(alt.InlineData(values=rows)).encode(longitude="x:Q", latitude="y:Q", text="name:N")
    halo = base.mark_text(fontSize=10, dy=above, stroke="#ffffff", strokeWidth=3, strokeOpacity=0.8, strokeJoin="round")
    return [halo, base.mark_text(fontSize=10, dy=above, color="#222222")]


def _frame(plane: Plane) -> Any:
    """An invisible frame, which gives the map its extent and room for labels at its edge."""
    margin = 3.0 if plane.features else 9.0
    x, y = plane.width + margin, plane.height + margin
    ring = [(-margin, -margin), (x, -margin), (x, y), (-margin, y)]
    return alt.Chart(alt.InlineData(values=[_feature(_polygon(ring))])).mark_geoshape(filled=False, fill=None, stroke=None)


def _finish(layers: list[Any], plane: Plane, title: str, alt_text: str) -> Any:
    ratio = (plane.height + 6) / (plane.width + 6)
    chart = alt.layer(*layers).project(type="identity").properties(width=WIDTH, height=round(WIDTH * min(max(ratio, 0.35), 1.0)))
    return style.finish(chart.resolve_scale(color="shared"), title, alt_text)


def transfer_map(content: Content, words: Words, title: str, alt_text: str) -> Any:
    """Regions in the colours of their plates, arrows of the largest transfers, circles of net transfer."""
    instance = content.run.instance
    plane = Plane(instance)
    plates = [words.group(p) for p in instance.plates]
    scale = alt.Scale(domain=plates, range=style.plate_colours(len(plates)))
    unit = words.bracket(words.output)
    tips = [("name", words.column("region")), ("plate", words.column("plate")), ("before", words.column("output_before") + unit)]
    tips += [
        ("after", words.column("output_after") + unit),
        ("received", words.column("received") + unit),
        ("released", words.column("released") + unit),
    ]
    legend = alt.Legend(title=words.column("plate"), orient="bottom-left", symbolOpacity=0.75)
    fill = alt.Color("plate:N", scale=scale, legend=legend)
    layers = _base(plane, _regions(content, words, plane), fill, style.tooltip(tips))
    layers = [_frame(plane), *(layer.encode(fillOpacity=alt.value(0.28)) if i == len(layers) - 1 else layer for i, layer in enumerate(layers))]
    seat = plane.seats(instance)
    arrows = _arrows(content, words, seat)
    layers += _circles(content, words, seat)
    if arrows:
        tips = [("name", words.t("map.title")), ("output", words.column("output") + unit), ("industry", words.column("industry"))]
        layers.append(
            alt.Chart(alt.InlineData(values=arrows))
            .mark_geoshape(stroke="#ffffff", strokeWidth=0.5, fillOpacity=0.9)
            .encode(color=alt.Color("plate:N", scale=scale, legend=legend), tooltip=style.tooltip(tips))
        )
    layers += _labels(content, words, plane, -12)
    return _finish(layers, plane, title, alt_text)


def _arrows(content: Content, words: Words, seat: dict[str, Point]) -> list[dict[str, Any]]:
    instance, pairs = content.run.instance, content.pairs.head(ARROWS)
    largest = float(pairs["output"].max()) if len(pairs) else 1.0
    found = []
    for row in rows_of(pairs.iloc[::-1]):
        width = max(WIDEST * float(row.output) / largest, THINNEST)
        found.append(
            _feature(
                _polygon(arrow(seat[row.origin], seat[row.destination], width)),
                plate=words.group(str(instance.regions.at[row.origin, "plate"])),
                name=f"{words.region(row.origin)} → {words.region(row.destination)}",
                output=significant(float(row.output), 4),
                industry=words.industry(row.industry),
            )
        )
    return found


def _circles(content: Content, words: Words, seat: dict[str, Point]) -> list[Any]:
    net = content.regions["net"]
    largest = float(net.abs().max())
    if not largest > 0:
        return []
    sides = [words.t("map.gains"), words.t("map.loses")]
    features = [
        _feature(
            _polygon(_circle(seat[key], LARGEST * math.sqrt(abs(value) / largest))),
            side=sides[0 if value > 0 else 1],
            name=words.region(key),
            net=fixed(value, 1),
        )
        for key, value in ((str(k), float(v)) for k, v in net.sort_values(key=pd.Series.abs, ascending=False).items())
        if abs(value) > 1e-6 * largest
    ]
    tips = [("name", words.column("region")), ("net", words.t("map.net") + words.bracket(words.output))]
    legend = alt.Legend(title=words.t("map.net"), orient="bottom-left", symbolType="circle", symbolStrokeColor="#222222")
    fill = alt.Fill("side:N", scale=alt.Scale(domain=sides, range=["#222222", "#ffffff"]), legend=legend)
    return [
        alt.Chart(alt.InlineData(values=features))
        .mark_geoshape(stroke="#222222", strokeWidth=1, fillOpacity=0.85)
        .encode(fill=fill, tooltip=style.tooltip(tips))
    ]


def growth_map(content: Content, words: Words, title: str, alt_text: str) -> Any | None:
    """Regions by the change of their output; None where the instance has no outline."""
    plane = Plane(content.run.instance)
    features = _regions(content, words, plane)
    if not features:
        return None
    nation = 100 * float(content.regions["change"].sum() / content.base_output)
    values = [f["growth"] for f in features if f["growth"] is not None]
    # the ends of the scale leave out the tenth that lies farthest off, else a single small region takes all colours
    reach = max(float(np.quantile([abs(v - nation) for v in values], 0.9)), 1.0)
    scale = alt.Scale(domain=[nation - reach, nation, nation + reach], range=style.DIVERGING, clamp=True)
    legend = alt.Legend(
        title=words.t("growth.legend"),
        orient="bottom-left",
        gradientLength=170,
        format=".0f",
        values=[round(nation + side * reach, 1) for side in (-1, -0.5, 0, 0.5, 1)],
    )
    unit = words.bracket(words.output)
    tips = [("name", words.column("region")), ("plate", words.column("plate")), ("growth", words.t("growth.legend"))]
    tips += [("before", words.column("output_before") + unit), ("after", words.column("output_after") + unit)]
    layers = _base(plane, features, alt.Color("growth:Q", scale=scale, legend=legend), style.tooltip(tips))
    return _finish([_frame(plane), *layers, *_labels(content, words, plane, 0)], plane, title, alt_text)
