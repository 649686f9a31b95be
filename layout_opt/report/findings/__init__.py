"""Sections for what was asked beside a run or a comparison: the answers of `layout-opt price`, `frontier`, `alternatives` and the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from layout_opt.analysis.study import Answer
from layout_opt.report.document import Block, Paragraph, Section
from layout_opt.report.findings import certainty, worth
from layout_opt.report.findings.asked import Asked
from layout_opt.report.words import Words

MAKERS: Mapping[str, Callable[[Asked], Sequence[Block]]] = {
    "price": worth.prices,
    "caps": worth.caps,
    "frontier": worth.frontier,
    "alternatives": certainty.alternatives,
    "robustness": certainty.robustness,
    "rolling": worth.rolling,
    "attribution": worth.attribution,
    "explanation": certainty.explanation,
}


def findings(answers: Sequence[Answer], words: Words, drawn: Words) -> list[Section]:
    """A section per answer, in the order of `MAKERS`; several of one kind are told apart by number."""
    sections = []
    for kind, maker in MAKERS.items():
        alike = [answer for answer in answers if answer.kind == kind]
        for number, answer in enumerate(alike, 1):
            key, counted = (kind, "") if len(alike) == 1 else (f"{kind}-{number}", f" ({number})")
            blocks = list(maker(Asked(answer, words, drawn)))
            if not answer.finished:
                blocks.insert(0, Paragraph(words.t("findings.unfinished"), lead=True))
            sections.append(Section(key, words.t(f"findings.{kind}") + counted, blocks))
    return sections
