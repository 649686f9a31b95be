"""Charts of one scenario against another. Each holds the figures of all scenarios; the parameters `scenario` and `other` say which are shown,
`region` which region stands out."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from string import Formatter
from typing import Any

import altair as alt
import pandas as pd

from layout_opt.report import heat, maps, style
from layout_opt.report.charts import places
from layout_opt.report.content import FULL, OVER, Content
from layout_opt.report.drawing import Data, Drawing, Row
from layout_opt.report.plane import Plane
from layout_opt.report.words import Words, decimals_for

BASE = "base"  # the value of `other` that stands for the base year
REACH = 100  # per cent, ends of the colour scale of differences between scenarios
FAINT = 0.12
CHOSEN = "region == '' || datum.region == region"


@dataclass(frozen=True, eq=False)
class Switch:
    """The scenarios that can be chosen, by the key that stands for each in the data of the charts."""

    names: Mapping[str, str]
    contents: Mapping[str, Content]

    @property
    def scenario(self) -> str:
        """The scenario that is shown at first: the second, if there is one."""
        return list(self.names)[min(1, len(self.names) - 1)]

    @property
    def other(self) -> str:
        """What it is compared to at first."""
        return next(iter(self.names)) if len(self.names) > 1 else BASE

    @property
    def first(self) -> Content:
        return next(iter(self.contents.values()))

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Output by cell: of the base year and of every scenario's last year."""
        return pd.DataFrame({BASE: self.first.cells["before"], **{key: content.cells["after"] for key, content in self.contents.items()}})

    @cached_property
    def plates(self) -> pd.DataFrame:
        """Transfers from plate to plate by scenario."""
        ends = ["origin_plate", "destination_plate"]
        return pd.DataFrame({key: content.run.tables["plates"].set_index(ends)["output"] for key, content in self.contents.items()})

    @cached_property
    def use(self) -> pd.DataFrame:
        """Use over capacity by resource and place, in the base year and under every scenario; empty where a scenario states no capacity."""
        ends = ["resource", "region_or_group"]
        known = {key: content.resources.set_index(ends) for key, content in self.contents.items()}
        first = next(iter(known.values()))
        frame = pd.DataFrame({BASE: first["use_before"] / first["capacity"], **{key: t["utilisation"] for key, t in known.items()}})
        return frame.reindex(first.index).dropna(how="all")


def scenario_map(switch: Switch, words: Words, alt_text: str) -> Drawing:
    """The transfers of the scenario on the map."""
    plane, data = Plane(switch.first.run.instance), Data()
    pairs = {key: content.pairs.head(maps.ARROWS) for key, content in switch.contents.items()}
    widest = max((float(p["output"].max()) for p in pairs.values() if len(p)), default=1.0)
    largest = max(float(content.regions["net"].abs().max()) for content in switch.contents.values())
    moving: list[Row] = []
    rounds: list[Row] = []
    for key, content in switch.contents.items():
        moving += maps.arrows(content, words, plane, pairs[key], widest, scenario=key)
        rounds += maps.circles(content, words, plane, largest, scenario=key)
    layers = maps.plates(switch.first, words, plane, data)
    layers[-1] = layers[-1].encode(fillOpacity=_bright(CHOSEN, 0.28))
    ends = "region == '' || datum.origin == region || datum.destination == region"
    tests = ([CHOSEN] if rounds else []) + ([ends] if moving else [])
    for layer, test in zip(maps.flows(words, switch.first, data, moving, rounds), tests, strict=True):
        layers.append(layer.transform_filter("datum.scenario == scenario").encode(opacity=_bright(test, 1.0)))
    layers += maps.labels(switch.first, words, plane, data, -12)
    layers[0] = layers[0].add_params(*_params(switch, words))
    return maps.finish(layers, plane, _title(words, "switch.map"), alt_text, data)


