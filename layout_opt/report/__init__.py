"""Reports of runs and comparisons: pages to show and documents to hand in, with every figure traced to a result table."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from layout_opt.errors import Fault, InputError, Place, suggest

if TYPE_CHECKING:
    from layout_opt.analysis.comparing import Comparison
    from layout_opt.analysis.study import Answer
    from layout_opt.runs import Run

FORMATS = {  # the module of this package whose `write` makes it
    "html": "html",
    "docx": "word",
    "md": "markdown",
    "xlsx": "workbook",
    "tex": "latex",
    "png": "png",
    "svg": "svg",
    "geojson": "geographic",
    "gpkg": "geopackage",
    "parquet": "parquet",
}
FALLIBLE = ("docx", "geojson", "gpkg", "parquet")  # what input or a missing package can make fail: made before the others
LANGUAGES = ("en", "zh")


def write_report(
    source: Run | Comparison | str | Path,
    formats: Sequence[str] = ("html",),
    language: str = "en",
    out: Path | None = None,
    template: Path | None = None,
    beside: Sequence[Answer | str | Path] = (),
) -> list[Path]:
    """Write the report of a run or a comparison, in every format named, and return a path per format.

    `source` is a run or comparison, or its folder; `out` the folder to write to, by default the source's own. Formats with pictures of their
    own put them into `report-figures` beside them. Where no Chinese font is installed, pictures of a Chinese report are labelled in English; a
    log line and the report say so. `template` is a Word document whose named fields the format `docx` fills (docs/reports.md). `beside` are
    answers or their folders (`layout-opt price` and the like), which the report shows too; they have to be of the same facts and definition.
    Raises `InputError` for an unknown format or language, a folder that is neither, a run without a plan, answers to something else, and a
    template that cannot be filled.
    """
    formats = [formats] if isinstance(formats, str) else list(dict.fromkeys(formats))
    faults = [Fault("no such format", Place("--format"), suggest(f, FORMATS), f) for f in formats if f not in FORMATS]
    if language not in LANGUAGES:
        faults.append(Fault("no such language", Place("--lang"), suggest(language, LANGUAGES), language))
    if not formats:
        faults.append(Fault("no format is named", Place("--format"), suggest("", FORMATS)))
    if template is not None and "docx" not in formats:
        faults.append(Fault("only the format docx has a template", Place("--template"), "Add docx to --format.", str(template)))
    if faults:
        raise InputError(faults=faults)
    from layout_opt.report.task import Task

    found = _read(Path(source)) if isinstance(source, (str, Path)) else source
    _need_plan(found)
    folder = out or found.path
    if folder is None:
        raise InputError(faults=[Fault("the result has no folder of its own", Place("--out"), "Name the folder to write to.")])
    task = Task(found, language, folder, template, tuple(_answers(found, beside)))
    first = sorted(formats, key=lambda name: name not in FALLIBLE)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = {name: importlib.import_module(f"layout_opt.report.{FORMATS[name]}").write(task) for name in first}
        return [written[name] for name in formats]
    except OSError as error:
        raise InputError(faults=[Fault(f"cannot be written: {error.strerror}", Place(str(folder)), "Choose another --out.")]) from None


def _read(path: Path) -> Run | Comparison:
    from layout_opt.analysis.comparing import COMPARISON_FILE, read_comparison
    from layout_opt.runs import read_run

    return read_comparison(path) if (path / COMPARISON_FILE).is_file() else read_run(path)


def _answers(source: Run | Comparison, beside: Sequence[Answer | str | Path]) -> Iterator[Answer]:
    """The answers to show beside a run or comparison. Raises `InputError` where one is of other facts, or of a model that it does not have."""
    from layout_opt.analysis.study import read_answer
    from layout_opt.policies import policies_of
    from layout_opt.runs import Run, resolved

    runs = [source] if isinstance(source, Run) else list(source.runs.values())
    known = {(run.instance.sha256, json.dumps(run.info["model"]["definition"], sort_keys=True)) for run in runs}
    faults = []
    for given in beside:
        found = read_answer(Path(given)) if isinstance(given, (str, Path)) else given
        asked = resolved(found.definition, policies_of(found.definition, found.instance))
        if (found.instance.sha256, json.dumps(asked, sort_keys=True)) not in known:
            what = f"answers a question about {found.definition.name} on {found.instance.name}, which is not what is reported"
            faults.append(Fault(what, Place(str(found.path or "--with")), "Ask again about this run's instance and model."))
        yield found
    if faults:
        raise InputError(faults=faults)


def _need_plan(source: Run | Comparison) -> None:
    from layout_opt.runs import Run

    if source.has_plan if isinstance(source, Run) else any(run.has_plan for run in source.runs.values()):
        return
    place = Place(str(source.path or source.instance.name))
    status = source.status if isinstance(source, Run) else ", ".join(f"{name}: {run.status}" for name, run in source.runs.items())
    raise InputError(faults=[Fault("there is no plan to report", place, "Relax the model, or give it more time.", status)])
