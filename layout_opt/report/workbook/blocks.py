"""Small tables with headings of their own, several on a sheet, and native charts that draw their cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from layout_opt.report import style
from layout_opt.report.words import decimals_for
from layout_opt.report.workbook.book import Sheet, decimals

WIDTH, HEIGHT, ROW = 690, 340, 20  # of a chart and of a row, in pixels
CHART_ROWS, CHART_COLUMNS = 18, 11  # that a chart covers
MANY = 15  # labels that lie below columns; more stand beside bars


@dataclass(frozen=True)
class Cell:
    """A number, and the formula that has it as its value where it stands on another sheet or follows from what stands there."""

    value: float
    formula: str | None = None


@dataclass(frozen=True)
class Block:
    """A table: `corner` heads the labels and says what the numbers are, `shown` is their Excel format (by size where empty)."""

    title: str
    corner: str
    heads: Sequence[str]
    labels: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    source: str
    shown: str = ""
    stacked: bool = False

    @property
    def height(self) -> int:
        """The rows that it takes: title, heads, rows, source."""
        return len(self.rows) + 3


def write_block(sheet: Sheet, top: int, left: int, block: Block) -> None:
    """Write a table, its title at a row and a column."""
    shown = _format(block)
    sheet.text(top, left, block.title, "section")
    sheet.text(top + 1, left, block.corner, "head")
    for column, head in enumerate(block.heads, left + 1):
        sheet.text(top + 1, column, head, "figures")
    for row, (label, numbers) in enumerate(zip(block.labels, block.rows, strict=True), top + 2):
        sheet.text(row, left, label)
        for column, cell in enumerate(numbers, left + 1):
            if cell.formula is None or not math.isfinite(cell.value):
                sheet.number(row, column, cell.value, shown)
            else:
                sheet.formula(row, column, cell.formula, cell.value, shown)
    sheet.text(top + 2 + len(block.rows), left, block.source, "note")


def write_charts(sheet: Sheet, blocks: Sequence[Block]) -> None:
    """Write charts one below the other, each with the table that it draws on its right."""
    top = 0
    for block in blocks:
        write_block(sheet, top, CHART_COLUMNS, block)
        options = {"description": f"{block.title}. {block.source}", "object_position": 2}
        sheet.page.insert_chart(top, 0, _chart(sheet, top, block), options)
        top += max(block.height, CHART_ROWS) + 1


def _format(block: Block) -> str:
    return block.shown or decimals(decimals_for([cell.value for row in block.rows for cell in row]))


def _chart(sheet: Sheet, top: int, block: Block) -> Any:
    """Columns or bars, a series per head. Every text is that of a cell: one that begins with = would be taken for a reference."""
    many = len(block.rows) > MANY
    chart = sheet.book.file.add_chart({"type": "bar" if many else "column", **({"subtype": "stacked"} if block.stacked else {})})
    first, last, left = top + 2, top + 1 + len(block.rows), CHART_COLUMNS
    for column, colour in enumerate(style.plate_colours(len(block.heads)), left + 1):
        series = {
            "name": [sheet.name, top + 1, column],
            "categories": [sheet.name, first, left, last, left],
            "values": [sheet.name, first, column, last, column],
            "fill": {"color": colour},
            "gap": 60,
        }
        chart.add_series(series if len(block.heads) > 1 else {**series, "data_labels": {"value": True, "num_format": _format(block)}})
    plain = {"bold": False, "size": 9}
    chart.set_title({"name": [sheet.name, top, left], "name_font": {"size": 12}})
    named = {} if block.corner == block.title else {"name": [sheet.name, top + 1, left], "name_font": plain}
    grid = {"visible": True, "line": {"color": "#D9D9D9"}}
    values = {**named, "num_font": plain, "num_format": "0%" if "%" in block.shown else "#,##0", "major_gridlines": grid}
    labels = {"num_font": plain, "label_position": "low", "reverse": many, "major_gridlines": {"visible": False}}
    chart.set_x_axis(values if many else labels)
    chart.set_y_axis(labels if many else values)
    chart.set_legend({"none": True} if len(block.heads) == 1 else {"position": "bottom"})
    chart.set_size({"width": WIDTH, "height": max(HEIGHT, ROW * block.height)})
    return chart
