"""Duplication limit: no more project sites of an industry than the country needs.

Statement, for every industry `k` with a limit::

    sum_r w[k,r] <= N[k]

    w[k,r]  1 where a project of the industry is received or built; the core keeps every project at or above the minimum efficient
            scale, into[k,r] + new[k,r] >= lot[k] * w[k,r]; an indivisible industry counts where it did not stand before
    N[k]    number of sites (table `industries`, column `max_projects`, or the parameter `sites`)

The minimum efficient scale stops sub-scale copies, the number stops too many full-sized ones (重复建设).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import pandas as pd

from layout_opt.core import Period, linear
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, told, unknown


class DuplicationLimit(Policy):
    """Parameter: `sites`, the number of sites by industry (the column `max_projects` where left out)."""

    family = "duplication_limit"
    phrase = "减少重复建设"
    serves = (8,)
    title: ClassVar = {"en": "Duplication limit", "zh": "重复建设控制"}
    words: ClassVar = {"sites": {"en": "Project sites", "zh": "项目布点数"}, "allowed": {"en": "Sites allowed", "zh": "允许布点数"}}

    sites: dict[str, int] | None = None

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        where = self.at(file, "sites")
        yield from unknown(self.sites or (), instance.industries.index, "industry", where)
        if self.sites is None and "max_projects" not in instance.industries:
            yield Fault("there is no column 'max_projects' in the table 'industries'", where, "Add the column, or state `sites` here.")
            return
        lot = instance.fact("lot").groupby(level="industry").max()
        for k, n in self._sites(instance).items():
            if n < 0:
                yield Fault(f"the number of sites of {k!r} is negative", where, "Write 0 or more.", str(n))
            if k in lot.index and lot[k] == 0:
                yield Fault(f"{k!r} has no lot, so it has no projects to count", where, "Give it a lot, or leave it out.", str(k))

    def limit(self, period: Period, block: Any) -> None:
        N, w = self._sites(period.instance), period.projects
        hosts = {k: [w[k, r] for r in period.regions if (k, r) in w] for k in N}

        @block.Constraint([k for k in N if hosts[k]])
        def limit(_: Any, k: str) -> Any:
            return linear([1.0] * len(hosts[k]), hosts[k]) <= N[k]

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        sites = self._sites(plan.instance)
        counted = plan.cells["project"].groupby(level="industry").sum()
        return limits(sites, [counted[k] for k in sites], list(sites.values()))

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        allowed = pd.Series(self._sites(plan.instance), dtype=float)
        used = plan.cells["project"].groupby(level="industry", sort=False).sum().reindex(allowed.index)
        return told(("sites", used[used > 0], "site"), ("allowed", allowed, "site"))

    def _sites(self, instance: Instance) -> dict[str, int]:
        if self.sites is not None:
            return {k: n for k, n in self.sites.items() if k in instance.industries.index}
        return {str(k): int(n) for k, n in instance.industries["max_projects"].dropna().items()}
