"""Tidy tables: what a column may hold, reading CSV files and rows of cells, and checking them with all faults at once.

A `Table` declares columns; `read_csv` and `read_rows` give raw text with places; `check` turns raw text into typed frames.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from layout_opt.errors import Fault, InputError, Place, adviser, suggest

Kind = Literal["text", "number", "integer", "flag"]
FLAGS = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}
CJK = re.compile(r"[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef\s\x00-\x7f\u2014-\u2026\u00b7]+")
NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
NOT_FINITE = r"(?i)[+-]?(nan|inf|infinity|n/?a)"
SHEET_ERROR = r"#(N/A|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!)"
FORMULA = "\x00"  # begins the text of a cell whose formula has no stored value; no file can hold this character
CONTROL = r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]"


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


def key(name: str, *refers: str) -> Column:
    """A column of the key of a table, with the tables whose keys its values must be."""
    return Column(name, refers=refers, key=True)


def amount(name: str, unit: str | None = None, *, optional: bool = False) -> Column:
    """A column of numbers from 0 on; an optional one may be absent, and its cells empty."""
    return Column(name, "number", unit, low=0, optional=optional, blank=optional)


def fraction(name: str, *, optional: bool = False) -> Column:
    """A column of shares, 0 to 1; an optional one may be absent, and its cells empty."""
    return Column(name, "number", low=0, high=1, optional=optional, blank=optional)


def named(name: str) -> tuple[Column, ...]:
    """The first columns of a table of things: their key, and what people call them."""
    return key(name), Column("name_en"), Column("name_zh")


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
    head: int = 1  # spreadsheet row of the header
    ragged: tuple[int, ...] = ()  # data rows with too few or too many fields: reported once, their cells are not checked

    def at(self, row: int | None = None, column: str | None = None) -> Place:
        """The place of data row number `row` (from 0) and a column; without a row, that of the column's name."""
        line = None if row is None else self.rows[row]
        cell = f"{self.letters[column]}{line or self.head}" if column and self.sheet and column in self.letters else None
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
        foreign = re.sub(r"[\x00-\x7f]", "", text)
        common = len(foreign.encode("gb2312", "ignore")) / 2
        if CJK.fullmatch(text) and common >= len(foreign) / 2:  # Latin-1 and Big5, read as GBK, give characters that nobody uses
            return text, [Fault("is not UTF-8, read as GBK/GB18030", Place(file), "Save it as 'CSV UTF-8' to be safe.")]
    except UnicodeDecodeError:
        pass
    raise InputError(faults=[Fault("is neither UTF-8 nor GBK", Place(file, row=line), "In Excel choose 'Save as', 'CSV UTF-8 (comma delimited)'.")])


def read_csv(path: Path, file: str) -> Raw:
    """Read one CSV file as text; `file` is the name that faults show. Faults of form (ragged rows, no header) are in the result.

    Raises `InputError` where the file cannot be read as a table at all.
    """

    def refuse(what: str, remedy: str, row: int | None = None) -> InputError:
        return InputError(faults=[Fault(what, Place(file, row=row), remedy)])

    try:
        if path.exists() and not path.is_file():
            raise refuse("is not a file", "Give the table's CSV file.")
        text, warnings = decode(path.read_bytes(), file)
    except FileNotFoundError:
        raise refuse("the file is missing", "Create it, or correct the file name in instance.toml.") from None
    except OSError as error:
        raise refuse(f"cannot be read: {error.strerror}", "It must be a readable file.") from None
    if "\x00" in text:
        raise refuse("is not a text file", "In Excel choose 'Save as', 'CSV UTF-8 (comma delimited)'.")
    rows: list[tuple[int, list[str]]] = []
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1):
            rows.append((number, row))
    except csv.Error as error:
        raise refuse(f"is not a CSV table: {error}", "Check the quotation marks from this row on.", len(rows) + 1) from None
    names = next((row for _, row in rows if any(row)), [])
    if len(names) == 1 and (other := re.search(r"[;\t|]", names[0])):
        raise refuse(f"its fields are separated by {other[0]!r}", "Separate them by commas: in Excel choose 'CSV UTF-8 (comma delimited)'.", 1)
    return read_rows(file, None, rows, tuple(warnings))


