"""Run folders: everything a run needs to be believed, written whole or not at all."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from layout_opt.definition import Definition, definition_from
from layout_opt.errors import Fault, InputError, Place, VerificationError
from layout_opt.instance import Instance, load_instance
from layout_opt.plan import Plan, plan_from_tables
from layout_opt.policies import policies_of, policy_tables
from layout_opt.policy import Policy, contributed
from layout_opt.verify import Verification, verify_tables

T = TypeVar("T")
TABLES = (
    *("layout", "transfers", "plates", "complementarity", "resources", "policies", "objective", "indicators"),
    *("outcomes", "decisions", "baselines"),
)
RUN_FILE = "run.json"
LOG_FILE = "solver.log"
SCRATCH = re.compile(r"\..+-[a-z0-9_]{8}|\.comparison\.json")  # what is being written, or was when a process was killed
REPORT = re.compile(r"report(\.zh)?\.\w+|report-\w+")  # what `report` writes into the folder of its source
NAMES = (  # columns that hold names, though they may look like numbers
    *("industry", "region", "origin", "destination", "origin_plate", "destination_plate", "region_a", "region_b"),
    *("resource", "region_or_group", "limited_by", "label", "family", "term", "indicator", "scope", "unit"),
    *("outcome", "decision", "item"),
)
NEEDED = {  # columns that checks and reports read
    "layout": ("industry", "region", "period", "output_before", "output_after", "project", "released", "received", "built", "closed"),
    "transfers": ("industry", "origin", "destination", "period", "output"),
    "plates": ("origin_plate", "destination_plate", "output", "value_added"),
    "objective": ("term", "weight", "value"),
    "decisions": ("label", "decision", "period", "item", "value"),
    "baselines": ("label", "period", "industry", "region", "output"),
}
EXACT = ("outcomes", "decisions")  # money stands here to the cent
FACTS = "instance"  # the copy of the instance inside a run folder
PACKAGES = ("layout_opt", "pyomo", "highspy", "pandas", "numpy")


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run: `info` is run.json; `tables` the result tables by name (empty where no plan was found)."""

    info: Mapping[str, Any]
    instance: Instance
    definition: Definition
    policies: tuple[Policy, ...]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    path: Path | None = None

    @property
    def status(self) -> str:
        return str(self.info["status"])

    @property
    def has_plan(self) -> bool:
        return self.status in ("optimal", "feasible")

    @property
    def plan(self) -> Plan:
        """The plan of the run's tables. Raises `InputError` where the run has none."""
        self._need_plan()
        return contributed(plan_from_tables(self.instance, self.tables), self.policies)

    def _need_plan(self) -> None:
        if not self.has_plan:
            where = Place(str(self.path or "run"))
            raise InputError(faults=[Fault(f"the run has status {self.status!r}: there is no plan", where, "Solve it to a plan first.")])

    def verify(self) -> Verification:
        """Recheck the plan from the tables. Raises `InputError` where the run has no plan."""
        self._need_plan()
        return verify_tables(self.instance, self.definition, self.policies, self.tables, self.info)

    def confirmed(self) -> Run:
        """The run with its largest violation stated. Raises `VerificationError` where the independent check does not confirm the plan."""
        verification = self.verify()
        if not verification.passed:
            worst = verification.table.iloc[0]
            where = f"{worst['statement']} at {worst['worst']} is violated by {worst['violation']:.3g}"
            raise VerificationError(f"the independent check does not confirm the plan: {where}")
        return dataclasses.replace(self, info={**self.info, "violation": verification.violation})


