"""The report in LaTeX holds what the other formats hold, its tables stand alone, and no name is a command; charts are files of three kinds."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from layout_opt.analysis.comparing import compare
from layout_opt.report import pictures, write_report
from layout_opt.report.document import TableBlock
from layout_opt.report.latex.statements import statement
from layout_opt.report.latex.tables import table
from layout_opt.report.latex.text import Escape
from layout_opt.report.task import Task
from layout_opt.report.texts import TEXTS
from layout_opt.runs import Run
from layout_opt.solving import solve
from tests.conftest import TINY

EVIL = r"[x] *\input{/etc/passwd}% $y$ & #1 _a^b~ \end{table} <>|`'" + '" -- 中文'
MAGIC = {"png": b"\x89PNG", "svg": b"<svg", "pdf": b"%PDF"}
ENGINE = shutil.which("xelatex")


@pytest.fixture(scope="module")
def folder(hand_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report in English."""
    [path] = write_report(hand_run, ["tex"], out=tmp_path_factory.mktemp("tex"))
    return path.parent


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison of two scenarios."""
    folder = tmp_path_factory.mktemp("comparisons") / "tiny"
    compare(TINY, ["reference", "no-ecology"], out=folder)
    return folder


@pytest.fixture(scope="module")
def evil_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run in which everything is named by commands."""
    folder = Path(shutil.copytree(TINY, tmp_path_factory.mktemp("evil") / "tiny"))
    for file in ("regions.csv", "industries.csv", "groups.csv", "resources.csv"):
        names = pd.read_csv(folder / file)
        for column in ("name_en", "name_zh"):
            names[column] = [f"{EVIL} {n}" for n in range(len(names))]
        names.to_csv(folder / file, index=False)
    return solve(folder, "reference")


def _compile(path: Path) -> str:
    """Set a document, and return the log. Fails where TeX stops at an error."""
    command = [str(ENGINE), "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", path.name]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert path.with_suffix(".pdf").read_bytes().startswith(MAGIC["pdf"])
    return path.with_suffix(".log").read_text(encoding="utf-8", errors="replace")


def _blocks(run: Run, folder: Path) -> list[TableBlock]:
    return [block for section in Task(run, "en", folder).document.sections for block in section.blocks if isinstance(block, TableBlock)]


def test_the_document_has_every_section_table_and_chart(hand_run: Run, folder: Path) -> None:
    text = (folder / "report.tex").read_text(encoding="utf-8")
    document = Task(hand_run, "en", folder).document
    titles = re.findall(r"\\section{(.*?)}\\label", text)
    assert titles == [section.title for section in document.sections]
    inputs = re.findall(r"\\input{(.*?)}", text)
    assert len(inputs) == len(set(inputs)) == len(_blocks(hand_run, folder))
    assert all((folder / f"{name}.tex").is_file() for name in inputs)
    charts = re.findall(r"\\includegraphics\[.*?\]{(.*?)}", text)
    assert len(charts) == len(document.figures)
    assert all((folder / chart).read_bytes().startswith(MAGIC["pdf"]) for chart in charts)
    everything = text + "".join((folder / f"{name}.tex").read_text(encoding="utf-8") for name in inputs)
    labels = re.findall(r"\\label{(.*?)}", everything)
    assert len(labels) == len(set(labels)) > len(inputs)
    assert sorted(re.findall(r"\\begin{(\w+)}", everything)) == sorted(re.findall(r"\\end{(\w+)}", everything))
    assert text.startswith("% Compile twice")


def test_tables_hold_the_cells_of_the_report(hand_run: Run, folder: Path) -> None:
    text = (folder / "report-tables" / "plates.tex").read_text(encoding="utf-8")
    [block] = [block for block in _blocks(hand_run, folder) if block.source == "plates.csv"]
    body = text.split(r"\midrule")[1].split(r"\bottomrule")[0]
    assert [line.removesuffix(r" \\").split(" & ") for line in body.strip().splitlines()] == [list(row) for row in block.rows]
    assert r"\begin{tabular}{@{}l" + "r" * (len(block.columns) - 1) + "@{}}" in text
    assert r"\label{tab:plates}" in text
    assert "From plates.csv." in text


def test_figures_have_minus_signs_and_names_have_hyphens() -> None:
    escape = Escape("en")
    assert escape.figure("-1,234.5 (-3 %)") == r"$-$1,234.5 ($-$3 \%)"
    assert escape("north-east -- a") == "north-east -{}- a"
    assert escape("CO2 …\u00a0“km³” → 3–5") == r"CO2 \ldots{}~``km$^3$'' $\rightarrow$ 3--5"
    assert Escape("zh")("“省”…") == "“省”…"


def test_nothing_in_a_text_is_a_command() -> None:
    escaped = Escape("en")(EVIL + "\n\x07\u202e")
    bare = re.sub(r"\\(?:textbackslash|textasciitilde|textasciicircum|textless|textgreater|textbar|textasciigrave){}|\\[{}$&#%_]", "", escaped)
    assert not re.search(r"[\\$&#%_~^<>|`]", bare)
    assert bare.count("{") == bare.count("}")
    assert "{[}x{]} {*}" in bare
    assert not re.search(r"[\x00-\x1f\u202e]", escaped)


