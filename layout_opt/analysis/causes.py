"""Which rule pushed a transfer: what the plan would break if the transfer had not been made.

A transfer f of industry k from o to d is undone in the finished plan, x[k,o] + f and x[k,d] - f, all else as it is. A row of a limit that then
fails is a rule behind the transfer: it pushed the output out of o, or drew it to d. Of the transfer

    share = excess' / (excess' - excess),      excess = use - bound of the row, ' once the transfer is undone

could not have been left undone for this row alone. `gain` is what the transfer adds to the objective, all else as it is: where no row fails, the
transfer was made because it pays; a negative gain is what the rules behind it cost here. No solve is needed, and no rule of thumb.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pandas as pd

from layout_opt.plan import PeriodPlan, Plan
from layout_opt.policy import contributed, objective_weights
from layout_opt.results import BINDING, objective_table
from layout_opt.runs import Run

CAUSES = ["industry", "origin", "destination", "period", "output", "gain", "label", "family", "row", "share", "words_en", "words_zh"]


def causes(run: Run, transfers: pd.DataFrame | None = None) -> pd.DataFrame:
    """The rules behind transfers, the largest transfer first: a row per transfer and rule, and one without `label` where there is no rule.

    `transfers` are rows of the run's table of transfers, all of them where left out; `output` in the instance's unit, `gain` in money, `share`
    of the transfer. Raises `InputError` where the run has no plan.
    """
    plan = run.plan
    chosen = run.tables["transfers"] if transfers is None else transfers
    largest = chosen.sort_values("output", ascending=False, kind="stable")
    until = {period.year: Plan(plan.instance, plan.periods[:number]) for number, period in enumerate(plan.periods, 1)}
    made = {year: _judged(run, until[year]) for year in largest["period"].unique()}
    found = [row for transfer in largest.to_dict("records") for row in _rules(run, until[transfer["period"]], made[transfer["period"]], transfer)]
    return pd.DataFrame(found, columns=CAUSES)


def _judged(run: Run, plan: Plan) -> tuple[float, dict[str, pd.DataFrame]]:
    """What a plan is worth, and the limits of its last period by label."""
    terms = objective_table(plan, run.policies, objective_weights(run.definition, run.policies))
    return float((terms["weight"] * terms["value"]).sum()), {policy.label: policy.recheck(plan.last) for policy in run.policies}


def _rules(run: Run, plan: Plan, made: tuple[float, dict[str, pd.DataFrame]], transfer: dict[Any, Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of one transfer; `made` judges the plan as it is."""
    undone = contributed(Plan(plan.instance, (*plan.periods[:-1], _undone(plan.last, transfer))), run.policies)
    (worth, limits), (otherwise, broken_limits) = made, _judged(run, undone)
    named = [*(transfer[name] for name in ("industry", "origin", "destination", "period", "output")), worth - otherwise]
    rules = []
    for policy in run.policies:
        rows = limits[policy.label].merge(broken_limits[policy.label], on="row", suffixes=("", "_undone"))
        before, after = rows["use"] - rows["bound"], rows["use_undone"] - rows["bound_undone"]
        broken = (after > BINDING * rows["bound"].abs().clip(lower=1.0)) & (after > before)
        for row, share in zip(rows.loc[broken, "row"].astype(str), (after / (after - before))[broken].clip(upper=1.0), strict=True):
            words = (policy.describe(run.instance, row, language) for language in ("en", "zh"))
            rules.append((policy.label, policy.family, row, share, *words))
    if not rules:
        yield (*named, "", "", "", 0.0, "", "")
    yield from ((*named, *rule) for rule in sorted(rules, key=lambda rule: -rule[3]))


def _undone(period: PeriodPlan, transfer: dict[Any, Any]) -> PeriodPlan:
    """The period with one transfer left undone."""
    cells, flows, f = period.cells.copy(), period.flows, transfer["output"]
    k, o, d = (transfer[name] for name in ("industry", "origin", "destination"))
    cells.loc[(k, o), ["output", "released"]] += [f, -f]
    cells.loc[(k, d), ["output", "received"]] += [-f, -f]
    this = (flows["industry"] == k) & (flows["origin"] == o) & (flows["destination"] == d)
    return dataclasses.replace(period, cells=cells, flows=flows[~this])
