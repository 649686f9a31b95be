"""A multi-regional input-output table, read by pymrio from the files in which it is published."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from layout_opt.errors import Fault, InputError, Place, not_installed, suggest

TEST = "test"  # the table that comes with pymrio
TEST_YEAR = 2020  # it is made up and of no year
SIGNS = {  # what a file of a format is called: the source itself, or one in its folder or archive
    "pymrio": r"file_parameters\.json",
    "exiobase2": r"mrIOT.*version2.*",
    "exiobase1": r"mrIOT.*version1.*",
    "oecd": r"(ICIO\d{4}_.*|\d{4}(-\d{4})?_SML)\.(csv|zip)",
    "wiod": r"wiot\d\d.*\.xlsx",
    "eora": r"Eora26_.*",
    "gloria": r"GLORIA_.*",
}
FORMATS = ("auto", *SIGNS, "exiobase3", TEST)


@dataclass(frozen=True, eq=False)
class Source:
    """A table as pymrio has it, its year, its name, what read it, what pymrio warned of, and whether it is the one made up for tests."""

    system: Any
    year: int
    name: str
    reader: str
    warnings: tuple[str, ...] = ()
    test: bool = False


def read(source: str | Path, form: str = "auto", year: int | None = None) -> Source:
    """Read a table: a folder, a file or an archive, or `test`.

    `form` is one of `FORMATS`; `year` chooses among the tables of a folder, and is needed where the files do not state theirs.
    Raises `InputError` where pymrio is not installed or cannot read the files, and where format or year cannot be told.
    """
    try:
        import pymrio
    except ImportError:
        raise not_installed("pymrio", "mrio", Place("import mrio")) from None
    if form not in FORMATS:
        raise InputError(faults=[Fault("no such format", Place("--format"), suggest(form, FORMATS), form)])
    reader = f"pymrio {pymrio.__version__}"
    if TEST in (form, str(source)):
        return Source(pymrio.load_test(), year or TEST_YEAR, "testmrio (made up)", reader, test=True)
    path = Path(source)
    if not path.exists():
        raise InputError(faults=[Fault("no such file or folder", Place(str(source)), "Give the files of the table, or 'test'.")])
    form = _told(path) if form == "auto" else form
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")  # what pymrio misses in the files, and what pandas thinks of how they are read
        try:
            system = _reader(pymrio, form, year)(path)
        except Exception as error:  # whatever pymrio and pandas raise for files that are not as they expect
            what = f"pymrio cannot read it as {form} ({type(error).__name__}: {error})"
            raise InputError(faults=[Fault(what, Place(str(source)), "Check the files, or state --format and --year.")]) from None
    missed = dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, UserWarning))
    meta = system.meta
    name = " ".join(str(part) for part in (meta.name, meta.version) if part) or form
    return Source(system, year or _year([path.stem, meta.name, meta.description], path), name, reader, tuple(missed))


def _reader(pymrio: Any, form: str, year: int | None) -> Callable[[Path], Any]:
    readers: dict[str, Callable[[Path], Any]] = {
        "pymrio": pymrio.load_all,
        "exiobase3": pymrio.parse_exiobase3,
        "exiobase2": pymrio.parse_exiobase2,
        "exiobase1": pymrio.parse_exiobase1,
        "oecd": lambda path: pymrio.parse_oecd(path, year),
        "wiod": lambda path: pymrio.parse_wiod(path, year),
        "eora": lambda path: pymrio.parse_eora26(path, year),
        "gloria": lambda path: pymrio.parse_gloria(path, year),
    }
    return readers[form]


def _told(path: Path) -> str:
    """The format that the names of the files tell of. Raises `InputError` where they tell of none."""
    names = [path.name]
    if path.is_dir():
        names += [entry.name for entry in path.iterdir()]
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names += [PurePosixPath(name).name for name in archive.namelist()]
    for form, sign in SIGNS.items():
        if any(re.fullmatch(sign, name, re.IGNORECASE) for name in names):
            return form
    remedy = f"State --format: one of {', '.join(FORMATS[1:])}."
    raise InputError(faults=[Fault("the names of the files do not tell what table it is", Place(str(path)), remedy)])


def _year(texts: Iterable[object], path: Path) -> int:
    """The year that texts tell of, the last one in the first that does. Raises `InputError` where none does."""
    if short := re.match(r"wiot(\d\d)", path.stem):  # WIOD: two digits, 1995 to 2011
        return 1900 + int(short[1]) + 100 * (int(short[1]) < 50)
    for text in texts:
        if years := re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", str(text)):
            return int(years[-1])
    raise InputError(faults=[Fault("its files do not say of what year the table is", Place("--year"), "State it, such as --year 2018.")])
