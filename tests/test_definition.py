"""Model definitions: inheritance of one level, `without`, settings, and what is refused."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout_opt.definition import Definition, definition_from, find_definition, load_definition
from layout_opt.errors import InputError
from tests.conftest import QUESTION, ROOT

ASK = '[question]\nen = "?"\nzh = "？"\n'
GROUND = (
    ASK
    + """[core]
growth = 1.5
[policies.water]
family = "carrying_capacity"
strictness = 0.8
resources = ["water"]
[policies.zones]
family = "functional_zone"
"""
)


@pytest.fixture
def write(tmp_path: Path) -> object:
    def file(text: str, name: str = "mine.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    file(GROUND, "ground.toml")
    return file


def refused(*args: object) -> list[str]:
    with pytest.raises(InputError) as error:
        load_definition(*args)
    return list(map(str, error.value.faults))


@pytest.mark.parametrize("path", sorted((ROOT / "models").glob("*.toml")), ids=lambda p: p.stem)
def test_shipped_models_load(path: Path) -> None:
    definition = load_definition(path.stem)
    assert definition == load_definition(path)
    assert definition.name == path.stem
    assert definition.question.en
    assert definition.question["zh"] == definition.question.zh


def test_a_definition_is_complete_and_frozen(write) -> None:
    definition = load_definition(write('base = "ground"\n[core]\nentry = 0.1\n[policies.water]\nstrictness = 0.9\n'))
    assert definition.core.growth == 1.5
    assert definition.core.entry == 0.1
    assert definition.policies["water"].parameters == {"strictness": 0.9, "resources": ["water"]}
    assert definition_from(definition.model_dump()) == definition
    with pytest.raises(ValueError, match="frozen"):
        definition.name = "other"


def test_the_base_stays_as_it_is(write) -> None:
    before = load_definition(find_definition(write("", "x.toml").parent / "ground.toml"))
    load_definition(write('base = "ground"\nwithout = ["zones"]\n[policies.water]\nstrictness = 0.1\n'), ["policies.water.strictness=0.2"])
    assert load_definition(write("", "x.toml").parent / "ground.toml") == before


def test_without_drops_policies(write) -> None:
    assert set(load_definition(write('base = "ground"\nwithout = ["zones"]\n')).policies) == {"water"}


def test_a_base_may_be_a_shipped_model(write) -> None:
    assert set(load_definition(write('base = "reference"\n')).policies) == set(load_definition("reference").policies)


def test_a_new_policy_beside_those_of_the_base(write) -> None:
    assert set(load_definition(write('base = "ground"\n[policies.b]\nfamily = "market_barrier"\n')).policies) == {"water", "zones", "b"}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("core.growth=2", 2.0),
        ("core.growth = 2.5 ", 2.5),
        ("core.round_trips=true", True),
        ("periods=[2030, 2035]", (2030, 2035)),
        ("policies.water.strictness=0.5", 0.5),
        ('policies.water.resources=["land"]', ["land"]),
        ("policies.zones.penalty=3", 3.0),
        ("policies.zones.family=market_barrier", "market_barrier"),
        ('question.en="Why?"', "Why?"),
        ("question.en=Why not = so?", "Why not = so?"),
        ("objective.shortage=-1e3", -1000.0),
    ],
)
def test_settings_have_the_types_of_toml(setting: str, value: object, write) -> None:
    definition = load_definition(write('base = "ground"\n'), [setting])
    found: object = definition.model_dump()
    for part in setting.partition("=")[0].strip().split("."):
        found = found[part]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("", "is not KEY=VALUE"),
        ("core", "is not KEY=VALUE"),
        ("=1", "is not KEY=VALUE"),
        ("core..growth=1", "is not KEY=VALUE"),
        ("core.growth=nan", "finite number"),
        ("core.growth=", "valid number"),
        ("core.growth=true", "must not be true or false"),
        ("core.growth=" + "9" * 5000, "core.growth"),
        ("corre.growth=1", "unknown key 'corre'"),
        ("policies=1", "no such policy"),
        ("policies.wter.strictness=1", "Did you mean 'water'?"),
        ("without=['zone']", "Did you mean 'zones'?"),
        ("periods=[2035, 2030]", "each later than the one before"),
        ("name=../x", "must be a name that a folder can have"),
    ],
)
def test_wrong_settings_are_named(setting: str, words: str, write) -> None:
    (line,) = refused(write('base = "ground"\n'), [setting])
    assert line.startswith("--set")
    assert words in line


def test_settings_leave_policies_out(write) -> None:
    """The same as `without` in a file with a base; labels that are not there are named, all of them."""
    path = write(GROUND + '[policies.more]\nfamily = "market_barrier"\n')
    whole = load_definition(path)
    for setting in ("without=more,zones", "without=['zones', 'more']"):
        assert set(load_definition(path, [setting]).policies) == set(whole.policies) - {"more", "zones"}
    with pytest.raises(InputError) as error:
        load_definition(path, ["without=moore, zzz"])
    assert [fault.value for fault in error.value.faults] == ["moore", "zzz"]
    assert "Did you mean 'more'?" in str(error.value)


def test_a_fault_of_the_file_is_not_laid_on_the_settings(write) -> None:
    found = refused(write('base = "ground"\n[core]\nentry = 2\n'), ["core.growth=-1"])
    assert [line.partition(": ")[0] for line in found] == ["--set, core.growth", "mine.toml, core.entry"]


def test_labels_are_plain_words(write) -> None:
    (line,) = refused(write(ASK + '[policies."a b"]\nfamily = "market_barrier"\n'))
    assert "policy label 'a b' must be a plain word" in line


@pytest.mark.parametrize(
    "text", ["policies = 3\n", "base = 3\n[policies]\nx = 1\n", 'base = "ground"\npolicies = []\n', 'without = 3\nbase = "ground"\n']
)
def test_wrong_shapes_are_faults(text: str, write) -> None:
    assert refused(write(text if "base" in text else text + ASK))


@pytest.mark.parametrize("data", [{}, {"question": 1}, {"question": QUESTION, "periods": []}, {"question": QUESTION, "policies": {"a": {}}}])
def test_definitions_from_mappings_are_checked(data: dict[str, object]) -> None:
    with pytest.raises(InputError) as error:
        definition_from(data)
    assert all(fault.where.file == "definition" for fault in error.value.faults)


def test_a_chinese_file_name_is_a_name(write) -> None:
    assert load_definition(write(GROUND, "方案 一.toml")).name == "方案 一"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["growth", "family", "x", "en"]), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*Definition.model_fields, "x"]), values, max_size=4))
def test_arbitrary_data_is_a_definition_or_an_input_error(data: dict[str, object]) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(definition_from({"question": QUESTION, **data}), Definition)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30) | st.builds("{}={}".format, st.sampled_from(["core.growth", "policies.zones.x", "question", "a.b"]), st.text(max_size=9)))
def test_arbitrary_settings_are_applied_or_input_errors(setting: str) -> None:
    try:
        found = load_definition("reference", [setting])
    except InputError as error:
        found = error.faults[0]
    assert isinstance(found, Definition) or found.where.file == "--set", found
