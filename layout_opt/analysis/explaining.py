"""Why here, or why not there: one placement of a plan is forced to be otherwise, and the loss and who is displaced are reported.

Where the industry grows in the region, it is asked to stay at what it was; where it stays, shrinks or is absent, it is asked to grow by one lot
(or by a hundredth of national demand, where it has none) beyond what the plan gives it. The loss is an interval from both bounds. What moves
out of the region or into it stands beside, each transfer with the rules that pushed it (`causes`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

import pandas as pd

from layout_opt.analysis.causes import causes
from layout_opt.analysis.study import Effort, Efforts, study
from layout_opt.analysis.tipping import tipping_points
from layout_opt.definition import PolicyEntry
from layout_opt.errors import Fault, InputError, LayoutError, Place, suggest
from layout_opt.results import BINDING
from layout_opt.runs import Run

FORCED = "forced_otherwise"


@dataclass(frozen=True)
class Explanation:
    """What was asked (`bound` on output, `at_least` or at most), the plan's own `output`, and what follows.

    `status` of the forced model; the loss `low`..`high` (None where no plan exists); `displaced`: cells whose output changes most (industry,
    region, output, otherwise, change); `binding`: limits that bind in the plan and concern the industry or the region; `transfers`: those of the
    industry out of the region and into it, with the rules behind them, as `causes.causes` tells them; `tipping`: the table of
    `tipping.tipping_points`, where it was asked for.
    """

    industry: str
    region: str
    period: int
    before: float
    output: float
    bound: float
    at_least: bool
    status: str
    low: float | None
    high: float | None
    displaced: pd.DataFrame
    binding: pd.DataFrame
    transfers: pd.DataFrame
    tipping: pd.DataFrame | None = None


def explain(run: Run, industry: str, region: str, *, tipping: bool = False, out: Path | None = None, **effort: Unpack[Efforts]) -> Explanation:
    """Explain a placement, or its absence, in the last period of a run; with `tipping` also how far caps and rewards have to move before the
    answer turns.

    With `out` the tables and the run of the forced model are written there. Raises `InputError` for an unknown industry or region,
    `LayoutError` for a run without a plan.
    """
    if not run.has_plan:
        raise LayoutError(f"the run has status {run.status!r}: there is nothing to explain")
    facts = run.instance
    faults = [
        Fault(f"no such {kind}", Place(f"--{kind}"), suggest(name, known), name)
        for kind, name, known in (("industry", industry, facts.industries.index), ("region", region, facts.regions.index))
        if name not in known
    ]
    if faults:
        raise InputError(faults=faults)
    last = run.plan.last
    output, before = float(last.output[industry, region]), float(facts.stock[industry, region])
    at_least = output <= before * (1 + 1e-9)
    step = float(facts.fact("lot")[industry, region]) or 0.01 * float(last.demand[industry])
    bound = output + step if at_least else before
    placement = {"industry": industry, "region": region, "min_output" if at_least else "max_output": bound}
    entry = PolicyEntry.model_validate({"family": "placement", **placement})
    otherwise = run.definition.model_copy(update={"policies": {**run.definition.policies, FORCED: entry}})
    low = high = None
    displaced = pd.DataFrame(columns=["industry", "region", "output", "otherwise", "change"])
    with study("explanation", facts, run.definition, Effort(**effort), out, industry=industry, region=region) as asked:
        asked.keep("the plan", run)
        forced = asked.solve("forced otherwise", otherwise)
        if forced.has_plan:
            low = max(run.info["objective"] - forced.info["bound"], 0.0)
            high = max(run.info["bound"] - forced.info["objective"], low)
            displaced = _displaced(last.output, forced.plan.last.output)
        binding = _binding(run, industry, region)
        moved = causes(run, _moved(run, industry, region))
        found = Explanation(industry, region, last.year, before, output, bound, at_least, forced.status, low, high, displaced, binding, moved)
        asked.tables |= {"displaced": displaced, "binding": binding, "transfers": moved}
        asked.figures |= {"before": before, "output": output, "bound": bound, "at_least": at_least, "status": forced.status, "low": low, "high": high}
        if tipping:
            asked.tables["tipping"] = points = tipping_points(asked, run, found)
            found = replace(found, tipping=points)
    return found


def _moved(run: Run, industry: str, region: str) -> pd.DataFrame:
    """The transfers of an industry out of a region and into it."""
    transfers = run.tables["transfers"]
    return transfers[(transfers["industry"] == industry) & ((transfers["origin"] == region) | (transfers["destination"] == region))]


def _displaced(output: pd.Series[float], otherwise: pd.Series[float]) -> pd.DataFrame:
    frame = pd.DataFrame({"output": output, "otherwise": otherwise, "change": otherwise - output})
    frame = frame[frame["change"].abs() > BINDING * output.abs().clip(lower=1.0)]
    return frame.sort_values("change", key=abs, ascending=False, kind="stable").reset_index()


def _binding(run: Run, industry: str, region: str) -> pd.DataFrame:
    """Rows of limits that bind in the last period and concern the cell: they name its industry or region, and no other one."""
    others = (set(run.instance.industries.index) | set(run.instance.regions.index)) - {industry, region}
    frames = []
    for policy in run.policies:
        rows = policy.recheck(run.plan.last)
        slack = (rows["bound"] - rows["use"]) / rows["bound"].abs().clip(lower=1.0)
        named = rows["row"].str.split("|").apply(lambda parts: bool({industry, region} & set(parts)) and not others & set(parts)).astype(bool)
        frames.append(rows[(slack <= BINDING) & named].assign(label=policy.label, family=policy.family))
    return pd.concat(frames, ignore_index=True)[["label", "family", "row", "use", "bound"]]
