"""Charts of a single run. Each is an Altair chart with its data inside, built once and used for HTML, PNG and SVG."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from layout_opt.report import style
from layout_opt.report.content import Content, rows_of
from layout_opt.report.words import Words, fixed, significant

LOW, HIGH = -100, 300  # per cent, ends of the colour scale of the layout


def plate_matrix(content: Content, words: Words, title: str, alt_text: str) -> Any:
    """Heat map of transfers from plate to plate."""
    t = content.run.tables["plates"]
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
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("destination:N", sort=names, title=words.column("destination"), axis=alt.Axis(orient="top", labelAngle=0, domain=False, ticks=False)),
        y=alt.Y("origin:N", sort=names, title=words.column("origin"), axis=alt.Axis(domain=False, ticks=False)),
    )
    scale = alt.Scale(domain=[0, largest], range=["#f3f6f8", "#084a76"])
    cells = base.mark_rect(stroke="#ffffff", strokeWidth=2).encode(
        color=alt.Color("output:Q", scale=scale, legend=alt.Legend(title=words.column("output", words.output)))
    )
    text = base.mark_text(fontSize=12).encode(text="text:N", color=alt.condition("datum.dark", alt.value("#ffffff"), alt.value("#222222")))
    return style.finish((cells + text).properties(width=110 * len(names), height=52 * len(names)), title, alt_text)


def layout_heat(content: Content, words: Words, title: str, alt_text: str) -> Any:
    """Heat map of the change of every cell, a panel per plate."""
    instance = content.run.instance
    relative, cells = content.relative, content.cells
    plate = {r: words.group(str(p)) for r, p in instance.regions["plate"].items()}
    rows = []
    for cell in rows_of(cells.assign(share=relative).reset_index()):
        industry, region, share = str(cell.industry), str(cell.region), float(cell.share)
        shown = None if math.isnan(share) else float(min(max(100 * share, LOW), HIGH))
        row = {
            "industry": words.industry(industry),
            "region": words.region(region),
            "plate": plate[region],
            "change": None if shown is None else round(shown, 1),
            "share": "–" if math.isnan(share) else "∞" if math.isinf(share) else words.percent(share),
            "before": significant(cell.before, 4),
            "after": significant(cell.after, 4),
        }
        rows.append(row)
    regions, industries = len(instance.regions), [words.industry(str(k)) for k in instance.industries.index]
    step = max(7, min(60, 690 // max(regions, 1)))
    unit = words.bracket(words.output)
    tips = [("industry", words.column("industry")), ("region", words.column("region")), ("share", words.column("change"))]
    tips += [("before", words.column("output_before") + unit), ("after", words.column("output_after") + unit)]
    scale = alt.Scale(domain=[LOW, 0, HIGH], range=style.DIVERGING, clamp=True)
    legend = alt.Legend(title=words.column("change") + words.t("brackets", text="%"), orient="bottom", gradientLength=260)
    order = [words.region(str(r)) for r in instance.regions.index]
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_rect(stroke="#ffffff", strokeWidth=0.5, invalid=None)
        .encode(
            x=alt.X("region:N", sort=order, title=None, axis=alt.Axis(labelAngle=-60, ticks=False, domain=False)),
            y=alt.Y("industry:N", sort=industries, title=None, axis=alt.Axis(ticks=False, domain=False)),
            color=alt.condition("isValid(datum.change)", alt.Color("change:Q", scale=scale, legend=legend), alt.value("#d9d9d9")),
            tooltip=style.tooltip(tips),
        )
        .properties(width=alt.Step(step), height=alt.Step(max(9, min(18, 1400 // max(len(industries), 1)))))
    )
    plates = [words.group(p) for p in instance.plates]
    faceted = chart.facet(column=alt.Column("plate:N", sort=plates, title=None), spacing=6, bounds="flush").resolve_scale(x="independent")
    return style.finish(faceted, title, alt_text)


def shift_heat(content: Content, words: Words, title: str, alt_text: str) -> Any:
    """Heat map of output gained or lost against even growth, industries by plates."""
    reach = float(content.shift["shift"].abs().max()) or 1.0
    rows = [
        {
            "industry": words.industry(r.industry),
            "plate": words.group(r.plate),
            "shift": round(float(r.shift), 3),
            "text": fixed(float(r.shift), 0 if reach >= 100 else 1 if reach >= 10 else 2),
            "dark": bool(abs(r.shift) > 0.6 * reach),
        }
        for r in rows_of(content.shift)
    ]
    instance = content.run.instance
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X(
            "plate:N",
            sort=[words.group(p) for p in instance.plates],
            title=None,
            axis=alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False),
        ),
        y=alt.Y("industry:N", sort=[words.industry(str(k)) for k in instance.industries.index], title=None, axis=alt.Axis(ticks=False, domain=False)),
    )
    scale = alt.Scale(domain=[-reach, 0, reach], range=style.DIVERGING)
    legend = alt.Legend(title=words.column("change", words.output), format="~s", orient="right")
    cells = base.mark_rect(stroke="#ffffff", strokeWidth=1).encode(color=alt.Color("shift:Q", scale=scale, legend=legend))
    text = base.mark_text(fontSize=10).encode(text="text:N", color=alt.condition("datum.dark", alt.value("#ffffff"), alt.value("#222222")))
    return style.finish((cells + text).properties(width=alt.Step(96), height=alt.Step(18)), title, alt_text)


def resource_bars(content: Content, words: Words, title: str, alt_text: str) -> Any | None:
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
            "use": significant(float(r.use_after), 4),
            "was": significant(float(r.use_before), 4),
            "capacity": significant(float(r.capacity), 4),
            "price": significant(float(r.price), 3),
            "cap": 100,
        }
        for r, b in zip(rows_of(t), before, strict=True)
    ]
    seen = set(t["region_or_group"])
    order = [words.place(p) for p in _places(content) if p in seen]
    tips = [
        ("place", words.column("place")),
        ("use", words.column("use_after")),
        ("was", words.column("use_before")),
        ("capacity", words.column("capacity")),
    ]
    data = alt.InlineData(values=rows)
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
    return style.finish(chart.facet(data=data, column=columns, spacing=12, bounds="flush"), title, alt_text)


def _places(content: Content) -> list[str]:
    """Regions ordered by plate, then groups."""
    instance = content.run.instance
    plate = instance.regions["plate"]
    ordered = [str(r) for p in instance.plates for r in plate.index[plate == p]]
    return ordered + [str(p) for p in dict.fromkeys(content.resources["region_or_group"]) if p not in plate.index]


def dumbbell(items: Sequence[tuple[str, float, float]], words: Words, title: str, alt_text: str) -> Any:
    """Values before and after per item, joined by a line, the largest change first."""
    moments = [words.column("before"), words.column("after")]
    ordered = sorted(items, key=lambda item: item[1] - item[2])
    names = [name for name, _, _ in ordered]
    rows = [
        {"name": name, "moment": m, "value": round(v, 5), "text": significant(v)}
        for name, *pair in ordered
        for m, v in zip(moments, pair, strict=True)
    ]
    spans = [{"name": name, "low": min(a, b), "high": max(a, b)} for name, a, b in ordered]
    y = alt.Y("name:N", sort=names, title=None, axis=alt.Axis(ticks=False, domain=False, grid=True))
    line = alt.Chart(alt.InlineData(values=spans)).mark_rule(color="#bbbbbb", strokeWidth=3).encode(y=y, x=alt.X("low:Q", title=None), x2="high:Q")
    scale = alt.Scale(domain=moments, range=[style.BEFORE, style.AFTER])
    points = (
        alt.Chart(alt.InlineData(values=rows))
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
    return style.finish((line + points).properties(width=520, height=height), title, alt_text)
