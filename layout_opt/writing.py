"""An instance as files: its manifest as TOML and every table as CSV, such that reading them gives the same instance."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from layout_opt.manifest import MANIFEST, Manifest, TableEntry
from layout_opt.tables import Table


def folder_files(manifest: Manifest, tables: Mapping[str, pd.DataFrame], kept: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of an instance's folder, in the manifest's order: those of `kept` byte for byte, the others written."""
    contents = {MANIFEST: kept[MANIFEST] if MANIFEST in kept else _manifest_file(manifest)}
    for name, entry in manifest.tables.items():
        contents[entry.file] = kept[entry.file] if entry.file in kept else table_file(tables[name])
    if manifest.outline is not None:
        contents[manifest.outline] = kept[manifest.outline]
    return contents


def toml_file(data: Mapping[str, Any]) -> bytes:
    """A TOML file. Raises `TypeError` for what TOML cannot hold."""
    import tomli_w

    return tomli_w.dumps(data).encode("utf-8", "surrogatepass")


def _manifest_file(manifest: Manifest) -> bytes:
    """instance.toml: what the manifest states, without what it leaves to defaults."""
    data = manifest.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
    data["tables"] = {name: {key: value for key, value in entry.items() if value} for name, entry in data["tables"].items()}
    return toml_file(data)


def table_file(frame: pd.DataFrame) -> bytes:
    """A table as CSV; numbers with all their digits, empty cells for what is missing."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(map(str, frame.columns))
    rows.writerows([_cell(value) for value in row] for row in frame.itertuples(index=False, name=None))
    return text.getvalue().encode("utf-8", "surrogatepass")


def _cell(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else repr(float(value)).removesuffix(".0")
    return "" if value is None or value is pd.NA or value is pd.NaT else str(value)


def entry_for(table: Table, frame: pd.DataFrame, entry: TableEntry, units: Mapping[str, str], note: str) -> TableEntry:
    """What the manifest says of a table that was changed: the units of all its columns, and `note` beside the notes it has.

    `units` are the manifest's, by the names that the templates of the columns use.
    """
    stated = {c.name: c.unit.format(**units) for c in table.columns if c.unit is not None and c.name in frame}
    notes = [entry.note, note] if note not in entry.note else [entry.note]
    changed = {"file": entry.file or f"{table.name}.csv", "note": "; ".join(filter(None, notes)), "units": {**stated, **entry.units}}
    return entry.model_copy(update=changed)


def digest(contents: Mapping[str, bytes]) -> str:
    """SHA-256 over the names and contents of an instance's files, in their order; that of the file itself for a workbook."""
    if MANIFEST not in contents:
        (book,) = contents.values()
        return hashlib.sha256(book).hexdigest()
    total = hashlib.sha256()
    for file, content in contents.items():
        total.update(f"{file}\0{len(content)}\0".encode() + content)
    return total.hexdigest()
