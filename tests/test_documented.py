"""Everything that the pages tell a reader to type: it works, and prints what the pages show.

`tests/documented.csv` has the seconds that each command took (`python -m benchmarks.documented --update`). What is quick is typed here as it stands;
the rest with the same options on `tiny`.
"""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

import pytest
import typer

from benchmarks.documented import can_be_typed, expected, stored
from benchmarks.pages import Page, Step, as_shown, difference, pages, rewritten, steps
from layout_opt.cli import app
from tests.conftest import ROOT
from tests.typing_documented import look_at, question, run_script, smaller, type_command, type_small

QUICK, SILENT = 5.0, 3.0  # processor seconds of a command by itself, and of one that shows nothing; slower ones are typed small
INLINE = re.compile(r"`(layout-opt [^`]+)`")
FOUND = pages()
PAGES = [pytest.param(page, id=page.name) for page in FOUND]
TEXTS = sorted([*ROOT.glob("README*.md"), *(p for p in (ROOT / "docs").rglob("*.md") if "generated" not in p.parts)])


def test_everything_documented_is_stored() -> None:
    """Where this fails, run `python -m benchmarks.documented --update`, or with `--only` for one page."""
    documented = {(page.name, step.key) for page in FOUND for _, step in page.steps() if step.kind != "file"}
    assert documented == set(stored())


@cache
def seconds() -> dict[tuple[str, str], float | None]:
    """What is stored."""
    return stored()


def slow(page: Page, step: Step) -> bool:
    """Whether the benchmark alone types a step as it stands."""
    return (seconds().get((page.name, step.key)) or 0.0) > (QUICK if step.shown else SILENT)


def asked_before(page: Page, step: Step) -> bool:
    """Whether a slow question is asked before, here or on an earlier page, with the same options."""
    asked = ((p, s) for p in FOUND[: FOUND.index(page) + 1] for _, s in p.steps() if question(s) and question(s) == question(step))
    first = next(((p, s) for p, s in asked if can_be_typed(s) and slow(p, s)), None)
    return first is not None and first != (page, step)


def builds_on(step: Step, folders: set[str]) -> bool:
    """Whether a step reads or goes on with one of these folders."""
    return any(word == folder or word.startswith(f"{folder}/") for word in step.words for folder in folders)


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_documents_works(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder of its own, one after another; output is compared where the command and those that it builds on ran as they stand."""
    monkeypatch.chdir(tmp_path)
    small, printed = set[str](), dict[str, str]()
    for file, step in page.steps():
        repeated = file != page.files[0] and step.key in printed
        if step.kind == "file":
            (tmp_path / step.name).write_text(step.text, encoding="utf-8")
        elif not can_be_typed(step) or asked_before(page, step):
            look_at(step)
        elif slow(page, step) or (step.kind == "command" and builds_on(step, small)):
            if not repeated:
                small |= type_small(step, tmp_path)
                printed[step.key] = ""
        elif step.kind == "python":
            run_script(step.text, tmp_path)
        else:
            if not repeated:
                code, printed[step.key] = type_command(step.words)
                assert code == expected(step), f"{step.text}\n{printed[step.key]}"
            assert not difference(step, printed[step.key]), f"{step.text}\n" + "\n".join(difference(step, printed[step.key]))


@pytest.mark.parametrize("file", [pytest.param(p, id=str(p.relative_to(ROOT))) for p in TEXTS])
def test_commands_in_sentences_have_the_options_that_they_name(file: Path) -> None:
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for text in INLINE.findall(file.read_text(encoding="utf-8")):
        name, *words = shlex.split(text)[1:]
        options = {option for parameter in known[name].params for option in parameter.opts} | {"--help"}
        assert {word.split("=")[0] for word in words if word.startswith("--")} <= options, text


@pytest.mark.parametrize("name", [page.name for page in FOUND if len(page.files) > 1])
def test_a_translation_documents_the_same(name: str) -> None:
    """The same commands in the same order, but for the language that a report is asked for."""
    first, other = (
        [re.sub(r" --lang \w+", "", step.key) for step in steps(file) if step.kind == "command"]
        for file in next(page for page in FOUND if page.name == name).files
    )
    assert other == first


CONSOLE = """# A page

<!-- before: mkdir there -->

`model.toml`:

```toml
base = "reference"
```

```console
$ layout-opt solve tiny --set a=1   # a comment
first 0.4 s
…
last

$ .venv/bin/layout-opt check tiny
```

```python
print("x")
```
"""


def test_a_page_is_read(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(CONSOLE, encoding="utf-8")
    before, file, solve, check, script = steps(page)
    assert before.words == ["mkdir", "there"]
    assert (file.kind, file.name, file.text) == ("file", "model.toml", 'base = "reference"\n')
    assert (solve.words, solve.shown) == (["layout-opt", "solve", "tiny", "--set", "a=1"], ("first 0.4 s", "…", "last"))
    assert (check.words, check.shown) == (["layout-opt", "check", "tiny"], ())
    assert (script.kind, script.text) == ("python", 'print("x")\n')
    assert rewritten(page, {solve.line: ["new"]}).count("\n") == CONSOLE.count("\n") - 2


def test_output_is_compared_but_for_seconds() -> None:
    step = Step("command", "x", 1, shown=("first 0.4 s", "…", "last 2"))
    assert as_shown(step, "first 9.1 s\nmore\n\nlast 2\n\n") == ["first 9.1 s", "…", "last 2"]
    assert difference(step, "first 9.1 s\nmore\nlast 2\n") == []
    assert difference(step, "first 9.1 s\nmore\nlast 3\n") == ["shown:   last 2", "printed: last 3"]
    assert difference(Step("command", "x", 1, shown=("one",)), "one\ntwo\n") == ["shown:   ", "printed: two"]


def test_a_slow_command_is_made_small() -> None:
    words = ["compare", "china-2017", "--models", "reference,full,west-first", "--time-limit", "600"]
    small = ["compare", "tiny", "--models", "reference,unified-market,west-first", "--time-limit", "10", "--out", "runs/china-2017-comparison"]
    assert smaller(["layout-opt", *words])[1:] == small
    words = ["solve", "china-cities", "--model", "five-year"]
    assert smaller(["layout-opt", *words])[1:] == ["solve", "tiny", "--model", "west-first", "--out", "runs/china-cities-five-year"]


@pytest.mark.parametrize(
    "command", ["layout-opt solve tiny --gaps 1", "make nothing", "pip install -e .[nothing]", "python -m benchmarks.scale --sizes 3"]
)
def test_what_is_wrong_with_a_command_that_is_not_run_is_found(command: str) -> None:
    with pytest.raises((Exception, SystemExit)):
        look_at(Step("command", command, 1))
