"""A document as LaTeX for XeLaTeX or LuaLaTeX; where it has no Chinese characters, for any LaTeX."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from layout_opt.report.document import Block, Bullets, Document, Figure, Heading, Paragraph, Section, Statement, TableBlock
from layout_opt.report.latex.statements import statement
from layout_opt.report.latex.tables import table
from layout_opt.report.latex.text import CJK, Escape
from layout_opt.report.words import Words

PACKAGES = (
    r"\usepackage{iftex}",
    r"\iftutex\usepackage{fontspec}\else\usepackage[T1]{fontenc}\fi",
    r"\usepackage[a4paper,margin=25mm]{geometry}",
    r"\usepackage{array,booktabs,longtable,pdflscape} % for the tables",
    r"\setlength{\emergencystretch}{3em}",
    r"\usepackage{graphicx}",
    r"\usepackage[export]{adjustbox} % pictures as large as they are, and no larger than the page",
    r"\usepackage{float}\floatplacement{table}{H}\floatplacement{figure}{H} % in the order of the text",
)
NEEDS = "% Needs the packages array, booktabs, longtable and pdflscape.\n"
CHINESE = r"\RequireTUTeX % Chinese characters need XeLaTeX or LuaLaTeX"


@dataclass(frozen=True)
class Written:
    """A document in LaTeX, and its tables by the path at which it looks for them."""

    text: str
    tables: Mapping[str, str]


def document(source: Document, words: Words, pictures: Mapping[str, str], folder: str, suffix: str) -> Written:
    """The document as LaTeX. `pictures` are the paths of the charts by name; tables are named FOLDER/NAME, with a suffix for the language."""
    writer = Writer(words, pictures, folder, suffix)
    body = [writer.section(section) for section in source.sections]
    appendix = next((n for n, section in enumerate(source.sections) if section.appendix), None)
    if appendix is not None:
        body.insert(appendix, r"\clearpage\appendix")
    escape = writer.escape
    notes = [rf"\begin{{quote}}{escape(note)}\end{{quote}}" for note in source.notes]
    head = [rf"\title{{{escape(source.title)}\\[1ex]\large {escape(source.subtitle)}}}", r"\author{}", r"\date{}"]
    text = "\n\n".join([r"\begin{document}", r"\maketitle", *notes, *body, r"\end{document}"])
    chinese = source.language == "zh" or any(CJK.search(part) for part in [*head, text, *writer.tables.values()])
    engines = "XeLaTeX or LuaLaTeX" if chinese else "XeLaTeX, LuaLaTeX or pdfLaTeX"
    first = [
        f"% Compile twice, with {engines}: xelatex report{suffix}.tex",
        "% !TeX program = xelatex",
        r"\documentclass{ctexart}" if source.language == "zh" else r"\documentclass{article}",
        *PACKAGES,
        *((CHINESE,) if chinese else ()),
        *((r"\usepackage[scheme=plain]{ctex}",) if chinese and source.language == "en" else ()),
        *head,
    ]
    return Written("\n".join(first) + "\n\n" + text + "\n", {f"{path}.tex": content for path, content in writer.tables.items()})


class Writer:
    """Writes blocks, and keeps the tables that it wrote."""

    def __init__(self, words: Words, pictures: Mapping[str, str], folder: str, suffix: str) -> None:
        self.words, self.escape, self.tables = words, Escape(words.language), dict[str, str]()  # tables by path without suffix
        self._pictures, self._folder, self._suffix = pictures, folder, suffix

    def section(self, section: Section) -> str:
        """A section with its blocks."""
        title = rf"\section{{{self.escape(section.title)}}}\label{{sec:{section.key}}}"
        return "\n\n".join([title, *(self._block(block, section.key) for block in section.blocks)])

    def _block(self, block: Block, key: str) -> str:
        escape = self.escape
        if isinstance(block, Paragraph):
            return rf"{{\large {escape(block.text)}\par}}" if block.lead else escape(block.text)
        if isinstance(block, Bullets):
            return "\n".join([r"\begin{itemize}", *(rf"\item {escape(item)}" for item in block.items), r"\end{itemize}"])
        if isinstance(block, Heading):
            return rf"\subsection{{{escape(block.text)}}}"
        if isinstance(block, Statement):
            return statement(block.text, escape)
        return self._figure(block) if isinstance(block, Figure) else self._table(block, key)

    def _figure(self, figure: Figure) -> str:
        picture = rf"\includegraphics[max width=\linewidth,max height=0.8\textheight]{{{self._pictures[figure.name]}}}"
        title = self.escape(self.words.texts["stop"].join([figure.title, ""]))
        caption = rf"\caption{{{title}{' ' * (self.words.language == 'en')}{self.escape(figure.caption)}}}\label{{fig:{figure.name}}}"
        return "\n".join([r"\begin{figure}", r"\centering", picture, caption, r"\end{figure}"])

    def _table(self, block: TableBlock, key: str) -> str:
        name = re.sub(r"[^A-Za-z0-9]+", "-", block.name or key).strip("-")
        while (path := f"{self._folder}/{name}{self._suffix}") in self.tables:
            name += "-2"
        source = self.words.t("from_table", file=block.source) if block.source else ""
        note = self.words.sentences(filter(None, [source, block.note]))
        self.tables[path] = NEEDS + table(block, name, note, self.escape)
        return rf"\input{{{path}}}"
