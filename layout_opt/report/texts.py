"""Every text of the reports, a mapping per language with the same keys. Placeholders are filled by `Words.t`."""

from __future__ import annotations

from collections.abc import Mapping

from layout_opt.report.texts_en import EN
from layout_opt.report.texts_zh import ZH

TEXTS: Mapping[str, Mapping[str, str]] = {"en": EN, "zh": ZH}
