"""The result tables as sheets: headings to read above the names of the CSV file, every value as the CSV file states it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from layout_opt.analysis.comparing import Comparison
from layout_opt.analysis.study import Answer
from layout_opt.report.workbook.book import Sheet
from layout_opt.report.workbook.columns import Names, formats, heading
from layout_opt.runs import Run, digits

HEAD, NAMES, FIRST = 0, 1, 2  # rows: what a column holds, its name in the CSV file, the first row of data
MOST_ROWS = 100_000  # of a sheet: beyond that Excel and its readers become too slow


@dataclass(frozen=True)
class TableSheet:
    """A result table on its sheet: the CSV `file` that it comes from, and where its `columns` stand."""

    file: str
    table: pd.DataFrame
    sheet: Sheet
    columns: Mapping[str, int]

    @property
    def held(self) -> int:
        """How many rows the sheet holds."""
        return min(len(self.table), MOST_ROWS)

    def at(self, row: int, column: str) -> str | None:
        """A reference to a value; None where its row is beyond what the sheet holds."""
        return self.sheet.at(FIRST + row, self.columns[column]) if row < self.held else None


def written(source: Run | Comparison | Answer) -> dict[str, pd.DataFrame]:
    """The tables of a result as its CSV files state them, to the digit.

    Those of a comparison are taken from its files where it has any: differences worked out again from rounded figures would not be the same.
    """
    found = {}
    for name, table in source.tables.items():
        file = source.path / f"{name}.csv" if isinstance(source, Comparison) and source.path else None
        stated = _read(file, table) if file and file.is_file() else table
        numbers, shown = stated.select_dtypes("float"), digits(name) if isinstance(source, Run) else digits()
        found[name] = stated.assign(**{str(c): [float(shown % value) for value in numbers[c]] for c in numbers})
    return found


def _read(file: Path, table: pd.DataFrame) -> pd.DataFrame:
    text = {str(c): str for c in table.select_dtypes(["object", "str"])}
    return pd.read_csv(file, dtype=text, keep_default_na=False, na_values=[""])


def write_table(sheet: Sheet, name: str, table: pd.DataFrame, names: Names, folder: str = "") -> TableSheet:
    """Write a table of a folder onto its sheet: two rows of headings, which stay in sight, and filters."""
    words, columns, at = names.words, dict[str, int](), 0
    shown = table.head(MOST_ROWS)
    for column in map(str, table.columns):
        columns[column] = at
        _heads(sheet, at, heading(name, column, words), column, numeric=_numeric(table[column]))
        _values(sheet, at, name, shown, column)
        at += 1
        for beside, head, values in names.beside(name, shown, column):
            _heads(sheet, at, head, beside)
            _texts(sheet, at, values)
            at += 1
    sheet.page.freeze_panes(FIRST, 0)
    sheet.page.autofilter(NAMES, 0, NAMES + max(len(shown), 1), at - 1)
    sheet.page.repeat_rows(HEAD, NAMES)
    return TableSheet(f"{folder}{name}.csv", table, sheet, columns)


def _numeric(values: pd.Series[float]) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _heads(sheet: Sheet, at: int, head: str, name: str, *, numeric: bool = False) -> None:
    sheet.text(HEAD, at, head, "figures" if numeric else "head")
    sheet.text(NAMES, at, name, "name")


def _values(sheet: Sheet, at: int, name: str, table: pd.DataFrame, column: str) -> None:
    values = table[column]
    shown = formats(name, table, column) if _numeric(values) else [""] * len(values)
    for row, (value, number) in enumerate(zip(values.tolist(), shown, strict=True), FIRST):
        if isinstance(value, bool):
            sheet.flag(row, at, value)
        elif isinstance(value, int | float):
            sheet.number(row, at, value, number)
        elif isinstance(value, str):
            sheet.text(row, at, value)


def _texts(sheet: Sheet, at: int, values: Iterable[str]) -> None:
    for row, value in enumerate(values, FIRST):
        sheet.text(row, at, value)
