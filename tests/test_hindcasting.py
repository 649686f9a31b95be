"""Hindcasts against figures worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from layout_opt.analysis.hindcasting import hindcast
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.runs import Run
from layout_opt.solving import solve
from tests.conftest import define
from tests.test_cli import call


@pytest.fixture(scope="module")
def run(tiny: Instance) -> Run:
    """A moves 15 of 100 of steel to B; 10 of cloth are built, in A, B or C."""
    return solve(tiny, define(policies={"water": {"family": "carrying_capacity"}}))


def stock(tiny: Instance, **steel: float) -> pd.DataFrame:
    """The stock with other figures for steel."""
    table = tiny.tables["stock"].copy()
    for region, output in steel.items():
        table.loc[(table["industry"] == "steel") & (table["region"] == region), "output"] = output
    return table


def rows(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index(["forecast", "scope"])


def test_measures_by_hand(tiny: Instance, run: Run) -> None:
    """In fact 10 moved: changes of -0.10 and +0.10 against -0.15 and +0.15 of the plan. 1 - 2 * 0.05^2 / (2 * 0.10^2) = 0.75."""
    found = rows(hindcast(run, stock(tiny, A=50.0, B=50.0)))
    assert found.loc[("plan", "steel"), "explained"] == pytest.approx(0.75)
    assert found.loc[("plan", "steel"), "rank"] == pytest.approx(1.0)
    assert found.loc[("plan", "steel"), "sign"] == pytest.approx(1.0)
    assert found.loc[("no change", "steel"), "explained"] == pytest.approx(0.0)
    assert pd.isna(found.loc[("plan", "lab"), "explained"])


def test_the_opposite_is_worse_than_nothing(tiny: Instance, run: Run) -> None:
    found = rows(hindcast(run, stock(tiny, A=70.0, B=30.0)))
    assert found.loc[("plan", "steel"), "explained"] == pytest.approx(1 - 2 * 0.25**2 / (2 * 0.1**2))
    assert found.loc[("plan", "steel"), "sign"] == 0.0
    assert found.loc[("plan", "East"), "explained"] < 0


def test_the_trend_goes_on(tiny: Instance, run: Run) -> None:
    """Base year 2020, plan for 2030: from 2015 to 2020 A lost 4 points of steel, so the trend takes 8 more by 2030."""
    found = rows(hindcast(run, stock(tiny, A=50.0, B=50.0), stock(tiny, A=64.0, B=36.0), year=2015))
    assert found.loc[("trend", "steel"), "explained"] == pytest.approx(1 - 0.02**2 / 0.1**2)


def test_bad_input_is_refused(tiny: Instance, run: Run, tmp_path: Path) -> None:
    (tmp_path / "wrong.csv").write_text("industry,region,output\nsteel,A,-1\nstel,A,5\nsteel,Z,5\ncloth,A,1\ncloth,A,2\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        hindcast(run, tmp_path / "wrong.csv")
    text = str(caught.value)
    assert all(words in text for words in ("Did you mean 'steel'", "'Z'", "0 or more", "stands twice"))
    with pytest.raises(InputError, match="nothing changed"):
        hindcast(run, tiny.tables["stock"])
    with pytest.raises(InputError, match="cannot be read"):
        hindcast(run, tmp_path / "missing.csv")
    with pytest.raises(InputError, match="needs its year"):
        hindcast(run, stock(tiny, A=50.0), stock(tiny, A=55.0), year=2020)


def test_the_command_prints_what_is_explained(tiny: Instance, tmp_path: Path) -> None:
    solve(tiny, define(policies={"water": {"family": "carrying_capacity"}}), out=tmp_path / "run")
    stock(tiny, A=50.0, B=50.0).to_csv(tmp_path / "observed.csv", index=False)
    done = call("hindcast", str(tmp_path / "run"), "--observed", str(tmp_path / "observed.csv"), "--out", str(tmp_path / "h.csv"))
    assert done.returncode == 0, done.stderr
    assert "explained" in done.stdout
    assert set(pd.read_csv(tmp_path / "h.csv")["forecast"]) == {"plan", "no change"}
