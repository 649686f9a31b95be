"""Table of the family `infrastructure`: links between provinces that are planned or could be extended.

Investments are orders of magnitude in 1e8 CNY, some of them official (column note of assumptions/links.csv, recollected).
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"
# Share of the investment that plant on the move has to answer for: a small part of what a line carries, assumed.
CHARGED = 0.01


def tables(_raw: Path, _made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The table `links`."""
    links = pd.read_csv(ASSUMPTIONS / "links.csv")
    links["cost"] = (CHARGED * links.investment).round(2)
    columns = ["link", "name_en", "name_zh", "origin", "destination", "cost", "saving", "most"]
    return {"links": links[columns].assign(estimated="yes", note=links.note)}
