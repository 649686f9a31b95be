"""The Word report read back: tables, captions, contents, pictures, templates; and one conversion by LibreOffice."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import docx
import pandas as pd
import pytest
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.shared import Emu

from layout_opt.analysis.comparing import Comparison, comparison_tables
from layout_opt.errors import InputError
from layout_opt.report import write_report
from layout_opt.report.document import Bullets, Document, Figure, Heading, Paragraph, Section, Statement, TableBlock
from layout_opt.report.task import Task
from layout_opt.report.texts import TEXTS
from layout_opt.report.word.book import book
from layout_opt.report.word.fields import fields
from layout_opt.report.words import Words
from layout_opt.runs import Run, read_run
from layout_opt.solving import solve
from tests.conftest import ROOT, TINY

EVIL = "{{ title }} {% x %} <w:p/> & \"'"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    solve(TINY, "reference", out=folder)
    return read_run(folder)


@pytest.fixture(scope="module")
def report(run: Run) -> Document:
    return Task(run, "en", Path()).printed


@pytest.fixture(scope="module")
def path(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    [path] = write_report(run, ["docx"], out=tmp_path_factory.mktemp("docx"))
    return path


@pytest.fixture(scope="module")
def word(path: Path) -> WordDocument:
    return docx.Document(str(path))


@pytest.fixture(scope="module")
def chinese(run: Run, tmp_path_factory: pytest.TempPathFactory) -> WordDocument:
    [path] = write_report(run, ["docx"], "zh", out=tmp_path_factory.mktemp("docx"))
    assert path.name == "report.zh.docx"
    return docx.Document(str(path))


def blocks(report: Document, kind: type[TableBlock | Figure | Statement]) -> list[object]:
    return [block for section in report.sections for block in section.blocks if isinstance(block, kind)]


def styled(word: WordDocument, style: str) -> list[str]:
    """Texts of the paragraphs of a style, those of the contents included."""
    return [p.text for p in word.paragraphs if p.style is not None and p.style.name == style]


def instructions(word: WordDocument) -> list[str]:
    return [found.text.strip() for found in word.element.iter(qn("w:instrText"))]


def test_every_table_of_the_report_is_a_table(word: WordDocument, report: Document) -> None:
    tables = blocks(report, TableBlock)
    assert len(word.tables) == len(tables) > 12
    for made, block in zip(word.tables, tables, strict=True):
        texts = [[cell.text for cell in row.cells] for row in made.rows]
        assert texts == [list(block.columns), *(list(row) for row in block.rows)]


def test_heads_are_repeated_rows_stay_whole_and_numbers_stand_right(word: WordDocument, report: Document) -> None:
    for made, block in zip(word.tables, blocks(report, TableBlock), strict=True):
        rows = list(made._tbl.iter(qn("w:tr")))
        assert [row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in rows] == [True] + [False] * len(block.rows)
        assert all(row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in rows)
        right = [cell.paragraphs[0].alignment is not None for cell in made.rows[-1].cells]
        assert right == list(block.numeric)
        page = word.sections[0]
        across = page.page_width - page.left_margin - page.right_margin
        assert sum(column.width for column in made.columns) <= across


def test_captions_are_numbered_fields_above_tables_and_below_figures(word: WordDocument, report: Document) -> None:
    captions = styled(word, "Caption")
    tables, figures = ([c for c in captions if c.startswith(label)] for label in ("Table ", "Figure "))
    assert [int(c.split()[1].rstrip(".")) for c in tables] == list(range(1, len(word.tables) + 1))
    assert [int(c.split()[1].rstrip(".")) for c in figures] == list(range(1, len(report.figures) + 1))
    assert instructions(word).count("SEQ Table \\* ARABIC") == len(tables)
    assert instructions(word).count("SEQ Figure \\* ARABIC") == len(figures)
    for made, block in zip(word.tables, blocks(report, TableBlock), strict=True):
        above, below = ("".join(t.text or "" for t in beside.iter(qn("w:t"))) for beside in (made._tbl.getprevious(), made._tbl.getnext()))
        assert above.endswith(block.caption)
        assert below.startswith(f"From {block.source}." if block.source else block.note)
    for shape, block in zip(word.inline_shapes, report.figures, strict=True):
        line = next(shape._inline.iterancestors(qn("w:p")))
        assert "".join(t.text or "" for t in line.getnext().iter(qn("w:t"))).endswith(block.caption)


def test_the_contents_are_a_field_filled_beforehand(word: WordDocument, report: Document) -> None:
    assert 'TOC \\o "1-2" \\h \\z \\u' in instructions(word)
    [contents] = word.element.body.iter(qn("w:sdtContent"))
    lines = ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in contents.iter(qn("w:p"))]
    headings = [p.text for p in word.paragraphs if p.style is not None and p.style.name in ("Heading 1", "Heading 2")]
    assert lines == ["Contents", *headings]
    assert [h for h in headings if h in [s.title for s in report.sections]] == [s.title for s in report.sections if not s.appendix]
    bookmarks = {mark.get(qn("w:name")) for mark in word.element.body.iter(qn("w:bookmarkStart"))}
    pointed = [link.get(qn("w:anchor")) for link in contents.iter(qn("w:hyperlink"))]
    assert len(set(pointed)) == len(pointed) == len(headings)
    assert set(pointed) <= bookmarks


def test_opening_asks_nothing(word: WordDocument) -> None:
    assert not list(word.settings.element.iter(qn("w:updateFields")))
    assert all(mark.get(qn("w:dirty")) is None for mark in word.element.body.iter(qn("w:fldChar")))


def test_properties_and_footer(word: WordDocument, report: Document, run: Run) -> None:
    properties = word.core_properties
    assert (properties.title, properties.subject, properties.language) == (report.title, report.subtitle, "en-GB")
    assert properties.author.startswith("layout_opt ")
    assert run.instance.name in properties.keywords
    assert styled(word, "Title") == [report.title]
    assert report.subtitle in styled(word, "Subtitle")
    footer = word.sections[0].footer._element
    assert [f.text.strip() for f in footer.iter(qn("w:instrText"))] == ["PAGE", "NUMPAGES"]


def test_pictures_are_sharp_fit_and_have_words(word: WordDocument, report: Document) -> None:
    page = word.sections[0]
    across = page.page_width - page.left_margin - page.right_margin
    assert len(word.inline_shapes) == len(report.figures) > 4
    for shape, figure in zip(word.inline_shapes, report.figures, strict=True):
        part = word.part.related_parts[shape._inline.graphic.graphicData.pic.blipFill.blip.embed]
        assert part.image.px_width / Emu(shape.width).inches >= 199.9
        assert shape.width <= across + 635
        assert shape.width / shape.height == pytest.approx(part.image.px_width / part.image.px_height, rel=0.01)
        assert figure.alt in shape._inline.docPr.get("descr")


def test_the_appendix_states_the_model_and_every_source(word: WordDocument, run: Run) -> None:
    titles = styled(word, "Heading 1")
    assert f"Appendix A. {TEXTS['en']['statement']}" in titles
    for policy in run.policies:
        assert f"{policy.title['en']} ({policy.label})" in styled(word, "Heading 2")
    cells = {cell for table in word.tables for row in table.rows for cell in (c.text for c in row.cells)}
    for entry in run.instance.manifest.tables.values():
        assert entry.source in cells
    lowered = [r.text for p in word.paragraphs if p.style is not None and p.style.name == "Formula" for r in p.runs if r.font.subscript]
    assert {"k,r", "i,r", "k,o,d"} <= set(lowered)
    assert any(p.text.startswith("balance\tx") for p in word.paragraphs)


def test_a_chinese_report_has_chinese_fonts_and_captions(chinese: WordDocument, run: Run) -> None:
    defaults = chinese.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    assert defaults.find(qn("w:rFonts")).get(qn("w:eastAsia")) == "SimSun"
    assert defaults.find(qn("w:lang")).get(qn("w:eastAsia")) == "zh-CN"
    assert chinese.styles["Heading 1"].element.rPr.rFonts.get(qn("w:eastAsia")) == "SimHei"
    captions = styled(chinese, "Caption")
    assert [c.split("　")[0] for c in captions if c.startswith("表")] == [f"表 {n}" for n in range(1, len(chinese.tables) + 1)]
    assert "SEQ 图 \\* ARABIC" in instructions(chinese)
    assert all(re.search(r"[\u4e00-\u9fff]", title) for title in styled(chinese, "Heading 1"))
    assert run.definition.question["zh"] in [p.text for p in chinese.paragraphs]
    assert chinese.core_properties.language == "zh-CN"
    assert chinese.sections[0].footer.paragraphs[0].text.startswith(chinese.core_properties.title)


def made_of(run: Run, *sections: Section) -> WordDocument:
    """A Word document of these sections, without pictures, as it is read back."""
    report = Document("en", EVIL, "", sections, notes=[EVIL])
    stream = io.BytesIO()
    book(SimpleNamespace(printed=report, words=Words(run.instance, "en"), pictures={}, source=run)).save(stream)
    return docx.Document(io.BytesIO(stream.getvalue()))


def test_wide_tables_lie_on_their_side(run: Run) -> None:
    def section(key: str, columns: int) -> Section:
        heads = [f"scenario-{n:02d}-of-many" for n in range(columns)]
        return Section(key, key, [TableBlock(key, heads, [["1,234,567.89"] * columns] * 3, [True] * columns)])

    word = made_of(run, section("first", 3), section("wide", 11), section("wider", 30), section("last", 3))
    assert [page.page_width > page.page_height for page in word.sections] == [False, True, False]
    rooms = [page.page_width - page.left_margin - page.right_margin for page in word.sections]
    across = [sum(column.width for column in table.columns) for table in word.tables]
    assert [a <= room for a, room in zip(across, [rooms[0], rooms[1], rooms[1], rooms[2]], strict=True)] == [True] * 4
    assert across[1] > rooms[0]
    assert all(page.footer.paragraphs[0].text.startswith(EVIL) for page in word.sections)


def test_texts_are_data(run: Run) -> None:
    """Markup stays text, and characters that XML cannot hold are left out."""
    text = f"{EVIL}\x02\ufffe"
    every = [Paragraph(text), Bullets([text]), Heading(text), TableBlock(text, [text], [[text]], [False], text, text), Statement(text)]
    word = made_of(run, Section("x", text, every))
    texts = [p.text for p in word.paragraphs] + [cell.text for row in word.tables[0].rows for cell in row.cells]
    assert word.core_properties.title == EVIL
    assert sum(EVIL in found for found in texts) == 11
    assert not any("\x02" in found for found in texts)


# Templates


def form(path: Path, lines: Sequence[str], cells: Sequence[Sequence[str]] = (), header: str = "") -> Path:
    """A template made of paragraphs, a table and a header."""
    made = docx.Document()
    for line in lines:
        made.add_paragraph(line)
    if cells:
        table = made.add_table(rows=0, cols=len(cells[0]))
        for row in cells:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    made.sections[0].header.paragraphs[0].text = header
    made.core_properties.title = "{{ title }}"
    made.save(str(path))
    return path


@pytest.fixture
def fill(run: Run, tmp_path: Path) -> Callable[..., WordDocument]:
    """Fill a template made of the given parts with the run's report."""

    def filled(*parts: object, source: object = run, **more: object) -> WordDocument:
        template = form(tmp_path / "house.docx", *parts, **more)
        [path] = write_report(source, ["docx"], out=tmp_path / "out", template=template)
        return docx.Document(str(path))

    return filled


