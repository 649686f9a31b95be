"""Sweeps: a model that states `[sweep]` stands for one scenario per combination of the values.

    [sweep]
    "policies.resources.strictness" = [1.0, 0.95, 0.9]
    "core.growth" = [1.5, 2.0]                            # a grid: six scenarios

Keys are those of `--set`; the scenario of `strictness` 0.9 and `growth` 1.5 is called `MODEL strictness=0.9 growth=1.5`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from layout_opt.definition import Definition, load_definition
from layout_opt.errors import InputError


def scenarios(sources: Iterable[str | Path], settings: Iterable[str] = ()) -> list[Definition]:
    """The definitions of models, those with a sweep expanded, in the order given.

    Raises `InputError` with the faults of all of them, wrong values of a sweep included.
    """
    found, faults, given = list[Definition](), [], list(settings)
    for source in sources:
        try:
            definition = load_definition(source, given)
            found += _expanded(source, definition, given) if definition.sweep else [definition]
        except InputError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    if faults:
        raise InputError(faults=faults)
    return found


def _expanded(source: str | Path, definition: Definition, given: list[str]) -> list[Definition]:
    short = _short(list(definition.sweep))
    expanded, faults = [], []
    for values in itertools.product(*definition.sweep.values()):
        chosen = dict(zip(definition.sweep, values, strict=True))
        try:
            scenario = load_definition(source, [*given, *(f"{key}={_literal(value)}" for key, value in chosen.items())])
        except InputError as error:
            faults += [fault for fault in error.faults if fault not in faults]
            continue
        name = " ".join([definition.name, *(f"{short[key]}={value}" for key, value in chosen.items())])
        expanded.append(scenario.model_copy(update={"name": name.replace("/", "-").replace("\\", "-"), "sweep": {}}))
    if faults:
        raise InputError(faults=faults)
    return expanded


def _short(keys: list[str]) -> dict[str, str]:
    """The last part of each key, the whole key where two end alike."""
    last = [key.split(".")[-1] for key in keys]
    return {key: key if last.count(end) > 1 else end for key, end in zip(keys, last, strict=True)}


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
