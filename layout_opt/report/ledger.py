"""The ledger of a run: what regions pay each other under its policies (compensation, royalties, aid)."""

from __future__ import annotations

import pandas as pd

from layout_opt.policy import Policy
from layout_opt.report.content import TRIVIAL, Content, rows_of
from layout_opt.report.document import Block, Bullets, Paragraph, Section, TableBlock
from layout_opt.report.tracing import cite
from layout_opt.report.words import Words, column, decimals_for, fixed

TOP_PAIRS = 20


def ledger(content: Content, words: Words) -> Section:
    """Who pays and who receives, by policy; no blocks where no money changes hands."""
    told, blocks = list[str](), list[Block]()
    for policy in content.run.policies:
        sides, pairs = _sides(content, policy), _pairs(content, policy)
        if sides.empty:
            continue
        told.append(_sentence(policy, sides, words))
        blocks.append(_side_table(policy, sides, words))
        if len(pairs):
            blocks.append(_pair_table(policy, pairs, words))
    return Section("ledger", words.t("ledger"), [Paragraph(words.t("ledger.about")), Bullets(told), *blocks] if blocks else [])


def _outcomes(content: Content, policy: Policy, parts: int) -> pd.DataFrame:
    """The payments of a policy whose items have so many parts: `period`, `payer` and `recipient` (as far as known) and `value`."""
    t = content.run.tables["outcomes"]
    frames = []
    for outcome, kind in policy.payments.items():
        names = kind.split("|")
        own = t[(t["label"] == policy.label) & (t["outcome"] == outcome)]
        if len(names) == parts and len(own):
            ends = own["item"].str.split("|", expand=True).set_axis(names, axis="columns")
            frames.append(pd.concat([own[["period", "value"]], ends], axis="columns"))
    found = pd.concat(frames) if frames else pd.DataFrame(columns=["period", "value"])
    return found.reindex(columns=["period", "payer", "recipient", "value"])


def _pairs(content: Content, policy: Policy) -> pd.DataFrame:
    """What each payer pays each recipient, summed over periods, the largest first."""
    known = _outcomes(content, policy, 2)
    sums = known.groupby(["payer", "recipient"], sort=False)["value"].sum().reset_index()
    return sums[sums["value"] > 0].sort_values("value", ascending=False, kind="stable", ignore_index=True)


def _sides(content: Content, policy: Policy) -> pd.DataFrame:
    """What every region pays and receives, summed over periods, and the difference; those that gain most first."""
    known = _outcomes(content, policy, 1)
    if known.empty:
        known = _outcomes(content, policy, 2)
    sums = {side: known.dropna(subset=side).groupby(side)["value"].sum() for side in ("payer", "recipient")}
    frame = pd.DataFrame({"paid": sums["payer"], "received": sums["recipient"]}).fillna(0.0)
    frame["net"] = frame["received"] - frame["paid"]
    traded = frame[["paid", "received"]].max(axis="columns")
    kept = frame[traded > TRIVIAL * max(traded.max(), 0.0)] if len(frame) else frame
    return kept.sort_values("net", ascending=False, kind="stable")


def _sentence(policy: Policy, sides: pd.DataFrame, words: Words) -> str:
    ends = {"payer": str(sides["net"].idxmin()), "recipient": str(sides["net"].idxmax())}
    total, most, least = float(sides["paid"].sum()), float(sides["net"].max()), -float(sides["net"].min())
    amounts = {
        "total": cite(words.amount(total, words.money), "outcomes.csv", policy.label, *policy.payments),
        "gain": cite(words.amount(most, words.money), "outcomes.csv", policy.label, ends["recipient"]),
        "burden": cite(words.amount(least, words.money), "outcomes.csv", policy.label, ends["payer"]),
    }
    names = {side: words.region(key) for side, key in ends.items()}
    return words.t("ledger.sentence", policy=policy.title[words.language], **names, **amounts)


def _side_table(policy: Policy, sides: pd.DataFrame, words: Words) -> TableBlock:
    sums = sides.sum()
    sums["net"] = 0.0 if abs(sums["net"]) < TRIVIAL * sums["paid"] else sums["net"]
    whole = pd.concat([sides, sums.to_frame().T])[["received", "paid", "net"]].astype(float)
    decimals = decimals_for(float(v) for v in whole.to_numpy().ravel())
    names = [*(words.region(str(r)) for r in sides.index), words.t("total")]
    heads = [words.column("region"), *(words.t(f"ledger.{c}") + words.bracket(words.money) for c in ("received", "paid", "net"))]
    rows = [[name, *(fixed(float(v), decimals) for v in values)] for name, values in zip(names, whole.to_numpy(), strict=True)]
    return TableBlock(policy.title[words.language], heads, rows, [False, True, True, True], "outcomes.csv", name=f"ledger_{policy.label}", totals=1)


def _pair_table(policy: Policy, pairs: pd.DataFrame, words: Words) -> TableBlock:
    shown = pairs.head(TOP_PAIRS)
    rows = [
        [words.region(str(r.payer)), words.region(str(r.recipient)), value]
        for r, value in zip(rows_of(shown), column(list(shown["value"])), strict=True)
    ]
    heads = [words.t("ledger.payer"), words.t("ledger.recipient"), words.column("value", words.money)]
    note = words.t("first_rows", shown=len(shown), total=len(pairs), file="outcomes.csv") if len(pairs) > len(shown) else ""
    caption = words.t("ledger.pairs", policy=policy.title[words.language])
    return TableBlock(caption, heads, rows, [False, False, True], "outcomes.csv", note, f"ledger_{policy.label}_pairs")
