"""Agglomeration: large cells make more of the same output, and industries that stand together in a cluster make more of each other.

Statement. (a) Scale, for the industries `k` of the table `scale_returns` and all regions. Its rows divide what a cell may make into segments
s = 0, 1, .. n, from T[k,s] = from_share * D[k] to T[k,s+1], the first from 0, the last to 2 D[k], which no cell reaches. A unit of output that lies
in segment s brings bonus[k,s] of value added above what the industry's rate says (a marginal rate: the output below keeps its own)::

    B[k,r] = bonus[k,0] * x[k,r] + sum_s ((bonus[k,s] - bonus[k,0]) * q[k,r,s] + a[k,s] * y[k,r,s])         (money; s >= 1)
    a[k,s] = sum_{1 <= j <= s} (bonus[k,j-1] - bonus[k,j]) * T[k,j]                                          (money)

with the decisions y[k,r,s] in {0,1}: the output of the cell ends in segment s, and q[k,r,s]: it is then this output, else 0 (output; s >= 1)::

    least    T[k,s] * y[k,r,s] <= q[k,r,s]               part    sum_s q[k,r,s] <= x[k,r]
    most     q[k,r,s] <= T[k,s+1] * y[k,r,s]             rest    x[k,r] - sum_s q[k,r,s] <= T[k,1] * (1 - sum_s y[k,r,s])

and, which follows for whole y but tightens the relaxation, q[k,r,s] <= top[k,r] * y[k,r,s] where top[k,r] < T[k,s+1].

(b) Pairs, for the rows k, l of the table `colocation` and the clusters c, with the decision v[c,k,l] in {0,1}: the pair stands::

    first    from_share * D[k] * v[c,k,l] <= sum_{r in c} in[c,r] * x[k,r]        second    the same of l           (output)

Objective term::

    weight * (sum_{k,r} B[k,r] + sum_{c,k,l} benefit[k,l] * v[c,k,l])                                               (money)

    in[c,r]     share of the region in the cluster (table `membership`)            D[k]     national demand

B enters the income of the region. (a) is the multiple-choice form of a piecewise linear function: its relaxation is the least concave function
above B on [0, top[k,r]], which no other form of one cell betters (Croxton, Gendron and Magnanti 2003); bonuses may rise (increasing returns) or
fall (congestion). A pair is a critical mass of both, not two new projects: what stands counts, and moving within a cluster earns nothing. Output
and pairs count in every period by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from pydantic import Field

from layout_opt.core import Period, by_cell, linear
from layout_opt.errors import Fault, Place
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, linked, together, told, unknown
from layout_opt.schema import MONEY_PER_OUTPUT
from layout_opt.tables import Column, Table

FIRST = "0"
SEGMENTS, PAIRS = ["industry", "region", "segment"], ["cluster", "industry", "partner"]


class Segment(NamedTuple):
    """A row of `scale_returns`: T[k,s], T[k,s+1] (output), a[k,s] (money), and bonus[k,s], less that of the first segment where it is another."""

    start: float
    end: float
    fixed: float
    bonus: float


class Pair(NamedTuple):
    """A row of `colocation`."""

    from_share: float
    benefit: float


class Agglomeration(Policy):
    """Parameters: `clusters`, the groups in which pairs count (all of the kind cluster where left out); `weight` of the term."""

    family = "agglomeration"
    phrase = "城市群, 都市圈, 增长极"
    serves = (10,)
    title: ClassVar = {"en": "Agglomeration", "zh": "城市群与集聚效应"}
    words: ClassVar = {
        "share_before": {"en": "Share of the nation's output, base year", "zh": "占全国产出比重（基年）"},
        "share_after": {"en": "Share of the nation's output", "zh": "占全国产出比重"},
        "segment": {"en": "Segment of scale reached", "zh": "达到的规模档次"},
        "scale_benefit": {"en": "Value added from scale", "zh": "规模效应增加值"},
        "pair": {"en": "Industries that stand together", "zh": "形成的产业配对"},
        "pair_benefit": {"en": "Benefit of standing together", "zh": "协同集聚收益"},
    }
    tables = (
        Table(
            "scale_returns",
            (
                Column("industry", refers=("industries",), key=True),
                Column("from_share", "number", low=0, high=1, key=True),
                Column("bonus", "number", unit=MONEY_PER_OUTPUT),
            ),
        ),
        Table(
            "colocation",
            (
                Column("industry", refers=("industries",), key=True),
                Column("partner", refers=("industries",), key=True),
                Column("from_share", "number", above=0, high=1),
                Column("benefit", "number", unit="{money}", low=0),
            ),
        ),
    )

    clusters: tuple[str, ...] | None = Field(default=None, min_length=1)
    weight: float = Field(default=1.0, gt=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        where, tables = Place(file, column=f"policies.{self.label}"), instance.tables
        known = list(dict.fromkeys([*instance.plates, *(tables["groups"]["group"] if "groups" in tables else ())]))
        yield from unknown(self.clusters or (), known, "group", Place(file, column=f"{where.column}.clusters"))
        if "scale_returns" not in tables and "colocation" not in tables:
            remedy = "Add one of them, or drop the policy."
            yield Fault(f"{self.family} reads the table 'scale_returns' or 'colocation', which {instance.name} lacks", where, remedy)
        for group in self.clusters or ():
            if group in known and instance.members(group).empty:
                yield Fault("the group has no regions", Place(file, column=f"{where.column}.clusters"), "Add rows to the table `membership`.", group)
        if "colocation" in tables and self.clusters is None and not self._members(instance):
            yield Fault("there is no cluster in which industries could stand together", where, "Name groups as `clusters`.")
        pairs = list(tables["colocation"][["industry", "partner"]].itertuples(index=False, name=None)) if "colocation" in tables else []
        for k, partner in pairs:
            if k == partner:
                yield Fault("an industry is its own partner", where, "Correct the table `colocation`.", k)
            elif (partner, k) in pairs and k < partner:
                yield Fault("a pair stands twice in the table 'colocation'", where, "Delete one of the two rows.", f"{k}, {partner}")

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        segments = [(k, r, s) for k, s in self._segments(instance, year) if s != FIRST for r in instance.regions.index]
        asked = instance.demand(year) > 0
        pairs = [(c, *pair) for c in self._members(instance) for pair in self._pairs(instance) if all(asked[k] for k in pair)]
        return (
            Decision("segment", _items(segments, SEGMENTS), "1", binary=True),
            Decision("scaled", _items(segments, SEGMENTS), "{output}"),
            Decision("pair", _items(pairs, PAIRS), "1", binary=True),
        )

    def contribute(self, period: Period) -> None:
        y, q, v = (dict(period.decided(self.label, name).items()) for name in ("segment", "scaled", "pair"))
        segments, pairs, top = self._segments(period.instance, period.year), self._pairs(period.instance), period.top

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
        period.add_term(self.label, linear([pairs[k, partner].benefit for _, k, partner in v], v.values()))

    def limit(self, period: Period, block: Any) -> None:
        x, instance = period.b.x, period.instance
        y, q, v = (dict(period.decided(self.label, name).items()) for name in ("segment", "scaled", "pair"))
        segments, pairs, members = self._segments(instance, period.year), self._pairs(instance), self._members(instance)
        above = _above(q)

        @block.Constraint(list(q))
        def least(_: Any, k: str, r: str, s: str) -> Any:
            return linear([segments[k, s].start, -1.0], [y[k, r, s], q[k, r, s]]) <= 0

        @block.Constraint(list(q))
        def most(_: Any, k: str, r: str, s: str) -> Any:
            return linear([1.0, -segments[k, s].end], [q[k, r, s], y[k, r, s]]) <= 0

        @block.Constraint(list(above))
        def part(_: Any, k: str, r: str) -> Any:
            return linear([1.0] * len(above[k, r]) + [-1.0], [*(q[krs] for krs in above[k, r]), x[k, r]]) <= 0

        @block.Constraint(list(above))
        def rest(_: Any, k: str, r: str) -> Any:
            n, end = len(above[k, r]), segments[k, FIRST].end
            return linear([1.0] + [-1.0] * n + [end] * n, [x[k, r], *(q[krs] for krs in above[k, r]), *(y[krs] for krs in above[k, r])]) <= end

        def mass(c: str, k: str, pair: tuple[str, str]) -> Any:
            needed = pairs[pair].from_share * period.D[k]
            return linear([needed, *-members[c]], [v[(c, *pair)], *(x[k, r] for r in members[c].index)]) <= 0

        @block.Constraint(list(v))
        def first(_: Any, c: str, k: str, partner: str) -> Any:
            return mass(c, k, (k, partner))

        @block.Constraint(list(v))
        def second(_: Any, c: str, k: str, partner: str) -> Any:
            return mass(c, partner, (k, partner))

    def account(self, plan: PeriodPlan, account: str) -> pd.Series[float] | None:
        return self._bonus(plan).groupby(level="region", sort=False).sum() if account == "income" else None

    def term_weight(self) -> float | None:
        return self.weight

    def value(self, plan: PeriodPlan) -> float:
        pairs, (_, _, v) = self._pairs(plan.instance), self._decided(plan)
        return float(self._bonus(plan).sum()) + sum(pairs[k, partner].benefit * value for (_, k, partner), value in v.items())

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        (y, q, v), x, D = self._decided(plan), by_cell(plan.output), plan.demand
        segments, pairs, above = self._segments(plan.instance, plan.year), self._pairs(plan.instance), _above(q)
        made = self._made(plan.instance, plan.output)
        starts, ends = ([getattr(segments[k, s], end) * y[k, r, s] for k, r, s in q] for end in ("start", "end"))
        upper = {kr: sum(q[krs] for krs in parts) for kr, parts in above.items()}
        rest = [segments[k, FIRST].end * (1 - sum(y[krs] for krs in parts)) for (k, _), parts in above.items()]
        needed = {item: pairs[item[1:]].from_share * value for item, value in v.items()}
        return together(
            linked("least", q, starts, q.values()),
            linked("most", q, q.values(), ends),
            linked("part", above, upper.values(), [x[kr] for kr in above]),
            linked("rest", above, [x[kr] - upper[kr] for kr in above], rest),
            linked("first", v, [share * D[k] for (_, k, _), share in needed.items()], [made.at[k, c] for c, k, _ in v]),
            linked("second", v, [share * D[k] for (_, _, k), share in needed.items()], [made.at[k, c] for c, _, k in v]),
        )

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        instance, (y, _, v), pairs = plan.instance, self._decided(plan), self._pairs(plan.instance)
        reached = {(k, r): float(s) for (k, r, s), value in y.items() if value > 0}
        scale = self._bonus(plan).groupby(level="industry", sort=False).sum()
        stands = {item: value for item, value in v.items() if value > 0}
        brought = pd.Series([pairs[k, partner].benefit for _, k, partner in stands], [c for c, _, _ in stands], dtype=float).groupby(level=0).sum()
        return told(
            *(
                (f"share_{when}", self._made(instance, output).sum() / output.sum(), "1")
                for when, output in (("before", instance.stock), ("after", plan.output))
            ),
            ("segment", pd.Series(reached, dtype=float), "segment"),
            ("scale_benefit", scale[scale != 0], "{money}"),
            ("pair", pd.Series(stands, dtype=float), "pair"),
            ("pair_benefit", brought, "{money}"),
        )

    def _segments(self, instance: Instance, year: int) -> dict[tuple[str, str], Segment]:
        """The segments by industry and number, the first of each industry included."""
        found, D = dict[tuple[str, str], Segment](), instance.demand(year)
        for k, rows in instance.tables["scale_returns"].groupby("industry", sort=False) if "scale_returns" in instance.tables else ():
            bonuses = {0.0: 0.0} | dict(zip(rows["from_share"], rows["bonus"], strict=True))
            start, bonus = np.array(sorted(bonuses)) * D[str(k)], np.array([bonuses[share] for share in sorted(bonuses)])
            fixed = np.cumsum(-np.diff(bonus, prepend=bonus[0]) * start)
            above = np.concatenate([bonus[:1], bonus[1:] - bonus[0]])
            ends = [*start[1:], 2 * D[str(k)]]
            found |= {(str(k), str(s)): Segment(*map(float, row)) for s, row in enumerate(zip(start, ends, fixed, above, strict=True))}
        return found

    def _pairs(self, instance: Instance) -> dict[tuple[str, str], Pair]:
        """The table `colocation` by industry and partner."""
        table = instance.tables.get("colocation")
        rows = [] if table is None else table[["industry", "partner", "from_share", "benefit"]].itertuples(index=False, name=None)
        return {(k, partner): Pair(from_share, benefit) for k, partner, from_share, benefit in rows}

    def _members(self, instance: Instance) -> dict[str, pd.Series[float]]:
        """in[c,r] of the statement, by cluster."""
        table = instance.tables.get("groups")
        clusters = self.clusters or (() if table is None else tuple(table.loc[table["kind"] == "cluster", "group"]))
        return {c: share for c in clusters if len(share := instance.members(c))}

    def _decided(self, plan: PeriodPlan) -> list[dict[Any, float]]:
        """y, q and v of the statement, by item."""
        return [plan.decided(self.label, d.name, d.items).to_dict() for d in self.decisions(plan.instance, plan.year)]

    def _bonus(self, plan: PeriodPlan) -> pd.Series[float]:
        """B[k,r] of the statement, of the industries with segments."""
        segments, (y, q, _) = self._segments(plan.instance, plan.year), self._decided(plan)
        B = {(k, r): segments[k, FIRST].bonus * x for (k, r), x in by_cell(plan.output).items() if (k, FIRST) in segments}
        for k, r, s in q:
            B[k, r] += segments[k, s].bonus * q[k, r, s] + segments[k, s].fixed * y[k, r, s]
        return pd.Series(B.values(), index=_items(B, ["industry", "region"]), dtype=float)

    def _made(self, instance: Instance, output: pd.Series[float]) -> pd.DataFrame:
        """What clusters make, industries by cluster (output)."""
        made = output.unstack("region")
        return pd.DataFrame({c: (made[share.index] * share).sum(axis=1) for c, share in self._members(instance).items()}, index=made.index)


def _items(rows: Iterable[tuple[str, ...]], names: list[str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(pd.DataFrame(list(rows), columns=names, dtype=object))


def _above(q: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """The segments above the first, by cell."""
    cells: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for k, r, s in q:
        cells.setdefault((k, r), []).append((k, r, s))
    return cells
