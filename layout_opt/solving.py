"""Instance + definition -> verified run: the main job, for the command line and for Python."""

from __future__ import annotations

import dataclasses
import tempfile
import time
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

import pandas as pd

from layout_opt.build import Built, build, periods_of
from layout_opt.definition import Definition, load_definition
from layout_opt.errors import Fault, InputError, LayoutError, Place
from layout_opt.instance import Instance
from layout_opt.instance import load_instance as load_facts
from layout_opt.policies import policies_of, policy_tables, stated_policies
from layout_opt.policy import contributed
from layout_opt.results import read_plan, result_tables
from layout_opt.runs import Run, check_target, fill_run, read_run, resolved, versions, write_whole
from layout_opt.solver import placing
from layout_opt.solver.compiled import compile_built, export
from layout_opt.solver.direct import solve_direct
from layout_opt.solver.engines import choose_engine
from layout_opt.solver.outcome import PROVEN, Outcome, Progress, Status, quiet, relative_gap
from layout_opt.solver.scaled import solve_scaled

IDLE = 1e-9  # relative: a smaller difference between two sums of the same plan is rounding
ENGINES = ("auto", "direct", "scaled", "placing")


def load_instance(source: str | Path) -> Instance:
    """Read and validate an instance: a folder, a workbook or a shipped name; the tables of all policy families are known.

    Raises `InputError` with every fault; suspicious but legal data are in `Instance.warnings`.
    """
    return load_facts(source, policy_tables())


def load_all(instance: str | Path, models: Iterable[str | Path], settings: Iterable[str] = ()) -> tuple[Instance, list[Definition]]:
    """Instance and definitions together.

    Raises `InputError` with the faults of all of them at once, those of policies' parameters included.
    """
    facts, definitions = None, []
    faults: list[Fault] = []
    try:
        facts = load_instance(instance)
    except InputError as error:
        faults += error.faults
    for model in models:
        try:
            definitions.append(load_definition(model, settings))
            faults += stated_policies(definitions[-1])[1]
        except InputError as error:
            faults += error.faults
    if facts is None or faults:
        raise InputError(faults=faults)
    return facts, definitions


def solve(
    instance: Instance | str | Path,
    definition: Definition | str | Path = "reference",
    *,
    gap: float = PROVEN,
    time_limit: float | None = None,
    seed: int = 0,
    engine: str = "auto",
    out: Path | None = None,
    progress: Progress = quiet,
    export_to: Path | None = None,
    change: Callable[[Built], None] | None = None,
) -> Run:
    """Solve one instance under one definition; `change` may add to the model before it is solved (the bound is then one for the changed model).

    Returns the run, verified; with `out` it is written there as a run folder first. `gap` is relative, `time_limit` in seconds of solving.
    A run without a plan has status `infeasible` or `no_plan` and no tables; it is not written over a run that has a plan.
    Raises `InputError` for bad input, `VerificationError` where the independent check does not confirm the plan (nothing is then written).
    """
    if engine not in ENGINES:
        raise InputError(faults=[Fault(f"no engine {engine!r} in this version", Place("--engine"), f"Use one of {', '.join(ENGINES)}.")])
    if isinstance(instance, (str, Path)):
        instance = load_instance(instance)
    if isinstance(definition, (str, Path)):
        definition = load_definition(definition)
    if definition.sweep:
        where = Place(f"{definition.name}.toml", column="sweep")
        raise InputError(faults=[Fault("the model stands for many scenarios", where, "Use `layout-opt compare`, or delete the sweep.")])
    if out is not None:
        check_target(out)
    start = time.perf_counter()
    try:
        built = prepared(instance, definition, gap=gap, time_limit=time_limit, seed=seed)
    except BaselineError as missing:
        return _without_baseline(instance, definition, missing, gap, time_limit, seed)
    if change is not None:
        change(built)
    if export_to is not None:
        export(compile_built(built), export_to)
    ready = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "solver.log"
        outcome = search(built, engine, gap=gap, time_limit=time_limit, seed=seed, progress=progress, log=log)
        text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    solved = time.perf_counter()
    seconds = {"build": round(ready - start, 3), "solve": round(solved - ready, 3)}
    run = make_run(built, outcome, seconds, gap, time_limit, seed)
    if run.has_plan and out is None:
        run = run.confirmed()  # else it is confirmed from the files written
    total = round(time.perf_counter() - start, 3)
    run = dataclasses.replace(run, info={**run.info, "seconds": {**seconds, "total": total}})
    if out is None or (not run.has_plan and (outcome.interrupted or _holds_plan(out))):
        return run
    return dataclasses.replace(write_whole(out, lambda folder: fill_run(run, folder, text)), path=out)


class BaselineError(LayoutError):
    """A plan that a policy is compared to does not exist: with fewer policies the model has `status` already."""

    def __init__(self, name: str, status: Status) -> None:
        super().__init__(f"there is no plan to compare to: {name} has status {status!r}")
        self.status = status


