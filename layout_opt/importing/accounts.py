"""The sums over a published table that an instance is made of, by groups of regions and industries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layout_opt.errors import Fault, InputError, Place
from layout_opt.flows import Array
from layout_opt.importing.grouping import Groups

TINY = 1e-6  # of an industry's output in all regions: what is less counts as none, as rounding of how the table was balanced


@dataclass(frozen=True, eq=False)
class Accounts:
    """Money of the table, in its `unit`, by industry (rows) and region (columns).

    `output`; `added` is output less intermediate inputs; `final` what final users of a region buy, wherever it is made; `exports` what others
    than the region itself use of its output. `inputs` has suppliers as rows and users as columns, all regions together.
    """

    unit: str
    output: pd.DataFrame
    added: pd.DataFrame
    final: pd.DataFrame
    exports: pd.DataFrame
    inputs: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Cells:
    """The rows of a published table (region and industry) by the groups that they belong to."""

    regions: list[str]
    industries: list[str]
    region: Array
    industry: Array

    def total(self, values: Array) -> pd.DataFrame:
        """Values of rows, summed by industry and region."""
        sums = np.zeros((len(self.industries), len(self.regions)))
        np.add.at(sums, (self.industry, self.region), values)
        return self.table(sums)

    def table(self, values: Array) -> pd.DataFrame:
        """Values by industry and region, named."""
        return pd.DataFrame(values, pd.Index(self.industries, name="industry"), pd.Index(self.regions, name="region"))


def cells(system: Any, regions: Groups, industries: Groups) -> Cells:
    """Where every row of pymrio's matrices belongs."""
    names, kinds = list(regions.facts.index), list(industries.facts.index)
    rows = flows(system).index
    return Cells(names, kinds, _positions(rows.get_level_values(0), regions, names), _positions(rows.get_level_values(1), industries, kinds))


def accounts(system: Any, at: Cells, regions: Groups) -> Accounts:
    """Sum up a table. What makes it lose balance, final demand of no region, is part of the output and of nothing else.

    Raises `InputError` where it has no unit, or more than one.
    """
    units = [] if system.unit is None else sorted({str(unit) for unit in system.unit.to_numpy().ravel()})
    if len(units) != 1:
        what = f"it has several units ({', '.join(units[:5])}): industries cannot be summed" if units else "it states no unit of money"
        raise InputError(faults=[Fault(what, Place("import mrio"), "Import a monetary table with its unit.")])
    Z, sold = np.nan_to_num(flows(system).to_numpy(float)), np.nan_to_num(system.Y.to_numpy(float))
    demanding = system.Y.columns.get_level_values(0)
    x = Z.sum(axis=1) + sold.sum(axis=1)
    held = np.array([name in regions.of for name in demanding])
    buyers = np.eye(len(at.regions))[_positions(demanding[held], regions, at.regions)]
    bought = sold[:, held] @ buyers
    used = bought + Z @ np.eye(len(at.regions))[at.region]
    at_home = used[np.arange(len(x)), at.region]
    kinds = np.eye(len(at.industries))[at.industry]
    inputs = pd.DataFrame(kinds.T @ (Z @ kinds), pd.Index(at.industries, name="supplier"), pd.Index(at.industries, name="industry"))
    return Accounts(units[0], at.total(x), at.total(x - Z.sum(axis=0)), at.table(kinds.T @ bought), at.total(used.sum(axis=1) - at_home), inputs)


def made_in(system: Any) -> dict[str, float]:
    """Output of every region of the table."""
    output = flows(system).sum(axis=1) + system.Y.sum(axis=1)
    return {str(region): float(total) for region, total in output.groupby(level=0, sort=False).sum().items()}


def flows(system: Any) -> pd.DataFrame:
    """The transactions Z of a table, computed where it states coefficients only."""
    if system.Z is None:
        import pymrio

        if system.x is None:
            system.x = pymrio.calc_x_from_L(pymrio.calc_L(system.A), system.Y.sum(axis=1))
        system.Z = pymrio.calc_Z(system.A, system.x)
    table: pd.DataFrame = system.Z
    return table


def _positions(names: pd.Index, groups: Groups, order: Sequence[str]) -> Array:
    place = {name: number for number, name in enumerate(order)}
    return np.array([place[groups.of[name]] for name in names], dtype=int)
