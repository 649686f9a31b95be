"""Robust capacity: the caps of regions and basins hold even if a few industries use more of a resource than was estimated.

Statement, for every stated resource `i` and every region or group `p` with a capacity::

    sum_{r in p} phi[r,p] * load[i,r] + worst[i,p] <= strictness * factors[i] * Cap[i,p]         (unit of the resource)

    worst[i,p] = max sum_k s[k] * extra[k,i,p]  over  0 <= s[k] <= 1, sum_k s[k] <= gamma
    extra[k,i,p] = delta[k,i] * sum_{r in p} phi[r,p] * use[k,r,i] * x[k,r]

    delta[k,i]  share by which the use per unit of output may exceed its estimate (table `deviations`, else `deviation`)
    gamma       how many industries may deviate at once in a row; a fraction counts in part
    phi[r,p]    delivery share of a region to a group (table `membership`); 1 for a region itself
    Cap[i,p]    capacity in force in the period's last year                                      (unit of the resource)

The maximum is the sum of the gamma largest extras. By duality it is the least of gamma * z + sum_k q[k] over z, q >= 0, and so it stays linear::

    protects     extra[k,i,p] <= z[i,p] + q[k,i,p]

gamma = 0 is the nominal cap. With a gamma as large as the number of industries all deviate at once; if they do by the same delta, that is a cap
which has fallen to Cap / (1 + delta), so that falling caps are a case of it. What other policies add to a load does not deviate.

If intensities deviate independently and evenly to both sides by at most delta, a row with n industries that it protects is exceeded with a
probability of about 1 - Phi((gamma - 1) / sqrt(n)) at most. Source: Bertsimas & Sim, The Price of Robustness, Operations Research 52 (2004).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from pydantic import Field

from layout_opt.core import Period, linear
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import ResourcePolicy, limits, told
from layout_opt.schema import INDUSTRY, RESOURCE
from layout_opt.tables import Table, amount

NEARLY = 0.95  # of a capacity: from here on it is told as one that is, or soon will be, used up
ROUNDING = 1e-9  # of a capacity: less is no reserve


class RobustCapacity(ResourcePolicy):
    """Parameters beside those of a capacity: `deviation`, the share by which intensities may be exceeded where the table `deviations` states
    none; `gamma`, how many industries may deviate at once in a row."""

    family = "robust_capacity"
    phrase = "生态承载力"
    serves = (4, 5)
    title: ClassVar = {"en": "Robust capacity", "zh": "稳健承载力"}
    words: ClassVar = {
        "reserve": {"en": "Capacity kept in reserve against higher intensities", "zh": "为强度上浮预留的承载力"},
        "full": {"en": "Use in the worst case over capacity, where it is 95 % or more", "zh": "最不利情形用量与承载力之比（达到95%及以上者）"},
    }
    tables = (Table("deviations", (INDUSTRY, RESOURCE, amount("deviation"))),)

    deviation: float = Field(default=0.1, ge=0)
    gamma: float = Field(default=1.0, ge=0)

    def places(self, instance: Instance) -> Iterable[str]:
        groups = instance.tables["groups"]["group"] if "groups" in instance.tables else ()
        return [*instance.regions.index, *(group for group in groups if len(instance.members(group)))]

    def limit(self, period: Period, block: Any) -> None:
        Cap, load, x = self.capacities(period.instance, period.year), period.b.load, period.b.x
        phi = _shares(period.instance, Cap.index)
        per_unit = {i: self._per_unit(period.instance, period.year, i) for i in Cap.index.unique("resource")}
        extras = {(i, p): _extras(per_unit[i], phi[p]) for i, p in Cap.index}
        rows = {(*ip, k): extra for ip, deviating in extras.items() if 0 < self.gamma < len(deviating) for k, extra in deviating.items()}
        z = pyo.Var(list(dict.fromkeys(row[:2] for row in rows)), within=pyo.NonNegativeReals)
        q = pyo.Var(list(rows), within=pyo.NonNegativeReals)
        period.b.add_component(f"{self.label}_z", z)
        period.b.add_component(f"{self.label}_q", q)

        def protects(_: Any, i: str, p: str, k: str) -> Any:
            extra = rows[i, p, k]
            return linear([*extra.values(), -1.0, -1.0], [*(x[k, r] for r in extra), z[i, p], q[i, p, k]]) <= 0

        period.b.add_component(f"{self.label}_protects", pyo.Constraint(list(rows), rule=protects))

        @block.Constraint(list(Cap.index))
        def limit(_: Any, i: str, p: str) -> Any:
            counted, deviating = phi[p][phi[p] > 0], extras[i, p] if self.gamma > 0 else {}
            used = linear(counted, [load[i, r] for r in counted.index])
            if (i, p) in z:
                return used + linear([self.gamma] + [1.0] * len(deviating), [z[i, p], *(q[i, p, k] for k in deviating)]) <= Cap[i, p]
            return sum((linear(extra.values(), [x[k, r] for r in extra]) for k, extra in deviating.items()), used) <= Cap[i, p]

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        cap = self.capacities(plan.instance, plan.year)
        phi = _shares(plan.instance, cap.index)
        loads = {i: plan.load(i) @ phi for i in cap.index.unique("resource")}
        return limits(cap.index, [loads[i][p] for i, p in cap.index] + self._worst(plan, cap.index).to_numpy(), cap.to_numpy())

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        cap, units = self.capacities(plan.instance, plan.year), plan.instance.resource_units
        use = pd.Series(self.recheck(plan)["use"].to_numpy(), index=cap.index)
        share, reserve = (use / cap)[cap > 0], self._worst(plan, cap.index)
        held = reserve[reserve > ROUNDING * cap].groupby(level="resource", sort=False)
        return told(*(("reserve", amount, units[str(i)]) for i, amount in held), ("full", share[share >= NEARLY], "1"))

    def _worst(self, plan: PeriodPlan, rows: pd.Index) -> pd.Series[float]:
        """worst[i,p] of a plan by its definition: the largest extras, as many as gamma says."""
        phi, output = _shares(plan.instance, rows), plan.output.unstack("region")
        counts = np.clip(self.gamma - np.arange(len(output)), 0.0, 1.0)
        worst = dict[tuple[str, str], float]()
        for i in rows.unique("resource"):
            extra = (self._per_unit(plan.instance, plan.year, i) * output) @ phi
            largest = -np.sort(-extra.to_numpy(), axis=0)
            worst |= {(i, str(p)): float(total) for p, total in zip(extra.columns, counts @ largest, strict=True)}
        return pd.Series([worst[row] for row in rows], index=rows)

    def _per_unit(self, instance: Instance, year: int, resource: str) -> pd.DataFrame:
        """delta[k,i] * use[k,r,i], industries by regions."""
        delta = pd.Series(self.deviation, index=instance.industries.index)
        if "deviations" in instance.tables:
            table = instance.tables["deviations"]
            delta.update(table[table["resource"] == resource].set_index("industry")["deviation"])
        return instance.use(resource, year).unstack("region").mul(delta, axis=0)


def _shares(instance: Instance, rows: pd.Index) -> pd.DataFrame:
    """phi[r,p] of the places of the rows, regions by places: 1 for a region itself."""
    regions = instance.regions.index
    own = {p: pd.Series({p: 1.0}) if p in regions else instance.members(p) for p in rows.unique("place")}
    return pd.DataFrame({p: share.reindex(regions, fill_value=0.0) for p, share in own.items()})


def _extras(per_unit: pd.DataFrame, phi: pd.Series[float]) -> dict[str, dict[str, float]]:
    """delta[k,i] * phi[r,p] * use[k,r,i] of one row, by industry and region, where it is not 0."""
    regions = phi.index[phi > 0]
    counted = (per_unit[regions] * phi[regions]).to_numpy().tolist()
    found = {str(k): {str(r): c for r, c in zip(regions, row, strict=True) if c > 0} for k, row in zip(per_unit.index, counted, strict=True)}
    return {k: extra for k, extra in found.items() if extra}
