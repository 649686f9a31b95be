"""The price of every policy, as an interval that honours the gap.

A price is the objective that a policy costs: the optimum without it less the optimum with it. Each optimum is known only between a plan and a
bound, so the price lies in [plan without - bound with, bound without - plan with]. Dropping a limit or a cost cannot make the optimum worse, so
the lower end is at least 0 there; a policy that offers something (a quota market, a technology, compensation where incomes count) may have a
price below 0: what it is worth. Prices do not add up: each is given twice, dropping the policy alone from the model (leave-one-out) and adding it
alone to the model without any of them (add-one-in); the row `all` drops them together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Unpack

import pandas as pd

from layout_opt.analysis.study import Effort, Efforts, Study, study
from layout_opt.definition import Definition
from layout_opt.errors import Fault, InputError, LayoutError, Place, suggest
from layout_opt.instance import Instance
from layout_opt.policies import groundless, policies_of, stated_policies
from layout_opt.policies.comparative_advantage import ComparativeAdvantage
from layout_opt.policies.regional_equity import RegionalEquity
from layout_opt.policy import Policy
from layout_opt.runs import Run

COLUMNS = ["label", "family", "how", "low", "high", "objective_with", "bound_with", "objective_without", "bound_without", "run_with", "run_without"]
ALL = "all"
ROUNDING = 1e-9  # of a bound: smaller differences are rounding


def dropping(definition: Definition, labels: Iterable[str]) -> Definition:
    """The definition without some of its policies, and so without those that are compared to a plan without these alone."""
    gone = set(labels)
    left = definition.model_copy(update={"policies": {k: v for k, v in definition.policies.items() if k not in gone}})
    idle = [p.label for p in groundless(left, stated_policies(left)[0])]
    return dropping(left, idle) if idle else left


def priced(policies: Iterable[Policy]) -> list[str]:
    """Labels of the policies that have a price: one that changes what is valued changes the question instead."""
    return [p.label for p in policies if not isinstance(p, ComparativeAdvantage | RegionalEquity)]


def price(
    instance: Instance | str | Path,
    definition: Definition | str | Path = "reference",
    labels: Iterable[str] | None = None,
    *,
    out: Path | None = None,
    **effort: Unpack[Efforts],
) -> pd.DataFrame:
    """Price the policies of a definition (those in `labels`, or all that have a price).

    Returns one row per policy and way of pricing, with the interval `low`..`high` in the objective's unit, the plans and bounds it comes
    from and the names of their runs; with `out` the table and the runs are written there. Raises `InputError` for an unknown label or one
    that has no price, `LayoutError` where the model itself has no plan.
    """
    asked = study("price", instance, definition, Effort(**effort), out)
    policies = policies_of(asked.definition, asked.instance)
    families = {p.label: p.family for p in policies}
    known = priced(policies)
    chosen = list(labels) if labels is not None else known
    faults = [
        Fault("no such policy, or one that is valued rather than limits", Place("--policies"), suggest(n, known), n) for n in chosen if n not in known
    ]
    if faults:
        raise InputError(faults=faults)

    def run(title: str, drop: Iterable[str]) -> Run:
        return asked.solve(title, dropping(asked.definition, drop))

    offering = {p.label for p in policies if not p.only_costs()}
    with asked:
        asked.expect(2 * len(chosen) + 2 if len(chosen) > 1 else 2)
        rows = asked.rows("price", COLUMNS)
        full = run("with all", ())
        if not full.has_plan:
            raise LayoutError(f"the model has no plan to price (status {full.status}); `layout-opt diagnose` tells why")
        bare = run("without all", chosen)
        if len(chosen) > 1:
            rows.append(_row(asked, ALL, "", "together", full, bare, offers=bool(offering & set(chosen))))
        for label in chosen:
            without = bare if chosen == [label] else run(f"without {label}", [label])
            rows.append(_row(asked, label, families[label], "leave-one-out", full, without, offers=label in offering))
            if len(chosen) > 1:
                only = run(f"only {label}", [n for n in chosen if n != label])
                rows.append(_row(asked, label, families[label], "add-one-in", only, bare, offers=label in offering))
    return asked.table("price")


def _row(asked: Study, label: str, family: str, how: str, with_policy: Run, without: Run, *, offers: bool) -> tuple[object, ...]:
    a, b = with_policy.info, without.info
    known = (a["objective"], a["bound"], b["objective"], b["bound"], asked.name(with_policy), asked.name(without))
    if not with_policy.has_plan or not without.has_plan:
        return (label, family, how, None, None, *known)
    rounding = ROUNDING * max(abs(a["bound"]), abs(b["bound"]))
    least = -math.inf if offers else 0.0
    low, high = (0.0 if abs(end) < rounding else max(end, least) for end in (b["objective"] - a["bound"], b["bound"] - a["objective"]))
    return (label, family, how, low, max(high, low), *known)
