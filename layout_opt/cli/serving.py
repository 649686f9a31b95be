"""The command that serves the page to explore."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()


@commands.command(rich_help_panel="Hand on")
def serve(
    source: Annotated[Path, typer.Argument(metavar="RUN_OR_COMPARISON", help="A folder that solve or compare wrote.")],
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, metavar="N", help="Port of this machine; default a free one.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page; not from a pipe.")] = True,
) -> None:
    """Open a page of this machine to change a plan's rules, solve again and compare."""
    from layout_opt.serving import serve as serve_page

    serve_page(source, port, browser and sys.stdout.isatty())
