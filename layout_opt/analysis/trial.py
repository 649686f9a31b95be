"""Plans tried in samples: their sites held, the rest decided anew, and the plan as it stands beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from layout_opt.analysis.recourse import Sites, caps_under, standing
from layout_opt.analysis.robustness_tables import SAMPLES, apart, caps_table, price_table, summary_table
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

    `rows` are those of the table of samples, `caps` hold a frame per plan and sample, `worst` the worst sample of each plan so far, `free`
    the samples that were solved without fixed sites, `kept` what plans become in their worst sample.
    """

    asked: Study
    judge: Definition
    runs: Mapping[str, Run]
    sites: Mapping[str, Sites]
    drawn: pd.DataFrame
    rows: list[dict[str, Any]] = field(default_factory=list)
    caps: list[pd.DataFrame] = field(default_factory=list)
    worst: dict[str, tuple[int, Run]] = field(default_factory=dict)
    free: dict[int, Run] = field(default_factory=dict)
    kept: dict[str, Run] = field(default_factory=dict)

    def try_all(self, perfect: int) -> None:
        """Every plan in every sample, the first `perfect` without fixed sites too; then, if any are, what plans become in their worst sample is
        kept, against the bound that the sample has without fixed sites."""
        numbers = [int(number) for number in self.drawn["sample"].unique()]
        known = set(numbers[:perfect])
        worst = len(self.sites) if known else 0
        self.asked.expect(len(numbers) * len(self.sites) + len(known) + worst)
        for count, number in enumerate(numbers, 1):
            facts = sampled(self.asked.instance, self.drawn, number)
            adapted = {
                name: self.asked.solve(f"{name}, sample {count} of {len(numbers)}", self.judge, facts, change=sites.hold)
                for name, sites in self.sites.items()
            }
            optimum = self._perfect(facts, number, adapted.values()) if number in known else None
            for name, run in adapted.items():
                self._note(name, number, facts, run, optimum)
        for name, (number, run) in self.worst.items() if known else ():
            free = self._without_sites(run.instance, number)
            if free.has_plan:
                self.kept[name] = self.asked.keep(f"{name}, worst sample {number}", rebased(run, free.info["bound"]))

    def tables(self, gammas: Mapping[str, float]) -> dict[str, pd.DataFrame]:
        """The tables of what was tried until now."""
        samples = pd.DataFrame(self.rows, columns=SAMPLES)
        summary = summary_table(samples, list(self.sites))
        price = price_table(self.runs, samples, summary, gammas)
        named = {"run": [self.asked.name(self.runs[name]) for name in self.sites]}
        named["worst_run"] = [self.asked.name(self.kept[name]) if name in self.kept else "" for name in self.sites]
        return {"samples": samples, "summary": summary.assign(**named), "price": price, "caps": caps_table(self.caps)}

    def _without_sites(self, facts: Instance, number: int) -> Run:
        if number not in self.free:
            self.free[number] = self.asked.solve(f"sample {number} without fixed sites", self.judge, facts)
        return self.free[number]

    def _perfect(self, facts: Instance, number: int, adapted: Iterable[Run]) -> tuple[float, float] | None:
        """The optimum of a sample without fixed sites: the best plan known, which may be one with fixed sites, and the bound."""
        free = self._without_sites(facts, number)
        if not free.has_plan:
            return None
        best = max(float(run.info["objective"]) for run in (free, *adapted) if run.has_plan)
        return best, max(best, float(free.info["bound"]))

    def _note(self, name: str, number: int, facts: Instance, run: Run, optimum: tuple[float, float] | None) -> None:
        """The row of a plan in a sample, its caps, and whether this is its worst sample."""
        stands, adapted = standing(self.runs[name], facts), run.plan if run.has_plan else None
        caps = self._caps(facts, stands, adapted)
        self.caps.append(caps.assign(plan=name))
        row = {"plan": name, "sample": number, "status": run.status, "standing_broken": int(caps["broken"].sum()), "standing_short": _short(stands)}
        if optimum is not None:
            row |= {"perfect_low": optimum[0], "perfect_high": optimum[1]}
        if adapted is not None:
            row |= {key: run.info[key] for key in ("objective", "bound", "gap", "violation")}
            row |= {"short": _short(adapted), "stranded": self.sites[name].stranded(adapted), "used_up": int(caps["used_up"].sum())}
            if optimum is not None:
                low = max(apart(optimum[0], run.info["bound"]), 0.0)
                row |= {"regret_low": low, "regret_high": max(apart(optimum[1], run.info["objective"]), low)}
            if name not in self.worst or run.info["objective"] < self.worst[name][1].info["objective"]:
                self.worst[name] = number, run
        self.rows.append(row)

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
