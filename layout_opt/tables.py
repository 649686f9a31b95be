"""Tidy tables: what a column may hold, reading CSV files and workbook sheets, and checking them with all faults at once.

A `Table` declares columns; `read_csv` and `read_sheets` give raw text with places; `check` turns raw text into typed frames.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from layout_opt.errors import Fault, InputError, Place, suggest

Kind = Literal["text", "number", "integer", "flag"]
FLAGS = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}
CJK = re.compile(r"[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef\s\x00-\x7f\u2014-\u2026\u00b7]+")


@dataclass(frozen=True)
class Column:
    """One column: its kind, range and unit, and the tables whose keys its values must be.

    `unit` is a template over the manifest's units, such as "{money}/{output}". `optional` columns may be absent from the table; `blank`
    cells may be empty (NaN, or "" for text).
    """

    name: str
    kind: Kind = "text"
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    above: float | None = None
    choices: tuple[str, ...] = ()
    refers: tuple[str, ...] = ()
    key: bool = False
    optional: bool = False
    blank: bool = False


@dataclass(frozen=True)
class Table:
    """A table: its columns, the key columns first."""

    name: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> list[str]:
        return [c.name for c in self.columns if c.key]


ANNOTATIONS = (
    Column("estimated", "flag", optional=True, blank=True),
    Column("source", optional=True, blank=True),
    Column("note", optional=True, blank=True),
)


def merge(tables: Iterable[Table]) -> dict[str, Table]:
    """The schema: tables by name, the columns of tables of one name joined; the first declaration of a column counts."""
    schema: dict[str, dict[str, Column]] = {}
    for table in tables:
        columns = schema.setdefault(table.name, {})
        for column in table.columns:
            columns.setdefault(column.name, column)
    return {name: Table(name, tuple(columns.values())) for name, columns in schema.items()}


@dataclass(frozen=True)
class Raw:
    """A table as text, with the place of every cell."""

    file: str
    frame: pd.DataFrame  # of str, one row per data row; "" where the cell is empty
    rows: list[int]  # spreadsheet row of each data row
    sheet: str | None = None
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    letters: Mapping[str, str] = field(default_factory=dict)  # workbook letter of each column

    def at(self, row: int | None = None, column: str | None = None) -> Place:
        """The place of data row number `row` (from 0) and a column."""
        line = None if row is None else self.rows[row]
        cell = f"{self.letters[column]}{line}" if line and column and self.sheet and column in self.letters else None
        return Place(self.file, self.sheet, line, column, cell)


def decode(data: bytes, file: str) -> tuple[str, list[Fault]]:
    """Text of a CSV file: UTF-8 with or without a byte order mark; GB18030, which Chinese editions of Excel write, with a warning.

    Raises `InputError` for anything else, rather than read it wrongly.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16"), [Fault("is UTF-16, read as such", Place(file), "Save it as 'CSV UTF-8' to be safe.")]
        except UnicodeDecodeError:
            pass
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
    try:
        text = data.decode("gb18030")
        if CJK.fullmatch(text):
            return text, [Fault("is not UTF-8, read as GBK/GB18030", Place(file), "Save it as 'CSV UTF-8' to be safe.")]
    except UnicodeDecodeError:
        pass
    raise InputError(faults=[Fault("is neither UTF-8 nor GBK", Place(file, row=line), "In Excel choose 'Save as', 'CSV UTF-8 (comma delimited)'.")])


def read_csv(path: Path, file: str) -> Raw:
    """Read one CSV file as text; `file` is the name that faults show. Faults of form (ragged rows, no header) are in the result."""
    try:
        text, warnings = decode(path.read_bytes(), file)
    except FileNotFoundError:
        raise InputError(faults=[Fault("the file is missing", Place(file), "Create it, or correct the file name in instance.toml.")]) from None
    except OSError as error:
        raise InputError(faults=[Fault(f"cannot be read: {error.strerror}", Place(file), "It must be a readable file.")]) from None
    if "\x00" in text:
        raise InputError(faults=[Fault("is not a text file", Place(file), "In Excel choose 'Save as', 'CSV UTF-8 (comma delimited)'.")])
    try:
        lines = [(number, row) for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1)]
    except csv.Error as error:
        raise InputError(faults=[Fault(f"is not a CSV table: {error}", Place(file), "Check quotation marks.")]) from None
    return _raw(file, None, lines, tuple(warnings))


