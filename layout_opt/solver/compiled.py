"""A built model as matrices, and as a model inside HiGHS."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler
from scipy import sparse

from layout_opt.build import Built
from layout_opt.core import Period
from layout_opt.errors import Fault, InputError, Place
from layout_opt.flows import Array, Lane, Rate

INF = highspy.kHighsInf
KEPT = 1_000_000  # transfers of one industry whose costs are kept rather than worked out again


@dataclass(eq=False)
class Program:
    """max or min cost * x + offset, row_lower <= matrix * x <= row_upper, lower <= x <= upper, x integer where stated."""

    matrix: sparse.csc_array
    cost: Array
    lower: Array
    upper: Array
    row_lower: Array
    row_upper: Array
    integer: Array
    offset: float
    maximise: bool

    @property
    def size(self) -> dict[str, int]:
        rows, columns = self.matrix.shape
        return {"columns": columns, "rows": rows, "nonzeros": int(self.matrix.nnz), "integers": int(self.integer.sum())}

    def extended(self, entries: list[tuple[Array, Array, Array]], costs: list[Array], balances: int, limits: int = 0) -> Program:
        """The program with further columns (continuous, >= 0, at these costs) and rows: first some that are 0, then some that are at most 0.

        `entries` are (rows, columns, values) in the numbering of the program that results.
        """
        inside, (rows, columns) = self.matrix.tocoo(), self.matrix.shape
        added = sum(len(cost) for cost in costs)
        i, j, value = (np.concatenate(part) for part in zip((inside.row, inside.col, inside.data), *entries, strict=True))
        none, free = np.zeros(balances), np.zeros(added)
        return dataclasses.replace(
            self,
            matrix=sparse.coo_array((value, (i, j)), shape=(rows + balances + limits, columns + added)).tocsc(),
            cost=np.concatenate([self.cost, *costs]),
            lower=np.concatenate([self.lower, free]),
            upper=np.concatenate([self.upper, np.full(added, INF)]),
            row_lower=np.concatenate([self.row_lower, none, np.full(limits, -INF)]),
            row_upper=np.concatenate([self.row_upper, none, np.zeros(limits)]),
            integer=np.concatenate([self.integer, free.astype(bool)]),
        )

    def load(self, highs: highspy.Highs) -> None:
        """Hand the arrays to HiGHS as they are: no Python object per coefficient."""
        rows, columns = self.matrix.shape
        highs.passModel(
            columns,
            rows,
            self.matrix.nnz,
            int(highspy.MatrixFormat.kColwise),
            int(highspy.ObjSense.kMaximize if self.maximise else highspy.ObjSense.kMinimize),
            self.offset,
            self.cost,
            self.lower,
            self.upper,
            self.row_lower,
            self.row_upper,
            self.matrix.indptr,
            self.matrix.indices,
            self.matrix.data,
            self.integer.astype(np.int32),
        )


@dataclass(frozen=True, eq=False)
class Transport:
    """The transfers of one industry in one period beside the columns that they feed.

    `out` and `into` are the columns of out[k,o] by origin and into[k,d] by destination of the lane, `weights` those of the objective terms;
    `totals` says which rows of totals the transfers enter, and their rates.
    """

    period: Period
    lane: Lane
    out: Array
    into: Array
    weights: Mapping[str, float]
    totals: tuple[tuple[int, Rate], ...] = ()

    @property
    def open(self) -> Array:
        """Which transfers exist, origins x destinations."""
        return self.lane.open

    @property
    def cost(self) -> Array:
        """Objective coefficient of every transfer, origins x destinations; kept where that takes little memory."""
        if len(self.out) * len(self.into) > KEPT:
            return self.period.flows.cost(self.lane.industry, self.weights)
        return self._cost

    @cached_property
    def _cost(self) -> Array:
        return self.period.flows.cost(self.lane.industry, self.weights)

    def counted(self, rate: Rate) -> Array:
        """What a unit of every transfer adds to a total, origins x destinations."""
        counted: Array = rate(self.lane.industry)[np.ix_(self.lane.origins, self.lane.destinations)]
        return counted


@dataclass(eq=False)
class Compiled:
    """The program of the Pyomo model, with what its columns and rows stand for, and the transfers that it leaves out."""

    core: Program
    columns: list[Any]
    rows: list[Any]
    transports: list[Transport] = field(default_factory=list)
    totals: Array = field(default_factory=lambda: np.zeros(0, dtype=int))

    @cached_property
    def arcs(self) -> list[tuple[Array, Array]]:
        """Positions of all transfers that exist, by transport: origins and destinations."""
        return [(o, d) for o, d in (np.nonzero(t.open) for t in self.transports)]

    @cached_property
    def whole(self) -> Program:
        """The program with every transfer as a column, and the rows `departures`, `arrivals` and `totals` that bind them."""
        return with_transfers(self.core, self.transports, self.arcs, self.totals)

    def keep(self, values: Array, arcs: list[tuple[Array, Array]]) -> None:
        """Put a solution where results are read: core columns into the Pyomo variables, then the transfers `arcs` into the flows."""
        for variable, value in zip(self.columns, values[: len(self.columns)].tolist(), strict=True):
            variable.set_value(value, skip_validation=True)
        at, amounts = len(self.columns), dict[int, dict[str, tuple[Array, Array, Array]]]()
        for transport, (o, d) in zip(self.transports, arcs, strict=True):
            moved, at = values[at : at + len(o)], at + len(o)
            some = np.flatnonzero(moved > 0)
            if len(some):
                amounts.setdefault(transport.period.year, {})[transport.lane.industry] = (o[some], d[some], moved[some])
        for period in {t.period.year: t.period for t in self.transports}.values():
            period.flows.plan(amounts.get(period.year, {}))


def compile_model(model: Any) -> Compiled:
    """Compile a Pyomo model by Pyomo's standard form."""
    form = LinearStandardFormCompiler().write(model, mixed_form=True, set_sense=None)
    columns = form.columns
    sign = np.array([row.bound_type for row in form.rows], dtype=int)
    core = Program(
        matrix=sparse.csc_array(form.A),
        cost=form.c.toarray().ravel(),
        lower=np.array([-INF if v.lb is None else v.lb for v in columns], dtype=float),
        upper=np.array([INF if v.ub is None else v.ub for v in columns], dtype=float),
        row_lower=np.where(sign <= 0, form.rhs, -INF),
        row_upper=np.where(sign >= 0, form.rhs, INF),
        integer=np.array([not v.is_continuous() for v in columns], dtype=bool),
        offset=float(form.c_offset[0]),
        maximise=form.objectives[0].sense == pyo.maximize,
    )
    return Compiled(core, columns, [row.constraint for row in form.rows])


