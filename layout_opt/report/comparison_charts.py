"""Charts of a comparison of scenarios."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from layout_opt.analysis.comparing import Comparison
from layout_opt.report import style
from layout_opt.report.content import rows_of
from layout_opt.report.drawing import Data, Drawing
from layout_opt.report.words import Words, significant


def differences(comparison: Comparison, words: Words, title: str, alt_text: str) -> Drawing | None:
    """Interval of every scenario's difference from the first; None where none can be compared."""
    data, t = Data(), comparison.tables["scenarios"]
    t = t[t["difference_low"].notna() & (t["scenario"] != comparison.baseline)]
    if t.empty:
        return None
    names = [str(name) for name in t["scenario"]]
    rows = [
        {"scenario": n, "low": float(a), "high": float(b), "middle": (float(a) + float(b)) / 2, "text": f"{significant(a, 4)} … {significant(b, 4)}"}
        for n, a, b in zip(names, t["difference_low"], t["difference_high"], strict=True)
    ]
    y = alt.Y("scenario:N", sort=names, title=None, axis=alt.Axis(ticks=False, domain=False))
    base = alt.Chart(data.named(rows)).encode(
        y=y, tooltip=style.tooltip([("scenario", words.column("scenario")), ("text", words.column("difference", words.money))])
    )
    heading = words.column("difference", words.money)
    bars = base.mark_bar(height=9, opacity=0.35, color=style.AFTER).encode(
        x=alt.X("low:Q", title=heading, scale=alt.Scale(padding=14), axis=alt.Axis(tickCount=6)), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=60, opacity=1, color=style.AFTER).encode(
        x=alt.X("middle:Q", title=heading, axis=alt.Axis(tickCount=6))
    )
    zero = alt.Chart(data.named([{"zero": 0}])).mark_rule(color="#222222").encode(x="zero:Q")
    return style.finish((zero + bars + points).properties(width=560, height=alt.Step(26)), title, alt_text, data)


def plate_bars(comparison: Comparison, words: Words, title: str, alt_text: str) -> Drawing | None:
    """Transfers from plate to plate across scenarios; pairs without any transfer are left out."""
    data, t = Data(), comparison.tables.get("plates", pd.DataFrame())
    if t.empty or not (t["output"] > 0).any():
        return None
    moving = t.groupby(["origin_plate", "destination_plate"])["output"].transform("max") > 0
    scenarios = list(dict.fromkeys(map(str, t["scenario"])))
    rows: list[dict[str, Any]] = [
        {
            "pair": f"{words.group(str(r.origin_plate))} → {words.group(str(r.destination_plate))}",
            "scenario": str(r.scenario),
            "output": round(float(r.output), 4),
            "text": significant(float(r.output), 4),
        }
        for r in rows_of(t[moving])
    ]
    pairs = list(dict.fromkeys(row["pair"] for row in rows))
    tips = [("pair", words.t("map.title")), ("scenario", words.column("scenario")), ("text", words.column("output", words.output))]
    chart = (
        alt.Chart(data.named(rows))
        .mark_bar()
        .encode(
            y=alt.Y("pair:N", sort=pairs, title=None, axis=alt.Axis(ticks=False, domain=False)),
            yOffset=alt.YOffset("scenario:N", sort=scenarios),
            x=alt.X("output:Q", title=words.column("output", words.output)),
            color=alt.Color(
                "scenario:N",
                sort=scenarios,
                scale=alt.Scale(domain=scenarios, range=style.plate_colours(len(scenarios))),
                legend=alt.Legend(title=words.column("scenario"), orient="right"),
            ),
            tooltip=style.tooltip(tips),
        )
        .properties(width=560, height=alt.Step(max(8, 36 // len(scenarios)), **{"for": "offset"}))
    )
    return style.finish(chart, title, alt_text, data)


def full_places(counts: pd.DataFrame, words: Words, title: str, alt_text: str) -> Drawing:
    """Heat map of the number of places at their cap: `counts` is resources by scenarios, empty where no place has a capacity."""
    data, largest = Data(), max(float(np.nanmax(counts.to_numpy(dtype=float))), 1.0)
    rows = [
        {
            "resource": words.resource(str(resource)),
            "scenario": str(scenario),
            "count": None if pd.isna(n) else int(n),
            "text": "–" if pd.isna(n) else str(int(n)),
            "dark": bool(n > 0.55 * largest),
        }
        for resource, values in counts.iterrows()
        for scenario, n in values.items()
    ]
    base = alt.Chart(data.named(rows)).encode(
        x=alt.X("scenario:N", sort=list(map(str, counts.columns)), title=None, axis=alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False)),
        y=alt.Y("resource:N", sort=[words.resource(str(r)) for r in counts.index], title=None, axis=alt.Axis(ticks=False, domain=False)),
    )
    scale = alt.Scale(domain=[0, largest], range=["#f3f6f8", "#084a76"])
    cells = base.mark_rect(stroke="#ffffff", strokeWidth=2).encode(color=alt.Color("count:Q", scale=scale, legend=None))
    text = base.mark_text(fontSize=12).encode(text="text:N", color=alt.condition("datum.dark", alt.value("#ffffff"), alt.value("#222222")))
    return style.finish((cells + text).properties(width=alt.Step(104), height=alt.Step(32)), title, alt_text, data)
