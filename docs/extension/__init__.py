"""The site's own part of Sphinx: pages made from the package itself, statements as mathematics, links from names to their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    from extension import docstrings, linking, making, mathml

    for part in (making, linking, docstrings, mathml):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