def read_sheets(path: Path) -> dict[str, Raw]:
    """Read every sheet of a workbook as text (numbers unformatted, formulas by their stored value)."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except FileNotFoundError:
        raise InputError(faults=[Fault("the file is missing", Place(path.name), "Correct the name of the workbook.")]) from None
    except Exception as error:  # openpyxl raises what its ZIP and XML readers raise
        raise InputError(faults=[Fault(f"is not an Excel workbook ({error})", Place(path.name), "Save it as .xlsx.")]) from None
    try:
        return {
            sheet.title: _raw(path.name, sheet.title, [(n, [_text(v) for v in row]) for n, row in enumerate(sheet.iter_rows(values_only=True), 1)])
            for sheet in book.worksheets
        }
    finally:
        book.close()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _raw(file: str, sheet: str | None, lines: Sequence[tuple[int, list[str]]], warnings: tuple[Fault, ...] = ()) -> Raw:
    """Split header and rows; rows without any text are passed over."""
    from openpyxl.utils import get_column_letter

    lines = [(n, [cell.strip() for cell in row]) for n, row in lines]
    lines = [(n, row) for n, row in lines if any(row)]
    if not lines:
        return Raw(file, pd.DataFrame(), [], sheet, (Fault("the table is empty", Place(file, sheet), "Give it a header row and at least one row."),))
    start, header = lines[0]
    while header and not header[-1]:
        header = header[:-1]
    faults = []
    for position, name in enumerate(header):
        where = Place(file, sheet, start, name or get_column_letter(position + 1))
        if not name:
            faults.append(Fault("a column has no name", where, "Name it or delete it."))
        elif header.index(name) != position:
            faults.append(Fault("the column stands twice", where, "Delete one of the two."))
    width, rows, numbers = len(header), [], []
    for number, row in lines[1:]:
        if len(row) > width and any(row[width:]) or (len(row) < width and not sheet):
            faults.append(
                Fault(f"the row has {len(row)} fields, the header {width}", Place(file, sheet, number), "Check commas and quotation marks.")
            )
        rows.append((row + [""] * width)[:width])
        numbers.append(number)
    if not rows and not faults:
        faults.append(Fault("the table is empty", Place(file, sheet), "Give it at least one row."))
    letters = {name: get_column_letter(position + 1) for position, name in enumerate(header)}
    frame = pd.DataFrame(rows, columns=pd.Index(header), dtype=object)
    return Raw(file, frame, numbers, sheet, tuple(faults), warnings, letters)


def check(table: Table, raw: Raw, units: Mapping[str, str]) -> tuple[pd.DataFrame, list[Fault]]:
    """Type and check one table against its declaration; references to other tables are checked by `check_references`.

    Returns the frame in the declared column order (columns that are absent and optional are left out) and the faults. `units` are the
    manifest's units by column; those of columns that the table lacks are ignored.
    """
    faults = list(raw.faults)
    if faults:
        return pd.DataFrame(), faults
    declared = {c.name: c for c in (*table.columns, *(a for a in ANNOTATIONS if a.name not in {c.name for c in table.columns}))}
    for name in raw.frame.columns:
        if name not in declared:
            faults.append(Fault(f"unknown column {name!r}", raw.at(column=name), suggest(name, declared)))
    for column in declared.values():
        if column.name not in raw.frame and not column.optional:
            near = suggest(column.name, [n for n in raw.frame.columns if n not in declared])
            hint = f" {near}" if near.startswith("Did") else ""
            faults.append(Fault(f"column {column.name!r} is missing", raw.at(column=column.name), f"Add it; see docs/instance-format.md.{hint}"))
    present = [c for c in declared.values() if c.name in raw.frame]
    typed: dict[str, Any] = {}
    for column in present:
        typed[column.name], found = _typed(column, raw)
        faults.extend(found)
    faults.extend(_duplicates(table, raw))
    frame = pd.DataFrame(typed, columns=pd.Index([c.name for c in present]))
    faults.extend(_units(present, raw, units))
    return frame, faults


def _typed(column: Column, raw: Raw) -> tuple[Any, list[Fault]]:
    text = raw.frame[column.name].astype(str)
    faults: list[Fault] = []

    def fault(bad: Any, what: str, remedy: str) -> None:
        for row in np.flatnonzero(np.asarray(bad)):
            faults.append(Fault(what, raw.at(int(row), column.name), remedy, text.iloc[row]))

    empty = text == ""
    if not column.blank:
        fault(empty, "the cell is empty", "Fill it.")
    if column.kind == "text":
        if column.choices:
            bad = ~empty & ~text.isin(column.choices)
            for row in np.flatnonzero(np.asarray(bad)):
                faults.append(Fault("unknown value", raw.at(int(row), column.name), suggest(text.iloc[row], column.choices), text.iloc[row]))
        return text.to_numpy(dtype=object), faults
    if column.kind == "flag":
        flags = text.str.lower().map(FLAGS)
        fault(~empty & flags.isna(), "must be yes or no", "Write yes or no.")
        return flags.eq(True).to_numpy(dtype=bool), faults
    numbers = pd.to_numeric(text.where(~empty), errors="coerce").astype(float)
    written = text.str.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
    named = text.str.lower().str.fullmatch(r"[+-]?(nan|inf|infinity|n/?a|#n/a|#div/0!|#value!)")
    fault(~empty & named, "is not a finite number", "Give a figure, or delete the row where a missing row has a meaning.")
    fault(~empty & ~named & ~written, "is not a number", "Write digits with a decimal point, without units or thousands separators.")
    numbers = numbers.where(written)
    fault(np.isinf(numbers), "is not a finite number", "Give a figure that fits.")
    if column.kind == "integer":
        fault(numbers.notna() & (numbers % 1 != 0), "must be a whole number", "Round it.")
    if column.low is not None:
        what = "must not be negative" if column.low == 0 else f"must be at least {column.low:g}"
        fault(numbers < column.low, what, "Correct the sign or the figure.")
    if column.above is not None:
        fault(numbers <= column.above, f"must be above {column.above:g}", "Correct the figure.")
    if column.high is not None:
        fault(numbers > column.high, f"must be at most {column.high:g}", "Correct the figure (shares are written as 0.25, not 25).")
    return numbers.to_numpy(dtype=float), faults


def _duplicates(table: Table, raw: Raw) -> list[Fault]:
    key = [name for name in table.key if name in raw.frame]
    if not key or key != table.key:
        return []
    first: dict[tuple[str, ...], int] = {}
    faults = []
    for row, values in enumerate(zip(*(raw.frame[name] for name in key), strict=True)):
        if all(values) and first.setdefault(values, row) != row:
            line = raw.rows[first[values]]
            faults.append(
                Fault(f"duplicate key, row {line} has the same", raw.at(row, key[0]), f"Keep one row per {' and '.join(key)}.", ", ".join(values))
            )
    return faults


def _units(columns: Iterable[Column], raw: Raw, units: Mapping[str, str]) -> list[Fault]:
    faults = []
    for column in columns:
        if column.unit is None:
            continue
        stated = units.get(column.name)
        if stated is None:
            faults.append(Fault("its unit is not stated", raw.at(column=column.name), f"State it in the manifest: units.{column.name} = {column.unit!r}."))
        elif _plain(stated) != _plain(column.unit):
            remedy = f"Convert the column to {column.unit!r}, or correct the manifest."
            faults.append(Fault("units disagree", raw.at(column=column.name), remedy, stated))
    return faults


def _plain(unit: str) -> str:
    return re.sub(r"\s+", "", unit)


def check_references(table: Table, frame: pd.DataFrame, raw: Raw, keys: Mapping[str, Iterable[str]]) -> list[Fault]:
    """Faults for values that are not a key of any table they may refer to (tables that are not in `keys` are passed over)."""
    faults = []
    for column in table.columns:
        tables = [t for t in column.refers if t in keys]
        if not tables or column.name not in frame:
            continue
        known = {k for t in tables for k in keys[t]}
        values = frame[column.name]
        for row in np.flatnonzero(np.asarray(~values.isin(known) & (values != ""))):
            name = str(values.iloc[row])
            faults.append(Fault(f"not in the table {' or '.join(tables)}", raw.at(int(row), column.name), suggest(name, known), name))
    return faults


def same_unit(a: str, b: str) -> bool:
    """Whether two units are written alike, white space apart."""
    return _plain(a) == _plain(b)
