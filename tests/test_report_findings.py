"""What was asked beside a run stands in its report: every kind of answer, in both languages, with its tables named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from layout_opt.analysis.alternatives import alternatives
from layout_opt.analysis.attributing import attribute
from layout_opt.analysis.comparing import Comparison, compare
from layout_opt.analysis.explaining import explain
from layout_opt.analysis.frontier import frontier
from layout_opt.analysis.pricing import price
from layout_opt.analysis.pricing_caps import price_caps
from layout_opt.analysis.robustness import robustness
from layout_opt.analysis.rolling import roll
from layout_opt.analysis.study import Answer, read_answer
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.report import write_report
from layout_opt.report.document import Document, TableBlock
from layout_opt.report.findings import MAKERS
from layout_opt.report.task import Task
from layout_opt.report.texts import TEXTS
from layout_opt.runs import Run
from layout_opt.solving import solve
from tests.conftest import define

WATER = {"water": {"family": "carrying_capacity", "resources": ["water"]}}
PLANNED, BARE = (define(periods=[2025, 2030], policies=policies) for policies in (WATER, {}))


@pytest.fixture(scope="module")
def run(tiny: Instance) -> Run:
    return solve(tiny, PLANNED)


@pytest.fixture(scope="module")
def answers(tiny: Instance, run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    folder = tmp_path_factory.mktemp("answers")
    price(tiny, PLANNED, out=folder / "price")
    price_caps(tiny, PLANNED, 1, out=folder / "caps")
    frontier(tiny, PLANNED, points=3, out=folder / "frontier")
    alternatives(tiny, PLANNED, nearest=1, out=folder / "alternatives")
    robustness(tiny, PLANNED, samples=2, perfect=0, out=folder / "robustness")
    roll(tiny, PLANNED, out=folder / "rolling")
    attribute(tiny, PLANNED, BARE, out=folder / "attribution")
    explain(run, "steel", "B", out=folder / "explanation")
    return {kind: read_answer(folder / kind) for kind in MAKERS}


def document(source: Run | Comparison, answers: Sequence[Answer], language: str = "en") -> Document:
    """The report in no format yet."""
    return Task(source, language, Path("unwritten"), answers=tuple(answers)).document


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_of_answer_has_a_section(run: Run, answers: dict[str, Answer], language: str) -> None:
    sections = {section.key: section for section in document(run, list(answers.values()), language).sections}
    assert [key for key in sections if key in MAKERS] == list(MAKERS)
    main = {"alternatives": "placements", "robustness": "summary", "rolling": "steps", "explanation": "displaced"}
    for kind in MAKERS:
        assert sections[kind].title == TEXTS[language][f"findings.{kind}"]
        tables = [block for block in sections[kind].blocks if isinstance(block, TableBlock)]
        assert f"{kind}/{main.get(kind, kind)}.csv" in {table.source for table in tables}
        assert all(len(row) == len(table.columns) == len(table.numeric) for table in tables for row in table.rows)


def test_every_column_of_an_answer_has_a_heading(answers: dict[str, Answer]) -> None:
    goals = set(answers["frontier"].figures["objectives"])
    columns = {column for answer in answers.values() for table in answer.tables.values() for column in table.columns} - goals
    for language, texts in TEXTS.items():
        assert not {c for c in columns if not {f"column.{c}", f"head.{c}"} & texts.keys()}, language


def test_prices_stand_with_the_policies_and_name_their_runs(run: Run, answers: dict[str, Answer]) -> None:
    sections = {section.key: section for section in document(run, [answers["price"]]).sections}
    [row] = answers["price"].tables["price"].to_dict("records")
    [policies], [prices] = ([b for b in sections[key].blocks if isinstance(b, TableBlock)] for key in ("policies", "price"))
    assert [name for name in policies.columns if "rice" in name]
    assert prices.rows[0][-2:] == [row["run_with"], row["run_without"]]


def test_charts_of_answers_are_drawn(run: Run, answers: dict[str, Answer], tmp_path: Path) -> None:
    write_report(run, ["svg"], out=tmp_path, beside=list(answers.values()))
    drawn = {path.stem for path in (tmp_path / "report-figures").glob("*.svg")}
    assert {"prices", "frontier", "verdicts", "robustness", "attribution"} <= drawn


def test_several_answers_of_a_kind_are_told_apart(run: Run, answers: dict[str, Answer]) -> None:
    titles = [section.title for section in document(run, [answers["explanation"]] * 2).sections]
    assert {"Why here, why not there (1)", "Why here, why not there (2)"} <= set(titles)


def test_an_answer_to_another_question_is_refused(tiny: Instance, answers: dict[str, Answer], tmp_path: Path) -> None:
    other = solve(tiny, BARE)
    with pytest.raises(InputError, match="not what is reported"):
        write_report(other, ["md"], out=tmp_path / "report", beside=[answers["price"]])
    assert not (tmp_path / "report").exists()
    with pytest.raises(InputError, match="not the folder of an answer"):
        write_report(other, ["md"], out=tmp_path / "report", beside=[tmp_path])


def test_a_comparison_shows_what_makes_the_difference(tiny: Instance, answers: dict[str, Answer]) -> None:
    found = compare(tiny, [PLANNED, BARE.model_copy(update={"name": "bare"})])
    assert "attribution" in [section.key for section in document(found, [answers["attribution"]]).sections]
