"""How the use of a capacity is written: with so many digits that rounding never lets more than the capacity look like it."""

from __future__ import annotations

from layout_opt.report.content import FULL, OVER
from layout_opt.report.words import Words, decimals_for, fixed

DIGITS = 12  # decimals; no table of a run has more


def apart(before: float, after: float, capacity: float) -> list[str]:
    """Use before and after, and capacity: the last two read the same at the cap only."""
    values = [before, after, capacity]
    decimals = decimals_for(values)
    while fixed(after, decimals) == fixed(capacity, decimals) and decimals < DIGITS and not FULL * capacity <= after <= OVER * capacity:
        decimals += 1
    return [fixed(v, decimals) for v in values]


def utilisation(share: float, words: Words) -> str:
    """Use over capacity in per cent, which reads 100 % at the cap only."""
    if words.percent(share) != words.percent(1.0) or FULL <= share <= OVER:
        return words.percent(share)
    decimals = next(d for d in range(1, DIGITS) if round(100 * share, d) != 100)
    return words.percent(share, decimals)
