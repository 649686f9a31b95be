"""Amounts of money shared out to the last digit: by largest remainder, and as a ledger of who pays whom."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pandas as pd


def apportioned(amount: int, weights: Sequence[int | Fraction]) -> list[int]:
    """A whole amount shared out in proportion to weights, the rest by largest remainder (the first of equals); nothing where all weights are 0."""
    total = sum(weights)
    if total == 0:
        return [0] * len(weights)
    shares = [divmod(amount * weight, total) for weight in weights]
    rest = amount - sum(whole for whole, _ in shares)
    first = set(sorted(range(len(shares)), key=lambda n: -shares[n][1])[:rest])
    return [whole + (n in first) for n, (whole, _) in enumerate(shares)]


def ledger(received: pd.Series[float], paid: pd.Series[float], decimals: int) -> pd.DataFrame:
    """Who pays whom, payers by recipients, in whole digits of the money: each recipient is paid by all payers in proportion to what they still have
    to pay. Those who pay or receive nothing are left out."""
    received, paid = received[received > 0], paid[paid > 0]
    due, columns = {r: round(value * 10**decimals) for r, value in received.items()}, {}
    left = apportioned(sum(due.values()), [Fraction(value) for value in paid])
    for recipient, amount in due.items():
        columns[recipient] = apportioned(amount, left)
        left = [rest - part for rest, part in zip(left, columns[recipient], strict=True)]
    return pd.DataFrame(columns, index=paid.index)
