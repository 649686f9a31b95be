"""A document as Markdown with pictures beside it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from layout_opt.report import mathematics
from layout_opt.report.document import Block, Bullets, Document, Figure, Heading, Paragraph, Statement, TableBlock
from layout_opt.report.task import Task
from layout_opt.report.words import Words

SPECIAL = re.compile(r"([\\`*_{}\[\]#|~$])")


def escape(text: str) -> str:
    """Text as data: nothing in it is markup, and it stays on one line."""
    return SPECIAL.sub(r"\\\1", html.escape(" ".join(text.split()), quote=False))


def write(task: Task) -> Path:
    """Write `report.md`, and its pictures beside it."""
    links = {kind: task.save_pictures(kind) for kind in ("png", "svg")}
    return task.write(f"report{task.suffix}.md", markdown(task.printed, task.words, links).encode())


def markdown(document: Document, words: Words, links: Mapping[str, Mapping[str, str]]) -> str:
    """The document as Markdown; `links` gives the relative paths of the pictures by kind and name."""
    parts = [f"# {escape(document.title)}", escape(document.subtitle), *(f"> {escape(note)}" for note in document.notes)]
    for section in document.sections:
        parts.append(f"## {escape(section.title)}")
        parts += [_block(block, words, links) for block in section.blocks]
    return "\n\n".join(parts) + "\n"


def _block(block: Block, words: Words, links: Mapping[str, Mapping[str, str]]) -> str:
    if isinstance(block, Paragraph):
        return escape(block.text)
    if isinstance(block, Bullets):
        return "\n".join(f"- {escape(item)}" for item in block.items)
    if isinstance(block, Heading):
        return f"### {escape(block.text)}"
    if isinstance(block, Statement):
        return "\n\n".join(_part(part) for part in mathematics.parts(block.text))
    if isinstance(block, Figure):
        png, svg = (links[kind][block.name] for kind in ("png", "svg"))
        return f"![{escape(block.title)}]({png})\n\n*{escape(block.caption)}* ([SVG]({svg}))"
    source = f" {escape(words.t('from_table', file=block.source))}" if block.source else ""
    parts = [f"**{escape(block.caption)}**{source}", _table(block)]
    return "\n\n".join([*parts, escape(block.note)] if block.note else parts)


def _part(part: mathematics.Part) -> str:
    return "\n".join(["```text", *part.lines, "```"]) if part.formulas else escape(part.lines[0].replace("`", ""))


def _table(block: TableBlock) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(escape(cell) for cell in cells) + " |"

    rule = "| " + " | ".join("---:" if numeric else ":---" for numeric in block.numeric) + " |"
    return "\n".join([line(block.columns), rule, *(line(row) for row in block.rows)])
