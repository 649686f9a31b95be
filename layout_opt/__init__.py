"""layout_opt: which industries should grow, stay, move or leave, in which region.

`load_instance`, `instance_from_tables`, `import_mrio`, `write_instance`, `load_definition`, `solve`, `compare`, `read_run` and `write_report`
are the whole of the Python interface; their tables are pandas DataFrames. They are imported on first use, so that `import layout_opt` is quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from layout_opt.analysis.comparing import compare
    from layout_opt.definition import load_definition
    from layout_opt.importing.frames import instance_from_tables
    from layout_opt.importing.mrio import import_mrio
    from layout_opt.report import write_report
    from layout_opt.runs import read_run
    from layout_opt.solving import load_instance, solve
    from layout_opt.starting import write_instance

_HOMES = {
    "compare": "layout_opt.analysis.comparing",
    "import_mrio": "layout_opt.importing.mrio",
    "instance_from_tables": "layout_opt.importing.frames",
    "load_definition": "layout_opt.definition",
    "load_instance": "layout_opt.solving",
    "read_run": "layout_opt.runs",
    "solve": "layout_opt.solving",
    "write_instance": "layout_opt.starting",
    "write_report": "layout_opt.report",
}
__all__ = [
    "compare",
    "import_mrio",
    "instance_from_tables",
    "load_definition",
    "load_instance",
    "read_run",
    "solve",
    "write_instance",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'layout_opt' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
