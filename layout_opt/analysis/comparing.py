"""Many definitions on one instance or several: a run each, and tables of what differs. The first scenario is the one the others are compared to.

On several instances every definition is solved on each, and a scenario is called `INSTANCE MODEL`. Its figures are set beside those of the
first by the names of regions, industries and so on; a name that the first instance does not have is compared to nothing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layout_opt.analysis.scenarios import Options, Scenario, failed, solve_all
from layout_opt.analysis.sweeping import scenarios
from layout_opt.definition import Definition
from layout_opt.errors import Fault, InputError, Place, VerificationError
from layout_opt.instance import Instance
from layout_opt.policies import policies_of
from layout_opt.policy import contributed, objective_weights
from layout_opt.results import objective_table
from layout_opt.runs import REPORT, Run, check_target, fill_run, read_run, resolved, versions, write_whole
from layout_opt.solver.outcome import PROVEN, Progress, quiet
from layout_opt.solving import load_instance
from layout_opt.verify import TOLERANCE, constraint_checks

COMPARISON_FILE = "comparison.json"
KEYS = {
    "objective": (["term"], ["weight", "value"]),
    "plates": (["origin_plate", "destination_plate"], ["output", "value_added"]),
    "resources": (["resource", "region_or_group", "period"], ["use_after", "capacity", "utilisation", "price"]),
    "indicators": (["indicator", "scope"], ["after"]),
    "layout": (["industry", "region", "period"], ["output_after"]),
}

CROSSED = 8
WRITTEN = ("scenarios", "cross", *KEYS)  # tables of a comparison folder


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs by scenario name in the order given, and the tables of differences: `scenarios`, `cross` and those of `KEYS`; `instance` is that of
    the first."""

    instance: Instance
    runs: Mapping[str, Run]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    path: Path | None = None

    @property
    def baseline(self) -> str:
        """The scenario that the others are compared to."""
        return next(iter(self.runs))


Facts = Instance | str | Path


def compare(
    instance: Facts | Mapping[str, Facts],
    definitions: Sequence[Definition | str | Path],
    *,
    gap: float = PROVEN,
    time_limit: float | None = None,
    seed: int = 0,
    workers: int = 1,
    scheduler: str | None = None,
    resume: bool = False,
    out: Path | None = None,
    progress: Callable[[str], Progress] = lambda _: quiet,
) -> Comparison:
    """Solve every definition on the instance, each from nothing, so that none leaks into the next; sweeps are expanded.

    With a mapping of several instances, by the names under which they are to stand, every definition is solved on each.
    All definitions are read and checked before the first solve; an interrupt ends the comparison with the scenario it met. `workers` and
    `scheduler` are those of `scenarios.solve_all`; `progress` is called with the name of a scenario as it begins (one after another only).
    With `out` every scenario is written there as soon as it is done, whole; `resume` keeps those of an earlier comparison that were solved
    with the same facts, definition, limits and versions.
    Raises `InputError` for bad input or two scenarios of one name; scenarios without a plan are listed with their status.
    """
    if workers < 1:
        raise InputError(faults=[Fault("a number of processes is 1 or more", Place("--workers"), "Write 1 or more.", str(workers))])
    stated = _scenarios_of(instance if isinstance(instance, Mapping) else {"": instance}, definitions)
    options = Options(gap, time_limit, seed, out)
    kept = _kept(out, stated, options) if out is not None and resume else {}
    if out is not None:
        _begin(out, stated, kept)
    runs = dict(kept)
    for s, solved in solve_all([s for s in stated if s.name not in kept], options, workers=workers, scheduler=scheduler, progress=progress):
        runs[s.name] = solved if out is None else _written(solved, out / s.name, options)
        if solved.info["interrupted"]:
            break
    ordered = {s.name: runs[s.name] for s in stated if s.name in runs}
    comparison = Comparison(stated[0].instance, ordered, comparison_tables(ordered), out)
    if out is not None:
        _finish(comparison, out)
    return comparison


