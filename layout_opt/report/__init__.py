"""Reports of runs and comparisons: a page to show, with every figure traced to a result table."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from layout_opt.errors import Fault, InputError, Place, suggest

if TYPE_CHECKING:
    from layout_opt.analysis.comparing import Comparison
    from layout_opt.report.document import Document
    from layout_opt.runs import Run

FORMATS = ("html", "md")
LANGUAGES = ("en", "zh")
FIGURES = "report-figures"
log = logging.getLogger(__name__)


def write_report(
    source: Run | Comparison | str | Path, formats: Sequence[str] = ("html",), language: str = "en", out: Path | None = None
) -> list[Path]:
    """Write the report of a run or a comparison, in every format named, and return the files.

    `source` is a run or comparison, or its folder; `out` the folder to write to, by default the source's own. Markdown puts its pictures
    into `report-figures` beside it. Where no Chinese font is installed, pictures of a Chinese report are labelled in English; a log line and
    the report say so. Raises `InputError` for an unknown format or language, a folder that is neither, and a run without a plan.
    """
    formats = [formats] if isinstance(formats, str) else list(dict.fromkeys(formats))
    faults = [Fault("no such format", Place("--format"), suggest(f, FORMATS), f) for f in formats if f not in FORMATS]
    if language not in LANGUAGES:
        faults.append(Fault("no such language", Place("--lang"), suggest(language, LANGUAGES), language))
    if not formats:
        faults.append(Fault("no format is named", Place("--format"), suggest("", FORMATS)))
    if faults:
        raise InputError(faults=faults)
    found = _read(Path(source)) if isinstance(source, (str, Path)) else source
    folder = out or found.path
    if folder is None:
        raise InputError(faults=[Fault("the result has no folder of its own", Place("--out"), "Name the folder to write to.")])
    suffix = "" if language == "en" else f".{language}"
    document = _document(found, language, language)
    files: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if "html" in formats:
            from layout_opt.report.html import write_html
            from layout_opt.report.words import Words

            path = folder / f"report{suffix}.html"
            _write(path, write_html(document, Words(found.instance, language)).encode())
            files.append(path)
        if "md" in formats:
            files.append(_markdown(found, document, folder, suffix))
    except OSError as error:
        raise InputError(faults=[Fault(f"cannot be written: {error.strerror}", Place(str(folder)), "Choose another --out.")]) from None
    return [next(f for f in files if f.suffix == f".{name}") for name in formats]


def _read(path: Path) -> Run | Comparison:
    from layout_opt.analysis.comparing import COMPARISON_FILE, read_comparison
    from layout_opt.runs import read_run

    return read_comparison(path) if (path / COMPARISON_FILE).is_file() else read_run(path)


def _document(source: Run | Comparison, language: str, pictures: str) -> Document:
    """The document; charts are labelled in the language `pictures`."""
    from layout_opt.report.comparison_page import comparison_document
    from layout_opt.report.run_page import run_document
    from layout_opt.runs import Run

    planned = source.has_plan if isinstance(source, Run) else any(run.has_plan for run in source.runs.values())
    if not planned:
        place = Place(str(source.path or source.instance.name))
        status = source.status if isinstance(source, Run) else ", ".join(f"{name}: {run.status}" for name, run in source.runs.items())
        raise InputError(faults=[Fault("there is no plan to report", place, "Relax the model, or give it more time.", status)])
    return run_document(source, language, pictures) if isinstance(source, Run) else comparison_document(source, language, pictures)


def _markdown(source: Run | Comparison, document: Document, folder: Path, suffix: str) -> Path:
    from dataclasses import replace

    from layout_opt.report.markdown import write_markdown
    from layout_opt.report.pictures import chinese_font, pictures
    from layout_opt.report.words import Words

    language = document.language
    words = Words(source.instance, language)
    drawn = "en" if language == "zh" and chinese_font() is None else language
    if drawn != language:
        document = _document(source, language, drawn)
        document = replace(document, notes=[*document.notes, words.t("no_font")])
        log.warning("no Chinese font was found: the pictures are labelled in English")
    (folder / FIGURES).mkdir(exist_ok=True)
    links = {}
    for figure in document.figures:
        names = {kind: f"{figure.name}{suffix}.{kind}" for kind in ("png", "svg")}
        for kind, content in pictures(figure, drawn).items():
            _write(folder / FIGURES / names[kind], content)
        links[figure.name] = {kind: f"{FIGURES}/{name}" for kind, name in names.items()}
    path = folder / f"report{suffix}.md"
    _write(path, write_markdown(document, words, links).encode())
    return path


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    handle, scratch = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(scratch).chmod(0o644)
        Path(scratch).replace(path)
    finally:
        Path(scratch).unlink(missing_ok=True)
