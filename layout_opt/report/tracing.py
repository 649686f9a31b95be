"""Text that knows where its figures come from, so that a reader can be told the table and row of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter


@dataclass(frozen=True)
class Span:
    """A stretch of text. `source` names the result file and the row that a figure comes from; it is empty for words."""

    text: str
    source: str = ""


class Text(str):
    """A string made of spans. It is a string like any other for a writer that does not show sources; what strings do to it drops them."""

    spans: tuple[Span, ...]

    def __new__(cls, spans: Iterable[Span]) -> Text:
        kept = tuple(span for span in spans if span.text)
        text = super().__new__(cls, "".join(span.text for span in kept))
        text.spans = kept
        return text

    def __reduce__(self) -> tuple[type[Text], tuple[tuple[Span, ...]]]:
        return Text, (self.spans,)


def cite(text: str, file: str, *row: str) -> Text:
    """A figure with its source: the file, then the row and the column by the names they have there."""
    return Text((Span(str(text), f"{file}: {' · '.join(row)}"),))


def spans(text: str) -> tuple[Span, ...]:
    """The spans of a text: one without a source where it is a plain string."""
    return text.spans if isinstance(text, Text) else (Span(text),) if text else ()


def joined(separator: str, parts: Iterable[str]) -> str:
    """`separator.join(parts)` that keeps the sources."""
    listed = list(parts)
    if not any(isinstance(part, Text) for part in listed):
        return separator.join(listed)
    between = (separator,) if separator else ()
    return Text(span for n, part in enumerate(listed) for piece in (*(between if n else ()), part) for span in spans(piece))


def filled(template: str, values: Mapping[str, object]) -> str:
    """`template.format(**values)` that keeps the sources. Raises `KeyError` for a placeholder without a value."""
    parts = [piece for literal, name, _, _ in Formatter().parse(template) for piece in (literal, *(() if name is None else (values[name],)))]
    return joined("", (part if isinstance(part, str) else str(part) for part in parts))
