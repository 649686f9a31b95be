"""Tables as text: what is written comes back, whatever Excel did to it; anything else is a fault with a row, never a crash."""

from __future__ import annotations

import csv
import io
import math
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from layout_opt.errors import ADVISED, SHOWN, Fault, InputError, LayoutError, Place, adviser, lines, suggest
from layout_opt.tables import ANNOTATIONS, Column, Raw, Table, check, decode, merge, read_csv, read_rows

FILE = "facts.csv"
FACTS = Table(
    "facts",
    (
        Column("name", key=True),
        Column("year", "integer", low=1000, high=3000, key=True),
        Column("amount", "number", unit="EUR", low=0),
        Column("kind", choices=("big", "small"), blank=True),
        Column("local", "flag", optional=True, blank=True),
        Column("share", "number", low=0, high=1, optional=True, blank=True),
    ),
)
UNITS = {"amount": "EUR"}
ODD_NAMES = ["NA", "null", "None", "nan", "1", "01", "TRUE", "a b", 'say "a"', "a,b", "a|b", "内蒙古", "O'Brien", "=1+1", "-", "#1", "1e5"]


def raw_of(data: bytes) -> Raw:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, FILE)
        path.write_bytes(data)
        return read_csv(path, FILE)


def written(rows: Sequence[Sequence[str]], end: str = "\n") -> str:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end).writerows(rows)
    return file.getvalue()


def faults_of(text: str, table: Table = FACTS) -> list[str]:
    _, faults = check(table, raw_of(text.encode()), UNITS)
    return [str(fault) for fault in faults]


HEADER = "name,year,amount,kind\n"
chinese = st.text(st.sampled_from("京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新业工造业"), min_size=1, max_size=5)
plain = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Co")), min_size=1, max_size=8)
names = st.one_of(st.sampled_from(ODD_NAMES), chinese, plain)
amounts = st.floats(min_value=0, max_value=1e300)
facts = st.lists(
    st.tuples(names, st.integers(1000, 3000), amounts, st.sampled_from(["big", "small", ""]), st.booleans(), st.none() | st.floats(0, 1)),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row[:2],
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(facts, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.integers(0, 3))
def test_what_is_written_comes_back(
    facts: list[tuple[str, int, float, str, bool, float | None]], code: str, end: str, spaces: bool, blank: int
) -> None:
    cells = [[n, str(y), repr(a), k, "yes" if f else "no", "" if s is None else repr(s)] for n, y, a, k, f, s in facts]
    space = "  " if spaces else ""
    padded = [[f"{space}{cell}{space}" for cell in row] for row in [[c.name for c in FACTS.columns], *cells]]
    text = written(padded, end) + end * blank + ",,,,,," * (blank == 2)
    data = text.encode(code)
    if code == "gb18030":  # only where it is told apart from UTF-8, and characters are those that people use
        try:
            data.decode("utf-8")
            assume(text.isascii())
        except UnicodeDecodeError:
            assume(all(c.isascii() or "\u4e00" <= c <= "\u9fff" for c in text))
            assume(all(c.isascii() or c.encode("gb2312", "ignore") for c in text))
    raw = raw_of(data)
    frame, faults = check(FACTS, raw, UNITS)
    assert faults == []
    back = [
        (n, int(y), a, k, bool(f), None if math.isnan(s) else s)
        for n, y, a, k, f, s in zip(*(frame[c.name].tolist() for c in FACTS.columns), strict=True)
    ]
    assert back == facts
    assert bool(raw.warnings) == (code == "utf-16" or (code == "gb18030" and not text.isascii()))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(lambda b: HEADER.encode() + b)))
@example(b"\xff\xfe\x00")
@example(b"\xff\xfe\x00\x00a\x00\x00\x00")
@example(b'"')
@example(b"\xef\xbb\xbf")
@example(b"a\r\rb")
def test_arbitrary_bytes_are_a_table_or_an_input_error(data: bytes) -> None:
    try:
        raw = raw_of(data)
    except InputError:
        return
    _, faults = check(FACTS, raw, UNITS)
    assert all(fault.where.file == FILE and str(fault) for fault in faults)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=12) | st.from_regex(r"[-+]?[0-9.,e]{1,8}%?", fullmatch=True))
@example("１２")
@example("1e999")
@example("1_000")
@example("0x10")
@example("٣")
@example("infinity")
@example("-nan")
@example("²")
def test_a_numeric_cell_is_a_finite_number_or_a_fault(text: str) -> None:
    raw = read_rows(FILE, None, [(1, ["name", "year", "amount", "kind"]), (4, ["a", "2020", text, "big"])])
    frame, faults = check(FACTS, raw, UNITS)
    if faults:
        assert {(f.where.row, f.where.column) for f in faults} == {(4, "amount")}
    else:
        assert frame["amount"].iloc[0] == float(text.strip())
        assert text.strip().isascii()


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("1,234", "is not a number"),
        ("1 234", "is not a number"),
        ("5%", "is not a number"),
        ("12 EUR", "is not a number"),
        ("１２", "is not a number"),
        ("2020-01-02 00:00:00", "is not a number"),
        ("yes", "is not a number"),
        ("nan", "is not a finite number"),
        ("N/A", "is not a finite number"),
        ("-inf", "is not a finite number"),
        ("1e999", "is not a finite number"),
        ("#REF!", "is an error of the spreadsheet"),
        ("-0.1", "must not be negative"),
        ("", "the cell is empty"),
    ],
)
def test_wrong_numbers(cell: str, words: str) -> None:
    (line,) = faults_of(HEADER + written([["a", "2020", cell, "big"]]))
    assert line.startswith(f"{FILE}, row 2, column amount: {words}")


