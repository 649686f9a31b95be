"""Supply chain: what an industry needs of others is shipped from where they stand, at a freight cost, or brought from outside at a higher one.

Statement, for the industries `k` of the table `freight` (what is shipped) and regions r, s, with the decisions h[k,r,s] >= 0, shipped from
r to s, m[k,s] >= 0, brought from outside the model, and u[k,s] >= 0, what s goes without (output)::

    supply      sum_s h[k,r,s] <= x[k,r]
    need        N[k,s] <= sum_r h[k,r,s] + m[k,s] + u[k,s]
    unmet       sum_s u[k,s] <= short[k]

    N[k,s]    = sum_j c[k,j] * x[j,s] + FD[k] * share[k,s]               what region s needs of k              (output)
    c[k,j]    = a[k,j] * min(1, D[k] / sum_i a[k,i] * D[i])              input of k per unit of j              (output per output)
    FD[k]     = D[k] - sum_j c[k,j] * D[j] >= 0                          national final demand of k            (output)

    imports            sum_s m[k,s] <= import_share[k] * sum_s N[k,s]                                          where import_share is stated
    self_sufficiency   floor * sum_{k, s in g} in[s] * N[k,s] <= sum_{k, r in g, s in g} in[s] * h[k,r,s]      for every stated group g

Objective term::

    weight * (sum freight_cost[k] * distance[r,s] * h[k,r,s] + sum import_cost[k] * m[k,s])                    (money; distance in 1000 km)

    a[k,j]      table `input_coefficients`: supplier k, industry j          D[k]       national demand
    share[k,s]  table `final_demand`, scaled to sum to 1; of an industry without rows by population (base-year value added where there is none)
    in[s]       share of the region in the group (table `membership`; 1 for the regions of a plate)

So what is made meets what is needed, in the nation as a whole and in every year: where the inputs of the base year would ask for more of k than
the nation demands, users get along with less of it (the row factor of the RAS method; Stone and Brown 1962). Only where it is made, and where
used, is open. Demand that the nation does not meet, short[k], is charged once, by the core: it is neither carried nor brought from outside, and
whom it costs most to reach goes without. Industries that are not shipped (services) need inputs and give none. Of a group's needs counts as its
own what any of its regions ships. Source of the form: the transport model between input-output balances of Leontief and Strout 1963, with the
cheapest lanes in place of gravity. Shipments and imports are those of the last year of the period. There are regions squared of them for each
industry: provinces, not counties.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from layout_opt.core import Period, linear, total
from layout_opt.errors import Fault
from layout_opt.flows import Array
from layout_opt.inputs import coefficients, final_demand, gaps, needs
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, clusters, limits, linked, together, told, unknown_groups
from layout_opt.schema import MONEY_PER_OUTPUT
from layout_opt.tables import Column, Table, key

Share = Annotated[float, Field(ge=0, le=1)]
LITTLE = 1e-6  # of the needs: less is rounding


class SupplyChain(Policy):
    """Parameters: `weight` of the term; `min_self_sufficiency`, by group, the share of its needs that its own regions meet at least."""

    family = "supply_chain"
    phrase = "补链, 上下游企业协作, 产业链协同"
    serves = (9,)
    title: ClassVar = {"en": "Supply chain", "zh": "产业链上下游协作"}
    words: ClassVar = {
        "self_sufficiency": {"en": "Share of needs met by its own output", "zh": "本地配套率"},
        "met_inside": {"en": "Share of needs met inside the group", "zh": "板块和城市群内部配套率"},
        "gap_closed": {"en": "Gap in the chain closed (negative: opened), as a share of needs", "zh": "补链幅度（缺口占需求比重的下降，负值为扩大）"},
        "freight": {"en": "Freight", "zh": "运输费用"},
        "imports": {"en": "Brought from outside", "zh": "外部调入"},
        "unmet": {"en": "Needs that go unmet", "zh": "未满足的需求"},
    }
    reads: ClassVar = {"input_coefficients": ("coefficient",), "freight": ("freight_cost", "import_cost")}
    tables = (
        Table(
            "input_coefficients",
            (key("supplier", "industries"), key("industry", "industries"), Column("coefficient", "number", unit="{output}/{output}", low=0)),
        ),
        Table(
            "freight",
            (
                key("industry", "industries"),
                Column("freight_cost", "number", unit=f"{MONEY_PER_OUTPUT}/1000 km", low=0),
                Column("import_cost", "number", unit=MONEY_PER_OUTPUT, low=0),
                Column("import_share", "number", low=0, high=1, optional=True, blank=True),
            ),
        ),
        Table("final_demand", (key("industry", "industries"), key("region", "regions"), Column("share", "number", low=0, high=1))),
    )

    weight: float = Field(default=-1.0, lt=0)
    min_self_sufficiency: dict[str, Share] = {}

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        where, tables = self.at(file), instance.tables
        yield from unknown_groups(self.min_self_sufficiency, instance, self.at(file, "min_self_sufficiency"))
        inputs = tables["input_coefficients"].groupby("industry", sort=False)["coefficient"].sum()
        for k in inputs.index[inputs > 1]:
            remedy = "Correct the table `input_coefficients`: the coefficients of an industry sum to at most 1."
            yield Fault("an industry needs more inputs than it makes", where, remedy, k)
        shares = tables["final_demand"].groupby("industry", sort=False)["share"].sum() if "final_demand" in tables else pd.Series(dtype=float)
        for k in shares.index[shares == 0]:
            yield Fault("the shares of final demand sum to 0", where, "Correct the table `final_demand`, or delete the rows of the industry.", k)

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        regions, shipped = list(instance.regions.index), list(self._costs(instance).index)
        lanes = pd.MultiIndex.from_product([shipped, regions, regions], names=["industry", "origin", "destination"])
        ends = pd.MultiIndex.from_product([shipped, regions], names=["industry", "region"])
        return Decision("shipped", lanes, "{output}"), Decision("imported", ends, "{output}"), Decision("unmet", ends, "{output}")

    def contribute(self, period: Period) -> None:
        h, m = (period.decided(self.label, name) for name in ("shipped", "imported"))
        costs, distance = self._costs(period.instance), period.instance.distance.to_numpy() / 1000
        period.add_term(self.label, linear(np.multiply.outer(costs["freight_cost"].to_numpy(), distance).ravel().tolist(), h.values()))
        period.add_term(self.label, linear([costs["import_cost"][k] for k, _ in m], m.values()))

    def limit(self, period: Period, block: Any) -> None:
        instance, regions, x = period.instance, period.regions, period.b.x
        h, m, u = (dict(period.decided(self.label, name).items()) for name in ("shipped", "imported", "unmet"))
        c = coefficients(instance, self._costs(instance).index, pd.Series(period.D))
        final, shipped = final_demand(instance, c, pd.Series(period.D)), list(c.index)
        shares, floors = self._import_shares(instance), self.min_self_sufficiency

        def needed(parts: pd.DataFrame) -> tuple[Any, float]:
            """sum of parts[k,s] * N[k,s] over shipped industries and regions: what hangs on x, and the rest."""
            rates: Any = (c.loc[parts.index].T @ parts).stack()
            rates = rates[rates != 0]
            return linear(rates.tolist(), [x[js] for js in rates.index]), float((parts * final.loc[parts.index, parts.columns]).to_numpy().sum())

        @block.Constraint(shipped, regions)
        def supply(_: Any, k: str, r: str) -> Any:
            return linear([1.0] * len(regions) + [-1.0], [*(h[k, r, s] for s in regions), x[k, r]]) <= 0

        @block.Constraint(shipped, regions)
        def need(_: Any, k: str, s: str) -> Any:
            inputs, rest = needed(pd.DataFrame(1.0, [k], [s]))
            return inputs - total([*(h[k, r, s] for r in regions), m[k, s], u[k, s]]) <= -rest

        @block.Constraint(shipped)
        def unmet(_: Any, k: str) -> Any:
            return linear([1.0] * len(regions) + [-1.0], [*(u[k, s] for s in regions), period.b.short[k]]) <= 0

        @block.Constraint([*(f"imports|{k}" for k in shares), *(f"self_sufficiency|{group}" for group in floors)])
        def limit(_: Any, row: str) -> Any:
            rule, _bar, name = row.partition("|")
            if rule == "imports":
                inputs, rest = needed(pd.DataFrame(shares[name], [name], regions))
                return total(m[name, s] for s in regions) - inputs <= rest
            share = instance.members(name)
            share = share[share > 0]
            inputs, rest = needed(pd.DataFrame([floors[name] * share] * len(shipped), shipped))
            lanes = [(k, r, s) for k in shipped for r in share.index for s in share.index]
            return inputs - linear([share[s] for _, _, s in lanes], [h[lane] for lane in lanes]) <= -rest

    def value(self, plan: PeriodPlan) -> float:
        h, m, *_ = self._chain(plan)
        return float(self._freight(plan.instance, h).sum() + (m.sum(axis=1) * self._costs(plan.instance)["import_cost"]).sum())

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        h, m, u, N = self._chain(plan)
        cells, made = pd.MultiIndex.from_product(N.axes), plan.output.groupby(level="industry").sum()[N.index]
        return together(
            linked("supply", cells, h.sum(axis=2).ravel(), plan.output.reindex(cells).to_numpy()),
            linked("need", cells, N.to_numpy().ravel(), (h.sum(axis=1) + m + u).ravel()),
            linked("unmet", N.index, made + u.sum(axis=1), made.clip(lower=plan.demand[N.index])),
        )

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        (h, m, _, N), shares, floors = self._chain(plan), self._import_shares(plan.instance), self.min_self_sufficiency
        imported = dict(zip(N.index, m.sum(axis=1), strict=True))
        imports = limits([f"imports|{k}" for k in shares], [imported[k] for k in shares], [share * N.loc[k].sum() for k, share in shares.items()])
        inside, need = _met(h, N, self._groups(plan.instance, floors))
        return together(imports, limits([f"self_sufficiency|{group}" for group in floors], pd.Series(floors) * need, inside, True))

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        (h, m, u, N), instance, stock = self._chain(plan), plan.instance, plan.instance.stock
        groups = self._groups(instance, [*instance.plates, *clusters(instance), *self.min_self_sufficiency])
        own = pd.Series(np.einsum("krr->r", h), index=N.columns) / N.sum().where(lambda need: need > 0)
        inside, need = _met(h, N, groups)
        before = needs(instance, N.index, stock, stock.groupby(level="industry", sort=False).sum())
        closed = gaps(before, stock, groups) - gaps(N, plan.output, groups)
        freight = self._freight(instance, h)
        imports, unmet = (pd.Series(part.sum(axis=1), index=N.index) for part in (m, u))
        return told(
            ("self_sufficiency", own.dropna(), "1"),
            ("met_inside", (inside / need)[need > 0], "1"),
            ("gap_closed", closed[closed.abs() > LITTLE], "1"),
            ("freight", freight[freight > 0], "{money}"),
            ("imports", imports[imports > 0], "{output}"),
            ("unmet", unmet[unmet > 0], "{output}"),
        )

    def _costs(self, instance: Instance) -> pd.DataFrame:
        """The table `freight` by industry, in the order of the table `industries`."""
        table = instance.tables["freight"].set_index("industry")
        return table.loc[[k for k in instance.industries.index if k in table.index]]

    def _import_shares(self, instance: Instance) -> dict[str, float]:
        """import_share[k] of the statement, where it is stated."""
        costs = self._costs(instance)
        return {str(k): float(share) for k, share in costs["import_share"].dropna().items()} if "import_share" in costs else {}

    def _chain(self, plan: PeriodPlan) -> tuple[Array, Array, Array, pd.DataFrame]:
        """h[k,r,s], m[k,s], u[k,s] and N[k,s] of a plan."""
        N = needs(plan.instance, self._costs(plan.instance).index, plan.output, plan.demand)
        h, m, u = (self.decided(plan, name).to_numpy() for name in ("shipped", "imported", "unmet"))
        return h.reshape(*N.shape, N.shape[1]), m.reshape(N.shape), u.reshape(N.shape), N

    def _freight(self, instance: Instance, h: Array) -> pd.Series[float]:
        """Freight by industry (money)."""
        carried = (h * (instance.distance.to_numpy() / 1000)).sum(axis=(1, 2))
        return pd.Series(self._costs(instance)["freight_cost"] * carried)

    def _groups(self, instance: Instance, names: Iterable[str]) -> pd.DataFrame:
        """in[s] of the statement, regions by group; 0 outside the group."""
        regions = instance.regions.index
        return pd.DataFrame({group: instance.members(group).reindex(regions, fill_value=0.0) for group in names}, index=regions)


def _met(h: Array, N: pd.DataFrame, groups: pd.DataFrame) -> tuple[pd.Series[float], pd.Series[float]]:
    """What the regions of each group ship to each other, and what they need, counted by the share in the group of the region that needs it."""
    inside = {g: float((h[:, share > 0, :] * share).sum()) for g, share in zip(groups, groups.to_numpy().T, strict=True)}
    return pd.Series(inside, dtype=float), (N @ groups).sum()
