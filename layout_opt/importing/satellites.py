"""Resources of an instance from the satellite accounts of a published table: emissions, energy, water, land, employment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layout_opt.errors import Fault, InputError, suggest
from layout_opt.importing.accounts import Cells, flows
from layout_opt.importing.grouping import read_file
from layout_opt.tables import Column, Table, key, named, same_unit

KNOWN = Path(__file__).parent / "resources.csv"
FEW = 10  # accounts of which every row can become a resource
CHOSEN = Table(
    "resources",
    (
        *named("resource"),
        Column("unit"),
        key("account"),
        key("row"),
        Column("account_unit"),
        Column("factor", "number", above=0),
    ),
)


@dataclass(frozen=True, eq=False)
class Resource:
    """What industries (rows) use of a resource in regions (columns), in `unit`, and the rows of accounts it is the sum of."""

    resource: str
    name_en: str
    name_zh: str
    unit: str
    use: pd.DataFrame
    source: str


@dataclass(frozen=True, eq=False)
class Row:
    """A row of a satellite account: names of account and row, unit, and figures by cell of the table."""

    account: str
    name: str
    unit: str
    figures: Any


def used_resources(system: Any, at: Cells, money: str, file: Path | None = None) -> tuple[list[Resource], tuple[str, ...]]:
    """The resources that `file` chooses, and warnings in words. Raises `InputError` with every fault of the file.

    Without one those that are known from EXIOBASE and WIOD by name and unit; of a table that has none of them every physical row, where
    they are few.
    """
    rows = list(_rows(system))
    if file is not None:
        return _chosen(rows, at, file, strict=True), ()
    found = _chosen(rows, at, KNOWN, strict=False)
    physical = [row for row in rows if row.unit != money]
    if found or not physical:
        return found, ()
    if len(physical) > FEW:
        return [], (f"none of the {len(physical)} rows of its accounts is known as a resource: choose some with --resources",)
    return [_physical(row.name, at.total(row.figures), row.unit) for row in physical], ()


def _physical(name: str, use: pd.DataFrame, unit: str) -> Resource:
    unit, factor = scale(use, unit)
    return Resource(name, name, name, unit, factor * use, name)


def _rows(system: Any) -> Iterator[Row]:
    """Every row of every account that has figures by industry."""
    import pymrio

    columns = flows(system).columns
    for account in system.get_extensions():
        extension = getattr(system, account)
        table = extension.F
        if table is None and extension.S is not None:
            table = pymrio.calc_F(extension.S, system.x)
        if table is None:
            continue
        figures = table.reindex(columns=columns).fillna(0.0)
        units = dict(extension.unit["unit"].items()) if extension.unit is not None else {}
        for number, name in enumerate(figures.index):
            called = " - ".join(map(str, name)) if isinstance(name, tuple) else str(name)
            yield Row(account, called, str(units.get(name, "")), figures.iloc[number].to_numpy(float))


def _chosen(rows: list[Row], at: Cells, file: Path, strict: bool) -> list[Resource]:
    """Resources as a file chooses them; where it is not `strict`, lines that nothing fits are passed over."""
    raw, table = read_file(file, CHOSEN)
    faults: list[Fault] = []
    sums: dict[str, list[tuple[Row, float]]] = {}
    for number, line in table.iterrows():
        named = [row for row in rows if fnmatchcase(row.account, line["account"]) and fnmatchcase(row.name, line["row"])]
        fitting = [row for row in named if same_unit(row.unit, line["account_unit"])]
        if strict and not named:
            remedy = suggest(line["row"], dict.fromkeys(row.name for row in rows if fnmatchcase(row.account, line["account"])))
            faults.append(Fault("no row of the accounts is called so", raw.at(int(str(number)), "row"), remedy, line["row"]))
        for row in named if strict else ():
            if row not in fitting:
                remedy = f"State {row.unit!r}, and the factor that converts it into {line['unit']!r}."
                faults.append(Fault(f"units disagree: {row.name!r}", raw.at(int(str(number)), "account_unit"), remedy, line["account_unit"]))
        sums.setdefault(line["resource"], []).extend((row, float(line["factor"])) for row in fitting)
    words = table.drop_duplicates("resource").set_index("resource")
    for number, line in table.iterrows():
        stated = str(words.at[line["resource"], "unit"])
        if not same_unit(line["unit"], stated):
            remedy = f"Another row has {stated!r}; convert one by its factor."
            faults.append(Fault(f"two units for {line['resource']!r}", raw.at(int(str(number)), "unit"), remedy, line["unit"]))
    if faults:
        raise InputError(faults=faults)
    found = []
    for resource, parts in sums.items():
        if parts:
            use = at.total(np.sum([factor * row.figures for row, factor in parts], axis=0))
            source = parts[0][0].name if len(parts) == 1 else f"{len(parts)} rows such as {parts[0][0].name!r}"
            name_en, name_zh, unit = (str(words.at[resource, column]) for column in ("name_en", "name_zh", "unit"))
            found.append(Resource(resource, name_en, name_zh, unit, use, source))
    return found


def scale(figures: pd.DataFrame, unit: str) -> tuple[str, float]:
    """A unit by a power of 1000 larger or smaller in which a typical figure lies between 1 and 1000, and the factor that converts to it."""
    exponent, base = measure(unit)
    positive = figures.to_numpy()[figures.to_numpy() > 0]
    thousands = int(np.floor(np.log10(np.median(positive)) / 3)) if len(positive) else 0
    exponent += 3 * thousands
    return (f"1e{exponent} {base}" if exponent else base), 1000.0**-thousands


def measure(unit: str) -> tuple[int, str]:
    """A unit as a power of ten and what is counted: 'Mill USD', 'M.EUR' and '000 USD' are 1e6 USD, 1e6 EUR and 1e3 USD."""
    text = unit.strip(" ()")
    for exponent, sign in ((6, r"(?:M\.|mill?(?:ions?)?\.?(?: of)?\s)\s*"), (3, r"(?:[‘'’]?000|1000|thousands?(?: of)?)\s+")):
        if found := re.match(sign, text, re.IGNORECASE):
            return exponent, text[found.end() :]
    return 0, text