def _without_baseline(instance: Instance, definition: Definition, missing: BaselineError, gap: float, time_limit: float | None, seed: int) -> Run:
    """The run of a model whose relaxation by the families that a policy names has no plan: nor has the model."""
    stand_in = {p.label: dict.fromkeys(periods_of(definition, instance), instance.stock) for p in policies_of(definition, instance)}
    built = build(instance, definition, stand_in)
    return make_run(built, Outcome(missing.status, message=str(missing)), dict.fromkeys(("build", "solve", "total"), 0.0), gap, time_limit, seed)


def prepared(instance: Instance, definition: Definition, *, gap: float = PROVEN, time_limit: float | None = None, seed: int = 0) -> Built:
    """The model, once the plans are solved that its policies are compared to (`Policy.baseline`).

    Raises `InputError` as `build` does, `BaselineError` where a plan to compare to does not exist.
    """
    policies = policies_of(definition, instance)
    compared = {p.label: set(p.baseline()) for p in policies if p.baseline()}
    baselines: dict[str, dict[int, pd.Series[float]]] = {}
    for label, families in compared.items():
        left = {n: entry for n, entry in definition.policies.items() if n not in compared and entry.family not in families}
        below = definition.model_copy(update={"name": f"{definition.name}-{label}-baseline", "policies": left})
        baselines[label] = _compared(instance, below, gap, time_limit, seed)
    return build(instance, definition, baselines)


_solved: weakref.WeakKeyDictionary[Instance, dict[str, dict[int, pd.Series[float]]]] = weakref.WeakKeyDictionary()


def _compared(instance: Instance, definition: Definition, gap: float, time_limit: float | None, seed: int) -> dict[int, pd.Series[float]]:
    """Output by cell of a definition's plan, by year; solved once for an instance."""
    known, asked = _solved.setdefault(instance, {}), f"{gap} {time_limit} {seed} {definition.model_dump_json(exclude={'name'})}"
    if asked not in known:
        run = solve(instance, definition, gap=gap, time_limit=time_limit, seed=seed)
        if run.info["interrupted"]:
            raise KeyboardInterrupt
        if not run.has_plan:
            raise BaselineError(definition.name, cast("Status", run.status))
        known[asked] = {period.year: period.output for period in run.plan.periods}
    return known[asked]


def search(
    built: Built,
    engine: str = "auto",
    *,
    gap: float = PROVEN,
    time_limit: float | None = None,
    seed: int = 0,
    progress: Progress = quiet,
    log: Path | None = None,
) -> Outcome:
    """What the engine that is asked for, or the one that suits the model, makes of it; the plan stands in the model."""
    if engine in ("auto", "placing"):
        placed = placing.solve(built, gap, time_limit, seed, progress, log)
        if placed is not None:
            return dataclasses.replace(placed, chosen="every industry stands whole in one region")
    chosen, why = (engine, "asked for") if engine in ("direct", "scaled") else choose_engine(built)
    work = solve_scaled if chosen == "scaled" else solve_direct
    return dataclasses.replace(work(built, gap, time_limit, seed, progress, log), chosen=why)


def _holds_plan(path: Path) -> bool:
    """Whether a run folder with a plan stands there already: a solve without a plan does not replace it."""
    try:
        return read_run(path).has_plan
    except InputError:
        return False


def make_run(built: Built, outcome: Outcome, seconds: dict[str, float], gap: float, time_limit: float | None, seed: int) -> Run:
    """The run of a solved model, with its tables where it has a plan; not yet confirmed."""
    info = {
        "status": outcome.status,
        "objective": outcome.objective,
        "bound": outcome.bound,
        "gap": outcome.gap,
        "violation": None,
        "seconds": seconds,
        "engine": outcome.engine,
        "engine_chosen": outcome.chosen,
        "instance": {"name": built.instance.name, "sha256": built.instance.sha256},
        "model": {
            "name": built.definition.name,
            "settings": list(built.definition.settings),
            "definition": resolved(built.definition, built.policies),
        },
        "versions": versions(),
        "sense": "max",
        "interrupted": outcome.interrupted,
        "requested": {"gap": gap, "time_limit": time_limit},
        "seed": seed,
        "size": outcome.size,
        "nodes": outcome.nodes,
        "message": outcome.message,
    }
    if outcome.status not in ("optimal", "feasible"):
        return Run(info, built.instance, built.definition, built.policies)
    plan = contributed(read_plan(built), built.policies)
    tables = result_tables(plan, built.policies, built.weights, outcome.prices)
    worth, bound = float((tables["objective"]["weight"] * tables["objective"]["value"]).sum()), outcome.bound
    if bound is not None and worth > float(outcome.objective or 0.0) + IDLE * max(1.0, abs(worth)):  # what the plan holds ready and never uses
        reached = relative_gap(worth, bound)
        info |= {"objective": worth, "gap": reached, "status": "optimal" if reached <= PROVEN else "feasible"}
    return Run(info, built.instance, built.definition, built.policies, tables)
