"""Why a model has no plan: the smallest set of policies in conflict, and the cheapest repairs, by integer solves.

The conflict is found by a deletion filter: drop one policy after the other, and keep it dropped where the rest is still infeasible. What
remains is infeasible, and dropping any one of it makes it feasible, as far as every solve was decided. A repair softens one policy of the
conflict and asks for the smallest excess over its limits; it names the rows that have to give way, and by how much.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from layout_opt.analysis.pricing import dropping
from layout_opt.definition import Definition, Objective, load_definition
from layout_opt.instance import Instance
from layout_opt.runs import Run
from layout_opt.solver.outcome import Progress, quiet
from layout_opt.solving import load_instance, solve

ANY_PLAN = 1e9  # a relative gap at which the first plan is good enough
REPAIRS = ["label", "family", "row", "stated", "needed", "by", "by_percent", "total_percent"]


@dataclass(frozen=True)
class Diagnosis:
    """`feasible`; else the labels in `conflict`, whether the set is `minimal` (every solve decided), and the table of `repairs`."""

    feasible: bool
    conflict: tuple[str, ...]
    minimal: bool
    repairs: pd.DataFrame


def diagnose(
    instance: Instance | str | Path,
    definition: Definition | str | Path = "reference",
    *,
    time_limit: float | None = None,
    seed: int = 0,
    progress: Callable[[str], Progress] = lambda _: quiet,
) -> Diagnosis:
    """Find the smallest conflict of an infeasible model, and what would repair it, the smallest change first.

    `repairs` has a row per limit that has to give way: the number that is stated, what is needed (less where it is a floor), the difference, also in
    percent; `total_percent` sums the policy's rows. Time limits hold per solve; raises `InputError` for bad input.
    """
    instance = load_instance(instance) if isinstance(instance, (str, Path)) else instance
    definition = load_definition(definition) if isinstance(definition, (str, Path)) else definition

    def status(drop: set[str]) -> str:
        found = solve(instance, dropping(definition, drop), gap=ANY_PLAN, time_limit=time_limit, seed=seed, progress=progress(f"{len(drop)} dropped"))
        return found.status

    if status(set()) != "infeasible":
        return Diagnosis(True, (), True, pd.DataFrame(columns=REPAIRS))
    dropped: set[str] = set()
    decided = True
    hard = [label for label, entry in definition.policies.items() if entry.penalty is None]
    for label in hard:
        verdict = status(dropped | {label})
        decided = decided and verdict != "no_plan"
        if verdict == "infeasible":
            dropped.add(label)
    conflict = tuple(label for label in hard if label not in dropped)
    repairs = [_repair(instance, definition, label, time_limit, seed, progress(f"repair {label}")) for label in conflict]
    table = pd.concat([r for r in repairs if len(r)] or [pd.DataFrame(columns=REPAIRS)], ignore_index=True)
    return Diagnosis(False, conflict, decided, table.sort_values(["total_percent", "label"], ignore_index=True))


def _repair(instance: Instance, definition: Definition, label: str, time_limit: float | None, seed: int, progress: Progress) -> pd.DataFrame:
    """The smallest total excess over the limits of one policy that gives the whole model a plan; empty where it alone cannot."""
    softened = {k: v.model_copy(update={"penalty": 1.0}) if k == label else v for k, v in definition.policies.items()}
    silent = Objective(value_added=0, relocation_cost=0, building_cost=0, closure_cost=0, shortage=0)
    elastic = definition.model_copy(update={"policies": softened, "objective": silent})
    run = solve(instance, elastic, time_limit=time_limit, seed=seed, progress=progress)
    return _excess(run, label) if run.has_plan else pd.DataFrame(columns=REPAIRS)


def _excess(run: Run, label: str) -> pd.DataFrame:
    policy = next(p for p in run.policies if p.label == label)
    rows = pd.concat([policy.recheck(period) for period in run.plan.periods])
    rows = rows[rows["use"] - rows["bound"] > 1e-6 * rows["bound"].abs().clip(lower=1.0)]
    stated, needed = rows["bound"].where(~rows["floor"], rows["use"]), rows["use"].where(~rows["floor"], rows["bound"])
    by = needed - stated
    percent = 100 * by / stated.abs().clip(lower=1e-9)
    columns = {"row": rows["row"], "stated": stated, "needed": needed, "by": by, "by_percent": percent, "total_percent": percent.abs().sum()}
    return pd.DataFrame({"label": label, "family": policy.family, **columns}, columns=REPAIRS)