def test_fields_of_text_are_filled(fill: Callable[..., WordDocument], run: Run, report: Document) -> None:
    lines = [
        "On {{ title }}: {{ question }}",
        "{{ objective }} within {{ gap }}, {{ status }}",
        "{%p for s in sentences %}",
        "- {{ s }}",
        "{%p endfor %}",
    ]
    word = fill([*lines, "{{ source }}"], header="{{ instance }} {{ base_year }}")
    texts = [p.text for p in word.paragraphs]
    assert texts[0] == f"On {report.title}: {run.definition.question['en']}"
    assert texts[1] == f"{run.info['objective']:,.4f} within 0 %, optimal".replace("0 %", "0\u00a0%")
    assert "- Demand for every industry is met in full." in texts
    assert run.instance.sha256 in texts[-1]
    assert word.sections[0].header.paragraphs[0].text == "tiny 2020"
    assert word.core_properties.title == report.title


def test_tables_and_figures_are_put_in_with_captions_and_the_styles_of_the_template(run: Run, tmp_path: Path) -> None:
    made = docx.Document(str(form(tmp_path / "t.docx", ["before", "{{ table.transfers }}", "between", "{{figure.plates}}", "after"])))
    made.styles["Caption"].font.name = "House Sans"
    made.save(str(tmp_path / "t.docx"))
    [path] = write_report(run, ["docx"], out=tmp_path, template=tmp_path / "t.docx")
    word = docx.Document(str(path))
    [table] = word.tables
    assert len(table.rows) == 1 + len(run.tables["transfers"])
    assert len(word.inline_shapes) == 1
    texts = [p.text for p in word.paragraphs]
    assert [t for t in texts if t in ("before", "between", "after")] == ["before", "between", "after"]
    assert texts[1].startswith("Table 1. The ")
    assert "From transfers.csv." in texts
    assert word.styles["Caption"].font.name == "House Sans"
    assert not re.search(r"\d{16}", "".join(texts))


