"""The styles of a report: Word's own, by the names that Word gives them in its files, and a few for tables, notes and formulas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

from docx.document import Document
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import parse_xml

from layout_opt.report.word.elements import Element, element

ACCENT, SOFT, LINE = "084A76", "5B6770", "C9D1D8"


@dataclass(frozen=True)
class Fonts:
    """Font families: of text and headings, each with the one for Chinese characters, and of formulas and code."""

    text: str
    chinese: str
    heading: str
    chinese_heading: str
    formula: str = "Times New Roman"
    code: str = "Consolas"


FONTS = {  # all of them come with Word, on Windows and on the Mac
    "en": Fonts("Calibri", "Microsoft YaHei", "Calibri", "Microsoft YaHei"),
    "zh": Fonts("Times New Roman", "SimSun", "Arial", "SimHei"),
}
LOCALES = {"en": ("en-GB", "zh-CN"), "zh": ("en-US", "zh-CN")}
HEADING = f'<w:rFonts w:ascii="$heading" w:hAnsi="$heading" w:eastAsia="$chinese_heading" w:cs="$heading"/><w:b/><w:color w:val="{ACCENT}"/>'
SERIF = '<w:rFonts w:ascii="$formula" w:hAnsi="$formula" w:eastAsia="$chinese" w:cs="$formula"/>'
TIED = "<w:keepNext/><w:keepLines/>"
NUMBERED = '<w:tabs><w:tab w:val="right" w:pos="$width"/></w:tabs>'
SMALL = f'<w:color w:val="{SOFT}"/><w:sz w:val="17"/>'
STYLES: Mapping[str, tuple[str, str]] = {  # properties of paragraphs, and of their text
    "Normal": ('<w:spacing w:before="0" w:after="120" w:line="276" w:lineRule="auto"/>', '<w:sz w:val="21"/>'),
    "Title": ('<w:spacing w:before="1200" w:after="120" w:line="240" w:lineRule="auto"/>', f'{HEADING}<w:sz w:val="48"/>'),
    "Subtitle": ('<w:spacing w:after="60"/>', f'<w:color w:val="{SOFT}"/><w:sz w:val="24"/>'),
    "heading 1": (
        f'{TIED}<w:spacing w:before="360" w:after="120" w:line="240" w:lineRule="auto"/><w:outlineLvl w:val="0"/>',
        f'{HEADING}<w:sz w:val="32"/>',
    ),
    "heading 2": (
        f'{TIED}<w:spacing w:before="240" w:after="80" w:line="240" w:lineRule="auto"/><w:outlineLvl w:val="1"/>',
        f'{HEADING}<w:sz w:val="25"/>',
    ),
    "caption": ('<w:spacing w:before="160" w:after="80" w:line="252" w:lineRule="auto"/>', '<w:sz w:val="19"/>'),
    "TOC Heading": ('<w:keepNext/><w:spacing w:before="600" w:after="120"/>', f'{HEADING}<w:sz w:val="28"/>'),
    "toc 1": (f'{NUMBERED}<w:spacing w:after="50"/>', ""),
    "toc 2": (f'{NUMBERED}<w:spacing w:after="20"/><w:ind w:left="284"/>', '<w:sz w:val="19"/>'),
    "header": ('<w:spacing w:after="0"/>', SMALL),
    "footer": ('<w:spacing w:after="0"/>', SMALL),
    "List Bullet": ('<w:spacing w:after="60"/><w:ind w:left="284" w:hanging="284"/>', ""),
}
OWN: Mapping[str, tuple[str, str]] = {
    "Lead": ("", '<w:sz w:val="24"/>'),
    "Notice": (
        '<w:pBdr><w:left w:val="single" w:sz="24" w:space="8" w:color="E69F00"/></w:pBdr><w:ind w:left="170"/>',
        f'<w:color w:val="{SOFT}"/>',
    ),
    "Table Text": ('<w:spacing w:before="30" w:after="30" w:line="240" w:lineRule="auto"/>', '<w:sz w:val="18"/>'),
    "Table Note": ('<w:spacing w:before="60" w:after="200" w:line="240" w:lineRule="auto"/>', SMALL),
    "Figure": ('<w:keepNext/><w:spacing w:before="160" w:after="0" w:line="240" w:lineRule="auto"/>', ""),
    "Formula": ('<w:spacing w:after="30" w:line="252" w:lineRule="auto"/>', f'{SERIF}<w:sz w:val="19"/>'),
}
TABLE = "Report Table"
KEPT_STYLES = ("Default Paragraph Font", "Normal Table", "No List")  # of those that python-docx begins with, beside those of lists
TABLE_PROPERTIES = f"""<w:tblPr><w:tblBorders><w:top w:val="single" w:sz="8" w:color="1F2933"/>
<w:bottom w:val="single" w:sz="8" w:color="1F2933"/><w:insideH w:val="single" w:sz="4" w:color="{LINE}"/></w:tblBorders>
<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr>
<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr>
<w:tcPr><w:tcBorders><w:bottom w:val="single" w:sz="8" w:color="1F2933"/></w:tcBorders></w:tcPr></w:tblStylePr>"""


def restyle(document: Document, language: str, width: int) -> None:
    """Give a new document the report's styles, fonts and language, and no others; `width` of the text is in twips."""
    styles = document.styles.element
    for style in styles.findall(qn("w:style")):
        if _name(style) not in KEPT_STYLES and not _name(style).startswith("List "):
            styles.remove(style)
    fonts, (latin, chinese) = FONTS[language], LOCALES[language]
    defaults = styles.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    defaults[:] = [
        element("rFonts", ascii=fonts.text, hAnsi=fonts.text, eastAsia=fonts.chinese, cs=fonts.text),
        element("sz", val=21),
        element("lang", val=latin, eastAsia=chinese, bidi="ar-SA"),
    ]
    ensure(document, language, width)


