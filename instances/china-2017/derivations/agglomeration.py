"""Tables of the families `agglomeration` and `colocation`, as `assumptions/scale_returns.csv` and `assumptions/colocation.csv` state them.

A bonus is 3 to 10 % of the industry's value-added rate on the output above a threshold: the order of the 2 to 8 % by which productivity rises with a
doubling of density or size in studies of agglomeration (Rosenthal and Strange 2004, recollected). The benefit of a pair is 0.1 to 0.3 % of what the
two industries make in a cluster that holds a tenth of the nation (1e8 CNY a year). Both are assumed.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"


def tables(_raw: Path, _made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The two tables, all of them estimated."""
    return {name: pd.read_csv(ASSUMPTIONS / f"{name}.csv").assign(estimated="yes") for name in ("scale_returns", "colocation")}
