"""Colours and settings that all charts share. Safe for colour-blind readers (Okabe and Ito; brown to teal for differences)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from layout_opt.report.drawing import Data, Drawing

PLATES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C6D31", "#5E3C99", "#666666", "#B8A800")
DIVERGING = ["#8c510a", "#f5f5f5", "#01665e"]
RISING = ["#f5f5f5", "#7bb2ac", "#01665e"]
OVER, FULL, BELOW, BEFORE, AFTER = "#6B1D1D", "#D55E00", "#7FA6C4", "#9a9a9a", "#0072B2"
FONT = '"Helvetica Neue", Arial, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif'


def plate_colours(count: int) -> list[str]:
    """A colour per plate, repeated beyond the palette's length."""
    return [PLATES[i % len(PLATES)] for i in range(count)]


def tooltip(fields: Sequence[tuple[str, str]]) -> list[Any]:
    """Tooltips that show ready-made texts under the given headings."""
    return [alt.Tooltip(field=name, type="nominal", title=heading) for name, heading in fields]


def finish(chart: Any, title: Any, alt_text: str, data: Data | None = None) -> Drawing:
    """A chart with its title (a text or an expression), a description for screen readers, the shared look, and the data that it names."""
    looks = (
        chart.properties(
            title=alt.TitleParams(title, anchor="start", fontSize=14, fontWeight=600, offset=10), description=str(alt_text), background="#ffffff"
        )
        .configure(font=FONT, padding=8)
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=10.5, titleFontSize=11, titleFontWeight="normal", gridColor="#e6e6e6", domainColor="#888888", labelLimit=290)
        .configure_legend(labelFontSize=10.5, titleFontSize=11, titleFontWeight="normal", labelLimit=200, titleLimit=260)
        .configure_header(labelFontSize=11, titleFontSize=11, labelFontWeight=600)
    )
    return Drawing(looks, data or Data())
