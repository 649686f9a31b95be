"""What one more unit of a cap is worth, and what one less costs: by re-solving, with the fixed-site dual beside it.

A dual is the price with all sites fixed; a larger cap may open a site that the dual knows nothing of. So the cap is moved by `STEP` either way
and the model is solved again. Objectives are known between plan and bound, and so are prices:

    more  [plan(+) - bound, bound(+) - plan] / (STEP * cap)          less  [plan - bound(-), bound - plan(-)] / (STEP * cap)

both at least 0, since a wider cap cannot make the optimum worse. Rows are those that the plan uses up, the dearest by dual times cap first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import pandas as pd

from layout_opt.analysis.study import Effort, Efforts, study
from layout_opt.definition import Definition
from layout_opt.errors import Fault, InputError, LayoutError, Place
from layout_opt.instance import Instance
from layout_opt.policy import Policy
from layout_opt.results import BINDING
from layout_opt.runs import Run

STEP = 0.01
COLUMNS = ["label", "family", "period", "row", "cap", "unit", "dual", "more_low", "more_high", "less_low", "less_high", "run_more", "run_less"]


def price_caps(
    instance: Instance | str | Path,
    definition: Definition | str | Path = "reference",
    count: int = 10,
    *,
    out: Path | None = None,
    **effort: Unpack[Efforts],
) -> pd.DataFrame:
    """Price the `count` dearest caps on resources that the plan uses up, per unit of the resource.

    An end is missing where no plan exists at the moved cap. With `out` the table and the runs are written there. Raises `InputError` for bad
    input, `LayoutError` for a model without a plan.
    """
    if count < 1:
        raise InputError(faults=[Fault("a number of caps is 1 or more", Place("--caps"), "Write 1 or more.", str(count))])
    with study("caps", instance, definition, Effort(**effort), out, step=STEP) as asked:
        asked.expect(1 + 2 * count)
        rows = asked.rows("caps", COLUMNS)
        run = asked.solve("the model itself")
        if not run.has_plan:
            raise LayoutError(f"the model has no plan to price (status {run.status}); `layout-opt diagnose` tells why")
        scarce = _scarce(run)[:count]
        asked.expect(2 * len(scarce))
        for policy, year, row, cap, dual in scarce:
            wider, narrower = (
                asked.solve(f"{row} {sign * STEP:+.0%}", instance=policy.widened(asked.instance, row, year, 1 + sign * STEP)) for sign in (1, -1)
            )
            unit = asked.instance.resource_units[row.split("|")[0]]
            prices = (*_price(wider, run, cap), *_price(run, narrower, cap))
            rows.append((policy.label, policy.family, year, row, cap, unit, dual, *prices, asked.name(wider), asked.name(narrower)))
    return asked.table("caps")


def _scarce(run: Run) -> list[tuple[Policy, int, str, float, float]]:
    """Policy, year, row, cap and dual of every cap on a resource that binds, the dearest first."""
    prices = run.tables["resources"].set_index(["resource", "region_or_group", "period"])["price"]
    found = []
    for policy in (p for p in run.policies if p.limits_resources and p.penalty is None):
        for period in run.plan.periods:
            rows = policy.recheck(period)
            binding = rows[(rows["bound"] - rows["use"]) <= BINDING * rows["bound"].abs().clip(lower=1.0)]
            for name, bound in zip(binding["row"], binding["bound"], strict=True):
                resource, place = str(name).split("|")
                found.append((policy, period.year, str(name), float(bound), float(prices.get((resource, place, period.year), 0.0))))
    return sorted((row for row in found if row[3] > 0), key=lambda row: -row[3] * row[4])


def _price(wider: Run, narrower: Run, cap: float) -> tuple[float | None, float | None]:
    if not (wider.has_plan and narrower.has_plan):
        return None, None
    low = wider.info["objective"] - narrower.info["bound"]
    high = wider.info["bound"] - narrower.info["objective"]
    return max(low, 0.0) / (STEP * cap), max(high, low, 0.0) / (STEP * cap)
