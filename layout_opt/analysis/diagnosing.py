"""Why a model has no plan: the smallest set of policies in conflict, down to their limits, and the cheapest repairs, by integer solves.

Policies first, then the rows of their limits, are narrowed down to a smallest conflict (`conflicts.smallest_conflict`): what remains has no plan,
and leaving out any one of it gives one, as far as every solve was decided. A repair lets the limits of one policy of the conflict, or of all of
them together, give way by as little as possible in all,

    min  sum_row excess[row] / scale[row],      scale[row] = |stated number|, for a ban what it would forbid in today's layout

under everything else that the model states. It names the rows that have to give way and by how much; the plan behind it satisfies all other
statements, which is checked from the tables. Repairs are ranked by that sum, the smallest change first; with it stands what the plan is then worth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import pandas as pd

from layout_opt.analysis.conflicts import Verdict, smallest_conflict
from layout_opt.analysis.pricing import dropping
from layout_opt.analysis.repairing import REPAIRS, repairs_of
from layout_opt.analysis.study import Effort, Efforts, Study, study
from layout_opt.build import Built
from layout_opt.definition import Definition
from layout_opt.instance import Instance
from layout_opt.plan import item
from layout_opt.policies import policies_of
from layout_opt.solving import BaselineError, prepared, search

ANY_PLAN = 1e9  # a relative gap at which the first plan is good enough
LIMITS = ["label", "family", "period", "row", "words_en", "words_zh"]
Row = tuple[str, int, Any]  # label, year, index of the limit


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """Whether the model is `feasible`; else the labels in `conflict` (none where the core itself is), the `limits` of them that conflict, whether
    both sets are `minimal` (every solve decided), and the table of `repairs`."""

    feasible: bool
    conflict: tuple[str, ...] = ()
    minimal: bool = True
    limits: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=LIMITS))
    repairs: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=REPAIRS))


def diagnose(
    instance: Instance | str | Path, definition: Definition | str | Path = "reference", *, out: Path | None = None, **effort: Unpack[Efforts]
) -> Diagnosis:
    """Find the smallest conflict of an infeasible model, and what would repair it, the smallest change first.

    `repairs` has a row per limit that has to give way: the number that is stated, what is needed (less where it is a floor), the difference, also
    in percent, and the same in words; `change` sums a repair's rows, relative to their scale. With `out` the tables are written there. Raises
    `InputError` for bad input.
    """
    with study("diagnosis", instance, definition, Effort(**effort), out) as asked:
        model = asked.solve("the model itself", gap=ANY_PLAN)
        if model.status != "infeasible":
            asked.figures |= {"feasible": True}
            return Diagnosis(feasible=True)
        hard = [label for label, entry in asked.definition.policies.items() if entry.penalty is None]
        conflict, decided = smallest_conflict(hard, partial(_without_plan, asked))
        rows, rows_decided = _rows(asked, conflict)
        asked.figures |= {"feasible": False, "conflict": list(conflict), "minimal": decided and rows_decided}
        asked.tables["limits"] = limits = _named(asked, conflict, rows)
        asked.tables["repairs"] = repairs = repairs_of(asked, conflict)
    return Diagnosis(False, conflict, decided and rows_decided, limits, repairs)


def _without_plan(asked: Study, labels: Sequence[str]) -> Verdict:
    """Whether the core with some of the policies has no plan."""
    others = asked.definition.policies.keys() - set(labels)
    status = asked.solve(f"only {', '.join(labels) or 'the core'}", dropping(asked.definition, others), gap=ANY_PLAN).status
    return None if status == "no_plan" else status == "infeasible"


def _rows(asked: Study, conflict: Iterable[str]) -> tuple[tuple[Row, ...], bool]:
    """The limits of the policies in conflict that are in conflict, and whether every solve was decided."""
    others = asked.definition.policies.keys() - set(conflict)
    try:
        built = prepared(asked.instance, dropping(asked.definition, others), gap=asked.effort.gap, time_limit=asked.limit(), seed=asked.effort.seed)
    except BaselineError:
        return (), False
    rows = dict(_limits(built))
    if not rows:
        return (), True
    return smallest_conflict(list(rows), partial(_rows_without_plan, asked, built, rows))


def _limits(built: Built) -> Iterable[tuple[Row, Any]]:
    for period in built.periods:
        for policy in built.policies:
            limit = period.b.policy[policy.label].component("limit")
            yield from (((policy.label, period.year, index), row) for index, row in (limit.items() if limit is not None else ()))


def _rows_without_plan(asked: Study, built: Built, rows: dict[Row, Any], kept: Sequence[Row]) -> Verdict:
    """Whether the model with some of its limits has no plan."""
    wanted = set(kept)
    for row, constraint in rows.items():
        (constraint.activate if row in wanted else constraint.deactivate)()
    title = f"{len(kept)} of {len(rows)} limits"
    outcome = search(built, gap=ANY_PLAN, time_limit=asked.limit(), seed=asked.effort.seed, progress=asked.effort.progress(title))
    if outcome.interrupted:
        raise KeyboardInterrupt
    return None if outcome.status == "no_plan" else outcome.status == "infeasible"


def _named(asked: Study, conflict: Iterable[str], rows: Iterable[Row]) -> pd.DataFrame:

    policies = {p.label: p for p in policies_of(asked.definition, asked.instance) if p.label in set(conflict)}
    found = []
    for label, year, index in rows:
        row = item(index)
        words = (policies[label].describe(asked.instance, row, language) for language in ("en", "zh"))
        found.append((label, policies[label].family, year, row, *words))
    return pd.DataFrame(found, columns=LIMITS)
