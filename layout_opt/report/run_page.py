"""The report of one run."""

from __future__ import annotations

from layout_opt.report import appendix, sections
from layout_opt.report.content import Content
from layout_opt.report.document import Document
from layout_opt.report.words import Words
from layout_opt.runs import Run


def run_document(run: Run, language: str, pictures: str) -> Document:
    """The document of a run with a plan; `pictures` is the language of the charts."""
    content, words, drawn = Content(run), Words(run.instance, language), Words(run.instance, pictures)
    for w in (words, drawn):
        w.plain["year"] = str(content.year)
    names = {"model": run.definition.title, "instance": run.instance.name}
    return Document(
        language,
        words.t("title.run", title=run.instance.manifest.title[language]),
        words.t("subtitle.run", **names),
        [
            sections.question(content, words),
            sections.answer(content, words),
            sections.transfer_map(content, words, drawn),
            sections.plates(content, words, drawn),
            sections.layout(content, words, drawn),
            sections.transfers(content, words),
            sections.resources(content, words, drawn),
            appendix.policies(content, words),
            appendix.outcomes(content, words),
            appendix.objective(content, words),
            appendix.complementarity(content, words),
            appendix.indicators(content, words, drawn),
            appendix.method(content, words),
            appendix.provenance(content, words),
        ],
    )
