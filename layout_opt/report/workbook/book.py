"""A workbook that is being written: sheets under legal names, text that stays text, columns as wide as what stands in them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell

from layout_opt.report.widths import width

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
CREATED = datetime(1980, 1, 1)  # as the parts of the file are dated, so that one result gives one file, byte for byte
LETTERS = 31  # of a sheet's name
TEXT_LIMIT = 32_767  # characters of a cell
WIDEST = 60  # characters of a column that is not told its width
HEAD = 17  # characters of a heading that stay on one line
SMALL = 0.85  # width of small letters
DEFAULT_WIDTH = 8.43
LINE = 15.0  # points
HIGHER = {"title": 1.6, "section": 1.3}  # lines that styles in larger letters take
BLUE, GREY = "#0B5394", "#7F7F7F"
STYLES: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "title": {"bold": True, "font_size": 16},
    "subtitle": {"font_color": GREY},
    "section": {"bold": True, "font_size": 13, "font_color": BLUE, "valign": "top"},
    "lead": {"bold": True, "text_wrap": True, "valign": "top"},
    "wrapped": {"text_wrap": True, "valign": "top", "align": "left"},
    "head": {"bold": True, "text_wrap": True, "valign": "bottom", "bg_color": "#DCE6F1"},
    "figures": {"bold": True, "text_wrap": True, "valign": "bottom", "align": "right", "bg_color": "#DCE6F1"},
    "name": {"italic": True, "font_size": 9, "font_color": GREY, "bottom": 1, "bg_color": "#DCE6F1"},
    "label": {"bold": True, "valign": "top"},
    "link": {"font_color": BLUE, "underline": 1, "valign": "top"},
    "note": {"italic": True, "font_size": 9, "font_color": GREY},
}


class Book:
    """A workbook in memory."""

    def __init__(self, title: str) -> None:
        self._stream = BytesIO()
        self.file = Workbook(self._stream, OPTIONS)
        self.file.set_properties({"title": title, "created": CREATED})
        self._formats: dict[tuple[str, str], Any] = {}
        self._sheets: list[Sheet] = []

    def sheet(self, wished: str) -> Sheet:
        """A new sheet, named as wished as far as Excel allows and no other sheet has the name."""
        sheet = Sheet(self, _free(wished, {s.name.casefold() for s in self._sheets}))
        self._sheets.append(sheet)
        return sheet

    def format(self, style: str, number: str = "") -> Any:
        """The format of a style of `STYLES`, with an Excel number format."""
        if (style, number) not in self._formats:
            self._formats[style, number] = self.file.add_format({**STYLES[style], **({"num_format": number} if number else {})})
        return self._formats[style, number]

    def content(self) -> bytes:
        """The finished file."""
        for sheet in self._sheets:
            sheet.fit()
        self.file.close()
        return self._stream.getvalue()


class Sheet:
    """A sheet. Rows and columns count from 0.

    Columns become as wide as their widest text or number, headings apart, which are wrapped like sentences; rows as high as what is wrapped.
    """

    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name = book, name
        self.page = book.file.add_worksheet(name)
        self.page.set_landscape()
        self.page.set_paper(9)
        self.page.fit_to_pages(1, 0)
        self.page.set_footer("&L&A&R&P / &N")
        self._widths: dict[int, float] = {}
        self._told: dict[int, float] = {}
        self._wrapped: list[tuple[int, int, str]] = []
        self._heights: dict[int, float] = {}

    def text(self, row: int, column: int, text: str, style: str = "plain") -> None:
        """Text, whatever it begins with."""
        self.page.write_string(row, column, text[:TEXT_LIMIT], self.book.format(style))
        if style in ("plain", "label", "link", "name"):
            self._need(column, width(text) * (SMALL if style == "name" else 1.0))
        elif style in ("head", "figures"):
            self._need(column, max(min(width(text), HEAD), max(map(len, text.split()), default=0)))
        if STYLES[style].get("text_wrap"):
            self._wrapped.append((row, column, text))
        elif style in HIGHER:
            self._heights[row] = HIGHER[style]

    def number(self, row: int, column: int, value: float, shown: str, style: str = "plain") -> None:
        """A number with its Excel format; an empty cell where it is none."""
        if math.isfinite(value):
            self.page.write_number(row, column, value, self.book.format(style, shown))
            self._need(column, _digits(value, shown))

    def flag(self, row: int, column: int, value: bool) -> None:
        """A truth value."""
        self.page.write_boolean(row, column, value)

    def formula(self, row: int, column: int, formula: str, value: float, shown: str) -> None:
        """A formula of ours with the value that it has."""
        self.page.write_formula(row, column, f"={formula}", self.book.format("plain", shown), value)
        self._need(column, _digits(value, shown))

    def link(self, row: int, column: int, target: Sheet) -> None:
        """A link to a sheet, under its name."""
        self.page.write_url(row, column, f"internal:{quoted(target.name)}!A1", self.book.format("link"), target.name)
        self._need(column, width(target.name))

    def set_width(self, column: int, characters: float) -> None:
        """Make a column so wide, whatever stands in it."""
        self._told[column] = characters

    def at(self, row: int, column: int) -> str:
        """A reference to a cell from any sheet."""
        return f"{quoted(self.name)}!{xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)}"

    def fit(self) -> None:
        """Set the widths of the columns and the heights of the rows."""
        widths = {column: min(needed, WIDEST) + 2 for column, needed in self._widths.items()} | self._told
        for column, characters in widths.items():
            self.page.set_column(column, column, characters)
        lines = dict(self._heights)
        for row, column, text in self._wrapped:
            lines[row] = max(lines.get(row, 1), lines_of(text, widths.get(column, DEFAULT_WIDTH)))
        for row, count in lines.items():
            self.page.set_row(row, LINE * count)

    def _need(self, column: int, characters: float) -> None:
        self._widths[column] = max(self._widths.get(column, 0.0), characters)


def quoted(name: str) -> str:
    """The name of a sheet as formulas and links write it."""
    return str(quote_sheetname(name))


def lines_of(text: str, characters: float) -> int:
    """How many lines a text takes in a column, with a little to spare."""
    return max(1, math.ceil(1.05 * width(text) / characters))


def decimals(count: int, *, signed: bool = False) -> str:
    """An Excel format with so many decimals and a plain 0 for what is exactly nothing."""
    body = "#,##0" + ("." + count * "0" if count else "")
    return f"{'+' if signed else ''}{body};-{body};0"


def _digits(value: float, shown: str) -> int:
    """Characters that a number is wide in an Excel format, roughly."""
    if "E" in shown:
        return 8
    places = re.match(r"[^.;]*(?:\.(0+))?", shown)
    after = len(places[1]) + 1 if places and places[1] else 0
    percent = "%" in shown
    return len(f"{abs(value) * (100 if percent else 1):,.0f}") + after + percent + 2


def _free(wished: str, taken: set[str]) -> str:
    name = re.sub(r"[\[\]:*?/\\'\x00-\x1f\U00010000-\U0010ffff]", "_", wished).strip() or "_"
    name = f"{name}_" if name.casefold() == "history" else name  # Excel keeps that name for itself
    for number in range(1, len(taken) + 2):
        ending = "" if number == 1 else f" ({number})"
        found = name[: LETTERS - len(ending)] + ending
        if found.casefold() not in taken:
            return found
    raise AssertionError
