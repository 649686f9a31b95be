"""Many scenarios, each solved by itself: one after another, in processes of this machine, or on a Dask cluster.

Wherever they are solved, the results are the same. A scenario that fails is reported with its message and the others finish; a worker that dies
costs the time of what it was doing, which is solved again elsewhere.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from layout_opt.definition import Definition
from layout_opt.errors import Fault, InputError, LayoutError, Place
from layout_opt.instance import Instance
from layout_opt.runs import Run
from layout_opt.solver.outcome import PROVEN, Progress, quiet
from layout_opt.solving import solve

ATTEMPTS = 3  # of a scenario whose worker died
CONNECTING = "10s"


@dataclass(frozen=True)
class Options:
    """How every scenario is solved; with `folder` it is written there under its name, whole, by whoever solves it."""

    gap: float = PROVEN
    time_limit: float | None = None
    seed: int = 0
    folder: Path | None = None


@dataclass(frozen=True, eq=False)
class Scenario:
    """An instance under a definition; `name` is unique among the scenarios of a comparison, and that of its folder."""

    name: str
    instance: Instance
    definition: Definition


def solve_all(
    scenarios: Sequence[Scenario],
    options: Options,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Callable[[str], Progress] = lambda _: quiet,
) -> Iterator[tuple[Scenario, Run]]:
    """Scenarios with their runs, as they finish. `workers` are processes of this machine, `scheduler` is the address of a Dask cluster.

    A scenario that failed has status `failed` and its message. Raises `InputError` where the cluster does not answer or its package is missing.
    """
    if scheduler is not None:
        return _on_cluster(scenarios, replace(options, folder=None), scheduler)
    if workers > 1:
        return _in_processes(scenarios, options, workers)
    return ((s, one(s.instance, s.definition, s.name, options, progress(s.name))) for s in scenarios)


def one(instance: Instance, definition: Definition, name: str, options: Options, progress: Progress = quiet) -> Run:
    """One scenario; what goes wrong in it is told in its run."""
    try:
        return solve(
            instance,
            definition,
            gap=options.gap,
            time_limit=options.time_limit,
            seed=options.seed,
            progress=progress,
            out=None if options.folder is None else options.folder / name,
        )
    except LayoutError as error:
        return failed(instance, definition, options, str(error))
    except Exception as error:  # a fault in one scenario must not take the others with it
        return failed(instance, definition, options, f"{type(error).__name__}: {error}")


def failed(instance: Instance, definition: Definition, options: Options, message: str) -> Run:
    """The run of a scenario that could not be solved."""
    info: dict[str, Any] = {
        "status": "failed",
        "message": message,
        **dict.fromkeys(("objective", "bound", "gap", "violation")),
        "seconds": {"build": 0.0, "solve": 0.0, "total": 0.0},
        "engine": "",
        "instance": {"name": instance.name, "sha256": instance.sha256},
        "model": {"name": definition.name, "settings": list(definition.settings), "definition": definition.model_dump(mode="json")},
        "versions": {},
        "sense": "max",
        "interrupted": False,
        "requested": {"gap": options.gap, "time_limit": options.time_limit},
        "seed": options.seed,
    }
    return Run(info, instance, definition, ())


def _in_processes(scenarios: Iterable[Scenario], options: Options, workers: int) -> Iterator[tuple[Scenario, Run]]:
    """Processes of this machine, begun anew where one dies."""
    left = {s.name: s for s in scenarios}
    for _ in range(ATTEMPTS):
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            try:
                waiting: dict[Future[Run], Scenario] = {pool.submit(one, s.instance, s.definition, s.name, options): s for s in left.values()}
                for future in as_completed(waiting):
                    scenario = waiting[future]
                    run = future.result()
                    del left[scenario.name]
                    yield scenario, run
            except BrokenProcessPool:
                pass  # the next round takes up what is left
            except (KeyboardInterrupt, GeneratorExit):
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        if not left:
            return
    for scenario in left.values():
        yield scenario, failed(scenario.instance, scenario.definition, options, f"the process that solved it died {ATTEMPTS} times")


def _on_cluster(scenarios: Sequence[Scenario], options: Options, scheduler: str) -> Iterator[tuple[Scenario, Run]]:
    """Workers of a Dask cluster; the scheduler gives the work of one that dies to another."""
    where = Place("--scheduler")
    try:
        from distributed import Client
        from distributed import as_completed as finished
    except ImportError:
        remedy = "Install it: pip install 'layout-opt[distributed]'."
        raise InputError(faults=[Fault("the package 'distributed' is missing", where, remedy)]) from None
    try:
        client = Client(scheduler, timeout=CONNECTING)
    except (OSError, ValueError) as error:
        what = f"no Dask scheduler answers ({error})"
        raise InputError(faults=[Fault(what, where, "Check the address, e.g. tcp://HOST:8786.", scheduler)]) from None
    with client:
        facts = {sha256: client.scatter(instance, broadcast=True) for sha256, instance in {s.instance.sha256: s.instance for s in scenarios}.items()}
        waiting = {client.submit(one, facts[s.instance.sha256], s.definition, s.name, options, pure=False): s for s in scenarios}
        for future in finished(waiting):
            scenario = waiting[future]
            fault = future.exception()
            if fault is None:
                yield scenario, future.result()
            else:
                yield scenario, failed(scenario.instance, scenario.definition, options, f"{type(fault).__name__}: {fault}")
