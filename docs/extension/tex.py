"""Formulas in plain text, as docstrings state them (`sum_r x[k,r] <= cap[k]`), as TeX.

A grammar of relations, sums, products, powers and symbols with indices. What it does not cover is no formula, and stays text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

GREEK = {"alpha", "beta", "gamma", "delta", "eta", "theta", "kappa", "lambda", "mu", "pi", "rho", "sigma", "tau", "phi", "psi", "omega"}
FUNCTIONS = {"min", "max", "ln", "sinh"}
RELATIONS = {"<=": r"\le", ">=": r"\ge", "!=": r"\ne", "=": "=", "<": "<", ">": ">", "in": r"\in", "+=": r"+\!=", "-=": r"-\!="}
TOKEN = re.compile(
    r"\s*(<=|>=|!=|\+=|-=|\.\.\.?|\d+(?:\.\d+)?"  # signs, numbers
    r"|sum_(?=[{a-z])|(?:min|max)_(?=[a-z]\b)|[A-Za-z]\w*\*?(?=\[)|[A-Za-z]\w*"  # sums, symbols, words
    r"|[-+*/^=<>()\[\]{},])"
)
START = re.compile(r"(?<![\w\])*}])(?=[\w(\-\[])")
SYMBOL = re.compile(r"\w\*?\[|\bsum_[{a-z]|\b(?:min|max)_[a-z]\b")


@dataclass(frozen=True)
class Token:
    """A piece of a formula, and where it stands in the text."""

    text: str
    start: int
    end: int


class FormulaError(ValueError):
    """The text is not one that the grammar covers."""


def tex(text: str, *, wordy: bool = False) -> str:
    """A whole text as TeX; where it may be `wordy`, words beside each other are text in the formula. Raises `FormulaError`."""
    reader = Reader(text, wordy)
    written = reader.relation()
    if reader.left() or text[reader.end :].strip():
        raise FormulaError(text)
    return written


def formulas(text: str) -> Iterator[tuple[int, int, str]]:
    """The formulas inside a text: start, end and TeX of each. A formula has a symbol with an index, or a sum: words alone are none."""
    done = 0
    for start in (match.start() for match in START.finditer(text)):
        if start >= done:
            reader = Reader(text[start:])
            try:
                written = reader.relation()
            except FormulaError:
                continue
            if SYMBOL.search(text[start : start + reader.end]):
                done = start + reader.end
                yield start, done, written


def name(word: str) -> str:
    """A name as TeX: a letter as a symbol, a word upright, what ends in 0 (the base year) or * with that above it."""
    stem = word.rstrip("*")
    mark = "^{*}" if stem != word else ""
    if match := re.fullmatch(r"([A-Za-z]+)0", stem):
        stem, mark = match[1], "^{0}"
    if stem in GREEK:
        return f"\\{stem}{mark}"
    return (stem if len(stem) == 1 else r"\mathrm{" + stem.replace("_", r"\_") + "}") + mark


class Reader:
    """Recursive descent: each method reads the longest part of its kind from here on and returns it as TeX, or raises `FormulaError`."""

    def __init__(self, text: str, wordy: bool = False) -> None:
        self.tokens, self.next, self.wordy = list[Token](), 0, wordy
        while match := TOKEN.match(text, self.tokens[-1].end if self.tokens else 0):
            self.tokens.append(Token(match[1], match.start(1), match.end(1)))

    @property
    def end(self) -> int:
        """Where in the text the last token read ends."""
        return self.tokens[self.next - 1].end if self.next else 0

    def left(self) -> bool:
        """Whether there are more tokens."""
        return self.next < len(self.tokens)

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.next + ahead].text if self.next + ahead < len(self.tokens) else ""

    def take(self) -> str:
        if not self.left():
            raise FormulaError("the text ends")
        self.next += 1
        return self.tokens[self.next - 1].text

    def pairs(self, operators: set[str], part: Callable[[], str]) -> Iterator[tuple[str, str]]:
        """Operators, each with its operand; what stands after the last whole pair is left."""
        while self.peek() in operators:
            before = self.next
            operator = self.take()
            try:
                operand = part()
            except FormulaError:
                self.next = before
                return
            yield operator, operand

    def relation(self) -> str:
        """Sums in relation to each other."""
        return self.sum() + "".join(f" {RELATIONS[sign]} {side}" for sign, side in self.pairs(set(RELATIONS), self.sum))

    def sum(self) -> str:
        """Products added up, or a range of them."""
        sign = self.take() if self.peek() in ("-", "+") else ""
        written = sign + self.product()
        written += "".join(f" {operator} {product}" for operator, product in self.pairs({"+", "-"}, self.product))
        return written + "".join(rf" \ldots {end}" for _, end in self.pairs({"..", "..."}, self.product))

    def product(self) -> str:
        """Factors; the quotient of two that hold no sum is a fraction."""
        factors = [self.power()]
        dots = [""]
        for operator, factor in self.pairs({"*", "/"}, self.power):
            if operator == "/" and r"\sum" not in factors[-1] + factor:
                factors[-1] = rf"\frac{{{bare(factors[-1])}}}{{{bare(factor)}}}"
            else:
                factors.append(factor)
                dots.append(r" \cdot " if operator == "*" else " / ")
        written = "".join(dot + factor for dot, factor in zip(dots, factors, strict=True))
        follows = factors[-1].startswith(r"\text") and re.match(r"[\w(]", self.peek()) and self.peek() not in RELATIONS
        words = self.wordy and (self.words() or follows)
        return rf"{written}\ {self.product()}" if words or self.peek() == "ln" else written

    def plain(self, ahead: int = 0) -> bool:
        """Whether the token there is a word without an index."""
        at = self.next + ahead
        if not 0 <= at < len(self.tokens) or not self.tokens[at].text[0].isalpha() or self.tokens[at].text.endswith("_"):
            return False
        follows = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        return follows is None or follows.text not in ("[", "(") or follows.start > self.tokens[at].end

    def words(self) -> bool:
        """Whether two words stand beside each other here, which is text and no formula."""
        return self.plain() and self.plain(1) and not {self.peek(), self.peek(1)} & {*RELATIONS, *FUNCTIONS}

    def power(self) -> str:
        """An atom with an exponent."""
        base = self.atom()
        return base + "".join(f"^{{{bare(exponent)}}}" for _, exponent in self.pairs({"^"}, self.atom))

    def atom(self) -> str:
        """A number, a symbol, a function, a sum sign, or something in brackets."""
        if self.words():
            return self.prose()
        text = self.take()
        if text[0].isdigit() or text in ("..", "..."):
            return text if text[0].isdigit() else r"\ldots"
        if text in ("sum_", "min_", "max_"):
            return rf"\{text}{{{self.under()}}} {self.power() if text != 'sum_' else self.product()}"
        if text == "sum" and self.peek(1) == "[":
            return rf"\sum {self.product()}"
        if text in ("(", "["):
            return fenced(text, self.closed(")" if text == "(" else "]"), ")" if text == "(" else "]")
        if text == "{":
            return rf"\lbrace {self.closed('}')} \rbrace"
        if not text[0].isalpha() or (text in RELATIONS and self.peek() != "["):
            raise FormulaError(text)
        if text in FUNCTIONS and self.peek() != "(":
            return rf"\{text}\, {self.power()}"
        touching = self.left() and self.tokens[self.next].start == self.end
        if touching and self.peek() == "(":
            self.take()
            return (f"\\{text}" if text in FUNCTIONS else name(text)) + fenced("(", self.closed(")"), ")")
        if touching and self.peek() == "[":
            self.take()
            return f"{name(text)}_{{{self.closed(']', ',')}}}"
        return name(text)

    def prose(self) -> str:
        """Words beside each other."""
        if not self.wordy:
            raise FormulaError(self.peek())
        taken = []
        while self.plain() and self.peek() not in RELATIONS.keys() - {"in"}:
            taken.append(self.take())
        return rf"\text{{{' '.join(taken)}}}".replace("_", r"\_")

    def closed(self, bracket: str, comma: str = ", ") -> str:
        """A list of relations up to the closing bracket, which is read too."""
        parts = [self.relation()]
        while self.peek() == ",":
            self.take()
            parts.append(self.relation())
        if self.take() != bracket:
            raise FormulaError(bracket)
        return comma.join(parts)

    def under(self) -> str:
        """What a sum runs over: an index, or a list in braces, in which other words than indices are text (`{s near r}`)."""
        if self.peek() != "{":
            return name(self.take())
        self.take()
        parts = []
        while self.peek() != "}":
            text = self.take()
            parts.append(RELATIONS.get(text) or (rf"\text{{ {text} }}" if len(text) > 1 and text.isalpha() and text not in GREEK else text))
        self.take()
        return " ".join(parts)


def fenced(opening: str, inner: str, closing: str) -> str:
    """Something in brackets, as high as it is only where it is high."""
    return rf"\left{opening}{inner}\right{closing}" if r"\sum" in inner or r"\frac" in inner else f"{opening}{inner}{closing}"


def bare(factor: str) -> str:
    """A factor without the brackets around all of it."""
    inner = factor.removeprefix(r"\left").removeprefix("(").removesuffix(")").removesuffix(r"\right")
    return inner if factor == fenced("(", inner, ")") and not {"(", ")"} & set(inner) else factor
