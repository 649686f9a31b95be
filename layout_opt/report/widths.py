"""How wide a text is where no font is at hand."""

from __future__ import annotations

import unicodedata


def width(text: str) -> int:
    """Characters that a text is wide; a Chinese character counts as two."""
    return len(text) + sum(unicodedata.east_asian_width(character) in "WF" for character in text)
