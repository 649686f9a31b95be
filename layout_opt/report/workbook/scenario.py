"""The sheet of a scenario: its answer, what it claims of itself, and its main figures."""

from __future__ import annotations

import math
from collections.abc import Sequence

from layout_opt.report.answer import answer
from layout_opt.report.content import Content
from layout_opt.report.document import Block, Bullets, Paragraph, Section
from layout_opt.report.words import Words
from layout_opt.report.workbook.blocks import write_block
from layout_opt.report.workbook.book import LINE, Sheet, decimals, lines_of
from layout_opt.report.workbook.columns import SMALL_SHARE, TINY
from layout_opt.report.workbook.figures import Figures
from layout_opt.runs import Run

SPAN, SENTENCE = 7, 110  # of a sentence: columns, characters of a line
CLAIMS = ("objective", "bound", "gap", "violation")  # of a run, which are numbers


def write_scenario(sheet: Sheet, name: str, run: Run, words: Words) -> Sheet:
    """Write the sheet of a scenario, and return it: its answer, its claims and its main figures."""
    sheet.text(0, 0, name, "title")
    row = _merged(sheet, 1, run.definition.question[words.language], "subtitle")
    if run.has_plan:
        content = Content(run)
        row = _sentences(sheet, row, answer(content, words)) + 1
    sheet.text(row, 0, words.t("run.status"), "label")
    sheet.text(row, 1, status(run, words))
    for label, (value, shown) in claims(run, words).items():
        row += 1
        sheet.text(row, 0, label, "label")
        sheet.number(row, 1, value, shown, "wrapped")
    if not run.has_plan:
        sheet.text(row + 2, 0, str(run.info["message"]))
        return sheet
    row += 2
    for block in Figures(content, words).blocks():
        write_block(sheet, row, 0, block)
        row += block.height + 1
    return sheet


def claims(run: Run, words: Words) -> dict[str, tuple[float, str]]:
    """What a run claims of itself as numbers with their Excel formats, by label."""
    shown = {"gap": SMALL_SHARE, "violation": TINY}
    values = {key: math.nan if run.info.get(key) is None else float(run.info[key]) for key in CLAIMS}
    return {words.t(f"run.{key}"): (value, shown.get(key, decimals(4))) for key, value in values.items()}


def status(run: Run, words: Words) -> str:
    """The status of a run in words."""
    return words.texts.get(f"status.{run.status}", run.status)


def texts(block: Block) -> Sequence[str]:
    """The sentences of a block; none of a table."""
    return [block.text] if isinstance(block, Paragraph) else block.items if isinstance(block, Bullets) else []


def _sentences(sheet: Sheet, row: int, section: Section) -> int:
    """The sentences of a section, each over several columns, in a row as high as it needs."""
    for block in section.blocks:
        for text in texts(block):
            row = _merged(sheet, row, text, "lead" if isinstance(block, Paragraph) else "wrapped")
    return row


def _merged(sheet: Sheet, row: int, text: str, style: str) -> int:
    sheet.page.merge_range(row, 0, row, SPAN, str(text), sheet.book.format(style))
    sheet.page.set_row(row, LINE * lines_of(text, SENTENCE))
    return row + 1
