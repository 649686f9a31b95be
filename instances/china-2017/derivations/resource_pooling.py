"""Tables of the families `resource_pooling` and `enclave`, as `assumptions/pools.csv` states them: who may lend capacity to whom, and who runs
parks together.

The platforms exist or are planned (general knowledge); how much may be lent and what lending costs is assumed: a tenth of a ceiling of carbon or
energy, a twentieth of one of water, at 10 CNY a tonne of CO2, 50 CNY a tonne of coal equivalent, 1 CNY a cubic metre; and that three tenths of the
income of what moves into a common park stay with the region it comes from.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"


def tables(_raw: Path, _made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The two tables, all of them estimated."""
    table = pd.read_csv(ASSUMPTIONS / "pools.csv").assign(estimated="yes")
    members = table.assign(region=table.members.str.split(";")).explode("region")
    return {
        "pools": table[["pool", "name_en", "name_zh", "resource", "cost", "credit", "estimated", "note"]],
        "pool_members": members[["pool", "region", "limit_share", "estimated"]],
    }
