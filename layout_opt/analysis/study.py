"""What all questions share: an instance is solved many times, and every plan behind a figure is kept.

A study solves under names, shares a budget of time among what is still to be solved, and ends as a folder: `answer.json`, a CSV per table, and a
run folder per solve. On Ctrl-C what was found until then is written, marked as unfinished, and the interrupt goes on.
"""

from __future__ import annotations

import dataclasses
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, TypedDict

import pandas as pd

from layout_opt.build import Built
from layout_opt.definition import Definition, definition_from, load_definition
from layout_opt.errors import Fault, InputError, Place
from layout_opt.instance import Instance
from layout_opt.policies import policies_of
from layout_opt.runs import Run, check_target, fill_run, read_run, resolved, versions, write_whole
from layout_opt.solver.outcome import PROVEN, Progress, quiet, relative_gap
from layout_opt.solving import load_instance, solve

ANSWER_FILE = "answer.json"
RUNS = "runs"  # the table of solves
RUN_COLUMNS = ["run", "instance", "sha256", "model", "status", "objective", "bound", "gap", "seconds"]
SHORTEST = 1.0  # seconds that a solve gets, however little of the budget is left
Solves = Callable[[str], Progress]


def quietly(_: str) -> Progress:
    """No progress of any solve."""
    return quiet


@dataclass(frozen=True)
class Effort:
    """How a series of solves is made: relative `gap`, `time_limit` in seconds of each solve, `budget` in seconds of all of them, `seed`, and
    `progress`, which is called with the title of a solve as it begins."""

    gap: float = PROVEN
    time_limit: float | None = None
    budget: float | None = None
    seed: int = 0
    progress: Solves = quietly


class Efforts(TypedDict, total=False):
    """The fields of `Effort` as keywords of a function."""

    gap: float
    time_limit: float | None
    budget: float | None
    seed: int
    progress: Solves


@dataclass(frozen=True, eq=False)
class Answer:
    """What a study found: the `kind` of question, its `tables` by name, single `figures`, and the runs behind them by name.

    `finished` is false where it was interrupted.
    """

    kind: str
    instance: Instance
    definition: Definition
    tables: Mapping[str, pd.DataFrame]
    figures: Mapping[str, Any]
    runs: Mapping[str, Run]
    finished: bool = True
    path: Path | None = None


