"""Amounts of money shared out to the last digit: by largest remainder, and as a ledger of who pays whom; and what payers can pay."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pandas as pd

from layout_opt.instance import Instance
from layout_opt.schema import REGION
from layout_opt.tables import Table, amount, fraction

FISCAL = Table("fiscal", (REGION, amount("fiscal_capacity", "{money}"), fraction("benefit", optional=True)))


def fiscal_capacity(instance: Instance) -> pd.Series[float]:
    """fiscal_capacity[r] * benefit[r] of the regions that the table `fiscal` lists (money a year); benefit is 1 where not stated."""
    table = instance.tables["fiscal"].set_index("region")
    return table["fiscal_capacity"] * (table["benefit"].fillna(1.0) if "benefit" in table else 1.0)


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
    for recipient, money in due.items():
        columns[recipient] = apportioned(money, left)
        left = [rest - part for rest, part in zip(left, columns[recipient], strict=True)]
    return pd.DataFrame(columns, index=paid.index)
