"""What commands share: their options, and how a table is saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

INTERRUPTED = 130
EXIT_BY_STATUS = {"optimal": 0, "feasible": 0, "failed": 1, "infeasible": 3, "no_plan": 4}

InstanceArgument = Annotated[str, typer.Argument(metavar="INSTANCE", help="A folder, a workbook, or the name of a shipped instance.")]
ModelOption = Annotated[str, typer.Option("--model", metavar="MODEL", help="A TOML file, or the name of a shipped model.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change one setting of the model, e.g. core.growth=2.0.")]
GapOption = Annotated[float, typer.Option("--gap", min=0.0, max=1e9, help="Relative gap at which to stop.")]
LimitOption = Annotated[float | None, typer.Option("--time-limit", min=0.0, metavar="S", help="Seconds of solving, per scenario.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="Random seed of the solver.")]


def short_name(instance: str) -> str:
    """What an instance is called on the command line: the name of its folder or workbook."""
    return Path(instance).resolve().name.removesuffix(".xlsx")


def save(table: pd.DataFrame, out: Path | None) -> None:
    """Write a table where one is asked for. Raises `InputError` where the file cannot be written."""
    if out is None:
        return
    from layout_opt.errors import Fault, InputError, Place

    try:
        table.to_csv(out, index=False, float_format="%.12g", lineterminator="\n")
    except OSError as error:
        raise InputError(faults=[Fault(f"cannot be written: {error.strerror}", Place(str(out)), "Choose another --out.")]) from None


def split(listed: str) -> list[str]:
    """The names in a list separated by commas."""
    return [name.strip() for name in listed.split(",") if name.strip()]
