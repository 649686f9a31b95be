"""The blocks of a report as elements of a Word document."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from docx.document import Document
from docx.shared import Emu, Inches, Length

from layout_opt.report.document import Block, Bullets, Figure, Heading, Paragraph, Section, Statement, TableBlock
from layout_opt.report.word import elements
from layout_opt.report.word.elements import TWIP, Element, element, paragraph, run
from layout_opt.report.word.statements import statement
from layout_opt.report.word.tables import table
from layout_opt.report.words import Words

DPI = 200  # the least that a picture is printed with


@dataclass
class Blocks:
    """Makes blocks for a document, numbering tables, figures and bookmarks as it goes.

    `styles` are the identifiers of the document's styles by name, `pictures` the charts as PNG by name; `width` and `height` are those of the
    page's text in twips; `first_mark` is a number that no bookmark has.
    """

    document: Document
    words: Words
    styles: Mapping[str, str]
    pictures: Mapping[str, Mapping[str, bytes]]
    width: int
    height: int
    first_mark: int = 1
    headings: list[tuple[int, str, str]] = field(default_factory=list)  # level, title and bookmark of those made
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def chinese(self) -> bool:
        return self.words.language == "zh"

    def section(self, section: Section, *, new_page: bool = False) -> Iterable[Element]:
        """A section under its heading."""
        yield self.heading(1, section.title, *([element("pageBreakBefore")] if new_page else []))
        for block in section.blocks:
            yield from self.block(block)

    def block(self, block: Block) -> Iterable[Element]:
        """One block."""
        if isinstance(block, Paragraph):
            yield self.paragraph("Lead" if block.lead else "Normal", block.text)
        elif isinstance(block, Bullets):
            for item in block.items:
                yield paragraph(self.styles["List Bullet"], [*self._bullet(), run(item, chinese=self.chinese)])
        elif isinstance(block, Heading):
            yield self.heading(2, block.text)
        elif isinstance(block, Statement):
            yield from statement(block.text, self.styles, self.width)
        elif isinstance(block, TableBlock):
            yield from self.table(block)
        else:
            yield from self.figure(block)

    def paragraph(self, style: str, text: str, *properties: Element) -> Element:
        """A paragraph of text; `style` is the name of its style."""
        return paragraph(self.styles[style], [run(text, chinese=self.chinese)], *properties)

    def _bullet(self) -> list[Element]:
        """The bullet of a line, where the style of the document does not give it one."""
        numbered = self.document.styles.element.xpath(f"w:style[@w:styleId='{self.styles['List Bullet']}']/w:pPr/w:numPr")
        return [] if numbered else [run("•"), elements.tab()]

    def heading(self, level: int, text: str, *properties: Element) -> Element:
        """A heading that a table of contents can point to."""
        number = self.first_mark + len(self.headings)
        self.headings.append((level, text, f"_Toc9{number:08d}"))
        runs = elements.bookmarked(self.headings[-1][2], number, [run(text, chinese=self.chinese)])
        return paragraph(self.styles[f"heading {level}"], runs, *properties)

    def table(self, block: TableBlock) -> Iterable[Element]:
        """Caption, table, and below it where the figures come from."""
        yield self.caption("table", block.caption, element("keepNext"))
        yield table(block, self.width, self.styles, self.chinese)
        source = self.words.t("from_table", file=block.source) if block.source else ""
        yield self.paragraph("Table Note", self.words.sentences(filter(None, [source, block.note])))

    def figure(self, block: Figure) -> Iterable[Element]:
        """The picture as wide as the page or as its pixels allow, and its caption below."""
        content = self.pictures[block.name]["png"]
        across, down = struct.unpack(">II", content[16:24])  # the size in pixels, as the header of a PNG states it
        width = min(self.width * TWIP, Inches(across / DPI), int(0.88 * self.height * TWIP * across / down))
        yield paragraph(self.styles["Figure"], [element("r", self.drawing(content, Emu(width), block))])
        yield self.caption("figure", self.words.sentences([block.title + self.words.texts["stop"].rstrip(), block.caption]))

    def drawing(self, content: bytes, width: Length, block: Figure) -> Element:
        """A picture in a line of text, with words for those who do not see it."""
        inline = self.document.part.new_pic_inline(io.BytesIO(content), width)
        inline.docPr.set("name", block.name)
        inline.docPr.set("descr", elements.plain(f"{block.title}. {block.alt}"))
        return element("drawing", inline)

    def caption(self, kind: str, text: str, *properties: Element) -> Element:
        """A caption with a number that Word counts."""
        label = self.words.t(f"word.{kind}")
        number = self.numbers[kind] = self.numbers.get(kind, 0) + 1
        counted = elements.field(f"SEQ {label} \\* ARABIC", str(number), element("b"))
        before, after = run(f"{label} ", element("b")), run(self.words.t("word.after_number"), element("b"))
        return paragraph(self.styles["caption"], [before, *counted, after, run(text, chinese=self.chinese)], *properties)
