"""What industries and people of a region need of what others make: pure functions of the facts.

Symbols: supplier k, industry j, region s; x output, D national demand (output)::

    c[k,j]       = a[k,j] * min(1, D[k] / sum_i a[k,i] * D[i])        input of k per unit of j (table `input_coefficients`)
    final[k,s]   = (D[k] - sum_j c[k,j] * D[j]) * share[k,s]          final demand, never below 0
    N[k,s]       = sum_j c[k,j] * x[j,s] + final[k,s]                 what region s needs of k
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from layout_opt.instance import Instance


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


def needs(instance: Instance, suppliers: pd.Index, output: pd.Series[float], D: pd.Series[float]) -> pd.DataFrame:
    """N of the module's statement, suppliers by regions."""
    c = coefficients(instance, suppliers, D)
    final = final_demand(instance, c, D)
    return c @ output.unstack("region").loc[list(c.columns), list(final.columns)] + final


def gaps(N: pd.DataFrame, output: pd.Series[float], groups: pd.DataFrame) -> pd.Series[float]:
    """The share of its needs that a group of regions (a column of shares by region) cannot meet by what it makes, by supplier and group."""
    need, made = N @ groups, output.unstack("region").loc[list(N.index), list(N.columns)] @ groups
    lacking: Any = ((need - made).clip(lower=0.0) / need.where(need > 0, 1.0)).stack()
    return pd.Series(lacking)
