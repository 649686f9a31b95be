"""The instance `laboratories`: its README tells the optimum that its model proves."""

from __future__ import annotations

import re

import pytest

from layout_opt.runs import Run
from layout_opt.solving import load_instance, solve
from tests.conftest import ROOT

README = (ROOT / "instances" / "laboratories" / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def run() -> Run:
    return solve(load_instance("laboratories"), "laboratories")


def figure(name: str) -> float:
    """A figure of the README's last table."""
    found = re.search(rf"^\| {name} \| (-?[\d.]+) \|$", README, re.MULTILINE)
    assert found, name
    return float(found[1])


def test_the_optimum_is_proved(run: Run) -> None:
    assert run.status == "optimal"
    assert run.verify().passed
    assert run.info["objective"] == pytest.approx(figure("optimum"), abs=0.005)


def test_the_readme_says_where_facilities_stand(run: Run) -> None:
    layout = run.tables["layout"]
    stands = layout[layout["output_after"] > 0].set_index("industry")["region"].to_dict()
    told = dict(re.findall(r"^\| ([a-z-]+) \|.*\| ([A-Z][\w']+) \|$", README, re.MULTILINE))
    assert told == stands


def test_linkages_and_openings_are_told(run: Run) -> None:
    told = run.tables["outcomes"].set_index(["label", "outcome", "item"])["value"]
    assert len(told["cities", "opened"]) == figure("open cities")
    assert told["links", "linkage_cost"].sum() == pytest.approx(run.tables["objective"].set_index("term")["value"]["links"])
