"""Today's layout as a plan: each region keeps its share of an industry's demand, building and closing what that takes; limits are not asked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_opt.build import Built
from layout_opt.plan import CELL_COLUMNS, PeriodPlan, Plan
from layout_opt.policy import contributed, objective_weights
from layout_opt.results import objective_table


def today(built: Built) -> Plan:
    """The plan that lets every region grow alike in each industry, and moves nothing."""
    instance, periods = built.instance, list[PeriodPlan]()
    before = instance.stock
    industry = before.index.get_level_values("industry")
    total = instance.stock.groupby(level="industry").sum().reindex(industry).to_numpy()
    for period in built.periods:
        demand = instance.demand(period.year).reindex(industry).to_numpy()
        output: pd.Series[float] = instance.stock * np.divide(demand, total, out=np.zeros_like(demand), where=total > 0)
        grown, closed = (output - before).clip(lower=0.0), (before - output).clip(lower=0.0)
        project = ((grown > 0) & (instance.fact("lot") > 0)).astype(float)
        columns = [before, output, 0 * output, 0 * output, grown, closed, project]
        cells = pd.DataFrame(dict(zip(CELL_COLUMNS, columns, strict=True)))
        none = pd.DataFrame({"industry": [], "origin": [], "destination": [], "output": []}).astype({"output": float})
        periods.append(PeriodPlan(instance, period.year, cells, none, tuple(periods), period.paid, baseline=period.baseline))
        before = output
    return contributed(Plan(instance, tuple(periods)), built.policies)


def worth_of_today(built: Built) -> float:
    """The objective of today's layout."""
    terms = objective_table(today(built), built.policies, objective_weights(built.definition, built.policies))
    return float((terms["weight"] * terms["value"]).sum())
