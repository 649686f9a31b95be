"""Answers and the runs behind them: what is written can be read again, is whole, and keeps what an interrupt left."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from layout_opt.analysis.alternatives import alternatives
from layout_opt.analysis.attributing import attribute
from layout_opt.analysis.diagnosing import diagnose
from layout_opt.analysis.explaining import explain
from layout_opt.analysis.frontier import frontier
from layout_opt.analysis.pricing import price
from layout_opt.analysis.pricing_caps import price_caps
from layout_opt.analysis.rolling import roll
from layout_opt.analysis.study import RUNS, Effort, Study, folder_name, read_answer, study
from layout_opt.definition import Definition
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.runs import Run
from layout_opt.solving import solve
from tests.conftest import define


@pytest.fixture(scope="module")
def limited() -> Definition:
    return define(policies={"water": {"family": "carrying_capacity", "resources": ["water"]}})


def test_every_price_is_traced_to_two_runs(tiny: Instance, limited: Definition, tmp_path: Path) -> None:
    table = price(tiny, limited, out=tmp_path / "price")
    answer = read_answer(tmp_path / "price")
    assert (answer.kind, answer.finished, answer.definition.name) == ("price", True, limited.name)
    assert answer.instance.sha256 == tiny.sha256
    assert set(answer.tables) == {"price", RUNS}
    pd.testing.assert_frame_equal(answer.tables["price"].fillna(0), table.fillna(0).replace("", 0), check_dtype=False, rtol=1e-11)
    for row in table.to_dict("records"):
        for side in ("with", "without"):
            run = answer.runs[row[f"run_{side}"]]
            assert run.info["objective"] == pytest.approx(row[f"objective_{side}"])
            assert run.verify().passed
    assert "water" in answer.runs[table["run_with"].iloc[0]].definition.policies
    assert "water" not in answer.runs[table["run_without"].iloc[0]].definition.policies


def test_runs_with_moved_caps_hold_the_moved_instance(tiny: Instance, limited: Definition, tmp_path: Path) -> None:
    table = price_caps(tiny, limited, 1, out=tmp_path / "caps")
    answer = read_answer(tmp_path / "caps")
    (row,) = table.to_dict("records")
    wider = answer.runs[row["run_more"]]
    resource, place = row["row"].split("|")
    caps = [i.tables["capacities"].set_index(["resource", "place", "year"])["capacity"] for i in (tiny, wider.instance)]
    before, after = (cap[resource, place, row["period"]] for cap in caps)
    assert after == pytest.approx(1.01 * before)
    assert answer.instance.sha256 == tiny.sha256 != wider.instance.sha256
    assert wider.verify().passed


def test_every_kind_of_answer_is_read_again(tiny: Instance, limited: Definition, tmp_path: Path) -> None:
    """Plans found under more conditions are worth what the model itself makes of them, against its own bound."""
    run = solve(tiny, limited)
    two = define(periods=[2025, 2030], policies={})
    impossible = define(policies={"here": {"family": "placement", "industry": "steel", "region": "A", "min_output": 500.0}})
    asked = {
        "frontier": lambda out: frontier(tiny, limited, points=3, out=out),
        "alternatives": lambda out: alternatives(tiny, limited, nearest=1, out=out),
        "attribution": lambda out: attribute(tiny, limited, define(policies={}), out=out),
        "explanation": lambda out: explain(run, "steel", "B", out=out),
        "rolling": lambda out: roll(tiny, two, out=out),
        "diagnosis": lambda out: diagnose(tiny, impossible, out=out),
    }
    for kind, ask in asked.items():
        ask(tmp_path / kind)
        answer = read_answer(tmp_path / kind)
        assert answer.kind == kind
        assert len(answer.tables[RUNS]) == len(answer.runs) > 0
        for kept in answer.runs.values():
            assert not kept.has_plan or (kept.verify().passed and kept.info["objective"] <= kept.info["bound"] + 1e-9)
    assert read_answer(tmp_path / "diagnosis").figures["conflict"] == ["here"]


def test_an_interrupt_keeps_what_was_found(tiny: Instance, limited: Definition, tmp_path: Path) -> None:
    out = tmp_path / "answer"

    def ask() -> None:
        with study("price", tiny, limited, Effort(), out) as asked:
            rows = asked.rows("price", ["label"])
            asked.solve("with all")
            rows.append(("water",))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask()
    answer = read_answer(out)
    assert not answer.finished
    assert answer.tables["price"]["label"].tolist() == ["water"]
    assert list(answer.runs) == ["with-all"]


def test_an_interrupted_solve_ends_the_study(tiny: Instance, limited: Definition, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*arguments: object, **options: object) -> Run:
        run = solve(tiny, limited)
        return Run({**run.info, "interrupted": True}, run.instance, run.definition, run.policies, run.tables)

    monkeypatch.setattr("layout_opt.analysis.study.solve", stopped)
    with pytest.raises(KeyboardInterrupt):
        price(tiny, limited)


def test_a_failure_writes_nothing(tiny: Instance, limited: Definition, tmp_path: Path) -> None:
    def ask() -> None:
        with study("price", tiny, limited, Effort(), tmp_path / "answer") as asked:
            asked.solve("with all")
            raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"):
        ask()
    assert not (tmp_path / "answer").exists()


def test_a_foreign_folder_is_not_replaced(tiny: Instance, limited: Definition, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(InputError, match="answer"):
        price(tiny, limited, out=tmp_path)
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "kept"
    with pytest.raises(InputError, match="not the folder of an answer"):
        read_answer(tmp_path)


def test_a_budget_is_shared_among_what_is_left(tiny: Instance, limited: Definition) -> None:
    asked = Study("price", tiny, limited, Effort(time_limit=30.0, budget=80.0))
    asked.expect(4)
    assert asked.limit() == pytest.approx(20.0, abs=1.0)
    asked.solve("one")
    assert asked.left == 3
    assert asked.limit() == pytest.approx(26.5, abs=1.5)
    asked.expect(1)
    assert asked.limit() == 30.0
    spent = Study("price", tiny, limited, Effort(budget=0.0))
    assert spent.limit() == 1.0


def test_titles_become_names_of_folders(tiny: Instance, limited: Definition) -> None:
    assert folder_name("water|Inner Mongolia +1%") == "water-inner-mongolia-+1"
    assert folder_name("../..") == "run"
    asked = Study("price", tiny, limited)
    run = solve(tiny, limited)
    assert [asked.name(asked.keep("the plan", r)) for r in (run, solve(tiny, limited))] == ["the-plan", "the-plan-2"]