def scenario_layout(switch: Switch, words: Words, alt_text: str) -> Drawing:
    """Heat map of the difference of every cell's output, in per cent of its output in the base year, a panel per plate."""
    data, instance = Data(), switch.first.run.instance
    columns = {str(c): [heat.short(float(v)) for v in switch.cells[c]] for c in switch.cells}
    rows = [{"industry": i, "region": r, **{c: values[n] for c, values in columns.items()}} for n, (i, r) in enumerate(switch.cells.index)]
    industries = [{"industry": str(k), "industry_name": words.industry(str(k)), "industry_place": n} for n, k in enumerate(instance.industries.index)]
    unit, number = words.bracket(words.output), f",.{decimals_for(switch.cells[BASE])}f"
    tips = [
        *style.tooltip([("industry_name", words.column("industry")), ("region_name", words.column("region"))]),
        alt.Tooltip("shown:Q", format=number, title=words.t("switch.scenario") + unit),
        alt.Tooltip("against:Q", format=number, title=words.t("switch.other") + unit),
    ]
    ends = [alt.expr(f"other == '{BASE}' ? {since} : {between}") for since, between in ((heat.LOW, -REACH), (0, 0), (heat.HIGH, REACH))]
    legend = alt.Legend(title="%", orient="bottom", gradientLength=260)
    colour = alt.Color("value:Q", scale=alt.Scale(domain=ends, range=style.DIVERGING, clamp=True), legend=legend)
    chart = (
        alt.Chart()
        .mark_rect(stroke="#ffffff", strokeWidth=0.5, invalid=None)
        .encode(
            x=alt.X("region_name:N", sort=_ranked("region"), title=None, axis=alt.Axis(labelAngle=-60, ticks=False, domain=False)),
            y=alt.Y("industry_name:N", sort=_ranked("industry"), title=None, axis=alt.Axis(ticks=False, domain=False)),
            color=alt.condition("isValid(datum.value)", colour, alt.value("#d9d9d9")),
            opacity=_bright(CHOSEN, 1.0),
            tooltip=tips,
        )
        .properties(width=alt.Step(heat.step(len(instance.regions))), height=alt.Step(14))
    )
    plates = [words.group(p) for p in instance.plates]
    panels = chart.facet(data=data.named(rows), column=alt.Column("plate:N", sort=plates, title=None), spacing=6, bounds="flush")
    panels = data.looked_up(panels, "region", heat.regions_known(switch.first, words))
    panels = data.looked_up(panels, "industry", industries)
    panels = panels.transform_calculate(shown="datum[scenario]", against="datum[other]").transform_calculate(
        gain="datum.shown - datum.against",
        value="datum.base > 0 ? 100 * (datum.shown - datum.against) / datum.base : datum.shown == datum.against ? null : "
        "datum.shown > datum.against ? 1e9 : -1e9",
    )
    for level in ("region", "industry"):
        panels = panels.transform_joinaggregate([{"op": "sum", "field": "gain", "as": f"{level}_gain"}], groupby=[level])
    ranks = {f"{level}_rank": f"switch_order == 'place' ? datum.{level}_place : -datum.{level}_gain" for level in ("region", "industry")}
    asked = [*_params(switch, words), alt.param(name="switch_order", value="place")]
    panels = panels.transform_calculate(**ranks).add_params(*asked).resolve_scale(x="independent")
    return style.finish(panels, _title(words, "switch.layout"), alt_text, data)


def scenario_plates(switch: Switch, words: Words, alt_text: str) -> Drawing:
    """Matrix of transfers from plate to plate, and in brackets the difference."""
    data, names = Data(), [words.group(p) for p in switch.first.run.instance.plates]
    largest, number = float(switch.plates.max().max()) or 1.0, f",.{min(decimals_for(switch.plates.to_numpy().ravel()), 1)}f"
    rows = [
        {"origin": words.group(o), "destination": words.group(d), **{k: heat.short(v) for k, v in row.items()}}
        for (o, d), row in _by_row(switch.plates)
    ]
    differs = f"other == '{BASE}' || datum.shown == datum[other]"
    base = (
        alt.Chart(data.named(rows))
        .transform_calculate(shown="datum[scenario]")
        .transform_calculate(
            text=f"format(datum.shown, '{number}') + ({differs} ? '' : ' (' + format(datum.shown - datum[other], '+{number}') + ')')",
            dark=f"datum.shown > {0.55 * largest}",
        )
        .encode(
            x=alt.X(
                "destination:N", sort=names, title=words.column("destination"), axis=alt.Axis(orient="top", labelAngle=0, domain=False, ticks=False)
            ),
            y=alt.Y("origin:N", sort=names, title=words.column("origin"), axis=alt.Axis(domain=False, ticks=False)),
        )
    )
    scale = alt.Scale(domain=[0, largest], range=["#f3f6f8", "#084a76"])
    legend = alt.Legend(title=words.column("output", words.output))
    cells = base.mark_rect(stroke="#ffffff", strokeWidth=2).encode(color=alt.Color("shown:Q", scale=scale, legend=legend))
    text = base.mark_text(fontSize=12).encode(text="text:N", color=alt.condition("datum.dark", alt.value("#ffffff"), alt.value("#222222")))
    chart = alt.layer(cells, text).add_params(*_params(switch, words)).properties(width=130 * len(names), height=44 * len(names))
    return style.finish(chart, _title(words, "switch.plates"), alt_text, data)


