"""What a report consists of, whatever format it is written in: sections of paragraphs, lists, tables and charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Paragraph:
    """A paragraph. `lead`: part of the answer, to be set larger."""

    text: str
    lead: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: Sequence[str]


@dataclass(frozen=True)
class TableBlock:
    """A table of formatted cells. `numeric` says which columns are numbers; `source` says which result file they come from."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: Sequence[bool]
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """A chart: `chart` is an Altair chart, `alt` says in words what it shows, `name` is its file name without suffix."""

    name: str
    title: str
    alt: str
    caption: str
    chart: Any


Block = Paragraph | Bullets | TableBlock | Figure


@dataclass(frozen=True)
class Section:
    """A section under a heading; `key` is its anchor."""

    key: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Document:
    """A whole report in one language."""

    language: str
    title: str
    subtitle: str
    sections: Sequence[Section]
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def figures(self) -> list[Figure]:
        return [block for section in self.sections for block in section.blocks if isinstance(block, Figure)]
