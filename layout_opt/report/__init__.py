"""Reports of runs and comparisons: pages to show and documents to hand in, with every figure traced to a result table."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from layout_opt.errors import Fault, InputError, Place, suggest

if TYPE_CHECKING:
    from layout_opt.analysis.comparing import Comparison
    from layout_opt.runs import Run

FORMATS = {  # the module of this package whose `write` makes it
    "html": "html",
    "md": "markdown",
}
LANGUAGES = ("en", "zh")


def write_report(
    source: Run | Comparison | str | Path,
    formats: Sequence[str] = ("html",),
    language: str = "en",
    out: Path | None = None,
) -> list[Path]:
    """Write the report of a run or a comparison, in every format named, and return a path per format.

    `source` is a run or comparison, or its folder; `out` the folder to write to, by default the source's own. Formats with pictures of their
    own put them into `report-figures` beside them. Where no Chinese font is installed, pictures of a Chinese report are labelled in English; a
    log line and the report say so. Raises `InputError` for an unknown format or language, a folder that is neither, and a run without a plan.
    """
    formats = [formats] if isinstance(formats, str) else list(dict.fromkeys(formats))
    faults = [Fault("no such format", Place("--format"), suggest(f, FORMATS), f) for f in formats if f not in FORMATS]
    if language not in LANGUAGES:
        faults.append(Fault("no such language", Place("--lang"), suggest(language, LANGUAGES), language))
    if not formats:
        faults.append(Fault("no format is named", Place("--format"), suggest("", FORMATS)))
    if faults:
        raise InputError(faults=faults)
    from layout_opt.report.task import Task

    found = _read(Path(source)) if isinstance(source, (str, Path)) else source
    _need_plan(found)
    folder = out or found.path
    if folder is None:
        raise InputError(faults=[Fault("the result has no folder of its own", Place("--out"), "Name the folder to write to.")])
    task = Task(found, language, folder)
    writers = [importlib.import_module(f"layout_opt.report.{FORMATS[name]}").write for name in formats]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [write(task) for write in writers]
    except OSError as error:
        raise InputError(faults=[Fault(f"cannot be written: {error.strerror}", Place(str(folder)), "Choose another --out.")]) from None


def _read(path: Path) -> Run | Comparison:
    from layout_opt.analysis.comparing import COMPARISON_FILE, read_comparison
    from layout_opt.runs import read_run

    return read_comparison(path) if (path / COMPARISON_FILE).is_file() else read_run(path)


def _need_plan(source: Run | Comparison) -> None:
    from layout_opt.runs import Run

    if source.has_plan if isinstance(source, Run) else any(run.has_plan for run in source.runs.values()):
        return
    place = Place(str(source.path or source.instance.name))
    status = source.status if isinstance(source, Run) else ", ".join(f"{name}: {run.status}" for name, run in source.runs.items())
    raise InputError(faults=[Fault("there is no plan to report", place, "Relax the model, or give it more time.", status)])
