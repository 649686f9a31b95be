"""An instance from the tables of a Python session, checked as its files would be."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from layout_opt.errors import Fault, InputError, Place
from layout_opt.instance import Instance, load_instance
from layout_opt.manifest import MANIFEST
from layout_opt.policies import policy_tables
from layout_opt.writing import table_file, toml_file


def instance_from_tables(manifest: Mapping[str, Any] | Instance | str | Path, tables: Mapping[str, pd.DataFrame]) -> Instance:
    """An instance from DataFrames.

    `manifest` says what instance.toml would; or it is an instance (a folder, a workbook, a shipped name), whose other tables hold too. Tables
    have the columns and units of docs/instance-format.md, and the manifest states the units; the levels of an index that have names are
    columns. `write_instance` and run folders write the result like any other instance.

    Raises `InputError` with every fault, as for files: rows are counted as in the CSV file of a table, so that the first of a frame is row 2.
    """
    wrong = [(name, type(frame).__name__) for name, frame in tables.items() if not isinstance(frame, pd.DataFrame)]
    if wrong:
        raise InputError(faults=[Fault(f"is of type {kind}", Place(f"table {name!r}"), "Give a pandas DataFrame.") for name, kind in wrong])
    if isinstance(manifest, Mapping):
        contents, data = dict[str, bytes](), dict(manifest)
    else:
        base = manifest if isinstance(manifest, Instance) else load_instance(manifest, policy_tables())
        contents = dict(base.as_folder().contents)
        data = tomllib.loads(contents[MANIFEST].decode("utf-8-sig"))
    if isinstance(stated := data.get("tables", {}), Mapping):
        data["tables"] = dict(stated)
        for name, frame in tables.items():
            entry = stated.get(name, {})
            if isinstance(entry, Mapping):
                file = entry["file"] if entry.get("file") in contents else f"{name}.csv"
                data["tables"][name] = {**entry, "file": file}
                contents[file] = table_file(frame.reset_index() if any(level is not None for level in frame.index.names) else frame)
    try:
        contents[MANIFEST] = toml_file(data)
    except TypeError as error:
        remedy = "Use texts, whole numbers, lists and mappings of them."
        raise InputError(faults=[Fault(f"cannot be TOML: {error}", Place(MANIFEST), remedy)]) from None
    with tempfile.TemporaryDirectory() as scratch:
        for file, content in contents.items():
            target = Path(scratch, file)
            if target.resolve().is_relative_to(Path(scratch).resolve()):  # a name that leads elsewhere is a fault, which `load_instance` finds
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        return load_instance(scratch, policy_tables())
