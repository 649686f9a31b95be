"""The command line: thin, every command a few lines around a function of the package."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from layout_opt.cli import answering, comparing, importing, planning, reporting, serving
from layout_opt.cli.options import INTERRUPTED
from layout_opt.errors import LayoutError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Which industries should grow, stay, move or leave, in which region.",
)
for room in (planning, importing, comparing, answering, reporting, serving):
    app.add_typer(room.commands)


def main() -> None:
    """Run the command line: exit codes 0 done, 1 our fault, 2 bad input, 3 infeasible, 4 no plan within the limit, 130 interrupted."""
    try:
        app()
    except LayoutError as error:
        complain(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(INTERRUPTED)
    except Exception as error:
        if os.environ.get("LAYOUT_OPT_DEBUG"):
            raise
        sys.stderr.write(f"A fault of layout_opt: {type(error).__name__}: {error}\nSet LAYOUT_OPT_DEBUG=1 to see where, and please report it.\n")
        sys.exit(1)


def complain(error: LayoutError) -> None:
    """Print an error and its faults to standard error, one fault a line, many alike ones as ten and a count."""
    sys.stderr.write(f"Error: {error}\n")


@app.callback(invoke_without_command=True)
def top(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        from layout_opt import __version__

        sys.stdout.write(f"layout-opt {__version__}\n")
        raise typer.Exit
