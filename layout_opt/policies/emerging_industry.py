"""Emerging industries: beyond even growth they go only where a region makes what is related to them.

Statement, for the stated industries `k` and every region `r`::

    most    x[k,r] <= B[k,r]                                                 where r has no basis for k              (output)
            x[k,r] <= max(max_growth * B[k,r], entry * D[k])                 where it has one
    basis   min_share * sum_r x[k,r] <= sum of x[k,r] over the r with one    where min_share is stated               (output)

    basis          M[k,r] = 1 or density[k,r] >= theta
    M[k,r]         1 where the region is specialised in the base year, RCA[k,r] > 1 (Balassa 1965), else 0
    phi[k,l]       sum_r M[k,r] * M[l,r] / max(sum_r M[k,r], sum_r M[l,r]): proximity, the smaller of the two conditional probabilities
    density[k,r]   sum_{l != k} phi[k,l] * M[l,r] / sum_{l != k} phi[k,l], a share; 0 where nothing is near k
                   (relatedness = "table": the planner's own, column `density` of the table `relatedness`; a missing row is 0)
    B[k,r]         S0[k,r] * max(D[k] / sum_r S0[k,r], 1): what the cell makes if all regions grow alike, and never less than today
    S0, D          base-year stock, demand           (output)

Every region may thus grow with the nation, and only those with a basis faster, or from nothing. `most` with a basis leaves out industries that are
indivisible or stand nowhere yet, for which growth has no meaning. The basis is that of the base year in every period: RCA of the planned output
would be bilinear. Source: Hidalgo, Klinger, Barabási and Hausmann 2007 (proximity and density).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from layout_opt.core import Period, by_cell, linear
from layout_opt.errors import Fault
from layout_opt.indicators import location_quotient
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, together, told, unknown
from layout_opt.schema import INDUSTRY, REGION
from layout_opt.tables import Table, fraction

ROUNDING = 1e-9
GROWN = 1 + 1e-6  # over the base year: less is rounding of the plan


class EmergingIndustry(Policy):
    """Parameters: `industries`; `theta`, the least density; `relatedness` (proximity or table); `max_growth`, the highest multiple of even growth;
    `entry`, the share of national demand that a region with a basis may always reach; `min_share` of the output that regions with a basis
    make."""

    family = "emerging_industry"
    phrase = "战略性新兴产业, 未来产业"
    serves = (13,)
    title: ClassVar = {"en": "Emerging industries", "zh": "新兴产业准入"}
    words: ClassVar = {
        "entered": {"en": "New specialisations: output added", "zh": "新形成专业化：新增产出"},
        "density": {"en": "Relatedness density of new specialisations", "zh": "新专业化的关联密度"},
        "with_basis": {"en": "Share made where there is a basis", "zh": "具备产业基础地区的产出份额"},
        "most": {"en": "Highest output", "zh": "产出上限"},
        "basis": {"en": "Output where there is a basis", "zh": "具备产业基础地区的产出"},
    }
    tables = (Table("relatedness", (INDUSTRY, REGION, fraction("density"))),)

    industries: tuple[str, ...] = Field(min_length=1)
    theta: float = Field(default=0.4, ge=0, le=1)
    relatedness: Literal["proximity", "table"] = "proximity"
    max_growth: float = Field(default=2.0, ge=1)
    entry: float = Field(default=0.05, ge=0, le=1)
    min_share: float | None = Field(default=None, ge=0, le=1)

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        misnamed = list(unknown(self.industries, instance.industries.index, "industry", self.at(file, "industries")))
        yield from misnamed
        if len(set(self.industries)) < len(self.industries):
            yield Fault("an industry is named twice", self.at(file, "industries"), "Name each once.")
        if self.relatedness == "table" and "relatedness" not in instance.tables:
            what = f"relatedness 'table' reads the table 'relatedness', which {instance.name} lacks"
            yield Fault(what, self.at(file, "relatedness"), "Add the table, or use 'proximity'.")
        elif not misnamed:
            basis = self._basis(instance).groupby(level="industry").any()
            for industry in basis.index[~basis]:
                remedy = "Lower theta, or state its density in the table `relatedness`."
                yield Fault("no region has a basis for it", self.at(file, "theta"), remedy, industry)

    def limit(self, period: Period, block: Any) -> None:
        x, most, basis = period.b.x, by_cell(self._most(period.instance, period.year)), by_cell(self._basis(period.instance))
        cells = {f"most|{k}|{r}": (k, r) for k, r in most}
        shares = {f"basis|{k}": k for k in self.industries} if self.min_share is not None else {}

        @block.Constraint([*cells, *shares])
        def limit(_: Any, row: str) -> Any:
            if row in cells:
                return x[cells[row]] <= most[cells[row]]
            everywhere = [(shares[row], r) for r in period.regions]
            return linear([(self.min_share or 0.0) - basis[kr] for kr in everywhere], [x[kr] for kr in everywhere]) <= 0

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        most = self._most(plan.instance, plan.year)
        rows = limits([("most", k, r) for k, r in most.index], plan.output.reindex(most.index).to_numpy(), most.to_numpy())
        if self.min_share is None:
            return rows
        made, based = self._made(plan)
        return together(rows, limits([("basis", k) for k in made.index], self.min_share * made, based, floor=True))

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        x, S0, density = (series.loc[list(self.industries)] for series in (plan.output, plan.instance.stock, self._density(plan.instance)))
        became = specialised(plan.output) & ~specialised(plan.instance.stock)
        new = became.reindex(x.index) & (x > GROWN * S0)
        made, based = self._made(plan)
        share = based[made > 0] / made[made > 0]
        return told(("entered", (x - S0)[new], "{output}"), ("density", density[new], "1"), ("with_basis", share, "1"))

    def _density(self, instance: Instance) -> pd.Series[float]:
        """density[k,r] of the statement."""
        if self.relatedness == "table":
            table = instance.tables["relatedness"].set_index(["industry", "region"])["density"]
            return table.reindex(instance.cells, fill_value=0.0)
        M = specialised(instance.stock).to_numpy(dtype=float).reshape(len(instance.industries), -1)
        most = np.maximum.outer(M.sum(axis=1), M.sum(axis=1))
        phi = np.divide(M @ M.T, most, out=np.zeros_like(most), where=most > 0)
        np.fill_diagonal(phi, 0.0)
        near = phi.sum(axis=1, keepdims=True)
        return pd.Series(np.divide(phi @ M, near, out=np.zeros_like(M), where=near > 0).ravel(), index=instance.cells)

    def _basis(self, instance: Instance) -> pd.Series[bool]:
        """Which cells of the stated industries have a basis; a density that falls short of theta by rounding is enough."""
        found: pd.Series[bool] = (specialised(instance.stock) | (self._density(instance) >= self.theta - ROUNDING)).loc[list(self.industries)]
        return found

    def _most(self, instance: Instance, year: int) -> pd.Series[float]:
        """The right-hand side of `most`, for the cells that have one."""
        basis, facts = self._basis(instance), instance.industries
        industry = basis.index.get_level_values("industry")
        S0, D = instance.stock.reindex(basis.index), instance.demand(year).reindex(industry).to_numpy()
        total = instance.stock.groupby(level="industry").sum().reindex(industry).to_numpy()
        even: pd.Series[float] = S0 * np.maximum(np.divide(D, total, out=np.ones_like(D), where=total > 0), 1.0)
        grown = np.maximum(self.max_growth * even, self.entry * D)
        free = facts["indivisible"].reindex(industry).to_numpy(dtype=bool) | (total == 0)
        most: pd.Series[float] = even.where(~basis, grown.where(~free, math.inf))
        return most[np.isfinite(most)]

    def _made(self, plan: PeriodPlan) -> tuple[pd.Series[float], pd.Series[float]]:
        """Output of the stated industries, everywhere and where there is a basis."""
        x, basis = plan.output.loc[list(self.industries)], self._basis(plan.instance)
        return x.groupby(level="industry", sort=False).sum(), (x * basis).groupby(level="industry", sort=False).sum()


def specialised(output: pd.Series[float]) -> pd.Series[bool]:
    """M of the statement: RCA > 1, rounding apart."""
    return location_quotient(output) > 1 + ROUNDING
