"""Gaps in a filled template, which tables, figures and whole sections are put into."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from itertools import chain

from docx.document import Document
from docx.oxml.ns import qn
from docx.section import Section as Pages
from docx.shared import Length

from layout_opt.errors import Fault, InputError, Place
from layout_opt.report.document import Block, Section
from layout_opt.report.task import Task
from layout_opt.report.word.blocks import Blocks
from layout_opt.report.word.elements import TWIP, Element
from layout_opt.report.word.pages import ABOVE, BESIDE, LONG, SHORT
from layout_opt.report.word.styles import ensure

CELL_MARGINS = 220  # left and right of a cell's text together, in twips, as Word has them


class Gap:
    """What a field of blocks gives where text is expected: a mark that no text has."""

    def __init__(self, name: str, content: Sequence[Block | Section], mark: str) -> None:
        self.name, self.content, self.mark = name, content, mark

    def __html__(self) -> str:
        return self.mark

    __str__ = __html__


class Gaps:
    """The gaps of a document. Their marks are digits, which no filter of a template changes."""

    def __init__(self) -> None:
        self._key = str(secrets.randbelow(9 * 10**17) + 10**17)
        self._gaps: list[Gap] = []

    def hold(self, name: str, content: Sequence[Block | Section]) -> Gap:
        """A gap for blocks and sections."""
        self._gaps.append(Gap(name, content, f"{self._key}{len(self._gaps):04d}"))
        return self._gaps[-1]

    def fill(self, document: Document, task: Task, file: str) -> None:
        """Put the blocks in place of the paragraphs that hold their marks. Raises `InputError` where a mark does not stand alone in one."""
        by_mark = {gap.mark: gap for gap in self._gaps}
        used = [int(mark.get(qn("w:id"))) for mark in document.element.iter(qn("w:bookmarkStart"))]
        width, height = room(document.element.body.sectPr, document)
        styles = ensure(document, task.language, width)
        blocks = Blocks(document, task.words, styles, task.pictures, width, height, first_mark=max(used, default=0) + 1)
        for place in [p for p in document.element.body.iter(qn("w:p")) if self._key in _own_text(p)]:
            gap = by_mark.get(_own_text(place).strip())
            if gap is not None:
                blocks.width, blocks.height = room(place, document)
                parts = (blocks.section(part) if isinstance(part, Section) else blocks.block(part) for part in gap.content)
                _replace(place, list(chain.from_iterable(parts)))
        contents = b"".join(part.blob for part in document.part.package.iter_parts() if part.content_type.endswith("xml"))
        left = [gap.name for gap in self._gaps if gap.mark.encode() in contents]
        remedy = "Give it a paragraph of its own in the text of the document; tables, figures and sections fit into no line and no header."
        if left:
            raise InputError(faults=[Fault("does not stand alone in a paragraph", Place(file), remedy, name) for name in left])


def room(place: Element, document: Document) -> tuple[int, int]:
    """Width and height in twips of the text where an element stands: of its table cell, else of its page or its column of the page."""
    top = place
    while top.getparent() is not document.element.body:
        top = top.getparent()
    found = next(section for child in [top, *top.itersiblings()] for section in child.iter(qn("w:sectPr")))
    page, columns = Pages(found, document.part), found.find(qn("w:cols"))
    across = _or(page.page_width, SHORT) - _or(page.left_margin, BESIDE) - _or(page.right_margin, BESIDE)
    down = _or(page.page_height, LONG) - _or(page.top_margin, ABOVE) - _or(page.bottom_margin, ABOVE)
    width, height = across // TWIP, down // TWIP
    if columns is not None:
        number, space = (int(columns.get(qn(f"w:{name}"), default)) for name, default in (("num", 1), ("space", 720)))
        width = (width - (number - 1) * space) // number
    cell = next(place.iterancestors(qn("w:tc")), None)
    if cell is None:
        return width, height
    stated = cell.find(f"{qn('w:tcPr')}/{qn('w:tcW')}")
    fixed = stated is not None and stated.get(qn("w:type")) == "dxa"
    return (int(stated.get(qn("w:w"))) if fixed else width // len(cell.getparent().findall(qn("w:tc")))) - CELL_MARGINS, height


def _or(length: Length | None, default: Length) -> int:
    return default if length is None else length


def _own_text(place: Element) -> str:
    """The text of a paragraph, without that of text boxes in it."""
    return "".join(words.text or "" for words in place.iter(qn("w:t")) if next(words.iterancestors(qn("w:p"))) is place)


def _replace(place: Element, made: Sequence[Element]) -> None:
    """Put elements in place of a paragraph; one that ends a section of pages or a cell stays, empty."""
    for child in made:
        place.addprevious(child)
    ends_pages = place.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None
    ends_cell = place.getparent().tag == qn("w:tc") and place.getnext() is None and made[-1].tag != qn("w:p")
    if not ends_pages and not ends_cell:
        place.getparent().remove(place)
        return
    for child in [child for child in place if child.tag != qn("w:pPr")]:
        place.remove(child)
