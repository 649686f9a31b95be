"""Mathematics as docstrings state it, taken apart for typesetting: prose and formulas, columns of a line, symbols and subscripts."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["plain", "symbol", "below", "above", "code"]
LETTERS = ("alpha", "beta", "gamma", "delta", "epsilon", "eta", "theta", "kappa", "lambda", "mu", "pi", "rho", "sigma", "tau", "phi")
GREEK = dict(zip(LETTERS, "αβγδεηθκλμπρστφ", strict=True))
SIGNS = {"<=": "≤", ">=": "≥", "!=": "≠", "->": "→", "..": "…", " * ": " · ", " - ": " − ", "sum": "∑", " in {": " ∈ {"}
TOKEN = re.compile(
    r"""`(?P<code>[^`]+)`
    |(?P<name>[A-Za-z]\w*\*?)\[(?P<index>[^\[\]]+)\]                    # x[k,r]
    |\b(?P<operator>sum|min|max)_(?:\{(?P<range>[^{}]+)\}|(?P<over>[A-Za-z])\b)  # sum_{k,r}, min_r
    |\^(?:\((?P<group>[^()]+)\)|(?P<power>\w+))                         # (1 + g)^(year - base), u^2
    |\b(?P<greek>"""
    + "|".join(GREEK)
    + r""")\b
    |(?P<sign><=|>=|!=|->|(?<!\.)\.\.(?!\.)|[ ]\*[ ]|[ ]-[ ]|[ ]in[ ]\{|\bsum\b(?=[ ][\w(]*\[))""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Part:
    """A paragraph of prose on one line, or the lines of a block of formulas."""

    lines: tuple[str, ...]
    formulas: bool


@dataclass(frozen=True)
class Piece:
    """A stretch of text of one kind: a `symbol` stands in italics, `below` and `above` are a subscript and a superscript, `code` is a name."""

    text: str
    kind: Kind = "plain"


def parts(text: str) -> list[Part]:
    """The paragraphs and blocks of formulas of a docstring, in order."""
    found, below = list[Part](), False
    for block in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        lines = block.splitlines()
        indented = all(line.startswith("    ") for line in lines)
        if below and indented:
            found.append(Part(tuple(line[4:] for line in lines), True))
            continue
        paragraph = " ".join(line.strip() for line in lines)
        below = paragraph.endswith("::")
        found.append(Part((paragraph[:-1] if below else paragraph,), False))
    return found


def columns(line: str) -> list[tuple[int, str]]:
    """The columns of a line of formulas, set apart by two blanks or more: where each begins, and its text."""
    return [(match.start(), match[0]) for match in re.finditer(r"\S+(?: \S+)*", line)]


def pieces(text: str) -> Iterator[Piece]:
    """Prose or a formula as it is typeset: `sum_{k,r} phi[r,i] * x[k,r]` has a sum sign, a Greek letter and subscripts."""
    end = 0
    for match in TOKEN.finditer(text):
        if match.start() > end:
            yield Piece(text[end : match.start()])
        yield from _token(match)
        end = match.end()
    if end < len(text):
        yield Piece(text[end:])


def _token(match: re.Match[str]) -> Iterator[Piece]:
    if match["code"]:
        yield from pieces(match["code"]) if "[" in match["code"] else [Piece(match["code"], "code")]
    elif match["name"]:
        yield Piece(GREEK.get(match["name"], match["name"]), "symbol" if len(match["name"].rstrip("*")) == 1 else "plain")
        yield Piece(_signs(match["index"]), "below")
    elif match["operator"]:
        yield Piece(SIGNS.get(match["operator"], match["operator"]))
        yield Piece(_signs(match["range"] or match["over"]), "below")
    elif match["greek"]:
        yield Piece(GREEK[match["greek"]], "symbol")
    elif match["sign"]:
        yield Piece(SIGNS[match["sign"]])
    else:
        yield Piece(_signs(match["group"] or match["power"]), "above")


def _signs(text: str) -> str:
    """An index or an exponent with its signs."""
    text = re.sub(r" in (?=\w)", " ∈ ", text)
    return re.sub(r"<=|>=|!=| - ", lambda match: SIGNS[match[0]], text)
