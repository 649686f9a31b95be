"""How the suite types what the pages document: as it stands, or small (on `tiny`), or by its options alone."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import os
import re
import runpy
import subprocess
import sys
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path

import typer

from benchmarks.documented import expected
from benchmarks.pages import ROOT, Step
from benchmarks.shipped import fits
from layout_opt.cli import app, main
from layout_opt.definition import load_definition
from layout_opt.shipped import names
from layout_opt.solving import load_instance

SMALLER = {"--time-limit": "10", "--points": "3", "--samples": "2", "--workers": "1"}
ALONE = {"rolling", "hindcast", "attribute"}  # need what `tiny` has not (several periods, an observation), or as many solves there
ASKING = {"alternatives", "attribute", "diagnose", "explain", "frontier", "price", "robustness"}  # nothing on a page builds on their answers
RESULTS = {"solve", "compare"}  # pages go on with their folders
STRING = re.compile(r'"([\w,-]+)"')


def type_command(words: list[str]) -> tuple[int, str]:
    """Exit code and output of a command, run in the working directory: `layout-opt` in this process, another one in its own."""
    if words[0] != "layout-opt":
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", check=False)
        return done.returncode, done.stdout
    printed = io.StringIO()
    given, sys.argv = sys.argv, words
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            main()
    except SystemExit as left:
        return int(left.code or 0), printed.getvalue()
    finally:
        sys.argv = given
    return 0, printed.getvalue()


def run_script(text: str, folder: Path) -> None:
    """A block of Python, as a script of its own."""
    script = folder / "documented.py"
    script.write_text(text, encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()):
        runpy.run_path(str(script), run_name="__main__")


def question(step: Step) -> tuple[str, ...]:
    """A question with the names of its options: one that several pages ask is asked of `tiny` once. Empty where the step is none."""
    words = step.words if step.kind == "command" else []
    asked = words[:1] == ["layout-opt"] and words[1] in ASKING
    return (words[1], *sorted(word.split("=")[0] for word in words if word.startswith("--"))) if asked else ()


def type_small(step: Step, folder: Path) -> set[str]:
    """A slow step with the same options on `tiny`; where that makes no sense, its options alone. Returns the folder of results, if it made one."""
    if step.kind == "python":
        run_script(STRING.sub(lambda match: f'"{_small(match[1])}"', step.text), folder)
        return set()
    words = step.words
    if words[0] != "layout-opt" or words[1] in ALONE:
        look_at(step)
        return set()
    if (folder / words[2] / "run.json").is_file():
        words[2] = solved(folder)
    small = smaller(words)
    code, printed = type_command(small)
    assert code == expected(step), printed
    return {small[small.index("--out") + 1]} if words[1] in RESULTS else set()


def solved(folder: Path) -> str:
    """A run of `tiny` in the folder of a page."""
    run = folder / "a-run-of-tiny"
    if not run.is_dir():
        type_command(["layout-opt", "solve", "tiny", "--out", str(run)])
    return str(run)


def smaller(words: list[str]) -> list[str]:
    """The command on `tiny`, its run where the real one would be."""
    small = [*words[:2], *(SMALLER.get(before, _small(word)) for before, word in pairwise(words[1:]))]
    if words[1] in RESULTS and "--out" not in words:
        model = words[words.index("--model") + 1] if "--model" in words else "reference"
        ending = "-comparison" if words[1] == "compare" else "" if model == "reference" else f"-{Path(model).stem}"
        small += ["--out", f"runs/{words[2]}{ending}"]
    return small


def _small(listed: str) -> str:
    """Names of what ships, and of industries, regions and resources of `china-2017`, as those of `tiny`."""
    words = listed.split(",")
    for at, word in enumerate(words):
        choices = _stand_ins().get(word, [word])
        words[at] = next((choice for choice in choices if choice not in words), choices[0])
    return ",".join(words)


@cache
def _stand_ins() -> dict[str, list[str]]:
    """What stands for a name on `tiny`: any of these."""
    tiny, china = load_instance("tiny"), load_instance("china-2017")
    fitting = [model for model in names("models") if fits(tiny, load_definition(model))]
    found = {name: ["tiny"] for name in names("instances")}
    found |= {model: fitting[::-1] for model in names("models") if model not in fitting}
    for table, column in (("industries", "industry"), ("regions", "region"), ("resources", "resource")):
        found |= {name: list(tiny.tables[table][column]) for name in china.tables[table][column]}
    return found


class ParsedError(Exception):
    """A benchmark has read its options."""


def parse_benchmark(words: list[str]) -> None:
    """The options of a benchmark, as its own parser reads them; the benchmark does not begin."""
    whole = argparse.ArgumentParser.parse_args

    def parse(parser: argparse.ArgumentParser, *_: object) -> None:
        whole(parser, words[3:])
        raise ParsedError

    given, sys.argv = sys.argv, words[2:]
    argparse.ArgumentParser.parse_args = parse  # type: ignore[method-assign, assignment]
    try:
        importlib.import_module(words[2]).main()
    except ParsedError:
        return
    finally:
        argparse.ArgumentParser.parse_args = whole  # type: ignore[method-assign]
        sys.argv = given
    raise AssertionError(f"{words[2]} reads no options")


def look_at(step: Step) -> None:
    """What can be said of a command that is not run: its options, its target, its extras."""
    words = step.words
    if words[0] == "layout-opt":
        group = typer.main.get_command(app)
        command = group.commands[words[1]]  # type: ignore[attr-defined]
        command.make_context(words[1], words[2:])
    elif words[:2] == ["python", "-m"] and words[2].startswith("benchmarks."):
        parse_benchmark(words)
    elif words[0] == "make":
        subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, check=True, capture_output=True)
    elif "install" in words:
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
        asked = {extra for word in words for listed in re.findall(r"\[([\w,]+)\]", word) for extra in listed.split(",")}
        assert asked <= set(extras), asked
