"""Tables of the family `negative_list`: national permits, and local bans with their reasons, all from the folder `assumptions`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"


def tables(raw: Path, made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:  # noqa: ARG001
    """The two tables."""
    bans = pd.read_csv(ASSUMPTIONS / "local_bans.csv", keep_default_na=False)
    for column, listed in (("region", "regions"), ("industry", "industries")):
        bans[column] = bans[listed].str.split()
        bans = bans.explode(column)
    return {
        "negative_list": pd.read_csv(ASSUMPTIONS / "negative_list.csv").assign(estimated="yes")[["industry", "rule", "quota", "estimated", "note"]],
        "local_bans": bans[["industry", "region", "reason", "note"]].assign(estimated="yes"),
    }
