"""What the import of a published table assumes, and how its figures are written."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

COSTS = "assumed by the import, of the order of the figures of china-2017"


@dataclass(frozen=True)
class Terms:
    """`growth` is that of demand, a year; capacities are today's use, grown as demand is, and `headroom` more."""

    base_year: int
    periods: tuple[int, ...]
    growth: float
    headroom: float

    def grown(self, year: int) -> float:
        """Demand in a year over that of the base year."""
        return float((1 + self.growth) ** (year - self.base_year))


def digits(values: pd.Series[float]) -> pd.Series[float]:
    """Nine significant digits, which is more than any table has."""
    return values.map(lambda value: float(f"{value:.9g}"))


def listed(figures: pd.DataFrame, name: str) -> pd.DataFrame:
    """A matrix as the rows of a table: its names of row and column, and the figure. What is missing has no row."""
    cells = pd.MultiIndex.from_product([figures.index, figures.columns])
    return digits(pd.Series(figures.to_numpy(float).ravel(), cells, name=name).dropna()).reset_index()
