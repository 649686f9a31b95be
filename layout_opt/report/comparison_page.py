"""The report of a comparison: scenarios side by side, the first is the one the others are compared to."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from layout_opt.analysis.comparing import KEYS, Comparison
from layout_opt.analysis.study import Answer
from layout_opt.report import comparison_charts as charts
from layout_opt.report.appendix import NATION, SHARES, indicator_name, term_name, violation_text
from layout_opt.report.comparison_answer import answer
from layout_opt.report.content import FULL, OVER, rows_of
from layout_opt.report.document import Block, Document, Figure, Section, TableBlock
from layout_opt.report.findings import findings
from layout_opt.report.sources import estimates, sources
from layout_opt.report.statement import comparison_statement
from layout_opt.report.switch import one_scenario
from layout_opt.report.words import Words, column, decimals_for, fixed

TOP_DIFFERENCES = 20


def comparison_document(comparison: Comparison, language: str, pictures: str, answers: Sequence[Answer] = ()) -> Document:
    """The document of a comparison in which at least one scenario has a plan, and of what was asked beside it; `pictures` is the language of the
    charts."""
    words, drawn = Words(comparison.instance, language), Words(comparison.instance, pictures)
    year = max(int(run.tables["layout"]["period"].max()) for run in comparison.runs.values() if run.has_plan)
    for w in (words, drawn):
        w.plain["year"] = str(year)
        w.plain["baseline"] = comparison.baseline
    sections = [
        _questions(comparison, words),
        answer(comparison, words),
        _scenarios(comparison, words, drawn),
        one_scenario(comparison, words, drawn),
        _plates(comparison, words, drawn),
        _objective(comparison, words),
        _resources(comparison, words, drawn),
        _indicators(comparison, words),
        _layout(comparison, words, year),
        *findings(answers, words, drawn),
        _checks(comparison, words),
        _provenance(comparison, words),
        comparison_statement(comparison, words),
        estimates(comparison.instance, words),
    ]
    title = words.t("title.comparison", title=comparison.instance.manifest.title[language], count=len(comparison.runs))
    return Document(language, title, words.t("subtitle.comparison", instance=comparison.instance.name), [s for s in sections if s.blocks])


def _planned(comparison: Comparison) -> list[str]:
    return [name for name, run in comparison.runs.items() if run.has_plan]


def _questions(comparison: Comparison, words: Words) -> Section:
    rows = [[name, run.definition.question[words.language]] for name, run in comparison.runs.items()]
    table = TableBlock(words.t("questions.caption"), [words.column("scenario"), words.column("question")], rows, [False, False])
    return Section("question", words.t("questions"), [table])


def _scenarios(comparison: Comparison, words: Words, drawn: Words) -> Section:
    t = comparison.tables["scenarios"]
    objective, transfer = column(list(t["objective"].astype(float))), column(list(t["transfer"].astype(float)))
    decimals = decimals_for([*t["difference_low"].astype(float), *t["difference_high"].astype(float)])
    rows = []
    for r, stated, moved in zip(rows_of(t), objective, transfer, strict=True):
        low, high = fixed(float(r.difference_low), decimals), fixed(float(r.difference_high), decimals)
        gap = "–" if pd.isna(r.gap) else words.at_most(float(r.gap))
        violation = "–" if pd.isna(r.violation) else violation_text(float(r.violation))
        difference = low if low == high else f"{low} … {high}"
        rows.append([str(r.scenario), words.t(f"status.{r.status}"), stated, gap, difference, moved, violation, fixed(float(r.seconds), 1)])
    heads = [words.column("scenario"), words.column("status"), words.column("objective", words.money), words.column("gap")]
    heads += [words.column("difference", words.money), words.column("transfer", words.output), words.column("violation"), words.column("seconds")]
    caption = words.t("scenarios.caption")
    blocks: list[Block] = [TableBlock(caption, heads, rows, [False, False, *[True] * 6], "scenarios.csv")]
    source = words.t("from_table", file="scenarios.csv")
    about = words.sentences([caption, source])
    chart = charts.differences(comparison, drawn, drawn.t("scenarios.title"), about)
    if chart is not None:
        blocks.append(Figure("differences", words.t("scenarios.title"), about, source, chart))
    return Section("scenarios", words.t("scenarios"), blocks)


def _plates(comparison: Comparison, words: Words, drawn: Words) -> Section:
    t = comparison.tables.get("plates")
    if t is None:
        return Section("plates", "", [])
    names = _planned(comparison)
    wide = t.pivot(index=["origin_plate", "destination_plate"], columns="scenario", values="output").reindex(columns=names)
    order = pd.MultiIndex.from_product([comparison.instance.plates, comparison.instance.plates])
    wide = wide.reindex(order)
    rows = [[words.group(str(o)), words.group(str(d)), *cells] for (o, d), cells in zip(wide.index, _grid(wide), strict=True)]
    heads = [words.column("origin"), words.column("destination"), *(name + words.bracket(words.output) for name in names)]
    blocks: list[Block] = [TableBlock(words.t("compare.plates_caption"), heads, rows, [False, False, *[True] * len(names)], "plates.csv")]
    about = words.sentences([words.t("compare.plates_caption"), words.t("from_table", file="plates.csv")])
    chart = charts.plate_bars(comparison, drawn, drawn.t("compare.plates_title"), about)
    if chart is not None:
        blocks.insert(0, Figure("scenario-plates", words.t("compare.plates_title"), about, about, chart))
    return Section("plates", words.t("compare.plates"), blocks)


def _grid(wide: pd.DataFrame) -> list[list[str]]:
    """Cells of a table of numbers, all with the same decimals."""
    decimals = decimals_for(float(v) for v in wide.to_numpy().ravel())
    return [[fixed(float(v), decimals) for v in row] for row in wide.to_numpy()]


def _objective(comparison: Comparison, words: Words) -> Section:
    t = comparison.tables.get("objective")
    if t is None:
        return Section("objective", "", [])
    names = _planned(comparison)
    titles = {p.label: p.title[words.language] for run in comparison.runs.values() for p in run.policies}
    value = t.pivot(index="term", columns="scenario", values="value").reindex(index=list(dict.fromkeys(t["term"])), columns=names)
    tiny = 1e-9 * float(value.abs().max().max() or 1.0)
    value = value.where((value.abs() >= tiny) | value.isna(), 0.0)
    shown = []
    for term, row in value.iterrows():
        decimals, base = decimals_for(row), row.iloc[0]
        cells = [fixed(float(row.iloc[0]), decimals)]
        for v in row.iloc[1:]:
            difference = float(v) - (float(base) if pd.notna(base) else 0.0)
            bracket = f" ({'+' if difference > 0 else ''}{fixed(difference, decimals)})" if pd.notna(v) and abs(difference) > tiny else ""
            cells.append(fixed(float(v), decimals) + bracket)
        shown.append([term_name(str(term), titles, words), *cells])
    heads = [words.column("term"), *names]
    table = TableBlock(words.t("compare.objective_caption"), heads, shown, [False, *[True] * len(names)], "objective.csv")
    return Section("objective", words.t("compare.objective"), [table])


def _resources(comparison: Comparison, words: Words, drawn: Words) -> Section:
    t = comparison.tables.get("resources")
    if t is None or t.empty or not t["utilisation"].notna().any():
        return Section("resources", "", [])
    t = t[(t["period"] == t.groupby("scenario")["period"].transform("max")) & t["utilisation"].notna()]
    names = _planned(comparison)
    resources = list(dict.fromkeys(t["resource"]))
    full = t["utilisation"] >= FULL
    counts = full.groupby([t["resource"], t["scenario"]]).sum().unstack().reindex(index=resources, columns=names).fillna(0).astype(int)
    above = (
        (t["utilisation"] > OVER)
        .groupby([t["resource"], t["scenario"]])
        .sum()
        .unstack()
        .reindex(index=resources, columns=names)
        .fillna(0)
        .astype(int)
    )
    places = t.groupby(["resource", "scenario"]).size().unstack().reindex(index=resources, columns=names).fillna(0).astype(int)
    rows = []
    for resource in resources:
        cells = []
        for name in names:
            over = int(above[name][resource])
            bracket = f" ({words.t('compare.over')}: {over})" if over else ""
            limited = int(places[name][resource])
            cells.append(f"{int(counts[name][resource])} / {limited}{bracket}" if limited else "–")
        rows.append([words.resource(str(resource)), *cells])
    caption = words.t("compare.resources_caption")
    table = TableBlock(caption, [words.column("resource"), *names], rows, [False, *[True] * len(names)], "resources.csv")
    source = words.t("from_table", file="resources.csv")
    about = words.sentences([caption, source])
    chart = charts.full_places(counts.where(places > 0), drawn, drawn.t("compare.resources_title"), about)
    figure = Figure("scenario-resources", words.t("compare.resources_title"), about, source, chart)
    return Section("resources", words.t("compare.resources"), [table, figure])


def _indicators(comparison: Comparison, words: Words) -> Section:
    t = comparison.tables.get("indicators")
    if t is None:
        return Section("indicators", "", [])
    names, scopes = _planned(comparison), [("nation", name) for name in NATION]
    scopes += [(plate, "value_added_share") for plate in comparison.instance.plates]
    before = comparison.runs[names[0]].tables["indicators"].set_index(["scope", "indicator"])["before"]
    wide = t.pivot(index=["scope", "indicator"], columns="scenario", values="after").reindex(columns=names)
    rows = []
    for key in scopes:
        if key not in wide.index:
            continue
        values = [float(before[key]), *(float(wide[name][key]) for name in names)]
        large = key[1] in ("output", "value_added")
        cells = [words.percent(v, 1) for v in values] if key[1] in SHARES else column(values) if large else [fixed(v, 4) for v in values]
        scope = "" if key[0] == "nation" else f"{words.group(key[0])}{' – ' if words.language == 'en' else '：'}"
        rows.append([scope + indicator_name(key[1], words), *cells])
    heads = [words.column("indicator"), words.column("before"), *names]
    table = TableBlock(words.t("compare.indicators_caption"), heads, rows, [False, *[True] * (len(names) + 1)], "indicators.csv")
    return Section("indicators", words.t("compare.indicators"), [table])


def _layout(comparison: Comparison, words: Words, year: int) -> Section:
    t = comparison.tables.get("layout")
    if t is None:
        return Section("layout", "", [])
    changed = t[(t["period"] == year) & (t["output_after_difference"].abs() > 1e-6 * t["output_after"].abs().max())]
    top = changed.sort_values("output_after_difference", key=lambda s: s.abs(), ascending=False, kind="stable").head(TOP_DIFFERENCES)
    if top.empty:
        return Section("layout", "", [])
    rows = [
        [str(scenario), words.industry(str(industry)), words.region(str(region)), after, ("+" if difference > 0 else "") + text]
        for scenario, industry, region, after, difference, text in zip(
            top["scenario"],
            top["industry"],
            top["region"],
            column(list(top["output_after"])),
            top["output_after_difference"],
            column(list(top["output_after_difference"])),
            strict=True,
        )
    ]
    heads = [words.column(c) for c in ("scenario", "industry", "region")] + [words.column(c, words.output) for c in ("output_after", "difference")]
    note = words.t("first_rows", shown=len(top), total=len(changed), file="layout.csv") if len(changed) > len(top) else ""
    table = TableBlock(words.t("compare.layout_caption"), heads, rows, [False] * 3 + [True] * 2, "layout.csv", note)
    return Section("layout", words.t("compare.layout"), [table])


def _checks(comparison: Comparison, words: Words) -> Section:
    """Whatever tables the comparison has beyond the scenarios and their measures."""
    blocks = []
    for name, table in comparison.tables.items():
        if name == "scenarios" or name in KEYS or table.empty:
            continue
        numeric = [pd.api.types.is_numeric_dtype(table[c]) and not pd.api.types.is_bool_dtype(table[c]) for c in table]
        columns = [_cells(table[c], number, words) for c, number in zip(table, numeric, strict=True)]
        heads = [words.column(str(c)) for c in table]
        rows = list(zip(*columns, strict=True))
        blocks.append(TableBlock(words.t("compare.checks_caption"), heads, rows, numeric, f"{name}.csv", name=f"checks_{name}"))
    return Section("checks", words.t("compare.checks"), blocks)


def _cells(values: pd.Series, number: bool, words: Words) -> Sequence[str]:
    if number:
        return column([float(v) for v in values])
    return [
        words.t("yes" if v is True or v == "True" else "no") if str(v) in ("True", "False") else "–" if pd.isna(v) else str(v)
        for v in values.tolist()
    ]


def _provenance(comparison: Comparison, words: Words) -> Section:
    rows = [[words.t("run.instance"), comparison.instance.name], [words.t("run.sha256"), comparison.instance.sha256]]
    for name, run in comparison.runs.items():
        found = words.texts["comma"].join(f"{k} {v}" for k, v in run.info.get("versions", {}).items())
        violation = run.info.get("violation")
        check = "" if violation is None else f"; {words.t('run.violation')} {violation_text(float(violation))}"
        rows.append(
            [name, f"{words.t('run.seed')} {run.info.get('seed', '–')}; {words.t('run.engine')} {run.info.get('engine', '–')}; {found}{check}"]
        )
    heads = [words.column("item"), words.column("value")]
    table = TableBlock(
        words.t("provenance.run"), heads, rows, [False, False], words.join(["comparison.json", words.t("of_scenarios", file="run.json")])
    )
    return Section("provenance", words.t("provenance"), [table, sources(comparison.instance, words)])
