"""How far a cap or a reward has to move before a placement changes: tipping points, by bisection.

The question is whether an industry grows in a region. Each cap on a resource that binds there is widened (where it does not grow) or narrowed
(where it does), up to `FARTHEST`; and a reward, or a charge, is put on each unit of its output there. Where the answer at the far end is another
one, the interval in which it turns is halved until it is as narrow as the tolerance. Between two solves that differ the answer may turn more
than once; what is stated is one place where it does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from layout_opt.analysis.study import Study
from layout_opt.build import Built
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.results import read_plan
from layout_opt.runs import Run
from layout_opt.solving import prepared, search

if TYPE_CHECKING:
    from layout_opt.analysis.explaining import Explanation

FARTHEST = 2.0  # times a cap, or half of it
TOLERANCE = 0.01  # of the cap, or of the largest reward
GROWN = 1e-6  # relative: less is no growth
COLUMNS = ["what", "row", "stated", "turns_after", "turns_by", "unit"]
REWARD = "reward"


def tipping_points(asked: Study, run: Run, found: Explanation, tolerance: float = TOLERANCE) -> pd.DataFrame:
    """Tipping points of a placement that was explained: the answer holds until `turns_after` and is another one at `turns_by` (missing where it
    holds however far the cap moves).

    A reward is in money of the objective per unit of output, negative where it is a charge.
    """
    grows = _grows(found.output, found.before)
    rows = []

    def answer(instance: Instance, reward: float, title: str) -> bool | None:
        effort, limit = asked.effort, asked.limit()
        built = prepared(instance, run.definition, gap=effort.gap, time_limit=limit, seed=effort.seed)
        _reward(built, found, reward)
        outcome = search(built, gap=effort.gap, time_limit=limit, seed=effort.seed, progress=effort.progress(title))
        if outcome.interrupted:
            raise KeyboardInterrupt
        if outcome.status not in ("optimal", "feasible"):
            return None
        return _grows(float(read_plan(built).last.output[found.industry, found.region]), found.before)

    def capped(factor: float, label: str, row: str) -> bool | None:
        policy = next(p for p in run.policies if p.label == label)
        return answer(policy.widened(run.instance, row, found.period, factor), 0.0, f"{row} x {factor:.3g}")

    for limit in found.binding.to_dict("records"):
        policy = next(p for p in run.policies if p.label == limit["label"])
        if not policy.limits_resources:
            continue
        far = 1 / FARTHEST if grows else FARTHEST
        ends = _turn(partial(capped, label=policy.label, row=limit["row"]), 1.0, far, grows, tolerance)
        unit = run.instance.resource_units[str(limit["row"]).split("|")[0]]
        rows.append((policy.label, limit["row"], limit["bound"], *(None if end is None else end * limit["bound"] for end in ends), unit))
    if found.high is not None and found.high > 0:
        far = (-1 if grows else 1) * found.high / max(abs(found.bound - found.output), GROWN)
        ends = _turn(lambda reward: answer(run.instance, reward, f"reward {reward:.3g}"), 0.0, far, grows, tolerance)
        unit = f"{run.instance.manifest.money}/{run.instance.manifest.output}"
        rows.append((REWARD, f"{found.industry}|{found.region}", 0.0, *ends, unit))
    return pd.DataFrame(rows, columns=COLUMNS)


def _grows(output: float, before: float) -> bool:
    return output > before * (1 + GROWN) + GROWN


def _turn(answer: Callable[[float], bool | None], near: float, far: float, grows: bool, tolerance: float) -> tuple[float | None, float | None]:
    """Ends of an interval in which the answer turns; the far end missing where it does not."""
    try:
        if answer(far) in (grows, None):
            return far, None
        width = tolerance * max(abs(near), abs(far))
        while abs(far - near) > width:
            middle = (near + far) / 2
            near, far = (middle, far) if answer(middle) == grows else (near, middle)
    except InputError:  # a fact that cannot be moved so far
        return near, None
    return near, far


def _reward(built: Built, found: Explanation, reward: float) -> None:
    """Count each unit of the industry's output in the region for more."""
    if reward:
        output = built.periods[-1].b.x[found.industry, found.region]
        built.model.objective.set_value(built.model.objective.expr + reward * output)