def test_loops_go_over_results_and_over_tables_of_the_report(fill: Callable[..., WordDocument], run: Run) -> None:
    loop = ["{%tr for t in data.transfers %}", "", ""], ["{{ t.industry|name }}", "{{ t.origin|name }}", "{{ t.output|number(1) }}"]
    word = fill([], [["Industry", "From", "Output"], *loop, ["{%tr endfor %}", "", ""]])
    [table] = word.tables
    first = run.tables["transfers"].iloc[0]
    label = run.instance.label
    assert len(table.rows) == 1 + len(run.tables["transfers"])
    expected = [label("industries", first["industry"]), label("regions", first["origin"]), f"{first['output']:.1f}"]
    assert [c.text for c in table.rows[1].cells] == expected
    word = fill(["{%p for r in rows.plates %}", "{{ r[0] }}: {{ r[-1] }}", "{%p endfor %}", "{{ columns.plates|last }}"])
    assert [p.text.split(":")[0] for p in word.paragraphs] == ["East", "Central", "West", "Total", "Total"]


def test_the_whole_report_fits_into_a_template(fill: Callable[..., WordDocument], report: Document) -> None:
    word = fill(["Letterhead", "{{ report }}"], [["{{ section.question }}", "{{ figure.plates }}"]])
    assert len(word.tables) == len(blocks(report, TableBlock)) + 1
    assert styled(word, "Heading 1") == [section.title for section in report.sections]
    [cell, other] = word.tables[-1].rows[0].cells
    assert cell.text
    assert len(list(other._tc.iter(qn("w:drawing")))) == 1
    bookmarks = [mark.get(qn("w:id")) for mark in word.element.body.iter(qn("w:bookmarkStart"))]
    assert len(set(bookmarks)) == len(bookmarks)