def test_every_fault_of_a_table_at_once() -> None:
    found = faults_of("name,year,amuont,kind,kind\na,2020.5,1,huge\nb,3001,1,big,small\n,2020,1,small,\na,2021,,\x07\n")
    assert [line.partition(": ")[0] for line in found] == [
        f"{FILE}, row 1, column kind",
        f"{FILE}, row 2",
        f"{FILE}, row 5",
        f"{FILE}, column amuont",
        f"{FILE}, column amount",
        f"{FILE}, row 4, column name",
        f"{FILE}, row 3, column year",
    ]
    assert "Did you mean 'amount'?" in found[3]


def test_a_number_written_in_two_ways_is_one_key() -> None:
    (line,) = faults_of(HEADER + "a,2020,1,big\na,2020.0,1,big\na,2021,1,big\n")
    assert line == f"{FILE}, row 3, column name: duplicate key, row 2 has the same (value: 'a, 2020.0'). Keep one row per name and year."


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    found = faults_of('name,year,amount,kind\n\n"a\nb",2020,1,big\n,,,\nc,2020,x,big\n')
    assert [line.partition(":")[0] for line in found] == [f"{FILE}, row 5, column amount"]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_are_named(separator: str) -> None:
    with pytest.raises(InputError, match="separated by"):
        raw_of(HEADER.replace(",", separator).encode())


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_stay_text(name: str) -> None:
    frame, faults = check(FACTS, raw_of((HEADER + written([[name, "2020", "1", "big"]])).encode()), UNITS)
    assert not faults
    assert frame["name"].tolist() == [name]


@pytest.mark.parametrize("text", ["Zürich, Genève", "Łódź", "Åse"])
def test_western_encodings_are_refused_rather_than_read_as_chinese(text: str) -> None:
    code = "latin-1" if "ü" in text or "Å" in text else "iso8859-2"
    with pytest.raises(InputError, match="row 2: is neither UTF-8 nor GBK"):
        decode(f"name\n{text}\n".encode(code), FILE)


def test_big5_is_refused() -> None:
    with pytest.raises(InputError, match="is neither UTF-8 nor GBK"):
        decode("名稱\n臺灣產業\n".encode("big5"), FILE)


def test_gbk_is_read_with_a_warning() -> None:
    text, warnings = decode("北京市,工业（一）、“其他”——…\n".encode("gbk"), FILE)
    assert text.startswith("北京市")
    assert [str(w) for w in warnings] == [f"{FILE}: is not UTF-8, read as GBK/GB18030. Save it as 'CSV UTF-8' to be safe."]


def test_annotations_may_stand_in_every_table() -> None:
    assert faults_of("name,year,amount,kind,estimated,source,note\na,2020,1,big,yes,,\n") == []
    (line,) = faults_of("name,year,amount,kind,estimated\na,2020,1,big,perhaps\n")
    assert "column estimated: must be yes or no" in line
    assert {c.name for c in ANNOTATIONS} == {"estimated", "source", "note"}


def test_merged_tables_keep_the_first_declaration() -> None:
    merged = merge([FACTS, Table("facts", (Column("name", "number"), Column("extra"))), Table("more", (Column("x", key=True),))])
    assert [c.name for c in merged["facts"].columns] == [c.name for c in FACTS.columns] + ["extra"]
    assert merged["facts"].columns[0].kind == "text"
    assert merged["more"].key == ["x"]


def test_a_hundred_thousand_faults_are_quick_and_readable() -> None:
    rows = [(1, ["name", "year", "amount", "kind"]), *((n, [f"n{n}", "2020", "x", f"k{n}"]) for n in range(2, 100_002))]
    start = time.perf_counter()
    _, faults = check(FACTS, read_rows(FILE, None, rows), UNITS)
    error = InputError(faults=faults)
    assert time.perf_counter() - start < 20
    assert len(error.faults) == 200_000
    shown = str(error).splitlines()
    assert len(shown) == 1 + 2 * (SHOWN + 1)
    assert shown[0] == "200000 faults in the input"
    assert shown[1 + SHOWN] == f"  - {FILE}, column amount: 99990 more like these"


def test_unlike_faults_are_all_shown() -> None:
    where = Place(FILE, row=2, column="a")
    faults = [*(Fault(f"duplicate key, row {n} has the same", where, "x") for n in range(30)), Fault("is not a number", where, "x")]
    assert len(lines(faults)) == SHOWN + 2
    assert "is not a number" in lines(faults)[-1]


def test_places_and_values_are_shown() -> None:
    assert str(Place("a.csv", row=3, column="x")) == "a.csv, row 3, column x"
    assert str(Place("b.xlsx", "stock", 3, "x", "C3")) == "b.xlsx, sheet stock, cell C3, column x"
    assert str(Place("instance.toml", column="tables.x")) == "instance.toml, tables.x"
    assert str(Place("--set", column="core.growth")) == "--set, core.growth"
    assert len(str(Fault("is wrong", Place("a.csv"), "Mend it.", "x" * 100_000))) < 200
    assert LayoutError("words").faults == ()
    assert str(LayoutError(faults=[Fault("is wrong", Place("a.csv"), "Mend it.")])) == "1 fault in the input\n  - a.csv: is wrong. Mend it."


def test_suggestions() -> None:
    assert suggest("STOCK", ["demand", "stock"]) == "Did you mean 'stock'?"
    assert suggest("qqq", []) == "None is declared."
    assert suggest("qqq", map(str, range(12))).endswith("and 2 more.")
    advise = adviser(["stock"])
    assert [advise(f"stock{n}") for n in range(ADVISED + 1)][-2:] == ["Did you mean 'stock'?", "Correct the name."]
    assert advise("stock0") == "Did you mean 'stock'?"
