"""What a page starts from: the plans of a run or a comparison, and the models that may be tried beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from layout_opt import shipped
from layout_opt.analysis.comparing import COMPARISON_FILE, read_comparison
from layout_opt.build import periods_of
from layout_opt.definition import Definition, load_definition
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.policies import policies_of
from layout_opt.runs import FACTS, Run, read_run
from layout_opt.serving.defined import same_choices, toml_of


@dataclass(frozen=True, eq=False)
class Scenario:
    """A definition to start from. `file` holds it as TOML; `run` is its stored run, if it has one; `ships`: it is a shipped model."""

    definition: Definition
    file: Path
    ships: bool
    run: Run | None = None


@dataclass(frozen=True, eq=False)
class Stored:
    """The scenarios of a run or comparison folder by name; the first is the one that a page opens with. `facts` names the instance on the
    command line."""

    path: Path
    instance: Instance
    facts: str
    scenarios: Mapping[str, Scenario]

    @property
    def first(self) -> str:
        return next(iter(self.scenarios))

    @property
    def plans(self) -> dict[str, Run]:
        """The stored plans by scenario."""
        return {name: found.run for name, found in self.scenarios.items() if found.run is not None and found.run.has_plan}

    def define(self, scenario: str, settings: Iterable[str] = ()) -> Definition:
        """The definition of a scenario with `KEY=VALUE` settings. Raises `InputError` with all that is wrong about them."""
        definition = load_definition(self.scenarios[scenario].file, settings)
        policies_of(definition, self.instance)
        periods_of(definition, self.instance)
        return definition


def read_stored(path: Path, scratch: Path) -> Stored:
    """Read a run or a comparison; definitions are written into the folder `scratch`, where settings can be laid over them.

    Raises `InputError` as `read_run` and `read_comparison` do.
    """
    if (path / COMPARISON_FILE).is_file():
        comparison = read_comparison(path)
        runs = dict(comparison.runs)
    else:
        run = read_run(path)
        runs = {run.definition.title: run}
    instance = next(iter(runs.values())).instance
    scenarios = {name: _stored(run, scratch / str(n)) for n, (name, run) in enumerate(runs.items())}
    if not (path / COMPARISON_FILE).is_file():
        scenarios |= {name: found for name, found in _others(instance).items() if name not in scenarios}
    copy = next(iter(runs.values())).path or path
    return Stored(path, instance, _facts(instance, copy), scenarios)


def _stored(run: Run, scratch: Path) -> Scenario:
    scratch.mkdir(parents=True)
    file = scratch / f"{run.definition.name}.toml"
    file.write_bytes(toml_of(run.definition, run.policies, {"settings": list(run.definition.settings)}))
    ships = False
    if run.definition.name in shipped.names("models"):
        try:
            ships = same_choices(load_definition(run.definition.name, run.definition.settings), run.definition, run.instance)
        except InputError:
            ships = False
    return Scenario(run.definition, file, ships, run)


def _others(instance: Instance) -> dict[str, Scenario]:
    """Shipped models that the instance has the tables for."""
    found = {}
    for name in shipped.names("models"):
        definition = load_definition(name)
        try:
            policies_of(definition, instance)
            periods_of(definition, instance)
        except InputError:
            continue
        if not definition.sweep:
            found[name] = Scenario(definition, shipped.folder("models") / f"{name}.toml", True)
    return found


def _facts(instance: Instance, run: Path) -> str:
    """A shipped name where the files are the same, else the copy in a run folder."""
    if instance.name in shipped.names("instances"):
        ours = shipped.folder("instances") / instance.name
        if all((ours / file).is_file() and (ours / file).read_bytes() == content for file, content in instance.contents.items()):
            return instance.name
    return str(run / (f"{FACTS}.xlsx" if instance.is_workbook else FACTS))
