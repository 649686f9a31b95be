"""The answer of a comparison in words: what scenarios leave open first, then what they reach."""

from __future__ import annotations

import pandas as pd

from layout_opt.analysis.comparing import Comparison
from layout_opt.report.appendix import policy_titles
from layout_opt.report.content import Content, rows_of
from layout_opt.report.document import Bullets, Paragraph, Section
from layout_opt.report.tracing import cite, joined
from layout_opt.report.words import Words, significant


def answer(comparison: Comparison, words: Words) -> Section:
    """What the scenarios reach, and how they differ from the first one."""
    sentences, direction = [], comparison.instance.manifest.direction
    table = comparison.tables["scenarios"].set_index("scenario", drop=False)
    for name, row in table.iterrows():
        status = words.t(f"status.{row['status']}")
        low, high = row["difference_low"], row["difference_high"]
        if name == comparison.baseline and pd.notna(row["objective"]):
            objective = cite(words.amount(float(row["objective"]), words.money), "scenarios.csv", str(name), "objective")
            sentences.append(words.t("scenarios.base", scenario=name, objective=objective, status=status))
        elif pd.isna(low) or pd.isna(row["objective"]):
            sentences.append(words.t("scenarios.sentence_none", scenario=name, status=status))
        else:
            told = [("+" if end > 0 else "") + words.amount(float(end), words.money) for end in (low, high)]
            columns = ("difference_low", "difference_high")
            ends = [cite(text, "scenarios.csv", str(name), column) for text, column in zip(told, columns, strict=True)]
            key = "scenarios.sentence_exact" if ends[0] == ends[1] else "scenarios.sentence"
            sentences.append(words.t(key, scenario=name, low=ends[0], high=ends[1], status=status))
    lead = [Paragraph(text, lead=True) for text in _wants(comparison, words)]
    if direction is not None and table["transfer"].notna().any():
        origin, destination = (words.join(words.group(p) for p in plates) for plates in (direction.origin, direction.destination))
        moved = {str(name): words.amount(float(v), words.output) for name, v in table["transfer"].items() if pd.notna(v)}
        parts = [joined(" ", [name, cite(amount, "scenarios.csv", name, "transfer")]) for name, amount in moved.items()]
        items = joined(words.texts["comma"], parts)
        lead.append(Paragraph(words.t("scenarios.transfer", origin=origin, destination=destination, items=items), lead=True))
    return Section("answer", words.t("answer"), [*lead, Bullets(sentences)])


def _wants(comparison: Comparison, words: Words) -> list[str]:
    """Scenarios that leave demand unmet, exceed a softened limit or are not proven optimal, which are named before anything else."""
    found = []
    for name, content in ((name, Content(run)) for name, run in comparison.runs.items() if run.has_plan):
        if len(content.shortage):
            amount = cite(words.amount(float(content.shortage.sum()), words.output), f"{name}/layout.csv", "demand − output_after")
            penalty = cite(significant(content.shortage_penalty), f"{name}/objective.csv", "shortage", "weight")
            found.append(words.t("scenarios.shortage", scenario=name, amount=amount, penalty=penalty))
        if len(content.excesses):
            titles = policy_titles(content, words)
            exceeded = [
                words.t(
                    "scenarios.exceeded",
                    policy=titles.get(str(r.label), str(r.label)),
                    amount=cite(significant(float(r.excess)), f"{name}/policies.csv", str(r.label), "excess"),
                    penalty=cite(significant(float(r.penalty)), f"{name}/policies.csv", str(r.label), "penalty"),
                )
                for r in rows_of(content.excesses)
            ]
            found.append(words.t("scenarios.excess", scenario=name, policies=words.join(exceeded)))
        if content.run.status != "optimal":
            gap = cite(words.at_most(float(content.run.info["gap"])), "scenarios.csv", name, "gap")
            found.append(words.t("scenarios.gap", scenario=name, gap=gap))
    return found
