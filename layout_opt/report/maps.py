"""Maps: outlines, arrows of transfers and circles, projected here to the plane, so that every viewer draws the same."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from layout_opt.report import style
from layout_opt.report.content import Content, rows_of
from layout_opt.report.drawing import Data, Drawing, Row
from layout_opt.report.plane import Plane, apart, arrow, circle, crowded, feature, polygon
from layout_opt.report.words import Words, fixed, significant

ARROWS = 30  # pairs of regions that are drawn
LABELLED = 60  # the most regions of which all are named
WIDEST, THINNEST, LARGEST = 1.9, 0.16, 1.7  # arrows and circles, in units of the plane
WIDTH, HEIGHT, LETTER = 920, 1040, 11  # pixels: the most that a map takes, and the size of its labels


def transfer_map(content: Content, words: Words, title: str, alt_text: str) -> Drawing:
    """Regions in the colours of their plates, arrows of the largest transfers, circles of net transfer."""
    plane, data = Plane(content.run.instance), Data()
    pairs, net = content.pairs.head(ARROWS), content.regions["net"]
    moving = arrows(content, words, plane, pairs, float(pairs["output"].max()))
    rounds = circles(content, words, plane, float(net.abs().max()))
    unit = words.bracket(words.output)
    heads = {"before": "output_before", "after": "output_after", "received": "received", "released": "released"}
    tips = [(name, words.column(head) + unit) for name, head in heads.items()]
    layers = [*plates(content, words, plane, data, tips), *flows(words, content, data, moving, rounds)]
    return finish([*layers, *labels(content, words, plane, data, -12)], plane, title, alt_text, data)


def plates(content: Content, words: Words, plane: Plane, data: Data, tips: Sequence[tuple[str, str]] = ()) -> list[Any]:
    """The frame and the country, and the regions in the colours of their plates as the last layer, if they have outlines."""
    layers = [frame(plane, data), *_country(plane, data)]
    shown = _regions(content, words, plane, data)
    if shown is not None:
        fill = alt.Color("plate:N", scale=_plate_scale(content, words), legend=_plate_legend(words))
        named = [("name", words.column("region")), ("plate", words.column("plate")), *tips]
        layers.append(shown.encode(color=fill, tooltip=style.tooltip(named), fillOpacity=alt.value(0.28)))
    return layers


def flows(words: Words, content: Content, data: Data, moving: list[Row], rounds: list[Row]) -> list[Any]:
    """Layers of circles of net transfer and of arrows."""
    unit, layers = words.bracket(words.output), []
    if rounds:
        sides = [words.t("map.gains"), words.t("map.loses")]
        tips = [("name", words.column("region")), ("net", words.t("map.net") + unit)]
        legend = alt.Legend(title=words.t("map.net"), orient="bottom-left", symbolType="circle", symbolStrokeColor="#222222")
        fill = alt.Fill("side:N", scale=alt.Scale(domain=sides, range=["#222222", "#ffffff"]), legend=legend)
        base = alt.Chart(data.named(rounds)).mark_geoshape(stroke="#222222", strokeWidth=1, fillOpacity=0.85)
        layers.append(base.encode(fill=fill, tooltip=style.tooltip(tips)))
    if moving:
        tips = [("name", words.t("map.title")), ("output", words.column("output") + unit), ("industry", words.column("industry"))]
        base = alt.Chart(data.named(moving)).mark_geoshape(stroke="#ffffff", strokeWidth=0.5, fillOpacity=0.9)
        colour = alt.Color("plate:N", scale=_plate_scale(content, words), legend=_plate_legend(words))
        layers.append(base.encode(color=colour, tooltip=style.tooltip(tips)))
    return layers


def _plate_scale(content: Content, words: Words) -> Any:
    names = [words.group(p) for p in content.run.instance.plates]
    return alt.Scale(domain=names, range=style.plate_colours(len(names)))


def _plate_legend(words: Words) -> Any:
    return alt.Legend(title=words.column("plate"), orient="bottom-left", symbolOpacity=0.75)


def _country(plane: Plane, data: Data) -> list[Any]:
    """Layers of what lies outside the instance, of lines, and of the edge of the inset."""
    rest = [f for f in plane.features if (f.get("properties") or {}).get("region") is None]
    lines = [feature(plane.shape(f["geometry"])) for f in rest if "Line" in f["geometry"]["type"]]
    outside = [feature(plane.shape(f["geometry"])) for f in rest if "Line" not in f["geometry"]["type"]]
    layers = []
    if outside:
        layers.append(alt.Chart(data.named(outside)).mark_geoshape(fill="#eeeeee", stroke="#b5b5b5", strokeWidth=0.6))
    if lines:
        layers.append(alt.Chart(data.named(lines)).mark_geoshape(filled=False, fill=None, stroke="#999999", strokeWidth=1.4))
    if plane.frame:
        edge = data.named([feature(polygon(plane.frame))])
        layers.append(alt.Chart(edge).mark_geoshape(filled=False, fill=None, stroke="#999999", strokeWidth=0.8))
    return layers


def _regions(content: Content, words: Words, plane: Plane, data: Data) -> Any | None:
    """The outlines of the regions with what is known of each; None where the instance has no outline."""
    sums, plate = content.regions, content.run.instance.regions["plate"]
    outlines = [(str((f.get("properties") or {}).get("region")), f) for f in plane.features]
    shapes = [feature(plane.shape(f["geometry"]), region=key) for key, f in outlines if key in sums.index]
    if not shapes:
        return None
    known = []
    for row in rows_of(sums.reset_index()):
        growth = float(row.change / row.before) if row.before > 0 else math.nan
        known.append(
            {
                "region": str(row.region),
                "name": words.region(str(row.region)),
                "plate": words.group(str(plate[row.region])),
                "growth": round(100 * growth, 2) if math.isfinite(growth) else None,
                **{name: significant(getattr(row, name), 5) for name in ("before", "after")},
                **{name: significant(getattr(row, name), 4) for name in ("received", "released")},
            }
        )
    return data.looked_up(alt.Chart(data.named(shapes)).mark_geoshape(stroke="#ffffff", strokeWidth=0.8), "region", known)


def labels(content: Content, words: Words, plane: Plane, data: Data, above: float) -> list[Any]:
    """Names of the regions with a light rim, `above` pixels below their points (negative: above); neighbours turn away from each other.

    Of more than `LABELLED` regions those with the most output are named, as far as there is room.
    """
    seats, many = plane.seats(content.run.instance), len(content.regions) > LABELLED
    keys = list(content.regions["after"].sort_values(ascending=False, kind="stable").index) if many else list(seats)
    names, places, edge = [words.region(str(key)) for key in keys], [seats[str(key)] for key in keys], 2 * margin(plane)
    letter = LETTER * max((plane.width + edge) / WIDTH, (plane.height + edge) / HEIGHT)
    widths = [letter * sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.52 for c in name) for name in names]
    shown = apart(places, widths, 1.1 * letter) if many else range(len(keys))
    sides = [0] * len(keys) if many else crowded(places, widths, 1.1 * letter)
    rows = [{"name": names[n], "x": places[n][0], "y": places[n][1], "side": sides[n]} for n in shown]
    base = alt.Chart(data.named(rows)).encode(longitude="x:Q", latitude="y:Q", text="name:N")
    align = alt.expr("datum.side < 0 ? 'right' : datum.side > 0 ? 'left' : 'center'")
    look: dict[str, Any] = {"fontSize": LETTER, "dy": above, "align": align}
    return [base.mark_text(stroke="#ffffff", strokeWidth=3, strokeOpacity=0.8, strokeJoin="round", **look), base.mark_text(color="#222222", **look)]


def margin(plane: Plane) -> float:
    """Room around the map for labels at its edge."""
    return 3.0 if plane.features else 9.0


def frame(plane: Plane, data: Data) -> Any:
    """An invisible frame, which gives the map its extent."""
    edge = margin(plane)
    x, y = plane.width + edge, plane.height + edge
    ring = [(-edge, -edge), (x, -edge), (x, y), (-edge, y)]
    return alt.Chart(data.named([feature(polygon(ring))])).mark_geoshape(filled=False, fill=None, stroke=None)


def finish(layers: list[Any], plane: Plane, title: Any, alt_text: str, data: Data) -> Drawing:
    """The layers as one map that fits the country."""
    edge = 2 * margin(plane)
    ratio = max((plane.height + edge) / (plane.width + edge), 0.35)
    width = min(WIDTH, HEIGHT / ratio)
    chart = alt.layer(*layers).project(type="identity").properties(width=round(width), height=round(width * ratio))
    return style.finish(chart.resolve_scale(color="shared"), title, alt_text, data)


def arrows(content: Content, words: Words, plane: Plane, pairs: pd.DataFrame, largest: float, **columns: object) -> list[Row]:
    """Arrows of pairs of regions, the widest for an output of `largest`."""
    instance, seat, found = content.run.instance, plane.seats(content.run.instance), []
    for row in rows_of(pairs.iloc[::-1]):
        width = max(WIDEST * float(row.output) / largest, THINNEST)
        found.append(
            feature(
                polygon(arrow(seat[row.origin], seat[row.destination], width)),
                plate=words.group(str(instance.regions.at[row.origin, "plate"])),
                origin=row.origin,
                destination=row.destination,
                name=f"{words.region(row.origin)} → {words.region(row.destination)}",
                output=significant(float(row.output), 4),
                industry=words.industry(row.industry),
                **columns,
            )
        )
    return found


def circles(content: Content, words: Words, plane: Plane, largest: float, **columns: object) -> list[Row]:
    """Circles of net transfer, the largest for `largest`."""
    net, seat = content.regions["net"].sort_values(key=pd.Series.abs, ascending=False), plane.seats(content.run.instance)
    return [
        feature(
            polygon(circle(seat[str(key)], LARGEST * math.sqrt(abs(value) / largest))),
            side=words.t("map.gains" if value > 0 else "map.loses"),
            region=str(key),
            name=words.region(str(key)),
            net=fixed(float(value), 1),
            **columns,
        )
        for key, value in net.items()
        if abs(value) > 1e-6 * largest > 0
    ]


def growth_map(content: Content, words: Words, title: str, alt_text: str) -> Drawing | None:
    """Regions by the change of their output; None where the instance has no outline."""
    plane, data = Plane(content.run.instance), Data()
    shown = _regions(content, words, plane, data)
    if shown is None:
        return None
    sums = content.regions[content.regions["before"] > 0]
    nation = 100 * float(content.regions["change"].sum() / content.base_output)
    # the ends of the scale leave out the tenth that lies farthest off, else a single small region takes all colours
    reach = max(float(np.quantile((100 * sums["change"] / sums["before"] - nation).abs(), 0.9)), 1.0)
    scale = alt.Scale(domain=[nation - reach, nation, nation + reach], range=style.DIVERGING, clamp=True)
    ticks = [round(nation + side * reach, 1) for side in (-1, -0.5, 0, 0.5, 1)]
    legend = alt.Legend(title=words.t("growth.legend"), orient="bottom-left", gradientLength=170, format=".0f", values=ticks)
    unit = words.bracket(words.output)
    tips = [("name", words.column("region")), ("plate", words.column("plate")), ("growth", words.t("growth.legend"))]
    tips += [("before", words.column("output_before") + unit), ("after", words.column("output_after") + unit)]
    shown = shown.encode(color=alt.Color("growth:Q", scale=scale, legend=legend), tooltip=style.tooltip(tips))
    layers = [frame(plane, data), *_country(plane, data), shown, *labels(content, words, plane, data, 0)]
    return finish(layers, plane, title, alt_text, data)
