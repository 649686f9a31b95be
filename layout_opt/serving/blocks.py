"""Sections of a report as parts of the page."""

from __future__ import annotations

import json
from collections.abc import Iterable

from jinja2 import Environment, PackageLoader, select_autoescape
from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from layout_opt.report.document import Block, Bullets, Figure, Heading, Paragraph, Section, TableBlock
from layout_opt.report.pictures import spec

pages = Environment(loader=PackageLoader("layout_opt.serving"), autoescape=select_autoescape(["j2"]), trim_blocks=True, lstrip_blocks=True)


class Chart(ui.element, component="chart.js"):
    """A Vega-Lite chart, drawn in the browser."""

    def __init__(self, figure: Figure) -> None:
        super().__init__()
        self._props["spec"] = json.dumps(spec(figure), ensure_ascii=False, allow_nan=False)
        self._props["alt"] = figure.alt
        self.classes("chart")


def words(tag: str, text: str) -> TextElement:
    """An element that holds text and nothing else."""
    return TextElement(tag=tag, text=text)


def show(sections: Iterable[Section]) -> None:
    """Sections below each other, under headings of the third level."""
    for section in sections:
        with ui.element("section"):
            words("h3", section.title)
            for block in section.blocks:
                _block(block)


def _block(block: Block) -> None:
    match block:
        case Paragraph():
            words("p", block.text).classes("lead" if block.lead else "")
        case Heading():
            words("h4", block.text)
        case Bullets():
            with ui.element("ul"):
                for item in block.items:
                    words("li", item)
        case TableBlock():
            ui.html(pages.get_template("table.html.j2").render(table=block), sanitize=False)
        case Figure():
            with ui.element("figure"):
                Chart(block)
                words("figcaption", block.caption)
        case _:
            words("pre", block.text)
