"""Where an instance comes from: a folder (instance.toml and CSV files) or a workbook, read as raw tables with their manifest."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pydantic import Field

from layout_opt.errors import Fault, InputError, Place, suggest
from layout_opt.settings import Settings, Text, Years, mend, read_toml
from layout_opt.tables import FORMULA, Column, Raw, Table, check, read_csv, read_rows

MANIFEST = "instance.toml"
STAND_INS = {  # for keys with a fault, so that the tables are checked too
    "format": 1,
    "name": "unnamed",
    "title": {"en": "", "zh": ""},
    "base_year": 1000,
    "periods": [3000],
    "money": "?",
    "output": "?",
    "tables": {},
}


class TableEntry(Settings):
    """What the manifest says of one table: its file, where the figures come from, and their units."""

    file: str = ""
    source: str = ""
    year: int | str = ""
    licence: str = ""
    note: str = ""
    units: dict[str, str] = {}


class Direction(Settings):
    """The direction of transfer that is reported first: plates of origin and destination."""

    origin: tuple[str, ...] = Field(alias="from")
    destination: tuple[str, ...] = Field(alias="to")


class Distance(Settings):
    """Distance rule for pairs without a corridor, times `detour` (road or rail length over straight line).

    `great-circle` reads longitude and latitude in degrees; `planar` reads them as coordinates on a plane, 100 km each.
    """

    rule: Literal["great-circle", "planar"] = "great-circle"
    detour: float = Field(default=1.0, ge=1, le=5)


class Manifest(Settings):
    """instance.toml."""

    format: Literal[1]
    name: str = Field(pattern=r"^\w[\w.-]*$")
    title: Text
    base_year: int = Field(ge=1000, le=3000)
    periods: Years
    money: str = Field(min_length=1)
    output: str = Field(min_length=1)
    outline: str | None = None
    direction: Direction | None = None
    distance: Distance | None = None
    tables: dict[str, TableEntry]


@dataclass(frozen=True)
class Source:
    """An instance as it was found.

    Its manifest, its raw tables, the faults so far, the place of a key of the manifest, the keys whose value is a stand-in, and the regions
    that the outline names.
    """

    manifest: Manifest
    raws: dict[str, Raw]
    faults: list[Fault]
    at: Callable[[str], Place]
    replaced: set[str]
    outline: list[str] | None = None


def read_folder(path: Path, schema: Mapping[str, Table]) -> Source:
    """Manifest and raw tables of a folder. Raises `InputError` where the manifest is not there or not TOML."""
    manifest, faults, replaced = mend(Manifest, read_toml(path / MANIFEST), MANIFEST, STAND_INS)
    raws: dict[str, Raw] = {}
    users: dict[str, str] = {}
    for name, entry in manifest.tables.items():
        where = _key(f"tables.{name}.file")
        if name not in schema:
            faults.append(Fault(f"unknown table {name!r}", _key(f"tables.{name}"), suggest(name, schema)))
        elif fault := _leaves(path, entry.file, where):
            faults.append(fault)
        elif (user := users.setdefault(os.path.normpath(entry.file), name)) != name:
            faults.append(Fault(f"the file serves the table {user!r} already", where, "Give every table a file of its own.", entry.file))
        else:
            try:
                raws[name] = read_csv(path / entry.file, entry.file)
            except InputError as error:
                faults.extend(error.faults)
    outline = None
    if manifest.outline is not None:
        try:
            outline = _outline(path, manifest.outline)
        except InputError as error:
            faults.extend(error.faults)
    return Source(manifest, raws, faults, _key, replaced, outline)


def _outline(path: Path, file: str) -> list[str]:
    """The regions that an outline names. Raises `InputError` where it is not a GeoJSON file of the folder."""

    def refuse(what: str, remedy: str) -> InputError:
        return InputError(faults=[Fault(what, Place(file), remedy)])

    if fault := _leaves(path, file, _key("outline")):
        raise InputError(faults=[fault])
    try:
        features = json.loads((path / file).read_text(encoding="utf-8"))["features"]
        regions = [feature["properties"].get("region") for feature in features]
        shapes = [feature["geometry"] and (feature["geometry"]["type"], feature["geometry"]["coordinates"]) for feature in features]
    except FileNotFoundError:
        raise refuse("the file is missing", "Create it, or delete `outline` from instance.toml.") from None
    except OSError as error:
        raise refuse(f"cannot be read: {error.strerror}", "It must be a readable file.") from None
    except (ValueError, RecursionError) as error:
        raise refuse(f"is not JSON: {error}", "Write GeoJSON in UTF-8.") from None
    except (LookupError, TypeError, AttributeError):
        shapes = []
    if not shapes:
        raise refuse("is not GeoJSON", "Write a FeatureCollection whose features have `properties` and `geometry`.")
    return [str(region) for region in regions if region is not None]


def _key(key: str) -> Place:
    return Place(MANIFEST, column=key)


def _leaves(path: Path, file: str, where: Place) -> Fault | None:
    """A fault if a file name is empty or points outside the instance's folder, through a link included."""
    pure = PurePosixPath(file.replace("\\", "/"))
    if not pure.parts or "\0" in file:
        return Fault("names no file", where, "Name a file of the instance's folder.", file)
    outside = pure.is_absolute() or ".." in pure.parts or ":" in pure.parts[0]
    if outside or not Path(os.path.realpath(path / file)).is_relative_to(os.path.realpath(path)):
        return Fault("the file name leaves the instance's folder", where, "Put the file into the folder and name it without a path.", file)
    return None


