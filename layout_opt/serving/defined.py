"""Definitions as complete TOML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from layout_opt.definition import Definition
from layout_opt.instance import Instance
from layout_opt.policies import policies_of
from layout_opt.policy import Policy
from layout_opt.runs import resolved
from layout_opt.writing import toml_file


def toml_of(definition: Definition, policies: Sequence[Policy], more: Mapping[str, Any] | None = None) -> bytes:
    """A model file that says all that the definition says: every default stated, nothing inherited; `more` are keys beside these."""
    return toml_file(_stated({**(more or {}), **resolved(definition, tuple(policies))}))


def same_choices(one: Definition, other: Definition, instance: Instance) -> bool:
    """Whether two definitions say the same, whatever their names are. Raises `InputError` where one does not fit the instance."""
    return resolved(one, policies_of(one, instance)) == resolved(other, policies_of(other, instance))


def _stated(data: Any) -> Any:
    """Without keys that have no value, which TOML cannot hold: they all are the default."""
    if isinstance(data, Mapping):
        return {key: _stated(value) for key, value in data.items() if value is not None}
    return [_stated(value) for value in data] if isinstance(data, list) else data
