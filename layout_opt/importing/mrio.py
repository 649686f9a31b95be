"""An instance from a multi-regional input-output table: EXIOBASE, OECD, WIOD, Eora, GLORIA, or any that pymrio has saved."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from layout_opt.errors import Fault, InputError, Place
from layout_opt.importing.accounts import TINY, accounts, cells, made_in
from layout_opt.importing.frames import instance_from_tables
from layout_opt.importing.grouping import INDUSTRIES, REGIONS, groups
from layout_opt.importing.places import places
from layout_opt.importing.reading import Source, read
from layout_opt.importing.satellites import used_resources
from layout_opt.importing.tables import Facts, tables
from layout_opt.importing.terms import Terms
from layout_opt.instance import Instance
from layout_opt.manifest import TableEntry
from layout_opt.policies import policy_tables
from layout_opt.schema import TABLES
from layout_opt.tables import merge
from layout_opt.writing import entry_for

AHEAD = 10  # years from the table to the plan, where none is stated
TEST_REGIONS = Path(__file__).parent / "test_regions.csv"  # made-up seats of the regions of the test table
NOTES = {
    "regions": "names of countries: Unicode CLDR; seats (capitals) and continents: GeoNames, CC BY 4.0",
    "industries": "costs are assumed: put in your own",
    "stock": f"less than {TINY:g} of an industry's output counts as none",
    "demand": "assumed: put in your own",
    "capacities": "assumed: put in your own",
    "freight": "costs are assumed: put in your own",
}


def import_mrio(
    source: str | Path,
    *,
    form: str = "auto",
    year: int | None = None,
    regions: Path | None = None,
    industries: Path | None = None,
    resources: Path | None = None,
    periods: Sequence[int] = (),
    growth: float = 0.02,
    headroom: float = 0.05,
) -> Instance:
    """An instance of a table that pymrio reads; `write_instance` writes it.

    `source` is a file, a folder or an archive, or `test`; `form` its format, `year` its year. CSV files say which `regions` and `industries`
    belong together and which rows of the satellite accounts are `resources` (docs/data.md). Demand grows by `growth` a year until the last
    years of the `periods`, by default one that ends ten years on; capacities are today's use, grown alike, and `headroom` more. What pymrio
    missed in the files is in the warnings of the instance.

    Raises `InputError` with what is wrong with the files, and where a region of the table has no known place.
    """
    found = read(source, form, year)
    terms = _terms(found.year, periods, growth, headroom)
    by_region = regions or (TEST_REGIONS if found.test else None)
    where = groups(REGIONS, list(found.system.get_regions()), by_region)
    what = groups(INDUSTRIES, list(found.system.get_sectors()), industries)
    at = cells(found.system, where, what)
    sums = accounts(found.system, at, where)
    located = places(where, made_in(found.system), str(by_region or source))
    used, unknown = used_resources(found.system, at, sums.unit, resources)
    unit, made = tables(Facts(sums, located, what, used), terms)
    instance = instance_from_tables(_manifest(found, terms, unit, made), made)
    told = [f"pymrio: {words}" for words in found.warnings] + list(unknown)
    warnings = [Fault(words, Place(str(source)), "See whether it matters.") for words in told]
    return dataclasses.replace(instance, warnings=(*warnings, *instance.warnings))


def _terms(base_year: int, periods: Sequence[int], growth: float, headroom: float) -> Terms:
    """What is assumed. Raises `InputError` for years, growth or headroom that make no plan."""
    years = tuple(periods) or (base_year + AHEAD,)
    faults = []
    if list(years) != sorted(set(years)) or years[0] <= base_year:
        remedy = f"Write years after {base_year}, each later than the one before."
        faults.append(Fault("these are no last years of periods", Place("--periods"), remedy, ", ".join(map(str, years))))
    for name, value in (("--growth", growth), ("--headroom", headroom)):
        if not -0.5 <= value <= 1:
            faults.append(Fault("must lie between -0.5 and 1", Place(name), "Shares are written as 0.02, not 2.", f"{value:g}"))
    if faults:
        raise InputError(faults=faults)
    return Terms(base_year, years, growth, headroom)


def _manifest(found: Source, terms: Terms, unit: str, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """What instance.toml says: every table with its source, units and notes."""
    schema, units = merge([*TABLES, *policy_tables()]), {"money": unit, "output": unit}
    stated = TableEntry(source=f"input-output table {found.name}, read by {found.reader}", year=found.year, licence="that of the source")
    entries = {name: entry_for(schema[name], frame, stated, units, NOTES.get(name, "")) for name, frame in made.items()}
    return {
        "format": 1,
        "name": "imported",
        "title": {"en": f"Input-output table {found.name}", "zh": f"投入产出表 {found.name}"},
        "base_year": terms.base_year,
        "periods": list(terms.periods),
        **units,
        "distance": {"rule": "great-circle"},
        "tables": {name: entry.model_dump(exclude={"file"}) for name, entry in entries.items()},
    }