def _text(name: str, key: bool = False) -> Column:
    return Column(name, key=key, blank=not key)


SHEETS = {
    "instance": Table("instance", (_text("key", True), _text("value"))),
    "sources": Table("sources", (_text("table", True), *map(_text, ("source", "year", "licence", "note")))),
    "units": Table("units", (_text("table", True), _text("column", True), _text("unit"))),
}


def read_workbook(path: Path, schema: Mapping[str, Table]) -> Source:
    """Manifest and raw tables of a workbook: the sheet `instance` (key, value), optional sheets `sources` and `units`, and a sheet per table.

    Raises `InputError` where it is not a workbook or has no sheet `instance`.
    """
    sheets = _sheets(path)
    special = {name: sheets.pop(name) for name in SHEETS if name in sheets}
    if "instance" not in special:
        remedy = f"Add it, with columns key and value. {suggest('instance', sheets)}"
        raise InputError(faults=[Fault("sheet 'instance' is missing", Place(path.name), remedy)])
    settings = special["instance"]
    faults: list[Fault] = []
    frames = {}
    for name, raw in special.items():
        frame, wrong = check(SHEETS[name], raw, {})
        faults.extend(wrong)
        frames[name] = frame.reindex(columns=[c.name for c in SHEETS[name].columns], fill_value="")
    keys = [str(key) for key in frames["instance"]["key"]]

    def at(key: str) -> Place:
        """The cell of a key's value; of the first key below it, where it has none of its own; else the sheet."""
        rows = [i for i, k in enumerate(keys) if k == key] or [i for i, k in enumerate(keys) if k.startswith(f"{key}.")]
        return settings.at(rows[0], "value") if rows else Place(path.name, settings.sheet, column=key)

    data: dict[str, Any] = {}
    for key, value in zip(keys, map(str, frames["instance"]["value"]), strict=True):
        if not _put(data, key.split("."), _value(key, value)):
            faults.append(Fault(f"unknown key {key!r}", at(key), "A key holds a value or further keys, not both.", value))
    tables: dict[str, dict[str, Any]] = {name: {} for name in sheets}
    for name in ("sources", "units"):
        for row, record in enumerate(frames[name].to_dict("records") if name in frames else ()):
            entry = tables.get(str(record["table"]))
            if entry is None:
                remedy = suggest(str(record["table"]), sheets)
                faults.append(Fault("no such sheet", special[name].at(row, "table"), remedy, str(record["table"])))
            elif name == "units":
                entry.setdefault("units", {})[str(record["column"])] = str(record["unit"])
            else:
                entry.update({key: str(record[key]) for key in ("source", "year", "licence", "note")})
    for key in ("tables", "outline"):
        if data.pop(key, None) is not None:
            faults.append(Fault(f"unknown key {key!r}", at(key), "A workbook has a sheet per table, and no outline. Delete the row."))
    manifest, wrong, replaced = mend(Manifest, {**data, "tables": tables}, path.name, STAND_INS)
    faults.extend(replace(fault, where=at(str(fault.where.column))) for fault in wrong)
    for name in [n for n in sheets if n not in schema]:
        faults.append(Fault(f"unknown table {name!r}", Place(path.name, name), suggest(name, schema)))
    return Source(manifest, {name: raw for name, raw in sheets.items() if name in schema}, faults, at, replaced)


def _sheets(path: Path) -> dict[str, Raw]:
    """Every sheet of a workbook as text (numbers unformatted, formulas by their stored value)."""
    import openpyxl

    def read(stored: bool) -> dict[str, list[list[tuple[Any, bool]]]]:
        """Per sheet and row the cells: value, and whether it is a formula."""
        book = openpyxl.load_workbook(path, read_only=True, data_only=stored)
        try:
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # what a workbook says of its own size may be wrong
            return {sheet.title: [[(c.value, c.data_type == "f") for c in row] for row in sheet.iter_rows()] for sheet in book.worksheets}
        finally:
            book.close()

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl's, of features that tables do not need
            sheets = read(stored=False)
            if any(formula for lines in sheets.values() for row in lines for _, formula in row):
                stored = read(stored=True)
                for title, lines in sheets.items():
                    for row, values in zip(lines, stored[title], strict=True):
                        row[:] = [(v if v is not None or not f else f"{FORMULA}formula", f) for (v, _), (_, f) in zip(values, row, strict=True)]
    except Exception as error:  # openpyxl raises what its ZIP and XML readers raise
        raise InputError(faults=[Fault(f"is not an Excel workbook ({error})", Place(path.name), "Save it as .xlsx.")]) from None
    return {
        title: read_rows(path.name, title, ((n, [_cell(value) for value, _ in row]) for n, row in enumerate(lines, 1)))
        for title, lines in sheets.items()
    }


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()  # as Excel writes it
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _put(data: dict[str, Any], path: list[str], value: Any) -> bool:
    """Set a dotted key; whether it could be set."""
    holder: Any = data
    for part in path[:-1]:
        holder = holder.setdefault(part, {})
        if not isinstance(holder, dict):
            return False
    return holder.setdefault(path[-1], value) is value


def _value(key: str, text: str) -> Any:
    if key in ("periods", "direction.from", "direction.to"):
        return [part.strip() for part in text.split(",") if part.strip()]
    if key == "format":
        return int(text) if text.isdigit() else text
    return text


def files(manifest: Manifest) -> list[str]:
    """The files of an instance's folder."""
    return [MANIFEST, *(entry.file for entry in manifest.tables.values()), *([manifest.outline] if manifest.outline else [])]
