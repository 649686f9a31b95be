"""Charts of what was asked beside a run: prices, trade-offs, certain and open projects, shares of a difference, robustness."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from layout_opt.analysis.alternatives import VERDICTS
from layout_opt.report import style
from layout_opt.report.drawing import Data, Drawing
from layout_opt.report.heat import step
from layout_opt.report.words import Words, significant

VERDICT_COLOURS = ("#01665e", "#80cdc1", "#f0e6d2", "#bdbdbd")  # core, flexible, never, undetermined


def interval_bars(named: pd.DataFrame, words: Words, heading: str, title: str, alt_text: str) -> Drawing:
    """Intervals `low`..`high` per `name`, a colour per `kind`: a bar to the lower end, a line over what is not known."""
    data, kinds = Data(), list(dict.fromkeys(named["kind"]))
    rows = [
        {"name": r["name"], "kind": r["kind"], "low": r["low"], "high": r["high"], "text": f"{significant(r['low'])} … {significant(r['high'])}"}
        for r in named.to_dict("records")
    ]
    order = list(dict.fromkeys(named.sort_values("high", ascending=False)["name"]))
    base = alt.Chart(data.named(rows)).encode(
        y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False)),
        yOffset=alt.YOffset("kind:N", sort=kinds),
        tooltip=style.tooltip([("name", words.column("item")), ("kind", words.column("how")), ("text", heading)]),
    )
    scale = alt.Scale(domain=kinds, range=[style.AFTER, style.BELOW, style.FULL][: len(kinds)])
    bars = base.mark_bar(height=9).encode(
        x=alt.X("low:Q", title=heading), color=alt.Color("kind:N", scale=scale, legend=alt.Legend(title=None, orient="top", labelLimit=400))
    )
    lines = base.mark_rule(color="#222222", strokeWidth=2).encode(x="low:Q", x2="high:Q")
    return style.finish((bars + lines).properties(width=560, height=alt.Step(13)), title, alt_text, data)


def trade_off(points: pd.DataFrame, goals: list[str], heads: list[str], title: str, alt_text: str) -> Drawing:
    """Plans by two goals, joined in the order of the first; a third goal is shown by colour."""
    data = Data()
    rows = [
        {
            "point": str(r["point"]),
            **{f"g{n}": float(r[goal]) for n, goal in enumerate(goals)},
            "text": " · ".join(significant(r[g], 5) for g in goals),
        }
        for r in points.to_dict("records")
    ]
    scale = alt.Scale(zero=False, nice=True)
    base = alt.Chart(data.named(rows)).encode(
        x=alt.X("g1:Q", title=heads[1], scale=scale, axis=alt.Axis(format="~s")),
        y=alt.Y("g0:Q", title=heads[0], scale=scale, axis=alt.Axis(format="~s")),
        tooltip=style.tooltip([("point", heads[-1]), ("text", " · ".join(heads[:-1]))]),
    )
    colour: Any = alt.value(style.AFTER)
    if len(goals) > 2:
        colour = alt.Color("g2:Q", title=heads[2], scale=alt.Scale(range=style.RISING))
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(color=colour)
    names = base.mark_text(align="left", dx=8, dy=-6, fontSize=10, color="#444444").encode(text="point:N")
    line = [base.mark_line(color="#9a9a9a", strokeWidth=1).encode(order="g1:Q")] if len(goals) == 2 else []
    return style.finish(alt.layer(*line, dots, names).properties(width=560, height=340), title, alt_text, data)


def verdict_heat(placements: pd.DataFrame, words: Words, title: str, alt_text: str) -> Drawing:
    """Which projects are certain: industries by regions of the last year, a panel per plate, a mark where the plan has the project."""
    data, instance = Data(), words.instance
    shown = placements[placements["period"] == placements["period"].max()]
    told = {v: words.t(f"verdict.{v}") for v in VERDICTS}
    plate = instance.regions["plate"]
    rows = [
        {
            "industry": words.industry(str(r["industry"])),
            "region": words.region(str(r["region"])),
            "plate": words.group(str(plate[r["region"]])),
            "verdict": told[str(r["verdict"])],
            "mark": "●" if r["in_plan"] else "",
        }
        for r in shown.to_dict("records")
    ]
    known = set(shown["industry"])
    industries = [words.industry(str(k)) for k in instance.industries.index if k in known]
    regions = [words.region(str(r)) for r in instance.regions.index]
    base = alt.Chart().encode(
        x=alt.X("region:N", sort=regions, title=None, axis=alt.Axis(labelAngle=-60, ticks=False, domain=False)),
        y=alt.Y("industry:N", sort=industries, title=None, axis=alt.Axis(ticks=False, domain=False)),
    )
    scale = alt.Scale(domain=list(told.values()), range=list(VERDICT_COLOURS))
    tips = [("industry", words.column("industry")), ("region", words.column("region")), ("verdict", words.column("verdict"))]
    cells = base.mark_rect(stroke="#ffffff", strokeWidth=0.5).encode(
        color=alt.Color("verdict:N", scale=scale, legend=alt.Legend(title=None, orient="top")), tooltip=style.tooltip(tips)
    )
    marks = base.mark_text(fontSize=7, color="#222222").encode(text="mark:N")
    panel = alt.layer(cells, marks).properties(width=alt.Step(step(len(instance.regions))), height=alt.Step(14))
    plates = [words.group(p) for p in instance.plates]
    column = alt.Column("plate:N", sort=plates, title=None)
    return style.finish(
        panel.facet(data=data.named(rows), column=column, spacing=6, bounds="flush").resolve_scale(x="independent"), title, alt_text, data
    )


def sample_dots(samples: pd.DataFrame, words: Words, title: str, alt_text: str) -> Drawing:
    """The objective of every plan in every sample, as dots with the median."""
    data = Data()
    rows = [
        {"plan": str(r["plan"]), "value": float(r["objective"]), "sample": str(r["sample"])}
        for r in samples[samples["objective"].notna()].to_dict("records")
    ]
    order = list(dict.fromkeys(samples["plan"].astype(str)))
    base = alt.Chart(data.named(rows)).encode(y=alt.Y("plan:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False)))
    x = alt.X("value:Q", title=words.column("objective", words.money), scale=alt.Scale(zero=False), axis=alt.Axis(format="~s"))
    dots = base.mark_point(filled=True, size=30, opacity=0.4, color=style.AFTER).encode(
        x=x, tooltip=style.tooltip([("plan", words.column("scenario")), ("sample", words.column("sample")), ("value", words.column("objective"))])
    )
    medians = base.mark_tick(color="#222222", thickness=2, size=18).encode(x=alt.X("median(value):Q"))
    return style.finish((dots + medians).properties(width=560, height=alt.Step(34)), title, alt_text, data)
