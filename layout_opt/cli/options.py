"""What commands share: their options, and where answers go."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_opt.live import shown_solves

if TYPE_CHECKING:
    import pandas as pd

    from layout_opt.solver.outcome import Progress

INTERRUPTED = 130
EXIT_BY_STATUS = {"optimal": 0, "feasible": 0, "failed": 1, "infeasible": 3, "no_plan": 4}

InstanceArgument = Annotated[str, typer.Argument(metavar="INSTANCE", help="A folder, a workbook, or the name of a shipped instance.")]
ModelOption = Annotated[str, typer.Option("--model", metavar="MODEL", help="A TOML file, or the name of a shipped model.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change one setting of the model, e.g. core.growth=2.0.")]
GapOption = Annotated[float, typer.Option("--gap", min=0.0, max=1e9, help="Relative gap at which to stop.")]
LimitOption = Annotated[float | None, typer.Option("--time-limit", min=0.0, metavar="S", help="Seconds of solving, per scenario.")]
BudgetOption = Annotated[float | None, typer.Option("--budget", min=0.0, metavar="S", help="Seconds for all solves together, shared among them.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="Random seed of the solver.")]
AnswerOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR|FILE.csv", help="Folder of the tables and the runs behind them, or one file for the table alone."),
]


def short_name(instance: str) -> str:
    """What an instance is called on the command line: the name of its folder or workbook."""
    return Path(instance).resolve().name.removesuffix(".xlsx")


def default_folder(instance: str, model: str, kind: str = "") -> Path:
    """Where results go unless --out says otherwise: runs/INSTANCE[-MODEL][-KIND]."""
    parts = [short_name(instance), *([] if model == "reference" else [model]), *([kind] if kind else [])]
    return Path("runs") / "-".join(parts)


@dataclass
class Asked:
    """An answer on its way: `folder` is where it is to stand (None where only a table is asked for), `progress` shows its solves."""

    folder: Path | None
    progress: Callable[[str], Progress]
    table: pd.DataFrame | None = None


@contextmanager
def asked(out: Path | None, folder: Path, limit: float | None) -> Iterator[Asked]:
    """Solves under way for an answer; afterwards its `table` is written where --out names a file, and the folder is told.

    Raises `InputError` where the file cannot be written.
    """
    single = out is not None and out.suffix == ".csv"
    with shown_solves(limit) as progress:
        found = Asked(None if single else out or folder, progress)
        try:
            yield found
        except KeyboardInterrupt:
            if found.folder is not None and _unfinished(found.folder):
                sys.stderr.write(f"What was found until then: {found.folder}\n")
            raise
    if single and out is not None and found.table is not None:
        save(found.table, out)
    elif found.folder is not None:
        sys.stdout.write(f"{found.folder}: the tables, and the runs behind them.\n")


def _unfinished(folder: Path) -> bool:
    try:
        return json.loads((folder / "answer.json").read_text(encoding="utf-8"))["finished"] is False
    except (OSError, ValueError, KeyError):
        return False


def save(table: pd.DataFrame, out: Path) -> None:
    """Write a table. Raises `InputError` where the file cannot be written."""
    from layout_opt.errors import Fault, InputError, Place

    try:
        table.to_csv(out, index=False, float_format="%.12g", lineterminator="\n")
    except OSError as error:
        raise InputError(faults=[Fault(f"cannot be written: {error.strerror}", Place(str(out)), "Choose another --out.")]) from None


def split(listed: str) -> list[str]:
    """The names in a list separated by commas."""
    return [name.strip() for name in listed.split(",") if name.strip()]


def numbers(listed: str, option: str) -> list[float]:
    """The numbers in a list separated by commas. Raises `InputError` for what is none."""
    from layout_opt.errors import Fault, InputError, Place

    found, faults = list[float](), []
    for text in split(listed):
        try:
            found.append(float(text))
        except ValueError:
            faults.append(Fault("is not a number", Place(option), "Write, for example, 0,1,2,4.", text))
    if faults:
        raise InputError(faults=faults)
    return found
