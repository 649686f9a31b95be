"""Mathematics of docstrings as LaTeX: symbols in italics, indices below, formulas in columns."""

from __future__ import annotations

from collections.abc import Sequence

from layout_opt.report.latex.text import Escape
from layout_opt.report.mathematics import columns, parts, pieces

COMMANDS = {"symbol": r"\textit", "below": r"\textsubscript", "above": r"\textsuperscript", "code": r"\texttt"}
EM = 0.5  # that a letter is wide
NAME = 24  # letters of a column that names what follows; a longer one is a formula


def statement(text: str, escape: Escape) -> str:
    """The paragraphs and formulas of a docstring."""
    return "\n\n".join(_formulas(part.lines, escape) if part.formulas else _prose(part.lines[0], escape) for part in parts(text))


def _prose(text: str, escape: Escape) -> str:
    made = []
    for piece in pieces(text):
        inner = escape(piece.text)
        command = f"{COMMANDS[piece.kind]}{{{inner}}}" if piece.kind in COMMANDS else inner
        made.append(f"{' ' * piece.text.startswith(' ')}{command}{' ' * piece.text.endswith(' ')}")  # which escaping drops
    return "".join(made)


def _formulas(lines: Sequence[str], escape: Escape) -> str:
    """Lines whose first column names them, which stands by itself; what follows it is broken where it is too long."""
    taken = [columns(line) for line in lines if line.strip()]
    room = min((start for line in taken for start, _ in line if start > 0), default=0)
    rows = [_line(line, room if room <= NAME else 0, escape) for line in taken]
    return "\n".join([r"\begingroup\small\raggedright\leftskip=2em", *rows, r"\par\endgroup"])


def _line(line: Sequence[tuple[int, str]], room: int, escape: Escape) -> str:
    texts = [_prose(text, escape) for _, text in line]
    if line[0][0] > 0:
        texts.insert(0, "")
    elif len(line[0][1]) >= room:
        return r"\par\noindent\hangindent=2em " + r"\quad ".join(texts)
    return rf"\par\noindent\hangindent={EM * room:g}em\makebox[{EM * room:g}em][l]{{{texts[0]}}}" + r"\quad ".join(texts[1:])
