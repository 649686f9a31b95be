"""What a solve leaves behind, and what it tells while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

Status = Literal["optimal", "feasible", "infeasible", "no_plan"]
PROVEN = 1e-4  # a plan within this relative gap of its bound is called optimal


@dataclass(frozen=True)
class Outcome:
    """Status first. `objective`, `bound` and `gap` are None without a plan; the values then stand nowhere.

    `prices` maps (policy label, year, row of its limit) to the dual value with all integers fixed: the objective's change per unit of the
    limit's bound. `chosen` says why this engine. `gap` is |bound - objective| / |objective|, as in HiGHS; `bound` holds for the whole problem.
    """

    status: Status
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    interrupted: bool = False
    engine: str = "direct"
    size: dict[str, int] = field(default_factory=dict)
    prices: dict[tuple[str, int, str], float] = field(default_factory=dict)
    nodes: int = 0
    message: str = ""
    chosen: str = ""


class Progress(Protocol):
    """Told of every new bound and plan (None while there is none), `seconds` since the solve began."""

    def __call__(self, seconds: float, bound: float | None, plan: float | None, gap: float | None) -> None: ...


def quiet(seconds: float, bound: float | None, plan: float | None, gap: float | None) -> None:
    """A progress that says nothing."""


def relative_gap(objective: float, bound: float) -> float:
    """|bound - objective| / |objective|; 0 where they agree to nine digits, infinite for an objective of 0."""
    difference = abs(bound - objective)
    if difference <= 1e-9 * max(abs(objective), abs(bound), 1.0):
        return 0.0
    return difference / abs(objective) if objective else float("inf")
