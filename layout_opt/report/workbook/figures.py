"""The main figures of a run as small tables to read and to draw, which refer to the cells that they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from layout_opt.report.appendix import policy_titles, term_name
from layout_opt.report.content import Content
from layout_opt.report.words import Words
from layout_opt.report.workbook.blocks import Block, Cell
from layout_opt.report.workbook.columns import SHARE
from layout_opt.report.workbook.tables import TableSheet
from layout_opt.runs import Run

MOST_PLACES = 40  # of a resource: those that use most of their capacity


@dataclass(frozen=True, eq=False)
class Figures:
    """The main figures of `content`. `sheets` holds the sheets of its result tables; without them the figures stand by themselves."""

    content: Content
    words: Words
    sheets: Mapping[str, TableSheet] = field(default_factory=dict)

    @property
    def run(self) -> Run:
        return self.content.run

    def blocks(self) -> list[Block]:
        """Transfers between plates, shares of value added, contributions to the objective, and the use of every resource."""
        found = [self._plates(), self._shares(), self._objective(), *self._resources()]
        return [block for block in found if block.rows]

    def _table(self, name: str) -> pd.DataFrame:
        return self.sheets[name].table if name in self.sheets else self.run.tables[name]

    def _cell(self, table: str, row: int, column: str) -> Cell:
        return cell(self._table(table), row, column, self.sheets.get(table))

    def _plates(self) -> Block:
        words, names, table = self.words, self.run.instance.plates, self._table("plates")
        rows = {pair: row for row, pair in enumerate(zip(table["origin_plate"], table["destination_plate"], strict=True))}
        matrix = [[self._cell("plates", rows[origin, destination], "output") for destination in names] for origin in names]
        heads = [words.t("sheet.to", place=words.group(name)) for name in names]
        labels = [words.t("sheet.from", place=words.group(name)) for name in names]
        corner, source = words.column("output", words.output), words.t("from_table", file="plates.csv")
        return Block(words.t("plates.title"), corner, heads, labels, matrix, source, stacked=True)

    def _shares(self) -> Block:
        words, table = self.words, self._table("indicators")
        stated = table[table["indicator"] == "value_added_share"]
        title = words.t("indicator.value_added_share")
        labels = [words.group(str(plate)) for plate in stated["scope"]]
        rows = [[self._cell("indicators", row, moment) for moment in ("before", "after")] for row in stated.index]
        return Block(title, title, self._moments(), labels, rows, words.t("from_table", file="indicators.csv"), SHARE)

    def _objective(self) -> Block:
        words, titles, table = self.words, policy_titles(self.content, self.words), self._table("objective")
        rows = [[times(self._cell("objective", row, "weight"), self._cell("objective", row, "value"))] for row in table.index]
        labels = [term_name(str(term), titles, words) for term in table["term"]]
        corner = words.column("contribution", words.money)
        return Block(words.t("objective"), corner, [words.column("contribution")], labels, rows, words.t("from_table", file="objective.csv"))

    def _resources(self) -> list[Block]:
        words, table = self.words, self._table("resources")
        limited = table[(table["period"] == self.content.year) & table["utilisation"].notna()]
        blocks = []
        for resource, part in limited.groupby("resource", sort=False):
            most = part.sort_values("utilisation", ascending=False, kind="stable").head(MOST_PLACES)
            rows = [
                [
                    over(self._cell("resources", row, "use_before"), self._cell("resources", row, "capacity")),
                    self._cell("resources", row, "utilisation"),
                ]
                for row in most.index
            ]
            labels = [words.place(str(place)) for place in most["region_or_group"]]
            source = words.t("from_table", file="resources.csv")
            if len(most) < len(part):
                source = words.sentences([words.t("sheet.most", shown=len(most), total=len(part)), source])
            title = words.t("sheet.use", resource=words.resource(str(resource)))
            blocks.append(Block(title, words.column("utilisation"), self._moments(), labels, rows, source, SHARE))
        return blocks

    def _moments(self) -> list[str]:
        return [self.words.column("before"), self.words.column("after")]


def cell(table: pd.DataFrame, row: int, column: str, sheet: TableSheet | None) -> Cell:
    """A value of a result table, and the reference to it where the table has a sheet."""
    return Cell(float(table[column].to_numpy(dtype=float)[row]), sheet.at(row, column) if sheet else None)


def times(a: Cell, b: Cell) -> Cell:
    """The product of two cells."""
    return Cell(a.value * b.value, f"{a.formula}*{b.formula}" if a.formula and b.formula else None)


def over(a: Cell, b: Cell) -> Cell:
    """The quotient of two cells, the second of which is not 0."""
    return Cell(a.value / b.value, f"{a.formula}/{b.formula}" if a.formula and b.formula else None)
