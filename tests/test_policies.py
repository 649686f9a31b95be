"""Every policy family by plans laid into its model, by its recheck, by its faults, and softened: what `tests/families/` states, run.

A new family needs a file there (and what `test_every_family_is_tested` asks for); nothing here names families.
"""

from __future__ import annotations

import difflib
import inspect
import os
import re
import sys
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from benchmarks.shipped import fits
from layout_opt.build import Built, build
from layout_opt.definition import load_definition
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.plan import CELL_COLUMNS, PeriodPlan
from layout_opt.policies import families, policies_of, statement
from layout_opt.policy import Policy
from layout_opt.shipped import folder, names
from layout_opt.solver.compiled import Program, compile_built, export
from layout_opt.solving import load_instance, solve
from tests.cases import Row, Term, Told, Wrong, made, settle, stated, stated_families
from tests.conftest import TINY, define
from tests.plans import altered, cut, decisions, limit, linking, links, objective, plans, read, slacks, term, with_table

LONGEST = 168  # lines of a family
GOLDEN = Path(__file__).parent / "golden"
LIGHT = settings(max_examples=8, derandomize=True, deadline=None, database=None, phases=(Phase.generate, Phase.shrink))
FAMILIES = stated_families()


def cases(part: str) -> list[Any]:
    """Every entry of one part of what is stated of the families, with its family."""
    return [pytest.param(name, entry, id=f"{name}-{n}") for name, family in FAMILIES.items() for n, entry in enumerate(getattr(family, part))]


@pytest.mark.parametrize("name", families())
def test_every_family_is_tested(name: str) -> None:
    """A family has tests, a statement with units, and titles: rows where it limits, terms where it adds to the objective, faults always."""
    cls, entry = families()[name], FAMILIES.get(name)
    assert entry is not None, f"add tests/families/test_{name}.py with its FAMILY"
    assert bool(entry.rows) == (cls.limit is not Policy.limit), "a family with a limit needs a just-allowed and a just-forbidden plan"
    linked = {row.row.split("|")[0] for row in entry.rows} & links_of(name, entry.random[0])
    assert bool(linked) == (cls.links is not Policy.links), "linking constraints need their recheck, and a plan that one of them forbids"
    assert {case.outcome for case in entry.told} <= set(cls.words), "every outcome needs its words"
    assert set(cls.words) <= {case.outcome for case in entry.told} | said(name), "an outcome needs a plan with its value"
    assert entry.told, "a family says in a report what it brings about"
    assert all(names.keys() == {"en", "zh"} and all(names.values()) for names in cls.words.values())
    assert set(cls.serves) <= set(range(1, 33))
    assert cls.serves, "`serves` names rows of the table of mechanisms"
    weighs = "weight" in cls.model_fields or cls.term_weight is not Policy.term_weight
    assert bool(entry.terms) == weighs, "a family with an objective term needs plans with its value"
    assert (entry.soft is not None) == (cls.recheck is not Policy.recheck), "a family with a limit needs parameters for its softened test"
    assert entry.faults, "a family needs tests of its faults"
    assert (cls.recheck is not Policy.recheck or cls.links is not Policy.links) == bool(entry.rows), "a limit needs its recheck"
    assert (cls.value is not Policy.value) == bool(entry.terms), "an objective term needs its value"
    text = statement(name)
    assert re.search(r"^Statement\b.*::$", text, re.MULTILINE | re.DOTALL), "the module's docstring needs a block `Statement ...::`"
    assert re.search(r"\b(money|output|unit|project|site|share)", text, re.IGNORECASE), "the statement needs units"
    assert cls.title.keys() == {"en", "zh"}
    assert all(cls.title.values())
    assert re.search("[\u4e00-\u9fff]", cls.phrase), "`phrase` quotes the policy paper"


@pytest.mark.parametrize("name", families())
def test_a_family_is_short_enough_to_be_read_at_once(name: str) -> None:
    """About 150 lines; what makes it longer is facts or arithmetic with a subject of its own, and goes to a room below."""
    assert len(inspect.getsource(sys.modules[families()[name].__module__]).splitlines()) <= LONGEST


def links_of(family: str, parameters: dict[str, Any]) -> set[str]:
    """Names of the linking constraints of a family."""
    return {link.local_name for link in links(made(family, parameters, FAMILIES[family].facts(facts())), "p")}


