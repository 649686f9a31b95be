"""Plans tried in samples: their sites held, the rest decided anew, and the plan as it stands beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from layout_opt.analysis.recourse import Sites, caps_under, standing
from layout_opt.analysis.robustness_tables import SAMPLES, caps_table, price_table, summary_table
from layout_opt.analysis.sampling import sampled
from layout_opt.analysis.study import Study, rebased
from layout_opt.definition import Definition
from layout_opt.instance import Instance
from layout_opt.plan import Plan
from layout_opt.policies import policies_of
from layout_opt.results import BINDING
from layout_opt.runs import Run
from layout_opt.verify import TOLERANCE


@dataclass(eq=False)
class Trial:
    """The plans of `runs`, those that exist with their `sites`, tried in the samples that `drawn` holds under the model of the `judge`.

    `rows` are those of the table of samples, `caps` hold a frame per plan and sample, `worst` the worst sample of each plan so far.
    """

    asked: Study
    judge: Definition
    runs: Mapping[str, Run]
    sites: Mapping[str, Sites]
    drawn: pd.DataFrame
    rows: list[Sequence[Any]] = field(default_factory=list)
    caps: list[pd.DataFrame] = field(default_factory=list)
    worst: dict[str, tuple[int, Run]] = field(default_factory=dict)
    free: dict[int, Run] = field(default_factory=dict)

    def try_all(self, perfect: int) -> None:
        """Every plan in every sample, the first `perfect` without fixed sites too; what plans become in their worst sample is kept."""
        numbers = [int(number) for number in self.drawn["sample"].unique()]
        known = set(numbers[:perfect])
        self.asked.expect(len(numbers) * len(self.sites) + len(known) + len(self.sites))
        for number in numbers:
            facts = sampled(self.asked.instance, self.drawn, number)
            adapted = {
                name: self.asked.solve(f"{name}, sample {number} of {len(numbers)}", self.judge, facts, change=sites.hold)
                for name, sites in self.sites.items()
            }
            perfectly = self._perfect(facts, number, adapted.values()) if number in known else (math.nan, math.nan)
            for name, run in adapted.items():
                self._note(name, number, facts, run, perfectly)
        for name, (number, run) in self.worst.items():
            free = self._without_sites(run.instance, number)
            if free.has_plan:
                self.asked.keep(f"{name}, worst sample {number}", rebased(run, free.info["bound"]))

    def tables(self, gammas: Mapping[str, float]) -> dict[str, pd.DataFrame]:
        """The tables of what was tried until now."""
        samples = pd.DataFrame(self.rows, columns=SAMPLES)
        summary = summary_table(samples, list(self.sites))
        price = price_table(self.runs, samples, summary, gammas)
        return {"samples": samples, "summary": summary, "price": price, "caps": caps_table(self.caps)}

    def _without_sites(self, facts: Instance, number: int) -> Run:
        if number not in self.free:
            self.free[number] = self.asked.solve(f"sample {number} without fixed sites", self.judge, facts)
        return self.free[number]

    def _perfect(self, facts: Instance, number: int, adapted: Iterable[Run]) -> tuple[float, float]:
        """The optimum of a sample without fixed sites: the best plan known, which may be one with fixed sites, and the bound."""
        free = self._without_sites(facts, number)
        if not free.has_plan:
            return math.nan, math.nan
        best = max(float(run.info["objective"]) for run in (free, *adapted) if run.has_plan)
        return best, max(best, float(free.info["bound"]))

    def _note(self, name: str, number: int, facts: Instance, run: Run, perfect: tuple[float, float]) -> None:
        stands, adapted = standing(self.runs[name], facts), run.plan if run.has_plan else None
        caps = self._caps(facts, stands, adapted)
        self.caps.append(caps.assign(plan=name))
        info, low, high = run.info, *perfect
        known: tuple[Any, ...] = (None,) * 7
        if adapted is not None:
            known = (info["objective"], info["bound"], info["gap"], info["violation"], _short(adapted))
            known = (*known, self.sites[name].stranded(adapted), int(caps["used_up"].sum()))
            low, high = max(low - info["bound"], 0.0), high - info["objective"]
            if name not in self.worst or info["objective"] < self.worst[name][1].info["objective"]:
                self.worst[name] = number, run
        else:
            low, high = math.nan, math.nan
        self.rows.append((name, number, run.status, *known, int(caps["broken"].sum()), _short(stands), *perfect, low, high))

    def _caps(self, facts: Instance, stands: Plan, adapted: Plan | None) -> pd.DataFrame:
        """Whether the plan as it stands breaks each cap, by how much of it, and whether the recourse uses it up."""
        policies = policies_of(self.judge, facts)
        caps, used_up = caps_under(stands, policies), pd.Series(math.nan, dtype=float)
        size = caps["bound"].abs().clip(lower=1.0)
        if adapted is not None:
            after = caps_under(adapted, policies)
            used_up = (after["bound"] - after["use"] <= BINDING * size).astype(float)
        excess = ((caps["use"] - caps["bound"]) / size).clip(lower=0.0)
        return caps[["label", "period", "row"]].assign(broken=(excess > TOLERANCE).astype(float), excess=excess, used_up=used_up)


def _short(plan: Plan) -> float:
    """Unmet demand of all periods (output)."""
    return float(sum(period.shortage.sum() for period in plan.periods))
