"""The page of policy families is what the families say, and leaves none of them without an example."""

from __future__ import annotations

import runpy

import pytest

from layout_opt.policies import families
from tests.conftest import ROOT

DOCS = runpy.run_path(str(ROOT / "docs" / "generate.py"))


def test_the_page_of_policies_is_up_to_date() -> None:
    """Where this fails, run `python docs/generate.py` and read the difference."""
    assert (ROOT / "docs" / "policies.md").read_text(encoding="utf-8") == DOCS["page"]()


@pytest.mark.parametrize("name", families())
def test_every_family_is_used_by_a_shipped_model(name: str) -> None:
    assert DOCS["example"](name) is not None, f"no model in models/ uses {name}"


def test_every_mechanism_is_served() -> None:
    """Each of the 32 rows of the table has a family, or says which part of the package serves it."""
    served = {row for cls in families().values() for row in cls.serves} | set(DOCS["BEYOND"])
    assert served == set(range(1, len(DOCS["MECHANISMS"]) + 1)) == set(range(1, 33))


def test_a_docstring_becomes_markdown() -> None:
    text = "Title.\n\nStatement::\n\n    a <= b\n\n    c       d\n\nMore."
    assert DOCS["prose"](text) == "Title.\n\nStatement:\n\n```text\na <= b\n\nc       d\n```\n\nMore."