def compile_built(built: Built) -> Compiled:
    """Compile a built model and find the columns that its transfers feed."""
    compiled = compile_model(built.model)
    column = {id(v): n for n, v in enumerate(compiled.columns)}
    totals = [column.get(id(t.variable), -1) for period in built.periods for t in period.flows.totals]
    compiled.totals = np.array([n for n in totals if n >= 0], dtype=int)
    for period in built.periods:
        summed = [(column[id(t.variable)], t.rate) for t in period.flows.totals if id(t.variable) in column]
        rows = {int(n): row for row, n in enumerate(compiled.totals)}
        flows, b = period.flows, period.b
        for k, lane in flows.lanes.items():
            out, into = (
                np.array([column[id(v[k, flows.regions[r]])] for r in ends]) for v, ends in ((b.out, lane.origins), (b.into, lane.destinations))
            )
            entered = tuple((rows[n], rate) for n, rate in summed if rate(k)[np.ix_(lane.origins, lane.destinations)].any())
            compiled.transports.append(Transport(period, lane, out, into, built.weights, entered))
    return compiled


def relaxed(program: Program) -> Program:
    """The program without integrality."""
    return dataclasses.replace(program, integer=np.zeros_like(program.integer))


def with_transfers(core: Program, transports: list[Transport], arcs: list[tuple[Array, Array]], totals: Array) -> Program:
    """The program with the transfers `arcs` of each transport as further columns, and rows out - sum_d f = 0, into - sum_o f = 0; then the rows
    T - sum rate * f = 0 of the columns `totals`."""
    rows, columns = core.matrix.shape
    entries: list[tuple[Array, Array, Array]] = []
    costs, row, column = [], rows, columns
    for transport, (o, d) in zip(transports, arcs, strict=True):
        flows, origins, destinations = np.arange(column, column + len(o)), len(transport.out), len(transport.into)
        ends = np.concatenate([transport.out, transport.into])
        entries.append((np.arange(row, row + len(ends)), ends, np.ones(len(ends))))
        entries.append((row + o, flows, -np.ones(len(o))))
        entries.append((row + origins + d, flows, -np.ones(len(o))))
        costs.append(transport.cost[o, d])
        row, column = row + origins + destinations, column + len(o)
    entries.append((row + np.arange(len(totals)), totals, np.ones(len(totals))))
    entries += [(np.full(len(at), row + total), first + at, -rate) for first, total, at, rate in _summed(columns, transports, arcs)]
    return core.extended(entries, costs, row + len(totals) - rows)


