"""Indicators of specialisation, similarity, concentration and inequality: pure functions on tables.

Output is a series indexed (industry, region). X[k,r] output, X[r] and X[k] its sums, X the total, s[k,r] = X[k,r] / X[r].
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

THRESHOLD, TOLERANCE = 0.75, 0.005  # of the measures `hinge` and `theil`


def _matrix(output: pd.Series[float]) -> pd.DataFrame:
    """Industries by regions, in the order of the series."""
    order = [output.index.unique(level) for level in ("industry", "region")]
    return output.unstack("region").reindex(index=order[0], columns=order[1])


def location_quotient(output: pd.Series[float]) -> pd.Series[float]:
    """LQ[k,r] = (X[k,r] / X[r]) / (X[k] / X); also called revealed comparative advantage (Balassa 1965). 0 where nothing is made."""
    by_industry = output.groupby(level="industry", sort=False).transform("sum")
    by_region = output.groupby(level="region", sort=False).transform("sum")
    expected = by_industry * by_region / (output.sum() or 1.0)
    return (output / expected.where(expected > 0)).fillna(0.0)


def rsca(output: pd.Series[float]) -> pd.Series[float]:
    """Revealed symmetric comparative advantage, (LQ - 1) / (LQ + 1), in -1..1 (Dalum, Laursen and Villumsen 1998)."""
    lq = location_quotient(output)
    return (lq - 1) / (lq + 1)


def nrca(output: pd.Series[float]) -> pd.Series[float]:
    """Normalised revealed comparative advantage times the number of cells: len * (X[k,r]/X - X[k] X[r] / X^2) (Yu, Cai and Leung 2009)."""
    total = output.sum()
    by_industry = output.groupby(level="industry", sort=False).transform("sum")
    by_region = output.groupby(level="region", sort=False).transform("sum")
    if total <= 0:
        return 0 * output
    return len(output) * (output / total - by_industry * by_region / total**2)


def shares(output: pd.Series[float]) -> pd.DataFrame:
    """s[k,r], industries by regions; 0 for a region without output."""
    matrix = _matrix(output)
    return matrix.div(matrix.sum().where(lambda t: t > 0), axis=1).fillna(0.0)


def similarity(output: pd.Series[float]) -> pd.DataFrame:
    """UNIDO similarity of industrial structure (产业同构系数), region by region: cosine of the share vectors, in 0..1."""
    s = shares(output)
    norm = np.sqrt((s**2).sum())
    return (s.T @ s).div(norm, axis=0).div(norm, axis=1).fillna(0.0)


def specialisation(output: pd.Series[float]) -> pd.DataFrame:
    """Krugman index, region by region: sum over industries of |s[k,r] - s[k,q]|, in 0..2."""
    s = shares(output).to_numpy()
    index = pd.Index(output.index.unique("region"))
    total = np.zeros((len(index), len(index)))
    for industry in s:
        total += np.abs(np.subtract.outer(industry, industry))
    return pd.DataFrame(total, index, index)


def national_specialisation(output: pd.Series[float]) -> pd.Series[float]:
    """Krugman index of each region against the country as a whole."""
    nation = output.groupby(level="industry", sort=False).sum()
    return shares(output).sub(nation / (nation.sum() or 1.0), axis=0).abs().sum()


def concentration(output: pd.Series[float]) -> pd.Series[float]:
    """HHI of each industry over regions: sum of squared regional shares, in 1/R..1; 0 for an industry without output."""
    matrix = _matrix(output)
    return (matrix.div(matrix.sum(axis=1).where(lambda t: t > 0), axis=0) ** 2).sum(axis=1)


def theil(income: pd.Series[float], population: pd.Series[float], group: pd.Series[str]) -> dict[str, float]:
    """Theil index of income per head over regions: sum of y ln(y / p) with income shares y and population shares p.

    Split into `between` and `within` the groups; `total` is their sum (Theil 1967).
    """
    if income.sum() <= 0:
        return {"total": 0.0, "between": 0.0, "within": 0.0}
    y, p = income / income.sum(), population / population.sum()
    grouped = pd.DataFrame({"y": y, "p": p}).groupby(group).sum()
    total = _entropy(y, p)
    between = _entropy(grouped["y"], grouped["p"])
    return {"total": total, "between": between, "within": total - between}


def _entropy(y: pd.Series[float], p: pd.Series[float]) -> float:
    positive = y > 0
    return float((y[positive] * np.log(y[positive] / p[positive])).sum())


def local_balance(output: pd.Series[float], value_added: pd.Series[float]) -> pd.DataFrame:
    """Surplus (+) or deficit (-) of every industry in every region, industries by regions.

    Output less the region's share of national use, taken as its share of national value added. A rough guide to what regions can sell each
    other where no trade is observed.
    """
    matrix = _matrix(output)
    weight = value_added.groupby(level="region", sort=False).sum()
    return matrix - np.outer(matrix.sum(axis=1), weight / (weight.sum() or 1.0))


def net_trade(balance: pd.DataFrame) -> pd.DataFrame:
    """What two regions can sell each other: sum over industries of the smaller of one's surplus and the other's deficit, both ways."""
    surplus, deficit = balance.clip(lower=0).to_numpy(), (-balance).clip(lower=0).to_numpy()
    one_way = np.stack([np.minimum(surplus[:, [r]], deficit).sum(axis=0) for r in range(balance.shape[1])])
    return pd.DataFrame(one_way + one_way.T, balance.columns, balance.columns)


def theil_tangents(tolerance: float, most: float) -> list[float]:
    """Points t at which the tangents of u ln u - u + 1 lie below it by at most tolerance * (1 + u) / 2, up to the first above `most`.

    t = sinh((j - 1/2) h)^2, h^2 = 0.96 * tolerance, j = 1, 2, ...
    """
    h = math.sqrt(0.96 * tolerance)
    count = math.ceil(math.asinh(math.sqrt(most)) / h + 0.5)
    points: list[float] = (np.sinh((np.arange(1, count + 1) - 0.5) * h) ** 2).tolist()
    return points


@dataclass(frozen=True, eq=False)
class Concave:
    """A concave measure T of levels y[r]: the sum of q[v] * v over its variables v, each as large as v <= most and its `pieces` allow.

    The pieces v <= a + b * y[r] are a and b by variable, region and number.
    """

    q: pd.Series[float]
    most: float | None
    pieces: dict[tuple[str, str, int], tuple[float, float]]

    def of(self, y: pd.Series[float]) -> float:
        """T of levels."""
        highest = pd.Series({piece: a + b * y[piece[1]] for piece, (a, b) in self.pieces.items()}).groupby(level=0).min()
        return float((self.q * highest.clip(upper=self.most)).sum())


def concave(
    form: str, p: pd.Series[float], mean: float, ceiling: float | None = None, threshold: float | None = None, tolerance: float | None = None
) -> Concave:
    """A measure of the levels of regions with the weights p; threshold is 0.75 and tolerance 0.005 where none is given.

    The forms::

        maxmin    T = min(ceiling, min_r y[r])
        range     T = min_r y[r] - max_r y[r]
        hinge     T = - sum_r p[r] * max(0, threshold - y[r] / mean)
        theil     T = - sum_r p[r] * phi(y[r] / mean), phi(u) = u ln u - u + 1, by tangents: at t, u ln t - t + 1; at t = 1 it is 0
    """
    regions = list(map(str, p.index))
    if form == "maxmin":
        return Concave(pd.Series(1.0, index=["worst"]), ceiling, {("worst", r, 1): (0.0, 1.0) for r in regions})
    if form == "range":
        slopes = {"worst": 1.0, "best": -1.0}
        return Concave(pd.Series(1.0, index=list(slopes)), None, {(v, r, 1): (0.0, b) for v, b in slopes.items() for r in regions})
    if form == "hinge":
        return Concave(p, 0.0, {(r, r, 1): (-(threshold or THRESHOLD), 1 / mean) for r in regions})
    points = {str(r): theil_tangents(tolerance or TOLERANCE, 1 / share) for r, share in p.items()}
    return Concave(p, 0.0, {(r, r, n): (t - 1, -math.log(t) / mean) for r, at in points.items() for n, t in enumerate(at, 1)})
