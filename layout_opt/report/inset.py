"""An inset in the corner of a map for what lies far off on one side, such as islands out at sea, so that the country itself is drawn large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # one row per point, or one point; the second coordinate grows downwards

NEAR = 0.01  # what lies farther from the regions than this share of their extent goes into the inset
WORTH = 1.15  # how much longer one side of the map has to be without an inset
COAST = 0.42  # how far the inset reaches towards the map beside what lies far, as a share of the extent of that
HEIGHT = 0.155  # of the inset, as a share of the longer side of the map
EDGE = 0.015  # room between what the inset shows and its frame, as a share of its longer side


@dataclass(frozen=True, eq=False)
class Inset:
    """A part of the plane, its `window` from corner to corner, that is drawn smaller by `scale` and moved by `shift`."""

    near: tuple[Points, Points]  # the corners of the map; lines beyond them are drawn in the inset only
    window: tuple[Points, Points]
    scale: float
    shift: Points

    def is_far(self, line: Points) -> bool:
        """Whether a line lies wholly beyond the map."""
        return bool(any(_beyond(line, *self.near)))

    def put(self, points: Points) -> Points:
        """Where points of the window stand on the map."""
        return points * self.scale + self.shift

    @property
    def frame(self) -> Points:
        """The corners of the inset on the map, a little outside the window, so that shapes do not cover its edge."""
        low, high = map(self.put, self.window)
        edge = EDGE * float((high - low).max())
        (left, top), (right, bottom) = low - edge, high + edge
        return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])

    def ring(self, points: Points) -> Points:
        """The part of a closed ring that lies in the window, on the map, closed; without rows where none does."""
        low, high = self.window
        for axis in (0, 1):
            for side, edge in ((1, low[axis]), (-1, high[axis])):
                points = _cut(points, axis, side, float(edge))
        return self.put(np.vstack([points, points[:1]]))

    def line(self, points: Points) -> Points:
        """A line on the map; without rows where the window does not hold all of it."""
        low, high = self.window
        return self.put(points[:0] if any(_outside(points, low, high)) else points)


def inset(regions: Points, lines: Sequence[Points]) -> tuple[tuple[Points, Points], Inset | None]:
    """The corners of the map of `lines`, and its inset, if lines lie far from the points of `regions`, all on one side, and it saves enough."""
    low, high = regions.min(axis=0), regions.max(axis=0)
    room = NEAR * float((high - low).max())
    near = low - room, high + room
    beyond = [_beyond(line, *near) for line in lines]
    far = [line for line, sides in zip(lines, beyond, strict=True) if any(sides)]
    kept = np.vstack([regions, *(line for line, sides in zip(lines, beyond, strict=True) if not any(sides))])
    least, greatest = kept.min(axis=0), kept.max(axis=0)
    whole = np.vstack([kept, *far])
    one_side = any(all(sides[n] for sides in beyond if any(sides)) for n in range(4))
    if not far or not one_side or float((np.ptp(whole, axis=0) / (greatest - least)).max()) < WORTH:
        return (whole.min(axis=0), whole.max(axis=0)), None
    first, last = np.vstack(far).min(axis=0), np.vstack(far).max(axis=0)
    coast = COAST * float((last - first).max())
    window = np.where(first > near[1], first - coast, first - room), np.where(last < near[0], last + coast, last + room)
    scale = HEIGHT * float((greatest - least).max()) / float(window[1][1] - window[0][1])
    return (least, greatest), Inset(near, window, scale, greatest - scale * window[1])


def _beyond(line: Points, low: Points, high: Points) -> list[bool]:
    """On which sides of a box all of a line lies: left, above, right, below."""
    return [*(line.max(axis=0) < low), *(line.min(axis=0) > high)]


def _outside(line: Points, low: Points, high: Points) -> list[bool]:
    """Over which sides of a box a line reaches: left, above, right, below."""
    return [*(line.min(axis=0) < low), *(line.max(axis=0) > high)]


def _cut(ring: Points, axis: int, side: int, edge: float) -> Points:
    """The part of a ring on one side of a line across an axis (Sutherland and Hodgman 1974)."""
    found: list[Points] = []
    for start, end in zip(np.roll(ring, 1, axis=0), ring, strict=True):
        a, b = side * (start[axis] - edge), side * (end[axis] - edge)
        if (a < 0) != (b < 0):
            found.append(start + (end - start) * a / (a - b))
        if b >= 0:
            found.append(end)
    return np.array(found).reshape(-1, 2)
