"""The example of docs/adding-a-policy.md, as it stands there: put into a copy of the repository, tested and solved."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

FILES = dict(
    re.findall(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", (ROOT / "docs" / "adding-a-policy.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
)
FAMILY = "layout_opt/policies/growth_cap.py"
TEST = "tests/families/test_growth_cap.py"
MODEL = "growth-cap.toml"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what models and tests need, with the files of the guide."""
    folder = tmp_path_factory.mktemp("copy")
    for part in ("layout_opt", "tests", "models", "instances/tiny"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def run(folder: Path, *arguments: str) -> str:
    """What a command of Python says, in the copy and with its package."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    environment = {**inherited, "PYTHONPATH": str(folder), "UPDATE_GOLDEN": "1"}
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_guide_has_a_family_a_test_and_a_model() -> None:
    assert set(FILES) == {FAMILY, TEST, MODEL}


def test_the_example_passes_all_that_is_asked_of_a_family(copy: Path) -> None:
    """Its own test, what is asked of every family, and both engines."""
    said = run(copy, "pytest", "-q", "-p", "no:cacheprovider", TEST, "tests/test_policies.py", "tests/test_scaled.py", "-k", "growth_cap")
    assert int(re.findall(r"(\d+) passed", said)[0]) >= 12
    assert "x_cloth_A" in (copy / "tests" / "golden" / "growth_cap.lp").read_text(encoding="utf-8")


def test_the_example_is_as_tidy_as_the_rest(copy: Path) -> None:
    run(copy, "ruff", "check", "--no-cache", FAMILY, TEST)
    run(copy, "ruff", "format", "--no-cache", "--check", FAMILY, TEST)


def test_the_model_of_the_guide_solves(copy: Path) -> None:
    run(copy, "layout_opt.cli", "solve", "tiny", "--model", MODEL, "--out", "run")
    outcomes = (copy / "run" / "outcomes.csv").read_text(encoding="utf-8")
    assert re.search(r"^caps,growth_cap,2030,made,steel,100", outcomes, re.MULTILINE)
    assert "Growth cap" in run(copy, "layout_opt.cli", "policies", "growth_cap")
