"""Resource royalty: what mining and power bring is shared with the regions that produce, and borne by those that use.

Statement, for the stated industries `k` with royalty sigma[k] (money per unit of output) and every region `r`::

    received[r]   = sum_k sigma[k] * x[k,r]                                                    (money a year)
    paid[r]       = sum_k sigma[k] * sum_j u[k,j] * x[j,r] + pi[r] * final
    ledger          net[r] = received[r] - paid[r]
    balance         sum_r net[r] = 0
    limit           floors[r] <= net[r]                                                        where a floor is stated

    income[r]     + net[r]

    u[k,j]        what industry j uses of k per unit of its output: a[k,j] * min(1, D[k] / sum_j a[k,j] * D[j])    (output/output)
    a[k,j]        input coefficient (table `input_coefficients`; without the table all use is final)
    pi[r]         share of the population (table `regions`)
    final         royalty on what is no input: of households, the state, exports; the balance makes it sum_k sigma[k] * (sum_r x[k,r] - inputs)

Where industries use more than the country is to make, the rest is imported and bears no royalty: the coefficients are scaled down to what is
made. All is linear, and the same in every period but for D. Of itself the policy only shares out; what income is held to (`support_floor`,
`regional_equity`) and the floors act on the layout.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, linear
from layout_opt.errors import Fault
from layout_opt.inputs import INPUT_COEFFICIENTS, coefficients
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, limits, linked, together, told, unknown


class ResourceRoyalty(Policy):
    """Parameters: `rates`, the royalty by industry, in money per unit of output; `floors` on the net royalty, by region, money a year."""

    family = "resource_royalty"
    phrase = "资源开发利益共享"
    serves = (22,)
    offers = True
    title: ClassVar = {"en": "Resource royalty", "zh": "资源开发利益共享"}
    words: ClassVar = {
        "received": {"en": "Royalty received", "zh": "获得资源收益"},
        "paid": {"en": "Royalty paid by users", "zh": "使用方支付"},
        "net": {"en": "Net royalty", "zh": "净收益"},
    }
    payments: ClassVar = {"received": "recipient", "paid": "payer"}
    reads: ClassVar = {"regions": ("population",)}
    tables = (INPUT_COEFFICIENTS,)

    rates: dict[str, Annotated[float, Field(gt=0)]] = Field(min_length=1)
    floors: dict[str, float] = {}

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        yield from unknown(self.rates, instance.industries.index, "industry", self.at(file, "rates"))
        yield from unknown(self.floors, instance.regions.index, "region", self.at(file, "floors"))
        total = sum(floor for region, floor in self.floors.items() if region in instance.regions.index)
        if set(self.floors) >= set(instance.regions.index) and total > 0:
            remedy = "Net royalties sum to 0: lower a floor, or leave out the regions that pay."
            yield Fault("the floors of all regions sum to more than 0", self.at(file, "floors"), remedy, f"{total:g}")

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        return (
            Decision("net", instance.regions.index, "{money}", lower=-math.inf),
            Decision("final", pd.Index(["nation"]), "{money}", lower=-math.inf),
        )

    def contribute(self, period: Period) -> None:
        for r, net in period.decided(self.label, "net").items():
            period.add_account("income", r, net)

    def account(self, plan: PeriodPlan, account: str) -> pd.Series[float] | None:
        return self._net(plan) if account == "income" else None

    def limit(self, period: Period, block: Any) -> None:
        x, net, final = period.b.x, period.decided(self.label, "net"), period.decided(self.label, "final")["nation"]
        gain, pi = self._gain(period.instance, period.year), self._population(period.instance)

        @block.Constraint(period.regions)
        def ledger(_: Any, r: str) -> Any:
            return linear([1.0, pi[r], *-gain], [net[r], final, *(x[k, r] for k in gain.index)]) == 0

        @block.Constraint(["nation"])
        def balance(*_: Any) -> Any:
            return linear([1.0] * len(net), net.values()) == 0

        if self.floors:

            @block.Constraint(list(self.floors))
            def limit(_: Any, r: str) -> Any:
                return net[r] >= self.floors[r]

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        return limits(self.floors, list(self.floors.values()), self._net(plan).reindex(list(self.floors)).to_numpy(), floor=True)

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        net, final = self._net(plan), float(plan.decided(self.label, "final", pd.Index(["nation"]))["nation"])
        made = plan.output.unstack("region").mul(self._gain(plan.instance, plan.year), axis=0).sum().reindex(net.index)
        return together(
            linked("ledger", net.index, (net + self._population(plan.instance) * final - made).abs()),
            linked("balance", ["nation"], abs(net.sum())),
        )

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        net, sigma = self._net(plan), self._sigma(plan.instance)
        received = plan.output.unstack("region").mul(sigma, axis=0).sum().reindex(net.index)
        return told(("received", received[received > 0], "{money}"), ("paid", received - net, "{money}"), ("net", net, "{money}"))

    def _net(self, plan: PeriodPlan) -> pd.Series[float]:
        return plan.decided(self.label, "net", plan.instance.regions.index)

    def _sigma(self, instance: Instance) -> pd.Series[float]:
        """sigma[k] of the statement; 0 for industries without a royalty."""
        return pd.Series(self.rates, dtype=float).reindex(instance.industries.index, fill_value=0.0)

    def _population(self, instance: Instance) -> pd.Series[float]:
        """pi[r] of the statement."""
        population = instance.regions["population"]
        return population / population.sum()

    def _gain(self, instance: Instance, year: int) -> pd.Series[float]:
        """What a unit of output of an industry receives less what it pays for its inputs: sigma[j] - sum_k sigma[k] * u[k,j]."""
        sigma, D = self._sigma(instance), instance.demand(year)
        if "input_coefficients" not in instance.tables:
            return sigma
        return sigma - sigma @ coefficients(instance, sigma.index, D)
