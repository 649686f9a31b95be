"""Every result table as Parquet: the columns and values of the CSV files, with their types."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from layout_opt.errors import Place, not_installed
from layout_opt.report.task import Task
from layout_opt.runs import Run

FOLDER = "report-parquet"


def write(task: Task) -> Path:
    """Write `report-parquet/TABLE.parquet`; returns the folder.

    The scenarios of a comparison have folders of their own in it, and so have answers: `answer-KIND`, with a number where there are several.
    Raises `InputError` where pyarrow is not installed.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise not_installed("pyarrow", "parquet", Place("--format parquet")) from None
    _write_tables(task, FOLDER, task.source.tables)
    if not isinstance(task.source, Run):
        for name, run in task.source.runs.items():
            _write_tables(task, f"{FOLDER}/{name}", run.tables)
    for number, answer in enumerate(task.answers):
        earlier = sum(other.kind == answer.kind for other in task.answers[:number])
        _write_tables(task, f"{FOLDER}/answer-{answer.kind}{f'-{earlier + 1}' if earlier else ''}", answer.tables)
    return task.folder / FOLDER


def _write_tables(task: Task, folder: str, tables: Mapping[str, pd.DataFrame]) -> None:
    if tables:
        (task.folder / folder).mkdir(exist_ok=True)
    for name, table in tables.items():
        content = io.BytesIO()
        table.to_parquet(content, engine="pyarrow", index=False)
        task.write(f"{folder}/{name}.parquet", content.getvalue())
