"""The state of a page, without a browser: addresses, settings, commands, controls; and the texts of both languages."""

from __future__ import annotations

import itertools
import shlex
import string
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout_opt.analysis.comparing import compare
from layout_opt.definition import load_definition
from layout_opt.instance import Instance
from layout_opt.serving.controls import groups
from layout_opt.serving.defined import same_choices
from layout_opt.serving.state import State, command, opening, read
from layout_opt.serving.stored import Stored, read_stored
from layout_opt.serving.texts import TEXTS
from layout_opt.solving import load_instance, solve
from tests.conftest import TINY, define


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """A run of the reference model with a setting of its own."""
    root = tmp_path_factory.mktemp("stored")
    solve(TINY, load_definition("reference", ["core.growth=1.6"]), out=root / "run", seed=7)
    return read_stored(root / "run", root / "models")


def test_a_run_offers_its_own_model_and_those_that_fit(stored: Stored) -> None:
    """The run's own comes first; models whose tables the instance lacks are not offered."""
    assert stored.first == "reference (core.growth=1.6)"
    assert list(stored.plans) == [stored.first]
    assert {"reference", "no-zones", "west-first"} <= set(stored.scenarios)
    assert "laboratories" not in stored.scenarios
    assert opening(stored, "west-first").beside == stored.first


def test_a_comparison_offers_its_scenarios(tmp_path: Path, tiny: Instance) -> None:
    impossible = define(policies={"west": {"family": "group_share", "group": "West", "min_growth": 20}})
    compare(tiny, ["reference", impossible, "no-zones"], out=tmp_path / "comparison")
    found = read_stored(tmp_path / "comparison", tmp_path / "models")
    assert list(found.scenarios) == ["reference", "test", "no-zones"]
    assert list(found.plans) == ["reference", "no-zones"]
    assert opening(found, "no-zones").beside == "no-zones"
    assert opening(found, "test").beside == "reference"
    assert command(opening(found, "test"), found) == "layout-opt solve tiny --model test.toml"


def test_every_scenario_has_the_instance_that_it_was_solved_on(tmp_path: Path, tiny: Instance) -> None:
    """Of a comparison of instances; one that does not ship is named by its copy."""
    larger = tiny.having("demand", tiny.tables["demand"].assign(demand=1.02 * tiny.tables["demand"]["demand"]))
    compare({"now": tiny, "later": larger}, ["reference"], out=tmp_path / "comparison")
    found = read_stored(tmp_path / "comparison", tmp_path / "models")
    first, second = found.scenarios.values()
    assert (first.instance.sha256, second.instance.sha256) == (tiny.sha256, larger.sha256)
    assert first.facts == "tiny"
    assert load_instance(second.facts).sha256 == larger.sha256


def test_an_address_holds_the_whole_state(stored: Stored) -> None:
    state = State("west-first", stored.first, {"policies.west.min_share": "0.3", "without": "zones,barriers"}, gap=0.01, limit=20)
    found, faults = read(parse_qsl(state.query), stored)
    assert (found, faults) == (state, [])
    assert found.settings == ["policies.west.min_share=0.3", "without=zones,barriers"]
    definition = found.definition(stored)
    assert set(definition.policies) == set(load_definition("west-first").policies) - {"zones", "barriers"}
    assert found.search(stored).seed == 7


def test_changes_are_laid_over_the_stored_definition(stored: Stored) -> None:
    """What the stored plan was solved with holds on; a policy that is left out may have been changed before."""
    state = opening(stored).having("policies.zones.phase_out", "0.5").switched("zones", on=False)
    definition = state.definition(stored)
    assert definition.core.growth == 1.6
    assert definition.settings == ("core.growth=1.6", "policies.zones.phase_out=0.5", "without=zones")
    back = state.switched("zones", on=True)
    assert back.definition(stored).policies["zones"].parameters["phase_out"] == 0.5


def test_the_command_solves_the_same(stored: Stored) -> None:
    state = opening(stored).having("policies.resources.resources", '["water"]').switched("land", on=False)
    words = shlex.split(command(state, stored))
    assert words[:3] == ["layout-opt", "solve", "tiny"]
    given = [setting for flag, setting in itertools.pairwise(words) if flag == "--set"]
    assert same_choices(load_definition("reference", given), state.definition(stored), stored.scenarios[stored.first].instance)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["scenario", "beside", "gap", "limit", "without", "core.growth", "policies.zones", "x"]), st.text(max_size=9)))
)
def test_any_address_gives_a_state_that_can_be_solved(stored: Stored, query: list[tuple[str, str]]) -> None:
    """Garbage is named, and left out."""
    state, faults = read(query, stored)
    assert state.definition(stored)
    assert all(str(fault) for fault in faults)


def test_controls_are_what_settings_take(stored: Stored) -> None:
    """Every number, switch and choice of a definition has a control whose key and value `--set` takes."""
    for scenario in ("reference", "west-first"):
        definition = stored.define(scenario)
        found = [control for group in groups(definition, stored.scenarios[stored.first].instance) for control in group.controls]
        assert len({control.key for control in found}) == len(found)
        given = [f"{control.key}={control.value}" for control in found if control.value]
        assert same_choices(stored.define(scenario, given), definition, stored.scenarios[stored.first].instance)


def test_caps_have_a_factor_per_resource() -> None:
    china = load_instance("china-2017")
    found = {group.label: group for group in groups(load_definition("full"), china)}
    assert [control.item for control in found["resources"].controls if control.name == "factors"] == ["water", "energy", "co2", "cultivated-land"]
    assert found["royalty"].controls[0].key == "policies.royalty.rates.coal-mining"
    assert found["zones"].controls[0].bounds == "≥ 0, ≤ 1"


def test_both_languages_have_the_same_texts() -> None:
    def holes(text: str) -> set[str | None]:
        return {hole for _, hole, _, _ in string.Formatter().parse(text) if hole is not None}

    assert list(TEXTS["en"]) == list(TEXTS["zh"])
    assert {key: holes(text) for key, text in TEXTS["en"].items()} == {key: holes(text) for key, text in TEXTS["zh"].items()}


def test_parameters_of_shipped_families_are_called_something() -> None:
    """A parameter without a text would show its English name on the Chinese page."""
    china = load_instance("china-2017")
    names = {control.name for group in groups(load_definition("full"), china) if group.label for control in group.controls}
    assert {f"parameter.{name}" for name in names} <= set(TEXTS["zh"])
