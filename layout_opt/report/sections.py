"""The sections of a run's report that argue: question, answer, transfers, layout, resources."""

from __future__ import annotations

import math

import pandas as pd

from layout_opt.report import charts, maps
from layout_opt.report.appendix import violation_text
from layout_opt.report.content import TRIVIAL, Content, rows_of
from layout_opt.report.document import Block, Bullets, Figure, Paragraph, Section, TableBlock
from layout_opt.report.words import Words, column, fixed, significant

TOP_TRANSFERS = 20
TOP_PLACES = 6  # named in a sentence
TOP_PRICES = 8  # places per resource


def question(content: Content, words: Words) -> Section:
    """What the model was asked."""
    return Section("question", words.t("question"), [Paragraph(content.run.definition.question[words.language], lead=True)])


def answer(content: Content, words: Words) -> Section:
    """The answer in words, figures included."""
    first = words.sentences(_wants(content, words) + moves(content, words))
    rest = [*_change(content, words), *_largest(content, words), *_caps(content, words), *_met(content, words), *proof(content, words)]
    return Section("answer", words.t("answer"), [Paragraph(first, lead=True), Bullets(rest)])


def _wants(content: Content, words: Words) -> list[str]:
    """What is missing, which is named before anything else."""
    found = []
    if len(content.shortage):
        missing = float(content.shortage.sum())
        industries = words.join((words.industry(str(k)) for k in content.shortage.index), most=3)
        share = words.percent(missing / content.demand)
        found.append(words.t("answer.shortage", amount=words.amount(missing, words.output), share=share, industries=industries))
    titles = {p.label: p.title[words.language] for p in content.run.policies}
    for row in rows_of(content.excesses):
        label = str(row.label)
        found.append(
            words.t("answer.excess", policy=titles.get(label, label), amount=significant(float(row.excess)), penalty=significant(float(row.penalty)))
        )
    return found


def _met(content: Content, words: Words) -> list[str]:
    found = [] if len(content.shortage) else [words.t("answer.met")]
    if content.run.tables["policies"]["penalty"].notna().any() and content.excesses.empty:
        found.append(words.t("answer.no_excess"))
    return found


def moves(content: Content, words: Words) -> list[str]:
    """Sentences on how much output moves, in the direction of the manifest and in all."""
    base, direction = content.base_output, content.run.instance.manifest.direction
    if content.moved <= TRIVIAL * base:
        return [words.t("answer.no_transfers")]
    found = []
    if direction is not None:
        along, back = content.between(direction.origin, direction.destination), content.between(direction.destination, direction.origin)
        origin, destination = (words.join(words.group(p) for p in plates) for plates in (direction.origin, direction.destination))
        if along > TRIVIAL * base:
            origin_base = float(content.plates["before"].reindex(list(direction.origin)).sum())
            shares = {"origin_share": words.percent(along / origin_base if origin_base else math.nan), "share": words.percent(along / content.moved)}
            found.append(words.t("answer.direction", origin=origin, destination=destination, amount=words.amount(along, words.output), **shares))
        else:
            found.append(words.t("answer.direction_none", origin=origin, destination=destination))
        if back > TRIVIAL * base:
            found.append(words.t("answer.back", amount=words.amount(back, words.output)))
    found.append(words.t("answer.total", amount=words.amount(content.moved, words.output), share=words.percent(content.moved / base)))
    return found


def _change(content: Content, words: Words) -> list[str]:
    sums = content.regions.sum()
    amounts = {key: words.amount(float(sums[key]), words.output) for key in ("built", "closed", "before", "after")}
    found = [words.t("answer.build", **amounts)]
    items = []
    for plate in content.run.instance.plates:
        share = content.indicator("value_added_share", plate)
        if share is not None:
            items.append(words.t("answer.plate", plate=words.group(plate), before=words.percent(share[0], 1), after=words.percent(share[1], 1)))
    return [*found, words.t("answer.plates", items=words.join(items))] if items else found


