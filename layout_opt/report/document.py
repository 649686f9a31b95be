"""What a report consists of, whatever format it is written in: sections of paragraphs, lists, tables, charts and mathematics.

Every writer (a module of `report.FORMATS`) takes every kind of `Block`; a new kind is added to all of them at once. Texts of paragraphs, lists and
captions may be a `tracing.Text`, whose `spans` name the sources of figures; a writer that does not show them takes it as the string it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """A table of formatted cells. `numeric` says which columns are numbers; `source` says which result file they come from.

    `name` tells the tables of a section apart: a section has at most one without a name, which goes by the key of the section. The last `totals`
    rows are sums of the others. `order` gives the numbers behind the cells of a column, by its position, where the text alone would sort wrongly
    (amounts in words).
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: Sequence[bool]
    source: str = ""
    note: str = ""
    name: str = ""
    totals: int = 0
    order: Mapping[int, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """What a reader of a screen may choose: `name` is a parameter of the charts, `options` its values with their labels, `chosen` the first shown."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str


@dataclass(frozen=True)
class Figure:
    """A chart: `chart.to_dict(validate=False)` is its specification, `alt` says in words what it shows, `name` is its file name without suffix.

    `table` has the figures of the chart, where no table of the report has them all. A writer for paper leaves out `choices` and shows what is
    chosen at first.
    """

    name: str
    title: str
    alt: str
    caption: str
    chart: Any
    table: TableBlock | None = None
    choices: Sequence[Choice] = ()


@dataclass(frozen=True)
class Heading:
    """A heading inside a section, one level below the section's own."""

    text: str


@dataclass(frozen=True)
class Statement:
    """Mathematics as a docstring states it: prose, and indented formulas below a line that ends in `::`.

    `mathematics.parts` takes it apart for typesetting; a writer may also set it as it stands, in a font whose characters are all equally wide.
    """

    text: str


Block = Paragraph | Bullets | TableBlock | Figure | Heading | Statement


@dataclass(frozen=True)
class Section:
    """A section under a heading; `key` is its anchor. An `appendix` is looked up, not read: a screen folds it, a paper begins it on a new page.

    `choices` set the charts of the whole section.
    """

    key: str
    title: str
    blocks: Sequence[Block]
    appendix: bool = False
    choices: Sequence[Choice] = ()


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
