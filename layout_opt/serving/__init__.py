"""A page to explore a stored plan: change its rules, solve again, compare. For one person, on the machine it runs on."""

from __future__ import annotations

from pathlib import Path

from layout_opt.errors import Fault, InputError, Place


def serve(source: Path, port: int | None = None, browser: bool = False) -> None:
    """Serve the page of a run or comparison folder on the loopback address until Ctrl-C; nothing is written into the folder.

    A free port is taken where none is given; the address is printed, and opened with `browser`.
    Raises `InputError` for a folder that is neither, a port that is taken, or where the packages of the extra `serve` are missing.
    """
    try:
        import nicegui  # noqa: F401
    except ImportError:
        remedy = "Install it: pip install 'layout-opt[serve]'."
        raise InputError(faults=[Fault("the package 'nicegui' is missing", Place("serve"), remedy)]) from None
    from layout_opt.serving.server import run

    run(source, port, browser)