def _largest(content: Content, words: Words) -> list[str]:
    items = [
        words.t(
            "answer.transfer",
            industry=words.industry(str(r.industry)),
            origin=words.region(str(r.origin)),
            destination=words.region(str(r.destination)),
            amount=words.amount(float(r.output), words.output),
        )
        for r in rows_of(content.transfers.sort_values("output", ascending=False, kind="stable").head(3))
    ]
    return [words.t("answer.largest", items=words.join(items))] if items else []


def _caps(content: Content, words: Words) -> list[str]:
    """Which resources are used up, and where; more use than capacity is named first."""
    found = []
    for resource, t in content.resources.groupby("resource", sort=False):
        limited = int(t["capacity"].notna().sum())
        for key, chosen in (("answer.over", t["over"]), ("answer.at_cap", t["full"] & ~t["over"])):
            places = [words.place(str(p)) for p in t.loc[chosen, "region_or_group"]]
            if len(places) > TOP_PLACES:
                shown = words.texts["comma"].join(places[:TOP_PLACES])
                found.append(words.t(f"{key}_some", resource=words.resource(str(resource)), places=shown, count=len(places), total=limited))
            elif places:
                found.append(words.t(key, resource=words.resource(str(resource)), places=words.join(places)))
    return found or ([words.t("answer.no_cap")] if len(content.resources) else [])


def proof(content: Content, words: Words) -> list[str]:
    """How good the plan is proven to be, and what the independent check found."""
    info = content.run.info
    gap = float(info["gap"])
    if content.run.status == "optimal":
        found = [words.t("answer.proof_best") if gap == 0 else words.t("answer.proof_optimal", gap=words.at_most(gap))]
    else:
        found = [words.t("answer.proof_feasible", gap=words.at_most(gap))]
    if info.get("interrupted"):
        found.append(words.t("answer.interrupted"))
    violation = info.get("violation")
    found.append(words.t("answer.unverified") if violation is None else words.t("answer.verified", violation=violation_text(float(violation))))
    return found


def transfer_map(content: Content, words: Words, pictures: Words) -> Section:
    """Maps of transfers and of change."""
    shown = content.pairs.head(maps.ARROWS)
    if len(shown):
        widest = f"{words.region(str(shown['origin'].iloc[0]))} → {words.region(str(shown['destination'].iloc[0]))}"
        widest += words.t("brackets", text=words.amount(float(shown["output"].iloc[0]), words.output))
        share = words.percent(float(shown["output"].sum()) / content.moved)
        caption = words.t("map.caption", shown=len(shown), total=len(content.pairs), share=share, widest=widest)
        caption = words.sentences([caption, words.t("map.circles")])
    else:
        caption = words.t("map.caption_none")
    title = pictures.t("map.title")
    caption = words.sentences([caption, words.t("from_table", file=words.join(["transfers.csv", "layout.csv"]))])
    blocks: list[Block] = [Figure("map-transfers", words.t("map.title"), caption, caption, maps.transfer_map(content, pictures, title, caption))]
    nation = words.percent(float(content.regions["change"].sum()) / content.base_output)
    caption = words.sentences([words.t("growth.caption", nation=nation), words.t("from_table", file="layout.csv")])
    chart = maps.growth_map(content, pictures, pictures.t("growth.title"), caption)
    if chart is not None:
        blocks.append(Figure("map-growth", words.t("growth.title"), caption, caption, chart))
    return Section("map", words.t("map"), blocks)


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
    table = TableBlock(caption + words.t("plates.caption"), heads, rows, [False, *[True] * (len(names) + 1)], "plates.csv")
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
    numbers = [column(list(frame[c])) for c in ("before", "after", "received", "released", "built", "closed")]
    growth = [words.percent(v, 1) for v in frame["change"] / frame["before"].where(frame["before"] > 0)]
    rows = [[words.group(str(p)), *values] for p, *values in zip(frame.index, *numbers[:2], growth, *numbers[2:], strict=True)]
    heads = [words.column("plate"), words.column("output_before", words.output), words.column("output_after", words.output), words.column("growth")]
    heads += [words.column(c, words.output) for c in ("received", "released", "built", "closed")]
    table = TableBlock(words.t("indicators.plates"), heads, rows, [False, *[True] * 7], "layout.csv")
    source = words.t("from_table", file="layout.csv")
    about = words.sentences([words.t("layout.caption", low=charts.LOW, high=charts.HIGH), source])
    heat = Figure("layout", words.t("layout.title"), about, about, charts.layout_heat(content, pictures, pictures.t("layout.title"), about))
    about = words.sentences([words.t("shift.caption"), source])
    shift = Figure("shift", words.t("shift.title"), about, about, charts.shift_heat(content, pictures, pictures.t("shift.title"), about))
    return Section("layout", words.t("layout"), [table, heat, shift])


