"""The named fields that a template may use. docs/reports.md lists them, and a test holds the list against these."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

import pandas as pd

from layout_opt import __version__
from layout_opt.report.appendix import run_facts
from layout_opt.report.content import Content
from layout_opt.report.document import Block, Bullets, Document, Paragraph, Section, TableBlock
from layout_opt.report.task import Task
from layout_opt.report.word.elements import plain
from layout_opt.report.words import Words, fixed
from layout_opt.runs import Run

Hold = Callable[[str, Sequence[Block | Section]], object]


def fields(task: Task, hold: Hold) -> dict[str, Any]:
    """Every field by name. `hold` gives what stands for a field's blocks and sections until they are put into the document."""
    report = task.printed
    blocks = tables(report)
    return {
        **{name: plain(text) if isinstance(text, str) else list(map(plain, text)) for name, text in _texts(task, report).items()},
        "report": hold("report", report.sections),
        "section": _named({section.key: hold(f"section.{section.key}", section.blocks) for section in report.sections}),
        "table": _named({name: hold(f"table.{name}", [block]) for name, block in blocks.items()}),
        "figure": _named({figure.name: hold(f"figure.{figure.name}", [figure]) for figure in report.figures}),
        "rows": _named({name: [list(map(plain, row)) for row in block.rows] for name, block in blocks.items()}),
        "columns": _named({name: list(map(plain, block.columns)) for name, block in blocks.items()}),
        "data": _named({name: Rows(table) for name, table in task.source.tables.items()}),
    }


def filters(words: Words) -> dict[str, Callable[..., str]]:
    """What a template may do to a value of `data`: name an identifier in the report's language, and write a number or a share."""
    return {
        "name": lambda value: plain(words.called(str(value))),
        "number": lambda value, decimals=0: fixed(_number(value), int(decimals)),
        "percent": lambda value, decimals=None: words.percent(_number(value), decimals),
    }


def tables(report: Document) -> dict[str, TableBlock]:
    """The tables of a report by name; of several of one name the later ones are numbered."""
    found: dict[str, TableBlock] = {}
    met = Counter[str]()
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, TableBlock):
                name = block.name or section.key
                met[name] += 1
                found[name if met[name] == 1 else f"{name}_{met[name]}"] = block
    return found


class Rows:
    """The rows of a result table, each with a field per column; what is empty is an empty text."""

    def __init__(self, table: pd.DataFrame) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[SimpleNamespace]:
        names = list(map(str, self._table.columns))
        for values in self._table.itertuples(index=False, name=None):
            yield SimpleNamespace(**{name: _cell(value) for name, value in zip(names, values, strict=True)})


def _cell(value: Any) -> Any:
    if pd.isna(value):
        return ""
    return plain(value) if isinstance(value, str) else value


def _number(value: Any) -> float:
    return float(value) if value != "" else float("nan")


def _named(values: Mapping[str, object]) -> SimpleNamespace:
    """Values by names that can stand behind a point."""
    return SimpleNamespace(**{re.sub(r"\W", "_", name): value for name, value in values.items()})


def _texts(task: Task, report: Document) -> dict[str, str | Sequence[str]]:
    source, words, instance = task.source, task.words, task.source.instance
    [answer] = [section for section in report.sections if section.key == "answer"]
    sentences = [text for block in answer.blocks for text in _sentences(block)]
    if isinstance(source, Run):
        own: dict[str, str | Sequence[str]] = {**run_facts(Content(source), words), "year": str(Content(source).year)}
        models = source.definition.title
    else:
        own = {"instance": instance.name, "sha256": instance.sha256, "baseline": source.baseline, "scenarios": list(source.runs)}
        models = ", ".join(run.definition.title for run in source.runs.values())
    first = source if isinstance(source, Run) else source.runs[source.baseline]
    return own | {
        "title": report.title,
        "subtitle": report.subtitle,
        "question": first.definition.question[report.language],
        "answer": words.sentences(sentences),
        "sentences": sentences,
        "notes": list(report.notes),
        "base_year": str(instance.manifest.base_year),
        "money": words.unit(words.money),
        "output": words.unit(words.output),
        "source": words.t("word.source", instance=instance.name, sha256=instance.sha256, models=models, version=__version__),
        "date": date.today().isoformat(),
        "version": __version__,
        "language": report.language,
    }


def _sentences(block: Block) -> Sequence[str]:
    return [block.text] if isinstance(block, Paragraph) else block.items if isinstance(block, Bullets) else []