@dataclass(eq=False)
class Study:
    """One question asked of one instance under one definition; used as a context, which writes `out` at its end."""

    kind: str
    instance: Instance
    definition: Definition
    effort: Effort = field(default_factory=Effort)
    out: Path | None = None
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    left: int = 1
    _rows: dict[str, tuple[list[Sequence[Any]], list[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        policies_of(self.definition, self.instance)
        self.begun = time.perf_counter()
        if self.out is not None:
            check_target(self.out, ANSWER_FILE, _stored_tables(self.out))

    def __enter__(self) -> Study:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.out is not None and (kind is None or (issubclass(kind, KeyboardInterrupt) and self.runs)):
            answer = self.answer(finished=kind is None)
            write_whole(self.out, lambda folder: _fill(answer, self.effort, self.begun, folder), ANSWER_FILE, _stored_tables(self.out))

    def rows(self, table: str, columns: list[str]) -> list[Sequence[Any]]:
        """An empty table to append rows to; it is part of the answer."""
        rows: list[Sequence[Any]] = []
        self._rows[table] = (rows, columns)
        return rows

    def table(self, name: str) -> pd.DataFrame:
        """A table as it is now."""
        if name in self._rows:
            rows, columns = self._rows[name]
            self.tables[name] = pd.DataFrame(rows, columns=columns)
        return self.tables[name]

    def expect(self, solves: int) -> None:
        """Say how many solves are still to come, so that the budget is shared among them."""
        self.left = max(solves, 1)

    def limit(self) -> float | None:
        """Seconds for the next solve."""
        if self.effort.budget is None:
            return self.effort.time_limit
        share = max((self.effort.budget - (time.perf_counter() - self.begun)) / self.left, SHORTEST)
        return share if self.effort.time_limit is None else min(share, self.effort.time_limit)

    def solve(
        self,
        title: str,
        definition: Definition | None = None,
        instance: Instance | None = None,
        change: Callable[[Built], None] | None = None,
        **options: Any,
    ) -> Run:
        """Solve the definition, or another one, and keep the run under its title.

        Where `change` adds to the model the bound returned is one for the changed model; `keep` such a run against a bound for the whole one.
        Raises KeyboardInterrupt where the solve was interrupted.
        """
        asked = {"gap": self.effort.gap, "time_limit": self.limit(), "seed": self.effort.seed, **options}
        self.left = max(self.left - 1, 1)
        run = solve(instance or self.instance, definition or self.definition, **asked, change=change, progress=self.effort.progress(title))
        if run.info["interrupted"]:
            raise KeyboardInterrupt
        return run if change is not None else self.keep(title, run)

    def keep(self, title: str, run: Run) -> Run:
        """Keep a run under a name made from its title."""
        name = folder_name(title)
        number = 2
        while name in self.runs:
            name, number = f"{folder_name(title)}-{number}", number + 1
        self.runs[name] = run
        return run

    def name(self, run: Run) -> str:
        """The name under which a run is kept."""
        return next(name for name, kept in self.runs.items() if kept is run)

    def answer(self, *, finished: bool = True) -> Answer:
        """The answer as it stands."""
        for name in self._rows:
            self.table(name)
        rows = [(name, r.instance.name, r.instance.sha256, r.definition.name, r.status, *_told(r)) for name, r in self.runs.items()]
        tables = {**self.tables, RUNS: pd.DataFrame(rows, columns=RUN_COLUMNS)}
        return Answer(self.kind, self.instance, self.definition, tables, self.figures, self.runs, finished, self.out)


def study(
    kind: str, instance: Instance | str | Path, definition: Definition | str | Path, effort: Effort, out: Path | None = None, **asked: Any
) -> Study:
    """A study of an instance and a definition, which may be given by name; `asked` are figures that say what was asked.

    Raises `InputError` for bad input, and where `out` cannot be written to.
    """
    instance = load_instance(instance) if isinstance(instance, (str, Path)) else instance
    definition = load_definition(definition) if isinstance(definition, (str, Path)) else definition
    return Study(kind, instance, definition, effort, out, figures=asked)


def rebased(run: Run, bound: float) -> Run:
    """A plan that was found for another goal or under more conditions, as a run of its definition: worth what it is worth there, against a bound
    that holds for the whole of it. Raises `VerificationError` where the plan does not hold."""
    terms = run.tables["objective"]
    worth = float((terms["weight"] * terms["value"]).sum())
    bound = max(bound, worth)
    reached = relative_gap(worth, bound)
    stated = {"objective": worth, "bound": bound, "gap": reached, "status": "optimal" if reached <= PROVEN else "feasible"}
    return dataclasses.replace(run, info={**run.info, **stated}).confirmed()


def folder_name(title: str) -> str:
    """A title as the name of a folder."""
    return re.sub(r"[^\w.+-]+", "-", title).strip("-.").lower() or "run"


def read_answer(path: Path) -> Answer:
    """Read the folder of an answer. Its runs are read once they are asked for.

    Raises `InputError` where it is not one; a run that cannot be read raises it when it is asked for.
    """
    try:
        info = json.loads((path / ANSWER_FILE).read_text(encoding="utf-8"))
        tables = {name: pd.read_csv(path / f"{name}.csv") for name in info["tables"]}
        names = [str(name) for name in tables[RUNS]["run"]]
        model = info["model"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = "is not the folder of an answer" if not (path / ANSWER_FILE).is_file() else f"cannot be read: {error}"
        remedy = "Give a folder that `layout-opt price`, `frontier`, `alternatives` or another question wrote."
        raise InputError(faults=[Fault(what, Place(str(path)), remedy)]) from None
    runs = _Stored(path, names)
    asked = next((name for name, sha256 in zip(names, tables[RUNS]["sha256"], strict=True) if sha256 == info["instance"]["sha256"]), None)
    if asked is None:
        raise InputError(faults=[Fault("no run in it is of the instance asked about", Place(str(path)), "Ask again.")])
    definition = definition_from({"settings": model["settings"], **model["definition"]}, model["name"])
    return Answer(info["kind"], runs[asked].instance, definition, tables, info["figures"], runs, info["finished"], path)


class _Stored(Mapping[str, Run]):
    """The runs of an answer, each read once it is asked for; there may be hundreds."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self.path, self.names = path, names
        self.known: dict[str, Run] = {}

    def __getitem__(self, name: str) -> Run:
        if name not in self.known:
            if name not in self.names:
                raise KeyError(name)
            self.known[name] = read_run(self.path / name)
        return self.known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def _told(run: Run) -> tuple[Any, ...]:
    return (*(run.info[key] for key in ("objective", "bound", "gap")), run.info["seconds"]["total"])


def _stored_tables(path: Path) -> tuple[str, ...]:
    """The tables of an answer that stands in a folder already, which a new one replaces."""
    try:
        return tuple(json.loads((path / ANSWER_FILE).read_text(encoding="utf-8"))["tables"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _fill(answer: Answer, effort: Effort, begun: float, folder: Path) -> None:
    for name, run in answer.runs.items():
        (folder / name).mkdir()
        fill_run(run, folder / name)
    for name, table in answer.tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.12g", lineterminator="\n")
    definition = answer.definition
    info = {
        "kind": answer.kind,
        "finished": answer.finished,
        "instance": {"name": answer.instance.name, "sha256": answer.instance.sha256},
        "model": {
            "name": definition.name,
            "settings": list(definition.settings),
            "definition": resolved(definition, policies_of(definition, answer.instance)),
        },
        "versions": versions(),
        "requested": {"gap": effort.gap, "time_limit": effort.time_limit, "budget": effort.budget, "seed": effort.seed},
        "seconds": round(time.perf_counter() - begun, 3),
        "figures": answer.figures,
        "tables": list(answer.tables),
    }
    (folder / ANSWER_FILE).write_text(json.dumps(info, ensure_ascii=False, indent=2, allow_nan=False) + "\n", encoding="utf-8")