def resources(content: Content, words: Words, pictures: Words) -> Section:
    """Use of resources against capacity."""
    t = content.resources
    if t.empty:
        return Section("resources", words.t("resources"), [Paragraph(words.t("resources.none"))])
    units = content.run.instance.tables["resources"].set_index("resource")["unit"]
    regions = set(content.run.instance.regions.index)
    rows = []
    for resource, part in t.groupby("resource", sort=False):
        own = part[part["region_or_group"].isin(regions)]
        values = column([float(own["use_before"].sum()), float(own["use_after"].sum()), float(own["capacity"].sum(min_count=1))])
        full = [words.place(str(p)) for p in part.loc[part["full"], "region_or_group"]]
        rows.append(
            [words.resource(str(resource)), words.unit(str(units[resource])), *values, str(len(full)), words.texts["comma"].join(full) or "–"]
        )
    heads = [words.column(c) for c in ("resource", "unit", "use_before", "use_after", "capacity", "at_cap", "place")]
    blocks: list[Block] = [TableBlock(words.t("resources.summary"), heads, rows, [False, False, True, True, True, True, False], "resources.csv")]
    about = words.sentences([words.t("resources.caption"), words.t("from_table", file="resources.csv")])
    chart = charts.resource_bars(content, pictures, pictures.t("resources.title"), about)
    if chart is not None:
        blocks.append(Figure("resources", words.t("resources.title"), about, about, chart))
    listed = t[t["full"] | (t["price"].abs() > 0)]
    shown = listed.sort_values("price", ascending=False, kind="stable").groupby("resource", sort=False).head(TOP_PRICES)
    shown = shown.sort_values("resource", key=lambda s: s.map({r: i for i, r in enumerate(units.index)}), kind="stable")
    if len(shown):
        blocks.append(_resource_table(content, words, shown, len(listed)))
    return Section("resources", words.t("resources"), blocks)


def _resource_table(content: Content, words: Words, shown: pd.DataFrame, total: int) -> TableBlock:
    units = content.run.instance.tables["resources"].set_index("resource")["unit"]
    titles = {p.label: p.title[words.language] for p in content.run.policies}
    rows = []
    for r in rows_of(shown):
        limits = "" if pd.isna(r.limited_by) else str(r.limited_by)
        limited = words.texts["comma"].join(titles.get(label, label) for label in limits.split(", ") if label)
        values = column([float(r.use_before), float(r.use_after), float(r.capacity)])
        price = words.rate(float(r.price), words.money, str(units[r.resource]))
        rows.append(
            [
                words.resource(str(r.resource)),
                words.place(str(r.region_or_group)),
                *values,
                words.percent(float(r.utilisation)),
                price,
                limited or "–",
            ]
        )
    heads = [words.column(c) for c in ("resource", "place", "use_before", "use_after", "capacity", "utilisation", "price", "limited_by")]
    note = words.t("resources.price_note", file="resources.csv", money=words.unit(words.money))
    if total > len(shown):
        note = words.sentences([note, words.t("first_rows", shown=len(shown), total=total, file="resources.csv")])
    return TableBlock(words.t("resources.table"), heads, rows, [False, False, True, True, True, True, True, False], "resources.csv", note)
