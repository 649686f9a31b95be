"""Checks that need more than one table: faults (references, units by row, shares, periods) and warnings (legal but suspicious data).

The checks of faults run on whatever is well formed: a table or column that is missing is passed over, and so is a cell with a fault of its
own (NaN), so that one fault does not hide another nor bring up a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout_opt.errors import Fault, Place, adviser, suggest
from layout_opt.manifest import Source
from layout_opt.schema import REQUIRED
from layout_opt.tables import Raw, Table, same_unit

if TYPE_CHECKING:
    from layout_opt.instance import Instance

SMALL = 1e-2  # typical outputs below this come near the tolerances of the solver
WIDE = 1e6  # coefficient ranges beyond this make a model numerically fragile
HOLDERS = {"resource": "resources", "zone": "zones", "group": "groups"}  # tables that are needed once a table names such a thing
Frames = Mapping[str, pd.DataFrame]


def faults(found: Source, frames: Frames, schema: Mapping[str, Table]) -> Iterator[Fault]:
    """Faults between the manifest and tables, each as well formed as it is."""
    yield from _listed(found, frames, schema)
    yield from _references(found, frames, schema)
    yield from _periods(found, frames)
    yield from _row_units(found, frames)
    yield from _plates(found, frames)
    yield from _outline(found, frames)
    yield from _zones(frames, found.raws)
    yield from _indivisible(frames, found.raws)
    yield from _cells(frames, found.raws)


def _has(frames: Frames, table: str, *columns: str) -> bool:
    return table in frames and set(columns) <= set(frames[table].columns)


def _rows(frames: Frames, raws: Mapping[str, Raw], table: str, column: str) -> Iterator[tuple[int, str]]:
    """Rows and values of a text column, without empty cells and ragged rows."""
    if _has(frames, table, column):
        skipped = set(raws[table].ragged)
        yield from ((row, str(value)) for row, value in enumerate(frames[table][column]) if value and row not in skipped)


def _listed(found: Source, frames: Frames, schema: Mapping[str, Table]) -> Iterator[Fault]:
    """Tables that are required, by the format or by another table, and units of columns that do not exist."""
    named = {str(fault.where.column).split(".")[1] for fault in found.faults if str(fault.where.column).startswith("tables.")}
    tables = named | set(found.manifest.tables)
    for name in REQUIRED:
        if name not in tables:
            yield Fault(f"table {name!r} is missing", found.at("tables"), "Every instance needs it.")
    if "cell_intensities" in tables and "intensities" not in tables:
        yield Fault("table 'intensities' is missing", found.at("tables"), "The table `cell_intensities` only states exceptions to it.")
    for name, frame in frames.items():
        for column, holder in HOLDERS.items():
            if column in frame and name != holder and holder not in tables:
                yield Fault(f"refers to {holder}, but there is no table {holder!r}", found.raws[name].at(column=column), "Add the table.")
        known = {*(c.name for c in schema[name].columns), *found.raws[name].frame}
        for column in [c for c in found.manifest.tables[name].units if c not in known]:
            remedy = suggest(column, [c.name for c in schema[name].columns if c.unit])
            yield Fault(f"a unit for the unknown column {column!r}", found.at(f"tables.{name}.units.{column}"), remedy)


def _references(found: Source, frames: Frames, schema: Mapping[str, Table]) -> Iterator[Fault]:
    """Names that are not a key of a table that the column refers to, or are a key of two."""
    listed = {name for name in found.manifest.tables if name in schema}
    keys = {
        name: dict.fromkeys(key for _, key in _rows(frames, found.raws, name, schema[name].key[0])) for name in listed if len(schema[name].key) == 1
    }
    for name in frames:
        for column in schema[name].columns:
            tables = [t for t in column.refers if t in listed]
            if not tables or not all(keys.get(t) for t in tables):
                continue  # a table that cannot be read is a fault already
            known = [key for table in tables for key in keys[table]]
            count, advise = Counter(known), adviser(known)
            for row, value in _rows(frames, found.raws, name, column.name):
                if value not in count:
                    yield Fault(f"not in the table {' or '.join(tables)}", found.raws[name].at(row, column.name), advise(value), value)
                elif count[value] > 1:
                    remedy = "Rename one of the two, so that it is clear which is meant."
                    yield Fault(f"stands in both tables {' and '.join(tables)}", found.raws[name].at(row, column.name), remedy, value)


def _periods(found: Source, frames: Frames) -> Iterator[Fault]:
    manifest, raws = found.manifest, found.raws
    if {"periods", "base_year"} & found.replaced:
        return
    if manifest.periods[0] <= manifest.base_year:
        yield Fault("a period ends before the base year", found.at("periods"), f"Use years after {manifest.base_year}.", str(manifest.periods[0]))
    if not _has(frames, "demand", "industry", "year"):
        return
    years = frames["demand"]["year"]
    listed = {(industry, years.iloc[row]) for row, industry in _rows(frames, raws, "demand", "industry")}
    unclear = {industry for industry, year in listed if year != year}
    for year in manifest.periods:
        for industry in dict.fromkeys(value for _, value in _rows(frames, raws, "industries", "industry")):
            if (industry, year) not in listed and industry not in unclear and not raws["demand"].ragged:
                yield Fault(f"no demand for {industry!r} in {year}", raws["demand"].at(column="demand"), "Add the row; write 0 where there is none.")


def _row_units(found: Source, frames: Frames) -> Iterator[Fault]:
    if not _has(frames, "resources", "resource", "unit"):
        return
    units = dict(zip(frames["resources"]["resource"], frames["resources"]["unit"], strict=True))
    per_output = f"/{found.manifest.output}"
    for name, suffix in (("intensities", per_output), ("cell_intensities", per_output), ("capacities", "")):
        if not _has(frames, name, "resource", "unit") or (suffix and "output" in found.replaced):
            continue
        for row, stated in _rows(frames, found.raws, name, "unit"):
            unit = units.get(frames[name]["resource"].iloc[row])
            if unit and not same_unit(stated, unit + suffix):
                yield Fault("units disagree", found.raws[name].at(row, "unit"), f"Convert the row to {unit + suffix!r}.", stated)


def _plates(found: Source, frames: Frames) -> Iterator[Fault]:
    raws = found.raws
    if "groups" in found.manifest.tables:
        if not _has(frames, "groups", "group", "kind"):
            return
        groups = frames["groups"]
        plates = list(groups.loc[groups["kind"] == "plate", "group"])
        for row, plate in _rows(frames, raws, "regions", "plate"):
            if plate not in plates:
                yield Fault("not a group of kind plate", raws["regions"].at(row, "plate"), suggest(plate, plates), plate)
    else:
        plates = list(dict.fromkeys(plate for _, plate in _rows(frames, raws, "regions", "plate")))
    known = set(frames["groups"]["group"]) if "groups" in frames else set(plates)
    for column in ("origin", "destination"):
        for row, plate in _rows(frames, raws, "barriers", column):
            if plate not in plates and (plate in known or "groups" not in frames):
                yield Fault("not a plate", raws["barriers"].at(row, column), suggest(plate, plates), plate)
    direction = found.manifest.direction
    for key, named in (("from", direction.origin), ("to", direction.destination)) if direction and plates else ():
        for plate in named:
            if plate not in plates:
                yield Fault("not a plate", found.at(f"direction.{key}"), suggest(plate, plates), plate)


def _outline(found: Source, frames: Frames) -> Iterator[Fault]:
    regions = [region for _, region in _rows(frames, found.raws, "regions", "region")]
    for region in found.outline or () if regions else ():
        if region not in regions:
            where = Place(str(found.manifest.outline), column="properties.region")
            yield Fault("not in the table regions", where, suggest(region, regions), region)


def _zones(frames: Frames, raws: Mapping[str, Raw]) -> Iterator[Fault]:
    if _has(frames, "zone_shares", "region", "share"):
        shares = frames["zone_shares"]
        for region, total in shares.groupby("region", sort=False)["share"].sum().items():
            if total > 1 + 1e-9 and region:
                row = int(np.flatnonzero(shares["region"] == region)[-1])
                yield Fault(f"the zone shares of {region!r} sum to {total:g}", raws["zone_shares"].at(row, "share"), "They may sum to 1 at most.")
    if _has(frames, "zone_rules", "rule"):
        rules, raw = frames["zone_rules"], raws["zone_rules"]
        ratio = raw.frame["ratio"] if "ratio" in rules else pd.Series("", index=rules.index)
        for row, rule in _rows(frames, raws, "zone_rules", "rule"):
            if rule == "restrict" and not ratio.iloc[row]:
                yield Fault("a restriction needs its ratio", raw.at(row, "ratio"), "Write the highest output over existing output.")
            if rule in ("ban", "encourage") and ratio.iloc[row]:
                yield Fault("only a restriction has a ratio", raw.at(row, "ratio"), "Empty the cell.", str(ratio.iloc[row]))


def _indivisible(frames: Frames, raws: Mapping[str, Raw]) -> Iterator[Fault]:
    if not _has(frames, "industries", "industry", "indivisible", "relocatable_share"):
        return
    industries, hosts = frames["industries"], dict[object, int]()
    if _has(frames, "stock", "industry", "region", "output"):
        stock = frames["stock"]
        hosts = dict(stock[stock["output"] > 0].groupby("industry")["region"].nunique().items())
    for row, industry in _rows(frames, raws, "industries", "industry"):
        if not industries["indivisible"].iloc[row]:
            continue
        share = industries["relocatable_share"].iloc[row]
        if share == share and share not in (0.0, 1.0):
            where = raws["industries"].at(row, "relocatable_share")
            yield Fault("an indivisible industry moves whole or not at all", where, "Write 0 or 1.", f"{share:g}")
        if hosts.get(industry, 0) > 1:
            where = raws["industries"].at(row, "indivisible")
            yield Fault(f"indivisible, but the stock stands in {hosts[industry]} regions", where, "Correct the stock, or write no.", industry)


def _cells(frames: Frames, raws: Mapping[str, Raw]) -> Iterator[Fault]:
    """Facts of a cell that say nothing, or that no plan could keep."""
    if not (_has(frames, "cells", "industry", "region") and _has(frames, "industries", "industry", "lot", "indivisible")):
        return
    cells = frames["cells"].reindex(columns=["industry", "region", "lot", "max_project", "max_output", "exit_share"])
    industries = frames["industries"].drop_duplicates("industry").set_index("industry")
    whole = cells["industry"].map(industries["indivisible"]).eq(True)
    lot = cells["lot"].fillna(cells["industry"].map(industries["lot"])).mask(whole, 0.0)
    stays = pd.Series(0.0, index=cells.index)
    if _has(frames, "stock", "industry", "region", "output"):
        stock = frames["stock"].drop_duplicates(["industry", "region"]).set_index(["industry", "region"])["output"]
        stays = (1 - cells["exit_share"].fillna(1.0)) * stock.reindex(pd.MultiIndex.from_frame(cells[["industry", "region"]])).to_numpy()
    for row in np.flatnonzero((lot == 0) & ((cells["max_project"] > 0) | (whole & cells["max_project"].notna()))):
        what, remedy = "only a project has a largest size, and there is no lot here", "Give the cell a lot, or empty the cell."
        yield Fault(what, raws["cells"].at(int(row), "max_project"), remedy, f"{cells['max_project'].iloc[row]:g}")
    for row in np.flatnonzero((cells["max_project"] > 0) & (cells["max_project"] < lot)):
        what, remedy = f"no project fits: the smallest is {lot.iloc[row]:g}", "Correct one of the two; write 0 where there is to be none."
        yield Fault(what, raws["cells"].at(int(row), "max_project"), remedy, f"{cells['max_project'].iloc[row]:g}")
    for row in np.flatnonzero(cells["max_output"] < stays * (1 - 1e-9)):
        what, remedy = f"below what has to stay, {stays.iloc[row]:g}", "Raise it, or raise the cell's exit_share."
        yield Fault(what, raws["cells"].at(int(row), "max_output"), remedy, f"{cells['max_output'].iloc[row]:g}")


def warnings(instance: Instance, found: Source) -> Iterator[Fault]:
    """Legal but suspicious data."""
    raws = found.raws
    yield from _small_magnitudes(instance, raws)
    yield from _idle_regions(instance, raws)
    yield from _tight_capacities(instance, raws)
    yield from _homeless_industries(instance, raws)
    yield from _wide_ranges(instance, raws)
    yield from _unmapped_regions(instance, found)


def _unmapped_regions(instance: Instance, found: Source) -> Iterator[Fault]:
    for row, region in enumerate(instance.regions.index):
        if found.outline is not None and region not in found.outline:
            yield Fault(
                f"region {region!r} is not in the outline", found.raws["regions"].at(row, "region"), f"Add it to {instance.manifest.outline}."
            )


def _small_magnitudes(instance: Instance, raws: Mapping[str, Raw]) -> Iterator[Fault]:
    made = instance.stock[instance.stock > 0]
    if len(made) and made.median() < SMALL:
        what = f"outputs are very small (half of them below {made.median():.2g}); tolerances of the solver are absolute, 1e-7"
        yield Fault(what, raws["stock"].at(column="output"), "State output in a smaller unit, so that a typical figure is 1 or more.")


def _idle_regions(instance: Instance, raws: Mapping[str, Raw]) -> Iterator[Fault]:
    total = instance.stock.groupby(level="region", sort=False).sum()
    for row, region in enumerate(instance.regions.index):
        if total[region] == 0:
            yield Fault(f"region {region!r} has no stock", raws["regions"].at(row, "region"), "Is its stock missing?")


def _tight_capacities(instance: Instance, raws: Mapping[str, Raw]) -> Iterator[Fault]:
    if "capacities" not in instance.tables or "intensities" not in instance.tables:
        return
    capacities = instance.tables["capacities"]
    base = instance.manifest.base_year
    loads = {
        str(resource): (instance.use(str(resource), base) * instance.stock).groupby(level="region").sum()
        for resource in instance.tables["resources"]["resource"]
    }
    for row in range(len(capacities)):
        record = capacities.iloc[row]
        place, load = str(record["place"]), loads[str(record["resource"])]
        share = pd.Series({place: 1.0}) if place in load.index else instance.members(place)
        today = float((load.reindex(share.index) * share).sum())
        if record["capacity"] < today * (1 - 1e-9):
            what = f"the capacity of {place!r} for {record['resource']} is below today's load of {today:.6g}"
            remedy = "Intended for a later year; check the unit if not."
            yield Fault(what, raws["capacities"].at(row, "capacity"), remedy, f"{record['capacity']:g}")


def _homeless_industries(instance: Instance, raws: Mapping[str, Raw]) -> Iterator[Fault]:
    if "zone_rules" not in instance.tables or "zone_shares" not in instance.tables:
        return
    rules, shares = instance.tables["zone_rules"], instance.tables["zone_shares"]
    bans = rules[rules["rule"] == "ban"].merge(shares, on="zone")
    banned = bans.groupby(["industry", "region"])["share"].sum()
    everywhere = banned[banned >= 1 - 1e-9].groupby(level="industry").size()
    for row, industry in enumerate(instance.industries.index):
        if everywhere.get(industry, 0) == len(instance.regions):
            yield Fault(f"no region may host {industry!r}", raws["industries"].at(row, "industry"), "Every zone bans it; is that meant?")


def _wide_ranges(instance: Instance, raws: Mapping[str, Raw]) -> Iterator[Fault]:
    columns = [("stock", "output", None), ("intensities", "intensity", "resource"), ("capacities", "capacity", "resource")]
    for name, column, by in columns:
        if name not in instance.tables:
            continue
        frame = instance.tables[name]
        for label, part in frame.groupby(by, sort=False) if by else [("", frame)]:
            values = part[column][part[column] > 0]
            if len(values) and values.max() / values.min() > WIDE:
                row = int(values.index[int(values.argmin())])
                what = f"{name} {label}".strip() + f": figures range over {values.max() / values.min():.1e}"
                yield Fault(what, raws[name].at(row, column), "Is the smallest one a slip, or in another unit?", f"{values.min():g}")
