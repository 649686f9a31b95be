"""Attribution: shares that sum to the whole, do not depend on an order, and agree with figures worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from layout_opt.analysis.attributing import REST, attribute
from layout_opt.errors import InputError, LayoutError
from layout_opt.instance import Instance
from tests.conftest import define
from tests.test_cli import call

WATER = {"family": "carrying_capacity"}
LAND = {"family": "development_intensity", "strictness": 0.7}


def test_shares_by_hand(tiny: Instance) -> None:
    """Water alone costs 0.85 (15 of steel to B, a project), land alone 0.525 (15 of cloth to B). Together: 15 of cloth free 7.5 of water and all of
    the land; 7.5 more of water are 7.5 of steel, a lot of 10: 10 * 0.05 + 0.1, while 20 km2 are then free with 10 of cloth; water then 15.

    10 of steel and 10 of cloth: 0.5 + 0.1 + 0.35 = 0.95; 15 of steel free 15 of land as well: 0.85. So both cost what water costs.
    """
    found = attribute(tiny, define(), define(policies={"water": WATER, "land": LAND}), gap=1e-9)
    parts = found.parts.set_index("part")
    assert (found.low, found.high) == pytest.approx((-0.85, -0.85), abs=1e-6)
    assert parts.loc["water", "low"] == pytest.approx(-(0.85 + 0.325) / 2, abs=1e-6)
    assert parts.loc["land", "low"] == pytest.approx(-(0.525 + 0.0) / 2, abs=1e-6)
    assert parts["low"].sum() == pytest.approx(found.low, abs=1e-6)
    assert parts.loc["land", ["alone_low", "last_low"]].to_list() == pytest.approx([-0.525, 0.0], abs=1e-6)


def test_the_core_is_a_part_of_its_own(tiny: Instance) -> None:
    found = attribute(tiny, define(), define(core={"demand_margin": 0.05}, policies={"w": WATER}), gap=1e-9)
    assert list(found.parts["part"]) == ["w", REST]
    assert found.parts["low"].sum() == pytest.approx(found.low, abs=1e-6)


def test_models_that_cannot_be_attributed_are_refused(tiny: Instance) -> None:
    with pytest.raises(InputError, match="do not differ"):
        attribute(tiny, "reference", "reference")
    many = {f"p{n}": {"family": "placement", "industry": "steel", "region": "A", "max_output": 60 + n} for n in range(7)}
    with pytest.raises(InputError, match="differ in 7 parts"):
        attribute(tiny, define(), define(policies=many))
    impossible = {"west": {"family": "group_share", "group": "West", "min_growth": 20}}
    with pytest.raises(LayoutError, match="no plan for"):
        attribute(tiny, define(), define(policies=impossible))


def test_the_command_prints_shares(tmp_path: Path) -> None:
    done = call("attribute", "tiny", "--models", "reference,no-ecology", "--out", str(tmp_path / "a.csv"))
    assert done.returncode == 0, done.stderr
    assert "share (Shapley)" in done.stdout
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").startswith("part,low,high")
    assert call("attribute", "tiny", "--models", "reference").returncode == 2
