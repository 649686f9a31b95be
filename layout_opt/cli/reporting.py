"""Commands that hand results on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from layout_opt.cli.options import split

commands = typer.Typer()


@commands.command(rich_help_panel="Hand on")
def report(
    source: Annotated[Path, typer.Argument(metavar="RUN_OR_COMPARISON", help="A folder that solve or compare wrote.")],
    formats: Annotated[str, typer.Option("--format", metavar="html,docx,xlsx,…", help="Formats, separated by commas.")] = "html",
    language: Annotated[str, typer.Option("--lang", metavar="en|zh", help="Language of the report.")] = "en",
    template: Annotated[Path | None, typer.Option("--template", metavar="FILE.docx", help="A Word document whose fields are filled.")] = None,
    beside: Annotated[
        str | None, typer.Option("--with", metavar="DIR,…", help="Folders of answers (price, frontier, …) to show in the report too.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder; default the run's own.")] = None,
) -> None:
    """Write a report to show or to hand in."""
    from layout_opt.report import write_report

    for path in write_report(source, split(formats), language, out, template, split(beside or "")):
        sys.stdout.write(f"{path}\n")
