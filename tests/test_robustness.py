"""Robustness: recourse worked out by hand, bounds that hold, samples that reproduce, and the price of being prepared."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from layout_opt.analysis.recourse import sites_of
from layout_opt.analysis.robustness import Robustness, robustness
from layout_opt.analysis.sampling import Uncertainty, draw, own_factors, sampled
from layout_opt.analysis.study import read_answer
from layout_opt.answers.robustness import print_robustness
from layout_opt.build import build
from layout_opt.cli.options import numbers
from layout_opt.definition import Definition, definition_from
from layout_opt.errors import InputError, LayoutError
from layout_opt.instance import Instance
from layout_opt.solving import solve
from tests.cases import stated_families
from tests.conftest import QUESTION, define
from tests.test_cli import call

EXACT = 1e-9
WATER = {"water": {"family": "carrying_capacity", "resources": ["water"]}}
STATED = ["sample", "kind", "item", "factor"]


def named(name: str, **parts: object) -> Definition:
    return definition_from({"question": QUESTION, **parts}, name)


def stated(*rows: tuple[int, str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=STATED)


# --- by hand: the plan moves 15 of steel from A to B and builds 10 of cloth in C; it is worth 61.6, and only those two sites are held ------

FOUR = stated((1, "demand", "cloth", 0.9), (2, "capacity", "water|B", 10 / 11), (3, "capacity", "water|A", 0.5), (4, "demand", "cloth", 1.1))


@pytest.fixture(scope="module")
def by_hand(tiny: Instance) -> Robustness:
    """Four samples, each solved without fixed sites too."""
    return robustness(tiny, define(policies=WATER), factors=FOUR, perfect=4, gap=EXACT)


def test_the_recourse_by_hand(by_hand: Robustness) -> None:
    """99 of cloth: the site in C must have 5, moved from A (0.20 + 0.05), 1 closes (0.05), 12 of steel go to B (0.70). 60 Mm3 in B: 10 of steel
    fit (0.60), 10 of cloth go to C (0.40). 35 Mm3 in A, 50 too many, a Mm3 at 0.05 (16, steel), 0.08 (12.5, cloth to C), 0.12 (5, cloth of B makes
    room for steel), 0.20 (12.5, cloth closed and built in C), 0.25 (4, the same in B). 121 of cloth: 11 more in C."""
    assert list(by_hand.samples["objective"]) == pytest.approx([59.7 - 1.0, 62.45 - 1.0, 62.45 - 6.0, 61.6 + 11 * 0.25])
    assert list(by_hand.samples["violation"]) == pytest.approx([0.0] * 4, abs=1e-6)
    assert set(by_hand.samples["status"]) == {"optimal"}


def test_the_regret_by_hand(by_hand: Robustness) -> None:
    """Without fixed sites the cloth project is saved in the first sample: 0.875 in place of 1. In the third, cloth goes to B (0.925) and
    steel to C (1.90 and 7.5 * 0.15): 3.95 in place of 6."""
    assert list(by_hand.samples["regret_low"]) == pytest.approx([0.125, 0.0, 2.05, 0.0], abs=1e-6)
    assert list(by_hand.samples["regret_high"]) == pytest.approx([0.125, 0.0, 2.05, 0.0], abs=1e-6)


def test_the_plan_as_it_stands_by_hand(by_hand: Robustness) -> None:
    """It uses 65 Mm3 in B and 70 in A, and makes 110 of cloth."""
    assert list(by_hand.samples["standing_broken"]) == [0, 1, 1, 0]
    assert list(by_hand.samples["standing_short"]) == pytest.approx([0.0, 0.0, 0.0, 11.0])
    caps = by_hand.caps.set_index("row")
    assert caps["broken"].to_dict() == {"water|A": 0.25, "water|B": 0.25}
    assert caps["worst_excess"].to_dict() == pytest.approx({"water|A": 1.0, "water|B": 5 / 60})
    assert caps["used_up"].to_dict() == pytest.approx({"water|A": 1.0, "water|B": 0.5})


def test_the_summary_by_hand(by_hand: Robustness) -> None:
    """Of 58.7, 61.45, 56.45 and 64.35: mean, worst, and the runs that the figures are traced to."""
    (row,) = by_hand.summary.to_dict("records")
    assert (row["samples"], row["solved"], row["infeasible"], row["worst_sample"]) == (4, 4, 0, 3)
    assert [row[key] for key in ("mean_low", "mean_high", "median")] == pytest.approx([60.2375, 60.2375, (58.7 + 61.45) / 2])
    assert [row[key] for key in ("worst", "tail", "regret_high", "broken_share")] == pytest.approx([56.45, 56.45, 2.175 / 4, 0.5])
    worst = by_hand.runs[row["worst_run"]]
    assert by_hand.runs[row["run"]].info["objective"] == pytest.approx(61.6)
    assert worst.info["objective"] == pytest.approx(56.45)
    assert worst.info["bound"] == pytest.approx(58.5), "a run of the model is held against a bound that holds for all sites"
    assert worst.verify().passed


@pytest.mark.parametrize(("stretch", "short"), [(0.0, 11.0), (0.05, 9.0)])
def test_sizes_can_be_held_too(tiny: Instance, stretch: float, short: float) -> None:
    """Of 121 only the planned 110 are made, or 2 more in C, where 40 are planned and there is a site."""
    found = robustness(tiny, define(policies=WATER), factors=FOUR[FOUR["sample"] == 4], perfect=0, stretch=stretch)
    assert found.samples["short"].iloc[0] == pytest.approx(short)
    assert found.samples["objective"].iloc[0] == pytest.approx(61.6 + (11 - short) * 0.25 - 2 * short)
    assert found.summary["short_share"].iloc[0] == 1.0
    assert found.summary["regret_high"].isna().all()
    assert list(found.runs) == ["test"], "nothing is solved without fixed sites unless that is asked for"


# --- sites -------------------------------------------------------------------------------------------------------------------------------


def test_a_site_whose_lot_no_longer_fits_is_stranded(tiny: Instance) -> None:
    """Steel may reach 60 in B, half more than its share of 100. Of 70 that is 42, and the lot of 10 on top of 40 is too much."""
    rules = define(core={"growth": 1.5}, policies=WATER)
    found = robustness(tiny, rules, factors=stated((1, "demand", "steel", 0.7)), perfect=0)
    assert found.samples["stranded"].iloc[0] == 1
    assert found.samples["status"].iloc[0] == "optimal"


def test_sites_are_held_in_every_period(tiny: Instance) -> None:
    """Projects stand where the plan has them, in the period in which it has them, and the laboratory may stand nowhere else; sizes stay free."""
    definition = define(policies=WATER, periods=[2025, 2030])
    run, built = solve(tiny, definition), build(tiny, definition)
    sites_of(run).hold(built)
    for period, planned in zip(built.periods, run.plan.periods, strict=True):
        projects = {kr for kr, w in period.b.w.items() if w.fixed and w.value == 1}
        assert projects == {kr for kr in period.b.w if planned.cells["project"][kr] > 0}
        assert {kr for kr, w in period.b.w.items() if not w.fixed} == {("lab", "A")}
        assert not any(x.fixed for x in period.b.x.values())


def test_what_is_indivisible_stands_or_is_given_up(tiny: Instance) -> None:
    """A has 120 km2 for 60 of steel, 50 of cloth and the laboratory. One of 11 pushes a unit of the others out; one that needs 13 km2 a unit has no
    room even alone."""
    land = {"land": {"family": "carrying_capacity", "resources": ["land"]}}
    facts = tiny.having("capacities", pd.DataFrame({"resource": ["land"], "place": ["A"], "year": [2020], "capacity": [120.0], "unit": ["km2"]}))
    factors = stated((1, "demand", "lab", 1.1), (2, "intensity", "lab|land", 13.0))
    found = robustness(facts, define(policies=land), factors=factors, perfect=0)
    assert list(found.samples["status"]) == ["optimal", "optimal"]
    assert list(found.samples["short"]) == pytest.approx([0.0, 10.0])


def test_lasting_decisions_are_held_and_others_are_not(tiny: Instance) -> None:
    """Links that the plan builds, and those that it does not, are part of what is decided now; what they save is not."""
    entry = stated_families()["infrastructure"]
    facts, definition = entry.facts(tiny), define(policies={"p": {"family": "infrastructure", **entry.random[0]}, **WATER})
    built = build(facts, definition)
    sites_of(solve(facts, definition)).hold(built)
    (period,) = built.periods
    assert all(variable.fixed for variable in period.decisions["p", "built"].values())
    assert not any(variable.fixed for variable in period.decisions["p", "saved"].values())


def test_a_sample_without_any_plan_is_counted_and_not_averaged(tiny: Instance) -> None:
    """45 of steel in A need 45 Mm3; with 14 there is no plan, and the mean is that of the other sample."""
    floor = {"family": "placement", "industry": "steel", "region": "A", "min_output": 45.0}
    factors = stated((1, "capacity", "water|A", 0.2), (2, "capacity", "water|A", 1.0))
    found = robustness(tiny, define(policies={**WATER, "floor": floor}), factors=factors, perfect=0)
    assert list(found.samples["status"]) == ["infeasible", "optimal"]
    assert found.summary[["samples", "solved", "infeasible"]].iloc[0].tolist() == [2, 1, 1]
    assert found.summary["mean_low"].iloc[0] == pytest.approx(found.samples["objective"].iloc[1])
    assert found.price["infeasible_share"].iloc[0] == 0.5


# --- several plans -----------------------------------------------------------------------------------------------------------------------

STRICT = named("strict", policies={"water": {**WATER["water"], "strictness": 0.9}})


@pytest.fixture(scope="module")
def two(tiny: Instance) -> Robustness:
    """Two plans in the same two samples."""
    return robustness(tiny, define(policies=WATER), [STRICT], samples=2, perfect=2, seed=5)


def test_no_recourse_beats_the_bound_without_fixed_sites(two: Robustness) -> None:
    samples = two.samples
    assert len(samples) == 4
    assert (samples["objective"] <= samples["perfect_high"] + 1e-6).all()
    assert (samples["perfect_low"] <= samples["perfect_high"]).all()
    assert (samples["regret_low"] >= 0).all()
    assert (samples["regret_low"] <= samples["regret_high"]).all()
    assert (samples["violation"] <= 1e-6).all()
    assert samples.groupby("sample")["perfect_high"].nunique().eq(1).all(), "plans are held against the same optimum"


def test_the_price_is_that_of_the_plans_own_models(tiny: Instance, two: Robustness) -> None:
    """What the stricter model loses at the facts as estimated; the stricter plan breaks fewer caps as it stands."""
    price = two.price.set_index("plan")
    nominal, strict = (solve(tiny, plan).info for plan in (define(policies=WATER), STRICT))
    assert price.loc["strict", "price_low"] == pytest.approx(nominal["objective"] - strict["bound"])
    assert price.loc["strict", "price_high"] == pytest.approx(nominal["bound"] - strict["objective"])
    assert price.loc["strict", "broken_share"] < price.loc["test", "broken_share"]
    assert price.loc["test", ["price_low", "price_high", "loss_low", "tail_gain"]].tolist() == [0.0] * 4
    means = two.samples.groupby("plan")["objective"].mean()
    assert price.loc["strict", "loss_low"] == pytest.approx(means["test"] - means["strict"], abs=1e-6)


def test_a_seed_gives_the_same_figures(tiny: Instance, two: Robustness) -> None:
    """The first sample of a longer series is that of a shorter one."""
    again = robustness(tiny, define(policies=WATER), samples=1, perfect=0, seed=5).samples
    first = two.samples.query("sample == 1 and plan == 'test'").reset_index(drop=True)
    compared = ["plan", "objective", "short", "standing_broken", "standing_short"]
    pd.testing.assert_frame_equal(again[compared], first[compared])
    other = draw(tiny, Uncertainty(), 1, 6)
    assert not other["factor"].equals(draw(tiny, Uncertainty(), 1, 5)["factor"])


def test_budgets_are_seen_in_the_samples(tiny: Instance) -> None:
    """Steel or cloth uses a quarter more: the plan with a budget of 1 keeps every cap as it stands, the nominal one does not, and is dearer."""
    robust = named("robust", policies={"caps": {"family": "robust_capacity", "deviation": 0.25}})
    factors = stated((1, "intensity", "steel|water", 1.25), (2, "intensity", "cloth|water", 1.25))
    price = robustness(tiny, robust, gammas=[0, 1], factors=factors, perfect=0).price.set_index("gamma")
    assert price["broken_share"].to_dict() == {0: 1.0, 1: 0.0}
    assert 0 < price.loc[1, "price_low"] <= price.loc[1, "price_high"]
    assert price.loc[0, "price_high"] == 0


# --- samples -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("distribution", ["uniform", "lognormal"])
def test_factors_are_spread_as_stated(tiny: Instance, distribution: str) -> None:
    """Mean 1; uniform between 0.8 and 1.2 with a standard deviation of 0.2 / sqrt(3), lognormal with one of 0.2."""
    drawn = draw(tiny, Uncertainty(0.2, 0.2, 0.2, distribution), 4000, 1)
    assert set(drawn["kind"]) == {"demand", "capacity", "intensity"}
    for _, factor in drawn.groupby("kind")["factor"]:
        assert factor.mean() == pytest.approx(1.0, abs=0.01)
        assert factor.std() == pytest.approx(0.2 / np.sqrt(3) if distribution == "uniform" else 0.2, rel=0.05)
        assert factor.between(0.8, 1.2).all() == (distribution == "uniform")


def test_caps_of_a_basin_move_together_and_others_do_not(tiny: Instance) -> None:
    """A, B and the river itself are one basin, C is in none; without a correlation all are independent."""
    for correlation in (0.0, 0.8):
        drawn = draw(tiny, Uncertainty(correlation=correlation, distribution="lognormal"), 4000, 2)
        caps = drawn[drawn["kind"] == "capacity"].pivot_table(index="sample", columns="item", values="factor").corr()
        assert caps.loc["water|A", "water|B"] == pytest.approx(correlation, abs=0.05)
        assert caps.loc["water|A", "water|river"] == pytest.approx(correlation, abs=0.05)
        assert caps.loc["water|A", "water|C"] == pytest.approx(0.0, abs=0.05)


def test_another_spread_of_one_kind_leaves_the_others(tiny: Instance) -> None:
    calm, wild = (draw(tiny, Uncertainty(demand=spread), 3, 0) for spread in (0.0, 0.3))
    pd.testing.assert_frame_equal(calm, wild[wild["kind"] == "capacity"].reset_index(drop=True))


def test_a_sample_changes_the_facts_it_names_and_no_others(tiny: Instance) -> None:
    factors = stated((1, "demand", "steel", 1.1), (1, "capacity", "water|A", 0.5), (1, "intensity", "cloth|land", 2.0), (2, "demand", "steel", 0.0))
    facts = sampled(tiny, factors, 1)
    assert (facts.demand(2030) / tiny.demand(2030)).to_dict() == pytest.approx({"steel": 1.1, "cloth": 1.0, "lab": 1.0})
    assert (facts.capacities(2030) / tiny.capacities(2030)).to_dict()["water", "A"] == 0.5
    assert facts.capacities(2030)["water", "B"] == tiny.capacities(2030)["water", "B"]
    assert facts.intensity("land", 2030)["cloth"] == 2.0
    assert facts.intensity("water", 2030).equals(tiny.intensity("water", 2030))
    assert facts.sha256 != tiny.sha256


# --- what is asked wrongly, interrupted, written -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"demand": 1.0}, "--demand: a spread is at least 0 and below 1"),
        ({"demand": 0.0, "caps": 0.0}, "nothing varies"),
        ({"correlation": -0.5}, "between 0 and 1"),
        ({"distribution": "lognorml"}, "Did you mean 'lognormal'"),
        ({"samples": 0}, "--samples: a number of samples is 1 or more"),
        ({"perfect": -1}, "--perfect"),
        ({"stretch": -0.1}, "--stretch: a share is 0 or more"),
        ({"gammas": [1, 1]}, "no two alike"),
        ({"gammas": [1], "others": [STRICT]}, "several budgets and several models"),
        ({"gammas": [1]}, "no policy of the model test has a budget"),
        ({"others": [define()]}, "two models have one name"),
        ({"others": [named("later", periods=[2025])]}, "its periods are not those of the first model"),
    ],
)
def test_bad_input_is_refused(tiny: Instance, asked: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        robustness(tiny, define(policies=WATER), **asked)


def test_a_table_of_factors_is_checked_row_by_row(tiny: Instance, tmp_path: Path) -> None:
    """All faults at once, each with its row."""
    (tmp_path / "f.csv").write_text("sample,kind,item,factor\n1,demand,steal,1.1\n1,supply,steel,1\n2,capacity,water|A,-1\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        own_factors(tiny, tmp_path / "f.csv")
    assert [(f.where.row, f.where.column) for f in caught.value.faults] == [(3, "kind"), (4, "factor"), (2, "item")]
    assert "Did you mean 'steel'" in caught.value.faults[2].remedy
    with pytest.raises(InputError, match="column 'factor' is missing"):
        own_factors(tiny, stated((1, "demand", "steel", 1.0)).drop(columns="factor"))
    with pytest.raises(InputError, match="there is no such file"):
        own_factors(tiny, tmp_path / "none.csv")


def test_a_first_model_without_a_plan_is_an_error(tiny: Instance) -> None:
    impossible = define(policies={"here": {"family": "placement", "industry": "steel", "region": "A", "min_output": 500.0}})
    with pytest.raises(LayoutError, match="has no plan"):
        robustness(tiny, impossible, samples=1)


def test_what_was_found_until_an_interrupt_is_written(tiny: Instance, tmp_path: Path) -> None:
    """The plan, and the one sample that was tried."""

    def interrupt(title: str) -> Any:
        if "sample 2 of" in title:
            raise KeyboardInterrupt
        return lambda *_: None

    with pytest.raises(KeyboardInterrupt):
        robustness(tiny, define(policies=WATER), samples=3, perfect=0, progress=interrupt, out=tmp_path / "out")
    answer = read_answer(tmp_path / "out")
    assert not answer.finished
    assert list(answer.tables["samples"]["sample"]) == [1]
    assert answer.tables["summary"]["solved"].tolist() == [1]


def test_the_terminal_shows_plans_side_by_side(tiny: Instance, two: Robustness) -> None:
    """Worth, price, regret, and the caps at risk by their names."""
    console = Console(width=160, record=True, file=io.StringIO())
    print_robustness(two, tiny, console)
    shown = console.export_text()
    for words in ("2 samples", "worst tenth", "strict", "mean loss in the samples", "sites chosen anew for each sample (2 tried)", "Water, Coast"):
        assert words in shown


def test_the_command_line_writes_what_it_says(tmp_path: Path) -> None:
    """A table of factors, the tables, and the run folder behind them."""
    (tmp_path / "f.csv").write_text("sample,kind,item,factor\n1,capacity,water|A,0.8\n", encoding="utf-8")
    done = call("robustness", "tiny", "--factors", "f.csv", "--perfect", "0", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "reference as it stands breaks Water, Coast (2030) in 100% of samples" in done.stdout
    answer = read_answer(tmp_path / "out")
    assert answer.finished
    assert answer.tables["factors"].iloc[0].tolist() == [1, "capacity", "water|A", 0.8]
    assert answer.runs[answer.tables["summary"]["run"][0]].verify().passed


def test_a_list_of_budgets_that_is_none_is_refused() -> None:
    assert numbers("0, 1.5", "--gammas") == [0.0, 1.5]
    with pytest.raises(InputError, match="--gammas: is not a number"):
        numbers("0,x", "--gammas")
