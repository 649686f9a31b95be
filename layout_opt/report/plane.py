"""The plane of the maps: an equal-area projection of an instance's outlines, and the shapes drawn upon it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from layout_opt.instance import Instance
from layout_opt.report.inset import Points, inset

SIZE = 100.0  # the plane's longer side; lengths below are in its units
DIGITS = 2
Point = tuple[float, float]


class Plane:
    """Albers equal-area projection of an instance's region points and outlines onto a plane, y downwards, its longer side `SIZE`.

    What lies far from the regions is drawn in an inset.
    """

    def __init__(self, instance: Instance) -> None:
        self.features, seats = instance.outline, _array(_seats(instance))
        lines = [_array(line) for f in self.features for line in _lines(f["geometry"])]
        longitude, latitude = np.radians(np.vstack(lines or [seats])).T
        low, high = float(latitude.min()), float(latitude.max())
        middle, half = (low + high) / 2, max((high - low) / 3, math.radians(2))
        self.meridian = float(longitude.min() + longitude.max()) / 2
        self.n = (math.sin(middle - half) + math.sin(middle + half)) / 2 or 1e-6
        self.c = math.cos(middle - half) ** 2 + 2 * self.n * math.sin(middle - half)
        outlines = [f["geometry"] for f in self.features if (f.get("properties") or {}).get("region") in instance.regions.index]
        regions = [max(rings, key=lambda ring: float(np.ptp(ring, axis=0).prod())) for g in outlines if (rings := [*map(_array, _lines(g))])]
        (least, greatest), self.inset = inset(self._flat(np.vstack(regions or [seats])), [self._flat(line) for line in lines])
        self.scale, self.shift = SIZE / max(float((greatest - least).max()), 1e-9), least
        self.width, self.height = (float(v) for v in (greatest - least) * self.scale)

    def _flat(self, points: Points) -> Points:
        angle = self.n * (np.radians(points[:, 0]) - self.meridian)
        radius = np.sqrt(np.maximum(self.c - 2 * self.n * np.sin(np.radians(points[:, 1])), 0.0)) / self.n
        return np.column_stack([radius * np.sin(angle), radius * np.cos(angle) - self.c / self.n])

    def _scaled(self, flat: Points) -> list[Point]:
        return [(round(float(x), DIGITS), round(float(y), DIGITS)) for x, y in (flat - self.shift) * self.scale]

    def seats(self, instance: Instance) -> dict[str, Point]:
        """The point of every region on the plane."""
        seats = self._scaled(self._flat(_array(_seats(instance))))
        return {str(key): seat for key, seat in zip(instance.regions.index, seats, strict=True)}

    def shape(self, geometry: dict[str, Any]) -> dict[str, Any]:
        """A GeoJSON geometry on the plane, what is seen of it in the inset included."""
        kind, coordinates = geometry["type"], geometry["coordinates"]
        if kind in ("Polygon", "MultiPolygon"):
            return {"type": "MultiPolygon", "coordinates": self._polygons([coordinates] if kind == "Polygon" else coordinates)}
        if kind in ("LineString", "MultiLineString"):
            return {"type": "MultiLineString", "coordinates": self._strings([coordinates] if kind == "LineString" else coordinates)}
        points = self._scaled(self._flat(_array([coordinates] if kind == "Point" else coordinates)))
        return {"type": "MultiPoint", "coordinates": points}

    def _polygons(self, polygons: Sequence[Sequence[Any]]) -> list[list[list[Point]]]:
        flat = [[self._flat(_array(ring)) for ring in polygon] for polygon in polygons]
        if self.inset is not None:
            inside = [[seen for ring in polygon if len(seen := self.inset.ring(ring))] for polygon in flat]
            flat = [polygon for polygon in flat if not self.inset.is_far(polygon[0])] + [polygon for polygon in inside if polygon]
        return [[self._scaled(ring) for ring in polygon] for polygon in flat]

    def _strings(self, strings: Sequence[Any]) -> list[list[Point]]:
        flat = [self._flat(_array(string)) for string in strings]
        if self.inset is not None:
            inside = [seen for string in flat if len(seen := self.inset.line(string))]
            flat = [string for string in flat if not self.inset.is_far(string)] + inside
        return [self._scaled(string) for string in flat]

    @property
    def frame(self) -> list[Point]:
        """The corners of the inset; none where there is none."""
        return [] if self.inset is None else self._scaled(self.inset.frame)


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


def _array(points: Sequence[Sequence[float]]) -> Points:
    """Points as rows of longitude and latitude."""
    return np.array([point[:2] for point in points], dtype=float)


def _seats(instance: Instance) -> list[Point]:
    return [(float(x), float(y)) for x, y in instance.regions[["longitude", "latitude"]].to_numpy()]


def feature(geometry: dict[str, Any], **columns: object) -> dict[str, Any]:
    """A row of data with a shape."""
    return {"type": "Feature", "geometry": geometry, **columns}


def polygon(ring: Sequence[Point]) -> dict[str, Any]:
    """A GeoJSON polygon of one open ring."""
    rounded = [[round(x, DIGITS), round(y, DIGITS)] for x, y in ring]
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


def circle(centre: Point, radius: float) -> list[Point]:
    """A circle as a ring."""
    return [(centre[0] + radius * math.cos(a), centre[1] + radius * math.sin(a)) for a in np.linspace(0, 2 * math.pi, 28, endpoint=False)]


def crowded(seats: Sequence[Point], widths: Sequence[float], height: float) -> list[int]:
    """Where labels centred at points would run into each other: -1 for the left one of a pair, 1 for the right one, else 0.

    `widths` and `height` are those of the labels, in units of the plane.
    """
    sides = [0] * len(seats)
    for i, (x, y) in enumerate(seats):
        for j in range(i):
            other_x, other_y = seats[j]
            if abs(y - other_y) < height and abs(x - other_x) < (widths[i] + widths[j]) / 2:
                sides[i], sides[j] = (1, -1) if x >= other_x else (-1, 1)
    return sides


def apart(seats: Sequence[Point], widths: Sequence[float], height: float) -> list[int]:
    """Positions of the labels, centred at points, that can be read: none runs into one that comes before it."""
    kept: list[int] = []
    for i, (x, y) in enumerate(seats):
        if all(abs(y - seats[j][1]) >= height or abs(x - seats[j][0]) >= (widths[i] + widths[j]) / 2 for j in kept):
            kept.append(i)
    return kept
