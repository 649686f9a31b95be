"""The state of a page: which scenario, changed in what, searched how far, compared with which stored plan. It stands in the page's address."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from pydantic import Field

from layout_opt.definition import Definition
from layout_opt.errors import Fault, InputError, Place, suggest
from layout_opt.serving.stored import Stored
from layout_opt.serving.worker import Search
from layout_opt.settings import Settings, parse

ADDRESS = "address"
WITHOUT = "without"
GAP, LIMIT, SEED = 1e-4, 300.0, 0  # as on the command line
MOST = 300  # changes that an address may hold


class Asked(Settings):
    """The numbers of an address."""

    gap: float = Field(default=GAP, ge=0, le=1e9)
    limit: float = Field(default=LIMIT, gt=0, le=1e9)


@dataclass(frozen=True)
class State:
    """`changes` are settings by key, as `--set KEY=VALUE` takes them; `beside` is the scenario whose stored plan it is compared with, "" if
    there is none."""

    scenario: str
    beside: str
    changes: Mapping[str, str] = field(default_factory=dict)
    gap: float = GAP
    limit: float = LIMIT

    @property
    def settings(self) -> list[str]:
        """The changes as `KEY=VALUE`, what is left out last: so it may have been changed before."""
        return [f"{key}={self.changes[key]}" for key in sorted(self.changes, key=lambda key: key == WITHOUT)]

    @property
    def left_out(self) -> list[str]:
        """Labels of the policies that are switched off."""
        return [label for label in self.changes.get(WITHOUT, "").split(",") if label]

    def having(self, key: str, text: str | None) -> State:
        """The state with another value of a key, or without a change of it."""
        kept = {name: value for name, value in self.changes.items() if name != key}
        return replace(self, changes=kept if text is None else {**kept, key: text})

    def switched(self, label: str, on: bool) -> State:
        """The state with a policy in force or not."""
        labels = [name for name in self.left_out if name != label] + ([] if on else [label])
        return self.having(WITHOUT, ",".join(labels) or None)

    @property
    def query(self) -> str:
        """What stands in the address after the question mark."""
        numbers = {name: f"{value:g}" for name, value, default in (("gap", self.gap, GAP), ("limit", self.limit, LIMIT)) if value != default}
        return urlencode({"scenario": self.scenario, **({"beside": self.beside} if self.beside else {}), **numbers, **self.changes})

    def search(self, stored: Stored) -> Search:
        """How far to search, with the seed of the stored plan."""
        run = stored.plans.get(self.beside)
        return Search(self.gap, self.limit, SEED if run is None else int(run.info["seed"]))

    def definition(self, stored: Stored) -> Definition:
        """What is to be solved. Raises `InputError` with all that is wrong about the changes."""
        return stored.define(self.scenario, self.settings)


def opening(stored: Stored, scenario: str = "") -> State:
    """A scenario unchanged, compared with its own stored plan, else with the first one."""
    name, plans = scenario or stored.first, list(stored.plans)
    return State(name, name if name in plans else next(iter(plans), ""))


def read(query: Iterable[tuple[str, str]], stored: Stored) -> tuple[State, list[Fault]]:
    """The state that an address holds, and what is wrong about it; the wrong parts are left out."""
    given = dict(query)
    faults: list[Fault] = []
    scenario = _choice(given.pop("scenario", ""), "scenario", stored.scenarios, faults)
    state = opening(stored, scenario)
    beside = _choice(given.pop("beside", ""), "beside", stored.plans, faults)
    state = replace(state, beside=beside or state.beside)
    for name in Asked.model_fields:
        if name in given:
            state = asked(state, name, given.pop(name), faults)
    if len(given) > MOST:
        faults.append(Fault("holds too many changes", Place(ADDRESS), f"At most {MOST} can stand there.", str(len(given))))
        given = {}
    for key in sorted(given, key=lambda key: key == WITHOUT):
        changed = state.having(key, given[key])
        try:
            changed.definition(stored)
            state = changed
        except InputError as error:
            faults.extend(fault for fault in error.faults if fault not in faults)
    return state, faults


def asked(state: State, name: str, text: str, faults: list[Fault]) -> State:
    """The state with the gap or the limit that a text states; a fault is added where it states none."""
    try:
        value = getattr(parse(Asked, {name: text}, ADDRESS), name)
    except InputError as error:
        faults.extend(error.faults)
        return state
    return replace(state, gap=value) if name == "gap" else replace(state, limit=value)


def _choice(name: str, what: str, known: Iterable[str], faults: list[Fault]) -> str:
    options = list(known)
    if name and name not in options:
        faults.append(Fault(f"no such {what}", Place(ADDRESS, column=what), suggest(name, options), name))
        return ""
    return name


def value_of(text: str) -> Any:
    """The value that `--set KEY=TEXT` gives a key."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        return text


def command(state: State, stored: Stored, verb: str = "solve") -> str:
    """The command line that solves (diagnoses) the same. A model that does not ship stands in a file that the page hands out, changes included."""
    scenario = stored.scenarios[state.scenario]
    if scenario.ships:
        model = scenario.definition.name
        settings = [*scenario.definition.settings, *state.settings]
    else:
        model, settings = f"{scenario.definition.name}.toml", []
    words = ["layout-opt", verb, scenario.facts, *([] if model == "reference" else ["--model", model])]
    words += [word for setting in settings for word in ("--set", setting)]
    words += [] if state.gap == GAP or verb != "solve" else ["--gap", f"{state.gap:g}"]
    words += [] if state.limit == LIMIT else ["--time-limit", f"{state.limit:g}"]
    return shlex.join(words)
