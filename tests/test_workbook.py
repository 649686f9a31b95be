"""An instance as one workbook is the same instance; `new` makes folders and workbooks, whole or not at all."""

from __future__ import annotations

import tomllib
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.solving import load_instance
from layout_opt.starting import write_instance
from tests.conftest import ROOT, TINY
from tests.test_instance import ODD, rename


def same(a: Instance, b: Instance) -> None:
    assert list(a.tables) == list(b.tables)
    for name, frame in a.tables.items():
        pd.testing.assert_frame_equal(frame, b.tables[name], check_exact=True, obj=name)
    different = {"name", "outline", "tables"}
    assert a.manifest.model_dump(exclude=different) == b.manifest.model_dump(exclude=different)
    for name, entry in a.manifest.tables.items():
        other = b.manifest.tables[name]
        assert (entry.source, str(entry.year), entry.licence, entry.note) == (other.source, str(other.year), other.licence, other.note)
        assert entry.units == other.units


@pytest.mark.parametrize("name", ["tiny", "china-2017"])
def test_a_workbook_is_the_same_instance(name: str, tmp_path: Path) -> None:
    folder = load_instance(name)
    (path,) = write_instance(folder, tmp_path / "book.xlsx")
    book = load_instance(path)
    assert book.name == "book"
    same(folder, book)
    assert len(book.warnings) == len(folder.warnings)
    assert book.sha256 != folder.sha256


def test_odd_names_survive_a_workbook(tiny_copy: Path, tmp_path: Path) -> None:
    rename(tiny_copy, {**ODD, "steel": "1", "cloth": "=1+1", "lab": "TRUE", "water": "#N/A!", "Laboratory": "-", "Cloth": "01"})
    folder = load_instance(tiny_copy)
    same(folder, load_instance(write_instance(folder, tmp_path / "book.xlsx")[0]))


def test_figures_of_excel_are_read(tiny: Instance, tmp_path: Path) -> None:
    """Numbers as text, whole years, blank rows, empty columns, cached formulas, and a size that the workbook states wrongly."""
    (path,) = write_instance(tiny, tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(path)
    stock = book["stock"]
    stock["C2"] = "60"
    stock["C3"] = " 40.0 "
    stock.insert_rows(4)
    stock["H1"] = " "
    book["industries"]["E2"] = False
    book.save(path)
    same(tiny, load_instance(path))


def test_a_number_is_a_name_where_a_name_is_asked_for(tiny_copy: Path, tmp_path: Path) -> None:
    rename(tiny_copy, {"A": "1"})
    (path,) = write_instance(load_instance(tiny_copy), tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(path)
    book["regions"]["A2"] = 1
    book["stock"]["B2"] = 1.0
    book.save(path)
    same(load_instance(tiny_copy), load_instance(path))


def test_optional_sheets_may_be_missing(tiny: Instance, tmp_path: Path) -> None:
    (path,) = write_instance(tiny, tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(path)
    del book["sources"]
    book.save(path)
    assert load_instance(path).manifest.tables["stock"].source == ""
    del book["units"]
    book.save(path)
    with pytest.raises(InputError) as error:
        load_instance(path)
    assert {fault.what for fault in error.value.faults} == {"its unit is not stated"}
    assert "the sheet `units`" in error.value.faults[0].remedy
    assert error.value.faults[0].where.cell is not None


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "book.xlsx")
    with pytest.raises(InputError, match="sheet 'instance' is missing"):
        load_instance(tmp_path / "book.xlsx")
    for data in (b"", b"\xd0\xcf\x11\xe0 an .xls", b"PK\x03\x04"):
        (tmp_path / "book.xlsx").write_bytes(data)
        with pytest.raises(InputError, match=r"book\.xlsx: is not an Excel workbook"):
            load_instance(tmp_path / "book.xlsx")


def test_a_started_folder_is_the_same_instance(tmp_path: Path) -> None:
    folder = load_instance("china-2017")
    written = write_instance(folder, tmp_path / "mine")
    assert sorted(written) == sorted(p for p in (tmp_path / "mine").rglob("*") if p.is_file())
    mine = load_instance(tmp_path / "mine")
    assert mine.name == "mine"
    same(folder, mine)


@pytest.mark.parametrize("line", ["name='tiny'", 'name   = "tiny"  # mine', '  name = "tiny"'])
def test_a_copy_takes_its_own_name(line: str, tiny_copy: Path, tmp_path: Path) -> None:
    manifest = tiny_copy / "instance.toml"
    manifest.write_text("\ufeff" + manifest.read_text(encoding="utf-8").replace('name = "tiny"', line), encoding="utf-8")
    write_instance(load_instance(tiny_copy), tmp_path / "copy")
    assert tomllib.loads((tmp_path / "copy" / "instance.toml").read_text(encoding="utf-8"))["name"] == "copy"


def test_nothing_is_overwritten(tiny: Instance, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "note").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "book.xlsx").write_text("mine")
    (tmp_path / "odd.xlsx").mkdir()
    before = sorted(tmp_path.rglob("*"))
    for name in ("folder", "file", "book.xlsx", "odd.xlsx"):
        with pytest.raises(InputError, match="exists already"):
            write_instance(tiny, tmp_path / name)
    for name in ("file/inside", "x" * 300, "book.xlsx/inside.xlsx"):
        with pytest.raises(InputError, match="cannot be written"):
            write_instance(tiny, tmp_path / name)
    for name in ("-x", "a b", "a b.xlsx"):
        with pytest.raises(InputError, match="cannot be the name of an instance"):
            write_instance(tiny, tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "book.xlsx").read_text() == "mine"


def test_an_empty_folder_may_be_filled(tiny: Instance, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write_instance(tiny, tmp_path / "empty")
    same(tiny, load_instance(tmp_path / "empty"))


def test_a_workbook_becomes_a_folder_and_a_workbook(tiny: Instance, tmp_path: Path) -> None:
    (path,) = write_instance(tiny, tmp_path / "deep" / "book.xlsx")
    book = load_instance(path)
    write_instance(book, tmp_path / "folder")
    same(tiny, load_instance(tmp_path / "folder"))
    same(tiny, load_instance(write_instance(book, tmp_path / "second.xlsx")[0]))


def test_the_shipped_instances_are_not_touched() -> None:
    assert TINY == ROOT / "instances" / "tiny"
    assert not list((ROOT / "instances").glob(".*"))


@pytest.mark.parametrize("name", ["我的计划", "我的计划.xlsx"])
def test_a_name_may_be_chinese(tiny: Instance, tmp_path: Path, name: str) -> None:
    write_instance(tiny, tmp_path / name)
    assert load_instance(tmp_path / name).name == "我的计划"
