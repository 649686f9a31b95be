"""The table of contents: a field that Word works out, filled beforehand, so that it reads well where nothing works it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layout_opt.report.word import elements
from layout_opt.report.word.elements import Element, element, paragraph, run, tab
from layout_opt.report.words import Words


def contents(headings: Sequence[tuple[int, str, str]], styles: Mapping[str, str], words: Words) -> Element:
    """The contents of `headings`: level, title, and the bookmark that says on which page.

    The page numbers are fields of their own without a value. Word fills them when it prints, shows a preview or exports, or on F9; a document
    that asks for it on opening would begin with a question to the reader.
    """
    lines = []
    for level, title, bookmark in headings:
        runs = [run(title, chinese=words.language == "zh"), tab(), *elements.field(f"PAGEREF {bookmark} \\h", "")]
        lines.append(paragraph(styles[f"toc {level}"], [element("hyperlink", *runs, anchor=bookmark, history=1)]))
    begin = [elements.mark("begin"), elements.instructed('TOC \\o "1-2" \\h \\z \\u'), elements.mark("separate")]
    for number, made in enumerate(begin, 1):
        lines[0].insert(number, made)
    lines[-1].append(elements.mark("end"))
    title = paragraph(styles["TOC Heading"], [run(words.t("contents"))])
    kind = element("docPartObj", element("docPartGallery", val="Table of Contents"), element("docPartUnique"))
    return element("sdt", element("sdtPr", kind), element("sdtContent", title, *lines))
