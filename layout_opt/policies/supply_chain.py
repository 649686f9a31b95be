"""Supply chain: what an industry needs of others is shipped from where they stand, at a freight cost, or brought from outside at a higher one.

Statement, for the industries `k` of the table `freight` (what is shipped) and regions r, s, with the decisions h[k,r,s] >= 0, shipped from
r to s, and m[k,s] >= 0, brought from outside the model (output)::

    supply      sum_s h[k,r,s] <= x[k,r]
    need        N[k,s] <= sum_r h[k,r,s] + m[k,s]

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
used, is open. Industries that are not shipped (services) need inputs and give none. Of a group's needs counts as its own what any of its regions
ships. Source of the form: the transport model between input-output balances of Leontief and Strout 1963, with the cheapest lanes in place of
gravity. Shipments and imports are those of the last year of the period. There are regions squared of them for each industry: provinces, not counties.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from layout_opt.core import Period, linear
from layout_opt.errors import Fault, Place
from layout_opt.flows import Array
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Decision, Policy, limits, linked, together, told, unknown
from layout_opt.schema import MONEY_PER_OUTPUT
from layout_opt.tables import Column, Table

Share = Annotated[float, Field(ge=0, le=1)]
LITTLE = 1e-6  # of the needs: less is rounding


class SupplyChain(Policy):
    """Parameters: `weight` of the term; `min_self_sufficiency`, by group, the share of its needs that its own regions meet at least."""

    family = "supply_chain"
    phrase = "补链, 上下游企业协作, 产业链协同"
    serves = (9,)
    title: ClassVar = {"en": "Supply chain", "zh": "产业链上下游协作"}
    words: ClassVar = {
        "self_sufficiency": {"en": "Share of needs met by the region itself", "zh": "本地配套率"},
        "met_inside": {"en": "Share of needs met inside the group", "zh": "板块和城市群内部配套率"},
        "gap_closed": {"en": "Gap in the chain closed (negative: opened), as a share of needs", "zh": "补链幅度（缺口占需求比重的下降，负值为扩大）"},
        "freight": {"en": "Freight", "zh": "运输费用"},
        "imports": {"en": "Brought from outside", "zh": "外部调入"},
    }
    reads: ClassVar = {"input_coefficients": ("coefficient",), "freight": ("freight_cost", "import_cost")}
    tables = (
        Table(
            "input_coefficients",
            (
                Column("supplier", refers=("industries",), key=True),
                Column("industry", refers=("industries",), key=True),
                Column("coefficient", "number", unit="{output}/{output}", low=0),
            ),
        ),
        Table(
            "freight",
            (
                Column("industry", refers=("industries",), key=True),
                Column("freight_cost", "number", unit=f"{MONEY_PER_OUTPUT}/1000 km", low=0),
                Column("import_cost", "number", unit=MONEY_PER_OUTPUT, low=0),
                Column("import_share", "number", low=0, high=1, optional=True, blank=True),
            ),
        ),
        Table(
            "final_demand",
            (
                Column("industry", refers=("industries",), key=True),
                Column("region", refers=("regions",), key=True),
                Column("share", "number", low=0, high=1),
            ),
        ),
    )

    weight: float = Field(default=-1.0, lt=0)
    min_self_sufficiency: dict[str, Share] = {}

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        where = Place(file, column=f"policies.{self.label}.min_self_sufficiency")
        groups = list(dict.fromkeys([*instance.plates, *(instance.tables["groups"]["group"] if "groups" in instance.tables else ())]))
        yield from unknown(self.min_self_sufficiency, groups, "group", where)
        for group in self.min_self_sufficiency:
            if group in groups and instance.members(group).empty:
                yield Fault("the group has no regions", where, "Add rows to the table `membership`.", group)
        where, tables = Place(file, column=f"policies.{self.label}"), instance.tables
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
        return Decision("shipped", lanes, "{output}"), Decision("imported", ends, "{output}")

    def contribute(self, period: Period) -> None:
        h, m = (period.decided(self.label, name) for name in ("shipped", "imported"))
        costs, distance = self._costs(period.instance), period.instance.distance.to_numpy() / 1000
        period.add_term(self.label, linear(np.multiply.outer(costs["freight_cost"].to_numpy(), distance).ravel().tolist(), h.values()))
        period.add_term(self.label, linear([costs["import_cost"][k] for k, _ in m], m.values()))

    def limit(self, period: Period, block: Any) -> None:
        instance, regions, x = period.instance, period.regions, period.b.x
        h, m = (dict(period.decided(self.label, name).items()) for name in ("shipped", "imported"))
        c, FD = self._inputs(instance, pd.Series(period.D))
        shipped, shares, floors = list(c.index), self._import_shares(instance), self.min_self_sufficiency

        def needed(parts: pd.DataFrame) -> tuple[Any, float]:
            """sum of parts[k,s] * N[k,s] over shipped industries and regions: what hangs on x, and the rest."""
            rates: Any = (c.loc[parts.index].T @ parts).stack()
            rates = rates[rates != 0]
            return linear(rates.tolist(), [x[js] for js in rates.index]), float((parts * FD.loc[parts.index, parts.columns]).to_numpy().sum())

        @block.Constraint(shipped, regions)
        def supply(_: Any, k: str, r: str) -> Any:
            return linear([1.0] * len(regions) + [-1.0], [*(h[k, r, s] for s in regions), x[k, r]]) <= 0

        @block.Constraint(shipped, regions)
        def need(_: Any, k: str, s: str) -> Any:
            inputs, final = needed(pd.DataFrame(1.0, [k], [s]))
            return inputs - linear([1.0] * (len(regions) + 1), [*(h[k, r, s] for r in regions), m[k, s]]) <= -final

        @block.Constraint([*(f"imports|{k}" for k in shares), *(f"self_sufficiency|{group}" for group in floors)])
        def limit(_: Any, row: str) -> Any:
            rule, _bar, name = row.partition("|")
            if rule == "imports":
                inputs, final = needed(pd.DataFrame(shares[name], [name], regions))
                return linear([1.0] * len(regions), [m[name, s] for s in regions]) - inputs <= final
            share = instance.members(name)
            share = share[share > 0]
            inputs, final = needed(pd.DataFrame([floors[name] * share] * len(shipped), shipped))
            lanes = [(k, r, s) for k in shipped for r in share.index for s in share.index]
            return inputs - linear([share[s] for _, _, s in lanes], [h[lane] for lane in lanes]) <= -final

    def term_weight(self) -> float | None:
        return self.weight

    def value(self, plan: PeriodPlan) -> float:
        h, m, _ = self._chain(plan)
        return float(self._freight(plan.instance, h).sum() + (m.sum(axis=1) * self._costs(plan.instance)["import_cost"]).sum())

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        h, m, N = self._chain(plan)
        cells = pd.MultiIndex.from_product(N.axes)
        supply = linked("supply", cells, h.sum(axis=2).ravel(), plan.output.reindex(cells).to_numpy())
        return together(supply, linked("need", cells, N.to_numpy().ravel(), (h.sum(axis=1) + m).ravel()))

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        (h, m, N), shares, floors = self._chain(plan), self._import_shares(plan.instance), self.min_self_sufficiency
        imported = dict(zip(N.index, m.sum(axis=1), strict=True))
        imports = limits([f"imports|{k}" for k in shares], [imported[k] for k in shares], [share * N.loc[k].sum() for k, share in shares.items()])
        met = [_met(h, N, self._share(plan.instance, group)) for group in floors]
        use, bound = [floor * need for floor, (_, need) in zip(floors.values(), met, strict=True)], [inside for inside, _ in met]
        return together(imports, limits([f"self_sufficiency|{group}" for group in floors], use, bound, True))

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        (h, m, N), instance, stock = self._chain(plan), plan.instance, plan.instance.stock
        regions, groups, freight = instance.regions.index, self._groups(instance), self._freight(instance, h)
        own = pd.Series(np.einsum("krr->r", h), index=regions) / N.sum().where(lambda need: need > 0)
        met = [_met(h, N, share.to_numpy()) for _, share in groups.items()]
        inside = pd.Series([a / b if b > 0 else np.nan for a, b in met], index=groups.columns)
        before = self._gaps(instance, groups, stock, stock.groupby(level="industry", sort=False).sum())
        closed = before - self._gaps(instance, groups, plan.output, plan.demand)
        imports = pd.Series(m.sum(axis=1), index=N.index)
        return told(
            ("self_sufficiency", own.dropna(), "1"),
            ("met_inside", inside.dropna(), "1"),
            ("gap_closed", closed[closed.abs() > LITTLE], "1"),
            ("freight", freight[freight > 0], "{money}"),
            ("imports", imports[imports > 0], "{output}"),
        )

    def _costs(self, instance: Instance) -> pd.DataFrame:
        """The table `freight` by industry, in the order of the table `industries`."""
        table = instance.tables["freight"].set_index("industry")
        return table.loc[[k for k in instance.industries.index if k in table.index]]

    def _import_shares(self, instance: Instance) -> dict[str, float]:
        """import_share[k] of the statement, where it is stated."""
        costs = self._costs(instance)
        return {str(k): float(share) for k, share in costs["import_share"].dropna().items()} if "import_share" in costs else {}

    def _inputs(self, instance: Instance, D: pd.Series[float]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """c[k,j], shipped industries by all, and FD[k] * share[k,s], shipped industries by regions."""
        k, industries, regions = self._costs(instance).index, instance.industries.index, instance.regions.index
        listed = instance.tables["input_coefficients"].set_index(["supplier", "industry"])["coefficient"].unstack()
        a = listed.reindex(index=k, columns=industries).fillna(0.0)
        used = a @ D[industries]
        c = a.mul((D[k] / used).where(used > D[k], 1.0), axis=0)
        made = instance.stock.unstack("region").mul(instance.industries["value_added_rate"], axis=0).sum()
        share = pd.DataFrame([instance.regions.get("population", made if made.any() else made + 1.0)] * len(k), k, regions, dtype=float)
        if "final_demand" in instance.tables:
            stated = instance.tables["final_demand"].set_index(["industry", "region"])["share"].unstack()
            share.update(stated.reindex(columns=regions).fillna(0.0))
        return c, share.div(share.sum(axis=1), axis=0).mul((D[k] - c @ D[industries]).clip(lower=0.0), axis=0)

    def _needs(self, instance: Instance, output: pd.Series[float], D: pd.Series[float]) -> pd.DataFrame:
        """N[k,s] of the statement, shipped industries by regions."""
        c, final = self._inputs(instance, D)
        return c @ output.unstack("region").loc[list(c.columns), list(final.columns)] + final

    def _chain(self, plan: PeriodPlan) -> tuple[Array, Array, pd.DataFrame]:
        """h[k,r,s], m[k,s] and N[k,s] of a plan."""
        N = self._needs(plan.instance, plan.output, plan.demand)
        h, m = (plan.decided(self.label, d.name, d.items).to_numpy() for d in self.decisions(plan.instance, plan.year))
        return h.reshape(*N.shape, N.shape[1]), m.reshape(N.shape), N

    def _freight(self, instance: Instance, h: Array) -> pd.Series[float]:
        """Freight by industry (money)."""
        carried = (h * (instance.distance.to_numpy() / 1000)).sum(axis=(1, 2))
        return pd.Series(self._costs(instance)["freight_cost"] * carried)

    def _share(self, instance: Instance, group: str) -> pd.Series[float]:
        """in[s] of the statement; 0 outside the group."""
        return instance.members(group).reindex(instance.regions.index, fill_value=0.0)

    def _groups(self, instance: Instance) -> pd.DataFrame:
        """in[s], regions by group: the plates and clusters, of which outcomes tell, and the groups with a floor."""
        table = instance.tables.get("groups")
        clusters = [] if table is None else list(table.loc[table["kind"] == "cluster", "group"])
        return pd.DataFrame({group: self._share(instance, group) for group in [*instance.plates, *clusters, *self.min_self_sufficiency]})

    def _gaps(self, instance: Instance, groups: pd.DataFrame, output: pd.Series[float], D: pd.Series[float]) -> pd.Series[float]:
        """The share of its needs that a group cannot meet by what it makes, by shipped industry and group."""
        N = self._needs(instance, output, D)
        need, made = N @ groups, output.unstack("region").loc[list(N.index), list(N.columns)] @ groups
        gaps: Any = ((need - made).clip(lower=0.0) / need.where(need > 0, 1.0)).stack()
        return pd.Series(gaps)


def _met(h: Array, N: pd.DataFrame, share: Any) -> tuple[float, float]:
    """What the regions of a group ship to each other and what they need, each counted by the share of the region that needs it."""
    return float((h[:, share > 0, :] * np.asarray(share)).sum()), float((N * share).to_numpy().sum())
