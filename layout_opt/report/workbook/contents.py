"""The first sheet, with the answer, where everything stands and what it depends on, and the sheet of sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from layout_opt.report.document import Document, Paragraph, Section, TableBlock
from layout_opt.report.task import Task
from layout_opt.report.widths import width
from layout_opt.report.words import Words
from layout_opt.report.workbook.book import WIDEST, Sheet
from layout_opt.report.workbook.scenario import CLAIMS, claims, status, texts
from layout_opt.report.workbook.tables import TableSheet
from layout_opt.runs import Run

WIDTHS = (28, 100, 16, 18, 14, 14)  # characters of the columns of the first sheet
SOURCES = ("table", "source", "year", "estimated")  # columns of the sources that the first sheet has; all are on their own

Place = tuple[Sheet, str, str, str]  # a sheet, what it holds, its rows, the file it comes from


def write_contents(sheet: Sheet, task: Task, words: Words, places: Iterable[Place], scenarios: Mapping[Sheet, Run]) -> None:
    """Write the first sheet. `scenarios` are the runs of a comparison by their sheets."""
    document = task.document
    for column, characters in enumerate(WIDTHS):
        sheet.set_width(column, characters)
    stated = {section.key: section for section in document.sections}
    sheet.text(0, 0, document.title, "title")
    sheet.text(1, 0, document.subtitle, "subtitle")
    row = 3
    asked = [key for key in stated if key.split("-")[0] in {answer.kind for answer in task.answers}]
    for key in ("question", "answer", *asked):
        row = _prose(sheet, row, stated[key], tables=key == "question")
    row = _places(sheet, row, words, places)
    if scenarios:
        row = _scenarios(sheet, row, words, scenarios)
    facts, sources = _provenance(document)
    sheet.text(row, 0, words.t("provenance"), "section")
    row = _facts(sheet, row + 1, facts, claims(task.source, words) if isinstance(task.source, Run) else {})
    _table(sheet, row + 1, sources, [list(sources.columns).index(words.column(name)) for name in SOURCES])
    sheet.page.activate()
    sheet.page.hide_gridlines(2)


def write_sources(sheet: Sheet, document: Document) -> Place:
    """Write the sheet that says where the figures of every table of the instance come from."""
    block = _provenance(document)[1]
    for column, cells in enumerate(zip(block.columns, *block.rows, strict=True)):
        sheet.set_width(column, min(WIDEST, 2 + max(map(width, cells))))
    _table(sheet, 0, block, range(len(block.columns)))
    sheet.page.freeze_panes(2, 0)
    return sheet, block.caption, str(len(block.rows)), block.source


def place(found: TableSheet, title: str, words: Words) -> Place:
    """What stands on the sheet of a result table."""
    file, total = found.file, len(found.table)
    rows = f"{total:,}" if total == found.held else words.t("first_rows", shown=f"{found.held:,}", total=f"{total:,}", file=file)
    return found.sheet, title, rows, file


def _provenance(document: Document) -> tuple[TableBlock, TableBlock]:
    """What the result depends on, and where the figures come from."""
    [section] = [section for section in document.sections if section.key == "provenance"]
    facts, sources = [block for block in section.blocks if isinstance(block, TableBlock)]
    return facts, sources


def _prose(sheet: Sheet, row: int, section: Section, *, tables: bool) -> int:
    """The sentences of a section, and the pairs of text in its tables."""
    sheet.text(row, 0, section.title, "section")
    for block in section.blocks:
        if isinstance(block, TableBlock) and tables:
            row += 1
            for label, text in block.rows:
                sheet.text(row, 0, label, "label")
                sheet.text(row, 1, text, "wrapped")
                row += 1
        for text in texts(block):
            sheet.text(row, 1, text, "lead" if isinstance(block, Paragraph) else "wrapped")
            row += 1
    return row + 1


def _places(sheet: Sheet, row: int, words: Words, places: Iterable[Place]) -> int:
    sheet.text(row, 0, words.t("contents"), "section")
    row = _heads(sheet, row + 1, [words.t("sheet.sheet"), words.t("sheet.holds"), words.column("rows"), words.column("file")])
    for target, holds, rows, file in places:
        sheet.link(row, 0, target)
        for column, text in enumerate((holds, rows, file), 1):
            sheet.text(row, column, text, "wrapped")
        row += 1
    return row + 1


def _scenarios(sheet: Sheet, row: int, words: Words, runs: Mapping[Sheet, Run]) -> int:
    """The scenarios with links to their sheets, their status and what each claims of itself."""
    sheet.text(row, 0, words.t("scenarios"), "section")
    row = _heads(sheet, row + 1, [words.column("scenario"), words.t("run.status"), *(words.t(f"run.{key}") for key in CLAIMS)])
    for target, run in runs.items():
        sheet.link(row, 0, target)
        sheet.text(row, 1, status(run, words), "wrapped")
        for column, (value, shown) in enumerate(claims(run, words).values(), 2):
            sheet.number(row, column, value, shown, "wrapped")
        row += 1
    return row + 1


def _heads(sheet: Sheet, row: int, heads: Sequence[str]) -> int:
    for column, head in enumerate(heads):
        sheet.text(row, column, head, "head")
    return row + 1


def _facts(sheet: Sheet, row: int, block: TableBlock, numbers: Mapping[str, tuple[float, str]]) -> int:
    """Pairs of a label and a text, or the number of that label."""
    for label, text in block.rows:
        sheet.text(row, 0, label, "label")
        if label in numbers:
            sheet.number(row, 1, *numbers[label], "wrapped")
        else:
            sheet.text(row, 1, text, "wrapped")
        row += 1
    return row


def _table(sheet: Sheet, row: int, block: TableBlock, columns: Sequence[int]) -> None:
    """Some columns of a table of texts."""
    sheet.text(row, 0, block.caption, "note")
    row = _heads(sheet, row + 1, [block.columns[n] for n in columns])
    for cells in block.rows:
        for column, n in enumerate(columns):
            sheet.text(row, column, cells[n], "wrapped" if column else "label")
        row += 1
