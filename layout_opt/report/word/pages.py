"""The pages of a report: A4, upright or on their side."""

from __future__ import annotations

from copy import deepcopy

from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.shared import Cm, Mm

from layout_opt.report.word.elements import TWIP, Element

SHORT, LONG = Mm(210), Mm(297)  # of a page
BESIDE, ABOVE = Cm(2.0), Cm(2.2)  # margins
UPRIGHT = ((SHORT - 2 * BESIDE) // TWIP, (LONG - 2 * ABOVE) // TWIP)  # width and height of the text in twips
ON_SIDE = ((LONG - 2 * BESIDE) // TWIP, (SHORT - 2 * ABOVE) // TWIP)


def set_up(document: WordDocument) -> None:
    """Give a new document its pages, and the layout of the Word of today."""
    page = document.sections[0]
    page.page_width, page.page_height = SHORT, LONG
    page.left_margin = page.right_margin = BESIDE
    page.top_margin = page.bottom_margin = ABOVE
    page.footer_distance = page.header_distance = Cm(1.1)
    for setting in document.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")  # that of Word 2013 and newer
    for rels in (document.part.rels, document.part.package.rels):
        for key in [key for key, rel in rels.items() if rel.reltype.endswith(("/stylesWithEffects", "/thumbnail"))]:
            del rels[key]  # styles and a picture of the document that python-docx begins with


def turned(section: Element, wide: bool) -> Element:
    """The properties of a section of pages, upright or on their side."""
    turned = deepcopy(section)
    size = turned.find(qn("w:pgSz"))
    for name, length in (("w:w", LONG if wide else SHORT), ("w:h", SHORT if wide else LONG)):
        size.set(qn(name), str(length // TWIP))
    if wide:
        size.set(qn("w:orient"), "landscape")
    return turned
