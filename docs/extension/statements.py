"""Docstrings as Markdown: paragraphs with their formulas, and the blocks of a statement as tables of name, formula and remark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc

from extension.tex import SYMBOL, FormulaError, formulas, tex

Row = tuple[str, str, str]
CODE = re.compile(r"(`[^`]*`)")
WORD = re.compile(r"[A-Za-z_]\w*:?")
SYMBOLS = re.compile(r"[A-Za-z]\w*\*?(\[[^\]]*\])?(, [A-Za-z]\w*\*?(\[[^\]]*\])?)*")
REMARK = re.compile(r"\(|(where|for|by|over)\b")
SIGNS = {"<=": "≤", ">=": "≥", "!=": "≠"}
FORMULA = re.compile(r"<=|>=|!=|[=*/+<>]|\bin\b|\[")


def markdown(docstring: str) -> str:
    """A docstring with its formulas as mathematics and its literal blocks as statements."""
    blocks = re.split(r"\n\n+(?=\S)|(?<=::)\n\n(?= )", cleandoc(docstring))
    return "\n\n".join(statement(b) if b.startswith(" ") else inline(re.sub(r"::$", ":", b.rstrip())) for b in blocks) + "\n"


def statement(block: str) -> str:
    """A literal block as a table without headings."""
    rows = [f"* - {name}\n  - {said}\n  - {remark}" for name, said, remark in arranged(block)]
    return "\n".join(["```{list-table}", ":class: statement", ":widths: auto", "", *rows, "```"])


def arranged(block: str) -> Iterator[Row]:
    """The rows of a block: what is named (a row of the model, a symbol), the formula or the words, and the remark (unit, condition)."""
    lines = [re.sub(r"(sum_\{[^}]*\})\s+", r"\1 ", line) for line in block.splitlines() if line.strip()]
    margin = min(len(line) - len(line.lstrip()) for line in lines)
    rows: list[list[str]] = []
    for line in lines:
        cells = re.split(r"\s{2,}", line.strip())
        continues = len(line) - len(line.lstrip()) > margin
        if continues and rows and not is_formula(cells[0]) and not is_formula(rows[-1][1]):
            rows[-1][1] += " " + cells[0]
            rows[-1][2] = " ".join([rows[-1][2], *cells[1:]]).strip()
        else:
            rows += split(cells, continues)
    yield from ((named(name, said), shown(said), inline(remark)) for name, said, remark in rows)


def split(cells: list[str], continues: bool) -> Iterator[list[str]]:
    """The cells of a line as rows: two statements beside each other are two rows."""
    while cells:
        name = cells.pop(0) if not continues and names(cells) else ""
        said = cells.pop(0)
        if name and said[0] in "=+" and not WORD.fullmatch(name):
            name, said = "", f"{name} {said}"
        while said.endswith(",") and cells:
            said += " " + cells.pop(0)
        remark = []
        while cells and not names(cells) and not is_formula(cells[0]):
            remark.append(cells.pop(0))
        yield [name, said, " ".join(remark)]


def names(cells: list[str]) -> bool:
    """Whether the first cell names what the next one states: a word, symbols, or a formula before words that are no remark."""
    if len(cells) == 1 or REMARK.match(cells[0]):
        return False
    explained = is_formula(cells[0]) and not is_formula(cells[1]) and not REMARK.match(cells[1])
    return bool(WORD.fullmatch(cells[0]) or SYMBOLS.fullmatch(cells[0])) or explained


def is_formula(cell: str) -> bool:
    """Whether a whole cell is a formula, most of it symbols."""
    try:
        written = tex(cell, wordy=True)
    except FormulaError:
        return False
    words = sum(len(text) for text in re.findall(r"\\text\{([^}]*)\}", written))
    return bool(FORMULA.search(cell)) and 2 * words < len(cell) and not cell.startswith("(money")


def named(name: str, said: str) -> str:
    """The name of a row of the model as a word, that of a symbol as mathematics."""
    if not name:
        return ""
    label = name.removesuffix(":")
    if not WORD.fullmatch(name) or not all(map(is_formula, listed(said))):
        return ", ".join(f"${tex(symbol)}$" for symbol in listed(label))
    return f"*{label}*".replace("_", r"\_")


def shown(cell: str) -> str:
    """A formula in display style, several of them beside each other, or words."""
    parts = listed(cell.rstrip(","))
    if all(map(is_formula, parts)):
        return r",$\quad$ ".join(rf"$\displaystyle {tex(part, wordy=True)}$" for part in parts)
    return inline(cell)


def listed(text: str) -> list[str]:
    """The parts of a list separated by commas outside of brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def inline(text: str) -> str:
    """Words with the formulas among them as mathematics; code stays code."""
    return "".join(code(part) if part.startswith("`") else words(part) for part in CODE.split(text))


def code(part: str) -> str:
    """Code as it stands, but symbols as mathematics."""
    inner = part.strip("`")
    if not re.fullmatch(r"[A-Za-z](,[A-Za-z])*", inner) and not SYMBOL.search(inner):
        return part
    try:
        return ", ".join(f"${tex(symbol)}$" for symbol in listed(inner))
    except FormulaError:
        return part


def words(text: str) -> str:
    """Words with formulas among them."""
    written, done = "", 0
    for start, end, formula in formulas(text):
        written += escaped(text[done:start]) + f"${formula}$"
        done = end
    return written + escaped(text[done:])


def escaped(text: str) -> str:
    """Text that Markdown takes as it stands."""
    for sign, shown_as in SIGNS.items():
        text = text.replace(sign, shown_as)
    return re.sub(r"([*_$<\[\]])", r"\\\1", text)
