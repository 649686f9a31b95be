"""Rolling re-planning: decide the first period, observe, plan again; and what it loses against knowing everything from the start.

In step n the periods before n stand as they were decided. The planner knows the facts of period n as they are observed, those of later
periods as they were forecast, and looks `horizon` periods ahead (all that are left, where none is stated). With the observed facts throughout,

    regret = optimum of all periods at once - objective of the plan that was rolled out,

an interval, since the optimum is known only between a plan and a bound. Without a second instance nothing is observed that was not forecast,
and the regret is that of the short horizon alone.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Unpack

import pandas as pd

from layout_opt.analysis.study import Effort, Efforts, rebased, study
from layout_opt.build import hold, periods_of
from layout_opt.definition import Definition
from layout_opt.errors import Fault, InputError, LayoutError, Place
from layout_opt.instance import Instance
from layout_opt.runs import Run
from layout_opt.solving import load_instance

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
    out: Path | None = None,
    **effort: Unpack[Efforts],
) -> Rolling:
    """Roll a definition of several periods forward.

    `instance` holds the forecast, `observed` what turns out to be; both have the same regions, industries and stock. With `out` the tables are
    written there, and the runs: the first step, the plan rolled out, the plan with foresight. Raises `InputError` for bad input (a single
    period, instances that differ in more than dated facts), `LayoutError` where a step has no plan.
    """
    asked = study("rolling", instance, definition, Effort(**effort), out, horizon=horizon)
    instance, definition = asked.instance, asked.definition
    observed = load_instance(observed) if isinstance(observed, (str, Path)) else observed or instance
    years = periods_of(definition, instance)
    _check(instance, observed, definition, years, horizon)
    run: Run | None = None
    with asked:
        asked.expect(len(years) + 1)
        rows = asked.rows("steps", STEPS)
        for n, year in enumerate(years):
            ahead = years[: len(years) if horizon is None else min(n + horizon, len(years))]
            known = _known(instance, observed, year)
            plans = definition.model_copy(update={"periods": ahead})
            kept = None if run is None else partial(hold, plan=dataclasses.replace(run.plan, periods=run.plan.periods[:n]))
            run = asked.solve(f"planning from {year}", plans, known, kept)
            if not run.has_plan:
                raise LayoutError(f"re-planning in {year} has no plan (status {run.status}): what was decided before leaves none")
            rows.append((year, ahead[-1], run.status, run.info["objective"], run.info["bound"], run.info["gap"], run.info["seconds"]["total"]))
        assert run is not None
        foresight = asked.solve("with foresight", instance=observed)
        if not foresight.has_plan:
            raise LayoutError(f"there is no plan with foresight to compare to (status {foresight.status})")
        asked.keep("rolled out", rebased(run, foresight.info["bound"]))
        low = max(foresight.info["objective"] - run.info["objective"], 0.0)
        high = max(foresight.info["bound"] - run.info["objective"], low)
        asked.figures |= {"low": low, "high": high}
        asked.tables["layout"] = layout = _layouts(run, foresight)
    return Rolling(asked.table("steps"), run, foresight, low, high, layout)


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
    known = instance
    for table in [name for name in DATED if name in instance.tables]:
        now, then = observed.tables[table], instance.tables[table]
        both = pd.concat([now[now["year"] <= year], then[then["year"] > year]], ignore_index=True)
        known = known.having(table, both, f"as known in {year}")
    return known


def _layouts(rolled: Run, foresight: Run) -> pd.DataFrame:
    """Output after each period in both plans, by cell."""
    key = ["industry", "region", "period"]
    sides = [run.tables["layout"].set_index(key)["output_after"].rename(name) for name, run in (("rolled", rolled), ("foresight", foresight))]
    return pd.concat(sides, axis=1).reset_index()
