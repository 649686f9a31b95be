"""models/*.toml into a frozen `Definition`: the question, the objective's weights, and which policies hold, how strictly."""

from __future__ import annotations

import copy
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator

from layout_opt import shipped
from layout_opt.errors import Fault, InputError, Place, suggest
from layout_opt.settings import Settings, Text, Years, mend, parse, read_toml


class Objective(Settings):
    """Weights of the terms that every model has; money and output in the instance's units. Costs carry negative weights."""

    value_added: float = Field(default=1.0, ge=0)
    relocation_cost: float = Field(default=-0.1, le=0)
    building_cost: float = Field(default=-0.1, le=0)
    closure_cost: float = Field(default=-0.1, le=0)
    shortage: float = Field(default=-2.0, le=0)


class Core(Settings):
    """Rules of the core.

    growth: a region's output of an industry is at most this multiple of what it would be if all regions grew alike (none: no such limit).
    local_growth: the same multiple for industries that serve their own region (column `local`; growth where left out).
    entry: a region may always reach this share of national demand, whatever its stock.
    demand_margin: output may exceed demand by this share.
    round_trips: whether a region may receive a project of an industry of which it releases or closes capacity.
    """

    growth: float | None = Field(default=None, ge=0)
    local_growth: float | None = Field(default=None, ge=1)
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


