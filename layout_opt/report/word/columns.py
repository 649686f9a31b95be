"""How wide the columns of a table are, and how large its font, where no font is at hand to measure with."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from layout_opt.report.document import TableBlock

SIZES = (18, 17, 16, 15)  # of the font in half points
MARGINS = 130  # left and right of a cell's text together, in twips
EASE = 0.2  # share of the width that long texts should have beyond what they need
NARROW, WIDE = set(" .,;:'|!()[]/-·"), set("mwMW%@—…")
BOLD = 1.1  # how much wider a bold letter is
UNBROKEN = 12.0  # a longer word of a text may be broken
LONGEST = 70.0  # what is longer counts as this long
BREAKS = re.compile(r"\s+|(?<=[\u3000-\u9fff\uff00-\uffef])|(?=[\u3000-\u9fff])|(?<=[-/])")


@dataclass(frozen=True)
class Column:
    """What a column has to hold, in widths of a Chinese character: its `least` width, its longest cell, all its cells, and its head."""

    least: float
    longest: float
    held: float
    head: float

    def need(self, size: int) -> int:
        """The least width in twips, for a font size in half points."""
        return _twips(self.least, size)

    def want(self, size: int) -> int:
        """The width at which only the longest texts need a second line."""
        return max(self.need(size), _twips(min(self.longest, LONGEST), size))


def measured(block: TableBlock) -> list[Column]:
    """The columns of a table: numbers stay whole, texts break between words, heads into two or three lines."""
    found = []
    for index, (head, numeric) in enumerate(zip(block.columns, block.numeric, strict=True)):
        cells = [row[index] for row in block.rows]
        lengths = [ems(cell) for cell in cells]
        longest = max(lengths, default=0.0)
        title = BOLD * ems(head)
        least = max(longest if numeric else _longest_word(cells), BOLD * _longest_word([head]), title / 2)
        found.append(Column(least, longest, sum(lengths) + 1.0, title))
    return found


def fitting(columns: Sequence[Column], width: int) -> int | None:
    """The font size in half points at which columns fit into a width in twips, if possible with ease; None where they do not fit."""
    fits = [size for size in SIZES if sum(column.need(size) for column in columns) <= width]
    for size in fits:
        if sum(c.need(size) for c in columns) <= (1 - EASE) * width or sum(c.want(size) for c in columns) <= width:
            return size
    return fits[-1] if fits else None


def widths(columns: Sequence[Column], width: int, size: int) -> list[int]:
    """Widths in twips, which together take the whole width: what each needs; then texts get the more, the more they have to hold; then heads
    that do not stand on one line; then all alike."""
    found = [float(column.need(size)) for column in columns]
    wants = [column.want(size) for column in columns]
    heads = [max(want, _twips(column.head, size)) for want, column in zip(wants, columns, strict=True)]
    for targets in (wants, heads):
        while (spare := width - sum(found)) > 1 and (short := [i for i, target in enumerate(targets) if found[i] < target - 1]):
            whole = sum(columns[i].held for i in short)
            for i in short:
                found[i] = min(targets[i], found[i] + spare * columns[i].held / whole)
    return [int(width * part / sum(found)) for part in found]


def ems(text: str) -> float:
    """How wide a text is, in widths of a Chinese character."""
    return sum(map(_em, text))


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return 0.31 if character in NARROW else 0.86 if character in WIDE else 0.66 if character.isupper() else 0.54


def _longest_word(texts: Sequence[str]) -> float:
    return max((min(ems(word), UNBROKEN) for text in texts for word in BREAKS.split(text)), default=0.0)


def _twips(width: float, size: int) -> int:
    return int(width * size * 10) + MARGINS
