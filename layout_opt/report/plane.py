"""The plane of the maps: an equal-area projection of an instance's outlines, and the shapes drawn upon it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from layout_opt.instance import Instance

SIZE = 100.0  # the plane's longer side; lengths below are in its units
DIGITS = 2
Point = tuple[float, float]


class Plane:
    """Albers equal-area projection of an instance's region points and outlines onto a plane, y downwards, its longer side `SIZE`."""

    def __init__(self, instance: Instance) -> None:
        self.features = instance.outline
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
        return round(float((x - self.shift[0]) * self.scale), DIGITS), round(float((y - self.shift[1]) * self.scale), DIGITS)

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
