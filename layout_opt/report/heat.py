"""Heat maps of the layout: every industry in every region before and after, and what plates gain and lose."""

from __future__ import annotations

import json
import math
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from layout_opt.report import style
from layout_opt.report.content import Content, rows_of
from layout_opt.report.document import Choice
from layout_opt.report.drawing import Data, Drawing, Row
from layout_opt.report.words import Words, decimals_for, fixed

LOW, HIGH = -100, 300  # per cent, ends of the colour scale of changes
SHARES = 0.97  # the colours of shares end at this quantile of them
MEASURES = ("change", "share_before", "share_after")
ORDERS = ("place", "growth", "output", "advantage")


def layout_heat(content: Content, words: Words, title: str, alt_text: str) -> Drawing:
    """Change or share of every cell, a panel per plate; `measure`, `region_order` and `industry_order` are the parameters of `layout_choices`."""
    data, instance = Data(), content.run.instance
    chart = alt.Chart().mark_rect(stroke="#ffffff", strokeWidth=0.5, invalid=None)
    unit, output = words.bracket(words.output), f",.{decimals_for(content.cells['after'])}f"
    tips = [
        *style.tooltip([("industry_name", words.column("industry")), ("region_name", words.column("region")), ("told", words.column("change"))]),
        *(alt.Tooltip(f"{c}:Q", format=output, title=words.column(f"output_{c}") + unit) for c in ("before", "after")),
        *(alt.Tooltip(f"share_{c}:Q", format=",.2f", title=words.t(f"heat.share_{c}")) for c in ("before", "after")),
        alt.Tooltip("advantage:Q", format=".2f", title=words.column("advantage")),
    ]
    top = _top(content)
    scale = alt.Scale(domain=_ends(LOW, 0, HIGH, 0, top / 2, top), range=_ends(*style.DIVERGING, *style.RISING), clamp=True)
    colour = alt.Color("value:Q", scale=scale, legend=alt.Legend(title="%", orient="bottom", gradientLength=260))
    chart = chart.encode(
        x=alt.X("region_name:N", sort=_sorted("region_rank"), title=None, axis=alt.Axis(labelAngle=-60, ticks=False, domain=False)),
        y=alt.Y("industry_name:N", sort=_sorted("industry_rank"), title=None, axis=alt.Axis(ticks=False, domain=False)),
        color=alt.condition("isValid(datum.value)", colour, alt.value("#d9d9d9")),
        tooltip=tips,
    )
    chart = chart.properties(width=alt.Step(step(len(instance.regions))), height=alt.Step(max(9, min(18, 1400 // max(len(instance.industries), 1)))))
    plates = [words.group(p) for p in instance.plates]
    panels = chart.facet(data=data.named(_cells(content)), column=alt.Column("plate:N", sort=plates, title=None), spacing=6, bounds="flush")
    for key, known in (("region", regions_known(content, words)), ("industry", _industries_known(content, words))):
        panels = data.looked_up(panels, key, known)
    panels = panels.transform_calculate(
        change="datum.before > 0 ? 100 * (datum.after - datum.before) / datum.before : null",
        share_before="datum.nation_before > 0 ? 100 * datum.before / datum.nation_before : null",
        share_after="datum.nation_after > 0 ? 100 * datum.after / datum.nation_after : null",
        told="datum.before > 0 ? format(datum.change, '+,.1f') + '%' : datum.after > 0 ? '∞' : '–'",
        region_rank="datum['region_' + region_order]",
        industry_rank="datum['industry_' + industry_order]",
    ).transform_calculate(value="measure == 'change' && datum.before == 0 && datum.after > 0 ? 1e9 : datum[measure]")
    asked = [alt.param(name=c.name, value=c.chosen) for c in layout_choices(words)]
    titles = {measure: title if measure == "change" else words.t(f"heat.{measure}") for measure in MEASURES}
    return style.finish(
        panels.add_params(*asked).resolve_scale(x="independent"), alt.expr(f"{json.dumps(titles, ensure_ascii=False)}[measure]"), alt_text, data
    )


def layout_choices(words: Words) -> list[Choice]:
    """What can be chosen for the heat map of the layout."""
    orders = [(order, words.t(f"order.{order}")) for order in ORDERS]
    return [
        Choice("measure", words.t("heat.measure"), [(m, words.t(f"heat.{m}")) for m in MEASURES], "change"),
        Choice("region_order", words.t("order.regions"), orders, "place"),
        Choice("industry_order", words.t("order.industries"), orders, "place"),
    ]


def step(regions: int) -> int:
    """Width of a column of a heat map, in pixels."""
    return max(7, min(60, 690 // max(regions, 1)))


def _sorted(field: str) -> Any:
    return alt.EncodingSortField(field=field, op="min", order="ascending")


def _ends(*values: object) -> list[Any]:
    """Three ends of a colour scale: the first three for changes, the others for shares."""
    low, middle, high, *shares = (f"'{v}'" if isinstance(v, str) else v for v in values)
    return [alt.expr(f"measure == 'change' ? {a} : {b}") for a, b in zip((low, middle, high), shares, strict=True)]


def _cells(content: Content) -> list[Row]:
    """Output before and after, and advantage, of every cell: numbers that are the same in every language."""
    cells = content.cells.join(content.advantage)
    return [
        {"industry": i, "region": r, "before": short(before), "after": short(after), "advantage": short(advantage)}
        for (i, r), before, after, advantage in zip(cells.index, cells["before"], cells["after"], cells["advantage"], strict=True)
    ]


def short(value: float) -> float | None:
    """A number with six digits, for a chart; None where there is none."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _top(content: Content) -> float:
    """The end of the scale of shares, in per cent."""
    cells = content.cells
    shares = [cells[c] / cells[c].groupby(level="industry").transform("sum").where(lambda s: s > 0) for c in ("before", "after")]
    return float(f"{100 * max(float(np.nanquantile(s, SHARES)) for s in shares):.2g}")


def regions_known(content: Content, words: Words) -> list[Row]:
    """Name, plate and ranks of every region."""
    plate = content.run.instance.regions["plate"]
    ranks = _ranks(content, "region")
    return [{"region": r, "region_name": words.region(r), "plate": words.group(str(plate[r])), **ranks[r]} for r in map(str, plate.index)]


def _industries_known(content: Content, words: Words) -> list[Row]:
    """Name, sums and ranks of every industry."""
    sums, ranks = content.cells[["before", "after"]].groupby(level="industry").sum(), _ranks(content, "industry")
    totals = {c: sums[c].to_dict() for c in sums}
    return [
        {"industry": k, "industry_name": words.industry(k), **{f"nation_{c}": short(by[k]) for c, by in totals.items()}, **ranks[k]}
        for k in map(str, content.run.instance.industries.index)
    ]


def _ranks(content: Content, level: str) -> dict[str, dict[str, int]]:
    """The place of every region or industry in each order: that of the table; by growth, output and mean advantage, the largest first."""
    sums, instance = content.cells[["before", "after"]].groupby(level=level).sum(), content.run.instance
    sums = sums.reindex(instance.regions.index if level == "region" else instance.industries.index)
    values = {
        "growth": sums["after"] / sums["before"].where(sums["before"] > 0),
        "output": sums["after"],
        "advantage": content.advantage.groupby(level=level).mean().reindex(sums.index),
    }
    ranks = pd.DataFrame({f"{level}_{name}": v.rank(ascending=False, method="first", na_option="bottom") for name, v in values.items()})
    ranks.insert(0, f"{level}_place", range(len(ranks)))
    return {str(key): {str(name): int(place) for name, place in row.items()} for key, row in ranks.to_dict("index").items()}


def shift_heat(content: Content, words: Words, title: str, alt_text: str) -> Drawing:
    """Heat map of output gained or lost against even growth, industries by plates."""
    reach, data, instance = float(content.shift["shift"].abs().max()) or 1.0, Data(), content.run.instance
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
    plates, industries = [words.group(p) for p in instance.plates], [words.industry(str(k)) for k in instance.industries.index]
    base = alt.Chart(data.named(rows)).encode(
        x=alt.X("plate:N", sort=plates, title=None, axis=alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False)),
        y=alt.Y("industry:N", sort=industries, title=None, axis=alt.Axis(ticks=False, domain=False)),
    )
    scale = alt.Scale(domain=[-reach, 0, reach], range=style.DIVERGING)
    legend = alt.Legend(title=words.column("change", words.output), orient="right")
    cells = base.mark_rect(stroke="#ffffff", strokeWidth=1).encode(color=alt.Color("shift:Q", scale=scale, legend=legend))
    text = base.mark_text(fontSize=10).encode(text="text:N", color=alt.condition("datum.dark", alt.value("#ffffff"), alt.value("#222222")))
    return style.finish((cells + text).properties(width=alt.Step(96), height=alt.Step(18)), title, alt_text, data)
