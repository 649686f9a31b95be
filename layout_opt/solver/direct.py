"""The direct engine: the whole model to HiGHS, with live progress, limits and Ctrl-C."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any

import highspy
import numpy as np

from layout_opt.build import Built
from layout_opt.errors import LayoutError
from layout_opt.solver.compiled import Compiled, compile_model, silent
from layout_opt.solver.outcome import PROVEN, Outcome, Progress, Status, quiet, relative_gap

Code = highspy.HighsModelStatus
STOPPED = {Code.kTimeLimit, Code.kInterrupt, Code.kSolutionLimit, Code.kIterationLimit, Code.kMemoryLimit}


def solve_direct(
    built: Built,
    gap: float = PROVEN,
    time_limit: float | None = None,
    seed: int = 0,
    progress: Progress = quiet,
    log: Path | None = None,
) -> Outcome:
    """Solve a built model and load the plan into its Pyomo variables, if there is one.

    `gap` is the relative gap at which to stop, `time_limit` in seconds, `log` a file for the solver's log. After the integer search the
    integers are fixed and the linear program solved once more, which cleans the values and gives the prices.
    Raises `LayoutError` where HiGHS fails (errors, unbounded models).
    """
    compiled = compile_model(built.model)
    size = {
        "columns": compiled.lp.num_col_,
        "rows": compiled.lp.num_row_,
        "nonzeros": compiled.nonzeros,
        "integers": int(compiled.integer.sum()),
    }
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
    highs.passModel(compiled.lp)
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
    searched = info.mip_dual_bound if compiled.integer.any() else (objective if status == Code.kOptimal else math.inf)
    bound = min(searched, _box_bound(compiled))
    values, objective, duals = _polish(compiled, values, objective)
    reached = relative_gap(objective, bound)
    for variable, value in zip(compiled.columns, values, strict=True):
        variable.set_value(float(value), skip_validation=True)
    proven: Status = "optimal" if reached <= PROVEN else "feasible"
    prices = _prices(built, compiled, duals)
    return Outcome(proven, objective, bound, reached, interrupted, "direct", size, prices, nodes, highs.modelStatusToString(status))


def _box_bound(compiled: Compiled) -> float:
    """The most that the objective could be if only the bounds of the variables held: valid, though weak, before the search has one."""
    cost = np.asarray(compiled.lp.col_cost_)
    best = np.where(cost > 0, np.asarray(compiled.lp.col_upper_), np.asarray(compiled.lp.col_lower_))
    return float(compiled.lp.offset_ + (cost[cost != 0] * best[cost != 0]).sum())


def _run(highs: highspy.Highs, progress: Progress) -> bool:
    """Run in a thread, so that Ctrl-C reaches this one; True where it did and the search was asked to stop."""
    stop, done = threading.Event(), threading.Event()

    def watch(event: Any) -> None:
        if stop.is_set():
            event.interrupt()

    def report(event: Any) -> None:
        out = event.data_out
        plan = None if abs(out.mip_primal_bound) >= highspy.kHighsInf else out.mip_primal_bound
        bound = None if abs(out.mip_dual_bound) >= highspy.kHighsInf else out.mip_dual_bound
        progress(out.running_time, bound, plan, relative_gap(plan, bound) if plan is not None and bound is not None else None)

    for channel in (highs.cbMipInterrupt, highs.cbSimplexInterrupt, highs.cbIpmInterrupt):
        channel.subscribe(watch)
    highs.cbMipLogging.subscribe(report)

    def search() -> None:
        try:
            highs.run()
        finally:
            done.set()

    threading.Thread(target=search, daemon=True).start()
    while not done.is_set():
        try:
            done.wait(0.1)  # not Thread.join: an interrupt during it marks the thread as ended
        except KeyboardInterrupt:
            stop.set()
    return stop.is_set()


def _polish(compiled: Compiled, values: Any, objective: float) -> tuple[Any, float, Any]:
    """Fix the integers at whole values and solve the linear program: clean values, its objective, and dual values per row.

    Where that program does not solve (a rounding within tolerance may cut it off) the search's own values stand, without duals.
    """
    lp = compiled.lp
    fixed = np.rint(values[compiled.integer])
    lower, upper = np.array(lp.col_lower_), np.array(lp.col_upper_)
    lower[compiled.integer] = upper[compiled.integer] = fixed
    highs = silent()
    highs.passModel(lp)
    everything = np.arange(lp.num_col_, dtype=np.int32)
    highs.changeColsIntegrality(lp.num_col_, everything, np.zeros(lp.num_col_, dtype=np.uint8))
    highs.changeColsBounds(lp.num_col_, everything, lower, upper)
    highs.run()
    if highs.getModelStatus() != Code.kOptimal:
        return values, objective, np.zeros(lp.num_row_)
    solution = highs.getSolution()
    return np.asarray(solution.col_value), highs.getInfo().objective_function_value, np.asarray(solution.row_dual)


def _prices(built: Built, compiled: Compiled, duals: Any) -> dict[tuple[str, int, str], float]:
    """Dual value of every row of every limit, by label, year and row."""
    total: dict[int, float] = {}
    for constraint, dual in zip(compiled.rows, duals, strict=True):
        total[id(constraint)] = total.get(id(constraint), 0.0) + float(dual)
    prices = {}
    for period in built.periods:
        for policy in built.policies:
            limit = period.b.policy[policy.label].component("limit")
            for row, constraint in limit.items() if limit is not None else ():
                name = "|".join(row) if isinstance(row, tuple) else str(row)
                prices[policy.label, period.year, name] = total.get(id(constraint), 0.0)
    return prices
