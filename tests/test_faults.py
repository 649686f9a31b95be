"""Ways of spoiling an instance or a model: each gives exit code 2 and names file, place, value and remedy of every fault, and writes nothing."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from layout_opt import cli
from layout_opt.solving import load_instance
from layout_opt.starting import write_instance
from tests.conftest import ROOT

NAMES = ("tiny", "china-2017")
MODEL = """base = "reference"
[question]
en = "?"
zh = "？"
"""


@dataclass
class Spoiled(ABC):
    """A copy of an instance to spoil, and what has to be said of it: per fault the fragments of its line."""

    path: Path
    model: str = "reference"
    settings: list[str] = field(default_factory=list)
    expected: list[tuple[str, ...]] = field(default_factory=list)
    whole: bool = True  # whether nothing but the expected is to be said

    def expect(self, *fragments: str) -> None:
        self.expected.append(fragments)

    def rows(self, table: str) -> list[dict[str, str]]:
        """Data rows of the table; the first stands in row 2."""
        header, *rows = self.read(table)
        return [dict(zip(header, row, strict=True)) for row in rows]

    def find(self, table: str, /, **values: str) -> int:
        """The first data row (from 0) that holds these values."""
        return next(n for n, row in enumerate(self.rows(table)) if all(row[c] == v for c, v in values.items()))

    def put(self, table: str, row: int, column: str, value: str) -> None:
        header, *rows = self.read(table)
        rows[row][header.index(column)] = value
        self.write(table, [header, *rows])

    def spoil(self, table: str, row: int, column: str, value: str, *words: str) -> None:
        """Put a bad value into a cell and expect its fault."""
        self.put(table, row, column, value)
        self.expect(self.at(table, row, column), *([repr(value)] if value else []), *words)

    def append(self, table: str, /, **values: str) -> int:
        header, *rows = self.read(table)
        filler = {"name_en": "x", "name_zh": "x"}
        self.write(table, [header, *rows, [str(values.get(c, filler.get(c, ""))) for c in header]])
        return len(rows)

    def drop(self, table: str, row: int) -> None:
        lines = self.read(table)
        del lines[row + 1]
        self.write(table, lines)

    @abstractmethod
    def add(self, table: str, units: dict[str, str], *rows: dict[str, str]) -> None:
        """Add a table that the instance lacks; the first row names its columns."""

    def define(self, text: str, name: str = "mine.toml") -> None:
        """Write a model file and use it."""
        path = self.path.parent / name
        path.write_text(text, encoding="utf-8")
        self.model = str(path)

    @abstractmethod
    def read(self, table: str) -> list[list[str]]: ...

    @abstractmethod
    def write(self, table: str, lines: list[list[str]]) -> None: ...

    @abstractmethod
    def at(self, table: str, row: int | None = None, column: str | None = None) -> str: ...

    @abstractmethod
    def manifest(self, key: str, old: str, new: str) -> str:
        """Change a value of the manifest; returns the place that its fault has to name."""

    @abstractmethod
    def unit(self, table: str, column: str, value: str | None) -> None: ...


class Folder(Spoiled):
    def file(self, table: str) -> Path:
        return self.path / f"{table}.csv"

    def read(self, table: str) -> list[list[str]]:
        return list(csv.reader(self.file(table).read_text(encoding="utf-8").splitlines()))

    def write(self, table: str, lines: Iterable[Iterable[str]]) -> None:
        with self.file(table).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(lines)

    def add(self, table: str, units: dict[str, str], *rows: dict[str, str]) -> None:
        self.write(table, [list(rows[0]), *(list(row.values()) for row in rows)])
        stated = ", ".join(f'{column} = "{unit}"' for column, unit in units.items())
        with self.toml.open("a", encoding="utf-8") as file:
            file.write(f'\n[tables.{table}]\nfile = "{table}.csv"\nunits = {{ {stated} }}\n')

    def at(self, table: str, row: int | None = None, column: str | None = None) -> str:
        return ", ".join([f"{table}.csv", *([f"row {row + 2}"] if row is not None else []), *([f"column {column}:"] if column else [])])

    @property
    def toml(self) -> Path:
        return self.path / "instance.toml"

    def replace(self, old: str, new: str) -> None:
        text = self.toml.read_text(encoding="utf-8")
        assert old in text
        self.toml.write_text(text.replace(old, new, 1), encoding="utf-8")

    def manifest(self, key: str, old: str, new: str) -> str:
        """`key` stands under its table, where it has one."""
        lines = self.toml.read_text(encoding="utf-8").splitlines()
        table, _, last = key.rpartition(".")
        start = lines.index(f"[{table}]") if table else 0
        for n in range(start, len(lines)):
            if lines[n].startswith(f"{last} ="):
                lines[n] = f"{last} = {new}"
                break
        else:
            lines.insert(start, f"{last} = {new}")
        self.toml.write_text("\n".join(lines), encoding="utf-8")
        return f"instance.toml, {key}:"

    def unit(self, table: str, column: str, value: str | None) -> None:
        lines = self.toml.read_text(encoding="utf-8").splitlines()
        n = next(n for n in range(lines.index(f"[tables.{table}]"), len(lines)) if lines[n].startswith("units ="))
        other = f'{column} = "{value}"' if value else ""
        head, tail = lines[n].split(f"{column} = ", 1)
        lines[n] = head + other + tail.split('"', 2)[2].removeprefix("," if not value and head.endswith("{ ") else "")
        self.toml.write_text("\n".join(lines), encoding="utf-8")


class Book(Spoiled):
    @cached_property
    def book(self) -> Any:
        """The workbook, saved by `save` where it was changed."""
        return openpyxl.load_workbook(self.path)

    def save(self) -> None:
        if "book" in vars(self):
            self.book.save(self.path)

    def read(self, table: str) -> list[list[str]]:
        return [[self.text(v) for v in row] for row in self.book[table].iter_rows(values_only=True)]

    @staticmethod
    def text(value: Any) -> str:
        return "" if value is None else str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

    def put(self, table: str, row: int, column: str, value: str) -> None:
        header = [cell.value for cell in self.book[table][1]]
        self.book[table].cell(row + 2, header.index(column) + 1).value = value or None

    def add(self, table: str, units: dict[str, str], *rows: dict[str, str]) -> None:
        self.book.create_sheet(table)
        self.write(table, [list(rows[0]), *(list(row.values()) for row in rows)])
        for column, unit in units.items():
            self.append("units", table=table, column=column, unit=unit)

    def write(self, table: str, lines: list[list[str]]) -> None:
        place = self.book.sheetnames.index(table)
        del self.book[table]
        sheet = self.book.create_sheet(table, place)
        for line in lines:
            sheet.append([float(v) if v.replace(".", "", 1).isdecimal() and v.isascii() else v or None for v in line])

    def at(self, table: str, row: int | None = None, column: str | None = None) -> str:
        if row is None:
            return f"{self.path.name}, sheet {table}"
        letter = get_column_letter([cell.value for cell in self.book[table][1]].index(column) + 1)
        return f"{self.path.name}, sheet {table}, cell {letter}{row + 2}, column {column}:"

    def manifest(self, key: str, old: str, new: str) -> str:
        value = new.strip("\"[] '").replace('"', "")
        keys = [row["key"] for row in self.rows("instance")]
        if key in keys:
            self.put("instance", keys.index(key), "value", value)
        else:
            keys.append(key)
            self.append("instance", key=key, value=value)
        return f"{self.path.name}, sheet instance, cell B{keys.index(key) + 2}, column value:"

    def unit(self, table: str, column: str, value: str | None) -> None:
        row = self.find("units", table=table, column=column)
        if value is None:
            self.drop("units", row)
        else:
            self.put("units", row, "unit", value)


Spoil = Callable[[Any], None]
TABLES: dict[str, Spoil] = {}  # of folder and workbook alike
FILES: dict[str, Spoil] = {}  # of a folder
SHEETS: dict[str, Spoil] = {}  # of a workbook
MODELS: dict[str, Spoil] = {}


def way(kind: dict[str, Spoil]) -> Callable[[Spoil], Spoil]:
    """Register a way of spoiling under the name of its function."""

    def register(spoil: Spoil) -> Spoil:
        kind[spoil.__name__] = spoil
        return spoil

    return register


# --- tables, in a folder or a workbook -------------------------------------------------------------------------------------------------


@way(TABLES)
def column_missing(s: Spoiled) -> None:
    header, *rows = s.read("stock")
    at = header.index("output")
    s.write("stock", [line[:at] + line[at + 1 :] for line in (header, *rows)])
    s.expect(s.at("stock"), "column 'output' is missing", "Add it")


@way(TABLES)
def column_misspelt(s: Spoiled) -> None:
    header, *rows = s.read("stock")
    s.write("stock", [["outptu" if name == "output" else name for name in header], *rows])
    s.expect(s.at("stock"), "unknown column 'outptu'", "Did you mean 'output'?")
    s.expect(s.at("stock"), "column 'output' is missing", "Did you mean 'outptu'?")


@way(TABLES)
def column_in_capitals(s: Spoiled) -> None:
    header, *rows = s.read("stock")
    s.write("stock", [[name.upper() if name == "output" else f" {name} " for name in header], *rows])
    s.expect(s.at("stock"), "unknown column 'OUTPUT'", "Did you mean 'output'?")
    s.expect(s.at("stock"), "column 'output' is missing")


@way(TABLES)
def key_twice(s: Spoiled) -> None:
    row = s.append("stock", **s.rows("stock")[0])
    s.expect(s.at("stock", row, "industry"), "duplicate key, row 2 has the same", "Keep one row per industry and region")


@way(TABLES)
def unknown_region(s: Spoiled) -> None:
    region = s.rows("stock")[1]["region"]
    s.spoil("stock", 1, "region", region + "x", "not in the table regions", f"Did you mean {region!r}?")


@way(TABLES)
def unknown_industry(s: Spoiled) -> None:
    s.spoil("intensities", 0, "industry", "qqqq", "not in the table industries", "Known: " + s.rows("industries")[0]["industry"])


@way(TABLES)
def unknown_place(s: Spoiled) -> None:
    s.spoil("capacities", 0, "place", "Atlantis", "not in the table regions or groups")


@way(TABLES)
def unknown_plate(s: Spoiled) -> None:
    s.spoil("regions", 0, "plate", "Atlantic", "not a group of kind plate")


@way(TABLES)
def unknown_rule(s: Spoiled) -> None:
    s.spoil("zone_rules", s.find("zone_rules", rule="ban"), "rule", "bann", "unknown value", "Did you mean 'ban'?")


@way(TABLES)
def wrong_type(s: Spoiled) -> None:
    s.spoil("stock", 0, "output", "much", "is not a number", "Write plain digits")


@way(TABLES)
def thousands_separator(s: Spoiled) -> None:
    s.spoil("stock", 0, "output", "1,234", "is not a number", "no thousands separators")


@way(TABLES)
def full_width_digits(s: Spoiled) -> None:
    s.spoil("stock", 0, "output", "１２", "is not a number", "Write plain digits")


@way(TABLES)
def per_cent(s: Spoiled) -> None:
    s.spoil("industries", 0, "value_added_rate", "25%", "is not a number", "no %")


@way(TABLES)
def not_finite(s: Spoiled) -> None:
    s.spoil("stock", 0, "output", "nan", "is not a finite number", "Give a figure")


@way(TABLES)
def too_large_for_a_number(s: Spoiled) -> None:
    s.spoil("stock", 0, "output", "1e999", "is not a finite number", "Give a figure")


@way(TABLES)
def negative(s: Spoiled) -> None:
    s.spoil("stock", 1, "output", "-3", "must not be negative", "Correct the sign")


@way(TABLES)
def share_out_of_range(s: Spoiled) -> None:
    s.spoil("industries", 1, "value_added_rate", "25", "must be at most 1", "0.25, not 25")


@way(TABLES)
def year_out_of_range(s: Spoiled) -> None:
    s.spoil("demand", 1, "year", "20300", "must be at most 3000", "Correct the figure.")


@way(TABLES)
def year_not_whole(s: Spoiled) -> None:
    s.spoil("demand", 1, "year", "2030.5", "must be a whole number", "Round it")


@way(TABLES)
def flag_unclear(s: Spoiled) -> None:
    s.spoil("industries", 0, "indivisible", "perhaps", "must be yes or no")


@way(TABLES)
def cell_empty(s: Spoiled) -> None:
    s.spoil("regions", 1, "longitude", "", "the cell is empty", "Fill it")


@way(TABLES)
def error_of_the_spreadsheet(s: Spoiled) -> None:
    s.spoil("stock", 0, "output", "#DIV/0!", "is an error of the spreadsheet")


@way(TABLES)
def table_empty(s: Spoiled) -> None:
    s.write("barriers", s.read("barriers")[:1])
    s.expect(s.at("barriers"), "the table is empty", "at least one row")


@way(TABLES)
def units_of_a_row_disagree(s: Spoiled) -> None:
    s.spoil("intensities", 0, "unit", "kg/EUR", "units disagree", "Convert the row to")


@way(TABLES)
def units_of_the_manifest_disagree(s: Spoiled) -> None:
    s.unit("stock", "output", "1e6 USD")
    s.expect(s.at("stock"), "column output", "units disagree", "'1e6 USD'", "Convert the column to")


@way(TABLES)
def unit_not_stated(s: Spoiled) -> None:
    s.unit("demand", "demand", None)
    s.expect(s.at("demand"), "column demand", "its unit is not stated", "units.demand")


@way(TABLES)
def zone_shares_above_one(s: Spoiled) -> None:
    rows = s.rows("zone_shares")
    zones, region = [row["zone"] for row in s.rows("zones")], rows[0]["region"]
    free = next(
        zone
        for zone in zones
        if {"region": region, "zone": zone}.items() not in [dict(r, share="").items() for r in rows]
        and zone not in [r["zone"] for r in rows if r["region"] == region]
    )
    row = s.append("zone_shares", region=region, zone=free, share="1")
    s.expect(s.at("zone_shares", row, "share"), f"the zone shares of {region!r} sum to 1.", "sum to 1 at most")


@way(TABLES)
def restriction_without_ratio(s: Spoiled) -> None:
    s.spoil("zone_rules", s.find("zone_rules", rule="restrict"), "ratio", "", "a restriction needs its ratio")


@way(TABLES)
def demand_missing(s: Spoiled) -> None:
    row = s.find("demand", year="2030")
    industry = s.rows("demand")[row]["industry"]
    s.drop("demand", row)
    s.expect(s.at("demand"), f"no demand for {industry!r} in 2030", "Add the row")


@way(TABLES)
def indivisible_in_two_regions(s: Spoiled) -> None:
    s.put("industries", 0, "relocatable_share", "1")
    s.put("industries", 0, "indivisible", "yes")
    s.expect(s.at("industries", 0, "indivisible"), "indivisible, but the stock stands in", "or write no")


@way(TABLES)
def region_named_like_a_group(s: Spoiled) -> None:
    region = s.rows("capacities")[0]["place"]
    s.append("groups", group=region, kind="basin")
    for row, record in enumerate(s.rows("capacities")):
        if record["place"] == region:
            s.expect(s.at("capacities", row, "place"), "stands in both tables regions and groups", repr(region), "Rename one")


def cells(s: Spoiled, *facts: dict[str, str]) -> None:
    """Add the table `cells`: facts of the first industry in the first regions. In both instances money has the unit of output."""
    unit = s.rows("intensities")[0]["unit"].rpartition("/")[2]
    keys = [{"industry": s.rows("industries")[0]["industry"], "region": region["region"]} for region in s.rows("regions")]
    units = {column: unit for column in facts[0] if column != "exit_share"}
    s.add("cells", units, *({**key, **row} for key, row in zip(keys, facts, strict=False)))


@way(TABLES)
def cells_spoiled(s: Spoiled) -> None:
    cells(s, {"lot": "12", "exit_share": "0.5"}, {"lot": "", "exit_share": ""}, {"lot": "0", "exit_share": "1"})
    s.spoil("cells", 0, "region", "Atlantis", "not in the table regions", "Known: ")
    s.spoil("cells", 0, "lot", "-12", "must not be negative", "Correct the sign")
    s.spoil("cells", 1, "industry", "qqqq", "not in the table industries")
    s.spoil("cells", 2, "exit_share", "25", "must be at most 1", "0.25, not 25")


@way(TABLES)
def cell_twice(s: Spoiled) -> None:
    cells(s, {"lot": "12"}, {"lot": "20"})
    s.put("cells", 1, "region", s.rows("cells")[0]["region"])
    s.expect(s.at("cells", 1, "industry"), "duplicate key, row 2 has the same", "Keep one row per industry and region")


@way(TABLES)
def units_of_cells_disagree(s: Spoiled) -> None:
    cells(s, {"max_output": "1000", "building_cost": "1"})
    s.expect(s.at("cells"), "column building_cost", "units disagree", "Convert the column to")


@way(TABLES)
def largest_project_below_the_lot(s: Spoiled) -> None:
    cells(s, {"lot": "12", "max_project": "5"}, {"lot": "12", "max_project": "0"}, {"lot": "12", "max_project": "12"})
    s.expect(s.at("cells", 0, "max_project"), "no project fits: the smallest is 12", "'5'", "write 0 where there is to be none")


@way(TABLES)
def largest_project_without_a_lot(s: Spoiled) -> None:
    cells(s, {"lot": "0", "max_project": "5"}, {"lot": "12", "max_project": "15"}, {"lot": "0", "max_project": "0"})
    s.expect(s.at("cells", 0, "max_project"), "only a project has a largest size, and there is no lot here", "'5'", "Give the cell a lot")


@way(TABLES)
def highest_output_out_of_reach(s: Spoiled) -> None:
    cells(s, {"max_output": "1", "exit_share": "0.5"}, {"max_output": "", "exit_share": "0"}, {"max_output": "1", "exit_share": "1"})
    s.expect(s.at("cells", 0, "max_output"), "below what has to stay", "'1'", "exit_share")


@way(TABLES)
def cell_intensities_spoiled(s: Spoiled) -> None:
    row = s.rows("intensities")[0]
    key = {"industry": row["industry"], "resource": row["resource"], "intensity": "1", "unit": row["unit"]}
    s.add("cell_intensities", {}, *({**key, "region": region["region"]} for region in s.rows("regions")[:3]))
    s.spoil("cell_intensities", 0, "unit", "kg/EUR", "units disagree", f"Convert the row to {row['unit']!r}")
    s.spoil("cell_intensities", 1, "resource", "wadder", "not in the table resources")
    s.spoil("cell_intensities", 1, "region", "Atlantis", "not in the table regions")
    s.spoil("cell_intensities", 2, "intensity", "-1", "must not be negative")


@way(TABLES)
def openings_spoiled(s: Spoiled) -> None:
    unit = s.rows("intensities")[0]["unit"].rpartition("/")[2]
    s.add("openings", {"opening_cost": unit}, *({"region": region["region"], "opening_cost": "1"} for region in s.rows("regions")[:3]))
    s.spoil("openings", 0, "region", "Atlantis", "not in the table regions")
    s.spoil("openings", 1, "opening_cost", "-1", "must not be negative")
    s.spoil("openings", 2, "opening_cost", "", "the cell is empty", "Fill it")


@way(TABLES)
def manifest_key_misspelt(s: Spoiled) -> None:
    place = s.manifest("mony", "", '"EUR"')
    s.expect(place, "unknown key 'mony'", "Did you mean 'money'?")


@way(TABLES)
def manifest_value_wrong(s: Spoiled) -> None:
    place = s.manifest("base_year", "", '"soon"')
    s.expect(place, "should be a valid integer", "'soon'")


@way(TABLES)
def manifest_period_before_the_base(s: Spoiled) -> None:
    place = s.manifest("periods", "", "[1990, 2030]")
    s.expect(place, "a period ends before the base year", "'1990'", "Use years after")
    s.whole = False  # nor is there a demand for it


@way(TABLES)
def manifest_direction_unknown(s: Spoiled) -> None:
    place = s.manifest("direction.from", "", '["Easst"]')
    s.expect(place, "not a plate", "'Easst'", "Did you mean 'East'?")


@way(TABLES)
def several_at_once(s: Spoiled) -> None:
    """In the manifest, in five tables and in the model."""
    s.expect(s.manifest("base_year", "", "12"), "greater than or equal to 1000", "'12'")
    s.spoil("stock", 0, "output", "much", "is not a number")
    s.spoil("stock", 1, "region", "Atlantis", "not in the table regions")
    s.spoil("demand", 0, "demand", "-1", "must not be negative")
    s.spoil("regions", 0, "plate", "Atlantic", "not a group of kind plate")
    s.spoil("intensities", 0, "unit", "kg/EUR", "units disagree")
    s.spoil("zone_rules", s.find("zone_rules", rule="restrict"), "ratio", "", "a restriction needs its ratio")
    s.unit("demand", "demand", "1e6 USD")
    s.expect(s.at("demand"), "units disagree", "'1e6 USD'")
    s.define(MODEL + "[objectives]\nshortage = -1\n[core]\ngrowth = -1\n")
    s.expect("mine.toml, objectives", "unknown key 'objectives'", "Did you mean 'objective'?")
    s.expect("mine.toml, core.growth", "greater than or equal to 0", "'-1'")


# --- folders ---------------------------------------------------------------------------------------------------------------------------


@way(FILES)
def file_missing(s: Folder) -> None:
    s.file("stock").unlink()
    s.expect("stock.csv: the file is missing", "Create it, or correct the file name")


@way(FILES)
def two_files_missing(s: Folder) -> None:
    s.file("stock").unlink()
    s.file("demand").unlink()
    s.spoil("regions", 0, "longitude", "200", "must be at most 180")
    s.expect("stock.csv: the file is missing")
    s.expect("demand.csv: the file is missing")


@way(FILES)
def file_above_the_folder(s: Folder) -> None:
    shutil.copy(s.file("stock"), s.path.parent / "stock.csv")
    s.replace('"stock.csv"', '"../stock.csv"')
    s.expect("instance.toml, tables.stock.file: the file name leaves the instance's folder", "'../stock.csv'", "Put the file into the folder")


@way(FILES)
def file_with_a_root(s: Folder) -> None:
    s.replace('"stock.csv"', "'/etc/passwd'")
    s.expect("instance.toml, tables.stock.file: the file name leaves the instance's folder", "'/etc/passwd'")


@way(FILES)
def link_out_of_the_folder(s: Folder) -> None:
    s.file("stock").rename(s.path.parent / "elsewhere.csv")
    s.file("stock").symlink_to(s.path.parent / "elsewhere.csv")
    s.expect("instance.toml, tables.stock.file: the file name leaves the instance's folder", "'stock.csv'")


@way(FILES)
def link_to_itself(s: Folder) -> None:
    s.file("stock").unlink()
    s.file("stock").symlink_to(s.file("stock"))
    s.expect("stock.csv: cannot be read", "It must be a readable file")


@way(FILES)
def folder_for_a_file(s: Folder) -> None:
    s.file("stock").unlink()
    s.file("stock").mkdir()
    s.expect("stock.csv: is not a file")


@way(FILES)
def file_name_is_no_name(s: Folder) -> None:
    s.replace('"stock.csv"', '"."')
    s.replace('"demand.csv"', '"a\\u0000b"')
    s.expect("instance.toml, tables.stock.file: names no file", "'.'")
    s.expect("instance.toml, tables.demand.file: names no file")


@way(FILES)
def file_of_no_bytes(s: Folder) -> None:
    s.file("stock").write_bytes(b"")
    s.expect("stock.csv: the table is empty", "Give it a header row")


@way(FILES)
def one_file_for_two_tables(s: Folder) -> None:
    s.replace('"demand.csv"', '"stock.csv"')
    s.expect("instance.toml, tables.demand.file: the file serves the table 'stock' already", "'stock.csv'")


@way(FILES)
def latin_1(s: Folder) -> None:
    s.put("regions", 0, "name_en", "Zürich")
    s.file("regions").write_bytes(s.file("regions").read_text(encoding="utf-8").encode("latin-1", "replace"))
    s.expect("regions.csv, row 2: is neither UTF-8 nor GBK", "CSV UTF-8")


@way(FILES)
def nul_byte(s: Folder) -> None:
    s.file("stock").write_bytes(s.file("stock").read_bytes() + b"\0")
    s.expect("stock.csv: is not a text file", "CSV UTF-8")


@way(FILES)
def quote_left_open(s: Folder) -> None:
    lines = s.file("stock").read_text(encoding="utf-8").splitlines()
    lines[3] = '"' + lines[3]
    s.file("stock").write_text("\n".join(lines), encoding="utf-8")
    s.expect("stock.csv, row 4: is not a CSV table", "quotation marks")


@way(FILES)
def comma_too_many(s: Folder) -> None:
    lines = s.file("stock").read_text(encoding="utf-8").splitlines()
    lines[2] += ",9"
    lines[4] = lines[4].partition(",")[0]
    s.file("stock").write_text("\n".join(lines), encoding="utf-8")
    width = len(lines[0].split(","))
    s.expect(f"stock.csv, row 3: the row has {width + 1} fields, the header {width}", "Check commas")
    s.expect(f"stock.csv, row 5: the row has 1 fields, the header {width}")
    s.spoil("stock", 5, "output", "many", "is not a number")


@way(FILES)
def column_twice(s: Folder) -> None:
    s.write("stock", [[*row, row[0]] for row in s.read("stock")])
    s.expect("stock.csv, row 1, column industry: the column stands twice", "Delete one")


@way(FILES)
def semicolons(s: Folder) -> None:
    s.file("zones").write_text("\n".join(";".join(row) for row in s.read("zones")), encoding="utf-8")
    s.expect("zones.csv, row 1: its fields are separated by ';'", "Separate them by commas")


@way(FILES)
def table_unknown(s: Folder) -> None:
    s.replace("[tables.barriers]", "[tables.bariers]")
    s.expect("instance.toml, tables.bariers: unknown table 'bariers'", "Did you mean 'barriers'?")


@way(FILES)
def table_not_listed(s: Folder) -> None:
    s.toml.write_text(s.toml.read_text(encoding="utf-8").partition("[tables.regions]")[0], encoding="utf-8")
    for table in ("regions", "industries", "stock", "demand"):
        s.expect(f"table {table!r} is missing", "Every instance needs it")
    s.expect("instance.toml, tables: the key is missing")


@way(FILES)
def manifest_missing(s: Folder) -> None:
    shutil.rmtree(s.path)
    s.path.mkdir()
    s.expect("instance.toml: the file is missing", str(s.path))


@way(FILES)
def manifest_not_toml(s: Folder) -> None:
    s.replace("money =", "money")
    s.expect("instance.toml: is not valid TOML", "at line", "Correct the line")


@way(FILES)
def manifest_not_utf_8(s: Folder) -> None:
    text = s.toml.read_text(encoding="utf-8")
    s.toml.write_bytes(text.encode("gb18030"))
    line = 1 + next(n for n, line in enumerate(text.splitlines()) if not line.isascii())
    s.expect(f"instance.toml, row {line}: is not UTF-8", "Save the file with encoding UTF-8")


@way(FILES)
def manifest_with_odd_keys(s: Folder) -> None:
    text = s.toml.read_text(encoding="utf-8")
    s.toml.write_text(text.replace("format = 1", "format = true") + '\n[tables."a.b"]\nfile = "x.csv"\nyeer = 1\n', encoding="utf-8")
    s.expect("instance.toml, format: must not be true or false")
    s.expect("instance.toml, tables.a.b.yeer: unknown key 'yeer'", "Did you mean 'year'?")
    s.expect("instance.toml, tables.a.b: unknown table 'a.b'")


@way(FILES)
def table_entry_is_no_table(s: Folder) -> None:
    text = s.toml.read_text(encoding="utf-8").replace("[tables.barriers]", "[other]")
    text = text.replace("[tables.regions]", "[tables]\nbarriers = 'barriers.csv'\n[tables.regions]")
    s.toml.write_text(text, encoding="utf-8")
    s.expect("instance.toml, tables.barriers: must be a table of keys", "'barriers.csv'", "Write [tables.barriers]")
    s.expect("instance.toml, other: unknown key 'other'")


@way(FILES)
def outline_is_not_json(s: Folder) -> None:
    (s.path / "map.json").write_text("region,shape\n", encoding="utf-8")
    s.manifest("outline", "", '"map.json"')
    s.expect("map.json: is not JSON", "Write GeoJSON")


@way(FILES)
def outline_of_other_regions(s: Folder) -> None:
    text = '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"region": "Atlantis"}, "geometry": null}]}'
    (s.path / "map.json").write_text(text, encoding="utf-8")
    s.manifest("outline", "", '"map.json"')
    s.expect("map.json", "properties.region: not in the table regions", "'Atlantis'")


@way(FILES)
def unit_of_no_column(s: Folder) -> None:
    s.replace("[tables.stock]", '[tables.stock]\nunits.outptu = "EUR"')
    text = s.toml.read_text(encoding="utf-8")
    head, _, tail = text.partition('units.outptu = "EUR"')
    s.toml.write_text(head + tail.replace("units = {", 'units = { outptu = "EUR",', 1), encoding="utf-8")
    s.expect("instance.toml, tables.stock.units.outptu: a unit for the unknown column 'outptu'", "Did you mean 'output'?")


# --- workbooks -------------------------------------------------------------------------------------------------------------------------


@way(SHEETS)
def no_workbook(s: Book) -> None:
    s.path.write_text("industry,region,output\n", encoding="utf-8")
    s.expect(f"{s.path.name}: is not an Excel workbook", "Save it as .xlsx")


@way(SHEETS)
def broken_sheet(s: Book) -> None:
    broken = s.path.with_suffix(".part")
    with zipfile.ZipFile(s.path) as old, zipfile.ZipFile(broken, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            new.writestr(item, data[: len(data) // 2] if item.filename.endswith("sheet4.xml") else data)
    broken.replace(s.path)
    s.expect(f"{s.path.name}: is not an Excel workbook")


@way(SHEETS)
def sheet_of_settings_missing(s: Book) -> None:
    book = s.book
    book["instance"].title = "instances"
    s.expect(f"{s.path.name}: sheet 'instance' is missing", "Did you mean 'instances'?")


@way(SHEETS)
def sheet_unknown(s: Book) -> None:
    book = s.book
    book.create_sheet("stocks").append(["a"])
    s.expect(f"{s.path.name}, sheet stocks: unknown table 'stocks'", "Did you mean 'stock'?")


@way(SHEETS)
def sheet_missing(s: Book) -> None:
    book = s.book
    del book["demand"]
    s.expect(f"{s.path.name}, sheet instance, column tables: table 'demand' is missing")
    s.whole = False  # sources and units name it too


@way(SHEETS)
def formula_without_value(s: Book) -> None:
    book = s.book
    book["stock"]["C2"] = "=1+1"
    book["regions"]["B3"] = "=A3"
    s.expect(f"{s.path.name}, sheet stock, cell C2, column output: holds a formula without a stored value", "save the workbook in Excel")
    s.expect(f"{s.path.name}, sheet regions, cell B3, column name_en: holds a formula without a stored value")


@way(SHEETS)
def date_for_a_number(s: Book) -> None:
    book = s.book
    book["stock"]["C2"].value = "2017-05-01"
    book["stock"]["C3"].value = True
    s.expect("sheet stock, cell C2, column output: is not a number", "'2017-05-01'")
    s.expect("sheet stock, cell C3, column output: is not a number", "'TRUE'")


@way(SHEETS)
def source_of_no_sheet(s: Book) -> None:
    row = s.append("sources", table="stocks", source="x")
    s.expect(s.at("sources", row, "table"), "no such sheet", "'stocks'", "Did you mean 'stock'?")
    s.append("instance", key="title", value="both a value and a table")
    s.append("instance", key="outline", value="map.json")
    s.expect("sheet instance, cell", "unknown key 'title'")
    s.expect("sheet instance, cell", "unknown key 'outline'")


# --- models ----------------------------------------------------------------------------------------------------------------------------


@way(MODELS)
def no_such_model(s: Spoiled) -> None:
    s.model = "refrence"
    s.expect("refrence: no such model", "Did you mean 'reference'?")


@way(MODELS)
def model_is_a_folder(s: Spoiled) -> None:
    s.model = str(s.path.parent)
    s.expect(str(s.path.parent), "no such model", "Give a TOML file")


@way(MODELS)
def model_not_toml(s: Spoiled) -> None:
    s.define(MODEL + "[core\n")
    s.expect("mine.toml: is not valid TOML", "at line 5")


@way(MODELS)
def model_with_a_huge_number(s: Spoiled) -> None:
    s.define(MODEL + "[core]\ngrowth = " + "9" * 5000)
    s.expect("mine.toml: is not valid TOML")


@way(MODELS)
def model_not_utf_8(s: Spoiled) -> None:
    s.define("")
    Path(s.model).write_bytes(MODEL.encode("gb18030"))
    s.expect("mine.toml, row 4: is not UTF-8")


@way(MODELS)
def model_key_misspelt(s: Spoiled) -> None:
    s.define(MODEL + "[core]\ngrowht = 1.0\n")
    s.expect("mine.toml, core.growht: unknown key 'growht'", "Did you mean 'growth'?")


@way(MODELS)
def model_of_wrong_types(s: Spoiled) -> None:
    s.define(MODEL + '[core]\ngrowth = true\nentry = 2\n[objective]\nshortage = "dear"\nvalue_added = inf\n')
    s.expect("mine.toml, core.growth: must not be true or false", "'True'")
    s.expect("mine.toml, core.entry", "less than or equal to 1", "'2'")
    s.expect("mine.toml, objective.shortage", "valid number", "'dear'")
    s.expect("mine.toml, objective.value_added", "finite number", "'inf'")


@way(MODELS)
def unknown_family(s: Spoiled) -> None:
    s.define(MODEL + '[policies.mine]\nfamily = "carying_capacity"\n')
    s.expect("mine.toml, policies.mine.family: no such policy family", "'carying_capacity'", "Did you mean 'carrying_capacity'?")


@way(MODELS)
def unknown_parameter(s: Spoiled) -> None:
    s.define(MODEL + "[policies.resources]\nstrictnes = 0.9\n[policies.zones]\nphase_out = 2\n")
    s.expect("mine.toml, policies.resources.strictnes: unknown key 'strictnes'", "Did you mean 'strictness'?")
    s.expect("mine.toml, policies.zones.phase_out", "less than or equal to 1", "'2'")


@way(MODELS)
def unknown_resource(s: Spoiled) -> None:
    s.define(MODEL + '[policies.resources]\nresources = ["watter"]\n')
    s.expect("mine.toml, policies.resources.resources: no such resource", "'watter'", "Did you mean 'water'?")


@way(MODELS)
def unknown_label(s: Spoiled) -> None:
    s.define('without = ["zoness", "basins"]\n' + MODEL + "[policies.resorces]\nstrictness = 0.9\n[policies.basins]\nstrictness = 1\n")
    s.expect("mine.toml, without: no such policy in the base", "'zoness'", "Did you mean 'zones'?")
    s.expect("mine.toml, without: the policy is left out and stated too", "'basins'")
    s.expect("mine.toml, policies.resorces: no such policy in the base", "Did you mean 'resources'?")


@way(MODELS)
def without_is_no_list(s: Spoiled) -> None:
    s.define('without = "zones"\n' + MODEL)
    s.expect("mine.toml, without: must be a list of labels", "'zones'")


@way(MODELS)
def without_a_base(s: Spoiled) -> None:
    s.define('without = ["zones"]\n' + MODEL.partition("\n")[2])
    s.expect("mine.toml, without: `without` needs a base")


@way(MODELS)
def base_of_a_base(s: Spoiled) -> None:
    s.define(MODEL.replace("reference", "no-zones") + "[core]\ngrowht = 1\n")
    s.expect("mine.toml, base: the base 'no-zones' has a base itself", "Only one level")
    s.expect("mine.toml, core.growht: unknown key")


@way(MODELS)
def base_missing(s: Spoiled) -> None:
    s.define(MODEL.replace("reference", "refrence") + "[policies.zones]\nphase_out = 1\n[core]\ngrowht = 1\n")
    s.expect("mine.toml, base: no such base", "'refrence'", "Did you mean 'reference'?")
    s.expect("mine.toml, core.growht: unknown key")


@way(MODELS)
def base_with_a_fault(s: Spoiled) -> None:
    s.define('[question]\nen = "?"\nzh = "?"\n[core]\ngrowht = 1\n', "ground.toml")
    s.define(MODEL.replace("reference", "ground") + "[core]\nentry = 7\n")
    s.expect("ground.toml, core.growht: unknown key")
    s.expect("mine.toml, core.entry", "'7'")


@way(MODELS)
def question_and_name(s: Spoiled) -> None:
    s.define('name = "../x"\n[question]\nen = "?"\n[policies.value_added]\nfamily = "market_barrier"\n')
    s.expect("mine.toml, question.zh: the key is missing", "Add question.zh")
    s.expect("mine.toml, name: must be a name that a folder can have", "'../x'")
    s.expect("mine.toml, policies: policy label 'value_added' must be a plain word")


@way(MODELS)
def settings_wrong(s: Spoiled) -> None:
    s.settings = ["core.growth=fast", "core.growht=1", "core.entry", "core.growth.x=1", "policies.zone.phase_out=1", "policies.zones.phase_out=1"]
    s.expect("--set, core.growth: ", "valid number", "'fast'")
    s.expect("--set, core.growht: unknown key 'growht'", "Did you mean 'growth'?")
    s.expect("--set, core.entry: is not KEY=VALUE", "--set core.growth=2.0")
    s.expect("--set, core.growth.x: 'growth' holds a value, not a table")
    s.expect("--set, policies.zone.phase_out: no such policy", "Did you mean 'zones'?")


# --- instances that are none -----------------------------------------------------------------------------------------------------------


@way(FILES)
def no_such_instance(s: Folder) -> None:
    s.path = s.path.parent / "chnia-2017"
    s.expect("chnia-2017: no such instance", "Give a folder, a workbook, or a shipped name")


@way(FILES)
def name_too_long(s: Folder) -> None:
    s.path = Path("x" * 300)
    s.model = "y" * 300
    s.expect("xxx: no such instance")
    s.expect("yyy: no such model")


@way(FILES)
def instance_is_a_table(s: Folder) -> None:
    s.path = s.file("stock")
    s.expect("stock.csv: is not an Excel workbook")


WAYS = [
    *[(kind, name, TABLES[name]) for kind in ("folder", "workbook") for name in TABLES],
    *[("folder", name, FILES[name]) for name in FILES],
    *[("workbook", name, SHEETS[name]) for name in SHEETS],
    *[("folder", name, MODELS[name]) for name in MODELS],
]
GIVEN = [  # a large workbook takes long to read: faults of tables are sought in a small one
    pytest.param(name, kind, spoil, id=f"{kind}-{way}-{name}")
    for kind, way, spoil in WAYS
    for name in NAMES
    if name == "tiny" or kind == "folder" or way in SHEETS
]


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both instances, each as a folder and as a workbook."""
    place = tmp_path_factory.mktemp("originals")
    for name in NAMES:
        instance = load_instance(ROOT / "instances" / name)
        write_instance(instance, place / name)
        write_instance(instance, place / f"{name}.xlsx")
    return place


