"""Prices of caps by re-solving: against figures worked out by hand and against brute force."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from layout_opt.analysis.pricing_caps import STEP, price_caps
from layout_opt.errors import InputError, LayoutError
from layout_opt.instance import Instance
from layout_opt.solving import load_instance, solve
from tests.conftest import define
from tests.plans import altered, with_table
from tests.test_cli import call
from tests.test_property_enumeration import Problem, definition, problems, write

WATER = {"water": {"family": "carrying_capacity", "resources": ["water"]}}


def test_the_price_of_water_by_hand(tiny: Instance) -> None:
    """A moves 15 of steel to keep to 70 Mm3 of water, at 0.05 a unit and Mm3: one Mm3 more saves 0.05, and so does the dual say."""
    (row,) = price_caps(tiny, define(policies=WATER)).to_dict("records")
    assert row["row"] == "water|A"
    assert row["dual"] == pytest.approx(0.05)
    assert (row["more_low"], row["more_high"]) == pytest.approx((0.05, 0.05))
    assert (row["less_low"], row["less_high"]) == pytest.approx((0.05, 0.05))


def test_a_dual_misses_the_site_that_a_wider_cap_saves(tiny: Instance) -> None:
    """At a cap of 84.3 of 85 in A, 0.7 has to be saved: a lot of steel, 10, is 10 * 0.05 + 0.1 of cost; cloth goes in the project of the new cloth
    in B, 1.4 * 0.035. One per cent more, 85.143, and nothing has to go."""
    near = altered(tiny, "capacities", ("water", "A", 2030), capacity=84.3)
    (row,) = price_caps(near, define(policies=WATER)).to_dict("records")
    assert row["dual"] == pytest.approx(0.07)
    assert row["more_low"] == pytest.approx(1.4 * 0.035 / 0.843, rel=1e-3)


@settings(max_examples=10, derandomize=True, deadline=None, database=None)
@given(problem=problems())
def test_prices_agree_with_brute_force(problem: Problem) -> None:
    """Solving the instance with the cap written otherwise gives a change that lies in the stated interval."""
    with tempfile.TemporaryDirectory() as folder:
        write(problem, Path(folder))
        instance = load_instance(Path(folder))
    model = definition(problem)
    try:
        prices = price_caps(instance, model, 2, gap=1e-9)
    except LayoutError:
        return
    base = solve(instance, model, gap=1e-9, engine="direct")
    for row in prices.to_dict("records"):
        resource, place = row["row"].split("|")
        table = instance.tables["capacities"]
        chosen = (table["resource"] == resource) & (table["place"] == place)
        wider = with_table(instance, "capacities", table.assign(capacity=table["capacity"].mask(chosen, table["capacity"] * (1 + STEP))))
        change = (solve(wider, model, gap=1e-9, engine="direct").info["objective"] - base.info["objective"]) / (STEP * row["cap"])
        slack = 1e-5 * max(1.0, abs(base.info["objective"])) / (STEP * row["cap"])
        assert row["more_low"] - slack <= change <= row["more_high"] + slack


def test_bad_input_is_refused(tiny: Instance) -> None:
    with pytest.raises(InputError, match="1 or more"):
        price_caps(tiny, define(policies=WATER), 0)


def test_the_command_prints_the_price_of_caps(tmp_path: Path) -> None:
    done = call("price", "tiny", "--caps", "2", "--out", str(tmp_path / "caps.csv"))
    assert done.returncode == 0, done.stderr
    assert "dual (sites fixed)" in done.stdout
    assert (tmp_path / "caps.csv").read_text(encoding="utf-8").startswith("label,family,period,row,cap")
