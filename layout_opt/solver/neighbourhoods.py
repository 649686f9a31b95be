"""A better plan from a plan: free a part of it, let HiGHS solve that part, keep what is better.

A part is a set of cells: whole industries, regions near each other, the members of a group, the regions where a limit binds, or the cells on which
plan and relaxation disagree. Columns of the model that belong to no cell stay free. Which kinds pay is learnt as the search goes; parts
that are solved to the end grow, others shrink.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Iterator

import highspy
import numpy as np

from layout_opt.build import Built
from layout_opt.flows import Array
from layout_opt.solver.linear import Found
from layout_opt.solver.regions import places
from layout_opt.solver.relaxation import Relaxation
from layout_opt.solver.running import watched

SIZE, LARGEST = 40, 4000  # integers that a part has at first, and at most
QUICK = 1.0  # seconds below which a part that was solved to the end was far too small
EXPLORING = 0.25  # of the steps go to the kind that had the least time so far
NODES = 200  # of the search in one part
SECONDS = 8.0  # that one part may take; a safeguard, nodes are the rule
WIDE = 30_000  # columns up to which all continuous columns stay free
GAIN = 1e-9  # relative, below which a plan is no better


class Neighbourhoods:
    """The search around a plan. `values` and `objective` are the best plan so far, in the columns of the relaxation when the search began."""

    def __init__(self, built: Built, relaxation: Relaxation, relaxed: Array, reduced: Array, found: Found, seed: int, stop: threading.Event) -> None:
        self.built, self.relaxation, self.stop = built, relaxation, stop
        self.program = relaxation.program()
        self.arcs = relaxation.arcs
        columns = self.program.matrix.shape[1]
        self.values = np.concatenate([found.values, np.zeros(columns - len(found.values))])
        self.objective = found.objective
        self.random = np.random.default_rng(seed)
        self.integers = np.flatnonzero(self.program.integer)
        self.relaxed, self.reduced = relaxed[self.integers], np.abs(reduced[self.integers])
        self.industry, self.region = places(built, relaxation.compiled)
        self.limited = self._limited()
        self.near = np.argsort(built.instance.distance.to_numpy(dtype=float), axis=1, kind="stable")
        self.gain = dict.fromkeys(("industries", "regions", "group", "limit", "differ"), 1e-6)
        self.spent = dict.fromkeys(self.gain, 0.0)
        self.size = dict.fromkeys(self.gain, float(SIZE))

    def step(self, deadline: float) -> str:
        """Free one part and solve it; returns the kind of part."""
        kind = self._kind()
        began, before = time.perf_counter(), self.objective
        done = self._solve(*self._part(kind, int(self.size[kind])), deadline)
        seconds = time.perf_counter() - began
        rate = (self.objective - before) / max(abs(before), 1.0) / max(seconds, 0.1)
        self.gain[kind] = 0.7 * self.gain[kind] + 0.3 * rate
        self.spent[kind] += seconds
        factor = 0.8 if not done else 1.6 if seconds < QUICK else 1.15
        self.size[kind] = float(np.clip(self.size[kind] * factor, 10, LARGEST))
        return kind

    def _kind(self) -> str:
        """The kind that gains most per second, most of the time; now and then the one that had the least time."""
        names = list(self.gain)
        if self.random.random() < EXPLORING:
            return min(names, key=lambda name: self.spent[name])
        weight = np.array([self.gain[name] for name in names]) + 1e-12
        return str(self.random.choice(names, p=weight / weight.sum()))

    def _limited(self) -> list[Array]:
        """The columns that each binding inequality of the core holds together, where there are more than two."""
        duals = self.relaxation.duals[: self.relaxation.core.matrix.shape[0]]
        inequality = self.relaxation.core.row_lower != self.relaxation.core.row_upper
        binding = np.flatnonzero(inequality & (np.abs(duals) > 1e-7))
        core = self.relaxation.core.matrix.tocsr()
        long = binding[np.diff(core.indptr)[binding] > 2]
        return [core.indices[core.indptr[row] : core.indptr[row + 1]] for row in long]

    def _part(self, kind: str, size: int) -> tuple[Array, Array]:
        """Cells to free (marks, industries x regions) and integers to free (positions among them)."""
        K, R = len(self.built.periods[0].industries), len(self.built.periods[0].regions)
        cells = np.zeros((K, R), dtype=bool)
        plan = np.rint(self.values[self.integers])
        at_k, at_r = self.industry[self.integers], self.region[self.integers]
        score = np.where((plan > 0) | (self.relaxed > 1e-6), 1.0, np.exp(-self.reduced / max(float(np.median(self.reduced)), 1e-9)))
        if kind == "industries":
            for k in self.random.permutation(K):
                cells[k] = True
                if score[cells[at_k, at_r]].sum() > size:
                    break
        elif kind == "differ":
            score = score * (np.abs(plan - self.relaxed) + 0.05)
            cells[:] = True
        else:
            for r in self._regions(kind, R):
                cells[:, r] = True
                if score[cells[at_k, at_r]].sum() > size:
                    break
        lot = score * self.random.random(len(score)) ** 0.5 * (cells[at_k, at_r] | (at_k < 0))
        chosen = np.argsort(-lot, kind="stable")[:size]
        chosen = chosen[lot[chosen] > 0]
        if kind == "differ":
            cells[:] = False
            cells[at_k[chosen], at_r[chosen]] = True
            cells[np.unique(at_k[chosen])[:, None], np.unique(at_r[chosen])] = True
        return cells, chosen

    def _regions(self, kind: str, R: int) -> Iterator[int]:
        """Regions in the order in which they join a part."""
        first = int(self.random.integers(R))
        if kind == "limit" and self.limited:
            columns = self.limited[int(self.random.integers(len(self.limited)))]
            inside = np.unique(self.region[columns[columns < len(self.region)]])
            yield from self.random.permutation(inside[inside >= 0]).tolist()
        elif kind == "group":
            plate = self.built.instance.regions["plate"].to_numpy()
            yield from self.random.permutation(np.flatnonzero(plate == plate[first])).tolist()
        yield from self.near[first].tolist()

    def _solve(self, cells: Array, chosen: Array, deadline: float) -> bool:
        """Solve the part with everything else as in the plan; True where it was solved to the end."""
        program, x = self.program, self.values
        width, columns = len(self.industry), program.matrix.shape[1]
        free = np.ones(columns, dtype=bool)
        if columns > WIDE:
            free[:width] = (self.industry < 0) | cells[self.industry, np.maximum(self.region, 0)]
            t, o, d = self.arcs
            for n in np.unique(t):
                transport, at = self.relaxation.compiled.transports[n], t == n
                open_out, open_into = free[transport.out], free[transport.into]
                free[width:][at] = open_out[o[at]] & open_into[d[at]]
        free[self.integers] = False
        free[self.integers[chosen]] = True
        inside = np.flatnonzero(free)
        kept = np.where(free, 0.0, x)
        matrix = program.matrix[:, inside]
        touched = np.unique(matrix.indices)
        rest = (program.matrix @ kept)[touched]
        part = dataclasses.replace(
            program,
            matrix=matrix.tocsr()[touched].tocsc(),
            cost=program.cost[inside],
            lower=np.minimum(program.lower[inside], x[inside]),
            upper=np.maximum(program.upper[inside], x[inside]),
            row_lower=program.row_lower[touched] - rest,
            row_upper=program.row_upper[touched] - rest,
            integer=program.integer[inside],
            offset=program.offset + float(program.cost @ kept),
        )
        activity = part.matrix @ x[inside]  # rounding of the plan must not make its own part infeasible
        part = dataclasses.replace(part, row_lower=np.minimum(part.row_lower, activity), row_upper=np.maximum(part.row_upper, activity))
        highs = watched(self.stop)
        highs.setOptionValue("mip_rel_gap", 1e-6)
        highs.setOptionValue("mip_max_nodes", NODES)
        highs.setOptionValue("mip_heuristic_effort", 0.1)
        highs.setOptionValue("time_limit", max(min(SECONDS, deadline - time.perf_counter()), 0.1))
        part.load(highs)
        start = highspy.HighsSolution()
        start.col_value = x[inside].tolist()
        highs.setSolution(start)
        highs.run()
        info = highs.getInfo()
        done = bool(highs.getModelStatus() == highspy.HighsModelStatus.kOptimal)
        if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
            better = info.objective_function_value
            if better > self.objective + GAIN * abs(self.objective):
                self.values = kept.copy()
                self.values[inside] = np.asarray(highs.getSolution().col_value)
                self.objective = better
        return done
