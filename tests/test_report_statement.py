"""What the appendix of a report says: the mathematics of the model, its parameters, and where the facts come from."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from layout_opt import core
from layout_opt.analysis.comparing import Comparison, comparison_tables
from layout_opt.definition import load_definition
from layout_opt.policies import families, statement
from layout_opt.report.document import Heading, Section, Statement, TableBlock
from layout_opt.report.mathematics import columns, parts, pieces
from layout_opt.report.sources import estimates, sources
from layout_opt.report.statement import comparison_statement, run_statement
from layout_opt.report.words import Words
from layout_opt.runs import Run, resolved
from layout_opt.solving import load_instance, solve
from tests.conftest import TINY


def typeset(text: str) -> str:
    """Pieces as TeX would mark them."""
    marks = {"plain": "{}", "symbol": "/{}/", "below": "_{{{}}}", "above": "^{{{}}}", "code": "`{}`"}
    return "".join(marks[piece.kind].format(piece.text) for piece in pieces(text))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("sum_{k,r} phi[r,i] * x[k,r] <= strictness * Cap[i,r]", "∑_{k,r} φ_{r,i} · /x/_{k,r} ≤ strictness · Cap_{i,r}"),
        ("sum_r w[k,r] <= N[k]", "∑_{r} /w/_{k,r} ≤ /N/_{k}"),
        ("VA0[r] * (1 + floor_growth)^(year - base year)", "VA0_{r} · (1 + floor_growth)^{year − base year}"),
        ("w[k,r] in {0,1}", "/w/_{k,r} ∈ {0,1}"),
        ("sum_{l != k} S^2 -> 0..1", "∑_{l ≠ k} S^{2} → 0…1"),
        ("min_share <= min_r y[r]", "min_share ≤ min_{r} /y/_{r}"),
        ("on [0, top[k,r]], `membership` and `x[k,r]`", "on [0, top_{k,r}], `membership` and /x/_{k,r}"),
        ("the sum of what moves, one - two", "the sum of what moves, one − two"),
    ],
)
def test_plain_mathematics_is_typeset(written: str, shown: str) -> None:
    assert typeset(written) == shown


def test_a_docstring_is_taken_apart() -> None:
    text = "Title.\n\nStatement, on\ntwo lines::\n\n    a[k] <= b     (output)\n        c\n\n    d       e\n\nMore."
    assert [(part.lines, part.formulas) for part in parts(text)] == [
        (("Title.",), False),
        (("Statement, on two lines:",), False),
        (("a[k] <= b     (output)", "    c"), True),
        (("d       e",), True),
        (("More.",), False),
    ]
    assert columns("    a <= b     (output)") == [(4, "a <= b"), (15, "(output)")]


@pytest.mark.parametrize("text", [core.__doc__ or "", *map(statement, families())], ids=["core", *families()])
def test_every_statement_has_formulas_and_leaves_no_plain_index(text: str) -> None:
    found = parts(text)
    assert any(part.formulas for part in found)
    for line in (line for part in found for line in part.lines):
        assert not re.search(r"[A-Za-z]\w*\[[a-z]|sum_[a-z{]|<=|>=", typeset(line)), line


@pytest.fixture(scope="module")
def run() -> Run:
    return solve(TINY, "reference")


def table(section: Section, name: str = "") -> TableBlock:
    [found] = [block for block in section.blocks if isinstance(block, TableBlock) and block.name == name]
    return found


def test_the_statement_of_a_run_has_every_policy_with_its_parameters(run: Run) -> None:
    section = run_statement(run, Words(run.instance, "en"))
    rows, stated = {row[0]: row[1:] for row in table(section).rows}, resolved(run.definition, run.policies)["policies"]
    for policy in run.policies:
        family, parameters, phrase = rows[f"{policy.title['en']} ({policy.label})"]
        assert (family, phrase) == (policy.family, policy.phrase)
        for key, value in stated[policy.label].items():
            assert (f"{key} = " in parameters) == (value not in (None, []) and key != "family")
    assert rows["Core"][1].startswith("growth = 1.5; local_growth = 1.05; entry = 0.01")
    texts = [block.text for block in section.blocks if isinstance(block, Statement)]
    assert texts[0] == core.__doc__
    assert len(texts) == 1 + len({policy.family for policy in run.policies})
    assert section.appendix


def test_a_chinese_statement_has_chinese_titles(run: Run) -> None:
    section = run_statement(run, Words(run.instance, "zh"))
    headings = [block.text for block in section.blocks if isinstance(block, Heading)]
    assert headings[0] == "核心模型"
    assert set(headings[1:]) == {f"{policy.title['zh']}（{policy.label}）" for policy in run.policies}


def test_a_comparison_states_what_its_scenarios_change(run: Run) -> None:
    """Parameters that differ, policies left out and added, and rules of the core; a family is stated once."""
    names = ("reference", "strict-ecology", "no-zones", "west-first")
    runs = {name: Run(run.info, run.instance, load_definition(name), (), run.tables) for name in names}
    runs["other-core"] = Run(run.info, run.instance, load_definition("reference", ["core.growth=2.5"]), (), run.tables)
    section = comparison_statement(Comparison(run.instance, runs, comparison_tables({"reference": run})), Words(run.instance, "en"))
    changes = [list(row) for row in table(section, "changes").rows]
    assert ["strict-ecology", "Carrying capacity (resources)", "strictness = 1", "strictness = 0.9"] in changes
    assert [row[0::3] for row in changes if row[1] == "Main functional zones (zones)"] == [["no-zones", "left out"]]
    [added] = [row for row in changes if row[0] == "west-first"]
    assert added[2] == "left out"
    assert "group = West" in added[3]
    assert ["other-core", "Core", "growth = 1.5", "growth = 2.5"] in changes
    headings = [block.text for block in section.blocks if isinstance(block, Heading)]
    assert len(set(headings)) == len(headings) == 1 + len(run.policies) + 1


def test_estimated_rows_are_named(tiny_copy: Path) -> None:
    """Tables that are estimated as a whole, and the rows of those that are in part, by the column of the key that makes the fewest groups."""
    stock, demand = (pd.read_csv(tiny_copy / name) for name in ("stock.csv", "demand.csv"))
    marked = (stock["industry"] == "cloth") & stock["region"].isin(["A", "B"])
    stock.assign(estimated=marked.map({True: "yes", False: "no"})).to_csv(tiny_copy / "stock.csv", index=False)
    demand.assign(estimated="yes").to_csv(tiny_copy / "demand.csv", index=False)
    instance = load_instance(tiny_copy)
    words = Words(instance, "en")
    section = estimates(instance, words)
    assert "All rows are marked as estimated in: demand." in str(section.blocks[0])
    assert [list(row) for row in table(section).rows] == [["stock", words.industry("cloth"), "2 of 3: Coast, Middle"]]
    counts = {row[0]: row[-1] for row in sources(instance, words).rows}
    assert (counts["stock"], counts["demand"]) == (f"2 / {len(stock)}", f"{len(demand)} / {len(demand)}")
    assert not estimates(load_instance(TINY), words).blocks
