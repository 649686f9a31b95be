"""Numbers, units and names in the language of a report."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from layout_opt.instance import Instance
from layout_opt.policy import Policy
from layout_opt.report.texts import TEXTS
from layout_opt.report.tracing import filled, joined

POWERS = {
    "en": {3: "thousand", 4: "10 thousand", 6: "million", 7: "10 million", 8: "100 million", 9: "billion", 12: "trillion"},
    "zh": {3: "千", 4: "万", 6: "百万", 7: "千万", 8: "亿", 9: "十亿", 12: "万亿"},
}
BASES = {
    "CNY": "元",
    "MCNY": "百万元",
    "m3": "立方米",
    "Mm3": "百万立方米",
    "km2": "平方公里",
    "tce": "吨标准煤",
    "t": "吨",
    "Mt": "百万吨",
    "km": "公里",
    "person": "人",
    "persons": "人",
    "bed": "张床位",
    "pair": "对",
    "project": "个项目",
    "region": "个地区",
    "segment": "段",
    "site": "处",
}
SUPERSCRIPTS = {"m3": "m³", "Mm3": "million m³", "km2": "km²", "Mt": "million t", "MCNY": "million CNY"}
STEPS = {"en": ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")), "zh": ((1e12, "万亿"), (1e8, "亿"), (1e4, "万"))}
MEGA = {"MCNY": (6, "CNY"), "Mm3": (6, "m3"), "Mt": (6, "t")}


class Words:
    """The texts of one language, filled with the names of one instance."""

    def __init__(self, instance: Instance, language: str) -> None:
        self.instance, self.language = instance, language
        self.texts = TEXTS[language]
        self.plain = {"base": str(instance.manifest.base_year), "year": str(instance.manifest.periods[-1])}

    def t(self, key: str, **values: object) -> str:
        """The text under `key`, its placeholders filled."""
        return filled(self.texts[key], {**self.plain, **values})

    def column(self, name: str, unit: str = "") -> str:
        """The heading of a column, with its unit in brackets; the name itself where there is no text for it."""
        head = self.t(f"column.{name}") if f"column.{name}" in self.texts else name.replace("_", " ")
        return head + self.bracket(unit)

    def bracket(self, unit: str) -> str:
        """A unit in the brackets of the language; nothing for a unit of 1."""
        if not unit or unit == "1":
            return ""
        return self.t("brackets", text=self.unit(unit))

    @property
    def money(self) -> str:
        return self.instance.manifest.money

    @property
    def output(self) -> str:
        return self.instance.manifest.output

    def region(self, key: str) -> str:
        return self.instance.label("regions", key, self.language)

    def industry(self, key: str) -> str:
        return self.instance.label("industries", key, self.language)

    def resource(self, key: str) -> str:
        return self.instance.label("resources", key, self.language)

    def group(self, key: str) -> str:
        return self.instance.label("groups", key, self.language)

    def called(self, item: str, policy: Policy | None = None) -> str:
        """The names that an item is made of: those of the instance, and for an outcome of a policy its own words too."""
        parts = policy.called(self.instance, item, self.language) if policy else [self.instance.called(p, self.language) for p in item.split("|")]
        return self.texts["arrow"].join(parts)

    def place(self, key: str) -> str:
        """The name of a region or a group."""
        return self.region(key) if key in self.instance.regions.index else self.group(key)

    def join(self, items: Iterable[str], most: int | None = None) -> str:
        """A list in words, the first `most` of it."""
        names = list(items)
        if most is not None and len(names) > most:
            return joined("", [joined(self.texts["comma"], names[:most]), self.t("rest", count=len(names) - most)])
        if len(names) < 2:
            return names[0] if names else ""
        return joined(self.texts["and"], [joined(self.texts["comma"], names[:-1]), names[-1]])

    def sentences(self, items: Iterable[str]) -> str:
        """Sentences as one paragraph."""
        return joined(" " if self.language == "en" else "", items)

    def unit(self, unit: str) -> str:
        """A unit as people write it: `1e8 CNY` is `100 million CNY`, 亿元."""
        return " / ".join(self._simple_unit(part.strip()) for part in unit.split("/")) if "/" in unit else self._simple_unit(unit)

    def _simple_unit(self, unit: str) -> str:
        power, base = _split(unit)
        words = POWERS[self.language].get(power) if power else None
        shown = (BASES if self.language == "zh" else SUPERSCRIPTS).get(base, base)
        if power == 0:
            return shown
        if words is None:
            return f"1e{power} {shown}"
        return f"{words}{shown}" if self.language == "zh" else f"{words} {shown}"

    def amount(self, value: float, unit: str) -> str:
        """An amount in words: 12345 of `1e8 CNY` is `1.23 trillion CNY`."""
        power, base = _base(unit)
        return self._in_words(value * 10.0**power, base)

    def rate(self, value: float, unit: str, per: str) -> str:
        """A price in words: 8.94 of `1e8 CNY` per `Mt` is `894 CNY/t`."""
        if value == 0:
            return "0"
        (power, base), (below, other) = _base(unit), _base(per)
        other = (BASES if self.language == "zh" else SUPERSCRIPTS).get(other, other)
        return f"{self._in_words(value * 10.0 ** (power - below), base)}/{other}"

    def _in_words(self, total: float, base: str) -> str:
        name = BASES.get(base, base) if self.language == "zh" else SUPERSCRIPTS.get(base, base)
        space = "" if self.language == "zh" else " "
        for step, word in STEPS[self.language]:
            if abs(total) >= step:
                return f"{significant(total / step)}{space}{word}{space if self.language == 'en' else ''}{name}"
        return f"{significant(total)}{space}{name}"

    def percent(self, share: float, decimals: int | None = None) -> str:
        """A share in per cent, with as many digits as say something."""
        if not math.isfinite(share):
            return "–"
        digits = significant(100 * share, 3) if decimals is None else f"{100 * share:,.{decimals}f}"
        return f"{digits}\u00a0%" if self.language == "en" else f"{digits}%"

    def at_most(self, share: float) -> str:
        """A share in per cent, rounded up to two digits, so that "within" stays true."""
        if share <= 0 or not math.isfinite(share):
            return self.percent(share)
        step = 10.0 ** (math.floor(math.log10(share)) - 1)
        return self.percent(math.ceil(share / step - 1e-9) * step)


def _split(unit: str) -> tuple[int, str]:
    match = re.fullmatch(r"(?:1e(\d+)|(10+))\s*(.+)", unit)
    if match is None:
        return 0, unit
    power = int(match[1]) if match[1] else len(match[2]) - 1
    return power, match[3]


def _base(unit: str) -> tuple[int, str]:
    """The power of ten in a unit and the unit without it, prefixes included."""
    power, base = _split(unit)
    more, base = MEGA.get(base, (0, base))
    return power + more, base


def significant(value: float, digits: int = 3) -> str:
    """A number with so many significant digits (all of the digits before the point), thousands separated."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if magnitude < -5:
        return f"{value:.1e}"
    text = f"{value:,.{max(0, digits - 1 - magnitude)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimals_for(values: Iterable[float]) -> int:
    """How many decimals a column needs, by its largest number."""
    finite = [abs(v) for v in values if v is not None and math.isfinite(v) and v != 0]
    largest = max(finite, default=1.0)
    return 0 if largest >= 1000 else 1 if largest >= 100 else 2 if largest >= 10 else 3 if largest >= 0.1 else 6


def fixed(value: float | None, decimals: int) -> str:
    """A number with so many decimals; `0` is exact, a smaller number than can be shown is `<0.1`; an empty value is a dash."""
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        smallest = f"{10.0**-decimals:.{decimals}f}"
        return f"<{smallest}" if value > 0 else f">-{smallest}"
    return text


def column(values: Sequence[float]) -> list[str]:
    """A column of numbers, all with the same decimals."""
    decimals = decimals_for(values)
    return [fixed(v, decimals) for v in values]
