"""Every chart of a report as a SVG file."""

from __future__ import annotations

from pathlib import Path

from layout_opt.report.task import FIGURES, Task


def write(task: Task) -> Path:
    """Write the charts, and return their folder."""
    task.save_pictures("svg")
    return task.folder / FIGURES
