"""Elements of a Word document: texts that XML can hold, runs, fields and paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement

Element = Any  # an element of lxml, which has no types
TWIP = 635  # in EMU, the unit of pictures; a point has 20
UNHOLDABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
AMBIGUOUS = re.compile("[“”‘’…—]")  # as wide as a Chinese character in Chinese text, narrow in other text


def element(tag: str, *children: Element, **attributes: str | int) -> Element:
    """An element of the main namespace: `element("jc", val="right")` is `<w:jc w:val="right"/>`."""
    made = OxmlElement(f"w:{tag}", {qn(f"w:{name}"): str(value) for name, value in attributes.items()})
    made.extend(children)
    return made


def plain(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return UNHOLDABLE.sub("", text)


def run(text: str, *properties: Element, chinese: bool = False) -> Element:
    """A run of text; `chinese` text has its quotation marks as wide as its characters."""
    if chinese and AMBIGUOUS.search(text):
        properties = (element("rFonts", hint="eastAsia"), *properties)
    words = element("t")
    words.text = plain(text)
    words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return element("r", *([element("rPr", *properties)] if properties else []), words)


def tab() -> Element:
    return element("r", element("tab"))


def field(instruction: str, shown: str, *properties: Element) -> Iterator[Element]:
    """The runs of a field, and what it shows until Word works it out."""
    yield mark("begin")
    yield instructed(instruction)
    yield mark("separate")
    yield run(shown, *properties)
    yield mark("end")


def mark(kind: str) -> Element:
    """A boundary of a field: `begin`, `separate` or `end`."""
    return element("r", element("fldChar", fldCharType=kind))


def instructed(instruction: str) -> Element:
    """The instruction of a field."""
    words = element("instrText")
    words.text = f" {instruction} "
    words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return element("r", words)


def paragraph(style: str, runs: Iterable[Element], *properties: Element) -> Element:
    """A paragraph of a style, given by its identifier."""
    return element("p", element("pPr", element("pStyle", val=style), *properties), *runs)


def bookmarked(name: str, number: int, runs: Iterable[Element]) -> Iterator[Element]:
    """Runs inside a bookmark; numbers of bookmarks are unique in a document."""
    yield element("bookmarkStart", id=number, name=name)
    yield from runs
    yield element("bookmarkEnd", id=number)
