"""Paired assistance: a donor helps its recipient by aid, by industry that moves there, or by both.

Statement, for every pair p = (o, d) of the table `pairs`, donor o and recipient d::

    T[p] = sum_{k,t} f[k,o,d,t]                 what has moved within the pair, over the periods t so far      (output)
    V[p] = sum_{k,t} va[k] * f[k,o,d,t]         its value added                                                (money a year)

    transfer   strictness * min_transfer[p] <= T[p]                                         in the last period (output)
    need       strictness * need[p] <= aid[p] + worth * V[p]                                (money a year)

    strictness * min_aid[p] <= aid[p] <= strictness * max(min_aid[p], need[p])              (money a year)
    income[d] = ... + aid[p],  income[o] = ... - aid[p]

Objective term, which counts as it is::

    sum_p weight * aid[p] + annuity * paid * saving[p]                                      (money a year)

    saving[p] = discount[p] * sum_k c[k,o,d] * f[k,o,d]                                     (money, once)
    paid        number of periods that pay, and so save, the annuity of what moves in this one
    annuity     the objective's weight of relocation_cost, as a positive number: what is saved counts as what it is saved of
    c[k,o,d]    relocation cost of the corridor: relocation_cost[k] + distance_cost[k] * distance[o,d]     (money/output)

min_transfer, min_aid, need and discount are columns of `pairs`; a blank is 0. The need is what the recipient lacks: transfusion (aid) and making
blood (value added that moved there) both meet it, so that what moves relieves the donor of aid beyond min_aid, in the period in which it moves
and in every later one. The least transfer is due by the end of the plan: when, the plan decides.

Source: the pairs and their two duties, aid and industry, of 中共中央办公厅、国务院办公厅《关于进一步加强东西部扶贫协作工作的指导意见》 (2016).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from layout_opt.core import Period, by_cell, linear, relocation
from layout_opt.errors import Fault
from layout_opt.flows import counted
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan, net_inflow
from layout_opt.policy import Decision, Policy, limits, told
from layout_opt.tables import Table, amount, fraction, key

FLOORS = ["min_transfer", "min_aid", "need"]


class PairedAssistance(Policy):
    """Parameters: `worth`, how much of the need a unit of value added moved meets; `strictness`, a factor on min_transfer, min_aid and need;
    `weight` of aid."""

    family = "paired_assistance"
    phrase = "东西部协作, 对口支援, 输血与造血"
    serves = (23,)
    offers = True
    title: ClassVar = {"en": "Paired assistance", "zh": "东西部协作与对口支援"}
    words: ClassVar = {
        "aid": {"en": "Aid, by donor and recipient", "zh": "援助资金（按帮扶方与受援方）"},
        "moved": {"en": "Output moved within the pair, since the base year", "zh": "基年以来结对转移产出"},
        "value_added_moved": {"en": "Value added moved within the pair, since the base year", "zh": "基年以来结对转移增加值"},
        "saving": {"en": "Relocation cost saved by the pair", "zh": "结对节省的搬迁成本"},
        "transfer": {"en": "Least transfer", "zh": "最低转移量"},
        "need": {"en": "Need of the recipient", "zh": "受援方需求"},
    }
    payments: ClassVar = {"aid": "payer|recipient"}
    reads: ClassVar = {"pairs": ()}
    tables = (
        Table(
            "pairs",
            (
                key("origin", "regions"),
                key("destination", "regions"),
                amount("min_transfer", "{output}", optional=True),
                amount("min_aid", "{money}", optional=True),
                amount("need", "{money}", optional=True),
                fraction("discount", optional=True),
            ),
        ),
    )

    worth: float = Field(default=1.0, ge=0)
    strictness: float = Field(default=1.0, gt=0)
    weight: float = Field(default=-1.0, le=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        pairs, manifest, where = self._pairs(instance), instance.manifest, self.at(file)
        for o, d in pairs.index:
            if o == d:
                yield Fault("a region is paired with itself", where, "Correct or delete the row of the table `pairs`.", o)
            elif not pairs.loc[(o, d)].any():
                yield Fault("the pair states nothing", where, f"Give it one of {', '.join([*FLOORS, 'discount'])}, or delete its row.", f"{o}, {d}")
        if self.penalty is not None and manifest.money != manifest.output and (pairs[["min_transfer", "need"]] > 0).any().all():
            what, remedy = f"one penalty for several units ({manifest.output}, {manifest.money})", "Empty min_transfer or need, or drop the penalty."
            yield Fault(what, self.at(file, "penalty"), remedy)

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        pairs = self._pairs(instance)
        return (Decision("aid", pairs.index, "{money}", lower=pairs["min_aid"], upper=pairs[["min_aid", "need"]].max(axis=1)),)

    def contribute(self, period: Period) -> None:
        instance, aid, regions = period.instance, period.decided(self.label, "aid"), period.instance.regions.index
        va, cost, stated = instance.industries["value_added_rate"], relocation(instance), self._pairs(instance)["discount"]
        discount = stated.unstack().reindex(index=regions, columns=regions).fillna(0.0).to_numpy()
        for (o, d), given in aid.items():
            period.add_account("income", o, -given)
            period.add_account("income", d, given)
        period.add_term(self.label, linear([self.weight] * len(aid), aid.values()))
        period.flows.add_term(self.label, lambda k: -self.objective.relocation_cost * period.paid * discount * cost(k))
        for row, (rule, o, d) in enumerate(self._rows(instance)):
            pair = np.outer(regions == o, regions == d)
            period.total(f"{self.label}_{rule}{row}", counted(va if rule == "need" else 0 * va + 1.0, pair))

    def account(self, plan: PeriodPlan, account: str) -> pd.Series[float] | None:
        return net_inflow(self.decided(plan, "aid"), plan.instance.regions.index) if account == "income" else None

    def limit(self, period: Period, block: Any) -> None:
        aid, floors = period.decided(self.label, "aid"), self._rows(period.instance)
        totals = {row: [p.b.component(f"{self.label}_{row[0]}{n}") for p in period.so_far] for n, row in enumerate(floors)}

        @block.Constraint([row for row in floors if row[0] == "need" or period.is_last])
        def limit(_: Any, rule: str, o: str, d: str) -> Any:
            moved, floor = totals[rule, o, d], floors[rule, o, d]
            if rule == "transfer":
                return linear([1.0] * len(moved), moved) >= floor
            return linear([1.0] + [self.worth] * len(moved), [aid[o, d], *moved]) >= floor

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        reached = self._ledger(plan)
        floors = {row: floor for row, floor in self._rows(plan.instance).items() if row[0] == "need" or plan.is_last}
        reached = reached.assign(transfer=reached["moved"], need=reached["aid"] + self.worth * reached["value_added_moved"])
        return limits(floors, list(floors.values()), [reached[rule][o, d] for rule, o, d in floors], floor=True)

    def term_weight(self) -> float | None:
        return 1.0

    def value(self, plan: PeriodPlan) -> float:
        total = self._ledger(plan).sum()
        return float(self.weight * total["aid"] - self.objective.relocation_cost * plan.paid * total["saving"])

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        ledger = self._ledger(plan)
        return told(*((str(name), values, "{output}" if name == "moved" else "{money}") for name, values in ledger.items()), above=0.0)

    def _ledger(self, plan: PeriodPlan) -> pd.DataFrame:
        """By pair: aid, T (`moved`), V and saving of the statement."""
        va, aid = plan.instance.industries["value_added_rate"], self.decided(plan, "aid")
        tables = plan.moved(0 * va + 1.0, so_far=True), plan.moved(va, so_far=True), plan.relocation
        T, V, cost = (table.stack().reindex(aid.index) for table in tables)
        return pd.DataFrame({"aid": aid, "moved": T, "value_added_moved": V, "saving": self._pairs(plan.instance)["discount"] * cost})

    def _pairs(self, instance: Instance) -> pd.DataFrame:
        """The figures of the table `pairs`, floors times the strictness, indexed (origin, destination)."""
        table = instance.tables["pairs"].set_index(["origin", "destination"]).reindex(columns=[*FLOORS, "discount"]).astype(float).fillna(0.0)
        return table.assign(**{floor: self.strictness * table[floor] for floor in FLOORS})

    def _rows(self, instance: Instance) -> dict[tuple[str, str, str], float]:
        """The rows of the limit and the floors that they state."""
        pairs = self._pairs(instance)
        stated = (("transfer", pairs["min_transfer"]), ("need", pairs["need"]))
        return {(rule, *pair): floor for rule, floors in stated for pair, floor in by_cell(floors).items() if floor > 0}