def test_values_are_data(tiny_copy: Path, tmp_path: Path) -> None:
    """Braces and markup in names and titles stay text; nothing of them is run."""
    for file in ("regions.csv", "industries.csv"):
        table = pd.read_csv(tiny_copy / file)
        table["name_en"] = [f"{EVIL}{i}" for i in range(len(table))]
        table.to_csv(tiny_copy / file, index=False)
    manifest = tiny_copy / "instance.toml"
    text = re.sub(r'title = \{ en = "[^"]*"', r'title = { en = "a\\u0002 {{ gap }} <b>&"', manifest.read_text(encoding="utf-8"))
    manifest.write_text(text, encoding="utf-8")
    run = solve(tiny_copy, "reference")
    template = form(
        tmp_path / "t.docx", ["{{ title }}", "{%p for r in data.layout %}", "{{ r.region|name }}", "{%p endfor %}", "{{ table.transfers }}"]
    )
    [path] = write_report(run, ["docx"], out=tmp_path, template=template)
    word = docx.Document(str(path))
    texts = [p.text for p in word.paragraphs]
    assert word.core_properties.title == texts[0]
    assert texts[0].startswith("a {{ gap }} <b>&: ")
    assert f"{EVIL}0" in texts
    assert EVIL in "|".join(cell.text for row in word.tables[0].rows for cell in row.cells)


