"""Docstrings are plain text: what reStructuredText would take for markup of its own is taken as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    """Called by the extension."""
    app.connect("autodoc-process-docstring", as_it_stands)


def as_it_stands(_app: Sphinx, _what: str, _name: str, _documented: object, _options: object, lines: list[str]) -> None:
    """Bars are absolute values, no substitutions, and stars are products or superscripts, no emphasis."""
    lines[:] = [line if line.startswith("    ") else line.replace("|", r"\|").replace("*", r"\*") for line in lines]
