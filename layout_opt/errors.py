"""What can go wrong, in words a planner can act on.

A `Fault` says what is wrong, where, and what to try. Rooms collect faults and raise once, so that a planner sees all of them at the
same time. Every exception carries the exit code of the command line.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import ClassVar

SHOWN = 10  # of faults that are alike
LONG = 80  # characters of a value that are shown
ADVISED = 50  # different wrong names that get a suggestion each: finding one is slow


@dataclass(frozen=True)
class Place:
    """Where a fault stands: a CSV file, a TOML key, or a sheet and cell of a workbook. Rows count from 1, the header row included."""

    file: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    cell: str | None = None

    def __str__(self) -> str:
        parts = [self.file]
        if self.sheet:
            parts.append(f"sheet {self.sheet}")
        if self.cell:
            parts.append(f"cell {self.cell}")
        elif self.row:
            parts.append(f"row {self.row}")
        if self.column:
            key = not self.sheet and not self.row and PurePath(self.file).suffix in ("", ".toml")
            parts.append(self.column if key else f"column {self.column}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong (or, as a warning, legal but suspicious)."""

    what: str
    where: Place
    remedy: str
    value: str | None = None

    def __str__(self) -> str:
        value = "" if self.value is None else f" (value: {self.value if len(self.value) <= LONG else self.value[:LONG] + '…'!r})"
        return f"{self.where}: {self.what}{value}. {self.remedy}"


def lines(faults: Iterable[Fault]) -> list[str]:
    """Faults as people read them, one a line: of many that are alike (one file and column, one thing wrong) the first ten and a count."""
    alike: dict[tuple[str, ...], list[Fault]] = {}
    for fault in faults:
        kind = re.sub(r"'[^']*'|\d+", "", fault.what)
        alike.setdefault((fault.where.file, fault.where.sheet or "", fault.where.column or "", kind), []).append(fault)
    shown: list[str] = []
    for same in alike.values():
        shown += map(str, same[:SHOWN])
        if len(same) > SHOWN:
            where = Place(same[0].where.file, same[0].where.sheet, column=same[0].where.column)
            shown.append(f"{where}: {len(same) - SHOWN} more like these")
    return shown


class LayoutError(Exception):
    """Base of all exceptions of this package: a message, or a list of faults."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str = "", faults: Iterable[Fault] = ()) -> None:
        self.faults = tuple(faults)
        self.message = message or f"{len(self.faults)} fault{'s' if len(self.faults) != 1 else ''} in the input"
        super().__init__("\n  - ".join([self.message, *lines(self.faults)]))


class InputError(LayoutError):
    """Bad input or usage: the planner can mend it."""

    exit_code = 2


class VerificationError(LayoutError):
    """The independent check does not confirm a plan: a fault of this package or of the solver."""


def not_installed(package: str, extra: str, where: Place) -> InputError:
    """What to raise where an optional package is missing that an extra of this package brings."""
    return InputError(faults=[Fault(f"the package {package!r} is missing", where, f"Install it: pip install 'layout-opt[{extra}]'.")])


def suggest(name: str, known: Iterable[str]) -> str:
    """A remedy for an unknown name: the nearest known one, or the list of them."""
    names = [str(n) for n in known]
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6) or difflib.get_close_matches(
        name.lower(), [n for n in names if n.lower() == name.lower()], n=1, cutoff=0
    )
    if close:
        return f"Did you mean {close[0]!r}?"
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return f"Known: {shown}." if names else "None is declared."


def adviser(known: Iterable[str]) -> Callable[[str], str]:
    """`suggest` for many wrong names: every name once, and after fifty different ones no more."""
    names, given = list(known), dict[str, str]()

    def advise(name: str) -> str:
        if name not in given and len(given) >= ADVISED:
            return "Correct the name."
        if name not in given:
            given[name] = suggest(name, names)
        return given[name]

    return advise
