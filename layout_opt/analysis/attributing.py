"""Which policies make the difference between two models: Shapley values, whatever the order.

The models differ in n parts: policies that one of them lacks or states otherwise, and the rest (objective, core, periods) as one part more. With
v(S) the optimum of the first model with the parts S taken from the second,

    phi_p = sum_{S without p} |S|! (n - |S| - 1)! / n! * (v(S + p) - v(S)),        sum_p phi_p = v(all) - v(none)

(Shapley 1953). Optima are known between plan and bound, and so is every phi_p. All 2^n models are solved, for up to `MOST` parts.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

import pandas as pd

from layout_opt.analysis.pricing import dropping
from layout_opt.analysis.study import Effort, Efforts, study
from layout_opt.definition import Definition, load_definition
from layout_opt.errors import Fault, InputError, LayoutError, Place
from layout_opt.instance import Instance
from layout_opt.runs import Run

MOST = 6
REST = "objective, core and periods"
COLUMNS = ["part", "low", "high", "alone_low", "alone_high", "last_low", "last_high"]


@dataclass(frozen=True, eq=False)
class Attribution:
    """`parts` has a row per part: its share `low`..`high` of the difference in the objective, and for comparison what it makes when it is changed
    alone and when it is changed last; `low`..`high` is the difference as a whole, `runs` holds the first and the second model's runs."""

    parts: pd.DataFrame
    low: float
    high: float
    runs: tuple[Run, Run]


def attribute(
    instance: Instance | str | Path,
    first: Definition | str | Path,
    second: Definition | str | Path,
    *,
    out: Path | None = None,
    **effort: Unpack[Efforts],
) -> Attribution:
    """Attribute the difference second less first to the parts in which the models differ.

    With `out` the table and the runs are written there. Raises `InputError` for models that do not differ or differ in more than `MOST` parts,
    `LayoutError` where one of the models has no plan.
    """
    second = load_definition(second) if isinstance(second, (str, Path)) else second
    asked = study("attribution", instance, first, Effort(**effort), out, second=second.name)
    first = asked.definition
    parts = differences(first, second)
    where = Place("--models")
    if not parts:
        raise InputError(faults=[Fault("the models do not differ", where, "Name two that do.", f"{first.name}, {second.name}")])
    if len(parts) > MOST:
        what = f"the models differ in {len(parts)} parts ({', '.join(parts)})"
        raise InputError(faults=[Fault(what, where, f"Attribution solves every combination: {MOST} parts at most.")])
    runs: dict[frozenset[str], Run] = {}
    with asked:
        asked.expect(2 ** len(parts))
        rows = asked.rows("attribution", COLUMNS)
        for taken in (frozenset(c) for n in range(len(parts) + 1) for c in itertools.combinations(parts, n)):
            title = f"{first.name} with {', '.join(sorted(taken)) or 'nothing'} of {second.name}"
            run = asked.solve(title, _mixed(first, second, taken))
            if not run.has_plan:
                raise LayoutError(f"there is no plan for {title} (status {run.status}), so there is nothing to attribute")
            runs[taken] = run
        none, everything = runs[frozenset()], runs[frozenset(parts)]
        for part in parts:
            alone, last = _step(runs, frozenset(), part), _step(runs, frozenset(parts) - {part}, part)
            rows.append((part, *_shapley(part, parts, runs), *alone, *last))
        low, high = _change(none, everything)
        asked.figures |= {"low": low, "high": high}
    return Attribution(asked.table("attribution"), low, high, (none, everything))


def differences(first: Definition, second: Definition) -> list[str]:
    """The parts in which two models differ: labels of policies, and `REST`."""
    labels = dict.fromkeys([*first.policies, *second.policies])
    differing = [label for label in labels if first.policies.get(label) != second.policies.get(label)]
    same = (first.objective, first.core, first.periods) == (second.objective, second.core, second.periods)
    return differing + ([] if same else [REST])


def _mixed(first: Definition, second: Definition, taken: frozenset[str]) -> Definition:
    """The first model with some parts taken from the second; what is compared to a plan without what is left out is left out too."""
    policies = {label: e for label, e in first.policies.items() if label not in taken}
    policies |= {label: e for label, e in second.policies.items() if label in taken}
    rest = second if REST in taken else first
    return dropping(first.model_copy(update={"policies": policies, "objective": rest.objective, "core": rest.core, "periods": rest.periods}), ())


def _change(before: Run, after: Run) -> tuple[float, float]:
    a, b = before.info, after.info
    return b["objective"] - a["bound"], b["bound"] - a["objective"]


def _step(runs: Mapping[frozenset[str], Run], before: frozenset[str], part: str) -> tuple[float, float]:
    return _change(runs[before], runs[before | {part}])


def _shapley(part: str, parts: list[str], runs: Mapping[frozenset[str], Run]) -> tuple[float, float]:
    others, n = [p for p in parts if p != part], len(parts)
    low = high = 0.0
    for size in range(n):
        weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
        for before in itertools.combinations(others, size):
            least, most = _step(runs, frozenset(before), part)
            low, high = low + weight * least, high + weight * most
    return low, high