def said(family: str) -> set[str]:
    """What the rows and items of a family in its tests are made of."""
    entry, instance = FAMILIES[family], FAMILIES[family].facts(facts())
    rows = [row for parameters in entry.random for row in rows_of(family, parameters, instance)]
    return {part for name in [*rows, *(case.item for case in entry.told), *(case.row for case in entry.rows)] for part in name.split("|")}


def rows_of(family: str, parameters: dict[str, Any], instance: Instance) -> list[str]:
    """The rows of the limit of a policy in a plan that changes nothing."""
    policy, *_ = policies_of(stated(family, parameters), instance)
    return list(policy.recheck(unchanged(instance))["row"])


def unchanged(instance: Instance) -> PeriodPlan:
    """The last period of a plan that changes nothing, compared by every policy to itself."""
    cells = pd.DataFrame(0.0, instance.cells, CELL_COLUMNS).assign(before=instance.stock, output=instance.stock)
    flows = pd.DataFrame({"industry": [], "origin": [], "destination": [], "output": []}).astype({"output": float})
    return PeriodPlan(instance, instance.manifest.periods[-1], cells, flows, baseline=defaultdict(lambda: instance.stock))


@pytest.mark.parametrize("instance", ["china-2017", "laboratories", "tiny"])
def test_rows_and_items_are_told_in_words(instance: str) -> None:
    """What rows of limits and items of outcomes are made of is a name of the instance or a word of the family, in both languages."""
    facts, seen = load_instance(instance), set[str]()
    known = {str(key) for table in facts.tables.values() if "name_en" in table for key in table.iloc[:, 0]}
    for definition in map(load_definition, names("models")):
        if definition.sweep or not fits(facts, definition):
            continue
        for policy in policies_of(definition, facts):
            stands = policy.model_dump_json(exclude={"label", "objective", "penalty"}) + policy.family
            if stands not in seen:
                seen.add(stands)
                plan = unchanged(facts)
                for name in [*policy.recheck(plan)["row"], *policy.outcomes(plan)["item"]]:
                    unnamed = set(str(name).split("|")) - known - set(policy.words)
                    assert not unnamed, f"{policy.family} needs words for {unnamed} in {name!r}"
    assert seen


def test_a_row_is_described_in_both_languages(tiny: Instance) -> None:
    """The title, the rule, the names of the row, and what all rows of the policy concern."""
    west, *_ = policies_of(stated("group_share", {"group": "West", "min_share": 0.1, "industries": ["cloth"]}), tiny)
    assert west.describe(tiny, "min_share") == "Group share: Lowest share of the nation, West, Cloth"
    assert west.describe(tiny, "min_share", "zh") == "板块与战略区域份额：占全国份额下限、西部、纺织"
    listed, *_ = policies_of(stated("negative_list", {}), FAMILIES["negative_list"].facts(tiny))
    assert listed.describe(tiny, "local|cloth|B") == "Negative list of market access: Local ban, Cloth, Middle"
    assert listed.describe(tiny, "local|cloth|B", "zh") == "市场准入负面清单：地方禁令、纺织、中部"


@pytest.mark.parametrize("key", ["label", "objective"])
def test_a_policy_does_not_name_itself(tiny: Instance, key: str) -> None:
    """Label and objective are those of the model: a key of that name in a policy is unknown."""
    with pytest.raises(InputError, match=rf"policies\.p\.{key}: unknown key") as caught:
        policies_of(stated("carrying_capacity", {key: "q"}), tiny)
    assert len(caught.value.faults) == 1


def slack(built: Built, row: str) -> float:
    """The slack of a row of the limit, or of a linking constraint."""
    rows = limit(built, "p")
    return {**linking(built, "p"), **({} if rows is None else slacks(rows))}[row]


def test_no_test_is_of_a_family_that_is_gone() -> None:
    assert set(FAMILIES) <= set(families())


@pytest.mark.parametrize("name", families())
def test_a_family_that_gives_relief_or_income_says_so(tiny: Instance, name: str) -> None:
    """What adds to loads or accounts may be worth something: `price` must not take it for a mere limit."""
    (period,) = made(name, FAMILIES[name].random[0], FAMILIES[name].facts(tiny)).periods
    policy, *_ = policies_of(stated(name, FAMILIES[name].random[0]), FAMILIES[name].facts(tiny))
    assert not ((period.loads or period.accounts) and policy.only_costs())


