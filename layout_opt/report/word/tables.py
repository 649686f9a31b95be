"""Tables as Word has them: heads that are repeated, rows that stay whole, numbers on the right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from layout_opt.report.document import TableBlock
from layout_opt.report.word.columns import SIZES, fitting, measured, widths
from layout_opt.report.word.elements import Element, element, paragraph, run
from layout_opt.report.word.styles import TABLE

SMALLEST = 13  # font size in half points of a table that fits on no page
TOGETHER = 16  # rows of a table that is kept on one page


def fits(block: TableBlock, width: int) -> bool:
    """Whether a table fits into a width in twips at a size that can be read."""
    return fitting(measured(block), width) is not None


def table(block: TableBlock, width: int, styles: Mapping[str, str], chinese: bool) -> Element:
    """The table over the whole width, in twips."""
    columns = measured(block)
    size = fitting(columns, width) or SMALLEST
    across = widths(columns, width, size)
    shape = [element("tblStyle", val=styles[TABLE]), element("tblW", w=sum(across), type="dxa"), element("tblLayout", type="fixed")]
    marked = element("tblLook", val="0420", firstRow=1, lastRow=0, firstColumn=0, lastColumn=0, noHBand=0, noVBand=1)
    made = element("tbl", element("tblPr", *shape, marked), element("tblGrid", *(element("gridCol", w=w) for w in across)))
    last = len(block.rows)
    for number, cells in enumerate([block.columns, *block.rows]):
        kept = last <= TOGETHER or number < 2 or number > last - 2  # two rows at least on a page; the last with the note
        looks = Looks(size, number == 0, number > last - block.totals, kept, chinese)
        row = [_cell(text, numeric, w, styles["Table Text"], looks) for text, numeric, w in zip(cells, block.numeric, across, strict=True)]
        made.append(element("tr", element("trPr", element("cantSplit"), *([element("tblHeader")] if number == 0 else [])), *row))
    return made


@dataclass(frozen=True)
class Looks:
    """What the cells of a row have in common: the font size in half points, head or total, kept on the page of the next row, Chinese."""

    size: int
    head: bool
    total: bool
    kept: bool
    chinese: bool


def _cell(text: str, numeric: bool, width: int, style: str, looks: Looks) -> Element:
    letters = ([element("b")] if looks.total else []) + ([element("sz", val=looks.size)] if looks.size != SIZES[0] else [])
    lines = ([element("keepNext")] if looks.kept else []) + ([element("jc", val="right")] if numeric else [])
    inside = paragraph(style, [run(text, *letters, chinese=looks.chinese)], *lines)
    return element("tc", element("tcPr", element("tcW", w=width, type="dxa"), *([element("vAlign", val="bottom")] if looks.head else [])), inside)