def scenario_resources(switch: Switch, words: Words, alt_text: str) -> Drawing | None:
    """Bars of use over capacity under the scenario and ticks under the other; None where no place has a capacity."""
    if switch.use.empty:
        return None
    data, order = Data(), [words.place(p) for p in places(switch.first)]
    resources = list(dict.fromkeys(map(str, switch.use.index.get_level_values("resource"))))
    width = max(130, min(260, 800 // len(resources)))
    heads = {r: "\n".join(textwrap.wrap(words.resource(r), width // (6 if words.language == "en" else 11))) for r in resources}
    rows = [
        {"resource": heads[r], "region": p, "place": words.place(p), **{k: _percent(v) for k, v in row.items()}, "cap": 100}
        for (r, p), row in _by_row(switch.use)
    ]
    top = max(105.0, min(160.0, 100 * float(switch.use.max().max())))
    states = [words.t(f"state.{s}") for s in ("over", "at_cap", "below")]
    tips = [*style.tooltip([("place", words.column("place")), ("state", words.column("status"))])]
    tips += [
        alt.Tooltip(f"{field}:Q", format=",.2f", title=f"{words.t(key)}, %")
        for field, key in (("shown", "switch.scenario"), ("against", "switch.other"))
    ]
    base = alt.Chart().encode(y=alt.Y("place:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False)))
    scale = alt.Scale(domain=[0, top], clamp=True)
    bars = base.mark_bar(height=8).encode(
        x=alt.X("shown:Q", axis=alt.Axis(title="%", values=[0, 50, 100, 150], grid=True), scale=scale),
        color=alt.Color("state:N", scale=alt.Scale(domain=states, range=[style.OVER, style.FULL, style.BELOW]), legend=_on_top()),
        opacity=_bright(CHOSEN, 1.0),
        tooltip=tips,
    )
    ticks = base.mark_tick(color="#333333", thickness=1.5, size=11).encode(x="against:Q")
    cap = alt.Chart().mark_rule(color="#222222", strokeWidth=1).encode(x="mean(cap):Q")
    header = alt.Header(labelLimit=width + 10, labelExpr="split(datum.value, '\\n')", labelLineHeight=13)
    column = alt.Column("resource:N", sort=list(heads.values()), title=None, header=header)
    panels = (
        alt.layer(bars, ticks, cap)
        .properties(width=width, height=alt.Step(14))
        .facet(data=data.named(rows), column=column, spacing=12, bounds="flush")
    )
    over, full, below = (json.dumps(s, ensure_ascii=False) for s in states)
    panels = panels.transform_calculate(shown="datum[scenario]", against="datum[other]")
    panels = panels.transform_calculate(state=f"datum.shown > {100 * OVER} ? {over} : datum.shown >= {100 * FULL} ? {full} : {below}")
    return style.finish(panels.add_params(*_params(switch, words)), _title(words, "switch.resources"), alt_text, data)


def _by_row(frame: pd.DataFrame) -> Iterator[tuple[tuple[str, str], dict[str, float]]]:
    """The two keys of every row, and its numbers by column."""
    for (first, second), row in zip(frame.index, frame.to_numpy(dtype=float), strict=True):
        yield (str(first), str(second)), {str(c): float(v) for c, v in zip(frame, row, strict=True)}


def _params(switch: Switch, words: Words) -> list[Any]:
    called = {**switch.names, BASE: words.plain["base"]}
    values: dict[str, Any] = {"scenario": switch.scenario, "other": switch.other, "region": "", "called": called}
    return [alt.param(name=name, value=value) for name, value in values.items()]


def _title(words: Words, key: str) -> Any:
    """A text as an expression, in which {scenario} and {other} are what is chosen."""
    parts = Formatter().parse(words.t(key, scenario="{scenario}", other="{other}"))
    return alt.expr(" + ".join(json.dumps(literal, ensure_ascii=False) + (f" + called[{name}]" if name else "") for literal, name, _, _ in parts))


def _bright(test: str, opacity: float) -> Any:
    return alt.condition(test, alt.value(opacity), alt.value(FAINT * opacity))


def _ranked(level: str) -> Any:
    return alt.EncodingSortField(field=f"{level}_rank", op="min", order="ascending")


def _percent(share: float) -> float | None:
    return round(100 * share, 5) if share == share else None


def _on_top() -> Any:
    return alt.Legend(title=None, orient="top")
