"""Tables of the family `security_floor`: what the country has to make itself, and what key regions keep.

Which provinces are major grain producers and which lie on a land border is official; what they keep is assumed (`assumptions/security_roles.csv`).
Of two floors under one cell the higher one holds.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"
LISTED = {"grain": "major_grain_producing13", "border": "land_border"}  # columns of the raw file


def tables(raw: Path, made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The two tables."""
    names = pd.read_csv(ASSUMPTIONS / "regions.csv").set_index("province_zh").region
    groups = pd.read_csv(raw / "regions/province_security_groups.csv").assign(region=lambda t: t.province_zh.map(names))
    rows = []
    for role in pd.read_csv(ASSUMPTIONS / "security_roles.csv", keep_default_na=False).itertuples():
        members = groups.region[groups[LISTED[role.role]] == 1] if role.role in LISTED else role.regions.split("|")
        rows += [(k, r, role.floor, "yes", role.note) for k in role.industries.split() for r in members]
    floors = pd.DataFrame(rows, columns=["industry", "region", "floor", "estimated", "note"])
    made_there = made["stock"].set_index(["industry", "region"]).index
    floors = floors[pd.MultiIndex.from_frame(floors[["industry", "region"]]).isin(made_there)]
    floors = floors.sort_values("floor", ascending=False, kind="stable").drop_duplicates(["industry", "region"]).sort_index()
    shares = pd.read_csv(ASSUMPTIONS / "security.csv").assign(estimated="yes")
    return {"security": shares[["industry", "min_share", "estimated", "note"]], "security_regions": floors}
