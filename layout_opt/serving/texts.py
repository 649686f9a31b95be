"""Every text of the page, a mapping per language with the same keys."""

from __future__ import annotations

from collections.abc import Mapping

from layout_opt.serving.texts_en import EN
from layout_opt.serving.texts_zh import ZH

TEXTS: Mapping[str, Mapping[str, str]] = {"en": EN, "zh": ZH}


def text(language: str, key: str, **values: object) -> str:
    """The text under `key`, its placeholders filled."""
    return TEXTS[language][key].format(**values)


def parameter(language: str, name: str) -> str:
    """What a parameter is called; its own name in plain words where there is no text for it."""
    return TEXTS[language].get(f"parameter.{name}", name.replace("_", " "))