@pytest.mark.parametrize(("family", "case"), cases("rows"))
def test_just_allowed_and_just_forbidden(tiny: Instance, family: str, case: Row) -> None:
    """The row has slack 0 for the plan that it just allows, and is short by the stated amount for the other."""
    built = made(family, case.parameters, FAMILIES[family].facts(tiny), case.periods)
    assert slack(settle(built, *case.laid(case.allowed), decided=case.decided), case.row) == pytest.approx(0.0, abs=1e-9)
    otherwise = case.decided if case.otherwise is None else case.otherwise
    assert slack(settle(built, *case.laid(case.forbidden), decided=otherwise), case.row) == pytest.approx(case.slack)


@pytest.mark.parametrize(("family", "case"), cases("terms"))
def test_terms_have_the_stated_value(tiny: Instance, family: str, case: Term) -> None:
    """The objective term of a plan is the figure worked out by hand, in the model and from the tables."""
    built = settle(made(family, case.parameters, FAMILIES[family].facts(tiny)), case.plan, decided=case.decided)
    assert term(built, "p") == pytest.approx(case.value)
    assert built.policies[0].value(read(built)[-1]) == pytest.approx(case.value)


@pytest.mark.parametrize(("family", "case"), cases("told"))
def test_outcomes_have_the_stated_value(tiny: Instance, family: str, case: Told) -> None:
    """An outcome of a plan is the figure worked out by hand, has a unit, and is 0 where it is not listed."""
    built = settle(made(family, case.parameters, FAMILIES[family].facts(tiny)), case.plan, decided=case.decided)
    told = built.policies[0].outcomes(read(built)[-1]).set_index(["outcome", "item"])
    assert told.index.is_unique
    assert set(told.index.get_level_values("outcome")) <= set(built.policies[0].words)
    assert told["unit"].str.len().gt(0).all()
    assert told["value"].get((case.outcome, case.item), 0.0) == pytest.approx(case.value)


@cache
def random_model(family: str, number: int, periods: tuple[int, ...]) -> Any:
    """A model of `tiny` with one policy, for random plans; its laboratory has a lot, so that it counts as an industry with projects."""
    instance = altered(load_instance(TINY), "industries", "lab", lot=5.0, max_projects=0)
    return made(family, FAMILIES[family].random[number], FAMILIES[family].facts(instance), periods)


@pytest.mark.parametrize(("family", "number"), [(name, n) for name, entry in FAMILIES.items() for n in range(len(entry.random))])
@LIGHT
@given(data=st.data())
def test_recheck_and_model_agree(family: str, number: int, data: st.DataObject) -> None:
    """For any plan, of one period or two, the pandas recheck has the rows, uses and bounds of the model, and `value` is the model's term.

    Rows that the model leaves out (no variable could break them) hold by themselves.
    """
    periods = data.draw(st.sampled_from([(2030,), (2025, 2030)]))
    built = random_model(family, number, periods)
    own = FAMILIES[family].plans
    settle(built, *([data.draw(st.sampled_from(own))] if own else data.draw(plans(built))), decided=data.draw(decisions(built)))
    policy = built.policies[0]
    for number_of_period, plan in enumerate(read(built)):
        recheck, rows = policy.recheck(plan).set_index("row"), limit(built, "p", number_of_period)
        modelled = {} if rows is None else slacks(rows)
        checked = dict(recheck["bound"] - recheck["use"])
        assert [row for row in checked if row in modelled] == list(modelled)
        for row, slack in modelled.items():
            assert checked[row] == pytest.approx(slack, abs=1e-6), row
        assert all(slack >= 0 for row, slack in checked.items() if row not in modelled)
        rechecked = policy.links(plan).set_index("row")
        distance = dict(rechecked["bound"] - rechecked["use"])
        assert set(distance) == set(linking(built, "p", number_of_period))
        for row, slack in linking(built, "p", number_of_period).items():
            assert distance[row] == pytest.approx(slack, abs=1e-6), row
        if policy.term_weight() is not None:
            assert policy.value(plan) == pytest.approx(term(built, "p", number_of_period), abs=1e-6)


