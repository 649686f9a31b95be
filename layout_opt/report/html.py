"""Both languages of a report as one HTML file that works offline: styles, scripts and charts inside."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from layout_opt.report import LANGUAGES, mathematics
from layout_opt.report.document import Bullets, Document, Figure, Heading, Paragraph, Section, Statement, TableBlock
from layout_opt.report.pictures import spec
from layout_opt.report.task import Task
from layout_opt.report.tracing import spans
from layout_opt.report.words import Words

KINDS = {Paragraph: "paragraph", Bullets: "bullets", TableBlock: "table", Figure: "figure", Heading: "heading", Statement: "statement"}
TAGS = {"zh": "zh-Hans"}  # language tags that differ from our names of languages
NAMES = {"en": "English", "zh": "中文"}
# Closing tags and comments inside a script would end or hide it; U+2028 and U+2029 end lines of JavaScript.
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def write(task: Task) -> Path:
    """Write `report.html`, which begins in the language of the task."""
    tasks = [task, *(task.in_language(language) for language in LANGUAGES if language != task.language)]
    return task.write(f"report{task.suffix}.html", page([(t.document, t.words) for t in tasks]).encode())


def page(reports: Sequence[tuple[Document, Words]]) -> str:
    """The whole page; the first report is the one that is shown until the reader switches."""
    environment = Environment(loader=PackageLoader("layout_opt.report"), autoescape=select_autoescape(["j2"]), trim_blocks=True, lstrip_blocks=True)
    environment.tests["kind"] = lambda block, kind: KINDS[type(block)] == kind
    environment.globals |= {"tag": lambda language: TAGS.get(language, language), "names": NAMES, "parts": mathematics.parts}
    environment.globals |= {"spans": spans, "sources": sources, "behind": behind}
    bodies = [
        environment.get_template("document.html.j2").render(
            document=document, t=words.t, others=[d for d, _ in reports if d is not document], first=n == 0
        )
        for n, (document, words) in enumerate(reports)
    ]
    return environment.get_template("report.html.j2").render(
        document=reports[0][0],
        bodies=[Markup(body) for body in bodies],
        style=Markup(environment.get_template("style.css").render()),
        charts=Markup(script_json(charts([document for document, _ in reports]))),
        bundle=Markup(_bundle()),
        scripts=Markup("\n".join(environment.get_template(name).render() for name in ("charts.js", "tables.js", "languages.js"))),
    )


def charts(documents: Sequence[Document]) -> dict[str, Any]:
    """The specifications of the charts by language and name, and the data that they name, each once."""
    specs = {d.language: {figure.name: spec(figure) for figure in d.figures} for d in documents}
    datasets: dict[str, Any] = {}
    for found in [one for named in specs.values() for one in named.values()]:
        datasets |= found["datasets"]
        found["datasets"] = list(found["datasets"])
    return {"datasets": datasets, "charts": specs}


def sources(section: Section) -> list[str]:
    """Where the figures in the texts of a section come from, each source once."""
    texts: list[str] = []
    for block in section.blocks:
        texts += [block.text] if isinstance(block, Paragraph) else block.items if isinstance(block, Bullets) else []
        texts += [block.caption] if isinstance(block, Figure | TableBlock) else []
    return list(dict.fromkeys(span.source for text in texts for span in spans(text) if span.source))


def behind(table: TableBlock, row: int, column: int) -> str | None:
    """The number by which a cell is sorted, where it is not the one that it shows; empty where there is none."""
    values = table.order.get(column, ())
    if row >= len(values):
        return None
    value = float(values[row])
    return "" if math.isnan(value) else "Infinity" if value == math.inf else f"{value:.12g}"


@cache
def _bundle() -> str:
    """Vega-Embed and what it needs, as one script."""
    import vl_convert

    found: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return found.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def script_json(data: object) -> str:
    """JSON that is safe inside a script element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escaped in UNSAFE.items():
        text = text.replace(character, escaped)
    return text
