"""Tables of a report as LaTeX, set with booktabs; each can be used by itself."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from layout_opt.report.document import TableBlock
from layout_opt.report.latex.text import CJK, Escape
from layout_opt.report.widths import width

GAP = 2.2  # characters between columns
HEAD = 14  # characters of a line of a heading, where the column is not wider
WORD, TEXT = 12, 70  # the least and the most characters that a column of text asks for
STAYS = 0.7  # of a page: a table that is longer may be broken
TURN = 0.7  # pages that a table has to save to be set across


@dataclass(frozen=True)
class Page:
    """A way to set a table: its font, and how many characters of it a line has and lines a page."""

    font: str
    line: int
    lines: int
    across: bool = False


UPRIGHT = (Page("small", 100, 56), Page("footnotesize", 112, 62))
ACROSS = Page("footnotesize", 172, 38, across=True)


@dataclass(frozen=True)
class Column:
    """A column, and its width in characters; `wrapped` where its texts are longer than that."""

    head: str
    cells: Sequence[str]
    numeric: bool
    width: float = 0.0
    wrapped: bool = False

    @property
    def heads(self) -> list[str]:
        """The lines of the heading."""
        longest = int(self.width) if self.wrapped else max([HEAD, *map(width, self.cells)])
        if CJK.search(self.head):
            return textwrap.wrap(self.head, max(longest // 2, 4))
        return textwrap.wrap(self.head, longest, break_long_words=False, break_on_hyphens=False) or [""]

    @property
    def whole(self) -> float:
        """The width that it takes unbroken."""
        return max(map(width, [*self.heads, *self.cells]))

    @property
    def least(self) -> float:
        return self.whole if self.numeric else min(self.whole, WORD)

    def lines(self, row: int) -> int:
        return math.ceil(1.2 * width(self.cells[row]) / self.width) if self.wrapped else 1


def table(block: TableBlock, label: str, note: str, escape: Escape) -> str:
    """The LaTeX of a table with caption, label and note; one with more columns of numbers than a line has room for becomes several."""
    cells = list(zip(*block.rows, strict=True)) or [()] * len(block.columns)
    columns = [Column(head, own, numeric) for head, own, numeric in zip(block.columns, cells, block.numeric, strict=True)]
    made = []
    for number, part in enumerate(_parts(columns), 1):
        page, fitted = _fitted(part)
        name = label if number == 1 else f"{label}-{number}"
        caption = rf"\caption{{{escape(block.caption)}}}\label{{tab:{name}}}"
        write = _long if _pages(fitted, page) > STAYS else _floating
        made.append(write(fitted, page, caption, escape(note), escape))
    return "\n".join(made)


def _parts(columns: Sequence[Column]) -> list[list[Column]]:
    """The columns of every table that is needed: those before the first numbers, and as many of the others as fit beside them."""
    lead = next((n for n, column in enumerate(columns) if column.numeric), len(columns))
    parts = [list(columns[:lead])]
    for column in columns[lead:]:
        if len(parts[-1]) > lead and sum(c.least + GAP for c in [*parts[-1], column]) > ACROSS.line:
            parts.append(list(columns[:lead]))
        parts[-1].append(column)
    return parts


def _fitted(columns: Sequence[Column]) -> tuple[Page, list[Column]]:
    """The page for a table and its columns as wide as they are there: unbroken where they fit, else on fewer pages."""
    gaps = GAP * (len(columns) - 1)
    for page in UPRIGHT:
        if sum(column.whole for column in columns) + gaps <= page.line:
            return page, [replace(column, width=column.whole) for column in columns]
    pages = [page for page in (UPRIGHT[-1], ACROSS) if page.across or sum(column.least for column in columns) + gaps <= page.line]
    choices = [(page, _wrapped(columns, page.line - gaps)) for page in pages]
    return min(choices, key=lambda choice: _pages(choice[1], choice[0]) + TURN * choice[0].across)


def _pages(columns: Sequence[Column], page: Page) -> float:
    return sum(max(column.lines(row) for column in columns) for row in range(len(columns[0].cells))) / page.lines


def _wrapped(columns: Sequence[Column], room: float) -> list[Column]:
    """Columns that take a given room: each what it needs, and the longer its texts the more of what is left."""
    wants = [max(column.least, column.whole if column.numeric else min(column.whole, TEXT)) for column in columns]
    more = [want - column.least for want, column in zip(wants, columns, strict=True)]
    share = min(1.0, max(0.0, room - sum(column.least for column in columns)) / (sum(more) or 1.0))
    widths = [column.least + share * extra for column, extra in zip(columns, more, strict=True)]
    return [replace(column, width=w, wrapped=not column.numeric and column.whole > w) for column, w in zip(columns, widths, strict=True)]


def _floating(columns: Sequence[Column], page: Page, caption: str, note: str, escape: Escape) -> str:
    lines = [r"\begin{table}", rf"\centering\{page.font}\setlength{{\tabcolsep}}{{4pt}}", caption, r"\smallskip"]
    lines += [rf"\begin{{tabular}}{{{_spec(columns, page)}}}", r"\toprule", _head(columns, escape), r"\midrule", *_rows(columns, escape)]
    lines += [r"\bottomrule", r"\end{tabular}"]
    if note:
        lines.append(rf"\par\smallskip\begin{{minipage}}{{\linewidth}}\footnotesize {note}\end{{minipage}}")
    return _turned([*lines, r"\end{table}"], page)


def _long(columns: Sequence[Column], page: Page, caption: str, note: str, escape: Escape) -> str:
    head = _head(columns, escape)
    lines = [rf"\begingroup\{page.font}\setlength{{\tabcolsep}}{{4pt}}\setlength{{\LTcapwidth}}{{\linewidth}}"]
    lines += [rf"\begin{{longtable}}{{{_spec(columns, page)}}}", rf"{caption}\\", r"\toprule", head, r"\midrule", r"\endfirsthead"]
    lines += [r"\toprule", head, r"\midrule", r"\endhead", r"\bottomrule", r"\endfoot", *_rows(columns, escape), r"\end{longtable}"]
    if note:
        lines.append(rf"\vspace{{-\medskipamount}}\noindent{{\footnotesize {note}\par}}")
    return _turned([*lines, r"\endgroup"], page)


def _turned(lines: Sequence[str], page: Page) -> str:
    return "\n".join([r"\begin{landscape}", *lines, r"\end{landscape}"] if page.across else lines) + "\n"


def _spec(columns: Sequence[Column], page: Page) -> str:
    wrapped = r">{{\raggedright\arraybackslash}}p{{{:.3f}\linewidth}}"
    return "@{}" + "".join(wrapped.format(c.width / page.line) if c.wrapped else "r" if c.numeric else "l" for c in columns) + "@{}"


def _head(columns: Sequence[Column], escape: Escape) -> str:
    return " & ".join(_stacked(column.heads, "r" if column.numeric else "l", escape) for column in columns) + r" \\"


def _stacked(lines: Sequence[str], side: str, escape: Escape) -> str:
    """A heading of several lines, which stands on the rule below."""
    texts = [escape(line) for line in lines]
    return texts[0] if len(texts) == 1 else rf"\begin{{tabular}}[b]{{@{{}}{side}@{{}}}}" + r"\\".join(texts) + r"\end{tabular}"


def _rows(columns: Sequence[Column], escape: Escape) -> list[str]:
    made = [[escape.figure(c) if column.numeric else escape.broken(c) if column.wrapped else escape(c) for c in column.cells] for column in columns]
    end = r" \\ \addlinespace[2pt]" if any(column.wrapped for column in columns) else r" \\"
    return [" & ".join(cells) + end for cells in zip(*made, strict=True)]
