"""models/*.toml into a frozen `Definition`: the question, the objective's weights, and which policies hold, how strictly."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from layout_opt import shipped
from layout_opt.errors import Fault, InputError, Place, suggest
from layout_opt.settings import Settings, Text, Years, parse, read_toml


class Objective(Settings):
    """Weights of the terms that every model has; money and output in the instance's units. Costs carry negative weights."""

    value_added: float = 1.0
    relocation_cost: float = -0.1
    building_cost: float = -0.1
    closure_cost: float = -0.1
    shortage: float = -2.0


class Core(Settings):
    """Rules of the core.

    growth: a region's output of an industry is at most this multiple of what it would be if all regions grew alike (none: no such limit).
    entry: a region may always reach this share of national demand, whatever its stock.
    demand_margin: output may exceed demand by this share.
    round_trips: whether a region may receive a project of an industry of which it releases or closes capacity.
    """

    growth: float | None = Field(default=None, ge=0)
    entry: float = Field(default=0.0, ge=0, le=1)
    demand_margin: float = Field(default=0.0, ge=0, lt=1)
    round_trips: bool = False


class PolicyEntry(Settings, extra="allow"):
    """One stated policy: its family, the penalty that softens its limit, and the parameters that its family checks."""

    family: str
    penalty: float | None = Field(default=None, gt=0)

    @property
    def parameters(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class Definition(Settings):
    """A scenario, complete and printable: nothing is inherited any more."""

    name: str
    question: Text
    periods: Years | None = None
    objective: Objective = Objective()
    core: Core = Core()
    policies: dict[str, PolicyEntry] = {}

    @field_validator("policies")
    @classmethod
    def _labels(cls, policies: dict[str, PolicyEntry]) -> dict[str, PolicyEntry]:
        for label in policies:
            if not label.isidentifier() or label in Objective.model_fields:
                raise ValueError(f"policy label {label!r} must be a plain word (letters, digits, _) and not the name of an objective term")
        return policies


def find_definition(name: str | Path) -> Path:
    """The file that `name` stands for: a path, or the name of a model that ships with the package."""
    path = Path(name)
    if path.is_file():
        return path
    if str(name) in shipped.names("models"):
        return shipped.folder("models") / f"{name}.toml"
    remedy = f"Give a TOML file or a shipped name. {suggest(str(name), shipped.names('models'))}"
    raise InputError(faults=[Fault("no such model", Place(str(name)), remedy)])


def load_definition(source: str | Path, settings: Iterable[str] = ()) -> Definition:
    """Read a model definition, resolve its base (one level) and apply `KEY=VALUE` settings.

    Raises `InputError` with every unknown key, wrong value or unknown label.
    """
    path = find_definition(source)
    data = read_toml(path)
    base = data.pop("base", None)
    if base is not None:
        data = _derive(data, _base(str(base), path), path.name)
    elif "without" in data:
        raise InputError(faults=[Fault("`without` needs a base", Place(path.name, column="without"), "Name the base, or delete the key.")])
    for setting in settings:
        _apply(data, setting)
    return parse(Definition, {"name": path.stem, **data}, path.name)


def definition_from(data: Mapping[str, Any], name: str = "definition") -> Definition:
    """A definition from a plain mapping with the keys of a model file. Raises `InputError` as `load_definition` does."""
    return parse(Definition, {"name": name, **data}, name)


def _base(name: str, path: Path) -> dict[str, Any]:
    beside = path.parent / f"{name}.toml"
    try:
        found = beside if beside.is_file() else find_definition(name)
    except InputError as error:
        raise InputError(faults=[Fault("no such base", Place(path.name, column="base"), error.faults[0].remedy, name)]) from None
    data = read_toml(found)
    if "base" in data:
        where = Place(path.name, column="base")
        raise InputError(faults=[Fault(f"the base {name!r} has a base itself", where, "Only one level is allowed; state the policies here.")])
    return data


def _derive(data: dict[str, Any], base: dict[str, Any], file: str) -> dict[str, Any]:
    """The base, less the labels in `without`, overlaid with the definition's own keys."""
    policies = base.get("policies", {})
    without = data.pop("without", [])
    faults = [
        Fault("no such policy in the base", Place(file, column="without"), suggest(str(label), policies), str(label))
        for label in without
        if label not in policies
    ]
    if faults:
        raise InputError(faults=faults)
    merged = _merge(base, data)
    for label in without:
        merged["policies"].pop(label, None)
    return merged


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = copy.deepcopy(dict(base))
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def _apply(data: dict[str, Any], setting: str) -> None:
    key, separator, text = setting.partition("=")
    where = Place("--set", column=key.strip())
    path = key.strip().split(".")
    if not separator or not all(path):
        raise InputError(faults=[Fault("is not KEY=VALUE", where, "Write, for example, --set core.growth=2.0.", setting)])
    try:
        value: Any = tomllib.loads(f"value = {text.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    target = data
    for part in path[:-1]:
        target = target.setdefault(part, {})
        if not isinstance(target, dict):
            raise InputError(faults=[Fault(f"{part!r} holds a value, not a table", where, "Shorten the key.", setting)])
    if path[0] == "policies" and (len(path) < 3 or "family" not in target):
        raise InputError(faults=[Fault("no such policy", where, suggest(path[1] if len(path) > 1 else "", data.get("policies", {})), setting)])
    target[path[-1]] = value
