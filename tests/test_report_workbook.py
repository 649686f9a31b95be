"""The workbook says what the CSV tables say, to the digit; text stays text; charts draw cells."""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from layout_opt.analysis.comparing import Comparison, compare, comparison_tables
from layout_opt.instance import Instance
from layout_opt.report import write_report
from layout_opt.report.texts import TEXTS
from layout_opt.report.words import Words
from layout_opt.report.workbook import tables
from layout_opt.runs import Run, read_run
from layout_opt.solving import load_instance, solve
from tests.conftest import TINY, define

STARTS = ('=cmd|"/C calc"!A1', "+1+1", "-1+2", "@SUM(A1)", "=1+1", "http://example.org", "0012")
REFERENCE = re.compile(r"(?:'([^']+)'|(\w+))!\$([A-Z]+)\$(\d+)")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    solve(TINY, "reference", out=folder)
    return read_run(folder)


@pytest.fixture(scope="module")
def path(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    [path] = write_report(run, ["xlsx"], out=tmp_path_factory.mktemp("book"))
    return path


@pytest.fixture(scope="module")
def book(path: Path) -> Workbook:
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("comparisons") / "tiny"
    compare(TINY, ["reference", "no-ecology"], out=folder)
    return folder


def _same_as_files(path: Path, folder: Path) -> None:
    """Every CSV table of a folder is a sheet with its values, under its names."""
    files = sorted(folder.glob("*.csv"))
    assert len(files) >= 7
    for file in files:
        sheet, expected = pd.read_excel(path, sheet_name=file.stem, header=tables.NAMES), pd.read_csv(file)
        pd.testing.assert_frame_equal(sheet[list(expected)], expected, check_exact=True, check_dtype=False, obj=file.name)


def _text(sheet: Worksheet) -> str:
    return "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)


def _beside(sheet: Worksheet, label: str) -> object:
    """What stands on the right of a label in the first column."""
    [found] = [row[1].value for row in sheet.iter_rows() if row[0].value == label]
    return found


def _cell(reference: str) -> str:
    """The place of a cell that a chart refers to."""
    return reference.split("!")[1].replace("$", "")


def _heads(sheet: Worksheet) -> dict[str, int]:
    """Columns (from 1) by their names in the CSV file."""
    return {str(cell.value): cell.column for cell in sheet[tables.NAMES + 1]}


def test_values_are_those_of_the_files(run: Run, path: Path) -> None:
    assert run.path is not None
    _same_as_files(path, run.path)


def test_values_of_a_run_in_memory_are_those_that_its_files_will_have(run: Run, tmp_path: Path) -> None:
    assert run.path is not None
    [path] = write_report(solve(TINY, "reference"), ["xlsx"], out=tmp_path)
    _same_as_files(path, run.path)


def test_sheets_are_fit_to_read(book: Workbook) -> None:
    sheet = book["layout"]
    heads = _heads(sheet)
    assert sheet.freeze_panes == "A3"
    assert sheet.auto_filter.ref == f"A2:{sheet.cell(1, sheet.max_column).column_letter}{sheet.max_row}"
    assert sheet.cell(1, heads["output_after"]).value == "Output after (million CNY)"
    assert sheet.cell(1, heads["output_after"]).font.bold
    assert sheet.cell(3, heads["period"]).number_format == "0"
    assert sheet.cell(3, heads["output_after"]).number_format.startswith("#,##0")
    resources = book["resources"]
    assert resources.cell(3, _heads(resources)["utilisation"]).number_format == "0.0%"
    widths = {letter: dimension.width for letter, dimension in sheet.column_dimensions.items()}
    names = [str(cell.value) for cell in sheet["B"][2:]]
    assert widths["B"] >= max(map(len, names))


def test_shares_are_shown_in_per_cent_and_amounts_by_their_size(book: Workbook) -> None:
    sheet = book["indicators"]
    after = _heads(sheet)["after"]
    shown = {sheet.cell(row, 1).value: sheet.cell(row, after).number_format for row in range(3, sheet.max_row + 1)}
    assert shown["value_added_share"] == "0.0%"
    assert shown["output"] == "#,##0.0;-#,##0.0;0"


def test_names_stand_beside_the_keys(run: Run, path: Path) -> None:
    sheet = pd.read_excel(path, sheet_name="layout", header=tables.NAMES)
    assert list(sheet["region_name"]) == [run.instance.label("regions", key) for key in sheet["region"]]
    assert list(sheet["industry_name"]) == [run.instance.label("industries", key) for key in sheet["industry"]]
    units = pd.read_excel(path, sheet_name="resources", header=tables.NAMES)
    assert set(units["resource_unit"]) == {Words(run.instance, "en").unit(unit) for unit in run.instance.tables["resources"]["unit"]}


def test_the_first_sheet_answers(run: Run, book: Workbook) -> None:
    first = book.worksheets[0]
    assert first.title == "Contents"
    words, text = Words(run.instance, "en"), _text(first)
    assert run.definition.question["en"] in text
    assert f"In total {words.amount(run.tables['transfers']['output'].sum(), 'MCNY')} of output moves" in text
    assert "The plan is optimal" in text
    for key in ("objective", "bound", "gap", "violation"):
        assert _beside(first, TEXTS["en"][f"run.{key}"]) == pytest.approx(run.info[key], rel=1e-15)
    assert _beside(first, "Status") == "optimal"
    assert _beside(first, "SHA-256 of the instance") == run.instance.sha256
    assert "made up for hand calculation" in text


def test_the_first_sheet_leads_to_all_others(book: Workbook) -> None:
    links = [cell.hyperlink.location for cell in book.worksheets[0]["A"] if cell.hyperlink]
    assert [location.removesuffix("!A1").strip("'") for location in links] == book.sheetnames[1:]


def test_charts_draw_cells_that_refer_to_the_tables(run: Run, book: Workbook, path: Path) -> None:
    values = openpyxl.load_workbook(path, data_only=True)
    drawn, sheet = book["Charts"], values["Charts"]
    titles = [str(cell.value) for cell in sheet["L"] if cell.font.bold and cell.font.size == 13]
    assert len(drawn._charts) == len(titles) >= 4
    for title in ("plates.title", "indicator.value_added_share", "objective"):
        assert TEXTS["en"][title] in titles
    formulas = {cell.coordinate: str(cell.value)[1:] for row in drawn.iter_rows() for cell in row if cell.data_type == "f"}
    assert formulas
    for coordinate, formula in formulas.items():
        parts = [values[quoted or plain][f"{column}{row}"].value for quoted, plain, column, row in REFERENCE.findall(formula)]
        worked_out = parts[0] if len(parts) == 1 else parts[0] * parts[1] if "*" in formula else parts[0] / parts[1]
        assert sheet[coordinate].value == pytest.approx(worked_out, rel=1e-12), formula
    for chart in drawn._charts:
        for series in chart.series:
            assert series.val.numRef.f.startswith("Charts!")
            cells = [cell.value for column in sheet[_cell(series.val.numRef.f)] for cell in column]
            assert all(isinstance(value, int | float) for value in cells)
    moved = sum(cell.value for row in sheet["M3:O5"] for cell in row)
    assert moved == pytest.approx(run.tables["plates"]["output"].sum())


def test_text_stays_text(tiny_copy: Path, tmp_path: Path) -> None:
    for file in ("regions.csv", "industries.csv", "groups.csv", "resources.csv"):
        table = pd.read_csv(tiny_copy / file)
        table["name_en"] = [STARTS[n % len(STARTS)] for n in range(len(table))]
        table.to_csv(tiny_copy / file, index=False)
    [path] = write_report(solve(tiny_copy, "reference"), ["xlsx"], out=tmp_path)
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.parent.title for cell in cells if cell.data_type == "f"} == {"Charts"}
    assert set(STARTS[:4]) <= {cell.value for cell in cells if cell.data_type == "s"}
    assert all(REFERENCE.match(str(cell.value)[1:]) for cell in cells if cell.data_type == "f")
    assert not [cell for cell in cells if cell.hyperlink and cell.hyperlink.target]
    for chart in book["Charts"]._charts:
        assert chart.title.tx.strRef.f.startswith("Charts!")


