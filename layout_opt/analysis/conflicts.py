"""The smallest part of a set of statements that is in conflict, by QuickXplain (Junker 2004).

With k statements in the conflict among n it asks about k log2(n / k) + 2 k times whether some of them have a plan together, against n times for
dropping one after the other. What it returns is in conflict, and every proper part of it has a plan, as far as every question was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
Verdict = bool | None  # in conflict, not in conflict, not decided


def smallest_conflict(items: Sequence[T], conflicting: Callable[[Sequence[T]], Verdict]) -> tuple[tuple[T, ...], bool]:
    """The smallest part of `items`, which are in conflict, that still is, in their order, and whether every question was decided.

    What is not decided counts as free of conflict, so that the part returned is always one that was shown to be in conflict.
    """
    decided = True

    def conflict(part: Sequence[T]) -> bool:
        nonlocal decided
        verdict = conflicting([item for item in items if item in part])
        decided = decided and verdict is not None
        return bool(verdict)

    def search(known: list[T], added: bool, rest: Sequence[T]) -> list[T]:
        """What of `rest` makes a smallest conflict with `known`; `added`: whether `known` has grown since it was last asked about."""
        if added and conflict(known):
            return []
        if len(rest) == 1:
            return list(rest)
        first, second = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        of_second = search([*known, *first], bool(first), second)
        of_first = search([*known, *of_second], bool(of_second), first)
        return [*of_first, *of_second]

    if conflict([]):
        return (), decided
    found = search([], False, items)
    return tuple(item for item in items if item in found), decided