@pytest.mark.parametrize(("family", "case"), cases("faults"))
def test_wrong_parameters_name_their_key(tiny: Instance, family: str, case: Wrong) -> None:
    """A wrong parameter, or a missing table, is one fault of the input that says where it stands and what is wrong."""
    with pytest.raises(InputError) as caught:
        policies_of(stated(family, case.parameters), case.change(FAMILIES[family].facts(tiny)))
    assert len(caught.value.faults) == 1
    fault = caught.value.faults[0]
    assert str(fault.where.column).startswith("policies.p")
    assert case.key in str(fault.where.column)
    assert case.says in fault.what
    assert fault.remedy


def test_an_unknown_family_is_an_error(tiny: Instance) -> None:
    """The nearest family is named; the statement of an unknown family is refused as well."""
    with pytest.raises(InputError, match=r"policies\.p\.family: no such policy family.*Did you mean 'carrying_capacity'"):
        policies_of(stated("carying_capacity", {}), tiny)
    with pytest.raises(InputError, match="no such policy family"):
        statement("carying_capacity")


def test_all_faults_are_reported_at_once(tiny: Instance) -> None:
    """Three policies with four faults are four faults, not one after the other."""
    wrong = {
        "a": {"family": "carrying_capacity", "resources": ["x"], "strictness": 1},
        "b": {"family": "group_share", "group": "x", "industries": ["y"], "min_share": 0.1},
        "c": {"family": "nothing"},
    }
    with pytest.raises(InputError) as caught:
        build(tiny, define(policies=wrong))
    keys = {f.where.column for f in caught.value.faults}
    assert keys == {"policies.a.resources", "policies.b.group", "policies.b.industries", "policies.c.family"}


# --- golden files ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", families())
def test_golden_model(tiny: Instance, tmp_path: Path, name: str) -> None:
    """The model of two regions and two industries with this policy alone is, byte for byte, the stored one: no change of it goes unseen."""
    small = cut(FAMILIES[name].facts(tiny), ["steel", "cloth"], FAMILIES[name].golden)
    export(compile_built(made(name, FAMILIES[name].random[0], small)), tmp_path / "new.lp")
    new, golden = (tmp_path / "new.lp").read_bytes(), GOLDEN / f"{name}.lp"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        GOLDEN.mkdir(exist_ok=True)
        golden.write_bytes(new)
    old = golden.read_bytes() if golden.is_file() else b""
    changed = "\n".join(difflib.unified_diff(old.decode().splitlines(), new.decode().splitlines(), "stored", "now", lineterm="", n=0))
    assert new == old, f"the model of {name} changed; if it should have, run pytest with UPDATE_GOLDEN=1 and read the difference:\n{changed}"


def test_no_golden_file_is_left_over() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == {f"{name}.lp" for name in families()}


# --- softening ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("family", "case"), cases("rows"))
def test_softening_allows_what_was_forbidden_at_its_price(tiny: Instance, family: str, case: Row) -> None:
    """With a penalty, the forbidden plan fits once its excess is counted, and the objective pays penalty times excess for it."""
    otherwise = case.decided if case.otherwise is None else case.otherwise
    if case.row.split("|")[0] in links_of(family, case.parameters):
        return  # what links is never softened
    built = made(family, {**case.parameters, "penalty": 0.5}, FAMILIES[family].facts(tiny), case.periods)
    settle(built, *case.laid(case.forbidden), decided=otherwise)
    block = built.periods[-1].b.policy["p"]
    before = objective(built)
    excess = {row: max(-slack, 0.0) for row, slack in zip(block.limit, slacks(block.limit).values(), strict=True)}
    for row, value in excess.items():
        block.excess[row].set_value(value)
    assert sum(excess.values()) >= -case.slack - 1e-9
    assert min(slacks(block.limit).values()) >= -1e-9
    assert objective(built) == pytest.approx(before - 0.5 * sum(excess.values()))
    assert term(built, "p.excess") == pytest.approx(sum(excess.values()))


