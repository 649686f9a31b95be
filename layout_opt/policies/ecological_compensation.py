"""Ecological compensation: regions that forgo output to protect nature are paid for part of it by the others.

Statement, for every protected region `r` (table `ecological_services`) and every payer `o` (a region of table `fiscal` that is not protected),
with due[r] in {0,1}: the region has lost::

    limit     rate[r] * (VA*[r] - VA[r]) <= received[r]                                        (money a year)
    no_more   received[r] <= rate[r] * (VA*[r] - VA[r]) + most[r] * (1 - due[r])
    only_due  received[r] <= rate[r] * VA*[r] * due[r]
    burden    paid[o] = F[o] / (sum of F over all payers) * sum_r received[r],   paid[o] <= share * F[o]

    income[r] + received[r],    income[o] - paid[o]

Objective term::

    weight * sum_o paid[o]                                                                     (money; weight < 0: of equal plans the cheapest)

    VA[r]       sum_k va[k] * x[k,r]; VA*[r] the same in the plan that is solved first without the families `protection`
    rate[r]     kappa * service[r]; service: the part of the loss that is borne for others, 0..1 (table `ecological_services`)
    most[r]     rate[r] * sum_k va[k] * max(2 * D[k], S0[k,r]), more than the region can gain
    F[o]        fiscal_capacity[o] * benefit[o] (table `fiscal`, money a year; benefit 0..1, 1 where not stated)

A region receives the stated part of its loss (less where a softened limit leaves part unpaid), and nothing where it gains: compensation is no
channel for other aims, such as a floor on incomes. All payers pay at one rate of their fiscal capacity, as far as they benefit (total payments alone
would leave open who pays); summed over them, `burden` says that what is paid is what is received. Each period is compared to the same period without
the protection. A model without any of the families `protection` has no loss to compensate, and is refused. In the outcome `ledger` each recipient is
paid by all payers in proportion to what they still have to pay, rounded to `decimals` of the money by largest remainders, so that `paid`, `received`
and `ledger` agree to the last digit: what is received is what was decided, rounded; what a payer pays differs from it by less than a digit for every
recipient.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.apportioning import FISCAL, fiscal_capacity, ledger
from layout_opt.core import Period, linear, total
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan, by_region
from layout_opt.policies import families
from layout_opt.policy import Decision, Policy, limits, linked, together, told, unknown
from layout_opt.schema import REGION
from layout_opt.tables import Table, fraction


class EcologicalCompensation(Policy):
    """Parameters: `protection`, the families without which the plan is solved that losses are counted from; `kappa`, the share of a loss that
    is paid; `share`, the largest share of its fiscal capacity that a region pays; `weight` of the payments; `decimals` of the money in the
    ledger (10 is a cent of 1e8 yuan)."""

    family = "ecological_compensation"
    phrase = "生态补偿, 财政转移支付, 市场化交易"
    serves = (21,)
    offers = True
    title: ClassVar = {"en": "Ecological compensation", "zh": "生态补偿"}
    words: ClassVar = {
        "received": {"en": "Compensation received", "zh": "获得补偿"},
        "paid": {"en": "Compensation paid", "zh": "支付补偿"},
        "ledger": {"en": "Who pays whom", "zh": "补偿往来"},
        "loss": {"en": "Value added lost to the protection", "zh": "保护造成的增加值损失"},
    }
    payments: ClassVar = {"received": "recipient", "paid": "payer", "ledger": "payer|recipient"}
    reads: ClassVar = {"ecological_services": ("service",), "fiscal": ("fiscal_capacity",)}
    tables = (Table("ecological_services", (REGION, fraction("service"))), FISCAL)

    protection: tuple[str, ...] = Field(default=("functional_zone",), min_length=1)
    kappa: float = Field(default=0.5, gt=0, le=1)
    share: float = Field(default=0.05, gt=0, le=1)
    weight: float = Field(default=-1e-3, lt=0)
    decimals: int = Field(default=10, ge=0, le=10)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        yield from unknown(self.protection, families(), "policy family", self.at(file, "protection"))
        if self.family in self.protection:
            yield Fault("compensation is no protection", self.at(file, "protection"), "Name the families that protect.", self.family)
        if self._capacity(instance).sum() == 0:
            yield Fault("no region has fiscal capacity to pay with", self.at(file), "Add regions that are not protected to the table `fiscal`.")

    def baseline(self) -> tuple[str, ...]:
        return self.protection

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        protected, F = self._rates(instance).index, self._capacity(instance)
        paid = Decision("paid", F.index, "{money}", upper=self.share * F)
        return Decision("received", protected, "{money}"), Decision("due", protected, "1", binary=True), paid

    def contribute(self, period: Period) -> None:
        received, paid = (period.decided(self.label, name) for name in ("received", "paid"))
        for r, money in [*received.items(), *((o, -given) for o, given in paid.items())]:
            period.add_account("income", r, money)
        period.add_term(self.label, total(paid.values()))

    def account(self, plan: PeriodPlan, account: str) -> pd.Series[float] | None:
        return pd.concat([self.decided(plan, "received"), -self.decided(plan, "paid")]) if account == "income" else None

    def limit(self, period: Period, block: Any) -> None:
        instance, x, va = period.instance, period.b.x, period.instance.industries["value_added_rate"]
        received, due, paid = (period.decided(self.label, name) for name in ("received", "due", "paid"))
        rate, F, most = self._rates(instance), self._capacity(instance), self._most(instance, period.year)
        before = rate * self._made(instance, period.compared(self.label))
        covered = {r: received[r] + rate[r] * linear(va, [x[k, r] for k in va.index]) for r in rate.index}

        @block.Constraint(list(rate.index))
        def limit(_: Any, r: str) -> Any:
            return covered[r] >= before[r]

        @block.Constraint(list(rate.index))
        def no_more(_: Any, r: str) -> Any:
            return covered[r] + most[r] * due[r] <= before[r] + most[r]

        @block.Constraint(list(rate.index))
        def only_due(_: Any, r: str) -> Any:
            return linear([1.0, -before[r]], [received[r], due[r]]) <= 0

        @block.Constraint(list(F.index))
        def burden(_: Any, o: str) -> Any:
            return linear([1.0] + [-F[o] / F.sum()] * len(received), [paid[o], *received.values()]) == 0

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        rate = self._rates(plan.instance)
        return limits(rate.index, (rate * self._loss(plan)).to_numpy(), self.decided(plan, "received").to_numpy(), floor=True)

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        rate, F, most = self._rates(plan.instance), self._capacity(plan.instance), self._most(plan.instance, plan.year)
        received, due, paid = (self.decided(plan, name) for name in ("received", "due", "paid"))
        before, owed = rate * self._made(plan.instance, plan.baseline[self.label]), F / F.sum() * received.sum()
        return together(
            linked("no_more", rate.index, received, rate * self._loss(plan) + most * (1 - due)),
            linked("only_due", rate.index, received, before * due),
            linked("burden", F.index, owed + (paid - owed).abs(), owed),
        )

    def value(self, plan: PeriodPlan) -> float:
        return float(self.decided(plan, "paid").sum())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        digits, digit = ledger(self.decided(plan, "received"), self.decided(plan, "paid"), self.decimals), 10**self.decimals
        pairs = pd.Series(digits.to_numpy().ravel(), pd.MultiIndex.from_product([digits.index, digits.columns]))
        figures = {"received": digits.sum(), "paid": digits.sum(axis=1), "ledger": pairs}
        return told(*((name, value / digit, "{money}") for name, value in figures.items()), ("loss", self._loss(plan), "{money}"))

    def _made(self, instance: Instance, output: pd.Series[float]) -> pd.Series[float]:
        """VA of the protected regions, of an output by cell."""
        return by_region(output, instance.industries["value_added_rate"])[self._rates(instance).index]

    def _loss(self, plan: PeriodPlan) -> pd.Series[float]:
        """VA* - VA of the protected regions."""
        return self._made(plan.instance, plan.baseline[self.label]) - self._made(plan.instance, plan.output)

    def _most(self, instance: Instance, year: int) -> pd.Series[float]:
        """most[r] of the statement."""
        twice = 2 * instance.demand(year).reindex(instance.cells.get_level_values("industry"))
        return self._rates(instance) * self._made(instance, instance.stock.clip(lower=twice.to_numpy()))

    def _rates(self, instance: Instance) -> pd.Series[float]:
        """rate[r] of the statement, by protected region."""
        return self.kappa * instance.tables["ecological_services"].set_index("region")["service"]

    def _capacity(self, instance: Instance) -> pd.Series[float]:
        """F of the statement, by payer."""
        F = fiscal_capacity(instance)
        return F[(F > 0) & ~F.index.isin(instance.tables["ecological_services"]["region"])]