def test_what_is_no_number_is_an_empty_cell(run: Run, tmp_path: Path) -> None:
    resources = run.tables["resources"].copy()
    resources.loc[0, ["utilisation", "price"]] = [math.inf, math.nan]
    [path] = write_report(dataclasses.replace(run, tables={**run.tables, "resources": resources}), ["xlsx"], out=tmp_path)
    sheet = openpyxl.load_workbook(path)["resources"]
    heads = _heads(sheet)
    assert [sheet.cell(3, heads[name]).value for name in ("utilisation", "price")] == [None, None]


def test_missing_demand_and_a_gap_stand_on_the_first_sheet(tiny_copy: Path, tmp_path: Path) -> None:
    demand = pd.read_csv(tiny_copy / "demand.csv")
    demand["demand"] *= 5
    demand.to_csv(tiny_copy / "demand.csv", index=False)
    run = solve(tiny_copy, "reference")
    unproven = dataclasses.replace(run, info={**run.info, "status": "feasible", "gap": 0.05, "bound": 1.05 * run.info["objective"]})
    [path] = write_report(unproven, ["xlsx"], out=tmp_path)
    first = openpyxl.load_workbook(path).worksheets[0]
    assert str(first["B6"].value).startswith("Demand is not met in full: ")
    assert TEXTS["en"]["answer.proof_feasible"].format(gap="5\u00a0%") in _text(first)
    assert _beside(first, "Status") == "feasible"
    assert _beside(first, "Gap") == 0.05


