"""What a page shows of plans: the report's own documents, made once per plan and language, in a thread so that pages stay live."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from layout_opt.analysis.comparing import Comparison, comparison_tables
from layout_opt.report import write_report
from layout_opt.report.comparison_page import comparison_document
from layout_opt.report.document import Document, Section
from layout_opt.report.task import Task
from layout_opt.runs import Run

PLAN = ("answer", "map", "layout", "plates", "resources")
DIFFERENCE = ("answer", "scenarios", "indicators", "plates", "layout", "resources", "objective")


class Views:
    """Sections of documents by plan and language. One is made at a time: the machine has solves to do."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], Document] = {}
        self._turn = asyncio.Lock()

    async def plan(self, run: Run, language: str) -> list[Section]:
        """What a plan is: the answer, the map, the layout, the plates, the resources."""
        async with self._turn:
            key = (run, language)
            if key not in self._made:
                self._made[key] = await asyncio.to_thread(lambda: Task(run, language, Path()).document)
        return _chosen(self._made[key], PLAN)

    async def difference(self, stored: Run, run: Run, names: tuple[str, str], language: str) -> list[Section]:
        """What differs between two plans, as intervals that hold the true difference; `names` say what they are called."""
        async with self._turn:
            key = (stored, run, names, language)
            if key not in self._made:
                self._made[key] = await asyncio.to_thread(_difference, stored, run, names, language)
        return _chosen(self._made[key], DIFFERENCE)

    async def folder(self, run: Run) -> tuple[str, bytes]:
        """A run folder as a zip file, its name first."""
        assert run.path is not None
        return f"{run.path.name}.zip", await asyncio.to_thread(_zipped, run.path)

    async def report(self, run: Run, form: str, language: str) -> tuple[str, bytes]:
        """A report as a file, its name first. Raises `LayoutError` where it cannot be written."""
        async with self._turn:
            return await asyncio.to_thread(_report, run, form, language)


def _chosen(document: Document, keys: Sequence[str]) -> list[Section]:
    sections = {section.key: section for section in document.sections}
    return [sections[key] for key in keys if key in sections]


def _difference(stored: Run, run: Run, names: tuple[str, str], language: str) -> Document:
    runs = dict(zip(names, (stored, run), strict=True))
    return comparison_document(Comparison(run.instance, runs, comparison_tables(runs)), language, language)


def _report(run: Run, form: str, language: str) -> tuple[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        [path] = write_report(run, [form], language, Path(folder))
        name = f"{run.definition.name}-{path.name}"
        alone = len(list(Path(folder).iterdir())) == 1
        return (name, path.read_bytes()) if alone else (f"{name}.zip", _zipped(Path(folder)))


def _zipped(folder: Path) -> bytes:
    """A folder as a zip file."""
    with tempfile.TemporaryDirectory() as scratch:
        return Path(shutil.make_archive(str(Path(scratch) / "whole"), "zip", folder.parent, folder.name)).read_bytes()
