"""Where the facts come from: the source of every table, and the rows that are marked as estimated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from layout_opt.instance import Instance
from layout_opt.report.content import estimated
from layout_opt.report.document import Bullets, Section, TableBlock
from layout_opt.report.words import Words

NAMED = 40  # rows of a group that are named one by one; of more than that the number is stated


def sources(instance: Instance, words: Words) -> TableBlock:
    """The tables of an instance (and the file where it is not called like the table): source, year, licence, note, rows marked as estimated."""
    rows = []
    for name, entry in instance.manifest.tables.items():
        marked = int(estimated(instance.tables[name]).sum()) if name in instance.tables else 0
        counts = f"{marked:,} / {len(instance.tables.get(name, ())):,}"
        file = "" if entry.file in ("", f"{name}.csv") else words.t("brackets", text=entry.file)
        rows.append([name + file, entry.source or "–", str(entry.year) or "–", entry.licence or "–", entry.note or "–", counts])
    heads = [words.column(c) for c in ("table", "source", "year", "licence", "note", "estimated")]
    caption = words.t("provenance.tables")
    return TableBlock(caption, heads, rows, [False] * 5 + [True], "instance/instance.toml", name="sources")


def estimates(instance: Instance, words: Words) -> Section:
    """Which rows of the tables are marked as estimated; no blocks where none is."""
    whole, rows = list[str](), list[Sequence[str]]()
    for name, table in instance.tables.items():
        marked = estimated(table)
        if marked.all() and len(table):
            whole.append(name)
        elif marked.any():
            rows += [[name, group, which] for group, which in _groups(instance, name, marked, words)]
    blocks: list[Bullets | TableBlock] = [Bullets([words.t("estimates.whole", items=", ".join(whole))])] if whole else []
    if rows:
        heads = [words.column(c) for c in ("table", "item", "estimated_rows")]
        blocks.append(TableBlock(words.t("estimates.caption"), heads, rows, [False] * 3))
    return Section("estimates", words.t("estimates"), blocks, appendix=True)


def _groups(instance: Instance, name: str, marked: pd.Series[bool], words: Words) -> Iterable[tuple[str, str]]:
    """The marked rows of a table by that column of its key that makes the fewest groups: the group, and what the rest of the key says."""
    table = instance.tables[name]
    key = sorted(instance.schema[name].key, key=lambda column: table.loc[marked, column].nunique())
    groups, rest = (table.groupby(key[0], sort=False), key[1:]) if len(key) > 1 else ([("–", table)], key)
    for value, part in groups:
        group, chosen = instance.called(str(value), words.language), part[marked[part.index]]
        if len(chosen) == len(part):
            yield group, words.t("estimates.all", total=len(part))
        elif 0 < len(chosen) <= NAMED:
            names = [" – ".join(instance.called(str(v), words.language) for v in row) for row in chosen[rest].itertuples(index=False)]
            yield group, words.t("estimates.named", count=len(chosen), total=len(part), items=words.texts["comma"].join(names))
        elif len(chosen):
            yield group, words.t("estimates.counted", count=len(chosen), total=len(part))
