"""The report as a new Word document: its pages, its beginning and its sections."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import docx
from docx.document import Document as WordDocument

from layout_opt import __version__
from layout_opt.report.document import Document, Section, TableBlock
from layout_opt.report.task import Task
from layout_opt.report.word import elements
from layout_opt.report.word.blocks import Blocks
from layout_opt.report.word.contents import contents
from layout_opt.report.word.elements import Element, element, run
from layout_opt.report.word.pages import ON_SIDE, UPRIGHT, set_up, turned
from layout_opt.report.word.styles import ensure, restyle
from layout_opt.report.word.tables import fits


def book(task: Task) -> WordDocument:
    """The whole document."""
    report, document = task.printed, docx.Document()
    restyle(document, report.language, UPRIGHT[0])
    set_up(document)
    _properties(document, report, task)
    _footer(document, report)
    blocks = Blocks(document, task.words, ensure(document, report.language, UPRIGHT[0]), task.pictures, *UPRIGHT)
    letters = iter(string.ascii_uppercase)
    parts = [(_wide(section), list(_section(section, blocks, letters))) for section in report.sections]
    parts.insert(0, (False, [*_beginning(report, blocks), contents(blocks.headings, blocks.styles, task.words)]))
    body = document.element.body
    end = body.sectPr
    for number, (wide, made) in enumerate(parts):
        for child in made:
            end.addprevious(child)
        if number + 1 < len(parts) and parts[number + 1][0] != wide:
            made[-1].get_or_add_pPr().append(turned(end, wide))
    end.getparent().replace(end, turned(end, parts[-1][0]))
    return document


def _wide(section: Section) -> bool:
    """Whether a section has a table that does not fit on an upright page."""
    return not all(fits(block, UPRIGHT[0]) for block in section.blocks if isinstance(block, TableBlock))


def _properties(document: WordDocument, report: Document, task: Task) -> None:
    properties, now = document.core_properties, datetime.now(UTC).replace(tzinfo=None)
    properties.title, properties.subject = elements.plain(report.title), elements.plain(report.subtitle)
    properties.author = properties.last_modified_by = f"layout_opt {__version__}"
    properties.comments, properties.keywords = "", elements.plain(task.source.instance.name)
    properties.language = {"en": "en-GB", "zh": "zh-CN"}[report.language]
    properties.created = properties.modified = now
    properties.revision = 1


def _footer(document: WordDocument, report: Document) -> None:
    footer = document.sections[0].footer
    footer.is_linked_to_previous = False
    line = footer.paragraphs[0]._p
    line.get_or_add_pPr().append(element("jc", val="right"))
    line.extend([run(f"{report.title}\u2003"), *elements.field("PAGE", "1"), run(" / "), *elements.field("NUMPAGES", "1")])


def _beginning(report: Document, blocks: Blocks) -> Iterable[Element]:
    yield blocks.paragraph("Title", report.title)
    yield blocks.paragraph("Subtitle", report.subtitle)
    yield blocks.paragraph("Subtitle", blocks.words.t("word.written", date=date.today().isoformat(), version=__version__))
    for note in report.notes:
        yield blocks.paragraph("Notice", note)


def _section(section: Section, blocks: Blocks, letters: Iterator[str]) -> Iterable[Element]:
    """A section; one of the appendix begins on a new page and has a letter."""
    blocks.width, blocks.height = ON_SIDE if _wide(section) else UPRIGHT
    if section.appendix:
        section = replace(section, title=blocks.words.t("word.appendix", letter=next(letters), title=section.title))
    yield from blocks.section(section, new_page=section.appendix or not blocks.headings)
