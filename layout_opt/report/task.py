"""One report to write: its source, its language, and what several formats need, made once."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from layout_opt.report.words import Words
from layout_opt.runs import Run

if TYPE_CHECKING:
    from layout_opt.analysis.comparing import Comparison
    from layout_opt.analysis.study import Answer
    from layout_opt.report.document import Document

FIGURES = "report-figures"
log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Task:
    """A report of `source` in `language`, to be written into `folder`; `template` is a Word document whose fields are filled
    instead, `answers` are what was asked beside it."""

    source: Run | Comparison
    language: str
    folder: Path
    template: Path | None = None
    answers: tuple[Answer, ...] = ()

    @property
    def suffix(self) -> str:
        """What distinguishes the files of a language."""
        return "" if self.language == "en" else f".{self.language}"

    @cached_property
    def words(self) -> Words:
        return Words(self.source.instance, self.language)

    def in_language(self, language: str) -> Task:
        """The same report in another language."""
        return replace(self, language=language)

    @cached_property
    def document(self) -> Document:
        """The report for a screen, which brings its own fonts."""
        return self._document(self.language)

    @cached_property
    def printed(self) -> Document:
        """The report with charts that can be drawn here: labelled in English where a Chinese font is missing, which a note says."""
        from layout_opt.report.pictures import chinese_font

        if self.language == "en" or chinese_font() is not None:
            return self.document
        log.warning("no Chinese font was found: the pictures are labelled in English. A package that has one is fonts-noto-cjk.")
        document = self._document("en")
        return replace(document, notes=[*document.notes, self.words.t("no_font")])

    def _document(self, drawn: str) -> Document:
        if isinstance(self.source, Run):
            from layout_opt.report.run_page import run_document

            return run_document(self.source, self.language, drawn, self.answers)
        from layout_opt.report.comparison_page import comparison_document

        return comparison_document(self.source, self.language, drawn, self.answers)

    @cached_property
    def pictures(self) -> Mapping[str, Mapping[str, bytes]]:
        """The charts of `printed` by name, each by kind: `png`, `svg`, `pdf`."""
        from layout_opt.report.pictures import Picture, chinese_font

        drawn = self.language if self.language == "en" or chinese_font() is not None else "en"
        return {figure.name: Picture(figure, drawn) for figure in self.printed.figures}

    def save_pictures(self, kind: str) -> dict[str, str]:
        """Write the charts as files of a kind into `report-figures`, and return their paths relative to `folder` by name."""
        (self.folder / FIGURES).mkdir(exist_ok=True)
        paths = {name: f"{FIGURES}/{name}{self.suffix}.{kind}" for name in self.pictures}
        for name, path in paths.items():
            self.write(path, self.pictures[name][kind])
        return paths

    def write(self, name: str, content: bytes) -> Path:
        """Write a file of the folder, whole or not at all."""
        path = self.folder / name
        handle, scratch = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(scratch).chmod(0o644)
            Path(scratch).replace(path)
        finally:
            Path(scratch).unlink(missing_ok=True)
        return path
