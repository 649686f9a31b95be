"""Table of the family `policy_package`: packages as they are named in policy papers, their size and worth assumed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"


def tables(_raw: Path, _made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The table `packages`."""
    return {"packages": pd.read_csv(ASSUMPTIONS / "packages.csv").assign(estimated="yes")}