def ensure(document: Document, language: str, width: int) -> dict[str, str]:
    """Add the styles that a document lacks; those that it has stay as they are. Returns their identifiers by name."""
    had = {_name(style).lower(): style.get(qn("w:styleId")) for style in document.styles.element.findall(qn("w:style"))}  # others write Heading 1
    values, found = {**vars(FONTS[language]), "width": width}, dict[str, str]()
    for name, (paragraphs, runs) in {**STYLES, **OWN}.items():
        properties = Template(f"<w:pPr>{paragraphs}</w:pPr><w:rPr>{runs}</w:rPr>").substitute(values)
        found[name] = had.get(name.lower()) or _add(document, "paragraph", name, properties, found.get("Normal"))
    found[TABLE] = had.get(TABLE.lower()) or _add(document, "table", TABLE, TABLE_PROPERTIES, had.get("normal table"))
    return found


def _name(style: Element) -> str:
    return str(style.find(qn("w:name")).get(qn("w:val")))


def _add(document: Document, kind: str, name: str, properties: str, base: str | None) -> str:
    """Add a style that is based on another; returns its identifier."""
    identifier = "".join(word[0].upper() + word[1:] for word in name.replace("toc", "TOC").split())  # as Word has them: Heading1, TOC1
    if document.styles.element.xpath(f"w:style[@w:styleId='{identifier}']"):
        identifier = f"Layout{identifier}"
    default = ' w:default="1"' if name == "Normal" else ""
    custom = ' w:customStyle="1"' if name in OWN or name == TABLE else ""
    based = f'<w:basedOn w:val="{base}"/>' if base else ""
    shown = "" if name.startswith(("toc", "TOC")) else "<w:qFormat/>"
    document.styles.element.append(
        parse_xml(
            f'<w:style {nsdecls("w")} w:type="{kind}" w:styleId="{identifier}"{default}{custom}>'
            f'<w:name w:val="{name}"/>{based}<w:uiPriority w:val="1"/>{shown}{properties}</w:style>'
        )
    )
    return identifier
