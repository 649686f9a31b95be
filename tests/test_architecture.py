"""Imports point only down the list of rooms; importing the package is quick because nothing heavy comes with it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import layout_opt
from tests.conftest import ROOT

PACKAGE = ROOT / "layout_opt"
# lowest first; a room may import from rooms on its own line's left and from lines above
ROOMS = [
    "errors",
    "shipped",
    "settings",
    "tables",
    "schema",
    "manifest",
    "writing",
    "consistency",
    "instance",
    "starting",
    "definition",
    "plan",
    "indicators",
    "apportioning",
    "flows",
    "inputs",
    "factors",
    "technologies",
    "core",
    "policy",
    "policies",
    "importing",
    "build",
    "solver",
    "results",
    "verify",
    "runs",
    "solving",
    "analysis",
    "report",
    "summary",
    "answers",
    "live",
    "serving",
    "cli",
]


def _room(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def _imports(path: Path) -> set[str]:
    """Rooms that a file imports, anywhere in it but under TYPE_CHECKING."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    rooms = set()
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("layout_opt"):
            parts = node.module.split(".")
            rooms |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            rooms |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("layout_opt.")}
    return rooms - {"__version__"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    room = _room(path)
    if room == "__init__":
        return
    assert room in ROOMS, f"{room} has no place in the order of rooms"
    above = {other for other in _imports(path) if ROOMS.index(other) > ROOMS.index(room)}
    assert not above, f"{room} imports {above}, which stand above it"


def test_import_brings_in_nothing_heavy() -> None:
    code = "import layout_opt, sys; print(*(m for m in ('pandas', 'pyomo', 'highspy', 'altair') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_public_names() -> None:
    instances = {"import_mrio", "instance_from_tables", "load_instance", "write_instance"}
    assert set(layout_opt.__all__) == instances | {"compare", "load_definition", "read_run", "solve", "write_report"}
    for name in layout_opt.__all__:
        assert callable(getattr(layout_opt, name))


def test_no_solver_and_no_pyomo_in_the_pandas_rooms() -> None:
    """What verification is made of does not import the model or the solver by itself."""
    for room in ("plan", "indicators", "verify", "runs"):
        text = (PACKAGE / f"{room}.py").read_text(encoding="utf-8")
        assert "import pyomo" not in text
        assert "highspy" not in text.replace('"highspy"', "")
