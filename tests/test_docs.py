"""What the site is made of: statements as mathematics, pages of families, and the tables of mechanisms."""

from __future__ import annotations

import re
import sys

import pytest

import layout_opt.core
from layout_opt.policies import families, statement
from tests.conftest import ROOT

sys.path.insert(0, str(ROOT / "docs"))

from extension.families import example, page
from extension.making import copied
from extension.statements import arranged, markdown
from extension.tex import FormulaError, formulas, tex

ROW = re.compile(r"^\| (\d+) \| .* \| ([^|]+) \|$", re.MULTILINE)


@pytest.mark.parametrize(
    ("plain", "written"),
    [
        ("sum_r x[k,r] <= cap[k]", r"\sum_{r} x_{k,r} \le \mathrm{cap}_{k}"),
        ("S0[k,r] * VA*[r]", r"S^{0}_{k,r} \cdot \mathrm{VA}^{*}_{r}"),
        ("y[k,r] in {0,1}", r"y_{k,r} \in \lbrace 0, 1 \rbrace"),
        ("sum_{r in b} phi[r,b] * load[i,r]", r"\sum_{r \in b} \phi_{r,b} \cdot \mathrm{load}_{i,r}"),
        ("(RCA - 1) / (RCA + 1)", r"\frac{\mathrm{RCA} - 1}{\mathrm{RCA} + 1}"),
        ("D[k] / sum_r S0[k,r]", r"D_{k} / \sum_{r} S^{0}_{k,r}"),
        ("a * (b + c)^2 / 4", r"a \cdot \frac{(b + c)^{2}}{4}"),
        ("(a + b) * (c + d) / (e)", r"(a + b) \cdot \frac{c + d}{e}"),
        ("max(min_r y[r], -1)", r"\max(\min_{r} y_{r}, -1)"),
        ("max_growth * x[k] >= 0", r"\mathrm{max\_growth} \cdot x_{k} \ge 0"),
        ("phi(u) = u ln u - u + 1", r"\phi(u) = u\ \ln\, u - u + 1"),
        ("[r = s] * D[a]", r"[r = s] \cdot D_{a}"),
        ("income[d] = ... + aid[p]", r"\mathrm{income}_{d} = \ldots + \mathrm{aid}_{p}"),
    ],
)
def test_a_formula_in_plain_text_is_tex(plain: str, written: str) -> None:
    assert tex(plain) == written


@pytest.mark.parametrize("text", ["share of the zones", "x[k,r] <=", "x[k,r", "at most 3, or so", "", "x[k,r] <= cap and so on"])
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        tex(text)


def test_a_wordy_formula_keeps_its_words() -> None:
    assert tex("load[i] = sum_k x[k] + what others add", wordy=True) == r"\mathrm{load}_{i} = \sum_{k} x_{k} + \text{what others add}"
    assert tex("sum of out[k] over the periods <= S0[k]", wordy=True) == r"\text{sum of}\ \mathrm{out}_{k}\ \text{over the periods} \le S^{0}_{k}"


def test_formulas_are_found_among_words() -> None:
    text = "A cell with w[k,r] = 1 makes lot[k] * w[k,r] or more (see x[k,r]); the rest, from a to b, stays."
    assert [text[start:end] for start, end, _ in formulas(text)] == ["w[k,r] = 1", "lot[k] * w[k,r]", "x[k,r]"]


def test_a_statement_has_names_formulas_and_remarks() -> None:
    block = """
    least    lot[k] * w[k] <= x[k]      where lot[k] > 0        most    x[k] <= top[k]
    costs    tables `industries` and `cells`
    N[k]     number of sites (table `industries`), or
             what the parameter says                                        (projects)
    G[k]     = sum_r x[k,r],   T = 1
    """
    assert list(arranged(block)) == [
        ("*least*", r"$\displaystyle \mathrm{lot}_{k} \cdot w_{k} \le x_{k}$", r"where $\mathrm{lot}_{k} > 0$"),
        ("*most*", r"$\displaystyle x_{k} \le \mathrm{top}_{k}$", ""),
        (r"$\mathrm{costs}$", "tables `industries` and `cells`", ""),
        ("$N_{k}$", "number of sites (table `industries`), or what the parameter says", "(projects)"),
        ("", r"$\displaystyle G_{k} = \sum_{r} x_{k,r}$,$\quad$ $\displaystyle T = 1$", ""),
    ]


def test_a_docstring_is_markdown() -> None:
    text = "Title.\n\nStatement, for every `k`::\n\n    x[k] <= 1\n\n    x[k]    output\n\nMore of x[k] * y_z."
    written = markdown(text)
    assert written.startswith("Title.\n\nStatement, for every $k$:\n\n```{list-table}\n")
    assert written.endswith("* - $x_{k}$\n  - output\n  - \n```\n\nMore of $x_{k} \\cdot \\mathrm{y\\_z}$.\n")


@pytest.mark.parametrize("name", [*families(), "core"])
def test_every_statement_can_be_shown(name: str) -> None:
    """Most of a statement is typeset, and what is typeset is TeX that MathML has a form for."""
    text = layout_opt.core.__doc__ if name == "core" else statement(name)
    written = markdown(text or "")
    found = re.findall(r"\$([^$]+)\$", written)
    assert len(found) >= 3
    latex2mathml = pytest.importorskip("docutils.utils.math.latex2mathml", reason="docutils (extra `docs`) is not installed")
    for formula in found:
        assert latex2mathml.tex2mathml(formula).startswith("<math")


@pytest.mark.parametrize("name", families())
def test_the_page_of_a_family_is_whole(name: str) -> None:
    cls, text = families()[name], page(name)
    assert text.startswith(f"# {cls.title['en']}\n")
    assert all(f"`{outcome}`" in text for outcome in cls.words)
    assert all(f"`{table}`" in text for table in cls.reads)
    assert all(f"`{column.name}`" in text for table in cls.tables for column in table.columns)


@pytest.mark.parametrize("name", families())
def test_every_family_is_used_by_a_shipped_model(name: str) -> None:
    assert example(name), f"no model in models/ uses {name}"


@pytest.mark.parametrize("file", ["mechanisms.md", "mechanisms.zh.md"])
def test_the_mechanisms_are_those_that_families_serve(file: str) -> None:
    """32 rows, each with the families that serve it, or what else of the package does."""
    rows = {int(number): served for number, served in ROW.findall((ROOT / "docs" / file).read_text(encoding="utf-8"))}
    assert list(rows) == list(range(1, 33))
    told = {number: set(re.findall(r"`(\w+)`", served)) for number, served in rows.items()}
    serving = {number: {name for name, cls in families().items() if number in cls.serves} for number in rows}
    assert {number: told[number] & set(families()) for number in rows} == serving
    assert all(told.values())


def test_a_page_of_the_repository_links_into_the_site() -> None:
    text = copied(ROOT / "CONTRIBUTING.md")
    assert "](/adding-a-policy.md)" in text
    assert "](docs/" not in text
