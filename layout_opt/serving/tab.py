"""One open page: its state, its solve, and what it was refused. Nothing of it is shared with other pages but finished solves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from layout_opt.definition import Definition
from layout_opt.errors import Fault, InputError, lines
from layout_opt.policies import policies_of
from layout_opt.serving.defined import toml_of
from layout_opt.serving.jobs import Job, Jobs, Key, key_of
from layout_opt.serving.state import State, asked, opening, read, value_of
from layout_opt.serving.stored import Scenario, Stored
from layout_opt.serving.views import Views


@dataclass(frozen=True)
class Site:
    """What all pages of a server share."""

    stored: Stored
    jobs: Jobs
    views: Views


class Tab:
    """The state of a page. What changes it returns the reasons for which it was refused, "" where it was taken."""

    def __init__(self, site: Site, language: str, query: Iterable[tuple[str, str]]) -> None:
        self.site, self.language = site, language
        self.state, self.faults = read(query, site.stored)
        self.job: Job | None = None

    @property
    def scenario(self) -> Scenario:
        return self.site.stored.scenarios[self.state.scenario]

    @property
    def definition(self) -> Definition:
        return self.state.definition(self.site.stored)

    @property
    def base(self) -> Definition:
        """The definition without the changes."""
        return self.site.stored.define(self.state.scenario)

    @property
    def key(self) -> Key:
        return key_of(self.scenario.instance, self.definition, self.state.search(self.site.stored))

    @property
    def busy(self) -> bool:
        return self.job is not None and self.job.phase != "done"

    @property
    def stale(self) -> bool:
        """Whether the state is another than the one that was solved."""
        return self.job is not None and self.job.key != self.key

    def move(self, key: str, text: str, before: str) -> str:
        """Set a key; `before` is its value in the scenario, to which an empty text goes back."""
        same = not text or value_of(text) == value_of(before)
        return self._take(self.state.having(key, None if same else text))

    def switch(self, label: str, on: bool) -> str:
        return self._take(self.state.switched(label, on))

    def ask(self, name: str, text: str) -> str:
        """Set the gap or the time limit."""
        faults: list[Fault] = []
        self.state = asked(self.state, name, text, faults)
        return "\n".join(lines(faults))

    def choose(self, scenario: str) -> None:
        """Another scenario, unchanged."""
        self.state = replace(opening(self.site.stored, scenario), gap=self.state.gap, limit=self.state.limit)

    def compare(self, scenario: str) -> None:
        """Another stored plan to compare with."""
        self.state = replace(self.state, beside=scenario)

    def undo(self) -> None:
        """Drop all changes."""
        self.state = State(self.state.scenario, self.state.beside)

    def solve(self) -> None:
        """Solve the state; what was solved before is at hand."""
        jobs, asked_for = self.site.jobs, (self.scenario.instance, self.definition, self.state.search(self.site.stored))
        self.job = jobs.known(key_of(*asked_for)) or jobs.begin(*asked_for)
        self.job.join()

    def look(self) -> None:
        """Take up what was solved for this state before, or goes on though its page is gone."""
        self.job = self.job or self.site.jobs.known(self.key)
        self.back()

    def leave(self) -> None:
        """The page is gone."""
        if self.job is not None and self.busy:
            self.job.leave()

    def back(self) -> None:
        """The page is there again."""
        if self.job is not None:
            self.job.join()

    def toml(self) -> bytes:
        """The definition of the state as a model file."""
        definition = self.definition
        return toml_of(definition, policies_of(definition, self.scenario.instance))

    def _take(self, state: State) -> str:
        try:
            state.definition(self.site.stored)
        except InputError as error:
            return "\n".join(lines(error.faults))
        self.state = state
        return ""
