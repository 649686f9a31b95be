"""Tipping points worked out by hand."""

from __future__ import annotations

import pytest

from layout_opt.analysis.explaining import explain
from layout_opt.analysis.tipping import REWARD
from layout_opt.instance import Instance
from layout_opt.solving import solve
from tests.conftest import define
from tests.plans import altered

WATER = {"water": {"family": "carrying_capacity"}}


def test_the_charge_at_which_steel_goes_elsewhere_by_hand(tiny: Instance) -> None:
    """A moves 15 of steel to B to keep to its 70 Mm3 of water, though C would cost only 0.01 a unit more: a charge of more than that on every unit
    that grows in B sends it there. No cap binds in B, so no cap turns the answer."""
    loose = altered(tiny, "capacities", ("water", "B", 2020), capacity=500.0)
    run = solve(loose, define(policies=WATER))
    found = explain(run, "steel", "B", tipping=True)
    assert not found.at_least
    assert found.tipping is not None
    (charge,) = found.tipping.to_dict("records")
    assert charge["what"] == REWARD
    assert charge["turns_by"] - 1e-6 <= -0.01 <= charge["turns_after"] + 1e-6
    assert charge["turns_after"] - charge["turns_by"] <= 0.01 * 0.05


def test_the_cap_at_which_cloth_no_longer_grows_by_hand(tiny: Instance) -> None:
    """Cloth is worth more in B, where steel stays and takes 40 of the 66 Mm3, cloth today 10: 32 more of it fit. Below 52.5 not even a lot of 5."""
    liked = altered(tiny, "scores", ("cloth", "B"), score=0.4)
    liked = altered(liked, "capacities", ("water", "A", 2030), capacity=500.0)
    liked = altered(liked, "scores", ("cloth", "C"), score=0.0)
    liked = altered(liked, "industries", "steel", relocatable_share=0.0, closure_cost=50.0)
    run = solve(liked, define(policies={**WATER, "a": {"family": "comparative_advantage", "index": "scores", "weight": 1.0}}))
    found = explain(run, "cloth", "B", tipping=True)
    assert found.output == pytest.approx(52.0)
    assert found.tipping is not None
    cap = found.tipping.set_index("what").loc["water"]
    assert cap["stated"] == pytest.approx(66.0)
    assert cap["turns_by"] <= 52.5 <= cap["turns_after"]
    assert cap["turns_after"] - cap["turns_by"] <= 0.01 * 66
