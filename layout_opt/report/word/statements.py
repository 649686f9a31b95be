"""Mathematics in Word: symbols, subscripts, and columns held by tab stops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from layout_opt.report.mathematics import Kind, Piece, columns, parts, pieces
from layout_opt.report.word.elements import Element, element, paragraph, run, tab
from layout_opt.report.word.styles import FONTS

SIZE = 190  # of the font, in twips
WIDE, NARROW = 0.48, 0.34  # of a character and of one in an index, in sizes of the font
GAP = 200  # twips between columns
LAST = 0.72  # share of the width beyond which a last column stands on the right margin
BELOW = 140  # twips below a block
HANGING = 240  # twips by which a line without columns goes on further right
PROPERTIES: Mapping[Kind, tuple[tuple[str, str], ...]] = {
    "plain": (),
    "symbol": (("i", "1"),),
    "below": (("vertAlign", "subscript"),),
    "above": (("vertAlign", "superscript"),),
}


def statement(text: str, styles: Mapping[str, str], width: int) -> Iterable[Element]:
    """A docstring: its paragraphs, each kept with the formulas that it announces; `width` is in twips."""
    found = parts(text)
    for part, following in zip(found, [*found[1:], None], strict=True):
        if part.formulas:
            yield from _formulas(part.lines, styles, width)
        else:
            kept = [element("keepNext")] if following is not None and following.formulas else []
            yield paragraph(styles["Normal"], map(_run, pieces(part.lines[0])), *kept)


def _formulas(lines: Sequence[str], styles: Mapping[str, str], width: int) -> Iterable[Element]:
    """A block of formulas, a paragraph per line: what stands in one column of the docstring stands in one column here."""
    cells = [columns(line) for line in lines]
    stops = positions(cells)
    for number, line in enumerate(cells):
        tabs = [(stops[start], "left") for start, _ in line[1:]]
        if tabs and tabs[-1][0] > LAST * width:
            tabs[-1] = (width, "right")
        runs = [piece for index, (_, text) in enumerate(line) for piece in [*([tab()] if index else []), *map(_run, pieces(text))]]
        indent = stops[line[0][0]]
        hanging = tabs[0][0] if tabs and tabs[0][1] == "left" else indent + HANGING
        last = number == len(lines) - 1
        properties = [] if last else [element("keepNext")]
        properties += [element("tabs", *(element("tab", val=kind, pos=at) for at, kind in tabs))] if tabs else []
        properties += [element("spacing", after=BELOW)] if last else []
        yield paragraph(styles["Formula"], runs, *properties, element("ind", left=hanging, hanging=hanging - indent))


def positions(lines: Iterable[Sequence[tuple[int, str]]]) -> dict[int, int]:
    """Where the columns of a block begin, in twips, by where they begin in the docstring: each right of all that stands left of it."""
    lines = list(lines)
    found: dict[int, int] = {}
    for start in sorted({start for line in lines for start, _ in line}):
        before = [(line[i - 1][0], line[i - 1][1]) for line in lines for i in range(1, len(line)) if line[i][0] == start]
        least = max(found.values(), default=0) + (GAP if found else 0)
        found[start] = max([least, *(found[column] + round(_width(text)) + GAP for column, text in before)])
    return found


def _width(text: str) -> float:
    return sum(SIZE * len(piece.text) * (NARROW if piece.kind in ("below", "above") else WIDE) for piece in pieces(text))


def _run(piece: Piece) -> Element:
    if piece.kind == "code":
        code = FONTS["en"].code
        return run(piece.text, element("rFonts", ascii=code, hAnsi=code, cs=code), element("sz", val=18))
    return run(piece.text, *(element(name, val=value) for name, value in PROPERTIES[piece.kind]))
