"""Table of the family `support_floor`: provinces that need support, by kind.

Provinces with a land border are those of the raw folder; the others, and all floors, are assumptions. The real lists name counties and cities.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"


def tables(raw: Path, _made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The table `support`."""
    names = pd.read_csv(ASSUMPTIONS / "regions.csv").set_index("province_zh")["region"]
    listed = pd.read_csv(raw / "regions/province_security_groups.csv").query("land_border == 1")["province_zh"].map(names)
    kinds = pd.read_csv(ASSUMPTIONS / "support.csv", keep_default_na=False).set_index("kind")
    regions = {kind: text.split("; ") if text else list(listed) for kind, text in kinds["regions"].items()}
    rows = [(region, kind) for kind, members in regions.items() for region in members]
    support = pd.DataFrame(rows, columns=["region", "kind"])
    return {
        "support": support.join(kinds[["floor_growth", "floor_per_head"]], on="kind").assign(estimated="yes", note=support["kind"].map(kinds["note"]))
    }