@pytest.mark.skipif(ENGINE is None, reason="xelatex is not installed")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_full_of_commands_is_set(evil_run: Run, tmp_path: Path, language: str) -> None:
    [path] = write_report(evil_run, ["tex"], language, tmp_path)
    log = _compile(path)
    assert "Missing character" not in log
    assert "(/etc/passwd" not in log


@pytest.mark.skipif(ENGINE is None, reason="xelatex is not installed")
def test_a_table_stands_in_a_paper_by_itself(folder: Path) -> None:
    packages = "array,booktabs,longtable,pdflscape"
    assert packages.replace(",", ", ").replace(", pdflscape", " and pdflscape") in (folder / "report-tables" / "transfers.tex").read_text(
        encoding="utf-8"
    )
    lines = [
        r"\documentclass{article}",
        rf"\usepackage{{{packages}}}",
        r"\usepackage[a4paper,margin=25mm]{geometry}",
        r"\begin{document}",
        r"Table~\ref{tab:transfers}.",
    ]
    paper = folder / "paper.tex"
    paper.write_text("\n".join([*lines, r"\input{report-tables/transfers}", r"\end{document}"]), encoding="utf-8")
    assert "Overfull" not in _compile(paper)


def test_long_and_wide_tables_find_room() -> None:
    def block(columns: int, rows: int, cell: str = "1,234.5") -> TableBlock:
        heads = ["Name", *(f"Scenario {n}" for n in range(columns))]
        return TableBlock("C", heads, [[f"row {r}", *[cell] * columns] for r in range(rows)], [False, *[True] * columns])

    escape = Escape("en")
    assert table(block(3, 10), "x", "", escape).count(r"\begin{table}") == 1
    assert r"\begin{longtable}" in table(block(3, 80), "x", "", escape)
    assert r"\begin{landscape}" in table(block(11, 5), "x", "", escape)
    several = table(block(30, 5), "x", "", escape)
    assert several.count("row 4 &") == several.count(r"\begin{tabular}{@{}lr") == 3
    assert re.findall(r"\\label{(.*?)}", several) == ["tab:x", "tab:x-2", "tab:x-3"]
    texts = TableBlock("C", ["A", "B"], [["word " * 60, "word " * 10]] * 3, [False, False])
    assert table(texts, "x", "", escape).count(r">{\raggedright\arraybackslash}p{") == 2


def test_statements_are_typeset() -> None:
    docstring = "For `k`::\n\n    limit     sum_{k} x[k,r] <= Cap[r]    (a_b)\n    x[k,r]    output\n\nMore."
    made = re.sub(" +", " ", statement(docstring, Escape("en")))
    assert r"\texttt{k}" in made
    assert r"$\sum$\textsubscript{k} \textit{x}\textsubscript{k,r} $\leq$ Cap\textsubscript{r}\quad (a\_b)" in made
    assert r"\makebox[5em][l]{limit}" in made


def test_a_comparison_is_written(compared: Path, tmp_path: Path) -> None:
    [path] = write_report(compared, ["tex"], "zh", tmp_path)
    text = path.read_text(encoding="utf-8")
    assert path.name == "report.zh.tex"
    assert r"\documentclass{ctexart}" in text
    assert rf"\section{{{TEXTS['zh']['scenarios']}}}" in text
    assert "no-ecology" in (tmp_path / "report-tables" / "scenarios.zh.tex").read_text(encoding="utf-8")


def test_charts_are_files(hand_run: Run, tmp_path: Path) -> None:
    assert write_report(hand_run, ["png", "svg"], out=tmp_path) == [tmp_path / "report-figures"] * 2
    names = {figure.name for figure in Task(hand_run, "en", tmp_path).document.figures}
    for kind in ("png", "svg"):
        found = {path.stem: path.read_bytes() for path in (tmp_path / "report-figures").glob(f"*.{kind}")}
        assert set(found) == names
        assert all(content.startswith(MAGIC[kind]) for content in found.values())


def test_without_a_chinese_font_every_picture_is_english(hand_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "chinese_font", lambda: None)
    write_report(hand_run, ["tex", "svg"], "zh", tmp_path)
    assert TEXTS["zh"]["no_font"] in (tmp_path / "report.zh.tex").read_text(encoding="utf-8")
    drawings = [path.read_text(encoding="utf-8") for path in (tmp_path / "report-figures").glob("*.zh.svg")]
    assert len(drawings) >= 7
    assert not [drawing for drawing in drawings if re.search(r"[\u4e00-\u9fff]", drawing)]


def test_the_command_says_which_font_to_install(compared: Path, tmp_path: Path) -> None:
    without = "from layout_opt.report import pictures; pictures.chinese_font = lambda: None; from layout_opt.cli import main; main()"
    command = [sys.executable, "-c", without, "report", str(compared), "--format", "png", "--lang", "zh", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "report-figures")
    assert "fonts-noto-cjk" in done.stderr
