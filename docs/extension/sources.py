"""Where the figures of an instance come from, on what terms, and how many of them are estimated: a page from its manifest and its tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from extension.statements import escaped
from layout_opt.solving import load_instance

HEAD = "| table | rows | estimated | source | year | terms | how it was made |\n|---|---|---|---|---|---|---|\n"


def sources(path: Path) -> str:
    """The page of one instance."""
    instance = load_instance(path)
    rows = []
    for name, entry in instance.manifest.tables.items():
        table = instance.tables[name]
        cells = (f"`{name}`", len(table), estimated(table), *map(cell, (entry.source, entry.year, entry.licence, entry.note)))
        rows.append(f"| {' | '.join(map(str, cells))} |")
    title = f"# Sources of {instance.name}\n\n{instance.manifest.title.en} ({instance.manifest.title.zh})."
    about = f"What was done with them, and how far they hold: [its own page](/generated/instances/{instance.name}.md)."
    return f"{title} {about}\n\n{HEAD}" + "\n".join(rows) + "\n"


def estimated(table: pd.DataFrame) -> str:
    """Which part of the rows is marked as estimated; nothing where the table does not say."""
    return f"{table['estimated'].mean():.0%}" if "estimated" in table else ""


def cell(text: object) -> str:
    """Text as it stands in a cell of a Markdown table."""
    return escaped(str(text)).replace("|", r"\|")