def read_rows(file: str, sheet: str | None, lines: Iterable[tuple[int, list[str]]], warnings: tuple[Fault, ...] = ()) -> Raw:
    """Numbered rows of cells as a table: header and data rows; rows without any text are passed over."""
    from openpyxl.utils import get_column_letter

    stripped = ((n, [cell.strip() for cell in row]) for n, row in lines)
    filled = [(n, row) for n, row in stripped if any(row)]
    if not filled:
        return Raw(file, pd.DataFrame(), [], sheet, (Fault("the table is empty", Place(file, sheet), "Give it a header row and at least one row."),))
    head, header = filled[0]
    width = max(position for position, name in enumerate(header, 1) if name)
    header = header[:width]
    faults, ragged, rows = [], [], []
    for position, name in enumerate(header):
        where = Place(file, sheet, head, name or get_column_letter(position + 1), f"{get_column_letter(position + 1)}{head}" if sheet else None)
        if not name:
            faults.append(Fault("a column has no name", where, "Name it or delete it."))
        elif header.index(name) != position:
            faults.append(Fault("the column stands twice", where, "Delete one of the two."))
    for index, (number, row) in enumerate(filled[1:]):
        if any(row[width:]) or (len(row) < width and not sheet):
            what = f"the row has {len(row)} fields, the header {width}"
            faults.append(Fault(what, Place(file, sheet, number), "Check commas and quotation marks: a text with a comma needs them."))
            ragged.append(index)
        rows.append((row + [""] * width)[:width])
    if not rows:
        faults.append(Fault("the table is empty", Place(file, sheet), "Give it at least one row."))
    usable = [p for p, name in enumerate(header) if name and header.index(name) == p]
    frame = pd.DataFrame({header[p]: pd.Series([row[p] for row in rows], dtype=object) for p in usable})
    letters = {header[p]: get_column_letter(p + 1) for p in usable}
    return Raw(file, frame, [n for n, _ in filled[1:]], sheet, tuple(faults), warnings, letters, head, tuple(ragged))


def check(table: Table, raw: Raw, units: Mapping[str, str]) -> tuple[pd.DataFrame, list[Fault]]:
    """Type and check one table against its declaration; references to other tables are checked elsewhere.

    Returns the frame in the declared column order (columns that are absent are left out; a number that is not one is NaN) and the faults.
    `units` are the manifest's units by column; those of columns that the table lacks are ignored.
    """
    faults = list(raw.faults)
    if not len(raw.frame.columns):
        return pd.DataFrame(), faults
    own = {c.name for c in table.columns}
    declared = {c.name: c for c in (*table.columns, *(a for a in ANNOTATIONS if a.name not in own))}
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
    frame = pd.DataFrame(typed, columns=pd.Index([c.name for c in present]))
    faults.extend(_duplicates(table, frame, raw))
    faults.extend(_units(present, raw, units))
    return frame, faults


