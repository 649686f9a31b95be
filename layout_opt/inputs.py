"""What industries and people of a region need of what others make, what it costs to ship, and the tables that state it: functions of the facts.

Symbols: supplier k, industry j, regions r, s; x output, D national demand (output)::

    c[k,j]       = a[k,j] * min(1, D[k] / sum_i a[k,i] * D[i])        input of k per unit of j (table `input_coefficients`)
    final[k,s]   = (D[k] - sum_j c[k,j] * D[j]) * share[k,s]          final demand, never below 0
    N[k,s]       = sum_j c[k,j] * x[j,s] + final[k,s]                 what region s needs of k
    in[s]        share of region s in a group; in groups[s,g], a column for every group
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layout_opt.errors import Fault, Place
from layout_opt.flows import Array
from layout_opt.instance import Instance
from layout_opt.schema import INDUSTRY, MONEY_PER_OUTPUT, REGION
from layout_opt.tables import Table, amount, fraction, key

INPUT_COEFFICIENTS = Table("input_coefficients", (key("supplier", "industries"), INDUSTRY, amount("coefficient", "{output}/{output}")))
FINAL_DEMAND = Table("final_demand", (INDUSTRY, REGION, fraction("share")))
FREIGHT = Table(
    "freight",
    (
        INDUSTRY,
        amount("freight_cost", f"{MONEY_PER_OUTPUT}/1000 km"),
        amount("import_cost", MONEY_PER_OUTPUT),
        fraction("import_share", optional=True),
    ),
)


@dataclass(frozen=True, eq=False)
class Needs:
    """N of the module's statement as a function of output: `c` by supplier and industry, `final` by supplier and region."""

    c: pd.DataFrame
    final: pd.DataFrame

    def of(self, output: pd.Series[float]) -> pd.DataFrame:
        """N, suppliers by regions, of an output by cell."""
        return self.c @ output.unstack("region").loc[list(self.c.columns), list(self.final.columns)] + self.final

    def weighed(self, parts: pd.DataFrame) -> tuple[pd.Series[float], float]:
        """sum of parts[k,s] * N[k,s]: what a unit of x[j,s] adds to it, by cell where it is not 0, and the rest."""
        rates: Any = (self.c.loc[parts.index].T @ parts).stack()
        return rates[rates != 0], float((parts * self.final.loc[parts.index, parts.columns]).to_numpy().sum())


def coefficients(instance: Instance, suppliers: pd.Index, D: pd.Series[float]) -> pd.DataFrame:
    """c of the module's statement, suppliers by all industries: so that no more of k is needed than the nation demands."""
    listed = instance.tables["input_coefficients"].set_index(["supplier", "industry"])["coefficient"].unstack()
    a = listed.reindex(index=suppliers, columns=instance.industries.index).fillna(0.0)
    used, most = a @ D[a.columns], D[suppliers]
    return a.mul((most / used).where(used > most, 1.0), axis=0)


def final_demand(instance: Instance, c: pd.DataFrame, D: pd.Series[float]) -> pd.DataFrame:
    """final of the module's statement, suppliers by regions.

    share is that of the table `final_demand`, scaled to sum to 1; of an industry without rows by population (base-year value added where there
    is none, alike where there is neither).
    """
    regions, made = instance.regions.index, instance.stock.unstack("region").mul(instance.industries["value_added_rate"], axis=0).sum()
    share = pd.DataFrame([instance.regions.get("population", made if made.any() else made + 1.0)] * len(c), c.index, regions, dtype=float)
    if "final_demand" in instance.tables:
        stated = instance.tables["final_demand"].set_index(["industry", "region"])["share"].unstack()
        share.update(stated.reindex(columns=regions).fillna(0.0))
    return share.div(share.sum(axis=1), axis=0).mul((D[c.index] - c @ D[c.columns]).clip(lower=0.0), axis=0)


def needs(instance: Instance, suppliers: pd.Index, D: pd.Series[float]) -> Needs:
    """What is needed of the suppliers where the nation demands D."""
    c = coefficients(instance, suppliers, D)
    return Needs(c, final_demand(instance, c, D))


def gaps(N: pd.DataFrame, output: pd.Series[float], groups: pd.DataFrame) -> pd.Series[float]:
    """The share of its needs that a group of regions cannot meet by what it makes, by supplier and group."""
    need, made = N @ groups, output.unstack("region").loc[list(N.index), list(N.columns)] @ groups
    lacking: Any = ((need - made).clip(lower=0.0) / need.where(need > 0, 1.0)).stack()
    return pd.Series(lacking)


def met_inside(h: Array, groups: pd.DataFrame) -> pd.Series[float]:
    """sum over k and regions r, s of a group of in[s] * h[k,r,s], by group: what its regions ship to each other."""
    inside = {g: float((h[:, share > 0, :] * share).sum()) for g, share in zip(groups, groups.to_numpy().T, strict=True)}
    return pd.Series(inside, dtype=float)


def shipping(instance: Instance) -> pd.DataFrame:
    """freight_cost, import_cost and import_share (NaN where none is stated) by industry, in the order of the table `industries`."""
    table = instance.tables["freight"].set_index("industry").reindex(columns=["freight_cost", "import_cost", "import_share"])
    return table.loc[[k for k in instance.industries.index if k in table.index]]


def freight(instance: Instance) -> Array:
    """freight_cost[k] * distance[r,s] / 1000: what it costs to carry a unit of k from r to s (money/output)."""
    costs: Array = np.multiply.outer(shipping(instance)["freight_cost"].to_numpy(), instance.distance.to_numpy() / 1000)
    return costs


def faults(instance: Instance, where: Place) -> Iterable[Fault]:
    """What is wrong with the tables of this module as a whole."""
    inputs = instance.tables["input_coefficients"].groupby("industry", sort=False)["coefficient"].sum()
    for k in inputs.index[inputs > 1]:
        remedy = "Correct the table `input_coefficients`: the coefficients of an industry sum to at most 1."
        yield Fault("an industry needs more inputs than it makes", where, remedy, k)
    if "final_demand" in instance.tables:
        shares = instance.tables["final_demand"].groupby("industry", sort=False)["share"].sum()
        for k in shares.index[shares == 0]:
            yield Fault("the shares of final demand sum to 0", where, "Correct the table `final_demand`, or delete the rows of the industry.", k)
