"""Text as LaTeX that is set as it stands: nothing that comes from a table or a name is a command."""

from __future__ import annotations

import re
import unicodedata

from layout_opt.report.mathematics import GREEK

BREAK = "\u200b"  # a place where a line may be broken
CJK = re.compile(r"[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\ufe30-\uffef]")
COMMANDS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "`": r"\textasciigrave{}",
    "[": "{[}",  # behind the end of a row a bracket would begin an argument, and a star a variant
    "]": "{]}",
    "*": "{*}",
    BREAK: r"\allowbreak{}",
}
SIGNS = {
    "\u00a0": "~",
    "→": r"$\rightarrow$",
    "←": r"$\leftarrow$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "∞": r"$\infty$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "−": "$-$",
    "±": r"$\pm$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≠": r"$\neq$",
    "∈": r"$\in$",
    "∑": r"$\sum$",
    "²": "$^2$",
    "³": "$^3$",
    **{letter: f"$\\{name}$" for name, letter in GREEK.items()},
}
LATIN = {"–": "--", "—": "---", "…": r"\ldots{}", "“": "``", "”": "''", "‘": "`", "’": "'"}  # Chinese sets its own signs under these numbers
UNREADABLE = ("Cc", "Cf", "Cs", "Co", "Cn")  # control and formatting characters, halves of characters, and what is none
BLANKS = re.compile(r"[^\S\u00a0]+")
HYPHENS = re.compile("(--+)")  # would become a dash
MINUS = re.compile(r"(?<![\w-])-(?=\d)")
LONG = re.compile(r"\S{16,}")  # a word that may need to be broken


class Escape:
    """Escapes text of one language."""

    def __init__(self, language: str) -> None:
        self._table = str.maketrans({**COMMANDS, **SIGNS, **(LATIN if language == "en" else {})})

    def __call__(self, text: str) -> str:
        """Text on one line; characters that TeX cannot read are dropped."""
        one_line = BLANKS.sub(" ", text).strip(" ")
        plain = "".join(character for character in one_line if character == BREAK or unicodedata.category(character) not in UNREADABLE)
        parts = enumerate(HYPHENS.split(plain))
        return "".join("{}".join(part) if n % 2 else part.translate(self._table) for n, part in parts)

    def figure(self, text: str) -> str:
        """A cell of a column of numbers, which has minus signs and no hyphens."""
        return "$-$".join(self(part) for part in MINUS.split(text))

    def broken(self, text: str) -> str:
        """Text for a narrow column: paths, hashes and other long words may be broken."""
        return self(LONG.sub(lambda word: _breakable(word[0]), text))


def _breakable(word: str) -> str:
    pieces = re.sub(r"(?<=[/_.,;:=-])(?=\w)", BREAK, word)
    return re.sub(r"([0-9A-Za-z]{16})(?=[0-9A-Za-z])", rf"\1{BREAK}", pieces)
