"""Where an instance comes from: a folder (instance.toml and CSV files) or a workbook, read as raw tables with their manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pydantic import Field

from layout_opt.errors import Fault, InputError, Place, suggest
from layout_opt.settings import Settings, Text, Years, parse, read_toml
from layout_opt.tables import Column, Raw, Table, check, read_csv, read_sheets

MANIFEST = "instance.toml"


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
    """Distance rule for pairs without a corridor: great-circle distance times `detour` (road or rail length over straight line)."""

    rule: Literal["great-circle"] = "great-circle"
    detour: float = Field(default=1.0, ge=1, le=5)


class Manifest(Settings):
    """instance.toml."""

    format: Literal[1]
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
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
    """An instance as it was found: its manifest, its raw tables, the faults so far, and the file that faults of the manifest name."""

    manifest: Manifest
    raws: dict[str, Raw]
    faults: list[Fault]
    place: str


def read_folder(path: Path, schema: Mapping[str, Table]) -> Source:
    """Manifest and raw tables of a folder. Raises `InputError` where the manifest itself cannot be read."""
    manifest, faults = _tolerant(read_toml(path / MANIFEST), MANIFEST)
    raws: dict[str, Raw] = {}
    for name, file in {name: entry.file for name, entry in manifest.tables.items()}.items():
        where = Place(MANIFEST, column=f"tables.{name}")
        if name not in schema:
            faults.append(Fault(f"unknown table {name!r}", where, suggest(name, schema)))
            continue
        if fault := _leaves(path, file, Place(MANIFEST, column=f"tables.{name}.file")):
            faults.append(fault)
            continue
        try:
            raws[name] = read_csv(path / file, file)
        except InputError as error:
            faults.extend(error.faults)
    if manifest.outline is not None:
        where = Place(MANIFEST, column="outline")
        if fault := _leaves(path, manifest.outline, where):
            faults.append(fault)
        elif not (path / manifest.outline).is_file():
            faults.append(Fault("the file is missing", Place(manifest.outline), "Create it, or delete `outline` from instance.toml."))
    return Source(manifest, raws, faults, MANIFEST)


def _tolerant(data: dict[str, Any], file: str) -> tuple[Manifest, list[Fault]]:
    """The manifest and its faults; unknown keys are set aside, so that the tables are checked too. Other faults are raised."""
    try:
        return parse(Manifest, data, file), []
    except InputError as error:
        faults = list(error.faults)
    for fault in faults:
        if not fault.what.startswith("unknown key"):
            raise InputError(faults=faults)
        *parents, last = str(fault.where.column).split(".")
        holder = data
        for part in parents:
            holder = holder[part]
        del holder[last]
    return parse(Manifest, data, file), faults


def _leaves(path: Path, file: str, where: Place) -> Fault | None:
    """A fault if a file name is empty or points outside the instance's folder, through a link included."""
    pure = PurePosixPath(file.replace("\\", "/"))
    if not file:
        return Fault("the key is missing", Place(where.file, column=f"{where.column}"), "Name the table's CSV file.")
    outside = pure.is_absolute() or ".." in pure.parts or ":" in pure.parts[0]
    if outside or not (path / file).resolve().is_relative_to(path.resolve()):
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
    """Manifest and raw tables of a workbook: the sheet `instance` (key, value), optional sheets `sources` and `units`, and a sheet per table."""
    sheets = read_sheets(path)
    special = {name: sheets.pop(name, None) for name in SHEETS}
    settings = special["instance"]
    if settings is None:
        remedy = f"Add it, with columns key and value. {suggest('instance', sheets)}"
        raise InputError(faults=[Fault("sheet 'instance' is missing", Place(path.name), remedy)])
    faults: list[Fault] = []
    frames = {}
    for name, raw in special.items():
        if raw is not None:
            frames[name], found = check(SHEETS[name], raw, {})
            faults.extend(found)
    if faults:
        raise InputError(faults=faults)
    tables: dict[str, Any] = {name: {} for name in sheets}
    for name, frame in frames.items():
        if name == "instance":
            continue
        for record in frame.to_dict("records"):
            entry = tables.get(str(record["table"]))
            if entry is None:
                faults.append(Fault("no such sheet", Place(path.name, name, column="table"), suggest(str(record["table"]), sheets), str(record["table"])))
            elif name == "units":
                entry.setdefault("units", {})[str(record["column"])] = str(record["unit"])
            else:
                entry.update({key: str(record[key]) for key in ("source", "year", "licence", "note")})
    data: dict[str, Any] = {}
    for key, value in zip(frames["instance"]["key"], frames["instance"]["value"], strict=True):
        _put(data, str(key).split("."), _value(str(key), str(value)))
    manifest, wrong = _tolerant({**data, "tables": tables}, f"{path.name}, sheet instance")
    faults.extend(wrong)
    for name in [n for n in sheets if n not in schema]:
        faults.append(Fault(f"unknown table {name!r}", Place(path.name, name), suggest(name, schema)))
    return Source(manifest, {name: raw for name, raw in sheets.items() if name in schema}, faults, path.name)


def _put(data: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        data = data.setdefault(part, {})
    data[path[-1]] = value


def _value(key: str, text: str) -> Any:
    if key in ("periods", "direction.from", "direction.to"):
        return [part.strip() for part in text.split(",") if part.strip()]
    if key == "format":
        return int(text) if text.isdigit() else text
    return text


def digest(path: Path, manifest: Manifest) -> str:
    """SHA-256 over the names and contents of an instance's files, in the manifest's order."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    total = hashlib.sha256()
    for file in files(manifest):
        content = (path / file).read_bytes()
        total.update(f"{file}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def files(manifest: Manifest) -> list[str]:
    """The files of an instance's folder."""
    return [MANIFEST, *(entry.file for entry in manifest.tables.values()), *([manifest.outline] if manifest.outline else [])]
