"""Which rule pushed a transfer: by hand on `tiny`, and against what undoing the transfer does to a plan."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from layout_opt.analysis.causes import causes
from layout_opt.analysis.explaining import explain
from layout_opt.instance import Instance
from layout_opt.runs import Run
from layout_opt.solving import solve
from tests.conftest import define


@pytest.fixture(scope="module")
def reference(tiny: Instance) -> Run:
    return solve(tiny, "reference")


def test_rules_by_hand(reference: Run) -> None:
    """The Coast's water is used up, so that nothing that left could have stayed; its zones force out 5 of the 9.5 cloth that moves."""
    found = causes(reference)
    assert set(found["origin"]) == {"A"}
    shares = {(row.industry, row.label, row.row): row.share for row in found.itertuples()}
    assert shares == {
        ("steel", "resources", "water|A"): pytest.approx(1.0),
        ("cloth", "resources", "water|A"): pytest.approx(1.0),
        ("cloth", "zones", "exit|cloth|A"): pytest.approx(5 / 9.5),
    }
    assert list(found["output"]) == sorted(found["output"], reverse=True)


def test_a_floor_draws_what_it_asks_for(tiny: Instance) -> None:
    """Nothing moves of itself; a target of 8 moves 8, none of which could have stayed."""
    floor = {"family": "transfer_target", "origins": ["East"], "destinations": ["Central"], "min_amount": 8.0}
    assert solve(tiny, define(policies={})).tables["transfers"].empty
    [rule] = causes(solve(tiny, define(policies={"floor": floor}))).to_dict("records")
    assert (rule["label"], rule["share"], rule["output"]) == ("floor", pytest.approx(1.0), pytest.approx(8.0))
    assert rule["gain"] < 0


def test_where_no_rule_fails_the_transfer_pays(tiny: Instance) -> None:
    found = causes(solve(tiny, define(policies={"advantage": {"family": "comparative_advantage", "weight": 5.0}})))
    assert len(found) == 3
    assert (found["label"] == "").all()
    assert (found["gain"] > 0).all()


def test_explain_tells_the_transfers_of_the_placement(reference: Run, tmp_path: Path) -> None:
    found = explain(reference, "cloth", "A", out=tmp_path / "why").transfers
    assert set(found["industry"]) == {"cloth"}
    assert set(found["label"]) == {"resources", "zones"}
    assert (tmp_path / "why" / "transfers.csv").is_file()
    solve("tiny", "reference", out=tmp_path / "run")
    command = [sys.executable, "-m", "layout_opt.cli", "explain", "run", "--industry", "cloth", "--region", "A"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "9.5 MCNY moves from Coast to Upland in 2030: the move itself costs" in said.stdout
    assert "Staying would break Main functional zones: What has to leave, Cloth, Coast (53 % of it could not stay)." in " ".join(said.stdout.split())
