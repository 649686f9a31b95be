"""What may be moved in a definition, read off the fields of its settings: numbers with their bounds, switches and choices."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from layout_opt.definition import Definition
from layout_opt.instance import Instance
from layout_opt.policies import policies_of
from layout_opt.policy import Policy, ResourcePolicy
from layout_opt.settings import Settings

Kind = Literal["number", "switch", "choice"]
SIGNS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}


@dataclass(frozen=True)
class Control:
    """One parameter: the `key` that `--set` takes, its name, its bounds as people write them, the options of a choice, its value now, and
    where it is one of several by item (a factor per resource), the item."""

    key: str
    name: str
    kind: Kind
    bounds: str
    options: tuple[str, ...]
    value: str
    item: str = ""


@dataclass(frozen=True)
class Group:
    """The parameters of the objective, of the core, or of a policy: its label and family, its title by language, whether it limits resources."""

    key: str
    controls: tuple[Control, ...]
    label: str = ""
    family: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    caps: bool = False


def groups(definition: Definition, instance: Instance) -> list[Group]:
    """Everything of a definition that can be moved; what limits resources first."""
    found = [_policy(policy, instance) for policy in policies_of(definition, instance)]
    first = [group for group in found if group.caps]
    rest = [group for group in found if not group.caps]
    objective = Group("objective", tuple(_controls(definition.objective, "objective", {})))
    core = Group("core", tuple(_controls(definition.core, "core", {})))
    return [*first, objective, core, *rest]


def _policy(policy: Policy, instance: Instance) -> Group:
    key = f"policies.{policy.label}"
    limited = policy.limited(instance) if isinstance(policy, ResourcePolicy) else []
    items = {"factors": limited} if len(limited) > 1 else {}
    return Group(key, tuple(_controls(policy, key, items)), policy.label, policy.family, policy.title, policy.limits_resources)


def _controls(settings: Settings, prefix: str, items: Mapping[str, Sequence[str]]) -> Iterator[Control]:
    """Of every field of settings that has a place in a form; `items` names what a field by item may be stated for."""
    fields = type(settings).model_fields
    for name in sorted(fields, key=lambda name: name == "penalty"):  # the base's, so else the first
        info, value = fields[name], getattr(settings, name)
        kind, options = _kind(info.annotation)
        if kind is not None:
            yield Control(f"{prefix}.{name}", name, kind, _bounds(info.metadata), options, written(value))
        elif get_origin(info.annotation) is dict:
            yield from _by_item(f"{prefix}.{name}", name, info, value, items.get(name, list(value)))


def _by_item(key: str, name: str, info: FieldInfo, value: Mapping[str, object], items: Sequence[str]) -> Iterator[Control]:
    """One control per item of a field that holds a number for each."""
    _, single = get_args(info.annotation)
    rules = [rule for part in get_args(single)[1:] for rule in getattr(part, "metadata", [part])]
    if _kind(get_args(single)[0] if get_args(single) else single)[0] == "number":
        for item in items:
            yield Control(f"{key}.{item}", name, "number", _bounds(rules), (), written(value.get(item)), item)


def _kind(annotation: Any) -> tuple[Kind | None, tuple[str, ...]]:
    """What a type is shown as; None for what has no place in a form (lists of names, tables)."""
    parts = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    stated = [part for part in parts if part is not type(None)]
    if stated == [bool]:
        return "switch", ()
    if stated and all(part in (int, float) for part in stated):
        return "number", ()
    if len(stated) == 1 and get_origin(stated[0]) is Literal and all(isinstance(option, str) for option in get_args(stated[0])):
        return "choice", get_args(stated[0])
    return None, ()


def _bounds(rules: Sequence[Any]) -> str:
    found = {sign: getattr(rule, name) for rule in rules for name, sign in SIGNS.items() if getattr(rule, name, None) is not None}
    return ", ".join(f"{sign} {value:g}" for sign, value in found.items())


def written(value: object) -> str:
    """A value as it is typed: as TOML writes it, nothing for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