def test_a_result_gives_one_file(run: Run, path: Path, tmp_path: Path) -> None:
    [again] = write_report(run, ["xlsx"], out=tmp_path)
    assert again.read_bytes() == path.read_bytes()


def test_a_chinese_workbook_is_chinese(run: Run, tmp_path: Path) -> None:
    [path] = write_report(run, ["xlsx"], "zh", tmp_path)
    assert path.name == "report.zh.xlsx"
    assert run.path is not None
    _same_as_files(path, run.path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[:3] == ["目录", "图表", "layout"]
    for name in (file.stem for file in run.path.glob("*.csv")):
        heads = [str(cell.value) for cell in book[name][1]]
        assert not [head for head in heads if not re.search(r"[\u4e00-\u9fff]|\d{4}", head)], name


def test_what_a_sheet_cannot_hold_is_said(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 4)
    [path] = write_report(run, ["xlsx"], out=tmp_path)
    book = openpyxl.load_workbook(path)
    assert book["layout"].max_row == tables.FIRST + 4
    total = len(run.tables["layout"])
    assert f"The first 4 of {total} rows; all are in layout.csv." in _text(book.worksheets[0])
    shown = [cell.value for cell in book["Charts"]["M"][2:5]]
    assert str(shown[0]).startswith("=plates!")
    assert isinstance(shown[2], int | float)


def test_a_comparison_has_its_tables_and_a_sheet_per_scenario(compared: Path, tmp_path: Path) -> None:
    [path] = write_report(compared, ["xlsx"], out=tmp_path)
    _same_as_files(path, compared)
    book = openpyxl.load_workbook(path, data_only=True)
    scenarios = pd.read_csv(compared / "scenarios.csv").set_index("scenario")
    for name, stated in scenarios.iterrows():
        assert _beside(book[str(name)], "Objective") == pytest.approx(stated["objective"])
        assert "Output transferred from plate to plate" in _text(book[str(name)])
    first, drawn = book.worksheets[0], book["Charts"]
    assert "no-ecology: objective +" in _text(first)
    assert len(drawn._charts) == 6
    objective = next(
        chart for chart in drawn._charts if "Terms of the objective" in str(drawn[chart.title.tx.strRef.f.split("!")[1].replace("$", "")].value)
    )
    terms = {series.tx.strRef.f.split("!")[1].replace("$", "") for series in objective.series}
    assert "Value added" in {drawn[cell].value for cell in terms}


def test_scenarios_of_any_name_and_without_a_plan(tiny: Instance, tmp_path: Path) -> None:
    good = solve(tiny, define())
    info = {**good.info, "status": "infeasible", "objective": None, "bound": None, "gap": None, "violation": None, "message": "no way"}
    long = "a scenario with a name beyond what Excel takes"
    none = Run(info, tiny, good.definition, good.policies)
    runs = {"layout": good, "=a/b:[c]": good, long: good, f"{long} 2": good, "🏭'none'": none}
    [path] = write_report(Comparison(tiny, runs, comparison_tables(runs)), ["xlsx"], out=tmp_path)
    book = openpyxl.load_workbook(path)
    assert len({name.casefold() for name in book.sheetnames}) == len(book.sheetnames)
    assert all(len(name) <= 31 for name in book.sheetnames)
    assert {"layout", "layout (2)", "=a_b__c_", "__none_"} <= set(book.sheetnames)
    assert "infeasible" in _text(book["__none_"])
    assert "no way" in _text(book["__none_"])
    assert list(pd.read_excel(path, sheet_name="scenarios", header=tables.NAMES)["scenario"]) == list(runs)


def test_an_instance_with_few_tables_has_a_workbook(tiny_copy: Path, tmp_path: Path) -> None:
    manifest = tiny_copy / "instance.toml"
    kept = tuple(f"[tables.{name}]" for name in ("regions", "industries", "stock", "demand"))
    parts = re.split(r"(?m)^(?=\[)", manifest.read_text(encoding="utf-8"))
    manifest.write_text("".join(p for p in parts if not p.startswith(("[tables.", "[direction]")) or p.startswith(kept)), encoding="utf-8")
    [path] = write_report(solve(load_instance(tiny_copy), define()), ["xlsx"], out=tmp_path)
    book = openpyxl.load_workbook(path)
    assert book["resources"].max_row == tables.FIRST
    assert len(book["Charts"]._charts) == 3
