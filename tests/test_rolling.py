"""Rolling re-planning, by hand: what is decided stays, and the regret is what foresight would have gained."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from layout_opt.analysis.rolling import roll
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.solving import solve
from tests.conftest import define
from tests.plans import altered, with_table
from tests.test_cli import call

TWO = [2025, 2030]


def test_with_all_periods_ahead_and_no_surprise_there_is_no_regret(tiny: Instance) -> None:
    """The plan rolled out is as good as the one made at once, and each step knows it: 61.2 + 62.4 without policies."""
    rolling = roll(tiny, define(periods=TWO))
    assert list(rolling.steps["period"]) == TWO
    assert rolling.rolled.info["objective"] == pytest.approx(61.2 + 62.4)
    assert (rolling.low, rolling.high) == pytest.approx((0.0, 0.0), abs=1e-6)


def test_what_was_decided_stays(tiny: Instance) -> None:
    """The first period of the last step is the one that the first step decided."""
    model = define(periods=TWO, policies={"water": {"family": "carrying_capacity"}})
    rolling = roll(tiny, model, horizon=1)
    first = solve(tiny, define(periods=[2025], policies={"water": {"family": "carrying_capacity"}}))
    kept, decided = rolling.rolled.plan.periods[0], first.plan.last
    assert kept.output.to_numpy() == pytest.approx(decided.output.to_numpy(), abs=1e-4)
    assert rolling.rolled.verify().passed
    assert rolling.high >= rolling.low >= 0


def favoured(instance: Instance) -> Instance:
    """Cloth is worth a hundredth more a unit in A (below); B has water to spare, and so has A until 2030."""
    scores = pd.DataFrame({"industry": ["cloth"], "region": ["A"], "score": [1.0]})
    for region in ("A", "B"):
        instance = altered(instance, "capacities", ("water", region, 2020), capacity=100.0)
    return with_table(instance, "scores", scores)


FAVOURING = {"a": {"family": "comparative_advantage", "index": "scores", "weight": 1 / 30}, "w": {"family": "carrying_capacity"}}


def test_short_sight_is_regretted(tiny: Instance) -> None:
    """The 5 of cloth of 2025 are worth 0.01 a year more in A. In 2030 A has water for 70 of 85, and 2.5 less with them there: 2.5 more of steel
    have to leave, at 0.05. Who sees that builds elsewhere: 2 * 0.05 less, 0.125 saved."""
    rolling = roll(favoured(tiny), define(periods=TWO, policies=FAVOURING), horizon=1)
    assert (rolling.low, rolling.high) == pytest.approx((0.025, 0.025), abs=1e-5)
    assert rolling.rolled.plan.periods[0].cells.at[("cloth", "A"), "built"] == pytest.approx(5.0)
    assert list(rolling.steps["planned_to"]) == TWO
    seen = roll(favoured(tiny), define(periods=TWO, policies=FAVOURING))
    assert (seen.low, seen.high) == pytest.approx((0.0, 0.0), abs=1e-5)
    compared = rolling.layout.set_index(["industry", "region", "period"]).loc[("cloth", "A", 2025)]
    assert (compared["rolled"], compared["foresight"]) == pytest.approx((55.0, 50.0))


def test_a_surprise_is_regretted_however_far_one_looks(tiny: Instance) -> None:
    """The same where the cap of 2030 is not foreseen: forecast 100, observed 70."""
    happened = favoured(tiny)
    forecast = altered(happened, "capacities", ("water", "A", 2030), capacity=100.0)
    rolling = roll(forecast, define(periods=TWO, policies=FAVOURING), observed=happened)
    assert (rolling.low, rolling.high) == pytest.approx((0.025, 0.025), abs=1e-5)
    assert rolling.rolled.instance.tables["capacities"].equals(happened.tables["capacities"])


@pytest.mark.parametrize(("periods", "horizon", "says"), [([2030], None, "one period"), (TWO, 0, "horizon")])
def test_bad_input_is_refused(tiny: Instance, periods: list[int], horizon: int | None, says: str) -> None:
    with pytest.raises(InputError, match=says):
        roll(tiny, define(periods=periods), horizon=horizon)


def test_only_dated_facts_may_be_observed_otherwise(tiny: Instance) -> None:
    with pytest.raises(InputError, match="'stock' is not that of the forecast"):
        roll(tiny, define(periods=TWO), observed=altered(tiny, "stock", ("steel", "A"), output=61.0))


def test_the_command_prints_steps_and_regret(tmp_path: Path) -> None:
    """From the command line: a table of steps, the regret, and both layouts as a file."""
    done = call("rolling", "tiny", "--model", "reference", "--set", "periods=[2025, 2030]", "--horizon", "1", "--out", str(tmp_path / "l.csv"))
    assert done.returncode == 0, done.stderr
    assert "Regret of planning period by period" in done.stdout
    assert set(pd.read_csv(tmp_path / "l.csv").columns) == {"industry", "region", "period", "rolled", "foresight"}
    assert call("rolling", "tiny", "--model", "reference").returncode == 2
