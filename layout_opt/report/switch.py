"""The section of a comparison in which the reader chooses a scenario, and the one it is compared to."""

from __future__ import annotations

import pandas as pd

from layout_opt.analysis.comparing import Comparison
from layout_opt.report import maps, switch_charts
from layout_opt.report.caps import utilisation
from layout_opt.report.content import Content
from layout_opt.report.document import Block, Choice, Figure, Paragraph, Section, TableBlock
from layout_opt.report.switch_charts import BASE, Switch
from layout_opt.report.words import Words, decimals_for, fixed

SWITCHED = 24  # scenarios that can be chosen, lest the page grow too large
CELLS = 1500  # the most rows for which a chart has its figures in a table beside it


def one_scenario(comparison: Comparison, words: Words, drawn: Words) -> Section:
    """Map, layout, plate matrix and resources of a chosen scenario against another."""
    planned = {name: Content(run) for name, run in comparison.runs.items() if run.has_plan}
    chosen = dict(list(planned.items())[:SWITCHED])
    names = {f"s{n}": name for n, name in enumerate(chosen)}
    switch = Switch(names, {key: chosen[name] for key, name in names.items()})
    blocks: list[Block] = [Paragraph(words.t("switch.about"))]
    if len(planned) > SWITCHED:
        blocks.append(Paragraph(words.t("switch.some", shown=SWITCHED, total=len(planned))))
    shown = {"scenario": names[switch.scenario], "other": words.plain["base"] if switch.other == BASE else names[switch.other]}

    def figure(name: str, key: str, file: str, chart: object, table: TableBlock | None, *choices: Choice) -> None:
        about = words.sentences([words.t(f"switch.{key}_caption"), words.t("from_table", file=words.t("of_scenarios", file=file))])
        blocks.append(Figure(name, words.t(f"switch.{key}", **shown), about, about, chart, table, choices))

    def about(key: str) -> str:
        return words.t(f"switch.{key}_caption")

    orders = [("place", words.t("order.place")), ("gain", words.t("order.gain"))]
    order = Choice("switch_order", words.t("order.both"), orders, "place")
    figure("map-scenario", "map", "transfers.csv", switch_charts.scenario_map(switch, drawn, about("map")), _pairs(switch, words))
    figure("scenario-layout", "layout", "layout.csv", switch_charts.scenario_layout(switch, drawn, about("layout")), _regions(switch, words), order)
    figure("scenario-matrix", "plates", "plates.csv", switch_charts.scenario_plates(switch, drawn, about("plates")), None)
    bars = switch_charts.scenario_resources(switch, drawn, about("resources"))
    if bars is not None:
        figure("scenario-use", "resources", "resources.csv", bars, _use(switch, words))
    return Section("scenario", words.t("switch"), blocks, choices=_choices(switch, words))


def _choices(switch: Switch, words: Words) -> list[Choice]:
    regions = [("", words.t("switch.all")), *((str(r), words.region(str(r))) for r in switch.first.run.instance.regions.index)]
    return [
        Choice("scenario", words.t("switch.scenario"), list(switch.names.items()), switch.scenario),
        Choice("other", words.t("switch.other"), [*switch.names.items(), (BASE, words.plain["base"])], switch.other),
        Choice("region", words.t("switch.region"), regions, ""),
    ]


def _pairs(switch: Switch, words: Words) -> TableBlock:
    """The largest transfers between regions under every scenario."""
    frames = {key: content.pairs.set_index(["origin", "destination"])["output"] for key, content in switch.contents.items()}
    wide = pd.DataFrame(frames).fillna(0.0)
    wide = wide.loc[wide.max(axis="columns").sort_values(ascending=False, kind="stable").index].head(maps.ARROWS)
    decimals = decimals_for(float(v) for v in wide.to_numpy().ravel())
    rows = [
        [words.region(str(o)), words.region(str(d)), *(fixed(float(v), decimals) for v in row)]
        for (o, d), row in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    heads = [words.column("origin"), words.column("destination"), *switch.names.values()]
    caption = words.t("map.title") + words.bracket(words.output)
    return TableBlock(
        caption, heads, rows, [False, False, *[True] * len(switch.names)], words.t("of_scenarios", file="transfers.csv"), name="scenario_pairs"
    )


def _regions(switch: Switch, words: Words) -> TableBlock:
    """Output of every region in the base year and under every scenario."""
    sums = switch.cells.groupby(level="region").sum().reindex(switch.first.run.instance.regions.index)
    decimals = decimals_for(float(v) for v in sums.to_numpy().ravel())
    rows = [[words.region(str(r)), *(fixed(float(v), decimals) for v in row)] for r, row in zip(sums.index, sums.to_numpy(), strict=True)]
    heads = [words.column("region"), words.column("before"), *switch.names.values()]
    caption = words.t("switch.regions") + words.bracket(words.output)
    return TableBlock(
        caption, heads, rows, [False, *[True] * (1 + len(switch.names))], words.t("of_scenarios", file="layout.csv"), name="scenario_regions"
    )


def _use(switch: Switch, words: Words) -> TableBlock | None:
    """Use over capacity of every resource and place, in the base year and under every scenario."""
    if len(switch.use) > CELLS:
        return None
    rows, order = [], {n: list(map(float, switch.use[c])) for n, c in enumerate(switch.use, start=2)}
    for (resource, place), row in zip(switch.use.index, switch.use.to_numpy(), strict=True):
        rows.append([words.resource(str(resource)), words.place(str(place)), *(utilisation(float(v), words) for v in row)])
    heads = [words.column("resource"), words.column("place"), words.column("before"), *switch.names.values()]
    numeric = [False, False, *[True] * (1 + len(switch.names))]
    return TableBlock(
        words.column("utilisation"), heads, rows, numeric, words.t("of_scenarios", file="resources.csv"), name="scenario_use", order=order
    )