def versions() -> dict[str, str]:
    """Versions of what a result depends on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "unknown"
    return found


def resolved(definition: Definition, policies: tuple[Policy, ...]) -> dict[str, Any]:
    """The definition as a complete mapping: every default stated, nothing inherited."""
    data = definition.model_dump(mode="json", exclude={"name", "settings", "policies", "sweep"})
    data["policies"] = {p.label: {"family": p.family, **p.model_dump(mode="json", exclude={"label", "objective"})} for p in policies}
    return data


def check_target(path: Path, mark: str = RUN_FILE, tables: Iterable[str] = TABLES) -> None:
    """Raises `InputError` where a result cannot be written to `path`: a file, the working directory, or a folder that holds something else.

    `mark` is the file by which a folder of the same kind is known (run.json, comparison.json), `tables` are its tables; only such a folder
    is replaced, and only where nothing stands in it that this package did not write.
    """
    if path.is_dir():
        if path.resolve() == Path.cwd() or path.resolve() in Path.cwd().parents:
            raise InputError(faults=[Fault("is the working directory", Place(str(path)), "Choose a folder below it.")])
        entries = [entry for entry in path.iterdir() if not SCRATCH.fullmatch(entry.name)]
        if entries and not _marked(path / mark):
            kind = mark.removesuffix(".json")
            raise InputError(faults=[Fault(f"the folder exists and is not a {kind}", Place(str(path)), "Choose another --out, or empty it.")])
        ours = {mark, LOG_FILE, FACTS, f"{FACTS}.xlsx", *(f"{name}.csv" for name in tables)}
        scenarios = {e.name for e in entries if mark != RUN_FILE and _marked(e / RUN_FILE)}
        foreign = sorted(e.name for e in entries if e.name not in ours | scenarios and not REPORT.fullmatch(e.name))
        if foreign:
            what = f"the folder holds other files ({', '.join(foreign[:5])})"
            raise InputError(faults=[Fault(what, Place(str(path)), "Move them, or choose another --out.")])
    elif path.exists():
        raise InputError(faults=[Fault("is a file, not a folder", Place(str(path)), "Choose another --out.")])


def _marked(file: Path) -> bool:
    """Whether a run.json or comparison.json is one of ours."""
    try:
        return "sha256" in json.loads(file.read_text(encoding="utf-8"))["instance"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def write_whole(path: Path, fill: Callable[[Path], T], mark: str = RUN_FILE, tables: Iterable[str] = TABLES) -> T:
    """Let `fill` write a folder, then put it in place of `path` at once. If `fill` raises, `path` stays as it was.

    Returns what `fill` returns.

    Raises `InputError` where the folder cannot be written.
    """
    check_target(path, mark, tables)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    except OSError as error:
        raise InputError(faults=[Fault(f"cannot be written: {error.strerror}", Place(str(path)), "Choose another --out.")]) from None
    try:
        scratch.chmod(0o755)
        whole, old = scratch / "new", scratch / "old"
        whole.mkdir()
        filled = fill(whole)
        if path.exists():
            path.replace(old)
        whole.replace(path)
        return filled
    except OSError as error:
        raise InputError(faults=[Fault(f"cannot be written: {error.strerror}", Place(str(path)), "Choose another --out.")]) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def fill_run(run: Run, folder: Path, log: str = "") -> Run:
    """Write a run into an empty folder and verify it from what was written. Returns the run with the violation found there.

    Raises `VerificationError` where the plan does not hold; the folder must then be dropped.
    """
    copy_instance(run.instance, folder)
    for name, table in run.tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format=digits(name), lineterminator="\n")
    if log:
        (folder / LOG_FILE).write_text(log, encoding="utf-8")
    _write_info(folder, run.info)
    if not run.has_plan:
        return run
    confirmed = read_run(folder).confirmed()
    _write_info(folder, confirmed.info)
    return dataclasses.replace(run, info=confirmed.info)


def digits(table: str = "") -> str:
    """The format in which the numbers of a run's table are written, or those of any other table."""
    return "%.15g" if table in EXACT else "%.12g"


def _write_info(folder: Path, info: Mapping[str, Any]) -> None:
    (folder / RUN_FILE).write_text(json.dumps(info, ensure_ascii=False, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def copy_instance(instance: Instance, folder: Path) -> None:
    """Write the files of an instance into `folder`, so that the run can be checked wherever it goes."""
    for file, content in instance.contents.items():
        target = folder / f"{FACTS}.xlsx" if instance.is_workbook else folder / FACTS / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


@dataclass(frozen=True)
class _Facts:
    """The files of an instance: the same wherever the same bytes stand."""

    contents: tuple[tuple[str, bytes], ...]
    source: Path = field(compare=False)

    @classmethod
    def at(cls, source: Path) -> _Facts:
        files = sorted(file for file in (source.rglob("*") if source.is_dir() else [source]) if file.is_file())
        return cls(tuple((file.relative_to(source).as_posix(), file.read_bytes()) for file in files), source)


@lru_cache(maxsize=4)
def _read_facts(facts: _Facts) -> Instance:
    """The instance, read once where many runs hold the same."""
    return load_instance(facts.source, policy_tables())


def read_run(path: Path) -> Run:
    """Read a run folder.

    Raises `InputError` where it is not one, a table is missing or was not written by this package, or the copy of the instance changed.
    """
    try:
        info = json.loads((path / RUN_FILE).read_text(encoding="utf-8"))
        model, facts = info["model"], info["instance"]
        status = info["status"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = "is not a run folder" if not (path / RUN_FILE).is_file() else f"run.json cannot be read ({error})"
        raise InputError(faults=[Fault(what, Place(str(path)), "Give a folder that `layout-opt solve` wrote.")]) from None
    source = path / FACTS if (path / FACTS).is_dir() else path / f"{FACTS}.xlsx"
    instance = _read_facts(_Facts.at(source))
    if instance.sha256 != facts["sha256"]:
        what = "the copy of the instance is not the one that was solved (its sha256 differs)"
        raise InputError(faults=[Fault(what, Place(str(source)), "Solve again.")])
    definition = definition_from({"settings": model.get("settings", ()), **model["definition"]}, model["name"])
    planned = status in ("optimal", "feasible")
    if planned and not all(isinstance(info.get(key), int | float) for key in ("objective", "bound", "gap")):
        raise InputError(faults=[Fault("states a plan without objective, bound and gap", Place(str(path / RUN_FILE)), "Solve again.")])
    tables = {name: _read_table(path / f"{name}.csv") for name in TABLES} if planned else {}
    return Run(info, instance, definition, policies_of(definition, instance), tables, path)


def _read_table(path: Path) -> pd.DataFrame:
    """A result table as it was written. Raises `InputError` where it is missing, lacks a column or holds text where a number belongs."""
    try:
        table = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=dict.fromkeys(NAMES, str))
        for column in [c for c in table if c not in NAMES]:
            table[column] = pd.to_numeric(table[column])
        missing = [c for c in NEEDED.get(path.stem, ()) if c not in table]
        if missing or (path.stem == "layout" and table.empty):
            raise ValueError(f"lacks {', '.join(missing) or 'rows'}")
        if "period" in table and not (table["period"] % 1 == 0).all():
            raise ValueError("a period is no year")
    except (OSError, ValueError, TypeError) as error:
        raise InputError(faults=[Fault(f"cannot be read: {error}", Place(str(path)), "Solve again.")]) from None
    if "period" in table:
        table["period"] = table["period"].astype(int)
    return table