def _summed(first: int, transports: list[Transport], arcs: list[tuple[Array, Array]]) -> Iterator[tuple[int, int, Array, Array]]:
    """For every transport and total: its first column, the total, and which of its transfers count by how much."""
    for transport, (o, d) in zip(transports, arcs, strict=True):
        for total, rate in transport.totals:
            counted = transport.counted(rate)[o, d]
            at = np.flatnonzero(counted)
            yield first, total, at, counted[at]
        first += len(o)


def export(compiled: Compiled, path: Path) -> None:
    """Write the whole model to an .mps or .lp file, with the names of its variables and constraints.

    Raises `InputError` for another ending or a folder that does not exist.
    """
    if path.suffix.lower() not in (".mps", ".lp"):
        raise InputError(faults=[Fault("a model is exported as .mps or .lp", Place(str(path)), "Change the ending of the file name.")])
    if not path.parent.is_dir():
        raise InputError(faults=[Fault("the folder does not exist", Place(str(path.parent)), "Create it.")])
    flows, links = [], []
    for transport, (o, d) in zip(compiled.transports, compiled.arcs, strict=True):
        k, regions, block = transport.lane.industry, transport.period.regions, transport.period.b.name
        origins, destinations = ([regions[r] for r in ends] for ends in (transport.lane.origins, transport.lane.destinations))
        flows += [f"{block}.f[{k},{origins[a]},{destinations[b]}]" for a, b in zip(o, d, strict=True)]
        links += [f"{block}.departures[{k},{r}]" for r in origins] + [f"{block}.arrivals[{k},{r}]" for r in destinations]
    highs = silent()
    compiled.whole.load(highs)
    lp = highs.getLp()
    lp.col_names_ = _unique([*(v.name for v in compiled.columns), *flows])
    totals = [f"{compiled.columns[n].name}_sum" for n in compiled.totals]
    lp.row_names_ = _unique([*(c.name for c in compiled.rows), *links, *totals])
    highs.passModel(lp)
    if highs.writeModel(str(path)) == highspy.HighsStatus.kError:
        raise InputError(faults=[Fault("the file cannot be written", Place(str(path)), "Choose another place.")])


def _unique(names: Any) -> list[str]:
    """Names without the characters that LP and MPS files reserve; numbered where two constraints share one (a range)."""
    seen: dict[str, int] = {}
    plain = []
    for name in names:
        clean = re.sub(r"[^\w.]+", "_", str(name)).strip("_")
        seen[clean] = seen.get(clean, 0) + 1
        plain.append(clean if seen[clean] == 1 else f"{clean}__{seen[clean]}")
    return plain


def silent() -> highspy.Highs:
    """A HiGHS object that prints nothing."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    return highs
