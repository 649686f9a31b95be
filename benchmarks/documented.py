"""Types everything that the pages document, as it stands there: `python -m benchmarks.documented [--only PAGE] [--update] [--write]
[--benchmarks]`.

Each page has a folder of its own, in which its commands run one after another. Prints the processor seconds of each, and what failed or printed
something else than the page shows. `--update` stores the seconds in `tests/documented.csv`: the test suite types what is quick as it stands, and the
rest on the instance `tiny`. `--write` puts what was printed into the pages. What cannot end (a server) or changes the machine (an installation)
is not typed, and benchmarks, an hour of them, with `--benchmarks` only; the test suite looks at their options, targets and extras.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.pages import ROOT, Page, Step, as_shown, difference, pages, rewritten

STORED = ROOT / "tests" / "documented.csv"
TYPED = {"layout-opt", "python", "ls", "cat", "head", "cp", "mkdir", "rm"}
LIMIT = 3600.0


@dataclass(frozen=True)
class Typed:
    """What came of a step."""

    page: Page
    file: Path
    step: Step
    seconds: float | None
    code: int = 0
    printed: str = ""

    @property
    def fault(self) -> list[str]:
        """What is wrong with it, in lines; nothing where all is well."""
        if self.seconds is None:
            return []
        if self.code != expected(self.step):
            return [f"exit code {self.code}, not {expected(self.step)}", *self.printed.splitlines()[-5:]]
        return difference(self.step, self.printed)


def expected(step: Step) -> int:
    """The exit code that belongs to what is shown."""
    shown = "\n".join(step.shown)
    return 2 if shown.startswith("Error:") else 3 if shown.startswith("Infeasible") else 0


def can_be_typed(step: Step, benchmarks: bool = False) -> bool:
    """Whether a step ends, and leaves the machine as it was; whether it is a benchmark only where these are asked for."""
    if step.kind != "command":
        return True
    words = step.words
    if words[:2] == ["python", "-m"] and words[2].startswith("benchmarks."):
        return benchmarks
    elsewhere = words[1:2] == ["serve"] or "--scheduler" in words or words[1:3] in (["-m", "pip"], ["-m", "venv"])
    return words[0] in TYPED and not elsewhere


def typed(page: Page, folder: Path, benchmarks: bool = False) -> list[Typed]:
    """Type a page into a folder; what its translation repeats is not typed again."""
    done = list[Typed]()
    for file, step in page.steps():
        if step.kind == "file":
            (folder / step.name).write_text(step.text, encoding="utf-8")
            continue
        same = next((replace(t, file=file, step=step) for t in done if t.step.key == step.key and t.file != file), None)
        done.append(same or (_typed(page, file, step, folder) if can_be_typed(step, benchmarks) else Typed(page, file, step, None)))
        seconds = done[-1].seconds
        print(f"{'not typed' if seconds is None else f'{seconds:7.1f} s'}  {file.relative_to(ROOT)}: {step.text.splitlines()[0]}", flush=True)
        for line in done[-1].fault:
            print(f"            {line}", flush=True)
    return done


def _typed(page: Page, file: Path, step: Step, folder: Path) -> Typed:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    command = step.words if step.kind == "command" else [sys.executable, "-c", step.text]
    place = ROOT if command[:2] == ["python", "-m"] else folder
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "encoding": "utf-8"}
    began = _processor_seconds()
    done = subprocess.run(command, cwd=place, env=environment, timeout=LIMIT, check=False, **pipes)
    return Typed(page, file, step, round(_processor_seconds() - began, 1), done.returncode, done.stdout)


def _processor_seconds() -> float:
    """Of all commands so far: they do not depend on what else the machine does."""
    spent = os.times()
    return spent.children_user + spent.children_system


def stored() -> dict[tuple[str, str], float | None]:
    """Seconds by page and command; None where it is not typed."""
    with STORED.open(encoding="utf-8", newline="") as file:
        return {(row["page"], row["command"]): float(row["seconds"]) if row["seconds"] else None for row in csv.DictReader(file)}


def store(done: list[Typed], everything: bool) -> None:
    """Keep the seconds of the pages that were typed, in place of what was known of these pages; of what failed keep what was known."""
    old = stored() if STORED.is_file() else {}
    pages_typed = {typed.page.name for typed in done}
    keys = {(typed.page.name, typed.step.key): typed for typed in done}
    new = {key: typed.seconds for key, typed in keys.items() if typed.seconds is None or typed.code == expected(typed.step)}
    kept = {key: old[key] for key in keys.keys() - new.keys() if key in old}
    others = {} if everything else {key: seconds for key, seconds in old.items() if key[0] not in pages_typed}
    whole = others | kept | new
    with STORED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["page", "command", "seconds"])
        writer.writerows([page, command, "" if seconds is None else seconds] for (page, command), seconds in sorted(whole.items()))


def write(done: list[Typed]) -> None:
    """Put what was printed into the pages."""
    changed: dict[Path, dict[int, list[str]]] = {}
    for typed in done:
        if typed.step.shown and typed.fault and typed.code == expected(typed.step):
            changed.setdefault(typed.file, {})[typed.step.line] = as_shown(typed.step, typed.printed)
    for file, printed in changed.items():
        file.write_text(rewritten(file, printed), encoding="utf-8")


def main() -> None:
    """Type, print, and keep what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="PAGE", help="one page, e.g. docs/start.md")
    parser.add_argument("--update", action="store_true", help="store the seconds")
    parser.add_argument("--write", action="store_true", help="put the output into the pages")
    parser.add_argument("--benchmarks", action="store_true", help="type benchmarks too")
    asked = parser.parse_args()
    done: list[Typed] = []
    for page in pages():
        if asked.only in (None, page.name):
            with tempfile.TemporaryDirectory() as folder:
                done += typed(page, Path(folder), asked.benchmarks)
    if asked.update:
        store(done, asked.only is None)
    if asked.write:
        write(done)
    sys.exit(1 if any(typed.fault for typed in done) else 0)


if __name__ == "__main__":
    main()
