"""What remains to be decided once the sites are: a plan's sites held, while everything else adapts to other facts.

Held are the projects w, which may not come up elsewhere either, and what policies decide to last (`Decision.lasting`: links, research bases,
packages, moved labour). Free are transfers, building, closing, the size of every project between its lot and its ceiling, and shortage, the
recourse of last resort: an indivisible industry stands where it was planned, whole, or is given up. With a `stretch` what was built has its
size too:

    x[k,r] <= (1 + stretch) * x*[k,r]        x* the output that the plan states; not for indivisible industries (output)

A ceiling may fall with demand so far that the lot no longer fits in below it; such a site is not built, and counted as stranded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from layout_opt.build import Built, pin
from layout_opt.core import Period
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan, Plan, item, plan_from_tables
from layout_opt.policy import Policy, contributed
from layout_opt.runs import Run

CAP_COLUMNS = ["label", "period", "row", "use", "bound"]


@dataclass(frozen=True, eq=False)
class Sites:
    """What a plan fixes: its projects, the lasting decisions of the policies that it was made under, and with a `stretch` sizes as well."""

    plan: Plan
    policies: frozenset[tuple[str, str]]
    stretch: float | None = None

    def hold(self, built: Built) -> None:
        """Hold them in a model with the same periods. Lasting decisions of policies that the plan does not know stay free."""
        planned = {period.year: period for period in self.plan.periods}
        for period in built.periods:
            kept = planned[period.year]
            _hold_projects(period, kept)
            for policy in built.policies:
                if (policy.label, policy.family) in self.policies:
                    _hold_lasting(period, policy, kept)
            if self.stretch is not None:
                _hold_sizes(period, kept, self.stretch)

    def stranded(self, adapted: Plan) -> int:
        """How many of the projects an adapted plan does without."""
        pairs = zip(self.plan.periods, adapted.periods, strict=True)
        return sum(int(((before.cells["project"] > 0) & (after.cells["project"] == 0)).sum()) for before, after in pairs)


def sites_of(run: Run, stretch: float | None = None) -> Sites:
    """The sites of a run's plan."""
    return Sites(run.plan, frozenset((policy.label, policy.family) for policy in run.policies), stretch)


def _hold_projects(period: Period, kept: PeriodPlan) -> None:
    indivisible = period.instance.industries["indivisible"]
    for (k, r), w in period.b.w.items():
        if not indivisible[k]:
            w.fix(int(kept.cells["project"][k, r] > 0 and period.room[k, r] >= period.lot[k, r]))
        elif kept.output[k, r] == 0:
            w.fix(0)


def _hold_lasting(period: Period, policy: Policy, kept: PeriodPlan) -> None:
    for decision in policy.decisions(period.instance, period.year):
        stated = kept.decisions.get((policy.label, decision.name), pd.Series(dtype=float))
        for names, variable in period.decided(policy.label, decision.name).items() if decision.lasting else ():
            pin(variable, float(stated.get(item(names), 0.0)))


def _hold_sizes(period: Period, kept: PeriodPlan, stretch: float) -> None:
    indivisible = period.instance.industries["indivisible"]
    for (k, r), x in period.b.x.items():
        if not indivisible[k]:
            x.setub(max(min(x.ub, (1 + stretch) * float(kept.output[k, r])), x.lb))


def standing(run: Run, facts: Instance) -> Plan:
    """The plan of a run as it stands under other facts: nothing adapts."""
    return contributed(plan_from_tables(facts, run.tables), run.policies)


def caps_under(plan: Plan, policies: Sequence[Policy]) -> pd.DataFrame:
    """Use and bound of every cap on a resource under a plan: a row per policy, period and row of its limit."""
    limiting = [policy for policy in policies if policy.limits_resources]
    frames = [policy.recheck(period).assign(label=policy.label, period=period.year) for period in plan.periods for policy in limiting]
    return pd.concat([frame[CAP_COLUMNS] for frame in frames if len(frame)] or [pd.DataFrame(columns=CAP_COLUMNS)], ignore_index=True)
