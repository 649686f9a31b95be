"""Which regions and industries of a published table belong together: CSV files that a planner writes.

A row for every region (or industry) of the table names the `group` that it belongs to, its own name where the cell is empty; the row `*` stands
for all that have none. Further columns say what is known of the group, in any of its rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from layout_opt.errors import Fault, InputError, Place, adviser
from layout_opt.tables import Column, Raw, Table, check, key, read_csv

OTHERS = "*"
NAMES = (Column("name_en", optional=True, blank=True), Column("name_zh", optional=True, blank=True))
REGIONS = Table(
    "regions",
    (
        key("region"),
        Column("group", optional=True, blank=True),
        *NAMES,
        Column("plate", optional=True, blank=True),
        Column("longitude", "number", low=-180, high=180, optional=True, blank=True),
        Column("latitude", "number", low=-90, high=90, optional=True, blank=True),
        Column("estimated", "flag", optional=True, blank=True),  # the seat
    ),
)
INDUSTRIES = Table("industries", (key("industry"), Column("group", optional=True, blank=True), *NAMES))


@dataclass(frozen=True, eq=False)
class Groups:
    """`of` gives the group of every region (industry) of a table; `facts` what is stated of a group, in the order of the groups."""

    of: Mapping[str, str]
    facts: pd.DataFrame

    def members(self, group: str) -> list[str]:
        return [name for name, own in self.of.items() if own == group]


def groups(table: Table, names: Sequence[str], file: Path | None = None) -> Groups:
    """The groups of `names`; each its own where no file is given.

    Raises `InputError` where the file is not such a table, names what the published table lacks, leaves something out, or states two
    different facts of a group.
    """
    columns = [column.name for column in table.columns[2:]]
    if file is None:
        own = {name: name.strip().replace("|", "/") for name in names}  # tables of results join names by a bar
        return Groups(own, pd.DataFrame(index=pd.Index(dict.fromkeys(own.values())), columns=columns, dtype=object))
    raw, frame = read_file(file, table)
    frame = frame.reindex(columns=[table.key[0], "group", *columns])
    listed = frame[table.key[0]]
    frame["group"] = frame["group"].where(frame["group"].fillna("") != "", listed)
    faults = [*_unknown(raw, listed, names), *_missing(raw, listed, names), *_torn(raw, frame, columns)]
    if faults:
        raise InputError(faults=faults)
    group = dict(zip(listed, frame["group"], strict=True))
    of = {name: group[name if name in group else OTHERS] for name in names}
    facts = frame.replace("", None).groupby("group", sort=False)[columns].first()
    return Groups(of, facts[facts.index.isin(list(of.values()))])


def read_file(file: Path, table: Table) -> tuple[Raw, pd.DataFrame]:
    """A file of the planner, as text and typed. Raises `InputError` with every fault of it."""
    if not file.is_file():
        raise InputError(faults=[Fault("no such file", Place(str(file)), "Give a CSV file; docs/data.md says which columns it has.")])
    raw = read_csv(file, file.name)
    frame, faults = check(table, raw, {})
    if faults:
        raise InputError(faults=faults)
    return raw, frame


def _unknown(raw: Raw, listed: pd.Series[str], names: Sequence[str]) -> Iterator[Fault]:
    advise = adviser(names)
    for row, name in enumerate(listed):
        if name not in (*names, OTHERS):
            yield Fault("not in the table that is imported", raw.at(row, str(listed.name)), advise(name), name)


def _missing(raw: Raw, listed: pd.Series[str], names: Sequence[str]) -> Iterator[Fault]:
    for row in np.flatnonzero((listed == OTHERS) & (raw.frame.get("group", "") == "")):
        yield Fault(f"the row {OTHERS!r} has no group", raw.at(int(row), "group"), "Name the group of all others.")
    if OTHERS not in set(listed):
        for name in [name for name in names if name not in set(listed)]:
            yield Fault(f"no row for {name!r}", raw.at(column=str(listed.name)), f"Add it, or a row {OTHERS!r} for all others.")


def _torn(raw: Raw, frame: pd.DataFrame, columns: Sequence[str]) -> Iterator[Fault]:
    for column in columns:
        stated: dict[str, object] = {}
        for row, (group, value) in enumerate(zip(frame["group"], frame[column], strict=True)):
            if value == value and value != "" and stated.setdefault(group, value) != value:
                remedy = f"Write it in one row of the group; another one has {stated[group]!r}."
                yield Fault(f"two values for the group {group!r}", raw.at(row, column), remedy, str(value))
