"""What things are worth: prices of policies and caps, trade-offs, shares of a difference, regret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from layout_opt.report.appendix import intervals, term_name
from layout_opt.report.document import Block, Bullets, Figure, Paragraph, TableBlock
from layout_opt.report.findings import charts
from layout_opt.report.findings.asked import Asked
from layout_opt.report.tracing import cite
from layout_opt.report.words import Words, column

DEAREST = 5


def prices(asked: Asked) -> Sequence[Block]:
    """The dearest policies, and the chart; the figures stand in the table of policies."""
    answer, words, drawn = asked.answer, asked.words, asked.drawn
    t = answer.tables["price"]
    alone = t[t["how"].isin(["leave-one-out", "add-one-in"]) & t["low"].notna()]
    if alone.empty:
        return [Paragraph(words.t("findings.price_none"))]
    file, titles = asked.file("price"), asked.titles(words)
    dropped = alone[alone["how"] == "leave-one-out"].sort_values("high", ascending=False, kind="stable")
    items = [
        words.t(
            "findings.price_item",
            policy=titles.get(str(r["label"]), str(r["label"])),
            low=cite(words.amount(r["low"], words.money), file, str(r["label"]), "low"),
            high=cite(words.amount(r["high"], words.money), file, str(r["label"]), "high"),
        )
        for r in dropped.head(DEAREST).to_dict("records")
    ]
    about = words.sentences([words.t("findings.price_caption"), words.t("from_table", file=file)])
    labels = asked.titles(drawn)
    named = pd.DataFrame(
        {
            "name": [labels.get(str(label), str(label)) for label in alone["label"]],
            "kind": [drawn.t(f"findings.{how}") for how in alone["how"]],
            "low": alone["low"].astype(float),
            "high": alone["high"].astype(float),
        }
    )
    chart = charts.interval_bars(named, drawn, drawn.column("price", drawn.money), drawn.t("findings.price"), about)
    return [Bullets(items), Figure("prices", words.t("findings.price"), about, about, chart), _price_table(t, words, titles, file)]


def _price_table(t: pd.DataFrame, words: Words, titles: Mapping[str, str], file: str) -> TableBlock:
    told = intervals(t[["low", "high"]].astype(float))
    rows = [
        [titles.get(str(label), words.t("policies.together")), words.t(f"findings.{how}"), text, str(full), str(without)]
        for label, how, text, full, without in zip(t["label"], t["how"], told, t["run_with"], t["run_without"], strict=True)
    ]
    heads = [words.column("policy"), words.column("how"), words.column("price", words.money), words.column("run_with"), words.column("run_without")]
    return TableBlock(
        words.t("findings.price_table"), heads, rows, [False, False, True, False, False], file, order={2: list(t["high"].astype(float))}
    )


def caps(asked: Asked) -> Sequence[Block]:
    """The dearest caps, with what one unit more or less changes."""
    answer, words = asked.answer, asked.words
    t, file = answer.tables["caps"], asked.file("caps")
    if t.empty:
        return [Paragraph(words.t("findings.caps_none"))]
    more, less = (intervals(t[[f"{side}_low", f"{side}_high"]].astype(float)) for side in ("more", "less"))
    rows = [
        [words.resource(str(row).split("|")[0]), words.place(str(row).split("|")[1]), str(year), cap, words.unit(str(unit)), one, other, dual]
        for row, year, cap, unit, one, other, dual in zip(
            t["row"], t["period"], column(list(t["cap"])), t["unit"], more, less, column(list(t["dual"])), strict=True
        )
    ]
    heads = [words.column(c) for c in ("resource", "place", "period", "capacity", "unit", "one_more", "one_less", "dual")]
    note = words.t("findings.caps_note", money=words.unit(words.money))
    return [TableBlock(words.t("findings.caps_caption"), heads, rows, [False, False, False, True, False, True, True, True], file, note)]


def frontier(asked: Asked) -> Sequence[Block]:
    """The plans of a trade-off."""
    answer, words, drawn = asked.answer, asked.words, asked.drawn
    t, file = answer.tables["frontier"], asked.file("frontier")
    goals = [str(c) for c in t if c not in ("point", "bound", "gap")]
    senses = answer.figures["senses"]
    heads, labels = ([_goal(asked, goal, senses[goal], w) for goal in goals] for w in (words, drawn))
    cells = [column(list(t[goal].astype(float))) for goal in goals]
    rows = [[str(point), *figures, words.at_most(float(gap))] for point, *figures, gap in zip(t["point"], *cells, t["gap"], strict=True)]
    about = words.sentences([words.t("findings.frontier_caption"), words.t("from_table", file=file)])
    table = TableBlock(
        words.t("findings.frontier_table"), [words.column("point"), *heads, words.column("gap")], rows, [False, *[True] * (len(goals) + 1)], file
    )
    chart = charts.trade_off(t, goals, [*labels, drawn.column("point")], drawn.t("findings.frontier"), about)
    return [Figure("frontier", words.t("findings.frontier"), about, about, chart), table]


def _goal(asked: Asked, goal: str, sign: float, words: Words) -> str:
    """A goal in words, with its unit and which way is better."""
    resources = asked.answer.instance.tables["resources"].set_index("resource")
    if goal in resources.index:
        name, unit = words.resource(goal), str(resources["unit"][goal])
    elif goal == "objective":
        name, unit = words.column("objective"), words.money
    else:
        name, unit = term_name(goal, dict(asked.titles(words)), words), ""
    return name + words.bracket(unit) + (" ↑" if sign > 0 else " ↓")


def attribution(asked: Asked) -> Sequence[Block]:
    """What each part of a difference contributes."""
    answer, words, drawn = asked.answer, asked.words, asked.drawn
    t, file, figures = answer.tables["attribution"], asked.file("attribution"), answer.figures
    ends = [intervals(t[[f"{way}low", f"{way}high"]].astype(float)) for way in ("", "alone_", "last_")]
    rows = [[str(part), *told] for part, *told in zip(t["part"], *ends, strict=True)]
    heads = [words.column("part"), *(words.column(c, words.money) for c in ("shapley", "changed_alone", "changed_last"))]
    low, high = (words.amount(float(figures[end]), words.money) for end in ("low", "high"))
    lead = words.t("findings.difference", first=answer.definition.name, second=figures["second"], low=low, high=high)
    about = words.sentences([words.t("findings.attribution_caption"), words.t("from_table", file=file)])
    named = pd.DataFrame({"name": t["part"], "kind": drawn.column("shapley"), "low": t["low"].astype(float), "high": t["high"].astype(float)})
    chart = charts.interval_bars(named, drawn, drawn.column("difference", drawn.money), drawn.t("findings.attribution"), about)
    return [
        Paragraph(lead),
        Figure("attribution", words.t("findings.attribution"), about, about, chart),
        TableBlock(words.t("findings.attribution_caption"), heads, rows, [False, True, True, True], file),
    ]


def rolling(asked: Asked) -> Sequence[Block]:
    """The steps, and the regret."""
    answer, words = asked.answer, asked.words
    t, file = answer.tables["steps"], asked.file("steps")
    low, high = (words.amount(float(answer.figures[end]), words.money) for end in ("low", "high"))
    rows = [
        [str(year), str(to), objective, words.at_most(float(gap))]
        for year, to, objective, gap in zip(t["period"], t["planned_to"], column(list(t["objective"])), t["gap"], strict=True)
    ]
    heads = [words.column("period"), words.column("planned_to"), words.column("objective", words.money), words.column("gap")]
    return [
        Paragraph(words.t("findings.regret", low=low, high=high)),
        TableBlock(words.t("findings.steps"), heads, rows, [False, False, True, True], file),
    ]
