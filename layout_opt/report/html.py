"""A document as one HTML file that works offline: styles, scripts and charts inside."""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from layout_opt.report.document import Bullets, Document, Figure, Paragraph, TableBlock
from layout_opt.report.pictures import spec
from layout_opt.report.task import Task
from layout_opt.report.words import Words

KINDS = {Paragraph: "paragraph", Bullets: "bullets", TableBlock: "table", Figure: "figure"}
# Closing tags and comments inside a script would end or hide it; U+2028 and U+2029 end lines of JavaScript.
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def write(task: Task) -> Path:
    """Write `report.html`."""
    return task.write(f"report{task.suffix}.html", page(task.document, task.words).encode())


def page(document: Document, words: Words) -> str:
    """The whole page."""
    import vl_convert

    environment = Environment(loader=PackageLoader("layout_opt.report"), autoescape=select_autoescape(["j2"]), trim_blocks=True, lstrip_blocks=True)
    environment.tests["kind"] = lambda block, kind: KINDS[type(block)] == kind
    environment.globals["t"] = words.t
    environment.globals["style"] = Markup(environment.get_template("style.css").render())
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return environment.get_template("report.html.j2").render(
        document=document,
        lang={"zh": "zh-Hans"}.get(document.language, document.language),
        specs=Markup(script_json({figure.name: spec(figure) for figure in document.figures})),
        bundle=Markup(bundle),
        draw=Markup(environment.get_template("draw.js").render()),
    )


def script_json(data: object) -> str:
    """JSON that is safe inside a script element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escaped in UNSAFE.items():
        text = text.replace(character, escaped)
    return text
