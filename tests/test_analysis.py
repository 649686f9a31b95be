"""Prices, diagnoses and explanations, against figures worked out by hand and against brute force."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from layout_opt.analysis.diagnosing import diagnose
from layout_opt.analysis.explaining import explain
from layout_opt.analysis.pricing import dropping, price
from layout_opt.definition import Definition, load_definition
from layout_opt.errors import InputError, LayoutError
from layout_opt.instance import Instance
from layout_opt.runs import Run
from layout_opt.solving import solve
from tests.conftest import TINY, define

COMMAND = [sys.executable, "-m", "layout_opt.cli"]
WATER = {"family": "carrying_capacity", "resources": ["water"]}
CONFLICTS = {
    "two bounds": {
        "west": {"family": "group_share", "group": "West", "measure": "output", "max_growth": 0.1},
        "cloth": {"family": "placement", "industry": "cloth", "region": "C", "min_output": 40},
        "water": WATER,
    },
    "three of four": {
        "water": WATER,
        "steel": {"family": "placement", "industry": "steel", "region": "C", "min_output": 55},
        "more": {"family": "placement", "industry": "cloth", "region": "C", "min_output": 20},
        "ban": {"family": "duplication_limit"},
    },
    "integers only": {  # the lab is whole or nowhere: half of it in A satisfies both in the relaxation
        "least": {"family": "placement", "industry": "lab", "region": "A", "min_output": 5},
        "most": {"family": "placement", "industry": "lab", "region": "A", "max_output": 5},
        "water": WATER,
    },
}


def test_prices_by_hand(tiny: Instance, by_hand: Definition) -> None:
    """Without water 62.275 (5 of cloth leave A for B, beside the new cloth); without the ban 61.60; without both 62.45; with both 61.525."""
    table = price(tiny, by_hand).set_index(["label", "how"])
    for label, how, expected in (
        ("water", "leave-one-out", 62.275 - 61.525),
        ("ban", "leave-one-out", 61.60 - 61.525),
        ("all", "together", 62.45 - 61.525),
        ("water", "add-one-in", 62.45 - 61.60),
        ("ban", "add-one-in", 62.45 - 62.275),
    ):
        assert table.loc[(label, how), "low"] == pytest.approx(expected, abs=1e-6)
        assert table.loc[(label, how), "high"] == pytest.approx(expected, abs=1e-6)


def test_a_price_holds_the_difference_of_the_optima(tiny: Instance) -> None:
    """Solved loosely, every interval still holds the difference of the exact optima."""
    definition = load_definition("reference")
    loose = price(tiny, definition, gap=0.5).set_index(["label", "how"])
    exact = solve(tiny, definition, gap=0.0).info["objective"]
    for label in ("resources", "zones", "barriers"):
        without = solve(tiny, dropping(definition, [label]), gap=0.0).info["objective"]
        row = loose.loc[(label, "leave-one-out")]
        assert row["low"] - 1e-9 <= without - exact <= row["high"] + 1e-9


def test_what_is_valued_has_no_price(tiny: Instance) -> None:
    with pytest.raises(InputError, match="valued rather than limits"):
        price(tiny, "reference", ["advantage"])


def test_an_infeasible_model_has_no_prices(tiny: Instance) -> None:
    with pytest.raises(LayoutError, match="diagnose"):
        price(tiny, define(policies=CONFLICTS["two bounds"]))


@pytest.mark.parametrize("name", CONFLICTS)
def test_conflicts_are_minimal_by_brute_force(tiny: Instance, name: str) -> None:
    """The conflict is infeasible by itself, and every proper part of it has a plan."""
    definition = define(policies=CONFLICTS[name])
    found = diagnose(tiny, definition)
    assert not found.feasible
    assert found.minimal
    everything = set(definition.policies)
    assert solve(tiny, dropping(definition, everything - set(found.conflict))).status == "infeasible"
    for size in range(len(found.conflict)):
        for part in itertools.combinations(found.conflict, size):
            assert solve(tiny, dropping(definition, everything - set(part))).has_plan, part


def test_repairs_are_enough_and_the_smallest_first(tiny: Instance) -> None:
    """West may make 33, cloth there has to be 40; it makes 30 and grows by projects of 5. Least of all changes one project: cloth 35, West 35, 12.5 %
    and 6.1 %; else West gives way by 7 of 33 or cloth by 10 of 40."""
    policies = CONFLICTS["two bounds"]
    found = diagnose(tiny, define(policies=policies))
    assert set(found.conflict) == {"west", "cloth"}
    assert set(zip(found.limits["label"], found.limits["row"], strict=True)) == {("west", "max_growth"), ("cloth", "min_output")}
    repairs = found.repairs
    assert list(zip(repairs["repair"], repairs["label"], strict=True)) == [(1, "cloth"), (1, "west"), (2, "west"), (3, "cloth")]
    assert repairs["by"].tolist() == pytest.approx([-5.0, 2.0, 7.0, -10.0], rel=1e-4)
    assert repairs["by_percent"].tolist() == pytest.approx([-12.5, 100 * 2 / 33, 100 * 7 / 33, -25.0], rel=1e-4)
    assert repairs["change"].tolist() == pytest.approx([0.125 + 2 / 33, 0.125 + 2 / 33, 7 / 33, 0.25], rel=1e-4)
    lower, wider = {"cloth": {**policies["cloth"], "min_output": 30}}, {"west": {**policies["west"], "max_growth": 1 / 3 + 1e-9}}
    both = {"cloth": {**policies["cloth"], "min_output": 35}, "west": {**policies["west"], "max_growth": 1 / 6 + 1e-9}}
    for repaired in (lower, wider, both):
        plan = solve(tiny, define(policies={**policies, **repaired}))
        assert plan.info["objective"] == pytest.approx(_worth(repairs, set(repaired)), rel=2e-3)


def test_zones_that_give_way_still_say_what_may_leave(tiny: Instance) -> None:
    """The Coast's zones make 5 of its 50 cloth leave and let it make 20 + 2.5 * 0.5 * 55 = 88.75; it has to be 100. Where the zones give way, what
    they force out may leave all the same beside the projects that fill the gap; the advice names industry, region and unit."""
    zones = {"family": "functional_zone", "closed_from": 0.05}
    most = {"family": "placement", "industry": "cloth", "region": "A", "min_output": 100}
    repairs = diagnose(tiny, define(policies={"zones": zones, "most": most})).repairs
    assert dict(zip(repairs["label"], repairs["words_en"], strict=True)) == {
        "most": "be content with 11.25 MCNY (11 %) less of Cloth in Coast",
        "zones": "let Cloth grow in Coast by 11.25 MCNY (13 %) more",
    }


def _worth(repairs: pd.DataFrame, labels: set[str]) -> float:
    """What the plan is worth with the repair that changes these policies."""
    return next(float(rows["worth"].iloc[0]) for _, rows in repairs.groupby("repair") if set(rows["label"]) == labels)


def test_a_feasible_model_needs_no_repair(tiny: Instance) -> None:
    found = diagnose(tiny, "reference")
    assert found.feasible
    assert found.repairs.empty


def test_why_not_there_by_hand(hand_run: Run) -> None:
    """Cloth stays at 20 in B. Five more there mean a second project (0.05) and 2.5 Mm3 of B's water, of which 1 is free: 1.5 of steel must
    find another way than to B, where moving costs 0.05: it closes and is built in B again ... no cheaper than the search finds, and not free."""
    found = explain(hand_run, "cloth", "B")
    assert found.at_least
    assert found.bound == 25
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low <= found.high < 1
    assert set(found.displaced["industry"]) >= {"cloth"}


def test_why_here_by_hand(hand_run: Run) -> None:
    """Cloth grows in C. Held at 30, 10 have to be built and 5 moved elsewhere, in B, where water allows 2 of them: the rest is not made."""
    found = explain(hand_run, "cloth", "C")
    assert not found.at_least
    assert found.bound == 30
    assert found.low is not None
    assert found.low > 0.1


def test_what_no_plan_does_is_said(hand_run: Run) -> None:
    """Steel is banned in C: forced there, no plan exists, and the ban is among the limits that bind."""
    found = explain(hand_run, "steel", "C")
    assert found.status == "infeasible"
    assert found.low is None
    assert "ban" in set(found.binding["label"])


def test_unknown_names_are_refused(hand_run: Run) -> None:
    with pytest.raises(InputError) as caught:
        explain(hand_run, "stell", "Z")
    assert len(caught.value.faults) == 2


def test_commands(tmp_path: Path) -> None:
    """The three commands end with exit 0, say what they found, and write a table where one is asked for."""

    def call(*arguments: str) -> str:
        done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "dropped alone" in call("price", str(TINY), "--model", str(TINY / "by-hand.toml"), "--out", "price.csv")
    assert (tmp_path / "price.csv").read_text(encoding="utf-8").startswith("label,family,how,low,high")
    call("solve", "tiny", "--model", str(TINY / "by-hand.toml"), "--out", "run")
    assert "the objective loses" in call("explain", "run", "--industry", "cloth", "--region", "B")
    (tmp_path / "bad.toml").write_text(
        'question = { en = "?", zh = "？" }\n'
        '[policies.least]\nfamily = "placement"\nindustry = "lab"\nregion = "A"\nmin_output = 5\n'
        '[policies.most]\nfamily = "placement"\nindustry = "lab"\nregion = "A"\nmax_output = 5\n',
        encoding="utf-8",
    )
    said = call("diagnose", "tiny", "--model", "bad.toml")
    assert "In conflict: least (placement), most (placement)" in said
    assert "Repair 1. Be content with 5 MCNY (100 %) less of Laboratory in Coast" in said
