"""Rolling re-planning: decide the first period, observe, plan again; and what it loses against knowing everything from the start.

In step n the periods before n stand as they were decided. The planner knows the facts of period n as they are observed, those of later
periods as they were forecast, and looks `horizon` periods ahead (all that are left, where none is stated). With the observed facts throughout,

    regret = optimum of all periods at once - objective of the plan that was rolled out,

an interval, since the optimum is known only between a plan and a bound. Without a second instance nothing is observed that was not forecast,
and the regret is that of the short horizon alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from layout_opt.build import hold, periods_of
from layout_opt.definition import Definition, load_definition
from layout_opt.errors import Fault, InputError, LayoutError, Place
from layout_opt.instance import Instance
from layout_opt.runs import Run
from layout_opt.solver.outcome import PROVEN, Progress, quiet
from layout_opt.solving import load_instance, solve

STEPS = ["period", "planned_to", "status", "objective", "bound", "gap", "seconds"]
DATED = ("demand", "capacities")  # tables with a row per year


@dataclass(frozen=True, eq=False)
class Rolling:
    """`steps` has a row per re-planning; `rolled` is the run of the last step, whose plan is the one rolled out, `foresight` the run that knew
    everything; `low`..`high` is the regret in the objective's unit; `layout` compares both plans by industry, region and period."""

    steps: pd.DataFrame
    rolled: Run
    foresight: Run
    low: float
    high: float
    layout: pd.DataFrame


def roll(
    instance: Instance | str | Path,
    definition: Definition | str | Path = "five-year",
    *,
    observed: Instance | str | Path | None = None,
    horizon: int | None = None,
    gap: float = PROVEN,
    time_limit: float | None = None,
    seed: int = 0,
    progress: Callable[[str], Progress] = lambda _: quiet,
) -> Rolling:
    """Roll a definition of several periods forward.

    `instance` holds the forecast, `observed` what turns out to be; both have the same regions, industries and stock. Time limits hold per
    solve. Raises `InputError` for bad input (a single period, instances that differ in more than dated facts), `LayoutError` where a step
    has no plan.
    """
    instance = load_instance(instance) if isinstance(instance, (str, Path)) else instance
    observed = load_instance(observed) if isinstance(observed, (str, Path)) else observed or instance
    definition = load_definition(definition) if isinstance(definition, (str, Path)) else definition
    years = periods_of(definition, instance)
    _check(instance, observed, definition, years, horizon)
    rows = []
    run: Run | None = None
    for n, year in enumerate(years):
        ahead = years[: len(years) if horizon is None else min(n + horizon, len(years))]
        known = _known(instance, observed, year)
        asked = definition.model_copy(update={"periods": ahead})
        kept = None if run is None else partial(hold, plan=dataclasses.replace(run.plan, periods=run.plan.periods[:n]))
        run = solve(known, asked, gap=gap, time_limit=time_limit, seed=seed, progress=progress(f"planning from {year}"), change=kept)
        if not run.has_plan:
            raise LayoutError(f"re-planning in {year} has no plan (status {run.status}): what was decided before leaves none")
        rows.append((year, ahead[-1], run.status, run.info["objective"], run.info["bound"], run.info["gap"], run.info["seconds"]["total"]))
    assert run is not None
    foresight = solve(observed, definition, gap=gap, time_limit=time_limit, seed=seed, progress=progress("with foresight"))
    if not foresight.has_plan:
        raise LayoutError(f"there is no plan with foresight to compare to (status {foresight.status})")
    low = max(foresight.info["objective"] - run.info["objective"], 0.0)
    high = max(foresight.info["bound"] - run.info["objective"], low)
    return Rolling(pd.DataFrame(rows, columns=STEPS), run, foresight, low, high, _layouts(run, foresight))


def _check(instance: Instance, observed: Instance, definition: Definition, years: tuple[int, ...], horizon: int | None) -> None:
    faults = []
    if len(years) < 2:
        where = Place(f"{definition.name}.toml", column="periods")
        faults.append(Fault("there is one period, so nothing is planned again", where, "State several, e.g. --set 'periods=[2025, 2030]'."))
    if horizon is not None and horizon < 1:
        faults.append(Fault("a horizon is one period at least", Place("--horizon"), "Write 1 or more.", str(horizon)))
    for table in instance.tables.keys() | observed.tables.keys():
        same = table in instance.tables and table in observed.tables
        if table not in DATED and not (same and instance.tables[table].equals(observed.tables[table])):
            remedy = f"Only {' and '.join(DATED)} may differ from the forecast."
            faults.append(Fault(f"the table {table!r} is not that of the forecast", Place(observed.name), remedy))
    if faults:
        raise InputError(faults=faults)


def _known(instance: Instance, observed: Instance, year: int) -> Instance:
    """The instance as known in a year: dated facts up to it as observed, later ones as forecast."""
    if observed is instance:
        return instance
    tables = dict(instance.tables)
    for table in [name for name in DATED if name in tables]:
        now, then = observed.tables[table], instance.tables[table]
        tables[table] = pd.concat([now[now["year"] <= year], then[then["year"] > year]], ignore_index=True)
    return dataclasses.replace(instance, tables=tables)


def _layouts(rolled: Run, foresight: Run) -> pd.DataFrame:
    """Output after each period in both plans, by cell."""
    key = ["industry", "region", "period"]
    sides = [run.tables["layout"].set_index(key)["output_after"].rename(name) for name, run in (("rolled", rolled), ("foresight", foresight))]
    return pd.concat(sides, axis=1).reset_index()
