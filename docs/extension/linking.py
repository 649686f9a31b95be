"""Links that Markdown need not state: from the name of a policy family to its page, and from files of the repository to their copies."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from layout_opt.policies import families

COPIED = (
    (re.compile(r"\]\((?:\.\./)+instances/([\w-]+)/README\.md"), r"](/generated/instances/\1.md"),
    (re.compile(r"\]\((?:\.\./)+(CHANGELOG|CONTRIBUTING)\.md"), r"](/generated/\1.md"),
)


def setup(app: Sphinx) -> None:
    """Called by the extension."""
    app.connect("source-read", to_copies)
    app.connect("doctree-read", to_families)


def to_copies(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Links out of the folder lead to the copies of those pages in the site."""
    for pattern, copy in COPIED:
        source[0] = pattern.sub(copy, source[0])


def to_families(app: Sphinx, document: nodes.document) -> None:
    """The name of a family, as code, is a link to its page; not in headings, in links, and on that page itself."""
    known = set(families())
    for literal in list(document.findall(nodes.literal)):
        name = literal.astext()
        inside = isinstance(literal.parent, nodes.title | nodes.reference | addnodes.pending_xref)
        if name in known and not inside and not app.env.docname.endswith(f"/{name}"):
            target = f"/generated/formulation/{name}"
            link = addnodes.pending_xref("", reftype="doc", refdomain="std", refexplicit=True, reftarget=target, refdoc=app.env.docname, refwarn=True)
            literal.replace_self(link)
            link += literal
