"""Published problems are read as they are meant: their published optimal assignments have the published value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.published import FOLDERS, Assignment, files, published, read
from tests.conftest import ROOT

FOLDER = ROOT.parent / "shared" / "benchmarks"
FILES = list(files(FOLDER))
NAMES = [path.relative_to(FOLDER).as_posix() for _, path in FILES]
SOLVED = [(family, path) for family, path in FILES if path.with_suffix(".sln").exists() or path.with_suffix(".sol").exists()]

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason=f"the published problems are not in {FOLDER}")


def _solution(path: Path) -> tuple[list[int], float]:
    """The assignment of a .sln (n, value, then places) or .sol (`industry place` by line, then the value), from 0, and its value."""
    if path.with_suffix(".sln").exists():
        words = path.with_suffix(".sln").read_text(encoding="utf-8").replace(",", " ").split()
        places = [int(word) for word in words[2:]]
        return [place - min(places) for place in places], float(words[1])  # tai40a counts from 0, the others from 1
    words = path.with_suffix(".sol").read_text(encoding="utf-8").split()
    return [int(word) - 1 for word in words[1:-1:2]], float(words[-1])


def _shapes(problem: Assignment) -> None:
    n, m = problem.cost.shape
    for values, shape in [
        (problem.cost, (n, m)),
        (problem.use, (n, m)),
        (problem.capacity, (m,)),
        (problem.opening, (m,)),
        (problem.linkage, (n, n)),
        (problem.distance, (m, m)),
    ]:
        if values is not None:
            assert values.shape == shape
            assert np.isfinite(values).all()
    assert (problem.use is None) == (problem.capacity is None)
    assert (problem.linkage is None) == (problem.distance is None)
    assert problem.linkage is None or not np.diag(problem.linkage).any()
    assert problem.open_exactly is None or 1 <= problem.open_exactly <= m


def test_every_family_has_files() -> None:
    assert {family for family, _ in FILES} == set(FOLDERS)


@pytest.mark.parametrize(("family", "path"), FILES, ids=NAMES)
def test_every_file_reads(family: str, path: Path) -> None:
    problem = read(family, path)
    _shapes(problem)
    value, proven = published(family, path)
    assert value is not None or path.parent.name == "elloumi_ctap", "only CTAP has problems without a published value"
    assert value is not None or not proven
    if problem.use is not None and problem.capacity is not None:
        assert problem.use.min(axis=1).sum() <= problem.capacity.sum(), "the industries fit into the regions"


@pytest.mark.parametrize(("family", "path"), SOLVED, ids=[path.stem for _, path in SOLVED])
def test_published_assignments_have_the_published_value(family: str, path: Path) -> None:
    problem = read(family, path)
    places, stated = _solution(path)
    place = np.array(places)
    assert problem.value(place) == stated
    assert problem.value(place) == published(family, path)[0]
    assert problem.excess(place) == 0


def test_costs_without_flow_and_distance_are_refused() -> None:
    path = next((FOLDER / "gqap" / "elloumi_tap").glob("*.dat"))
    with pytest.raises(ValueError, match="no form flow x distance"):
        read("gqap", path)


def test_a_file_of_another_family_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected; is it of this family"):
        read("gap", FOLDER / "qaplib" / "nug25.dat")
    with pytest.raises(ValueError, match="603 numbers, at least 10001 expected"):
        read("qap", FOLDER / "pmedian_orlib" / "pmed1.txt")
    with pytest.raises(ValueError, match="no family 'tsp'; there are gap,"):
        read("tsp", tmp_path)
