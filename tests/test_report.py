"""Reports say what the tables say, in both languages, and never take a name for markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from layout_opt.analysis.comparing import Comparison, compare, comparison_tables
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.report import pictures, write_report
from layout_opt.report.appendix import policies
from layout_opt.report.caps import apart, utilisation
from layout_opt.report.content import Content
from layout_opt.report.document import Bullets, Document, Figure, Paragraph, Section, TableBlock
from layout_opt.report.plane import Plane, crowded
from layout_opt.report.plane import apart as readable
from layout_opt.report.task import Task
from layout_opt.report.texts import TEXTS
from layout_opt.report.tracing import Span, Text, cite, filled, joined, spans
from layout_opt.report.words import Words, significant
from layout_opt.runs import Run, read_run
from layout_opt.solving import load_instance, solve
from tests.conftest import ROOT, TINY, define
from tests.plans import with_table

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


def _half(page: str, language: str) -> str:
    """What the page shows in a language."""
    parts = re.split(r'(?=<div class="report" id="(?:en|zh)")', _without_scripts(page))
    [found] = [part for part in parts if part.startswith(f'<div class="report" id="{language}"')]
    return found.split("</main>")[0]


def _section(page: str, key: str, language: str = "en") -> str:
    return _half(page, language).split(f'<section id="{language}-{key}"')[1].split("</section>")[0]


def _text(page: str) -> str:
    words = re.sub(r"</?a\b[^>]*>", "", re.sub(r"<style.*?</style>", "", _without_scripts(page), flags=re.DOTALL))
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", words)).split())


def _specs(page: str, language: str = "en") -> dict[str, dict[str, object]]:
    found = re.search(r'<script type="application/json" id="charts">(.*?)</script>', page, flags=re.DOTALL)
    assert found
    data = json.loads(found[1])
    return {name: {**spec, "datasets": {d: data["datasets"][d] for d in spec["datasets"]}} for name, spec in data["charts"][language].items()}


def _titles(page: str, language: str = "en") -> list[str]:
    return re.findall(r"<h2[^>]*>(.*?)</h2>", _half(page, language))


def test_sections_stand_in_order(page: str) -> None:
    keys = ["question", "answer", "map", "plates", "layout", "transfers", "resources", "policies", "outcomes", "objective"]
    keys += ["complementarity", "indicators", "method", "provenance", "statement"]
    for language in ("en", "zh"):
        assert re.findall(r'<section id="([\w-]+)"', _half(page, language)) == [f"{language}-{key}" for key in keys]
        assert _titles(page, language) == [TEXTS[language][key] for key in keys]


def test_answer_states_the_figures_of_the_tables(run: Run, page: str) -> None:
    words, plates = Words(run.instance, "en"), run.tables["plates"]
    along = plates[(plates["origin_plate"] == "East") & plates["destination_plate"].isin(["Central", "West"])]["output"].sum()
    answer = _section(page, "answer")
    assert along > 0
    assert f"From East to Central and West, {words.amount(along, 'MCNY')} of output moves by 2030" in _text(answer)
    first = run.tables["transfers"].iloc[0]
    assert f"from {words.region(first['origin'])} to {words.region(first['destination'])} ({words.amount(first['output'], 'MCNY')})" in _text(answer)
    assert "Water: at the cap in Coast." in _text(answer)
    assert "Demand for every industry is met in full." in _text(answer)
    assert "The plan is optimal" in _text(answer)
    shift = Content(run).shift.set_index(["industry", "plate"])["shift"]
    assert shift.max() > 0
    most = f"{words.industry(shift.idxmax()[0])} in {shift.idxmax()[1]} (+{words.amount(shift.max(), 'MCNY')})"
    assert f"most is gained by {most}" in _text(answer)


def test_tables_show_the_figures_and_name_their_files(run: Run, page: str) -> None:
    text = _text(page)
    for name in ("transfers", "plates", "layout", "resources", "policies", "objective", "complementarity", "indicators"):
        assert f"{name}.csv" in text
    for value in run.tables["transfers"]["output"]:
        assert f">{value:.2f}<" in page
    assert run.instance.sha256 in text
    assert "made up for hand calculation" in text


def test_zeros_of_the_plate_matrix_are_kept(page: str) -> None:
    matrix = _section(page, "plates")
    rows = re.findall(r'<tr><th scope="row">(\w+)</th>(.*?)</tr>', matrix)
    assert [name for name, _ in rows] == ["East", "Central", "West", "Total"]
    assert re.findall(r">([^<]+)</td>", rows[1][1]) == ["0", "0", "0", "0"]


def test_charts_hold_the_data(run: Run, page: str) -> None:
    specs = _specs(page)
    assert {"map-transfers", "plates", "layout", "shift", "resources", "hhi", "krugman"} <= set(specs)
    assert all(spec["description"] and spec["title"] for spec in specs.values())
    [cells] = [rows for rows in specs["layout"]["datasets"].values() if "before" in rows[0]]
    outputs = run.tables["layout"].set_index(["industry", "region"])["output_after"]
    assert {(c["industry"], c["region"]): c["after"] for c in cells} == pytest.approx(outputs.to_dict(), rel=1e-5)


def test_languages_share_what_has_no_words(page: str) -> None:
    english, chinese = (_specs(page, language)["layout"]["datasets"] for language in ("en", "zh"))
    shared = english.keys() & chinese.keys()
    assert [len(english[name]) for name in shared] == [9]
    assert {row["region_name"] for name in chinese.keys() - shared for row in chinese[name] if "region_name" in row} == {"沿海", "中部", "高原"}


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


def test_chinese_page_is_chinese(run: Run, page: str, tmp_path: Path) -> None:
    [path] = write_report(run, language="zh", out=tmp_path)
    chinese = path.read_text(encoding="utf-8")
    assert path.name == "report.zh.html"
    assert '<html lang="zh-Hans">' in chinese
    assert '<div class="report" id="en" lang="en" data-language="en" data-title="Three regions, three industries: layout 2030" hidden>' in chinese
    shown = _half(chinese, "zh")
    assert " hidden>" not in shown.split("\n")[0]
    assert shown == _half(page, "zh").replace(" hidden>", ">", 1)
    assert not set(_titles(chinese, "zh")) & set(TEXTS["en"].values())
    assert run.definition.question["zh"] in shown
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', shown)
    assert not [head for head in heads if re.fullmatch(r"[A-Za-z ]+", head)]
    titles = [spec["title"]["text"] for spec in _specs(chinese, "zh").values()]
    assert all(re.search(r"[\u4e00-\u9fff]", str(title)) for title in titles)


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
    first = _text(_section(path.read_text(encoding="utf-8"), "answer").split("<ul>")[0])
    words = Words(run.instance, "en")
    missing = float(run.tables["objective"].set_index("term").at["shortage", "value"])
    assert missing > 0
    assert f"Demand is not met in full: {words.amount(missing, 'MCNY')} is missing" in first
    assert "the objective is charged a penalty of 2 per unit" in first


def test_exceeded_limits_come_first(tmp_path: Path) -> None:
    caps = {"family": "carrying_capacity", "strictness": 0.5, "penalty": 0.001}
    run = solve(TINY, define(policies={"caps": caps}))
    excess = run.tables["policies"]["excess"].sum()
    answer = _text(_section(write_report(run, out=tmp_path)[0].read_text(encoding="utf-8"), "answer"))
    sentence = f"The softened limit “Carrying capacity” is exceeded by {significant(excess)} in total, at a penalty of 0.001 per unit."
    assert excess > 0
    assert answer.index(sentence) < answer.index("moves between regions") < answer.index("Water: above the capacity in Coast and Middle.")


def test_a_gap_is_named_in_the_first_paragraph(run: Run) -> None:
    open_ = Run({**run.info, "status": "feasible", "gap": 0.0321}, run.instance, run.definition, run.policies, run.tables)
    first = next(section.blocks[0] for section in _document(open_).sections if section.key == "answer")
    assert isinstance(first, Paragraph)
    assert "The plan is not proven optimal: there is a gap, and it may fall short of the best possible by up to 3.3\u00a0%." in first.text


@pytest.mark.parametrize(("share", "shown"), [(1, "100"), (1 + 1e-7, "100"), (1 + 2e-6, "100.0002"), (1.0004, "100.04"), (0.99996, "99.996")])
def test_use_reads_as_its_cap_only_at_the_cap(share: float, shown: str) -> None:
    words = Words(load_instance(TINY), "en")
    assert utilisation(share, words) == f"{shown}\u00a0%"
    for capacity in (3.0, 116.4, 44396.9, 533606.0):
        _, use, cap = apart(1.0, share * capacity, capacity)
        assert (use == cap) == (shown == "100")


def test_use_above_a_cap_is_never_rounded_to_it(run: Run) -> None:
    t = run.tables["resources"]
    over = t.assign(use_after=t["capacity"] * (1 + 3e-6), utilisation=1 + 3e-6)
    document = _document(Run(run.info, run.instance, run.definition, run.policies, {**run.tables, "resources": over}))
    [section] = [part for part in document.sections if part.key == "resources"]
    [table] = [block for block in section.blocks if isinstance(block, TableBlock) and block.name == "resources_places"]
    use, capacity, share = (list(table.columns).index(head) for head in ("Use 2030", "Capacity", "Use / capacity"))
    assert table.rows
    assert all(row[use] != row[capacity] and row[share] == "100.0003\u00a0%" for row in table.rows)
    assert "above the capacity" in " ".join(block for part in document.sections if part.key == "answer" for block in part.blocks[1].items)


def _document(run: Run | Comparison, language: str = "en") -> Document:
    return Task(run, language, Path()).document


def _written(section: Section) -> Iterator[str]:
    """The texts of a section that state figures: paragraphs and lists, and captions that name no table."""
    for block in section.blocks:
        if isinstance(block, Paragraph):
            yield block.text
        elif isinstance(block, Bullets):
            yield from block.items
        elif isinstance(block, Figure):
            yield block.caption


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["run", "comparison"])
def test_every_figure_in_the_text_names_table_and_row(run: Run, comparison: Comparison, kind: str, language: str) -> None:
    source = run if kind == "run" else comparison
    names = {str(v) for t in run.instance.tables.values() for c in t if c.startswith("name_") for v in t[c]} | {"2020", "2030", "-100", "300"}
    cited = 0
    for section in _document(source, language).sections:
        if section.key in ("question", "statement", "estimates"):  # words of the model's author, and tables
            continue
        for text in _written(section):
            for span in spans(text):
                cited += bool(span.source)
                rest = span.text if not span.source else ""
                for name in sorted(names, key=len, reverse=True):
                    rest = rest.replace(name, "")
                assert not re.search(r"\d", rest.replace("HHI", "")) or ".csv" in text, (section.key, span)
    assert cited >= 7


def test_sources_name_files_and_rows_that_are_there(run: Run) -> None:
    assert run.path is not None
    cited = [span for section in _document(run).sections for text in _written(section) for span in spans(text) if span.source]
    for span in cited:
        for file in re.findall(r"[\w./-]+\.(?:csv|json|toml)", span.source):
            assert (run.path / file).is_file(), span.source
    plates = {span.source: span.text for span in cited}
    moved = run.tables["plates"].set_index(["origin_plate", "destination_plate"])["output"]
    along = moved["East", "Central"] + moved["East", "West"]
    assert plates["plates.csv: East → Central, West · output"] in (Words(run.instance, "en").amount(along, "MCNY"), "100\u00a0%")
    share = run.tables["indicators"].set_index(["indicator", "scope"]).at[("value_added_share", "East"), "after"]
    assert plates["indicators.csv: value_added_share · East · after"] == Words(run.instance, "en").percent(share, 1)


def test_sources_follow_figures_into_sentences() -> None:
    figure = cite("12 %", "plates.csv", "East", "output")
    told = filled("{a} moves, {b}.", {"a": figure, "b": "no more"})
    assert told == "12 % moves, no more."
    assert spans(told) == (Span("12 %", "plates.csv: East · output"), Span(" moves, "), Span("no more"), Span("."))
    assert spans(joined(", ", ["x", figure])) == (Span("x"), Span(", "), Span("12 %", "plates.csv: East · output"))
    assert not isinstance(filled("{a}", {"a": 1}), Text)
    assert filled("{{{a}}}", {"a": figure}) == "{12 %}"


def test_every_chart_has_its_figures_in_a_table(run: Run, comparison: Comparison) -> None:
    for source in (run, comparison):
        for section in _document(source).sections:
            for figure in [block for block in section.blocks if isinstance(block, Figure)]:
                beside = [block for block in section.blocks if isinstance(block, TableBlock)]
                assert figure.table is not None or beside or figure.name == "scenario-matrix", figure.name


def test_table_of_cells_shows_every_output(run: Run, page: str) -> None:
    tables = re.findall(r"<table>.*?</table>", _section(page, "layout"), flags=re.DOTALL)
    [cells] = [table for table in tables if "by region and industry" in table]
    shown = [float(v) for v in re.findall(r'data-value="([^"]*)"', cells)]
    layout = run.tables["layout"].set_index(["region", "industry"])["output_after"]
    order = [(r, k) for r in run.instance.regions.index for k in run.instance.industries.index]
    assert shown == pytest.approx([layout[cell] for cell in order], rel=1e-6)


def test_prices_stand_beside_the_policies(run: Run) -> None:
    labels = list(run.tables["policies"]["label"])
    ends = {"leave-one-out": (1.0, 2.5), "add-one-in": (3.0, 3.0)}
    rows = [(labels[0], "", how, *pair, 0, 0, 0, 0) for how, pair in ends.items()] + [("all", "", "together", 7.0, 8.0, 0, 0, 0, 0)]
    names = ["label", "family", "how", "low", "high", "objective_with", "bound_with", "objective_without", "bound_without"]
    words = Words(run.instance, "en")
    [table] = policies(Content(run), words, pd.DataFrame(rows, columns=names)).blocks
    assert isinstance(table, TableBlock)
    assert [head.split(" (")[0] for head in table.columns[-2:]] == ["Price, dropped alone", "Price, added alone"]
    assert list(table.rows[0][-2:]) == ["1.000 … 2.500", "3.000"]
    assert list(table.rows[-1]) == ["All together", *["–"] * 6, "7.000 … 8.000", "–"]
    assert table.totals == 1
    [plain] = policies(Content(run), words).blocks
    assert isinstance(plain, TableBlock)
    assert "layout-opt price" in plain.note


def test_ledger_says_who_pays_whom(tiny: Instance) -> None:
    pairs = pd.DataFrame({"origin": ["A", "A"], "destination": ["B", "C"], "min_aid": [2.0, 1.5]})
    policies = {"pairs": {"family": "paired_assistance"}, "royalty": {"family": "resource_royalty", "rates": {"steel": 0.1}}}
    run = solve(with_table(tiny, "pairs", pairs), define(policies=policies))
    [section] = [part for part in _document(run).sections if part.key == "ledger"]
    sides, who, royalty = [block for block in section.blocks if isinstance(block, TableBlock)]
    assert list(sides.rows) == [
        ["Middle", "2.000", "0", "2.000"],
        ["Upland", "1.500", "0", "1.500"],
        ["Coast", "0", "3.500", "-3.500"],
        ["Total", "3.500", "3.500", "0"],
    ]
    assert list(who.rows) == [["Coast", "Middle", "2.000"], ["Coast", "Upland", "1.500"]]
    outcomes = run.tables["outcomes"].set_index(["label", "outcome", "item"])["value"]
    for row in royalty.rows[:-1]:
        key = {"Coast": "A", "Middle": "B", "Upland": "C"}[row[0]]
        assert float(row[3]) == pytest.approx(outcomes["royalty", "net", key], abs=1e-2)
    assert float(royalty.rows[-1][1]) == pytest.approx(0.1 * 100, abs=1e-2)
    told = section.blocks[1]
    assert isinstance(told, Bullets)
    assert "3.5 million CNY is paid; Middle gains most (2 million CNY net), Coast bears most (3.5 million CNY net)" in told.items[0]


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
    assert "No output moves between regions." in _text(_half(page, "en"))
    assert TEXTS["en"]["resources.none"] in _text(_half(page, "en"))


def test_names_on_maps_keep_out_of_each_others_way() -> None:
    places = [(0.0, 0.0), (3.0, 0.5), (20.0, 0.0), (20.0, 3.0)]
    assert crowded(places, [4.0] * 4, 1.0) == [-1, 1, 0, 0]
    assert readable(places, [4.0] * 4, 1.0) == [0, 2, 3]
    assert readable(places[::-1], [4.0] * 4, 4.0) == [0, 2]


def test_islands_far_from_the_regions_stand_in_an_inset() -> None:
    plane = Plane(load_instance("china-2017"))
    assert plane.width > plane.height, "without the inset, empty sea makes the map taller than wide"
    (left, top), _, (right, bottom), _ = plane.frame
    shapes = {f["properties"]["name_en"]: plane.shape(f["geometry"])["coordinates"] for f in plane.features}
    islands = [point for part in shapes["Hainan"] for ring in part for point in ring]
    assert max(y for _, y in islands) <= plane.height
    assert min(x for x, _ in islands) < left < max(x for x, _ in islands), "the large island stands on the map, the small ones in the inset"
    drawn = shapes["South China Sea dashed line"]
    framed = [line for line in drawn if all(left < x < right and top < y < bottom for x, y in line)]
    assert len(framed) >= 7
    assert len(drawn) >= 10, "every dash is drawn, on the map or in the inset"
    assert all(0 <= x <= plane.width and 0 <= y <= plane.height for line in drawn for x, y in line)


def test_maps_without_far_islands_have_no_inset(tiny: Instance) -> None:
    for instance in (tiny, load_instance("china-cities")):  # of which an island city is a region of its own
        plane = Plane(instance)
        assert plane.frame == []
        assert max(plane.width, plane.height) == pytest.approx(100)


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


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return compare(TINY, ["reference", "no-ecology", "no-zones"], out=tmp_path_factory.mktemp("compared") / "cmp")


def test_comparison_puts_scenarios_side_by_side(comparison: Comparison) -> None:
    assert comparison.path is not None
    html, markdown = write_report(comparison.path, ["html", "md"])
    page = html.read_text(encoding="utf-8")
    text = _text(_half(page, "en"))
    for scenario in comparison.tables["scenarios"]["scenario"]:
        assert scenario in text
    for title in ("scenarios", "questions", "compare.plates", "compare.objective", "compare.resources", "compare.indicators", "compare.layout"):
        assert TEXTS["en"][title] in _titles(page)
    low = comparison.tables["scenarios"].set_index("scenario").at["no-ecology", "difference_low"]
    assert f"no-ecology: objective +{Words(comparison.instance, 'en').amount(low, 'MCNY')}" in text
    assert all((comparison.path / link).is_file() for link in re.findall(r"\]\(([^)]+)\)", markdown.read_text(encoding="utf-8")))
    assert not set(_titles(page, "zh")) & set(TEXTS["en"].values())


def test_charts_of_a_comparison_hold_every_scenario(comparison: Comparison) -> None:
    document = _document(comparison)
    [section] = [part for part in document.sections if part.key == "scenario"]
    scenario, other, region = section.choices
    assert [label for _, label in scenario.options] == list(comparison.runs)
    assert [label for _, label in other.options] == [*comparison.runs, "2020"]
    assert [value for value, _ in region.options] == ["", "A", "B", "C"]
    figures = {block.name: block.chart.to_dict(validate=False) for block in section.blocks if isinstance(block, Figure)}
    assert set(figures) == {"map-scenario", "scenario-layout", "scenario-matrix", "scenario-use"}
    for spec in figures.values():
        asked = {param["name"]: param["value"] for param in spec["params"]}
        assert (asked["scenario"], asked["other"], asked["region"]) == ("s1", "s0", "")
        assert asked["called"] == {"s0": "reference", "s1": "no-ecology", "s2": "no-zones", "base": "2020"}
    [cells] = [rows for rows in figures["scenario-layout"]["datasets"].values() if "base" in rows[0]]
    for key, run in zip(("s0", "s1", "s2"), comparison.runs.values(), strict=True):
        outputs = run.tables["layout"].set_index(["industry", "region"])["output_after"]
        assert {(c["industry"], c["region"]): c[key] for c in cells} == pytest.approx(outputs.to_dict(), rel=1e-5)


def test_scenarios_without_a_plan_are_listed(tiny: Instance, tmp_path: Path) -> None:
    good = solve(tiny, define())
    info = {**good.info, "status": "infeasible", "objective": None, "bound": None, "gap": None, "violation": None}
    runs = {"good": good, "none": Run(info, tiny, good.definition, good.policies)}
    page = write_report(Comparison(tiny, runs, comparison_tables(runs)), out=tmp_path)[0].read_text(encoding="utf-8")
    assert "none: infeasible; there is no plan to compare." in _text(page)
    only = {"none": runs["none"]}
    with pytest.raises(InputError, match="no plan to report"):
        write_report(Comparison(tiny, only, comparison_tables(only)), out=tmp_path)