def _typed(column: Column, raw: Raw) -> tuple[Any, list[Fault]]:
    text = raw.frame[column.name].astype(str)
    faults: list[Fault] = []
    wrong = np.zeros(len(text), dtype=bool)
    checked = ~np.isin(np.arange(len(text)), raw.ragged)

    def fault(bad: Any, what: str, remedy: str | Callable[[str], str]) -> None:
        found = np.asarray(bad, dtype=bool) & checked
        wrong[found] = True
        for row in np.flatnonzero(found):
            value = str(text.iloc[row])
            advice = remedy if isinstance(remedy, str) else remedy(value)
            faults.append(Fault(what, raw.at(int(row), column.name), advice, value.lstrip(FORMULA)))

    empty = text == ""
    if not column.blank:
        fault(empty, "the cell is empty", "Fill it.")
    lost = text.str.startswith(FORMULA)
    fault(lost, "holds a formula without a stored value", "Open and save the workbook in Excel, or write the figure itself.")
    broken = text.str.fullmatch(SHEET_ERROR)
    fault(broken, "is an error of the spreadsheet", "Correct its formula, or write the figure itself.")
    usable = ~empty & ~lost & ~broken
    if column.kind == "text":
        fault(usable & text.str.contains(CONTROL), "holds a control character", "Type the text anew.")
        if column.choices:
            fault(usable & ~text.isin(column.choices), "unknown value", adviser(column.choices))
        return text.to_numpy(dtype=object), faults
    if column.kind == "flag":
        flags = text.str.lower().map(FLAGS)
        fault(usable & flags.isna(), "must be yes or no", "Write yes or no.")
        return flags.eq(True).to_numpy(dtype=bool), faults
    written = text.str.fullmatch(NUMBER)
    named = text.str.fullmatch(NOT_FINITE)
    fault(named, "is not a finite number", "Give a figure, or delete the row where a missing row has a meaning.")
    fault(usable & ~named & ~written, "is not a number", "Write plain digits with a decimal point: no unit, no %, no thousands separators.")
    numbers = pd.Series([float(t) if w else np.nan for t, w in zip(text, written & checked, strict=True)], dtype=float)
    fault(np.isinf(numbers), "is not a finite number", "Give a figure that fits.")
    if column.kind == "integer":
        fault(numbers.notna() & (numbers % 1 != 0), "must be a whole number", "Round it.")
    if column.low is not None:
        what = "must not be negative" if column.low == 0 else f"must be at least {column.low:g}"
        fault(numbers < column.low, what, "Correct the sign or the figure.")
    if column.above is not None:
        fault(numbers <= column.above, f"must be above {column.above:g}", "Correct the figure.")
    if column.high is not None:
        remedy = "Correct the figure (shares are written as 0.25, not 25)." if column.high <= 1 else "Correct the figure."
        fault(numbers > column.high, f"must be at most {column.high:g}", remedy)
    return numbers.mask(wrong).to_numpy(dtype=float), faults


def _duplicates(table: Table, frame: pd.DataFrame, raw: Raw) -> list[Fault]:
    if not table.key or not set(table.key) <= set(frame.columns):
        return []
    first: dict[tuple[Any, ...], int] = {}
    faults = []
    for row, values in enumerate(zip(*(frame[name] for name in table.key), strict=True)):
        whole = all(v and v == v for v in values) and row not in raw.ragged
        if whole and first.setdefault(values, row) != row:
            line, shown = raw.rows[first[values]], ", ".join(raw.frame[name].iloc[row] for name in table.key)
            what, remedy = f"duplicate key, row {line} has the same", f"Keep one row per {' and '.join(table.key)}."
            faults.append(Fault(what, raw.at(row, table.key[0]), remedy, shown))
    return faults


def _units(columns: Iterable[Column], raw: Raw, units: Mapping[str, str]) -> list[Fault]:
    faults = []
    for column in columns:
        if column.unit is None:
            continue
        stated = units.get(column.name)
        if stated is None:
            place = "a row of the sheet `units`" if raw.sheet else "instance.toml"
            remedy = f"State it in {place}: units.{column.name} = {column.unit!r}."
            faults.append(Fault("its unit is not stated", raw.at(column=column.name), remedy))
        elif _plain(stated) != _plain(column.unit):
            remedy = f"Convert the column to {column.unit!r}, or correct the unit that the manifest states."
            faults.append(Fault("units disagree", raw.at(column=column.name), remedy, stated))
    return faults


def _plain(unit: str) -> str:
    return re.sub(r"\s+", "", unit)


def same_unit(a: str, b: str) -> bool:
    """Whether two units are written alike, white space apart."""
    return _plain(a) == _plain(b)
