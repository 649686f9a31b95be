"""A report as an Excel workbook: the answer, charts of its main figures, and every result table with all its digits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from layout_opt.analysis.study import Answer
from layout_opt.report.content import Content
from layout_opt.report.task import Task
from layout_opt.report.words import Words
from layout_opt.report.workbook.blocks import write_charts
from layout_opt.report.workbook.book import Book, Sheet
from layout_opt.report.workbook.columns import Names
from layout_opt.report.workbook.comparison import ScenarioFigures
from layout_opt.report.workbook.contents import Place, place, write_contents, write_sources
from layout_opt.report.workbook.figures import Figures
from layout_opt.report.workbook.scenario import write_scenario
from layout_opt.report.workbook.tables import TableSheet, write_table, written
from layout_opt.runs import Run


def write(task: Task) -> Path:
    """Write `report.xlsx`."""
    return task.write(f"report{task.suffix}.xlsx", workbook(task))


def workbook(task: Task) -> bytes:
    """The whole workbook."""
    source, document = task.source, task.document
    book, words = Book(document.title), Words(source.instance, task.language)
    first, drawn = book.sheet(words.t("contents")), book.sheet(words.t("sheet.charts"))
    runs = [source] if isinstance(source, Run) else list(source.runs.values())
    names = Names(words, tuple(policy for run in runs for policy in run.policies))
    sheets, scenarios = dict[str, TableSheet](), dict[Sheet, Run]()
    words.plain["year"] = str(max(Content(run).year for run in runs if run.has_plan))
    for name, table in written(source).items():
        sheets[name] = write_table(book.sheet(name), name, table, names)
    places = [place(sheet, words.texts.get(f"sheet.{name}", name), words) for name, sheet in sheets.items()]
    if isinstance(source, Run):
        blocks = Figures(Content(source), words, sheets).blocks()
    else:
        words.plain["baseline"] = source.baseline
        blocks = ScenarioFigures(source, words, sheets).blocks()
        scenarios = {write_scenario(book.sheet(name), name, run, words): run for name, run in source.runs.items()}
    write_charts(drawn, blocks)
    charts: Place = (drawn, words.texts["comma"].join(block.title for block in blocks), "", "")
    answers = [found for answer in task.answers for found in _answer(book, answer, names)]
    write_contents(first, task, words, [charts, *places, *answers, write_sources(book.sheet("sources"), document)], scenarios)
    return book.content()


def _answer(book: Book, answer: Answer, names: Names) -> Iterator[Place]:
    """A sheet per table of an answer."""
    title, folder = names.words.t(f"findings.{answer.kind}"), f"{answer.path.name}/" if answer.path else ""
    for name, table in written(answer).items():
        sheet = book.sheet(name if name == answer.kind else f"{answer.kind} {name}")
        yield place(write_table(sheet, name, table, names, folder), title, names.words)
