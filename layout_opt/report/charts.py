"""Charts of a single run beside maps and heat maps of the layout. Each is built once and used for HTML, PNG and SVG."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from layout_opt.report import style
from layout_opt.report.caps import apart
from layout_opt.report.content import Content, rows_of
from layout_opt.report.drawing import Data, Drawing
from layout_opt.report.words import Words, fixed, significant


def plate_matrix(content: Content, words: Words, title: str, alt_text: str) -> Drawing:
    """Heat map of transfers from plate to plate."""
    data, t = Data(), content.run.tables["plates"]
    names = [words.group(p) for p in content.run.instance.plates]
    largest = float(t["output"].max()) or 1.0
    rows = [
        {
            "origin": words.group(str(r.origin_plate)),
            "destination": words.group(str(r.destination_plate)),
            "output": round(float(r.output), 3),
            "text": significant(float(r.output), 4) if r.output >= 0.5 or r.output == 0 else fixed(float(r.output), 2),
            "dark": bool(r.output > 0.55 * largest),
        }
        for r in rows_of(t)
    ]
    base = alt.Chart(data.named(rows)).encode(
        x=alt.X("destination:N", sort=names, title=words.column("destination"), axis=alt.Axis(orient="top", labelAngle=0, domain=False, ticks=False)),
        y=alt.Y("origin:N", sort=names, title=words.column("origin"), axis=alt.Axis(domain=False, ticks=False)),
    )
    scale = alt.Scale(domain=[0, largest], range=["#f3f6f8", "#084a76"])
    cells = base.mark_rect(stroke="#ffffff", strokeWidth=2).encode(
        color=alt.Color("output:Q", scale=scale, legend=alt.Legend(title=words.column("output", words.output)))
    )
    text = base.mark_text(fontSize=12).encode(text="text:N", color=alt.condition("datum.dark", alt.value("#ffffff"), alt.value("#222222")))
    return style.finish((cells + text).properties(width=110 * len(names), height=52 * len(names)), title, alt_text, data)


def resource_bars(content: Content, words: Words, title: str, alt_text: str) -> Drawing | None:
    """Bars of utilisation by place, a panel per resource; None where no place has a capacity."""
    t = content.resources
    t = t[t["utilisation"].notna()]
    if t.empty:
        return None
    states = [words.t("state.over"), words.t("state.at_cap"), words.t("state.below")][0 if t["over"].any() else 1 :]
    before = (t["use_before"] / t["capacity"]).round(4)
    shown = [str(r) for r in content.run.instance.tables["resources"]["resource"] if r in set(t["resource"])]
    width = max(130, min(260, 800 // len(shown)))
    letters = width // (6 if words.language == "en" else 11)
    names = {r: "\n".join(textwrap.wrap(words.resource(r), letters)) for r in shown}
    rows: list[dict[str, Any]] = [
        {
            "resource": names[str(r.resource)],
            "place": words.place(str(r.region_or_group)),
            "utilisation": round(100 * float(r.utilisation), 2),
            "before": round(100 * min(float(b), 1.6), 2),
            "state": words.t("state.over" if r.over else "state.at_cap" if r.full else "state.below"),
            **dict(zip(("was", "use", "capacity"), apart(float(r.use_before), float(r.use_after), float(r.capacity)), strict=True)),
            "price": significant(float(r.price), 3),
            "cap": 100,
        }
        for r, b in zip(rows_of(t), before, strict=True)
    ]
    seen = set(t["region_or_group"])
    order = [words.place(p) for p in places(content) if p in seen]
    tips = [
        ("place", words.column("place")),
        ("use", words.column("use_after")),
        ("was", words.column("use_before")),
        ("capacity", words.column("capacity")),
    ]
    data = Data()
    base = alt.Chart().encode(y=alt.Y("place:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False)))
    axis = alt.Axis(title="%", values=[0, 50, 100, 150], grid=True)
    top = max(105.0, *(r["utilisation"] for r in rows), *(r["before"] for r in rows))
    bars = base.mark_bar(height=8).encode(
        x=alt.X("utilisation:Q", axis=axis, scale=alt.Scale(domain=[0, top])),
        color=alt.Color(
            "state:N",
            scale=alt.Scale(domain=states, range=[style.OVER, style.FULL, style.BELOW][-len(states) :]),
            legend=alt.Legend(title=None, orient="top"),
        ),
        tooltip=style.tooltip([*tips, ("price", words.column("price"))]),
    )
    ticks = base.mark_tick(color="#333333", thickness=1.5, size=11).encode(x="before:Q")
    cap = alt.Chart().mark_rule(color="#222222", strokeWidth=1).encode(x="mean(cap):Q")
    chart = alt.layer(bars, ticks, cap).properties(width=width, height=alt.Step(14))
    header = alt.Header(labelLimit=width + 10, labelExpr="split(datum.value, '\\n')", labelLineHeight=13)
    columns = alt.Column("resource:N", sort=list(names.values()), title=None, header=header)
    return style.finish(chart.facet(data=data.named(rows), column=columns, spacing=12, bounds="flush"), title, alt_text, data)


def places(content: Content) -> list[str]:
    """Regions ordered by plate, then groups."""
    instance = content.run.instance
    plate = instance.regions["plate"]
    ordered = [str(r) for p in instance.plates for r in plate.index[plate == p]]
    return ordered + [str(p) for p in dict.fromkeys(content.resources["region_or_group"]) if p not in plate.index]


def dumbbell(items: Sequence[tuple[str, float, float]], words: Words, title: str, alt_text: str) -> Drawing:
    """Values before and after per item, joined by a line, the largest change first."""
    data, moments = Data(), [words.column("before"), words.column("after")]
    ordered = sorted(items, key=lambda item: item[1] - item[2])
    names = [name for name, _, _ in ordered]
    rows = [
        {"name": name, "moment": m, "value": round(v, 5), "text": significant(v)}
        for name, *pair in ordered
        for m, v in zip(moments, pair, strict=True)
    ]
    spans = [{"name": name, "low": min(a, b), "high": max(a, b)} for name, a, b in ordered]
    y = alt.Y("name:N", sort=names, title=None, axis=alt.Axis(ticks=False, domain=False, grid=True))
    line = alt.Chart(data.named(spans)).mark_rule(color="#bbbbbb", strokeWidth=3).encode(y=y, x=alt.X("low:Q", title=None), x2="high:Q")
    scale = alt.Scale(domain=moments, range=[style.BEFORE, style.AFTER])
    points = (
        alt.Chart(data.named(rows))
        .mark_point(filled=True, size=70, opacity=1)
        .encode(
            y=y,
            x=alt.X("value:Q", title=None, scale=alt.Scale(zero=True)),
            color=alt.Color("moment:N", scale=scale, legend=alt.Legend(title=None, orient="top")),
            shape=alt.Shape("moment:N", scale=alt.Scale(domain=moments, range=["diamond", "circle"])),
            tooltip=style.tooltip([("name", words.column("item")), ("moment", words.column("moment")), ("text", words.column("value"))]),
        )
    )
    height = alt.Step(float(np.clip(900 / max(len(items), 1), 12, 18)))
    return style.finish((line + points).properties(width=520, height=height), title, alt_text, data)
