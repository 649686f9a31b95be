"""Reports say what the tables say, in both languages, and never take a name for markup."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from layout_opt.analysis.comparing import Comparison, compare, comparison_tables
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.report import pictures, write_report
from layout_opt.report.texts import TEXTS
from layout_opt.report.words import Words, significant
from layout_opt.runs import Run, read_run
from layout_opt.solving import load_instance, solve
from tests.conftest import ROOT, TINY, define

CHINA = ROOT / "instances" / "china-2017"
LIMIT = 4_000_000  # bytes
EVIL = "<script>alert(1)</script>&\"'|*x*"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    solve(TINY, "reference", out=folder)
    return read_run(folder)


@pytest.fixture(scope="module")
def page(run: Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    [path] = write_report(run, out=tmp_path_factory.mktemp("html"))
    return path.read_text(encoding="utf-8")


def _without_scripts(page: str) -> str:
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def _text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<style.*?</style>", "", _without_scripts(page), flags=re.DOTALL))).split())


def _specs(page: str) -> dict[str, dict[str, object]]:
    found = re.search(r'<script type="application/json" id="specs">(.*?)</script>', page, flags=re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def _titles(page: str) -> list[str]:
    return re.findall(r"<h2[^>]*>(.*?)</h2>", _without_scripts(page))


def test_sections_stand_in_order(page: str) -> None:
    keys = ["question", "answer", "map", "plates", "layout", "transfers", "resources", "policies", "outcomes", "objective"]
    keys += ["complementarity", "indicators", "method", "provenance"]
    assert re.findall(r'<section id="([\w-]+)"', page) == keys
    assert _titles(page) == [TEXTS["en"][key] for key in keys]


def test_answer_states_the_figures_of_the_tables(run: Run, page: str) -> None:
    words, plates = Words(run.instance, "en"), run.tables["plates"]
    along = plates[(plates["origin_plate"] == "East") & plates["destination_plate"].isin(["Central", "West"])]["output"].sum()
    answer = page[page.index('id="answer"') : page.index('id="map"')]
    assert along > 0
    assert f"From East to Central and West, {words.amount(along, 'MCNY')} of output moves by 2030" in _text(answer)
    first = run.tables["transfers"].iloc[0]
    assert f"from {words.region(first['origin'])} to {words.region(first['destination'])} ({words.amount(first['output'], 'MCNY')})" in _text(answer)
    assert "Water: at the cap in Coast." in _text(answer)
    assert "Demand for every industry is met in full." in _text(answer)
    assert "The plan is optimal" in _text(answer)


def test_tables_show_the_figures_and_name_their_files(run: Run, page: str) -> None:
    text = _text(page)
    for name in ("transfers", "plates", "layout", "resources", "policies", "objective", "complementarity", "indicators"):
        assert f"{name}.csv" in text
    for value in run.tables["transfers"]["output"]:
        assert f">{value:.2f}<" in page
    assert run.instance.sha256 in text
    assert "made up for hand calculation" in text


def test_zeros_of_the_plate_matrix_are_kept(page: str) -> None:
    matrix = page[page.index('id="plates"') : page.index('id="layout"')]
    rows = re.findall(r'<tr><th scope="row">(\w+)</th>(.*?)</tr>', matrix)
    assert [name for name, _ in rows] == ["East", "Central", "West", "Total"]
    assert re.findall(r">([^<]+)</td>", rows[1][1]) == ["0", "0", "0", "0"]


def test_charts_hold_the_data(run: Run, page: str) -> None:
    specs = _specs(page)
    assert {"map-transfers", "plates", "layout", "shift", "resources", "hhi", "krugman"} <= set(specs)
    assert all(spec["description"] and spec["title"] for spec in specs.values())
    [cells] = specs["layout"]["datasets"].values()
    assert {(c["industry"], c["region"]) for c in cells} == {
        (run.instance.label("industries", k), run.instance.label("regions", r)) for k, r in run.instance.cells
    }


def test_page_loads_nothing(page: str) -> None:
    assert len(page.encode()) < LIMIT
    assert not re.search(r'(?:src|href)\s*=\s*["\']?(?:https?:)?//', _without_scripts(page))
    assert "@import" not in page
    assert "url(" not in re.search(r"<style>(.*?)</style>", page, flags=re.DOTALL)[1]


def test_names_are_data(tiny_copy: Path, tmp_path: Path) -> None:
    for file in ("regions.csv", "industries.csv", "groups.csv", "resources.csv"):
        table = pd.read_csv(tiny_copy / file)
        table["name_en"] = [f"{EVIL}{i}" for i in range(len(table))]
        table.to_csv(tiny_copy / file, index=False)
    run = solve(tiny_copy, "reference")
    page, markdown = (p.read_text(encoding="utf-8") for p in write_report(run, ["html", "md"], out=tmp_path))
    assert "alert(1)</" not in page
    assert page.count("<script") == 3
    assert EVIL in json.dumps(_specs(page), ensure_ascii=False).replace('\\"', '"')
    assert "<script" not in markdown
    assert "|*x*" not in markdown


def test_both_languages_have_the_same_texts() -> None:
    english, chinese = TEXTS["en"], TEXTS["zh"]
    assert list(english) == list(chinese)
    for key, text in english.items():
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", chinese[key])), key


def test_chinese_page_is_chinese(run: Run, tmp_path: Path) -> None:
    [path] = write_report(run, language="zh", out=tmp_path)
    page = path.read_text(encoding="utf-8")
    assert path.name == "report.zh.html"
    assert '<html lang="zh-Hans">' in page
    assert not set(_titles(page)) & set(TEXTS["en"].values())
    assert run.definition.question["zh"] in page
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', _without_scripts(page))
    assert not [head for head in heads if re.fullmatch(r"[A-Za-z ]+", head)]
    titles = [spec["title"]["text"] for spec in _specs(page).values()]
    assert all(re.search(r"[\u4e00-\u9fff]", title) for title in titles)


def test_markdown_links_pictures_that_are_there(run: Run, tmp_path: Path) -> None:
    [path] = write_report(run, ["md"], out=tmp_path)
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) >= 14
    for link in links:
        content = (tmp_path / link).read_bytes()
        assert content.startswith(b"\x89PNG" if link.endswith(".png") else b"<svg")
    for title in ("The question", "The answer", "Provenance"):
        assert f"## {title}\n" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in rows)


def test_without_a_chinese_font_pictures_are_english(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "chinese_font", lambda: None)
    [path] = write_report(run, ["md"], "zh", out=tmp_path)
    assert TEXTS["zh"]["no_font"] in path.read_text(encoding="utf-8")
    drawing = (tmp_path / "report-figures" / "plates.zh.svg").read_text(encoding="utf-8")
    assert "Central" in drawing
    assert not re.search(r"[\u4e00-\u9fff]", drawing)


def test_reports_go_into_the_run_folder(run: Run) -> None:
    assert run.path is not None
    paths = write_report(run.path, ["md", "html"])
    assert [p.relative_to(run.path).as_posix() for p in paths] == ["report.md", "report.html"]
    assert read_run(run.path).verify().passed
    assert not list(run.path.glob(".report*"))


@pytest.mark.parametrize(("formats", "language"), [(["odt"], "en"), (["html"], "fr"), ([], "en")])
def test_unknown_formats_and_languages_are_refused(run: Run, tmp_path: Path, formats: list[str], language: str) -> None:
    with pytest.raises(InputError) as error:
        write_report(run, formats, language, tmp_path)
    assert "Known:" in error.value.faults[0].remedy
    assert not list(tmp_path.iterdir())


def test_a_run_without_a_plan_is_refused(tmp_path: Path) -> None:
    run = Run({"status": "infeasible"}, load_instance(TINY), solve(TINY, "reference").definition, ())
    with pytest.raises(InputError, match="no plan to report"):
        write_report(run, out=tmp_path)


def test_a_result_without_a_folder_needs_one(run: Run) -> None:
    with pytest.raises(InputError, match="no folder"):
        write_report(Run(run.info, run.instance, run.definition, run.policies, run.tables))


def test_missing_demand_comes_first(tiny_copy: Path, tmp_path: Path) -> None:
    demand = pd.read_csv(tiny_copy / "demand.csv")
    demand["demand"] *= 5
    demand.to_csv(tiny_copy / "demand.csv", index=False)
    run = solve(tiny_copy, "reference")
    [path] = write_report(run, out=tmp_path)
    answer = _text(path.read_text(encoding="utf-8").split('id="answer"')[1].split("<ul>")[0])
    words = Words(run.instance, "en")
    missing = float(run.tables["objective"].set_index("term").at["shortage", "value"])
    assert missing > 0
    assert f"Demand is not met in full: {words.amount(missing, 'MCNY')} is missing" in answer


def test_exceeded_limits_come_first(tmp_path: Path) -> None:
    caps = {"family": "carrying_capacity", "strictness": 0.5, "penalty": 0.001}
    run = solve(TINY, define(policies={"caps": caps}))
    excess = run.tables["policies"]["excess"].sum()
    answer = _text(write_report(run, out=tmp_path)[0].read_text(encoding="utf-8").split('id="answer"')[1].split('id="map"')[0])
    sentence = f"The softened limit “Carrying capacity” is exceeded by {significant(excess)} in total"
    assert excess > 0
    assert answer.index(sentence) < answer.index("moves between regions")
    assert "Water: above the capacity in Coast and Middle." in answer


def test_periods_are_summed(tiny_copy: Path, tmp_path: Path) -> None:
    manifest = tiny_copy / "instance.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("periods = [2030]", "periods = [2025, 2030]"), encoding="utf-8")
    demand = pd.read_csv(tiny_copy / "demand.csv")
    both = pd.concat([demand[demand["year"] == 2030].assign(year=2025), demand[demand["year"] == 2030]])
    both.to_csv(tiny_copy / "demand.csv", index=False)
    run = solve(tiny_copy, "reference")
    text = _text(write_report(run, out=tmp_path)[0].read_text(encoding="utf-8"))
    assert sorted(run.tables["layout"]["period"].unique()) == [2025, 2030]
    moved = Words(run.instance, "en").amount(run.tables["transfers"]["output"].sum(), "MCNY")
    assert f"In total {moved} of output moves between regions" in text
    assert "Output 2020 (million CNY) Output 2030 (million CNY)" in text


def test_an_instance_with_few_tables_has_a_report(tiny_copy: Path, tmp_path: Path) -> None:
    manifest = tiny_copy / "instance.toml"
    text = manifest.read_text(encoding="utf-8")
    kept = ("regions", "industries", "stock", "demand")
    parts = [p for p in re.split(r"(?m)^(?=\[)", text) if not p.startswith("[tables.") or p.startswith(tuple(f"[tables.{k}]" for k in kept))]
    manifest.write_text("".join(p for p in parts if not p.startswith("[direction]")), encoding="utf-8")
    run = solve(tiny_copy, define(objective={"relocation_cost": -50.0}))
    assert run.tables["transfers"].empty
    page = write_report(run, ["html", "md"], out=tmp_path)[0].read_text(encoding="utf-8")
    assert "No output moves between regions." in _text(page)
    assert TEXTS["en"]["resources.none"] in _text(page)


def test_words_for_amounts() -> None:
    words = Words(load_instance(TINY), "en")
    assert words.amount(12345, "1e8 CNY") == "1.23 trillion CNY"
    assert words.amount(19.75, "MCNY") == "19.8 million CNY"
    assert words.rate(8.94, "1e8 CNY", "Mt") == "894 CNY/t"
    assert words.unit("1e8 CNY") == "100 million CNY"
    assert words.at_most(0.00321) == "0.33\u00a0%"
    chinese = Words(load_instance(TINY), "zh")
    assert chinese.amount(12345, "1e8 CNY") == "1.23万亿元"
    assert chinese.unit("1e8 CNY") == "亿元"
    assert chinese.percent(0.123) == "12.3%"


def test_comparison_puts_scenarios_side_by_side(tmp_path: Path) -> None:
    comparison = compare(TINY, ["reference", "no-ecology", "no-zones"], out=tmp_path / "cmp")
    html, markdown = write_report(tmp_path / "cmp", ["html", "md"])
    page = html.read_text(encoding="utf-8")
    text = _text(page)
    for scenario in comparison.tables["scenarios"]["scenario"]:
        assert scenario in text
    for title in ("scenarios", "questions", "compare.plates", "compare.objective", "compare.resources", "compare.indicators", "compare.layout"):
        assert TEXTS["en"][title] in _titles(page)
    low = comparison.tables["scenarios"].set_index("scenario").at["no-ecology", "difference_low"]
    assert f"no-ecology: objective +{Words(comparison.instance, 'en').amount(low, 'MCNY')}" in text
    assert all((tmp_path / "cmp" / link).is_file() for link in re.findall(r"\]\(([^)]+)\)", markdown.read_text(encoding="utf-8")))
    [chinese] = write_report(tmp_path / "cmp", language="zh")
    assert not set(_titles(chinese.read_text(encoding="utf-8"))) & set(TEXTS["en"].values())


def test_scenarios_without_a_plan_are_listed(tiny: Instance, tmp_path: Path) -> None:
    good = solve(tiny, define())
    info = {**good.info, "status": "infeasible", "objective": None, "bound": None, "gap": None, "violation": None}
    runs = {"good": good, "none": Run(info, tiny, good.definition, good.policies)}
    page = write_report(Comparison(tiny, runs, comparison_tables(runs)), out=tmp_path)[0].read_text(encoding="utf-8")
    assert "none: infeasible; there is no plan to compare." in _text(page)
    only = {"none": runs["none"]}
    with pytest.raises(InputError, match="no plan to report"):
        write_report(Comparison(tiny, only, comparison_tables(only)), out=tmp_path)


def test_china_fits_into_a_page(tmp_path: Path) -> None:
    run = solve(CHINA, "reference", gap=0.01, time_limit=30)
    assert run.has_plan
    [path] = write_report(run, out=tmp_path)
    page = path.read_text(encoding="utf-8")
    assert len(page.encode()) < LIMIT
    assert {"map-transfers", "map-growth"} <= set(_specs(page))
