"""Co-location: industries that stand together in a cluster make more of each other.

Statement, for the rows k, j of the table `colocation` and the clusters c, with the decision v[c,k,j] in {0,1}: the pair stands::

    first    from_share * D[k] * v[c,k,j] <= sum_{r in c} in[c,r] * x[k,r]                    (output)
    second   from_share * D[j] * v[c,k,j] <= sum_{r in c} in[c,r] * x[j,r]                    (output)

Objective term::

    weight * sum_{c,k,j} benefit[k,j] * v[c,k,j]                                              (money a year)

    in[c,r]     share of the region in the cluster (table `membership`; 1 for the regions of a plate)
    D[k]        national demand                                                               (output)

A pair is a critical mass of both, not two new projects: what stands counts, and moving within a cluster earns nothing. Pairs count in every
period by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, linear
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, clusters, linked, together, told, unknown_groups
from layout_opt.schema import INDUSTRY
from layout_opt.tables import Column, Table, amount, key

ITEM = ["cluster", "industry", "partner"]


class Colocation(Policy):
    """Parameters: `clusters`, the groups in which pairs count (all of the kind cluster where left out); `weight` of the term."""

    family = "colocation"
    phrase = "城市群, 都市圈, 增长极"
    serves = (10,)
    title: ClassVar = {"en": "Co-location in clusters", "zh": "城市群产业协同集聚"}
    words: ClassVar = {
        "share_before": {"en": "Share of the nation's output, base year", "zh": "占全国产出比重（基年）"},
        "share_after": {"en": "Share of the nation's output", "zh": "占全国产出比重"},
        "pair": {"en": "Industries that stand together", "zh": "形成的产业配对"},
        "pair_benefit": {"en": "Benefit of standing together", "zh": "协同集聚收益"},
    }
    reads: ClassVar = {"colocation": ("from_share", "benefit")}
    tables = (
        Table("colocation", (INDUSTRY, key("partner", "industries"), Column("from_share", "number", above=0, high=1), amount("benefit", "{money}"))),
    )

    clusters: tuple[str, ...] | None = Field(default=None, min_length=1)
    weight: float = Field(default=1.0, gt=0)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        where = self.at(file)
        yield from unknown_groups(self.clusters or (), instance, self.at(file, "clusters"))
        if self.clusters is None and not clusters(instance):
            yield Fault("there is no cluster in which industries could stand together", where, "Name groups as `clusters`.")
        pairs = list(self._facts(instance).index)
        for k, partner in pairs:
            if k == partner:
                yield Fault("an industry is its own partner", where, "Correct the table `colocation`.", k)
            elif (partner, k) in pairs and k < partner:
                yield Fault("a pair stands twice in the table 'colocation'", where, "Delete one of the two rows.", f"{k}, {partner}")

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        asked = instance.demand(year) > 0
        pairs = [(c, *pair) for c in self._members(instance) for pair in self._facts(instance).index if asked[list(pair)].all()]
        return (Decision("pair", pd.MultiIndex.from_frame(pd.DataFrame(pairs, columns=ITEM, dtype=object)), "1", binary=True),)

    def contribute(self, period: Period) -> None:
        v, benefit = period.decided(self.label, "pair"), self._facts(period.instance)["benefit"]
        period.add_term(self.label, linear([benefit[k, partner] for _, k, partner in v], v.values()))

    def limit(self, period: Period, block: Any) -> None:
        x, v, members = period.b.x, period.decided(self.label, "pair"), self._members(period.instance)
        needed = self._facts(period.instance)["from_share"]

        def mass(c: str, k: str, pair: tuple[str, str]) -> Any:
            return linear([needed[pair] * period.D[k], *-members[c]], [v[(c, *pair)], *(x[k, r] for r in members[c].index)]) <= 0

        @block.Constraint(list(v))
        def first(_: Any, c: str, k: str, partner: str) -> Any:
            return mass(c, k, (k, partner))

        @block.Constraint(list(v))
        def second(_: Any, c: str, k: str, partner: str) -> Any:
            return mass(c, partner, (k, partner))

    def value(self, plan: PeriodPlan) -> float:
        benefit = self._facts(plan.instance)["benefit"]
        return float(sum(benefit[k, j] * stands for (_, k, j), stands in self._pairs(plan).items()))

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        v, D, made = self._pairs(plan), plan.demand, self._made(plan.instance, plan.output)
        share = self._facts(plan.instance)["from_share"]
        return together(
            linked("first", v, [share[k, j] * D[k] * stands for (_, k, j), stands in v.items()], [made.at[k, c] for c, k, _ in v]),
            linked("second", v, [share[k, j] * D[j] * stands for (_, k, j), stands in v.items()], [made.at[j, c] for c, _, j in v]),
        )

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        pairs, benefit = [pair for pair, stands in self._pairs(plan).items() if stands > 0], self._facts(plan.instance)["benefit"]
        brought = pd.Series([benefit[k, j] for _, k, j in pairs], [c for c, _, _ in pairs], dtype=float).groupby(level=0, sort=False).sum()
        before, after = (self._made(plan.instance, output).sum() / output.sum() for output in (plan.instance.stock, plan.output))
        return told(
            *(("share_before", before, "1"), ("share_after", after, "1")),
            *(("pair", pd.Series(dict.fromkeys(pairs, 1.0), dtype=float), "pair"), ("pair_benefit", brought, "{money}")),
        )

    def _facts(self, instance: Instance) -> pd.DataFrame:
        """from_share and benefit of the statement, by industry and partner."""
        return instance.tables["colocation"].set_index(["industry", "partner"])[["from_share", "benefit"]]

    def _members(self, instance: Instance) -> dict[str, pd.Series[float]]:
        """in[c,r] of the statement, by cluster."""
        return {c: instance.members(c) for c in self.clusters or clusters(instance)}

    def _made(self, instance: Instance, output: pd.Series[float]) -> pd.DataFrame:
        """What clusters make, industries by cluster (output)."""
        made = output.unstack("region")
        return pd.DataFrame({c: (made[share.index] * share).sum(axis=1) for c, share in self._members(instance).items()}, index=made.index)

    def _pairs(self, plan: PeriodPlan) -> dict[Any, float]:
        """v[c,k,j] of the statement in a plan."""
        return dict(self.decided(plan, "pair").items())
