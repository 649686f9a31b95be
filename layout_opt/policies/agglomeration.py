"""Agglomeration: large cells make more of the same output.

Statement, for the industries `k` of the table `scale_returns` and all regions. Its rows divide what a cell may make into segments s = 0, 1, .. n,
from T[k,s] = from_share * D[k] to T[k,s+1], the first from 0, the last to 2 D[k], which no cell reaches. A unit of output that lies in segment s
brings bonus[k,s] of value added above what the industry's rate says (a marginal rate: the output below keeps its own)::

    B[k,r] = bonus[k,0] * x[k,r] + sum_s ((bonus[k,s] - bonus[k,0]) * q[k,r,s] + a[k,s] * y[k,r,s])         (money; s >= 1)
    a[k,s] = sum_{1 <= j <= s} (bonus[k,j-1] - bonus[k,j]) * T[k,j]                                          (money)
    income[r] + sum_k B[k,r]

with the decisions y[k,r,s] in {0,1}: the output of the cell ends in segment s, and q[k,r,s]: it is then this output, else 0 (output; s >= 1)::

    least    T[k,s] * y[k,r,s] <= q[k,r,s]
    most     q[k,r,s] <= T[k,s+1] * y[k,r,s]
    part     sum_s q[k,r,s] <= x[k,r]
    rest     x[k,r] - sum_s q[k,r,s] <= T[k,1] * (1 - sum_s y[k,r,s])

Objective term::

    weight * sum_{k,r} B[k,r]                                                                                (money)

For whole y it follows that q[k,r,s] <= top[k,r] * y[k,r,s]; stated where top[k,r] < T[k,s+1], it tightens the relaxation. This is the
multiple-choice form of a piecewise linear function: its relaxation is the least concave function above B on [0, top[k,r]], which no other form
of one cell betters (Croxton, Gendron and Magnanti 2003). Bonuses may rise (increasing returns) or fall (congestion). D[k] is the national demand;
output counts in every period by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from pydantic import Field

from layout_opt.core import Period, by_cell, grouped, linear, total
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, linked, together, told
from layout_opt.schema import INDUSTRY, MONEY_PER_OUTPUT
from layout_opt.tables import Column, Table

FIRST = "0"


class Segment(NamedTuple):
    """A row of `scale_returns`: T[k,s], T[k,s+1] (output), a[k,s] (money), and bonus[k,s], less that of the first segment where it is another."""

    start: float
    end: float
    fixed: float
    bonus: float


class Agglomeration(Policy):
    """Parameter: `weight` of the term."""

    family = "agglomeration"
    phrase = "城市群, 都市圈, 增长极"
    serves = (10,)
    title: ClassVar = {"en": "Agglomeration", "zh": "规模集聚效应"}
    words: ClassVar = {
        "segment": {"en": "Segment of scale reached", "zh": "达到的规模档次"},
        "scale_benefit": {"en": "Value added from scale", "zh": "规模效应增加值"},
    }
    reads: ClassVar = {"scale_returns": ("from_share", "bonus")}
    tables = (
        Table("scale_returns", (INDUSTRY, Column("from_share", "number", low=0, high=1, key=True), Column("bonus", "number", unit=MONEY_PER_OUTPUT))),
    )

    weight: float = Field(default=1.0, gt=0)

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        items = [(k, r, s) for k, s in self._segments(instance, year) if s != FIRST for r in instance.regions.index]
        cells = pd.MultiIndex.from_frame(pd.DataFrame(items, columns=["industry", "region", "segment"], dtype=object))
        return Decision("segment", cells, "1", binary=True), Decision("scaled", cells, "{output}")

    def contribute(self, period: Period) -> None:
        y, q = (dict(period.decided(self.label, name).items()) for name in ("segment", "scaled"))
        top, segments = period.top, self._segments(period.instance, period.year)

        def within(_: Any, k: str, r: str, s: str) -> Any:
            return linear([1.0, -top[k, r]], [q[k, r, s], y[k, r, s]]) <= 0

        tight = [(k, r, s) for k, r, s in q if top[k, r] < segments[k, s].end]
        period.b.add_component(f"{self.label}_within", pyo.Constraint(tight, rule=within))
        for r in period.regions if segments else ():
            parts = [(segment.bonus, period.b.x[k, r] if s == FIRST else q[k, r, s]) for (k, s), segment in segments.items()]
            parts += [(segment.fixed, y[k, r, s]) for (k, s), segment in segments.items() if s != FIRST]
            made = linear(*zip(*parts, strict=True))
            period.add_term(self.label, made)
            period.add_account("income", r, made)

    def limit(self, period: Period, block: Any) -> None:
        y, q = (dict(period.decided(self.label, name).items()) for name in ("segment", "scaled"))
        x, segments = period.b.x, self._segments(period.instance, period.year)
        ends, parts = grouped(y, lambda krs: krs[:2]), grouped(q, lambda krs: krs[:2])

        @block.Constraint(list(q))
        def least(_: Any, k: str, r: str, s: str) -> Any:
            return linear([segments[k, s].start, -1.0], [y[k, r, s], q[k, r, s]]) <= 0

        @block.Constraint(list(q))
        def most(_: Any, k: str, r: str, s: str) -> Any:
            return linear([1.0, -segments[k, s].end], [q[k, r, s], y[k, r, s]]) <= 0

        @block.Constraint(list(parts))
        def part(_: Any, k: str, r: str) -> Any:
            return total(parts[k, r]) - x[k, r] <= 0

        @block.Constraint(list(parts))
        def rest(_: Any, k: str, r: str) -> Any:
            T = segments[k, FIRST].end
            return x[k, r] - total(parts[k, r]) + T * total(ends[k, r]) <= T

    def account(self, plan: PeriodPlan, account: str) -> pd.Series[float] | None:
        return self._bonus(plan).groupby(level="region", sort=False).sum() if account == "income" else None

    def value(self, plan: PeriodPlan) -> float:
        return float(self._bonus(plan).sum())

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        y, q, segments = self.decided(plan, "segment"), self.decided(plan, "scaled"), self._segments(plan.instance, plan.year)
        start, end = ([getattr(segments[k, s], name) for k, _, s in q.index] for name in ("start", "end"))
        upper, reached = (values.groupby(level=["industry", "region"], sort=False).sum() for values in (q, y))
        made, T = plan.output.reindex(upper.index), [segments[k, FIRST].end for k, _ in upper.index]
        return together(
            linked("least", q.index, start * y, q),
            linked("most", q.index, q, end * y),
            linked("part", upper.index, upper, made),
            linked("rest", upper.index, made - upper, T * (1 - reached)),
        )

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        y, scale = self.decided(plan, "segment"), self._bonus(plan).groupby(level="industry", sort=False).sum()
        reached: Any = y.index[y > 0]
        segment = pd.Series(reached.get_level_values("segment").astype(float), index=reached.droplevel("segment"), dtype=float)
        return told(("segment", segment, "segment"), ("scale_benefit", scale[scale != 0], "{money}"))

    def _segments(self, instance: Instance, year: int) -> dict[tuple[str, str], Segment]:
        """The segments by industry and number, the first of each industry included."""
        found, D = dict[tuple[str, str], Segment](), instance.demand(year)
        for k, rows in instance.tables["scale_returns"].groupby("industry", sort=False):
            bonuses = {0.0: 0.0} | dict(zip(rows["from_share"], rows["bonus"], strict=True))
            start, bonus = np.array(sorted(bonuses)) * D[str(k)], np.array([bonuses[share] for share in sorted(bonuses)])
            fixed = np.cumsum(-np.diff(bonus, prepend=bonus[0]) * start)
            above = np.concatenate([bonus[:1], bonus[1:] - bonus[0]])
            ends = [*start[1:], 2 * D[str(k)]]
            found |= {(str(k), str(s)): Segment(*map(float, row)) for s, row in enumerate(zip(start, ends, fixed, above, strict=True))}
        return found

    def _bonus(self, plan: PeriodPlan) -> pd.Series[float]:
        """B[k,r] of the statement, of the industries with segments."""
        segments, y, q = self._segments(plan.instance, plan.year), self.decided(plan, "segment"), self.decided(plan, "scaled")
        B = {(k, r): segments[k, FIRST].bonus * x for (k, r), x in by_cell(plan.output).items() if (k, FIRST) in segments}
        for k, r, s in q.index:
            B[k, r] += segments[k, s].bonus * q[k, r, s] + segments[k, s].fixed * y[k, r, s]
        cells = pd.MultiIndex.from_frame(pd.DataFrame(list(B), columns=["industry", "region"], dtype=object))
        return pd.Series(list(B.values()), index=cells, dtype=float)
