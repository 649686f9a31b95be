"""The sections of a run's report that account for it: policies, objective, complementarity, indicators, method, provenance."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from layout_opt.report import charts
from layout_opt.report.content import Content, rows_of
from layout_opt.report.document import Block, Bullets, Figure, Paragraph, Section, TableBlock
from layout_opt.report.sources import sources
from layout_opt.report.tracing import cite
from layout_opt.report.words import Words, column, decimals_for, fixed, significant

TOP_PAIRS = 15
TOP_ITEMS = 5  # of each outcome of a policy
SHARES = ("value_added_share", "specialised_output_share")
NATION = (
    "output",
    "value_added",
    "similarity_mean",
    "krugman_mean",
    "specialised_output_share",
    "theil_per_head_total",
    "theil_per_head_between",
    "theil_per_head_within",
    "theil_per_output_total",
    "theil_per_output_between",
    "theil_per_output_within",
)


def policy_titles(content: Content, words: Words) -> dict[str, str]:
    """Title of every policy by its label."""
    return {p.label: p.title[words.language] for p in content.run.policies}


def violation_text(violation: float) -> str:
    """A relative violation: a power of ten, or 0."""
    return f"{violation:.1e}" if violation else "0"


def term_name(term: str, titles: dict[str, str], words: Words) -> str:
    """An objective term in words."""
    if f"term.{term}" in words.texts:
        return words.t(f"term.{term}")
    label = term.removesuffix(".excess")
    return words.t("term.excess", policy=titles.get(label, label)) if term.endswith(".excess") else titles.get(term, term)


def policies(content: Content, words: Words, prices: pd.DataFrame | None = None) -> Section:
    """The limits, how tightly they hold and, where `prices` (with `pricing.COLUMNS`) is given, what each of them costs the objective."""
    titles, t = policy_titles(content, words), content.run.tables["policies"]
    rows = []
    for r in rows_of(t):
        label = str(r.label)
        slack = "–" if r.slack != r.slack else words.percent(0.0 if abs(float(r.slack)) < 1e-9 else float(r.slack))
        penalty = "–" if r.penalty != r.penalty or r.penalty is None else significant(float(r.penalty))
        rows.append(
            [titles.get(label, label), label, fixed(float(r.rows), 0), fixed(float(r.binding), 0), slack, penalty, significant(float(r.excess))]
        )
    heads = [words.column(c) for c in ("policy", "label", "rows", "binding", "slack", "penalty", "excess")]
    order: dict[int, Sequence[float]] = {4: list(map(float, t["slack"]))}
    source, note, totals = "policies.csv", words.t("policies.unpriced"), 0
    if prices is not None:
        own, together = prices[prices["how"] != "together"], prices[prices["how"] == "together"]
        for n, how in enumerate(("leave-one-out", "add-one-in"), start=len(heads)):
            part = own[own["how"] == how].set_index("label")[["low", "high"]].astype(float).reindex(t["label"])
            for row, told in zip(rows, intervals(part), strict=True):
                row.append(told)
            order[n] = list(map(float, part["low"]))
            heads.append(words.column(f"price_{how}", words.money))
        for told in intervals(together[["low", "high"]].astype(float)):
            rows.append([words.t("policies.together"), *["–"] * 6, told, "–"])
            totals = 1
        source, note = "policies.csv, price.csv", words.t("policies.prices")
    table = TableBlock(words.t("policies.caption"), heads, rows, [False, False, *[True] * (len(heads) - 2)], source, note, totals=totals, order=order)
    return Section("policies", words.t("policies"), [table])


def intervals(ends: pd.DataFrame) -> list[str]:
    """Intervals from a table of lower and upper ends, all with the same decimals; a dash where an end is unknown."""
    decimals = decimals_for(float(v) for v in ends.to_numpy().ravel())
    texts = [[fixed(float(v), decimals) for v in row] for row in ends.to_numpy()]
    return [low if low == high else "–" if "–" in (low, high) else f"{low} … {high}" for low, high in texts]


def outcomes(content: Content, words: Words) -> Section:
    """What each policy brings about, the largest figures first."""
    titles = policy_titles(content, words)
    policies = {p.label: p for p in content.run.policies}
    several = content.run.tables["layout"]["period"].nunique() > 1
    blocks: list[Block] = []
    for label, t in content.run.tables["outcomes"].groupby("label", sort=False):
        policy = policies[str(label)]
        largest = t.assign(size=t["value"].abs()).sort_values("size", ascending=False, kind="stable").groupby(["outcome", "period"]).head(TOP_ITEMS)
        order = {outcome: place for place, outcome in enumerate(policy.words)}
        largest = largest.assign(place=largest["outcome"].map(order)).sort_values(["period", "place", "size"], ascending=[True, True, False])
        rows = [
            [
                *([str(r.period)] if several else []),
                policy.words[str(r.outcome)][words.language],
                words.called(str(r.item), policy),
                significant(float(r.value), 4),
                words.unit(str(r.unit)) if r.unit != "1" else "",
            ]
            for r in rows_of(largest)
        ]
        heads = [words.column(c) for c in (*(["period"] if several else []), "outcome", "item", "value", "unit")]
        note = words.t("first_rows", shown=len(rows), total=len(t), file="outcomes.csv") if len(rows) < len(t) else ""
        numeric = [False] * (len(heads) - 2) + [True, False]
        blocks.append(TableBlock(titles[str(label)], heads, rows, numeric, "outcomes.csv", note, f"outcomes_{label}"))
    return Section("outcomes", words.t("outcomes"), blocks or [Paragraph(words.t("outcomes.none"))])


def objective(content: Content, words: Words) -> Section:
    """The terms of the objective."""
    titles, t = policy_titles(content, words), content.run.tables["objective"]
    # values below the solver's tolerance count as nothing, so that no term shows as a missing sum
    tiny = 1e-9 * float((t["weight"] * t["value"]).abs().max() or 1.0)
    values = [0.0 if abs(v) < tiny else float(v) for v in t["value"]]
    contributions = [float(w) * v for w, v in zip(t["weight"], values, strict=True)]
    shown = zip(t["term"], t["weight"], column(values), column(contributions), strict=True)
    rows = [[term_name(str(term), titles, words), significant(float(weight)), value, part] for term, weight, value, part in shown]
    heads = [words.column("term"), words.column("weight"), words.column("value"), words.column("contribution", words.money)]
    stated = float(content.run.info["objective"])
    caption = words.t("objective.caption", objective=cite(fixed(stated, decimals_for([stated])), "run.json", "objective"))
    return Section("objective", words.t("objective"), [TableBlock(caption, heads, rows, [False, True, True, True], "objective.csv")])


def complementarity(content: Content, words: Words) -> Section:
    """Pairs of regions that became less alike and can sell each other most."""
    t = content.complementary.head(TOP_PAIRS)
    if t.empty:
        return Section("complementarity", words.t("complementarity"), [Paragraph(words.t("complementarity.none"))])
    several = [c for c in ("net_trade_before", "net_trade") if c in t]
    numbers = [[fixed(float(v), 3) for v in t[c]] for c in ("similarity_before", "similarity_after")] + [column(list(t[c])) for c in several]
    rows = [[words.region(str(a)), words.region(str(b)), *values] for a, b, *values in zip(t["region_a"], t["region_b"], *numbers, strict=True)]
    heads = [words.column(c) for c in ("region_a", "region_b", "similarity_before", "similarity_after")] + [
        words.column(c, words.output) for c in several
    ]
    note = (
        words.t("first_rows", shown=len(t), total=len(content.complementary), file="complementarity.csv")
        if len(content.complementary) > len(t)
        else ""
    )
    table = TableBlock(words.t("complementarity.caption"), heads, rows, [False, False, *[True] * len(numbers)], "complementarity.csv", note)
    return Section("complementarity", words.t("complementarity"), [table])


def indicators(content: Content, words: Words, pictures: Words) -> Section:
    """Indicators of the country and plates, concentration of industries, specialisation of regions."""
    rows = []
    for name in NATION:
        pair = content.nation(name)
        if pair is not None:
            rows.append([indicator_name(name, words), *_values(name, pair, words), _change(name, pair, words)])
    heads = [words.column(c) for c in ("indicator", "before", "after", "change")]
    blocks: list[Block] = [TableBlock(words.t("indicators.caption"), heads, rows, [False, True, True, True], "indicators.csv")]
    rows = []
    for plate in content.run.instance.plates:
        for name in ("output", "value_added", "value_added_share"):
            pair = content.indicator(name, plate)
            if pair is not None:
                rows.append(
                    [
                        words.group(plate),
                        indicator_name(name, words),
                        *_values(name, pair, words),
                        _change(name, pair, words),
                    ]
                )
    heads = [words.column(c) for c in ("plate", "indicator", "before", "after", "change")]
    numeric = [False, False, True, True, True]
    blocks.append(TableBlock(words.t("indicators.plates"), heads, rows, numeric, "indicators.csv", name="indicators_plates"))
    blocks.append(_dumbbell(content, words, pictures, "hhi", list(map(str, content.run.instance.industries.index))))
    blocks.append(_dumbbell(content, words, pictures, "krugman", list(map(str, content.run.instance.regions.index))))
    return Section("indicators", words.t("indicators"), blocks)


def indicator_name(name: str, words: Words) -> str:
    """An indicator in words, with its unit."""
    text = words.texts.get(f"indicator.{name}", name)
    return text + words.bracket({"output": words.output, "value_added": words.money}.get(name, ""))


def _values(name: str, pair: tuple[float, float], words: Words) -> list[str]:
    if name in SHARES:
        return [words.percent(v, 1) for v in pair]
    return column(pair) if name in ("output", "value_added") else [fixed(v, 4) for v in pair]


def _change(name: str, pair: tuple[float, float], words: Words) -> str:
    """The change of an indicator: in percentage points for shares, else in per cent."""
    if name in SHARES:
        return words.t("points", value=f"{100 * (pair[1] - pair[0]):+.2f}")
    return ("+" if pair[1] > pair[0] else "") + words.percent(pair[1] / pair[0] - 1, 1) if pair[0] else "–"


def _dumbbell(content: Content, words: Words, pictures: Words, indicator: str, scopes: list[str]) -> Figure:
    found = {scope: pair for scope in scopes if (pair := content.indicator(indicator, scope)) is not None}
    kind = "industry" if indicator == "hhi" else "region"
    names, drawn = (getattr(texts, kind) for texts in (words, pictures))
    heads = [words.column(c) for c in (kind, "before", "after")]
    rows = [[names(scope), *(fixed(v, 4) for v in pair)] for scope, pair in found.items()]
    table = TableBlock(words.t(f"{indicator}.title"), heads, rows, [False, True, True], "indicators.csv", name=f"indicators_{indicator}")
    about = words.sentences([words.t(f"{indicator}.caption"), words.t("from_table", file="indicators.csv")])
    chart = charts.dumbbell([(drawn(scope), *pair) for scope, pair in found.items()], pictures, pictures.t(f"{indicator}.title"), about)
    return Figure(indicator, words.t(f"{indicator}.title"), about, about, chart, table)


def method(content: Content, words: Words) -> Section:
    """What the model does and what it assumes, in short."""
    definition, manifest = content.run.definition, content.run.instance.manifest
    core = definition.core
    items = []
    if core.growth is not None:
        items.append(words.t("method.growth", growth=_parameter(significant(core.growth), "core.growth")))
    if core.entry > 0:
        items.append(words.t("method.entry", entry=_parameter(words.percent(core.entry), "core.entry")))
    if core.demand_margin > 0:
        items.append(words.t("method.margin", margin=_parameter(words.percent(core.demand_margin), "core.demand_margin")))
    if manifest.distance is not None:
        items.append(words.t("method.distance", detour=cite(significant(manifest.distance.detour), "instance/instance.toml", "distance", "detour")))
    items.append(words.t("method.policies", items=words.join(policy_titles(content, words).values())))
    items.append(words.t("method.costs", section=words.t("objective")))
    rows, total = (sum(pair[i] for pair in content.estimated.values()) for i in (0, 1))
    counts = {name: cite(f"{n:,}", "instance", "estimated") for name, n in (("rows", rows), ("total", total))}
    items.append(words.t("method.estimated", **counts))
    return Section("method", words.t("method"), [Paragraph(words.t("method.model")), Bullets(items)])


def _parameter(text: str, name: str) -> str:
    """A parameter of the model with its place in run.json."""
    return cite(text, "run.json", f"model.definition.{name}")


def run_facts(content: Content, words: Words) -> dict[str, str]:
    """What run.json says of a run, as texts by name."""
    info = content.run.info
    seconds, size = info.get("seconds", {}), info.get("size", {})
    return {
        "instance": str(info["instance"]["name"]),
        "sha256": str(info["instance"]["sha256"]),
        "model": str(info["model"]["name"]),
        "status": words.t(f"status.{content.run.status}"),
        "objective": fixed(float(info["objective"]), 4),
        "bound": fixed(float(info["bound"]), 4),
        "gap": words.percent(float(info["gap"])),
        "violation": "–" if info.get("violation") is None else violation_text(float(info["violation"])),
        "seed": str(info.get("seed", "–")),
        "engine": str(info.get("engine", "–")),
        "seconds": words.texts["comma"].join(str(seconds.get(k, "–")) for k in ("build", "solve", "total")),
        "size": words.texts["comma"].join(f"{size[k]:,}" for k in ("columns", "rows", "integers") if k in size) or "–",
        "versions": words.texts["comma"].join(f"{k} {v}" for k, v in info.get("versions", {}).items()),
    }


def provenance(content: Content, words: Words) -> Section:
    """What the result depends on: run, versions, and the source of every table."""
    rows = [[words.t(f"run.{name}"), value] for name, value in run_facts(content, words).items()]
    heads = [words.column("item"), words.column("value")]
    run = TableBlock(words.t("provenance.run"), heads, rows, [False, False], "run.json")
    return Section("provenance", words.t("provenance"), [run, sources(content.run.instance, words)])