def spoiled(originals: Path, name: str, kind: str, spoil: Spoil, place: Path) -> Spoiled:
    place.mkdir()
    s: Spoiled
    if kind == "folder":
        s = Folder(Path(shutil.copytree(originals / name, place / name)))
    else:
        s = Book(Path(shutil.copy(originals / f"{name}.xlsx", place)))
    spoil(s)
    if isinstance(s, Book):
        s.save()
    return s


def told(s: Spoiled, stderr: str) -> None:
    """Every expected fault has a line of its own, and there is no other (alike ones may be counted)."""
    assert "Traceback" not in stderr
    assert "A fault of layout_opt" not in stderr
    faults = [line for line in stderr.splitlines() if line.startswith("  - ")]
    for fragments in s.expected[:10]:
        assert any(all(f in line for f in fragments) for line in faults), f"{fragments} not in\n{stderr}"
    if s.whole:
        assert len(faults) == len(s.expected) or len(s.expected) > 10, stderr


def arguments(s: Spoiled) -> list[str]:
    return [str(s.path), "--model", s.model, *(part for setting in s.settings for part in ("--set", setting))]


@pytest.mark.parametrize(("name", "kind", "spoil"), GIVEN)
def test_spoiled(
    name: str,
    kind: str,
    spoil: Spoil,
    originals: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    s = spoiled(originals, name, kind, spoil, tmp_path / "given")
    given = sorted(tmp_path.rglob("*"))
    work, scratch = tmp_path / "work", tmp_path / "scratch"
    work.mkdir()
    scratch.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setattr(sys, "argv", ["layout-opt", "solve", *arguments(s), "--time-limit", "1"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    captured = capsys.readouterr()
    assert stopped.value.code == 2, captured.err
    told(s, captured.err)
    assert captured.out == ""
    assert sorted(tmp_path.rglob("*")) == sorted([*given, work, scratch])


@pytest.mark.parametrize(
    ("name", "kind", "spoil"),
    [
        ("tiny", "folder", key_twice),
        ("china-2017", "folder", several_at_once),
        ("tiny", "workbook", several_at_once),
        ("tiny", "folder", latin_1),
        ("china-2017", "folder", file_above_the_folder),
        ("tiny", "folder", manifest_not_toml),
        ("tiny", "folder", unknown_parameter),
        ("tiny", "folder", settings_wrong),
    ],
)
def test_spoiled_through_the_real_command(name: str, kind: str, spoil: Spoil, originals: Path, tmp_path: Path) -> None:
    s = spoiled(originals, name, kind, spoil, tmp_path / "given")
    work = tmp_path / "work"
    work.mkdir()
    command = [sys.executable, "-m", "layout_opt.cli", "check", *arguments(s)]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1"}, check=False)
    assert done.returncode == 2, done.stderr
    told(s, done.stderr)
    assert list(work.iterdir()) == []


def test_there_are_thirty_ways() -> None:
    assert len({name for _, name, _ in WAYS}) >= 30
