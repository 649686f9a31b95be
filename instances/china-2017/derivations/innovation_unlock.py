"""Innovations that raise value added where they are used: table `innovations`.

All assumed, as orders of magnitude: a research base costs 80 to 300 a year (the nation spent 17,606 on research in 2017), and an upgraded unit of
output gains 2 to 4 % of its value, a tenth or so of the value added of the industry.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"


def tables(_: Path, made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The table, as assumed."""
    innovations = pd.read_csv(ASSUMPTIONS / "innovations.csv").assign(estimated="yes")
    assert innovations["industry"].isin(made["industries"]["industry"]).all()
    return {"innovations": innovations}
