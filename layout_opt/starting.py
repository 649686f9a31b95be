"""A working instance to start from: a copy of another one, as a folder or as a workbook."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from layout_opt.errors import Fault, InputError, Place
from layout_opt.instance import Instance
from layout_opt.manifest import MANIFEST


def write_instance(instance: Instance, target: str | Path) -> list[Path]:
    """Write an instance to `target`, whose name it takes: a new folder, or a workbook where `target` ends in .xlsx. Returns what was written.

    Raises `InputError` as `check_new` does, or where the target cannot be written; no part of a copy is left behind then.
    """
    target = Path(target)
    name = check_new(target)
    try:
        parent = target.resolve().parent
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name[:40]}-", dir=parent) as scratch:
            if target.suffix == ".xlsx":
                write_workbook(instance, Path(scratch, target.name), name)
                Path(scratch, target.name).replace(target)
                return [target]
            written = _copy(instance, Path(scratch), name)
            target.mkdir(exist_ok=True)
            for part in Path(scratch).iterdir():
                part.replace(target / part.name)
    except OSError as error:
        raise _unwritable(target, error) from None
    return [target / file for file in written]


def check_new(target: Path) -> str:
    """The name of a new instance at `target`. Raises `InputError` where it exists, cannot be read, or has no usable name."""
    name = target.resolve().name.removesuffix(".xlsx")
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise InputError(faults=[Fault("cannot be the name of an instance", Place(str(target)), "Use letters, digits, '-', '_' and '.'.", name)])
    try:
        if target.exists() and (target.is_file() or target.suffix == ".xlsx" or any(target.iterdir())):
            raise InputError(faults=[Fault("exists already", Place(str(target)), "Choose another name.")])
    except OSError as error:
        raise _unwritable(target, error) from None
    return name


def _unwritable(target: Path, error: OSError) -> InputError:
    return InputError(faults=[Fault(f"cannot be written: {error.strerror}", Place(str(target)), "Choose another name or folder.")])


def _copy(instance: Instance, folder: Path, name: str) -> list[str]:
    """Write the files of an instance under another name. Returns their names."""
    contents = instance.as_folder().contents
    for file, content in contents.items():
        copy = folder / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
    manifest = folder / MANIFEST
    renamed = re.sub(r"""(?m)^\s*name\s*=\s*("[^"]*"|'[^']*')""", f'name = "{name}"', manifest.read_text(encoding="utf-8-sig"), count=1)
    manifest.write_text(renamed, encoding="utf-8")
    return list(contents)


def write_workbook(instance: Instance, path: Path, name: str) -> None:
    """Write an instance as a workbook: the sheets `instance`, `sources`, `units`, and a sheet per table."""
    from openpyxl import Workbook

    manifest = instance.manifest
    book = Workbook()
    book.remove(book.active)
    entries = manifest.tables.items()
    _sheet(book, "instance", ["key", "value"], _settings(instance, name))
    _sheet(book, "sources", ["table", "source", "year", "licence", "note"], [(t, e.source, str(e.year), e.licence, e.note) for t, e in entries])
    _sheet(book, "units", ["table", "column", "unit"], [(t, column, unit) for t, e in entries for column, unit in e.units.items()])
    for table, frame in instance.tables.items():
        _sheet(book, table, list(map(str, frame.columns)), (map(_cell, row) for row in frame.itertuples(index=False)))
    book.save(path)


def _settings(instance: Instance, name: str) -> list[tuple[str, str]]:
    manifest = instance.manifest
    settings = [
        ("format", str(manifest.format)),
        ("name", name),
        ("title.en", manifest.title.en),
        ("title.zh", manifest.title.zh),
        ("base_year", str(manifest.base_year)),
        ("periods", ", ".join(map(str, manifest.periods))),
        ("money", manifest.money),
        ("output", manifest.output),
    ]
    if manifest.direction:
        settings += [("direction.from", ", ".join(manifest.direction.origin)), ("direction.to", ", ".join(manifest.direction.destination))]
    if manifest.distance:
        settings += [("distance.rule", manifest.distance.rule), ("distance.detour", str(manifest.distance.detour))]
    return settings


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return None if value != value else value
    return value or None


def _sheet(book: Any, title: str, header: list[str], rows: Iterable[Iterable[Any]]) -> None:
    sheet = book.create_sheet(title)
    sheet.append(header)
    for line, row in enumerate(rows, 2):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(line, column, value)
            if isinstance(value, str):
                cell.data_type = "s"  # text that begins with = stays text
    sheet.freeze_panes = "A2"
