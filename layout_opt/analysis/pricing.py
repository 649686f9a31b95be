"""The price of every policy, as an interval that honours the gap.

A price is the objective that a policy costs: the optimum without it less the optimum with it. Each optimum is known only between a plan and a
bound, so the price lies in [plan without - bound with, bound without - plan with]. Dropping a limit or a cost cannot make the optimum worse, so
the lower end is at least 0 there; a policy that offers something (a quota market, a technology, compensation where incomes count) may have a
price below 0: what it is worth. Prices do not add up: each is given twice, dropping the policy alone from the model (leave-one-out) and adding it
alone to the model without any of them (add-one-in); the row `all` drops them together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from layout_opt.definition import Definition, load_definition
from layout_opt.errors import Fault, InputError, LayoutError, Place, suggest
from layout_opt.instance import Instance
from layout_opt.policies import policies_of
from layout_opt.policies.comparative_advantage import ComparativeAdvantage
from layout_opt.policies.regional_equity import RegionalEquity
from layout_opt.policy import Policy
from layout_opt.runs import Run
from layout_opt.solver.outcome import PROVEN, Progress, quiet
from layout_opt.solving import load_instance, solve

COLUMNS = ["label", "family", "how", "low", "high", "objective_with", "bound_with", "objective_without", "bound_without"]
ALL = "all"
ROUNDING = 1e-9  # of a bound: smaller differences are rounding


def dropping(definition: Definition, labels: Iterable[str]) -> Definition:
    """The definition without some of its policies."""
    gone = set(labels)
    return definition.model_copy(update={"policies": {k: v for k, v in definition.policies.items() if k not in gone}})


def priced(policies: Iterable[Policy]) -> list[str]:
    """Labels of the policies that have a price: one that changes what is valued changes the question instead."""
    return [p.label for p in policies if not isinstance(p, ComparativeAdvantage | RegionalEquity)]


def price(
    instance: Instance | str | Path,
    definition: Definition | str | Path = "reference",
    labels: Iterable[str] | None = None,
    *,
    gap: float = PROVEN,
    time_limit: float | None = None,
    seed: int = 0,
    progress: Callable[[str], Progress] = lambda _: quiet,
) -> pd.DataFrame:
    """Price the policies of a definition (those in `labels`, or all that have a price).

    Returns one row per policy and way of pricing, with the interval `low`..`high` in the objective's unit and the plans and bounds it comes
    from. Raises `InputError` for an unknown label or one that has no price, `LayoutError` where the model itself has no plan.
    """
    instance = load_instance(instance) if isinstance(instance, (str, Path)) else instance
    definition = load_definition(definition) if isinstance(definition, (str, Path)) else definition
    policies = policies_of(definition, instance)
    families = {p.label: p.family for p in policies}
    known = priced(policies)
    chosen = list(labels) if labels is not None else known
    faults = [
        Fault("no such policy, or one that is valued rather than limits", Place("--policies"), suggest(n, known), n) for n in chosen if n not in known
    ]
    if faults:
        raise InputError(faults=faults)

    def run(title: str, drop: Iterable[str]) -> Run:
        return solve(instance, dropping(definition, drop), gap=gap, time_limit=time_limit, seed=seed, progress=progress(title))

    full = run("with all", ())
    if not full.has_plan:
        raise LayoutError(f"the model has no plan to price (status {full.status}); `layout-opt diagnose` tells why")
    bare = run("without all", chosen)
    offering = {p.label for p in policies if not p.only_costs()}
    rows = [_row(ALL, "", "together", full, bare, offers=bool(offering & set(chosen)))] if len(chosen) > 1 else []
    for label in chosen:
        without = bare if chosen == [label] else run(f"without {label}", [label])
        rows.append(_row(label, families[label], "leave-one-out", full, without, offers=label in offering))
        if len(chosen) > 1:
            only = run(f"only {label}", [n for n in chosen if n != label])
            rows.append(_row(label, families[label], "add-one-in", only, bare, offers=label in offering))
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(label: str, family: str, how: str, with_policy: Run, without: Run, *, offers: bool) -> tuple[object, ...]:
    a, b = with_policy.info, without.info
    if not with_policy.has_plan or not without.has_plan:
        return (label, family, how, None, None, a["objective"], a["bound"], b["objective"], b["bound"])
    rounding = ROUNDING * max(abs(a["bound"]), abs(b["bound"]))
    least = -math.inf if offers else 0.0
    low, high = (0.0 if abs(end) < rounding else max(end, least) for end in (b["objective"] - a["bound"], b["bound"] - a["objective"]))
    return (label, family, how, low, max(high, low), a["objective"], a["bound"], b["objective"], b["bound"])