def _scenarios_of(instances: Mapping[str, Facts], definitions: Sequence[Definition | str | Path]) -> Sequence[Scenario]:
    """Every definition on every instance. Raises `InputError` with the faults of all of them."""
    stated = [e for d in definitions for e in ([d] if isinstance(d, Definition) else scenarios([d]))]
    found, faults = list[Scenario](), list[Fault]()
    if not stated:
        faults.append(Fault("no model is named", Place("--models"), "Name at least one."))
    for title, facts in instances.items():
        try:
            instance = load_instance(facts) if isinstance(facts, (str, Path)) else facts
        except InputError as error:
            faults.extend(error.faults)
            continue
        for definition in stated:
            found.append(Scenario(f"{title} {definition.name}".strip(), instance, definition))
            try:
                policies_of(definition, instance)
            except InputError as error:
                faults.extend(fault for fault in error.faults if fault not in faults)
    names = [s.name for s in found]
    for name in {n for n in names if names.count(n) > 1}:
        faults.append(Fault("two scenarios have this name", Place("--models"), "Rename one of the files.", name))
    if faults:
        raise InputError(faults=faults)
    return found


def _kept(out: Path, stated: Sequence[Scenario], options: Options) -> dict[str, Run]:
    """Scenarios of an earlier comparison that need not be solved again."""
    kept = {}
    for scenario in stated:
        try:
            run = read_run(out / scenario.name)
        except InputError:
            continue
        asked = {"gap": options.gap, "time_limit": options.time_limit}
        same = (
            run.info["instance"]["sha256"] == scenario.instance.sha256
            and run.info["model"]["definition"] == resolved(scenario.definition, policies_of(scenario.definition, scenario.instance))
            and (run.info["requested"], run.info["seed"], run.info["versions"]) == (asked, options.seed, versions())
        )
        if same and run.status in ("optimal", "feasible", "infeasible") and not run.info["interrupted"]:
            kept[scenario.name] = run
    return kept


def _begin(out: Path, stated: Sequence[Scenario], kept: Mapping[str, Run]) -> None:
    """A folder for scenarios, without what an earlier comparison left there and is not kept; marked as unfinished."""
    check_target(out, COMPARISON_FILE, WRITTEN)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for entry in out.iterdir():
            if entry.is_dir() and entry.name not in kept and not REPORT.fullmatch(entry.name):
                shutil.rmtree(entry)
            elif entry.suffix == ".csv":
                entry.unlink()
        _mark(out, stated[0].instance, [s.name for s in stated], finished=False)
    except OSError as error:
        raise InputError(faults=[Fault(f"cannot be written: {error.strerror}", Place(str(out)), "Choose another --out.")]) from None


def _written(run: Run, path: Path, options: Options) -> Run:
    """A scenario in its folder: what a cluster solved is written here, which checks it; one that does not hold has failed."""
    if run.status == "failed" or run.path is not None:
        return run
    try:
        return write_whole(path, lambda folder: fill_run(run, folder))
    except VerificationError as error:
        return failed(run.instance, run.definition, options, str(error))


def _finish(comparison: Comparison, out: Path) -> None:
    for name, table in comparison.tables.items():
        table.to_csv(out / f"{name}.csv", index=False, float_format="%.12g", lineterminator="\n")
    _mark(out, comparison.instance, [name for name, run in comparison.runs.items() if run.status != "failed"], finished=True)


