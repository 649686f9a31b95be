"""Core, flexible, never: by hand, and never contradicted by enumeration of random instances."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings

from layout_opt.analysis.alternatives import Alternatives, alternatives
from layout_opt.analysis.today import worth_of_today
from layout_opt.build import Built, build
from layout_opt.errors import InputError, LayoutError
from layout_opt.instance import Instance
from layout_opt.solving import load_instance, solve
from tests.conftest import define
from tests.plans import with_table
from tests.test_cli import call
from tests.test_property_enumeration import Problem, definition, problems, write


def verdicts(found: Alternatives) -> dict[tuple[str, str], str]:
    table = found.placements
    return {(k, r): v for k, r, v in zip(table["industry"], table["region"], table["verdict"], strict=True)}


def test_today_by_hand(tiny: Instance) -> None:
    """Every region keeps its share: cloth grows by 5, 2 and 3 in three projects. 63 of value added, 0.1 * (10 * 0.5 + 3 * 0.5) of building."""
    assert worth_of_today(build(tiny, define())) == pytest.approx(63.0 - 0.65)


def test_verdicts_by_hand(tiny: Instance) -> None:
    """A must free 15 Mm3 of water. Best: 15 of steel to B (0.85); cloth goes 10 new to B or C. Good is within 5 % of the gain over today.

    Today is worth 62.35, the plan 61.6: no gain over a layout that the limit forbids, so only plans as good as the best are good. Steel in B is
    core, steel in A and in C never, and new cloth may go to B or to C, but not to A.
    """
    found = alternatives(tiny, define(policies={"w": {"family": "carrying_capacity"}}), nearest=0)
    assert found.gain == 0.0
    assert found.good == pytest.approx(61.6)
    expected = {("steel", "A"): "never", ("steel", "B"): "core", ("steel", "C"): "never", ("cloth", "A"): "never"}
    assert {cell: v for cell, v in verdicts(found).items() if cell in expected} == expected


def test_the_nearest_other_plans_by_hand(tiny: Instance) -> None:
    """Without policies the new cloth goes to any of three regions, all as good: ties are disclosed as plans without a loss."""
    found = alternatives(tiny, define(), nearest=2, differing=2)
    assert list(found.nearest["loss_high"]) == pytest.approx([0.0, 0.0], abs=1e-4)
    assert {v for (k, _), v in verdicts(found).items() if k == "cloth"} == {"flexible"}
    assert found.nearest["added"].str.startswith("cloth|").all()


@settings(max_examples=12, derandomize=True, deadline=None, database=None)
@given(problem=problems())
def test_enumeration_never_contradicts_a_verdict(problem: Problem) -> None:
    """Solve with every project fixed to 1 and to 0: a core project's absence is worth less than what is good, and so on."""
    with tempfile.TemporaryDirectory() as folder:
        write(problem, Path(folder))
        instance = load_instance(Path(folder))
    model = definition(problem)
    try:
        found = alternatives(instance, model, within=0.3, nearest=0, gap=1e-9)
    except LayoutError:
        return
    assert "undetermined" not in set(found.placements["verdict"])
    for (cell, verdict), value in itertools.product(verdicts(found).items(), (0, 1)):

        def fix(built: Built, cell: tuple[str, str] = cell, value: int = value) -> None:
            built.periods[0].b.w[cell].fix(value)

        run = solve(instance, model, gap=1e-9, engine="direct", change=fix)
        worth = run.info["objective"] if run.has_plan else float("-inf")
        slack = 1e-6 * max(1.0, abs(found.good))
        possible = {"core": value == 1, "never": value == 0, "flexible": True}[verdict]
        assert worth >= found.good - slack if possible else worth <= found.good + slack


@pytest.mark.parametrize(("wrong", "says"), [({"within": 2.0}, "between 0 and 1"), ({"nearest": -1}, "0 or more"), ({"differing": 0}, "one project")])
def test_bad_input_is_refused(tiny: Instance, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        alternatives(tiny, define(), **wrong)


def test_a_model_without_projects_is_refused(tiny: Instance) -> None:
    smooth = with_table(tiny, "industries", tiny.tables["industries"].assign(lot=0.0, indivisible=False))
    with pytest.raises(LayoutError, match="no projects"):
        alternatives(smooth, define())


def test_the_command_prints_and_writes_verdicts(tmp_path: Path) -> None:
    done = call("alternatives", "tiny", "--within", "0.1", "--out", str(tmp_path / "a.csv"))
    assert done.returncode == 0, done.stderr
    assert "core" in done.stdout
    assert set(pd.read_csv(tmp_path / "a.csv")["verdict"]) <= {"core", "flexible", "never", "undetermined"}
