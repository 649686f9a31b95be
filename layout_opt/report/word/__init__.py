"""The report as a Word document to hand in, or in a user's own template."""

from __future__ import annotations

import io
from pathlib import Path

from layout_opt.report.task import Task


def write(task: Task) -> Path:
    """Write `report.docx`. Raises `InputError` where the template cannot be filled."""
    stream = io.BytesIO()
    if task.template is None:
        from layout_opt.report.word.book import book

        book(task).save(stream)
    else:
        from layout_opt.report.word.template import fill

        fill(task.template, task).save(stream)
    return task.write(f"report{task.suffix}.docx", stream.getvalue())
