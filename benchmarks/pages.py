"""What the pages of the project tell a reader to type: commands, Python, and files to write, in order, with the output that is shown.

A block ```console``` has commands after `$ ` and what they print; in ```sh``` and ```bash``` every line is a command; a block of Python is a script;
a block under a line "`NAME`:" is a file of that name. A comment `<!-- before: COMMAND -->` is typed too: what the page takes for done. Output is
whole, or its first lines, `…`, and its last lines.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^(`{3,})(\w*)\s*$")
BEFORE = re.compile(r"^<!-- before: (.+) -->$")
FILE = re.compile(r"^`([\w./-]+)`:$")
PROMPT = "$ "
CUT = "…"
SECONDS = re.compile(r"\b\d+(\.\d+)? s\b")
ELSEWHERE = {"docs/adding-a-policy.md": "tests/test_adding_a_policy.py puts its files into a copy of the repository and runs its commands there"}


@dataclass(frozen=True)
class Step:
    """One thing to do: `kind` is command, python or file; `text` is what is typed, run or written; `shown` the lines of output after it."""

    kind: str
    text: str
    line: int
    name: str = ""
    shown: tuple[str, ...] = field(default=())

    @property
    def words(self) -> list[str]:
        """A command as the shell takes it: without the folder of the virtual environment, and without the comment."""
        first, *rest = shlex.split(self.text, comments=True)
        return [first.removeprefix(".venv/bin/"), *rest]

    @property
    def key(self) -> str:
        """What the step is called in the store: the command, or the digest of a script."""
        return shlex.join(self.words) if self.kind == "command" else f"python {sha256(self.text.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Page:
    """A page and its translation, whose commands a reader types in one folder."""

    name: str
    files: tuple[Path, ...]

    def steps(self) -> Iterator[tuple[Path, Step]]:
        """Every step, page by page."""
        return ((file, step) for file in self.files for step in steps(file))


def pages() -> list[Page]:
    """The READMEs and the pages of docs/ that have something to type, each with its translation."""
    found = sorted(ROOT.glob("README*.md")) + sorted(p for p in (ROOT / "docs").rglob("*.md") if "generated" not in p.parts)
    together: dict[str, list[Path]] = {}
    for file in found:
        name = str(file.relative_to(ROOT))
        together.setdefault(name.replace(".zh.md", ".md"), []).append(file)
    listed = [Page(name, tuple(sorted(files, key=lambda f: ".zh" in f.name))) for name, files in together.items() if name not in ELSEWHERE]
    return [page for page in listed if any(True for _ in page.steps())]


def steps(file: Path) -> Iterator[Step]:
    """The steps of one page."""
    lines = file.read_text(encoding="utf-8").splitlines()
    at = 0
    while at < len(lines):
        match = FENCE.match(lines[at])
        if before := BEFORE.match(lines[at]):
            yield Step("command", before[1], at + 1)
        if match is None:
            at += 1
            continue
        end = next((n for n in range(at + 1, len(lines)) if lines[n].rstrip() == match[1]), len(lines))
        above = FILE.match(lines[at - 2]) if at >= 2 and not lines[at - 1] else None
        yield from _block(lines[at + 1 : end], match[2], at + 2, above[1] if above else "")
        at = end + 1


def _block(lines: list[str], language: str, first: int, name: str) -> Iterator[Step]:
    if name:
        yield Step("file", "\n".join(lines) + "\n", first, name)
    elif language == "python":
        yield Step("python", "\n".join(lines) + "\n", first)
    elif language in ("sh", "bash"):
        yield from (Step("command", line, first + n) for n, line in enumerate(lines) if line and not line.startswith("#"))
    elif language == "console":
        yield from _console(lines, first)


def _console(lines: list[str], first: int) -> Iterator[Step]:
    step: Step | None = None
    for n, line in enumerate(lines):
        if line.startswith(PROMPT):
            if step:
                yield _trimmed(step)
            step = Step("command", line.removeprefix(PROMPT), first + n)
        elif step is None:
            raise ValueError(f"line {first + n}: output before any command: {line}")
        else:
            step = replace(step, shown=(*step.shown, line))
    if step:
        yield _trimmed(step)


def _trimmed(step: Step) -> Step:
    """Without the empty line that sets a command apart from the next one."""
    return replace(step, shown=step.shown[:-1]) if step.shown and not step.shown[-1] else step


def as_shown(step: Step, printed: str) -> list[str]:
    """What the step printed, cut as the page cuts it."""
    lines = [line.rstrip() for line in printed.rstrip().splitlines()]
    if CUT not in step.shown:
        return lines
    head = step.shown.index(CUT)
    tail = len(step.shown) - head - 1
    return [*lines[:head], CUT, *(lines[-tail:] if tail else [])]


def difference(step: Step, printed: str) -> list[str]:
    """The first line that is shown otherwise than it was printed, and the printed one; nothing where they agree but for seconds."""
    if not step.shown:
        return []
    told, seen = ([SECONDS.sub("# s", line.rstrip()) for line in lines] for lines in (step.shown, as_shown(step, printed)))
    pairs = [*zip(told, seen, strict=False), *((line, "") for line in told[len(seen) :]), *(("", line) for line in seen[len(told) :])]
    return next(([f"shown:   {shown}", f"printed: {line}"] for shown, line in pairs if shown != line), [])


def rewritten(file: Path, printed: dict[int, list[str]]) -> str:
    """The page with other output: lines as shown, by the line of their command."""
    lines = file.read_text(encoding="utf-8").splitlines()
    shown = {step.line: len(step.shown) for step in steps(file)}
    for line, new in sorted(printed.items(), reverse=True):
        lines[line : line + shown[line]] = new
    return "\n".join(lines) + "\n"