def _mark(out: Path, instance: Instance, models: Sequence[str], *, finished: bool) -> None:
    """Write comparison.json, at once."""
    info = {
        "instance": {"name": instance.name, "sha256": instance.sha256},
        "models": list(models),
        "baseline": models[0] if models else None,
        "finished": finished,
    }
    scratch = out / f".{COMPARISON_FILE}"
    scratch.write_text(json.dumps(info, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    scratch.replace(out / COMPARISON_FILE)


def comparison_tables(runs: Mapping[str, Run]) -> dict[str, pd.DataFrame]:
    """`scenarios` and `cross`, and long tables of every measure by scenario with its difference from the first scenario."""
    tables = {"scenarios": _scenarios(runs), "cross": _cross(runs)}
    planned = {name: run for name, run in runs.items() if run.has_plan}
    for table, (keys, measures) in KEYS.items():
        frames = [run.tables[table][[*keys, *measures]].assign(scenario=name) for name, run in planned.items()]
        if not frames:
            continue
        merged = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)[["scenario", *keys, *measures]]
        first = frames[0].set_index(keys)
        for measure in [m for m in measures if m not in ("weight", "capacity")]:
            base = first[measure].reindex(pd.MultiIndex.from_frame(merged[keys]) if len(keys) > 1 else pd.Index(merged[keys[0]]))
            merged[f"{measure}_difference"] = merged[measure].to_numpy() - base.fillna(0.0).to_numpy()
        tables[table] = merged
    return tables


def _scenarios(runs: Mapping[str, Run]) -> pd.DataFrame:
    first = next(iter(runs.values()))
    rows = []
    for name, run in runs.items():
        direction = run.instance.manifest.direction
        moved = np.nan
        if run.has_plan and direction:
            plates = run.tables["plates"]
            along = plates["origin_plate"].isin(direction.origin) & plates["destination_plate"].isin(direction.destination)
            moved = float(plates.loc[along, "output"].sum())
        info = run.info
        objective, bound = info["objective"], info["bound"]
        compared = objective is not None and first.info["objective"] is not None
        low, high = _difference(first.info, info) if compared else (np.nan, np.nan)
        told = "" if run.has_plan else str(info["message"])
        rows.append((name, run.status, objective, bound, info["gap"], low, high, moved, info["violation"], info["seconds"]["total"], told))
    columns = ["scenario", "status", "objective", "bound", "gap", "difference_low", "difference_high", "transfer", "violation", "seconds", "message"]
    return pd.DataFrame(rows, columns=columns)


def _difference(first: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[float, float]:
    """Interval that holds the true difference of the optima: both are known only between plan and bound."""
    if first is other:
        return 0.0, 0.0
    return other["objective"] - first["bound"], other["bound"] - first["objective"]


def _cross(runs: Mapping[str, Run]) -> pd.DataFrame:
    """Every plan under every other definition: is it allowed there, what is it worth there, and does the bound found there agree?

    A plan that another definition allows cannot be worth more there than that definition's bound; `holds` says so. This is how a relaxed
    model is seen never to be worse, and it checks the bounds of all scenarios against each other. Of more than `CROSSED`
    scenarios each is taken to the first and to its neighbours in the order given.
    """
    rows = []
    planned = {name: run for name, run in runs.items() if run.has_plan}
    place = {name: n for n, name in enumerate(planned)}
    for name, run in planned.items():
        for under, other in planned.items():
            if len(planned) > CROSSED and place[under] > 0 and abs(place[name] - place[under]) > 1:
                continue
            same = run.instance.sha256 == other.instance.sha256 and set(run.tables["layout"]["period"]) == set(other.tables["layout"]["period"])
            if name == under or not same:
                continue
            plan = contributed(run.plan, other.policies)
            allowed = all(check.passed for check in constraint_checks(plan, other.definition.core, other.policies))
            terms = objective_table(plan, other.policies, objective_weights(other.definition, other.policies))
            worth = float((terms["weight"] * terms["value"]).sum())
            bound = float(other.info["bound"])
            holds = not allowed or worth <= bound + TOLERANCE * max(1.0, abs(bound))
            rows.append((name, under, allowed, worth, bound, holds))
    return pd.DataFrame(rows, columns=["plan_of", "under", "allowed", "objective", "bound", "holds"])


def read_comparison(path: Path) -> Comparison:
    """Read a comparison folder. Raises `InputError` where it is not one or a run in it cannot be read."""
    try:
        info = json.loads((path / COMPARISON_FILE).read_text(encoding="utf-8"))
        models: list[str] = info["models"]
        finished: bool = info["finished"]
    except (OSError, ValueError, KeyError, TypeError):
        what = "is not a comparison folder"
        raise InputError(faults=[Fault(what, Place(str(path)), "Give a folder that `layout-opt compare` wrote.")]) from None
    if not finished or not models:
        what = "the comparison was not finished" if not finished else "no scenario of the comparison was solved"
        raise InputError(faults=[Fault(what, Place(str(path)), "Finish it with `layout-opt compare ... --resume`.")])
    runs = {name: read_run(path / name) for name in models}
    return Comparison(next(iter(runs.values())).instance, runs, comparison_tables(runs), path)
