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
    """A definition to start from, and the instance that it is for; `facts` names the instance on the command line.

    `file` holds the definition as TOML; `ships`: it is a shipped model; `run` is its stored run, if it has one.
    """

    instance: Instance
    facts: str
    definition: Definition
    file: Path
    ships: bool
    run: Run | None = None


@dataclass(frozen=True, eq=False)
class Stored:
    """The scenarios of a run or comparison folder by name; the first is the one that a page opens with."""

    path: Path
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
        found = self.scenarios[scenario]
        definition = load_definition(found.file, settings)
        policies_of(definition, found.instance)
        periods_of(definition, found.instance)
        return definition


def read_stored(path: Path, scratch: Path) -> Stored:
    """Read a run or a comparison; definitions are written into the folder `scratch`, where settings can be laid over them.

    Raises `InputError` as `read_run` and `read_comparison` do.
    """
    if (path / COMPARISON_FILE).is_file():
        runs = read_comparison(path).runs
        return Stored(path, {name: _stored(run, path / name, scratch / str(n)) for n, (name, run) in enumerate(runs.items())})
    run = read_run(path)
    own = _stored(run, path, scratch)
    return Stored(path, {run.definition.title: own, **{name: found for name, found in _others(own).items() if name != run.definition.title}})


def _stored(run: Run, path: Path, scratch: Path) -> Scenario:
    scratch.mkdir(parents=True)
    file = scratch / f"{run.definition.name}.toml"
    file.write_bytes(toml_of(run.definition, run.policies, {"settings": list(run.definition.settings)}))
    ships = False
    if run.definition.name in shipped.names("models"):
        try:
            ships = same_choices(load_definition(run.definition.name, run.definition.settings), run.definition, run.instance)
        except InputError:
            ships = False
    return Scenario(run.instance, _facts(run.instance, path), run.definition, file, ships, run)


def _others(own: Scenario) -> dict[str, Scenario]:
    """Shipped models that the instance of a scenario has the tables for."""
    found = {}
    for name in shipped.names("models"):
        definition = load_definition(name)
        try:
            policies_of(definition, own.instance)
            periods_of(definition, own.instance)
        except InputError:
            continue
        if not definition.sweep:
            found[name] = Scenario(own.instance, own.facts, definition, shipped.folder("models") / f"{name}.toml", True)
    return found


def _facts(instance: Instance, run: Path) -> str:
    """A shipped name where the files are the same, else the copy in a run folder."""
    if instance.name in shipped.names("instances"):
        ours = shipped.folder("instances") / instance.name
        if all((ours / file).is_file() and (ours / file).read_bytes() == content for file, content in instance.contents.items()):
            return instance.name
    return str(run / (f"{FACTS}.xlsx" if instance.is_workbook else FACTS))
