"""The trade-off curve: ends, levels between them, no dominated point, every point a verified plan of the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from layout_opt.analysis.frontier import frontier
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.runs import read_run
from layout_opt.solving import solve
from tests.conftest import define
from tests.test_cli import call

FREE = 62.45


def test_water_by_hand(tiny: Instance) -> None:
    """Without policies 62.45 with 155 Mm3 of water: steel 100 at 1, cloth 110 at 0.5. A tenth, 6.245, may be given up."""
    found = frontier(tiny, define(), ["objective", "water"], points=3, within=0.1)
    points = found.points
    assert points["objective"].iloc[0] == pytest.approx(FREE, rel=1e-5)
    assert points["water"].iloc[0] == pytest.approx(155.0, rel=1e-5)
    assert points["objective"].iloc[-1] >= 0.9 * FREE - 1e-3
    assert (points["gap"] <= 1e-4).all()
    # A unit of steel not made costs 2 + 0.25 and 0.05 for its closure: 2.3 a Mm3; new cloth not built costs 4.4.
    assert points["water"].iloc[-1] == pytest.approx(155.0 - 0.1 * FREE / 2.3, rel=1e-4)


def test_ends_are_the_optima_of_each_goal(tiny: Instance) -> None:
    """The first end is the model's own optimum; between the ends both goals move against each other."""
    found = frontier(tiny, "reference", ["objective", "water"], points=4, within=0.5)
    assert found.points["objective"].iloc[0] == pytest.approx(solve(tiny, "reference").info["objective"], rel=1e-5)
    assert np.all(np.diff(found.points["objective"]) < 0)
    assert np.all(np.diff(found.points["water"]) < 0)
    assert len(found.points) == 4
    for name, run in found.runs.items():
        assert run.verify().passed, name


def test_no_point_dominates_another(tiny: Instance) -> None:
    """Three goals: no point is as good as another in all of them."""
    found = frontier(tiny, "reference", ["value_added", "building_cost", "water"], points=3, within=0.5)
    values = found.points[[goal.name for goal in found.goals]].to_numpy() * [goal.sign for goal in found.goals]
    for n in range(len(values)):
        for m in range(len(values)):
            assert n == m or (values[m] < values[n] - 1e-6).any()


def test_terms_that_count_transfers_can_be_traded_off(tiny: Instance) -> None:
    """Relocation cost lies on transfers, which are no variables of the Pyomo model: with the land of A at 0.7, 15 of cloth have to go, or shrink."""
    land = {"land": {"family": "development_intensity", "strictness": 0.7}}
    found = frontier(tiny, define(policies=land), ["objective", "relocation_cost"], points=3, within=0.5)
    assert found.points["relocation_cost"].iloc[0] == pytest.approx(15 * 0.35, rel=1e-4)
    assert found.points["relocation_cost"].iloc[-1] == pytest.approx(0.0, abs=1e-4)
    # 15 of cloth close in A and are built anew, at 0.10 in place of 0.035.
    assert found.points["objective"].iloc[-1] == pytest.approx(FREE - 15 * 0.10, rel=1e-4)


@pytest.mark.parametrize(
    ("objectives", "points", "within", "says"),
    [
        (["objective"], 3, 0.1, "two or three"),
        (["objective", "watr"], 3, 0.1, "Did you mean 'water'"),
        (["objective", "objective"], 3, 0.1, "named twice"),
        (["objective", "water"], 1, 0.1, "two ends"),
        (["objective", "water"], 3, 0.0, "above 0"),
    ],
)
def test_bad_input_is_refused(tiny: Instance, objectives: list[str], points: int, within: float, says: str) -> None:
    with pytest.raises(InputError, match=says):
        frontier(tiny, "reference", objectives, points=points, within=within)


def test_a_goal_that_no_plan_changes_is_refused(tiny: Instance) -> None:
    barriers = {"b": {"family": "market_barrier", "strength": 0}, "w": {"family": "carrying_capacity"}}
    with pytest.raises(InputError):
        frontier(tiny, define(policies=barriers), ["objective", "b"])


def test_every_point_is_a_run_folder(tmp_path: Path) -> None:
    """From the command line: a table, and each point as a run that can be verified."""
    arguments = ("tiny", "--objectives", "objective,water", "--points", "3", "--within", "0.3", "--out", str(tmp_path / "f"))
    done = call("frontier", *arguments)
    assert done.returncode == 0, done.stderr
    assert "Trade-off of objective (more is better), water (less is better)" in done.stdout.replace("\n", " ")
    points = pd.read_csv(tmp_path / "f" / "frontier.csv")
    for row in points.to_dict("records"):
        run = read_run(tmp_path / "f" / row["point"])
        assert run.verify().passed
        assert run.info["objective"] == pytest.approx(row["objective"], rel=1e-9)
    assert call("frontier", *arguments).returncode == 0
