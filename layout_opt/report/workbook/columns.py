"""What the columns of the result tables hold: how their numbers are shown, in which unit, and what the names in them are called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from layout_opt.policy import Policy
from layout_opt.report.appendix import SHARES, indicator_name, term_name
from layout_opt.report.words import Words, decimals_for
from layout_opt.report.workbook.book import decimals

DIFFERENCE = "_difference"
SHARE, SMALL_SHARE, COUNT, YEAR, INDEX, TINY = "0.0%", "0.000%", "#,##0", "0", "0.000", "0.0E+00"


@dataclass(frozen=True)
class Kind:
    """How a column of numbers is shown: the Excel format, by default as many decimals as its size asks for, and the unit (`output`, `money`)."""

    format: str = ""
    unit: str = ""


OUTPUT, MONEY = Kind(unit="output"), Kind(unit="money")
KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("output", "output_before", "output_after", "change", "released", "received", "built", "closed", "transfer"), OUTPUT),
    **dict.fromkeys(("net_trade", "net_trade_before"), OUTPUT),
    **dict.fromkeys(("value_added", "cost", "objective", "bound", "difference_low", "difference_high"), MONEY),
    **dict.fromkeys(("utilisation", "slack"), Kind(SHARE)),
    **dict.fromkeys(("similarity_before", "similarity_after", "specialisation_before", "specialisation_after"), Kind(INDEX)),
    **dict.fromkeys(("lq_before", "lq_after", "advantage"), Kind(INDEX)),
    **dict.fromkeys(("project", "rows", "binding"), Kind(COUNT)),
    "gap": Kind(SMALL_SHARE),
    "violation": Kind(TINY),
    "period": Kind(YEAR),
    "distance": Kind(COUNT, "km"),
    "seconds": Kind("0.0"),
}
MIXED = {  # columns of one table that hold things of several sizes, by what tells these apart
    "resources": ["resource"],
    "indicators": ["indicator"],
    "outcomes": ["label", "outcome"],
    "decisions": ["label", "decision"],
    "objective": ["term"],
}


@dataclass(frozen=True)
class Names:
    """What the names in result tables are called in the language of a report."""

    words: Words
    policies: tuple[Policy, ...]

    @property
    def titles(self) -> Mapping[str, str]:
        """The titles of the policies by label."""
        return {p.label: p.title[self.words.language] for p in self.policies}

    def beside(self, name: str, table: pd.DataFrame, column: str) -> Iterator[tuple[str, str, pd.Series[str]]]:
        """The columns that stand beside one of the table `name` and explain it: name, heading and values of each."""
        called = self._called(table, column)
        if called is not None:
            yield f"{column}_name", self.words.t("sheet.name", column=heading(name, column, self.words)), called
        if column == "resource" and "resources" in self.words.instance.tables:
            units = self.words.instance.resource_units
            known = {resource: self.words.unit(str(unit)) for resource, unit in units.items()}
            yield "resource_unit", self.words.column("unit"), table[column].map(known).fillna("")

    def _called(self, table: pd.DataFrame, column: str) -> pd.Series[str] | None:
        """What the names of a column are called; None where the column holds none, or every name is called by itself."""
        if column in ("outcome", "decision") and "label" in table:
            told = {p.label: p.words for p in self.policies}
            pairs = list(zip(table["label"], table[column], strict=True))
            called = [told.get(label, {}).get(name, {}).get(self.words.language, name) for label, name in pairs]
        elif column == "item" and "label" in table:
            policies, pairs = {p.label: p for p in self.policies}, list(zip(table["label"], table[column], strict=True))
            items = {(label, item): self.words.called(str(item), policies.get(label)) for label, item in set(pairs)}
            called = [items[pair] for pair in pairs]
        elif (caller := self._callers().get(column)) is not None:
            known = {name: caller(str(name)) for name in table[column].dropna().unique()}
            called = [known.get(name, "") for name in table[column]]
        else:
            return None
        found = pd.Series(called, index=table.index, dtype=object)
        return None if (found == table[column].fillna("")).all() else found

    def _callers(self) -> Mapping[str, Callable[[str], str]]:
        words, titles = self.words, self.titles
        return {
            "industry": words.industry,
            "resource": words.resource,
            "region_or_group": words.place,
            "scope": lambda scope: words.t("sheet.nation") if scope == "nation" else words.called(scope),
            "unit": lambda unit: "" if unit == "1" else words.unit(unit),
            "status": lambda status: words.texts.get(f"status.{status}", status),
            "label": lambda label: titles.get(label, label),
            "limited_by": lambda labels: words.texts["comma"].join(titles.get(label, label) for label in labels.split(", ")),
            "term": lambda term: term_name(term, dict(titles), words),
            "indicator": lambda indicator: indicator_name(indicator, words),
            **dict.fromkeys(("region", "origin", "destination", "region_a", "region_b"), words.region),
            **dict.fromkeys(("origin_plate", "destination_plate"), words.group),
        }


def heading(table: str, column: str, words: Words) -> str:
    """The heading of a column, with its unit."""
    if column.endswith(DIFFERENCE):
        return words.t("sheet.difference", column=heading(table, column.removesuffix(DIFFERENCE), words))
    kind = KINDS.get(column, Kind())
    unit = "" if table == "indicators" else {"output": words.output, "money": words.money}.get(kind.unit, kind.unit)
    if table == "resources" and column == "price":
        return words.column(column) + words.t("brackets", text=words.t("sheet.per_unit", money=words.unit(words.money)))
    if f"head.{column}" in words.texts:
        return words.t(f"head.{column}") + words.bracket(unit)
    return words.column(column, unit)


def formats(name: str, table: pd.DataFrame, column: str) -> pd.Series[str]:
    """The Excel format of every value in a column of numbers."""
    measure = column.removesuffix(DIFFERENCE)
    signed = measure != column or column in ("difference_low", "difference_high", "change")
    stated = KINDS.get(measure, Kind()).format
    if stated and not signed:
        return pd.Series(stated, index=table.index, dtype=object)
    values = table[column].abs()
    groups = [g for g in MIXED.get(name, []) if g in table]
    largest = values.groupby([table[g] for g in groups]).transform("max") if groups else pd.Series(values.max(), index=table.index)
    largest = largest.fillna(0.0)
    by_size = {size: decimals(decimals_for([size]), signed=signed) for size in largest.unique()}
    found = largest.map(by_size)
    if name == "indicators":
        found = found.mask(table["indicator"].isin(SHARES), _signed(SHARE) if signed else SHARE)
    return found if not stated else pd.Series(_signed(stated), index=table.index, dtype=object)


def _signed(shown: str) -> str:
    return f"+{shown};-{shown};0"
