"""Commands that make an instance of data from elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from layout_opt.cli.options import split

commands = typer.Typer()
imports = typer.Typer(no_args_is_help=True, help="Make an instance of data from elsewhere.")
commands.add_typer(imports, name="import", rich_help_panel="Plan")


@imports.callback()
def top() -> None:
    """Make an instance of data from elsewhere."""


@imports.command()
def mrio(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Folder, file or archive that pymrio reads; test: the table that it ships.")],
    target: Annotated[Path, typer.Argument(metavar="DIR", help="New folder, or new workbook (DIR.xlsx).")],
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="exiobase3, oecd, wiod, eora, gloria, pymrio ...; auto: by the files.")
    ] = "auto",
    year: Annotated[int | None, typer.Option("--year", help="Year of the table, where its files do not say or there are several.")] = None,
    regions: Annotated[Path | None, typer.Option("--regions", metavar="FILE.csv", help="region, group and plate, name, seat of the group.")] = None,
    industries: Annotated[Path | None, typer.Option("--industries", metavar="FILE.csv", help="industry, group and name of the group.")] = None,
    resources: Annotated[Path | None, typer.Option("--resources", metavar="FILE.csv", help="Rows of satellite accounts that are resources.")] = None,
    periods: Annotated[str, typer.Option("--periods", metavar="YEAR,YEAR", help="Last years of the periods; default ten years on.")] = "",
    growth: Annotated[float, typer.Option("--growth", help="Assumed growth of demand, a year.")] = 0.02,
    headroom: Annotated[float, typer.Option("--headroom", help="Assumed capacity over today's use grown as demand is, less 1.")] = 0.05,
) -> None:
    """Make an instance of a multi-regional input-output table: EXIOBASE, OECD, WIOD, Eora, GLORIA."""
    from layout_opt.errors import lines
    from layout_opt.importing.mrio import import_mrio
    from layout_opt.starting import check_new, write_instance

    check_new(target)
    instance = import_mrio(
        source,
        form=form,
        year=year,
        regions=regions,
        industries=industries,
        resources=resources,
        periods=_years(periods),
        growth=growth,
        headroom=headroom,
    )
    write_instance(instance, target)
    for warning in lines(instance.warnings):
        sys.stdout.write(f"Warning: {warning}\n")
    sizes = ", ".join(f"{len(instance.tables[name])} {name}" for name in ("regions", "industries", "resources"))
    sys.stdout.write(f"{target}: {sizes}; money in {instance.manifest.money}. Demand, capacities and costs are assumed: see `estimated`.\n")
    sys.stdout.write(f"Next: layout-opt solve {target} --model trade\n")


def _years(text: str) -> list[int]:
    from layout_opt.errors import Fault, InputError, Place

    wrong = [part for part in split(text) if not part.isdecimal()]
    if wrong:
        raise InputError(faults=[Fault("is not a year", Place("--periods"), "Write years, such as 2030,2040.", part) for part in wrong])
    return [int(part) for part in split(text)]
