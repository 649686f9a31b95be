"""Checks that need more than one table: faults (units by row, shares, periods) and warnings (legal but suspicious data)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout_opt.errors import Fault, Place, suggest
from layout_opt.tables import Raw, same_unit

if TYPE_CHECKING:
    from layout_opt.instance import Instance
    from layout_opt.manifest import Manifest

WIDE = 1e6  # coefficient ranges beyond this make a model numerically fragile


def faults(manifest: Manifest, frames: Mapping[str, pd.DataFrame], raws: Mapping[str, Raw], place: str) -> Iterator[Fault]:
    """Faults between tables that are each well formed."""
    yield from _periods(manifest, frames, raws, place)
    yield from _row_units(manifest, frames, raws)
    yield from _groups(manifest, frames, raws, place)
    yield from _zones(frames, raws)
    yield from _indivisible(frames, raws)


def _periods(manifest: Manifest, frames: Mapping[str, pd.DataFrame], raws: Mapping[str, Raw], place: str) -> Iterator[Fault]:
    if manifest.periods[0] <= manifest.base_year:
        where = Place(place, column="periods")
        yield Fault("a period ends before the base year", where, f"Use years after {manifest.base_year}.", str(manifest.periods[0]))
    listed = set(zip(frames["demand"]["industry"], frames["demand"]["year"], strict=True))
    for year in manifest.periods:
        for industry in frames["industries"]["industry"]:
            if (industry, year) not in listed:
                yield Fault(f"no demand for {industry!r} in {year}", raws["demand"].at(column="demand"), "Add the row; write 0 where there is none.")


def _row_units(manifest: Manifest, frames: Mapping[str, pd.DataFrame], raws: Mapping[str, Raw]) -> Iterator[Fault]:
    if "resources" not in frames:
        for name in ("intensities", "capacities", "efficiency"):
            if name in frames:
                yield Fault("refers to resources, but there is no table 'resources'", raws[name].at(column="resource"), "Add the table.")
        return
    units = frames["resources"].set_index("resource")["unit"]
    for name, suffix in (("intensities", f"/{manifest.output}"), ("capacities", "")):
        frame = frames.get(name, pd.DataFrame())
        for row in range(len(frame)):
            expected = f"{units[frame['resource'].iloc[row]]}{suffix}"
            stated = str(frame["unit"].iloc[row])
            if not same_unit(stated, expected):
                yield Fault("units disagree", raws[name].at(row, "unit"), f"Convert the row to {expected!r}.", stated)


def _groups(manifest: Manifest, frames: Mapping[str, pd.DataFrame], raws: Mapping[str, Raw], place: str) -> Iterator[Fault]:
    plates = list(dict.fromkeys(frames["regions"]["plate"]))
    if "groups" in frames:
        groups = frames["groups"]
        declared = list(groups.loc[groups["kind"] == "plate", "group"])
        for row, plate in enumerate(frames["regions"]["plate"]):
            if plate not in declared:
                yield Fault("not a group of kind plate", raws["regions"].at(row, "plate"), suggest(plate, declared), plate)
        plates = declared
    for column in ("origin", "destination"):
        for row, plate in enumerate(frames["barriers"][column] if "barriers" in frames else ()):
            if plate not in plates:
                yield Fault("not a plate", raws["barriers"].at(row, column), suggest(plate, plates), plate)
    if manifest.direction:
        for key, named in (("from", manifest.direction.origin), ("to", manifest.direction.destination)):
            for plate in named:
                if plate not in plates:
                    yield Fault("not a plate", Place(place, column=f"direction.{key}"), suggest(plate, plates), plate)


def _zones(frames: Mapping[str, pd.DataFrame], raws: Mapping[str, Raw]) -> Iterator[Fault]:
    if "zone_shares" in frames:
        shares = frames["zone_shares"]
        for region, total in shares.groupby("region", sort=False)["share"].sum().items():
            if total > 1 + 1e-9:
                row = int(np.flatnonzero(shares["region"] == region)[-1])
                yield Fault(f"the zone shares of {region!r} sum to {total:g}", raws["zone_shares"].at(row, "share"), "They may sum to 1 at most.")
    if "zone_rules" in frames:
        rules = frames["zone_rules"]
        ratio = rules["ratio"] if "ratio" in rules else pd.Series(np.nan, index=rules.index)
        for row in np.flatnonzero((rules["rule"] == "restrict") & ratio.isna()):
            yield Fault("a restriction needs its ratio", raws["zone_rules"].at(int(row), "ratio"), "Write the highest output over existing output.")
        for row in np.flatnonzero((rules["rule"] != "restrict") & ratio.notna()):
            yield Fault("only a restriction has a ratio", raws["zone_rules"].at(int(row), "ratio"), "Empty the cell.", str(ratio.iloc[row]))


def _indivisible(frames: Mapping[str, pd.DataFrame], raws: Mapping[str, Raw]) -> Iterator[Fault]:
    industries, stock = frames["industries"], frames["stock"]
    hosts = stock[stock["output"] > 0].groupby("industry")["region"].nunique()
    for row, industry in enumerate(industries["industry"]):
        if not industries["indivisible"].iloc[row]:
            continue
        share = industries["relocatable_share"].iloc[row]
        if share not in (0.0, 1.0):
            where = raws["industries"].at(row, "relocatable_share")
            yield Fault("an indivisible industry moves whole or not at all", where, "Write 0 or 1.", f"{share:g}")
        if hosts.get(industry, 0) > 1:
            where = raws["industries"].at(row, "indivisible")
            yield Fault(f"indivisible, but the stock stands in {hosts[industry]} regions", where, "Correct the stock, or write no.", industry)


def warnings(instance: Instance, raws: Mapping[str, Raw]) -> Iterator[Fault]:
    """Legal but suspicious data."""
    yield from _idle_regions(instance, raws)
    yield from _tight_capacities(instance, raws)
    yield from _homeless_industries(instance, raws)
    yield from _wide_ranges(instance, raws)


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
                row = int(values.idxmin())
                what = f"{name} {label}".strip() + f": figures range over {values.max() / values.min():.1e}"
                yield Fault(what, raws[name].at(row, column), "Is the smallest one a slip, or in another unit?", f"{values.min():g}")
