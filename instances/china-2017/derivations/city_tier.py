"""Tables of the family `city_tier`: which tier a region's cities belong to, and what each tier is for.

A province is of the tier of the city that leads it: the two core metropolises; provinces around a national central city or another city of more than
five million people; the other provinces; provinces without a city of three million (census of 2020, recollected). The ceilings are assumed.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"


def tables(_raw: Path, _made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The three tables, all of them estimated."""
    functions = pd.read_csv(ASSUMPTIONS / "tier_functions.csv")
    functions = functions.assign(industry=functions.industries.str.split()).explode("industry")
    return {
        "tiers": pd.read_csv(ASSUMPTIONS / "tiers.csv").assign(estimated="yes"),
        "tier_rules": pd.read_csv(ASSUMPTIONS / "tier_rules.csv", dtype={"max_projects": "Int64"}).assign(estimated="yes"),
        "tier_functions": functions[["tier", "industry", "max_growth", "note"]].assign(estimated="yes"),
    }
