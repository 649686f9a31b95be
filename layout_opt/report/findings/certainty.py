"""How certain things are: projects of all good plans, reasons of a placement, plans over samples."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from layout_opt.analysis.alternatives import VERDICTS
from layout_opt.report.appendix import intervals
from layout_opt.report.document import Block, Bullets, Figure, Paragraph, TableBlock
from layout_opt.report.findings import charts
from layout_opt.report.findings.asked import Asked
from layout_opt.report.tracing import cite
from layout_opt.report.words import Words, column, fixed, significant

TOP = 20
NAMED = 8  # regions up to which they are named


def alternatives(asked: Asked) -> Sequence[Block]:
    """Which projects are certain, and the nearest plans that are otherwise."""
    answer, words, drawn = asked.answer, asked.words, asked.drawn
    t, nearest, figures = answer.tables["placements"], answer.tables["nearest"], answer.figures
    file, money = asked.file("placements"), words.money
    counts = t["verdict"].value_counts()
    verdicts = words.texts["comma"].join(f"{words.t(f'verdict.{v}')} {cite(str(int(counts.get(v, 0))), file, v)}" for v in VERDICTS)
    good = words.t(
        "findings.good",
        good=words.amount(figures["good"], money),
        today=words.amount(figures["today"], money),
        worth=words.amount(figures["worth"], money),
    )
    blocks: list[Block] = [Paragraph(words.sentences([good, words.t("findings.verdicts", verdicts=verdicts)]))]
    about = words.sentences([words.t("findings.alternatives_caption"), words.t("from_table", file=file)])
    chart = charts.verdict_heat(t, drawn, drawn.t("findings.alternatives"), about)
    blocks.append(Figure("verdicts", words.t("findings.alternatives"), about, about, chart))
    blocks.append(_by_industry(t, words, file))
    if len(nearest):
        told = intervals(nearest[["loss_low", "loss_high"]].astype(float))
        rows = [
            [
                str(r["plan"]),
                loss,
                fixed(float(r["output_elsewhere"]), 1),
                _cells(r["added"], words),
                _cells(r["dropped"], words),
                _tied(r["tied"], words),
            ]
            for r, loss in zip(nearest.to_dict("records"), told, strict=True)
        ]
        heads = [words.column("plan"), words.column("loss", money), words.column("output_elsewhere", words.output)]
        heads += [words.column(c) for c in ("added", "dropped", "tied")]
        blocks.append(
            TableBlock(
                words.t("findings.nearest"),
                heads,
                rows,
                [False, True, True, False, False, False],
                asked.file("nearest"),
                words.t("findings.tie_rule"),
            )
        )
    return blocks


def _by_industry(placements: pd.DataFrame, words: Words, file: str) -> TableBlock:
    """The regions of every industry by verdict, by name where they are few."""
    rows = []
    for industry, part in placements.groupby("industry", sort=False):
        named = [part.loc[part["verdict"] == verdict, "region"].astype(str).unique() for verdict in VERDICTS]
        told = [
            words.join(map(words.region, regions)) if len(regions) <= NAMED else words.t("findings.regions", count=len(regions)) for regions in named
        ]
        rows.append([words.industry(str(industry)), *(text or "–" for text in told)])
    heads = [words.column("industry"), *(words.t(f"verdict.{verdict}") for verdict in VERDICTS)]
    return TableBlock(words.t("findings.by_industry"), heads, rows, [False] * len(heads), file, name="industries")


def _cells(listed: object, words: Words) -> str:
    """Cells `industry|region; ...` in words."""
    if not isinstance(listed, str) or not listed:
        return "–"
    pairs = [cell.strip().split("|") for cell in listed.split(";")]
    return words.texts["comma"].join(f"{words.industry(k)}{words.t('brackets', text=words.region(r))}" for k, r in pairs)


def _tied(tied: object, words: Words) -> str:
    return words.t("yes") if str(tied) == "True" else words.t("no")


def _moved(transfers: pd.DataFrame, words: Words, file: str) -> TableBlock:
    """Each transfer with the rules behind it."""
    transfers = transfers.head(TOP)
    output, gain = (column(list(transfers[c].astype(float))) for c in ("output", "gain"))
    rules = transfers[f"words_{words.language}"].fillna("").replace("", "–")
    ends = [[words.region(str(r)) for r in transfers[end]] for end in ("origin", "destination")]
    shares = [f"{100 * share:.0f}%" for share in transfers["share"]]
    rows = [list(row) for row in zip(*ends, output, gain, rules, shares, strict=True)]
    heads = [words.column("origin"), words.column("destination"), words.column("output", words.output), words.column("gain", words.money)]
    heads += [words.column("rule"), words.column("share")]
    return TableBlock(words.t("findings.causes"), heads, rows, [False, False, True, True, False, True], file)


def explanation(asked: Asked) -> Sequence[Block]:
    """What forcing a placement costs, who is displaced, what binds."""
    answer, words = asked.answer, asked.words
    figures, file = answer.figures, asked.file("displaced")
    who, where = words.industry(figures["industry"]), words.region(figures["region"])
    amount = {key: words.amount(float(figures[key]), words.output) for key in ("before", "output", "bound")}
    key = "at_least" if figures["at_least"] else "at_most"
    sentences = [words.t("findings.placement", industry=who, region=where, before=amount["before"], output=amount["output"])]
    if figures["low"] is None:
        sentences.append(words.t(f"findings.{key}_none", bound=amount["bound"]))
    else:
        low, high = (words.amount(float(figures[end]), words.money) for end in ("low", "high"))
        sentences.append(words.t(f"findings.{key}", bound=amount["bound"], low=low, high=high))
    blocks: list[Block] = [Paragraph(words.sentences(sentences))]
    displaced, binding = answer.tables["displaced"].head(TOP), answer.tables["binding"]
    if len(displaced):
        cells = [column(list(displaced[c].astype(float))) for c in ("output", "otherwise", "change")]
        rows = [
            [words.industry(str(k)), words.region(str(r)), *numbers]
            for k, r, *numbers in zip(displaced["industry"], displaced["region"], *cells, strict=True)
        ]
        heads = [words.column("industry"), words.column("region"), *(words.column(c, words.output) for c in ("output_after", "otherwise", "change"))]
        blocks.append(TableBlock(words.t("findings.displaced"), heads, rows, [False, False, True, True, True], file))
    if len(moved := answer.tables["transfers"]):
        blocks.append(_moved(moved, words, asked.file("transfers")))
    if len(binding):
        policies = asked.policies
        named = [
            policies[str(label)].describe(answer.instance, str(row), words.language)
            for label, row in zip(binding["label"], binding["row"], strict=True)
        ]
        blocks += [Paragraph(words.t("findings.binding")), Bullets(named[:TOP])]
    return blocks


def robustness(asked: Asked) -> Sequence[Block]:
    """Plans over samples, and the price of being prepared."""
    answer, words, drawn = asked.answer, asked.words, asked.drawn
    summary, price, samples = (answer.tables[name] for name in ("summary", "price", "samples"))
    about = words.sentences(
        [words.t("findings.robustness_caption", count=samples["sample"].nunique()), words.t("from_table", file=asked.file("samples"))]
    )
    blocks: list[Block] = []
    if samples["objective"].notna().any():
        chart = charts.sample_dots(samples, drawn, drawn.t("findings.robustness"), about)
        blocks.append(Figure("robustness", words.t("findings.robustness"), about, about, chart))
    measures = ("mean_low", "q05", "median", "q95", "worst", "tail")
    cells = [column(list(summary[c].astype(float))) for c in measures]
    rows = [
        [str(plan), *figures, words.percent(float(short)), words.percent(float(broken)), str(int(failed))]
        for plan, *figures, short, broken, failed in zip(
            summary["plan"], *cells, summary["short_share"], summary["broken_share"], summary["infeasible"], strict=True
        )
    ]
    heads = [words.column("scenario"), *(words.column(c, words.money) for c in measures)]
    heads += [words.column(c) for c in ("short_share", "broken_share", "infeasible")]
    blocks.append(TableBlock(words.t("findings.summary"), heads, rows, [False, *[True] * 9], asked.file("summary"), name="summary"))
    if len(price) > 1:
        told = [intervals(price[[f"{m}_low", f"{m}_high"]].astype(float)) for m in ("price", "loss")]
        rows = [
            [str(plan), "–" if gamma != gamma else significant(float(gamma)), cost, loss, tail]
            for plan, gamma, cost, loss, tail in zip(
                price["plan"], price["gamma"], *told, column(list(price["tail_gain"].astype(float))), strict=True
            )
        ]
        heads = [words.column("scenario"), "Γ", *(words.column(c, words.money) for c in ("price_of_robustness", "mean_loss", "tail_gain"))]
        blocks.append(TableBlock(words.t("findings.robust_price"), heads, rows, [False, *[True] * 4], asked.file("price"), name="price"))
    return blocks