def _several(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values or any(values.count(value) > 1 for value in values):
        raise ValueError("must be one or more values, no two alike")
    return values


Values = Annotated[tuple[Any, ...], AfterValidator(_several)]


class Definition(Settings):
    """A scenario, complete and printable: nothing is inherited any more. `settings` are the KEY=VALUE changes it was read with; `sweep` holds
    values by key of a model that stands for many scenarios (`layout_opt.analysis.sweeping`)."""

    name: str
    settings: tuple[str, ...] = ()
    question: Text
    periods: Years | None = None
    objective: Objective = Objective()
    core: Core = Core()
    policies: dict[str, PolicyEntry] = {}
    sweep: dict[str, Values] = {}

    @field_validator("name")
    @classmethod
    def _file_name(cls, name: str) -> str:
        if not name or name[0] == "." or not name.isprintable() or set(name) & set("/\\"):
            raise ValueError("must be a name that a folder can have")
        return name

    @property
    def title(self) -> str:
        """The name, with the settings it was changed by."""
        return f"{self.name} ({', '.join(self.settings)})" if self.settings else self.name

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
    if os.path.isfile(path):  # noqa: PTH113 - takes any text for a name, however long
        return path
    if str(name) in shipped.names("models"):
        return shipped.folder("models") / f"{name}.toml"
    remedy = f"Give a TOML file or a shipped name. {suggest(str(name), shipped.names('models'))}"
    raise InputError(faults=[Fault("no such model", Place(str(name)), remedy)])


def load_definition(source: str | Path, settings: Iterable[str] = ()) -> Definition:
    """Read a model definition, resolve its base (one level) and apply `KEY=VALUE` settings.

    Raises `InputError` with every unknown key, wrong value or unknown label, those of the base included.
    """
    path = find_definition(source)
    data, faults = _resolved(read_toml(path), path)
    given, given_text = list[str](), [setting.strip() for setting in settings]
    for setting in given_text:
        try:
            given.append(_apply(data, setting))
        except InputError as error:
            faults.extend(error.faults)
    definition, wrong, _ = mend(Definition, {"name": path.stem, **data}, path.name, {"name": path.stem, "question": {"en": "", "zh": ""}})
    reported = {(fault.what, fault.where.column) for fault in faults}
    for fault in wrong:
        column = str(fault.where.column)
        if any(f"{column}.".startswith(f"{key}.") for key in given):
            faults.append(replace(fault, where=Place("--set", column=column)))
        elif (fault.what, column) not in reported:
            faults.append(fault)
    if faults:
        raise InputError(faults=faults)
    return definition.model_copy(update={"settings": (*definition.settings, *given_text)})


def definition_from(data: Mapping[str, Any], name: str = "definition") -> Definition:
    """A definition from a plain mapping with the keys of a model file. Raises `InputError` as `load_definition` does."""
    return parse(Definition, {"name": name, **data}, name)


def _resolved(data: dict[str, Any], path: Path) -> tuple[dict[str, Any], list[Fault]]:
    """The data of a model file laid over those of its base, and the faults of both."""
    base = data.pop("base", None)
    if base is None:
        stray = Fault("`without` needs a base", Place(path.name, column="without"), "Name the base, or delete the key.")
        return data, [stray] if data.pop("without", None) is not None else []
    try:
        found = _base(str(base), path)
        below = read_toml(found)
    except InputError as error:
        data.pop("without", None)
        data.setdefault("question", {"en": "", "zh": ""})  # what the base would give is not missing
        policies = {label: {"family": "", **entry} for label, entry in _table(data.pop("policies", {})).items() if isinstance(entry, dict)}
        return {**data, "policies": policies}, list(error.faults)
    if "base" in below:
        where = Place(path.name, column="base")
        fault = Fault(f"the base {base!r} has a base itself", where, "Only one level is allowed; state the policies here.", str(base))
        return {"question": {"en": "", "zh": ""}, **data, "policies": {}}, [fault]
    _, faults, _ = mend(Definition, {"name": found.stem, **below}, found.name, {"name": found.stem, "question": {"en": "", "zh": ""}})
    merged, wrong = _derive(data, below, path.name)
    return merged, faults + wrong


def _base(name: str, path: Path) -> Path:
    beside = path.parent / f"{name}.toml"
    try:
        return beside if os.path.isfile(beside) else find_definition(name)  # noqa: PTH113 - as above
    except InputError as error:
        raise InputError(faults=[Fault("no such base", Place(path.name, column="base"), error.faults[0].remedy, name)]) from None


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _derive(data: dict[str, Any], base: dict[str, Any], file: str) -> tuple[dict[str, Any], list[Fault]]:
    """The base, less the labels in `without`, overlaid with the definition's own keys; and the faults of the labels."""
    known, own, without, faults = _table(base.get("policies")), _table(data.get("policies")), data.pop("without", []), list[Fault]()
    where = Place(file, column="without")
    if not isinstance(without, list):
        faults.append(Fault("must be a list of labels", where, 'Write, for example, without = ["zones"].', str(without)))
        without = []
    for label in map(str, without):
        if label not in known:
            faults.append(Fault("no such policy in the base", where, suggest(label, known), label))
        elif label in own:
            faults.append(Fault("the policy is left out and stated too", where, f"Delete the label here, or policies.{label} below.", label))
    for label in [label for label, entry in own.items() if label not in known and "family" not in _table(entry)]:
        remedy = f"{suggest(label, known)} A policy of your own needs its family."
        faults.append(Fault("no such policy in the base", Place(file, column=f"policies.{label}"), remedy, label))
        del own[label]
    merged = _merge(base, data)
    for label in without:
        _table(merged.get("policies")).pop(str(label), None)
    return merged, faults


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = copy.deepcopy(dict(base))
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def _apply(data: dict[str, Any], setting: str) -> str:
    """Set one `KEY=VALUE`; returns the key, or the part of it that was not there before."""
    key, separator, text = (part.strip() for part in setting.partition("="))
    where = Place("--set", column=key)
    path = key.split(".")
    if not separator or not all(path):
        raise InputError(faults=[Fault("is not KEY=VALUE", where, "Write, for example, --set core.growth=2.0.", setting)])
    policies = _table(data.get("policies"))
    if path[0] == "policies" and (len(path) < 3 or path[1] not in policies):
        if len(path) == 2 and path[1] in policies:
            raise InputError(faults=[Fault("names a policy, not a parameter of it", where, f"Write, for example, {key}.penalty=1.", setting)])
        remedy = suggest(path[1] if len(path) > 1 else "", policies)
        raise InputError(faults=[Fault("no such policy", where, remedy, setting)])
    try:
        value: Any = tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        value = text
    if path == ["without"]:
        _leave_out(policies, value, where)
        return key
    target, new = data, ""
    for depth, part in enumerate(path[:-1], 1):
        new = new or ("" if part in target else ".".join(path[:depth]))
        target = target.setdefault(part, {})
        if not isinstance(target, dict):
            raise InputError(faults=[Fault(f"{part!r} holds a value, not a table", where, "Shorten the key.", setting)])
    target[path[-1]] = value
    return new or key


def _leave_out(policies: dict[str, Any], listed: Any, where: Place) -> None:
    """Drop the policies listed: a list of labels, or labels separated by commas."""
    labels = [str(label).strip() for label in (listed if isinstance(listed, list) else str(listed).split(","))]
    faults = [Fault("no such policy", where, suggest(label, policies), label) for label in labels if label not in policies]
    if faults:
        raise InputError(faults=faults)
    for label in dict.fromkeys(labels):
        del policies[label]
