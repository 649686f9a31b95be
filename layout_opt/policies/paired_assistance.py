"""Paired assistance: a donor helps its recipient by aid, by industry that moves there, or by both.

Statement, for every pair p = (o, d) of the table `pairs`, donor o and recipient d::

    T[p] = sum_k f[k,o,d]                       what moves within the pair                  (output)
    V[p] = sum_k va[k] * f[k,o,d]               its value added                             (money a year)

    transfer   strictness * min_transfer[p] <= T[p]                                         (output)
    need       strictness * need[p] <= aid[p] + worth * V[p]                                (money a year)

    strictness * min_aid[p] <= aid[p] <= strictness * max(min_aid[p], need[p])              (money a year)
    income[d] = ... + aid[p],  income[o] = ... - aid[p]

Objective term::

    weight * sum_p (aid[p] - annuity * paid * saving[p])                                    (money a year, weight < 0)

    saving[p] = discount[p] * sum_k c[k,o,d] * f[k,o,d]                                     (money, once)
    paid        number of periods that pay, and so save, the annuity of what moves in this one
    c[k,o,d]    relocation cost of the corridor: relocation_cost[k] + distance_cost[k] * distance[o,d]     (money/output)

min_transfer, min_aid, need and discount are columns of `pairs`; a blank is 0. The need is what the recipient lacks: transfusion (aid) and making
blood (value added that moved there) both meet it, so that what moves relieves the donor of aid beyond min_aid. Bounds hold in every period by
itself, with what moves in it.

Source: the pairs and their two duties, aid and industry, of 中共中央办公厅、国务院办公厅《关于进一步加强东西部扶贫协作工作的指导意见》 (2016).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from layout_opt.core import Period, by_cell, linear
from layout_opt.errors import Fault, Place
from layout_opt.flows import Array, Rate
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, limits, told
from layout_opt.tables import Column, Table

FLOORS = ["min_transfer", "min_aid", "need"]


class PairedAssistance(Policy):
    """Parameters: `worth`, how much of the need a unit of value added moved meets; `strictness`, a factor on min_transfer, min_aid and need;
    `annuity`, the share of a one-off saving that counts a year (as relocation_cost is weighed beside aid); `weight` of the term."""

    family = "paired_assistance"
    phrase = "东西部协作, 对口支援, 输血与造血"
    serves = (23,)
    offers = True
    title: ClassVar = {"en": "Paired assistance", "zh": "东西部协作与对口支援"}
    words: ClassVar = {
        "aid": {"en": "Aid, by donor and recipient", "zh": "援助资金（按帮扶方与受援方）"},
        "moved": {"en": "Output moved within the pair", "zh": "结对转移产出"},
        "value_added_moved": {"en": "Value added moved within the pair", "zh": "结对转移增加值"},
        "saving": {"en": "Relocation cost saved by the pair", "zh": "结对节省的搬迁成本"},
    }
    reads: ClassVar = {"pairs": ()}
    tables = (
        Table(
            "pairs",
            (
                Column("origin", refers=("regions",), key=True),
                Column("destination", refers=("regions",), key=True),
                Column("min_transfer", "number", unit="{output}", low=0, optional=True, blank=True),
                Column("min_aid", "number", unit="{money}", low=0, optional=True, blank=True),
                Column("need", "number", unit="{money}", low=0, optional=True, blank=True),
                Column("discount", "number", low=0, high=1, optional=True, blank=True),
            ),
        ),
    )

    worth: float = Field(default=1.0, ge=0)
    strictness: float = Field(default=1.0, gt=0)
    annuity: float = Field(default=0.1, ge=0)
    weight: float = Field(default=-1.0, le=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        pairs, manifest, where = self._pairs(instance), instance.manifest, Place(file, column=f"policies.{self.label}")
        for o, d in pairs.index:
            if o == d:
                yield Fault("a region is paired with itself", where, "Correct or delete the row of the table `pairs`.", o)
            elif not pairs.loc[(o, d)].any():
                yield Fault("the pair states nothing", where, f"Give it one of {', '.join([*FLOORS, 'discount'])}, or delete its row.", f"{o}, {d}")
        if self.penalty is not None and manifest.money != manifest.output and (pairs[["min_transfer", "need"]] > 0).any().all():
            what, remedy = f"one penalty for several units ({manifest.output}, {manifest.money})", "Empty min_transfer or need, or drop the penalty."
            yield Fault(what, Place(file, column=f"{where.column}.penalty"), remedy)

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        pairs = self._pairs(instance)
        return (Decision("aid", pairs.index, "{money}", lower=pairs["min_aid"], upper=pairs[["min_aid", "need"]].max(axis=1)),)

    def contribute(self, period: Period) -> None:
        instance, aid = period.instance, period.decided(self.label, "aid")
        va, discount = instance.industries["value_added_rate"], self._discount(instance).to_numpy()
        move, haul, km = instance.industries["relocation_cost"], instance.industries["distance_cost"], instance.distance.to_numpy()
        for (o, d), given in aid.items():
            period.add_account("income", o, -given)
            period.add_account("income", d, given)

        def saved(k: str) -> Array:
            saving: Array = -self.annuity * period.paid * discount * (move[k] + haul[k] * km / 1000)
            return saving

        period.add_term(self.label, linear([1.0] * len(aid), aid.values()))
        period.flows.add_term(self.label, saved)
        for row, (rule, o, d) in enumerate(self._rows(instance)):
            period.total(f"{self.label}_{rule}{row}", _within(period.regions, o, d, va if rule == "need" else 0 * va + 1.0))

    def account(self, plan: PeriodPlan, account: str) -> pd.Series[float] | None:
        if account != "income":
            return None
        aid, regions = self._ledger(plan)["aid"], plan.instance.regions.index
        given, received = (aid.groupby(level=end).sum().reindex(regions, fill_value=0.0) for end in ("origin", "destination"))
        return received - given

    def limit(self, period: Period, block: Any) -> None:
        aid, floors = period.decided(self.label, "aid"), self._rows(period.instance)
        totals = {row: period.b.component(f"{self.label}_{row[0]}{n}") for n, row in enumerate(floors)}

        @block.Constraint(list(floors))
        def limit(_: Any, rule: str, o: str, d: str) -> Any:
            total, floor = totals[rule, o, d], floors[rule, o, d]
            return total >= floor if rule == "transfer" else linear([1.0, self.worth], [aid[o, d], total]) >= floor

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        floors, reached = self._rows(plan.instance), self._ledger(plan)
        reached = reached.assign(transfer=reached["moved"], need=reached["aid"] + self.worth * reached["value_added_moved"])
        return limits(floors, list(floors.values()), [reached[rule][o, d] for rule, o, d in floors], floor=True)

    def term_weight(self) -> float | None:
        return self.weight

    def value(self, plan: PeriodPlan) -> float:
        total = self._ledger(plan).sum()
        return float(total["aid"] - self.annuity * plan.paid * total["saving"])

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        ledger = self._ledger(plan)
        return told(*((name, ledger.loc[ledger[name] > 0, name], "{output}" if name == "moved" else "{money}") for name in self.words))

    def _ledger(self, plan: PeriodPlan) -> pd.DataFrame:
        """By pair: aid, T (`moved`), V and saving of the statement."""
        flows, facts, pairs = plan.flows, plan.instance.industries.reindex(plan.flows["industry"]), self._pairs(plan.instance).index
        ends, moved = pd.MultiIndex.from_frame(flows[["origin", "destination"]]), flows["output"].to_numpy(dtype=float)
        km, discount = (table.stack().reindex(ends).to_numpy() for table in (plan.instance.distance, self._discount(plan.instance)))
        cost = facts["relocation_cost"].to_numpy() + facts["distance_cost"].to_numpy() * km / 1000
        counted = {"moved": moved, "value_added_moved": facts["value_added_rate"].to_numpy() * moved, "saving": discount * cost * moved}
        by_pair = pd.DataFrame(counted, ends).groupby(level=["origin", "destination"]).sum().reindex(pairs, fill_value=0.0)
        return by_pair.assign(aid=plan.decided(self.label, "aid", pairs))

    def _pairs(self, instance: Instance) -> pd.DataFrame:
        """The figures of the table `pairs`, floors times the strictness, indexed (origin, destination)."""
        table = instance.tables["pairs"].set_index(["origin", "destination"]).reindex(columns=[*FLOORS, "discount"]).astype(float).fillna(0.0)
        return table.assign(**{floor: self.strictness * table[floor] for floor in FLOORS})

    def _discount(self, instance: Instance) -> pd.DataFrame:
        """discount of the statement, regions x regions."""
        regions = instance.regions.index
        return self._pairs(instance)["discount"].unstack().reindex(index=regions, columns=regions).fillna(0.0)

    def _rows(self, instance: Instance) -> dict[tuple[str, str, str], float]:
        """The rows of the limit and the floors that they state."""
        pairs = self._pairs(instance)
        stated = (("transfer", pairs["min_transfer"]), ("need", pairs["need"]))
        return {(rule, *pair): floor for rule, floors in stated for pair, floor in by_cell(floors).items() if floor > 0}


def _within(regions: list[str], o: str, d: str, measure: pd.Series[float]) -> Rate:
    """What a unit counts by a measure of its industry where it moves from o to d; 0 elsewhere."""
    pair = np.zeros((len(regions), len(regions)))
    pair[regions.index(o), regions.index(d)] = 1.0
    return lambda k: measure[k] * pair
