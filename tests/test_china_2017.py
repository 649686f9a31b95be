"""china-2017, solved: a proven, verified layout whose industry moves from East to Central and West."""

from __future__ import annotations

from pathlib import Path

import pytest

from layout_opt.analysis.comparing import Comparison, compare
from layout_opt.solving import load_instance

MODELS = ["reference", "no-ecology", "strict-ecology", "no-zones", "unified-market", "west-first"]


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    out = Path(tmp_path_factory.mktemp("china")) / "comparison"
    return compare(load_instance("china-2017"), MODELS, gap=0.001, time_limit=120, out=out)


def test_every_model_gives_a_proven_verified_plan(comparison: Comparison) -> None:
    table = comparison.tables["scenarios"].set_index("scenario")
    assert table["status"].isin(["optimal", "feasible"]).all()
    assert (table["gap"] <= 0.005).all()
    assert (table["violation"] <= 1e-6).all()


def test_output_moves_from_east_to_central_and_west(comparison: Comparison) -> None:
    plates = comparison.runs["reference"].tables["plates"].set_index(["origin_plate", "destination_plate"])["output"]
    assert plates[("East", "Central")] > 0
    assert plates[("East", "West")] > 0
    along = plates[("East", "Central")] + plates[("East", "West")]
    against = plates[("Central", "East")] + plates[("West", "East")]
    assert along > against


def test_scenarios_are_ordered_as_they_must_be(comparison: Comparison) -> None:
    """A relaxed model is never worse, within gaps; and no bound is beaten by another scenario's plan."""
    table = comparison.tables["scenarios"].set_index("scenario")
    for relaxed in ("no-ecology", "no-zones", "unified-market"):
        assert table.loc[relaxed, "bound"] >= table.loc["reference", "objective"]
    for strict in ("strict-ecology", "west-first"):
        assert table.loc["reference", "bound"] >= table.loc[strict, "objective"]
    assert comparison.tables["cross"]["holds"].all()


def test_demand_is_met(comparison: Comparison) -> None:
    terms = comparison.runs["reference"].tables["objective"].set_index("term")["value"]
    assert terms["shortage"] == pytest.approx(0.0, abs=1.0)