def test_unknown_fields_are_named_all_at_once(run: Run, tmp_path: Path) -> None:
    lines = ["{{ titel }} {{ table.trasfers }}", "{% for t in data.transfers %}{{ t.outputt }}{% endfor %}", "{% if figure.map %}x{% endif %}"]
    with pytest.raises(InputError) as error:
        write_report(run, ["docx", "md"], out=tmp_path / "out", template=form(tmp_path / "t.docx", lines, header="{{ data.layot }}"))
    assert [fault.value for fault in error.value.faults] == ["titel", "table.trasfers", "outputt", "figure.map", "data.layot"]
    assert [re.search(r"Did you mean '(\w+)'", fault.remedy)[1] for fault in error.value.faults[:3]] == ["title", "transfers", "output"]
    assert "map_transfers" in error.value.faults[3].remedy
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (["{{ title"], "a field cannot be read"),
        (["{{ title + 1 }}"], "a field cannot be filled"),
        (["{{ title.__class__ }}"], "no such part"),
        (["see {{ table.transfers }} here"], "does not stand alone"),
        (["{{ table.transfers|upper }}!"], "does not stand alone"),
    ],
)
def test_fields_that_cannot_be_filled_are_faults(run: Run, tmp_path: Path, lines: list[str], what: str) -> None:
    with pytest.raises(InputError, match=what) as error:
        write_report(run, ["docx"], out=tmp_path / "out", template=form(tmp_path / "house.docx", lines))
    assert error.value.faults[0].where.file == "house.docx"
    assert not list((tmp_path / "out").iterdir())


def test_what_would_break_the_document_is_a_fault(run: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="where it does not fit"):
        write_report(run, ["docx"], out=tmp_path, template=form(tmp_path / "t.docx", ["{% for t in data.transfers %}"], [["{% endfor %}"]]))
    with pytest.raises(InputError, match="does not stand alone"):
        write_report(run, ["docx"], out=tmp_path, template=form(tmp_path / "t.docx", [], header="{{ table.transfers }}"))


def test_a_template_that_is_no_word_document_is_a_fault(run: Run, tmp_path: Path) -> None:
    (tmp_path / "text.docx").write_text("{{ title }}", encoding="utf-8")
    shutil.make_archive(str(tmp_path / "other"), "zip", tmp_path)
    for name, what in (("text.docx", "no Word document"), ("other.zip", "no Word document"), ("missing.docx", "no such file")):
        with pytest.raises(InputError, match=what):
            write_report(run, ["docx"], out=tmp_path / "out", template=tmp_path / name)
    with pytest.raises(InputError, match="only the format docx has a template"):
        write_report(run, ["html"], out=tmp_path / "out", template=tmp_path / "text.docx")


def test_the_page_on_reports_lists_the_fields(run: Run) -> None:
    page = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    runs = {"a": run, "b": run}
    for column, source in enumerate((run, Comparison(run.instance, runs, comparison_tables(runs)))):
        found = fields(Task(source, "en", Path()), lambda name, content: (name, content))
        rows = re.findall(r"^\| (`.*?) \|[^|]*\|( yes)? \|( yes)? \|$", page, flags=re.MULTILINE)
        listed = {name for names, *marks in rows if marks[column] for name in re.findall(r"`(\w+)`", names)}
        assert listed == {name for name, value in found.items() if not isinstance(value, (SimpleNamespace, tuple))}
    names = set(re.findall(r"`(\w+)`", page))
    report = Task(run, "en", Path()).printed
    assert {section.key for section in report.sections} | {figure.name.replace("-", "_") for figure in report.figures} <= names


@pytest.mark.skipif(not all(map(shutil.which, ("soffice", "pdftotext"))), reason="LibreOffice and poppler-utils are not installed")
def test_libreoffice_makes_a_pdf_of_it(path: Path, report: Document, tmp_path: Path) -> None:
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    text = subprocess.run(["pdftotext", "-layout", str(tmp_path / "report.pdf"), "-"], check=True, capture_output=True, text=True).stdout
    first, *others = text.split("\f")[:-1]
    assert len(others) > 5
    for section in report.sections:
        assert section.title in first  # the contents, without anything working them out
        assert section.title in "".join(others)
    assert f"{len(others) + 1} / {len(others) + 1}" in others[-1]
