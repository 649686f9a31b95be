"""The main figures of a comparison, scenario by scenario, which refer to the cells that they come from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from layout_opt.analysis.comparing import Comparison
from layout_opt.report.appendix import term_name
from layout_opt.report.content import FULL
from layout_opt.report.words import Words
from layout_opt.report.workbook.blocks import Block, Cell
from layout_opt.report.workbook.columns import COUNT, SHARE
from layout_opt.report.workbook.figures import cell, times
from layout_opt.report.workbook.tables import TableSheet

NONE = Cell(math.nan)


@dataclass(frozen=True, eq=False)
class ScenarioFigures:
    """The main figures of all scenarios that have a plan. `sheets` holds the sheets of the comparison's tables."""

    comparison: Comparison
    words: Words
    sheets: Mapping[str, TableSheet]

    def blocks(self) -> list[Block]:
        """Differences of the objective, transfers, shares of value added, contributions to the objective, places at their cap."""
        found = [self._differences(), self._transfer(), self._plates(), self._shares(), self._objective(), self._full()]
        return [block for block in found if block.rows and block.heads]

    @property
    def _planned(self) -> list[str]:
        return [name for name, run in self.comparison.runs.items() if run.has_plan]

    def _cell(self, table: str, row: int, column: str) -> Cell:
        return cell(self.sheets[table].table, row, column, self.sheets[table])

    def _rows(self, table: str, *keys: str) -> dict[tuple[str, ...], int]:
        """The row of a table by scenario and other keys."""
        columns = [self.sheets[table].table[key].astype(str) for key in ("scenario", *keys)]
        return {key: row for row, key in enumerate(zip(*columns, strict=True))}

    def _block(self, title: str, corner: str, heads: Sequence[str], rows: Mapping[str, Sequence[Cell]], file: str, shown: str = "") -> Block:
        source = self.words.t("from_table", file=file)
        return Block(title, corner, heads, list(rows), list(rows.values()), source, shown, stacked=len(heads) > 2 and shown != SHARE)

    def _differences(self) -> Block:
        words, table = self.words, self.sheets["scenarios"].table
        compared = table[table["difference_low"].notna() & (table["scenario"] != self.comparison.baseline)]
        ends = ("difference_low", "difference_high")
        rows = {str(table.at[row, "scenario"]): [self._cell("scenarios", row, end) for end in ends] for row in compared.index}
        heads = [words.column(end) for end in ends]
        return self._block(words.t("scenarios.title"), words.column("difference", words.money), heads, rows, "scenarios.csv")

    def _transfer(self) -> Block:
        words, table = self.words, self.sheets["scenarios"].table
        moved = table[table["transfer"].notna()]
        rows = {str(table.at[row, "scenario"]): [self._cell("scenarios", row, "transfer")] for row in moved.index}
        title = words.column("transfer")
        return self._block(title, words.column("output", words.output), [title], rows, "scenarios.csv")

    def _plates(self) -> Block:
        words, found, plates = self.words, self._rows("plates", "origin_plate", "destination_plate"), self.comparison.instance.plates
        pairs = [(o, d) for o in plates for d in plates]
        cells = {name: {pair: self._cell("plates", found[name, *pair], "output") for pair in pairs} for name in self._planned}
        moving = [pair for pair in pairs if any(row[pair].value > 0 for row in cells.values())]
        heads = [f"{words.group(o)} → {words.group(d)}" for o, d in moving]
        rows = {name: [row[pair] for pair in moving] for name, row in cells.items()}
        return self._block(words.t("compare.plates_title"), words.column("output", words.output), heads, rows, "plates.csv")

    def _shares(self) -> Block:
        words, found = self.words, self._rows("indicators", "indicator", "scope")
        plates = self.comparison.instance.plates
        rows = {name: [self._cell("indicators", found[name, "value_added_share", plate], "after") for plate in plates] for name in self._planned}
        title = words.t("indicator.value_added_share")
        return self._block(title, title, [words.group(plate) for plate in plates], rows, "indicators.csv", SHARE)

    def _objective(self) -> Block:
        words, found = self.words, self._rows("objective", "term")
        titles = {p.label: p.title[words.language] for run in self.comparison.runs.values() for p in run.policies}
        terms = list(dict.fromkeys(term for _, term in found))
        rows = {name: [self._contribution(found.get((name, term))) for term in terms] for name in self._planned}
        heads = [term_name(term, titles, words) for term in terms]
        return self._block(words.t("compare.objective"), words.column("contribution", words.money), heads, rows, "objective.csv")

    def _contribution(self, row: int | None) -> Cell:
        return NONE if row is None else times(self._cell("objective", row, "weight"), self._cell("objective", row, "value"))

    def _full(self) -> Block:
        words, table = self.words, self.sheets["resources"].table
        last = table[(table["period"] == table.groupby("scenario")["period"].transform("max")) & table["utilisation"].notna()]
        counts = (last["utilisation"] >= FULL).groupby([last["scenario"], last["resource"]]).sum()
        resources = list(dict.fromkeys(last["resource"]))
        rows = {name: [Cell(float(counts.get((name, resource), math.nan))) for resource in resources] for name in self._planned}
        heads, title = [words.resource(str(resource)) for resource in resources], words.t("compare.resources_title")
        return self._block(title, words.column("at_cap"), heads, rows, "resources.csv", COUNT)