@pytest.mark.parametrize("family", [name for name, entry in FAMILIES.items() if entry.soft is not None])
def test_softened_runs_price_their_excess_and_pass(tiny: Instance, family: str) -> None:
    """A limit that costs almost nothing to exceed is exceeded; the excess stands in the objective table, and the plan passes the check."""
    soft = {**(FAMILIES[family].soft or {}), "penalty": 1e-4}
    facts, beside = FAMILIES[family].facts(tiny), FAMILIES[family].beside
    run = solve(facts, stated(family, soft, beside))
    row = run.tables["objective"].set_index("term").loc["p.excess"]
    assert row["weight"] == -1e-4
    assert row["value"] > 0.5
    assert run.tables["policies"].set_index("label").loc["p", "excess"] == pytest.approx(row["value"])
    assert run.verify().passed
    hard = solve(facts, stated(family, {k: v for k, v in soft.items() if k != "penalty"}, beside))
    assert hard.info["objective"] <= run.info["objective"] + 1e-9


# --- order -------------------------------------------------------------------------------------------------------------------------------

REFERENCE = load_definition(folder("models") / "reference.toml").model_dump(mode="json", exclude={"name", "question"})
LABELS = sorted(REFERENCE["policies"])


@cache
def facts() -> Instance:
    return load_instance(TINY)


def compiled(policies: dict[str, Any]) -> Program:
    return compile_built(build(facts(), define(**{**REFERENCE, "policies": policies}))).whole


@settings(LIGHT, max_examples=6)
@given(order=st.permutations(LABELS))
def test_the_order_of_policies_never_matters(order: list[str]) -> None:
    """The reference model with its policies named in any order compiles to the same matrices, column by column."""
    first, second = (compiled({label: REFERENCE["policies"][label] for label in labels}) for labels in (LABELS, order))
    for array in ("cost", "lower", "upper", "row_lower", "row_upper", "integer"):
        assert np.array_equal(getattr(first, array), getattr(second, array))
    assert first.matrix.shape == second.matrix.shape
    assert (first.matrix != second.matrix).nnz == 0


@settings(LIGHT, max_examples=4)
@given(names=st.permutations([f"n{n}" for n in range(len(LABELS))]))
def test_the_names_of_policies_never_matter(names: list[str]) -> None:
    """Other labels, and with them another order of statement, lead to the same optimum."""
    renamed = {name: REFERENCE["policies"][label] for name, label in zip(names, LABELS, strict=True)}
    run = solve(facts(), define(**{**REFERENCE, "policies": renamed}))
    assert run.info["objective"] == pytest.approx(reference_optimum(), rel=1e-9)


@cache
def reference_optimum() -> float:
    return float(solve(facts(), define(**REFERENCE)).info["objective"])


# --- nothing vanishes --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "parameters", "change"),
    [
        ("duplication_limit", {}, lambda i: with_table(i, "industries", i.tables["industries"].assign(max_projects=np.nan))),
        ("duplication_limit", {"sites": {}}, lambda i: i),
        ("duplication_limit", {"sites": {"steel": 1}}, lambda i: altered(i, "industries", "steel", lot=1000.0)),
        ("functional_zone", {}, lambda i: with_table(i, "zone_rules", i.tables["zone_rules"].iloc[1:2])),
    ],
)
def test_a_policy_that_would_do_nothing_is_an_error(
    tiny: Instance, family: str, parameters: dict[str, Any], change: Callable[[Instance], Instance]
) -> None:
    """A stated policy never vanishes: without a row and without a term it is a fault that names it."""
    with pytest.raises(InputError, match=r"policies\.p: the policy would do nothing") as caught:
        build(change(tiny), stated(family, parameters))
    assert family in caught.value.faults[0].what


@pytest.mark.parametrize("family", ["carrying_capacity", "basin_capacity"])
def test_a_stated_resource_without_capacity_is_an_error(tiny: Instance, family: str) -> None:
    """A resource that a model names but no place limits is a fault, even where other resources of the policy are limited."""
    with pytest.raises(InputError, match="finds no capacity for it") as caught:
        build(tiny, stated(family, {"resources": ["water", "land"]}))
    assert [f.value for f in caught.value.faults] == ["land"]


@pytest.mark.parametrize(("column", "value"), [("industries", ["cloth", "cloth"]), ("industries", []), ("group", "river")])
def test_group_share_refuses_what_states_nothing(tiny: Instance, column: str, value: object) -> None:
    """An industry named twice, an empty list, a group without regions."""
    lonely = with_table(tiny, "membership", tiny.tables["membership"].iloc[:0])
    with pytest.raises(InputError, match=f"policies.p.{column}"):
        build(lonely, stated("group_share", {"group": "West", "min_share": 0.1, column: value}))
