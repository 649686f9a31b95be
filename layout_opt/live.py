"""The terminal while a command works: plain in a pipe, live on a screen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from layout_opt.solver.outcome import Progress


def console() -> Console:
    """Standard output; in a pipe wide and plain."""
    return Console() if sys.stdout.isatty() else Console(width=140, no_color=True)


@contextmanager
def shown_progress(title: str, limit: float | None) -> Iterator[Progress]:
    """Live bound, plan and gap on a terminal; nothing in a pipe."""
    from layout_opt.solver.outcome import quiet
    from layout_opt.summary import amount

    if not sys.stderr.isatty():
        yield quiet
        return
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=20), TimeElapsedColumn(), TextColumn("{task.fields[state]}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=limit, state="building …")

        def update(seconds: float, bound: float | None, plan: float | None, gap: float | None) -> None:
            parts = [f"{name} {amount(value)}" for name, value in (("bound", bound), ("plan", plan)) if value is not None]
            parts += [f"gap {gap:.3%}"] if gap is not None else []
            bar.update(task, completed=seconds, state="  ".join(parts) or "solving …")

        yield update


@contextmanager
def shown_solves(limit: float | None) -> Iterator[Callable[[str], Progress]]:
    """`shown_progress` for a series of solves, each under its own title."""
    with ExitStack() as stack:

        def begin(title: str) -> Progress:
            stack.close()
            return stack.enter_context(shown_progress(title, limit))

        yield begin
