"""The report of one run."""

from __future__ import annotations

from collections.abc import Sequence

from layout_opt.analysis.study import Answer
from layout_opt.report import answer, appendix, sections
from layout_opt.report.content import Content
from layout_opt.report.document import Document
from layout_opt.report.findings import findings
from layout_opt.report.ledger import ledger
from layout_opt.report.sources import estimates
from layout_opt.report.statement import run_statement
from layout_opt.report.words import Words
from layout_opt.runs import Run


def run_document(run: Run, language: str, pictures: str, answers: Sequence[Answer] = ()) -> Document:
    """The document of a run with a plan, and of what was asked beside it; `pictures` is the language of the charts."""
    content, words, drawn = Content(run), Words(run.instance, language), Words(run.instance, pictures)
    for w in (words, drawn):
        w.plain["year"] = str(content.year)
    parts = [
        answer.question(content, words),
        answer.answer(content, words),
        sections.transfer_map(content, words, drawn),
        sections.plates(content, words, drawn),
        sections.layout(content, words, drawn),
        sections.transfers(content, words),
        sections.resources(content, words, drawn),
        appendix.policies(content, words, next((a.tables["price"] for a in answers if a.kind == "price"), None)),
        *findings(answers, words, drawn),
        ledger(content, words),
        appendix.outcomes(content, words),
        appendix.objective(content, words),
        appendix.complementarity(content, words),
        appendix.indicators(content, words, drawn),
        appendix.method(content, words),
        appendix.provenance(content, words),
        run_statement(run, words),
        estimates(run.instance, words),
    ]
    title = words.t("title.run", title=run.instance.manifest.title[language])
    subtitle = words.t("subtitle.run", model=run.definition.title, instance=run.instance.name)
    return Document(language, title, subtitle, [part for part in parts if part.blocks])
