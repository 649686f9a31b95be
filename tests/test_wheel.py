"""The built wheel, alone in an empty directory, solves what ships with it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds nothing but the unpacked wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    target = folder / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    return target


def run(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run([sys.executable, "-m", "layout_opt.cli", *arguments], capture_output=True, text=True, cwd=cwd, env=environment)


def test_the_wheel_solves_china_by_name(installed: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [sys.executable, "-c", "import layout_opt; print(layout_opt.__file__)"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        check=True,
    )
    assert str(installed) in where.stdout
    done = run(installed, tmp_path, "solve", "china-2017", "--gap", "0.005")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs" / "china-2017" / "run.json").is_file()


def test_the_wheel_holds_models_instances_and_types(installed: Path) -> None:
    assert (installed / "layout_opt" / "shipped" / "models" / "reference.toml").is_file()
    assert (installed / "layout_opt" / "shipped" / "instances" / "china-2017" / "outline.geojson").is_file()
    assert (installed / "layout_opt" / "py.typed").is_file()
    (wheel,) = installed.parent.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert not [n for n in names if n.startswith(("tests/", "docs/", "runs/"))]
