"""The direct engine: the whole model to HiGHS, with live progress, limits and Ctrl-C."""

from __future__ import annotations

import dataclasses
import math
import threading
from pathlib import Path
from typing import Any

import highspy
import numpy as np

from layout_opt.build import Built
from layout_opt.errors import LayoutError
from layout_opt.flows import Array
from layout_opt.solver.compiled import Compiled, Program, compile_built, silent
from layout_opt.solver.outcome import PROVEN, Outcome, Progress, Status, quiet, relative_gap
from layout_opt.solver.running import heed, interruptible

Code = highspy.HighsModelStatus
STOPPED = {Code.kTimeLimit, Code.kInterrupt, Code.kSolutionLimit, Code.kIterationLimit, Code.kMemoryLimit}


def solve_direct(
    built: Built,
    gap: float = PROVEN,
    time_limit: float | None = None,
    seed: int = 0,
    progress: Progress = quiet,
    log: Path | None = None,
    start: Array | None = None,
) -> Outcome:
    """Solve a built model and load the plan into its Pyomo variables, if there is one.

    `start` is a plan to begin with: values of the core's columns (`Compiled.columns`), of which the integers count.

    `gap` is the relative gap at which to stop, `time_limit` in seconds, `log` a file for the solver's log. After the integer search the
    integers are fixed and the linear program solved once more, which cleans the values and gives the prices.
    Raises `LayoutError` where HiGHS fails (errors, unbounded models).
    """
    compiled = compile_built(built)
    program = compiled.whole
    size = program.size
    highs = silent()
    highs.setOptionValue("mip_rel_gap", gap)
    highs.setOptionValue("mip_abs_gap", 0.0)
    highs.setOptionValue("random_seed", seed)
    if time_limit is not None:
        highs.setOptionValue("time_limit", float(time_limit))
    if log is not None:
        highs.setOptionValue("output_flag", True)
        highs.setOptionValue("log_to_console", False)
        highs.setOptionValue("log_file", str(log))
    program.load(highs)
    if start is not None:
        whole = np.flatnonzero(compiled.core.integer)
        highs.setSolution(len(whole), whole.astype(np.int32), np.rint(start[whole]))
    interrupted = _run(highs, progress)
    if highs.getModelStatus() == Code.kUnboundedOrInfeasible and not interrupted:
        highs.setOptionValue("presolve", "off")
        interrupted = _run(highs, progress)
    status, info = highs.getModelStatus(), highs.getInfo()
    if status == Code.kInfeasible:
        return Outcome("infeasible", size=size, interrupted=interrupted, message=highs.modelStatusToString(status))
    if status != Code.kOptimal and status not in STOPPED:
        raise LayoutError(f"HiGHS stopped with status {highs.modelStatusToString(status)!r}")
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Outcome("no_plan", size=size, interrupted=interrupted, message=highs.modelStatusToString(status))
    values = np.asarray(highs.getSolution().col_value)
    objective, nodes = info.objective_function_value, max(int(info.mip_node_count), 0)
    searched = info.mip_dual_bound if program.integer.any() else (objective if status == Code.kOptimal else math.inf)
    bound = min(searched, box_bound(program))
    values, objective, duals = polish(program, values, objective)
    reached = relative_gap(objective, bound)
    compiled.keep(values, compiled.arcs)
    proven: Status = "optimal" if reached <= PROVEN else "feasible"
    prices = row_prices(built, compiled, duals)
    return Outcome(proven, objective, bound, reached, interrupted, "direct", size, prices, nodes, highs.modelStatusToString(status))


def box_bound(program: Program) -> float:
    """The most that the objective could be if only the bounds of the variables held: valid, though weak, before the search has one."""
    best = np.where(program.cost > 0, program.upper, program.lower)
    counted = program.cost != 0
    return float(program.offset + (program.cost[counted] * best[counted]).sum())


def _run(highs: highspy.Highs, progress: Progress) -> bool:
    """Run; True where Ctrl-C asked the search to stop."""

    def report(event: Any) -> None:
        out = event.data_out
        plan = None if abs(out.mip_primal_bound) >= highspy.kHighsInf else out.mip_primal_bound
        bound = None if abs(out.mip_dual_bound) >= highspy.kHighsInf else out.mip_dual_bound
        progress(out.running_time, bound, plan, relative_gap(plan, bound) if plan is not None and bound is not None else None)

    def search(stop: threading.Event) -> None:
        heed(highs, stop)
        highs.cbMipLogging.subscribe(report)
        highs.run()

    return interruptible(search)[1]


def polish(program: Program, values: Array, objective: float) -> tuple[Array, float, Array]:
    """Fix the integers at whole values and solve the linear program: clean values, its objective, and dual values per row.

    Where that program does not solve (a rounding within tolerance may cut it off) the search's own values stand, without duals.
    """
    fixed = np.where(program.integer, np.rint(values), 0.0)
    highs = silent()
    dataclasses.replace(
        program,
        lower=np.where(program.integer, fixed, program.lower),
        upper=np.where(program.integer, fixed, program.upper),
        integer=np.zeros_like(program.integer),
    ).load(highs)
    highs.run()
    if highs.getModelStatus() != Code.kOptimal:
        return values, objective, np.zeros(program.matrix.shape[0])
    solution = highs.getSolution()
    return np.asarray(solution.col_value), highs.getInfo().objective_function_value, np.asarray(solution.row_dual)


def row_prices(built: Built, compiled: Compiled, duals: Array) -> dict[tuple[str, int, str], float]:
    """Dual value of every row of every limit, by label, year and row."""
    total: dict[int, float] = {}
    for constraint, dual in zip(compiled.rows, duals[: len(compiled.rows)].tolist(), strict=True):
        total[id(constraint)] = total.get(id(constraint), 0.0) + dual
    prices = {}
    for period in built.periods:
        for policy in built.policies:
            limit = period.b.policy[policy.label].component("limit")
            for row, constraint in limit.items() if limit is not None else ():
                name = "|".join(row) if isinstance(row, tuple) else str(row)
                prices[policy.label, period.year, name] = total.get(id(constraint), 0.0)
    return prices
