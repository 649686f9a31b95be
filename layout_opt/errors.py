"""What can go wrong, in words a planner can act on.

A `Fault` says what is wrong, where, and what to try. Rooms collect faults and raise once, so that a planner sees all of them at the
same time. Every exception carries the exit code of the command line.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


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
            parts.append(f"column {self.column}" if self.row or self.cell or self.file.endswith((".csv", ".xlsx")) else self.column)
        return ", ".join(parts)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong (or, as a warning, legal but suspicious)."""

    what: str
    where: Place
    remedy: str
    value: str | None = None

    def __str__(self) -> str:
        value = f" (value: {self.value!r})" if self.value is not None else ""
        return f"{self.where}: {self.what}{value}. {self.remedy}"


class LayoutError(Exception):
    """Base of all exceptions of this package: a message, or a list of faults."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str = "", faults: Iterable[Fault] = ()) -> None:
        self.faults = tuple(faults)
        self.message = message or f"{len(self.faults)} fault{'s' if len(self.faults) != 1 else ''} in the input"
        super().__init__("\n".join([self.message, *map(str, self.faults)]))


class InputError(LayoutError):
    """Bad input or usage: the planner can mend it."""

    exit_code = 2


class InfeasibleError(LayoutError):
    """The policies of the model contradict each other or the facts: no plan exists."""

    exit_code = 3


class NoPlanError(LayoutError):
    """No plan was found within the limit; none was shown not to exist."""

    exit_code = 4


class VerificationError(LayoutError):
    """The independent check does not confirm a plan: a fault of this package or of the solver."""


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
