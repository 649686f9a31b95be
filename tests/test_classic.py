"""Published problems, carried over into the format of this package, are solved to their proven optimum (tests/classic, README there)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.classic import verdict
from layout_opt.solving import load_instance, solve

FOLDER = Path(__file__).parent / "classic"
ROWS = re.findall(r"^\| ([\w-]+) \| (\w+) \| ([\d.]+) \|", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_folder_has_its_row() -> None:
    assert sorted(name for name, _, _ in ROWS) == sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


@pytest.mark.parametrize(("name", "optimum"), [(name, float(value)) for name, _, value in ROWS], ids=[name for name, _, _ in ROWS])
def test_the_published_optimum_is_proved(name: str, optimum: float) -> None:
    """The plan costs what is published, the bound says that nothing is cheaper, nothing is left unmet, and the plan passes verification."""
    run = solve(load_instance(FOLDER / name), FOLDER / name / "model.toml", gap=1e-9)
    assert run.status == "optimal"
    assert -run.info["objective"] == pytest.approx(optimum, rel=1e-6)
    assert -run.info["bound"] == pytest.approx(optimum, rel=1e-6)
    assert run.tables["objective"].set_index("term")["value"]["shortage"] == pytest.approx(0.0, abs=1e-9)
    assert run.verify().passed


@pytest.mark.parametrize(
    ("value", "bound", "known", "proven", "says"),
    [
        (10.0, 10.0, 10.0, True, "equal"),
        (10.1, 9.0, 10.0, True, "+1.000 %"),
        (9.0, 8.0, 10.0, True, "WRONG: below"),
        (9.0, 8.0, 10.0, False, "better"),
        (10.1, 10.05, 10.0, False, "WRONG: bound above the published"),
        (9.0, 9.5, 10.0, False, "WRONG: bound above the value"),
        (None, None, 10.0, True, "no plan"),
        (9.0, 9.0, None, False, "no published"),
    ],
)
def test_the_verdict_flags_what_cannot_be(value: float | None, bound: float | None, known: float | None, proven: bool, says: str) -> None:
    assert verdict(value, bound, known, proven).startswith(says)
