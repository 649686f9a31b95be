"""Tables of the family `ecological_compensation`: whose services serve others, and who can pay.

Fiscal capacity is the general public budget revenue of 2017 (NBS, recollected; the 31 sum to the published 91,469 but for rounding). How far a
loss is borne for others, and how far a province benefits, is assumed.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"
BENEFIT = {"East": 1.0, "Central": 0.7, "West": 0.5, "Northeast": 0.5}  # of a province in a plate: less, the further from the rivers' mouths


def tables(_raw: Path, made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables `ecological_services` and `fiscal`."""
    services = pd.read_csv(ASSUMPTIONS / "ecological_services.csv")
    fiscal = pd.read_csv(ASSUMPTIONS / "fiscal.csv")
    plate = made["regions"].set_index("region")["plate"]
    note = "fiscal_capacity is published (recollected), benefit estimated"
    return {
        "ecological_services": services[["region", "service"]].assign(estimated="yes", note=services["note"]),
        "fiscal": fiscal.assign(benefit=fiscal["region"].map(plate).map(BENEFIT), estimated="yes", note=note),
    }
