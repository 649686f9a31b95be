"""A report as LaTeX: a whole document, and every table as a file that a paper can take up."""

from __future__ import annotations

from pathlib import Path

from layout_opt.report.latex.document import document
from layout_opt.report.task import Task

TABLES = "report-tables"


def write(task: Task) -> Path:
    """Write `report.tex`, its tables into `report-tables` and its pictures as PDF into `report-figures`."""
    made = document(task.printed, task.words, task.save_pictures("pdf"), TABLES, task.suffix)
    (task.folder / TABLES).mkdir(exist_ok=True)
    for name, text in made.tables.items():
        task.write(name, text.encode())
    return task.write(f"report{task.suffix}.tex", made.text.encode())
