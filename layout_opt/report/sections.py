"""The sections of a run's report that show the plan: maps, plates, transfers, layout, resources."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from layout_opt.report import charts, heat, maps
from layout_opt.report.caps import apart, utilisation
from layout_opt.report.content import Content, rows_of
from layout_opt.report.document import Block, Figure, Paragraph, Section, TableBlock
from layout_opt.report.tracing import cite
from layout_opt.report.words import Words, column, decimals_for, fixed

TOP_TRANSFERS = 20
TOP_PRICES = 8  # places per resource
CELLS = 1500  # the most cells for which a chart has its figures in a table beside it


def transfer_map(content: Content, words: Words, pictures: Words) -> Section:
    """Maps of transfers and of change."""
    shown = content.pairs.head(maps.ARROWS)
    if len(shown):
        first, total = shown.iloc[0], len(content.pairs)
        widest = f"{words.region(str(first['origin']))} → {words.region(str(first['destination']))}"
        row = f"{first['origin']} → {first['destination']}"
        output = cite(words.amount(float(first["output"]), words.output), "transfers.csv", row, "output")
        share = cite(words.percent(float(shown["output"].sum()) / content.moved), "transfers.csv", "output")
        counts = {
            "shown": cite(f"{len(shown):,}", "transfers.csv", "origin, destination"),
            "total": cite(f"{total:,}", "transfers.csv", "origin, destination"),
        }
        caption = words.t("map.caption", **counts, share=share, widest=widest, output=output)
        caption = words.sentences([caption, words.t("map.circles")])
    else:
        caption = words.t("map.caption_none")
    caption = words.sentences([caption, words.t("from_table", file=words.join(["transfers.csv", "layout.csv"]))])
    chart = maps.transfer_map(content, pictures, pictures.t("map.title"), caption)
    blocks: list[Block] = [
        Figure("map-transfers", words.t("map.title"), caption, caption, chart, _pairs(content, words, shown) if len(shown) else None)
    ]
    nation = cite(words.percent(float(content.regions["change"].sum()) / content.base_output), "layout.csv", "∑ change / ∑ output_before")
    caption = words.sentences([words.t("growth.caption", nation=nation), words.t("from_table", file="layout.csv")])
    growth = maps.growth_map(content, pictures, pictures.t("growth.title"), caption)
    if growth is not None:
        blocks.append(Figure("map-growth", words.t("growth.title"), caption, caption, growth, _regions(content, words)))
    return Section("map", words.t("map"), blocks)


def _pairs(content: Content, words: Words, shown: pd.DataFrame) -> TableBlock:
    """What the arrows of the map stand for."""
    names = [[words.region(str(r.origin)), words.region(str(r.destination)), words.industry(str(r.industry))] for r in rows_of(shown)]
    rows = [[*ends, output] for ends, output in zip(names, column(list(shown["output"])), strict=True)]
    heads = [words.column("origin"), words.column("destination"), words.t("map.industry"), words.column("output", words.output)]
    caption = words.t("transfers.caption", shown=len(shown), total=len(content.pairs))
    return TableBlock(caption, heads, rows, [False] * 3 + [True], "transfers.csv", name="map_pairs")


def _regions(content: Content, words: Words) -> TableBlock:
    """Every region before and after."""
    names = [[words.region(str(r)), words.group(str(content.run.instance.regions.at[r, "plate"]))] for r in content.regions.index]
    heads, cells, order = _change_columns(content.regions, ("received", "released", "built", "closed"), words)
    rows = [[*name, *values] for name, values in zip(names, cells, strict=True)]
    heads = [words.column("region"), words.column("plate"), *heads]
    return TableBlock(
        words.t("growth.table"),
        heads,
        rows,
        [False, False, *[True] * 7],
        "layout.csv",
        name="map_regions",
        order={2 + k: v for k, v in order.items()},
    )


def _change_columns(frame: pd.DataFrame, more: Sequence[str], words: Words) -> tuple[list[str], list[list[str]], Mapping[int, Sequence[float]]]:
    """Headings and cells of output before and after, growth and further columns; and the numbers behind the growth, for sorting."""
    share = frame["change"] / frame["before"].where(frame["before"] > 0)
    before, after, *others = (column(list(frame[c])) for c in ("before", "after", *more))
    growth = [words.percent(v, 1) for v in share]
    heads = [words.column("output_before", words.output), words.column("output_after", words.output), words.column("growth")]
    cells = [list(row) for row in zip(before, after, growth, *others, strict=True)]
    return [*heads, *(words.column(c, words.output) for c in more)], cells, {2: list(share)}


def plates(content: Content, words: Words, pictures: Words) -> Section:
    """Transfers from plate to plate: heat map and table, zeros kept."""
    names = content.run.instance.plates
    matrix = (
        content.run.tables["plates"].pivot(index="origin_plate", columns="destination_plate", values="output").reindex(index=names, columns=names)
    )
    texts = iter(column([*matrix.to_numpy().ravel(), *matrix.sum(axis=1), *matrix.sum(), float(matrix.to_numpy().sum())]))
    cells = [[next(texts) for _ in names] for _ in names]
    right, below, corner = [next(texts) for _ in names], [next(texts) for _ in names], next(texts)
    rows = [[words.group(name), *row, total] for name, row, total in zip(names, cells, right, strict=True)]
    rows.append([words.t("total"), *below, corner])
    heads = [f"{words.column('origin')} ↓ / {words.column('destination')} →", *map(words.group, names), words.t("total")]
    caption = words.t("plates.title") + words.bracket(words.output) + words.texts["stop"].rstrip() + (" " if words.language == "en" else "")
    table = TableBlock(caption + words.t("plates.caption"), heads, rows, [False, *[True] * (len(names) + 1)], "plates.csv", totals=1)
    alt_text = words.sentences([words.t("plates.caption"), words.t("from_table", file="plates.csv")])
    chart = charts.plate_matrix(content, pictures, pictures.t("plates.title"), alt_text)
    figure = Figure("plates", words.t("plates.title"), alt_text, words.t("from_table", file="plates.csv"), chart)
    return Section("plates", words.t("plates"), [table, figure])


def transfers(content: Content, words: Words) -> Section:
    """Table of the largest transfers."""
    t = content.transfers.sort_values("output", ascending=False, kind="stable").head(TOP_TRANSFERS)
    several = len(content.plan.periods) > 1
    heads = [words.column(c) for c in ("industry", "origin", "destination")] + ([words.column("period")] if several else [])
    heads += [
        words.column("output", words.output),
        words.column("value_added", words.money),
        words.column("cost", words.money),
        words.column("distance", "km"),
    ]
    numbers = zip(*(column(list(t[c])) for c in ("output", "value_added", "cost")), [fixed(v, 0) for v in t["distance"]], strict=True)
    rows = []
    for r, values in zip(rows_of(t), numbers, strict=True):
        ends = ((r.origin, r.origin_plate), (r.destination, r.destination_plate))
        origin, destination = (words.region(str(end)) + words.t("brackets", text=words.group(str(plate))) for end, plate in ends)
        rows.append([words.industry(str(r.industry)), origin, destination, *([str(r.period)] if several else []), *values])
    caption = words.t("transfers.caption", shown=len(t), total=len(content.transfers)) if len(t) else words.t("map.caption_none")
    table = TableBlock(caption, heads, rows, [False] * (4 if several else 3) + [True] * 4, "transfers.csv")
    return Section("transfers", words.t("transfers"), [table])


def layout(content: Content, words: Words, pictures: Words) -> Section:
    """Who grows and who shrinks: by plate in a table, by industry and region in heat maps."""
    frame = content.plates
    heads, cells, order = _change_columns(frame, ("received", "released", "built", "closed"), words)
    rows = [[words.group(str(p)), *values] for p, values in zip(frame.index, cells, strict=True)]
    order = {1 + k: v for k, v in order.items()}
    table = TableBlock(words.t("indicators.plates"), [words.column("plate"), *heads], rows, [False, *[True] * 7], "layout.csv", order=order)
    source = words.t("from_table", file="layout.csv")
    about = words.sentences([words.t("layout.caption", low=heat.LOW, high=heat.HIGH), source])
    chart = heat.layout_heat(content, pictures, pictures.t("layout.title"), about)
    cells_table = _cells(content, words) if len(content.cells) <= CELLS else None
    figure = Figure("layout", words.t("layout.title"), about, about, chart, cells_table, heat.layout_choices(words))
    about = words.sentences([words.t("shift.caption"), source])
    chart = heat.shift_heat(content, pictures, pictures.t("shift.title"), about)
    shift = Figure("shift", words.t("shift.title"), about, about, chart, _shift(content, words))
    return Section("layout", words.t("layout"), [table, figure, shift])


def _cells(content: Content, words: Words) -> TableBlock:
    """Output after the plan, and its change, of every industry (columns) in every region (rows)."""
    instance = content.run.instance
    after, change = (
        frame.unstack("industry").reindex(index=instance.regions.index, columns=instance.industries.index)
        for frame in (content.cells["after"], content.relative)
    )
    decimals = decimals_for(float(v) for v in after.to_numpy().ravel())

    def told(output: float, share: float) -> str:
        growth = "∞" if math.isinf(share) else "" if math.isnan(share) else ("+" if share > 0 else "") + words.percent(share, 0)
        return fixed(output, decimals) + (words.t("brackets", text=growth) if growth else "")

    rows = [[words.region(str(r)), *(told(float(a), float(c)) for a, c in zip(after.loc[r], change.loc[r], strict=True))] for r in after.index]
    heads = [words.column("region"), *(words.industry(str(k)) for k in after.columns)]
    order = {n: list(map(float, after[k])) for n, k in enumerate(after.columns, start=1)}
    caption = words.t("layout.table") + words.bracket(words.output)
    return TableBlock(caption, heads, rows, [False, *[True] * len(after.columns)], "layout.csv", name="layout_cells", order=order)


def _shift(content: Content, words: Words) -> TableBlock:
    """What every plate gains or loses against even growth, by industry."""
    instance = content.run.instance
    wide = content.shift.pivot(index="industry", columns="plate", values="shift").reindex(index=instance.industries.index, columns=instance.plates)
    decimals = decimals_for(float(v) for v in wide.to_numpy().ravel())
    rows = [[words.industry(str(k)), *(fixed(float(v), decimals) for v in wide.loc[k])] for k in wide.index]
    heads = [words.column("industry"), *(words.group(p) for p in wide.columns)]
    return TableBlock(
        words.t("shift.title") + words.bracket(words.output), heads, rows, [False, *[True] * len(wide.columns)], "layout.csv", name="layout_shift"
    )


def resources(content: Content, words: Words, pictures: Words) -> Section:
    """Use of resources against capacity."""
    t = content.resources
    if t.empty:
        return Section("resources", words.t("resources"), [Paragraph(words.t("resources.none"))])
    units = content.run.instance.resource_units
    regions = set(content.run.instance.regions.index)
    rows = []
    for resource, part in t.groupby("resource", sort=False):
        own = part[part["region_or_group"].isin(regions)]
        values = apart(*(float(own[c].sum(min_count=1)) for c in ("use_before", "use_after", "capacity")))
        full = [words.place(str(p)) for p in part.loc[part["full"], "region_or_group"]]
        rows.append(
            [words.resource(str(resource)), words.unit(str(units[resource])), *values, str(len(full)), words.texts["comma"].join(full) or "–"]
        )
    heads = [words.column(c) for c in ("resource", "unit", "use_before", "use_after", "capacity", "at_cap", "place")]
    blocks: list[Block] = [TableBlock(words.t("resources.summary"), heads, rows, [False, False, True, True, True, True, False], "resources.csv")]
    about = words.sentences([words.t("resources.caption"), words.t("from_table", file="resources.csv")])
    chart = charts.resource_bars(content, pictures, pictures.t("resources.title"), about)
    limited = t[t["utilisation"].notna()]
    if chart is not None:
        table = _places(content, words, limited, words.t("resources.title"), "resources_all") if len(limited) <= CELLS else None
        blocks.append(Figure("resources", words.t("resources.title"), about, about, chart, table))
    listed = t[t["full"] | (t["price"].abs() > 0)]
    shown = listed.sort_values("price", ascending=False, kind="stable").groupby("resource", sort=False).head(TOP_PRICES)
    shown = shown.sort_values("resource", key=lambda s: s.map({r: i for i, r in enumerate(units.index)}), kind="stable")
    if len(shown):
        note = words.t("resources.price_note", file="resources.csv", money=words.unit(words.money))
        if len(listed) > len(shown):
            note = words.sentences([note, words.t("first_rows", shown=len(shown), total=len(listed), file="resources.csv")])
        blocks.append(_places(content, words, shown, words.t("resources.table"), "resources_places", note))
    return Section("resources", words.t("resources"), blocks)


def _places(content: Content, words: Words, shown: pd.DataFrame, caption: str, name: str, note: str = "") -> TableBlock:
    """Use, capacity and price of resources at places."""
    units = content.run.instance.resource_units
    titles = {p.label: p.title[words.language] for p in content.run.policies}
    rows = []
    for r in rows_of(shown):
        limits = "" if pd.isna(r.limited_by) else str(r.limited_by)
        limited = words.texts["comma"].join(titles.get(label, label) for label in limits.split(", ") if label)
        values = apart(float(r.use_before), float(r.use_after), float(r.capacity))
        price = words.rate(float(r.price), words.money, str(units[r.resource]))
        used = utilisation(float(r.utilisation), words)
        rows.append([words.resource(str(r.resource)), words.place(str(r.region_or_group)), *values, used, price, limited or "–"])
    heads = [words.column(c) for c in ("resource", "place", "use_before", "use_after", "capacity", "utilisation", "price", "limited_by")]
    numeric = [False, False, True, True, True, True, True, False]
    order = {5: list(map(float, shown["utilisation"])), 6: list(map(float, shown["price"]))}
    return TableBlock(caption, heads, rows, numeric, "resources.csv", note, name, order=order)
