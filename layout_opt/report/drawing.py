"""A chart and the data that it draws, kept apart: Altair copies data at every step, and several charts may draw the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt

Row = dict[str, Any]


@dataclass(frozen=True)
class Data:
    """The rows that a chart draws, by a name that follows from what they say."""

    rows: dict[str, Sequence[Row]] = field(default_factory=dict)

    def named(self, rows: Sequence[Row]) -> Any:
        """Keep rows, and return what the chart calls them by."""
        name = "d" + hashlib.sha256(json.dumps(rows, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:12]
        self.rows[name] = rows
        return alt.NamedData(name)

    def looked_up(self, chart: Any, key: str, rows: Sequence[Row]) -> Any:
        """The chart with the other columns of the rows added to its data, where their column `key` agrees."""
        fields = [name for name in rows[0] if name != key] if rows else []
        return chart.transform_lookup(lookup=key, from_=alt.LookupData(self.named(rows), key=key, fields=fields))


@dataclass(frozen=True)
class Drawing:
    """A finished chart with its data."""

    chart: Any
    data: Data

    def to_dict(self, *, validate: bool = True) -> dict[str, Any]:
        """The Vega-Lite specification, data included."""
        found = self.chart.to_dict(validate=validate)
        return {**found, "datasets": {**found.get("datasets", {}), **self.data.rows}}
