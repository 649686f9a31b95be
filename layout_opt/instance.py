"""instance.toml and its tables into a frozen, validated `Instance`."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from layout_opt import consistency, shipped
from layout_opt.errors import Fault, InputError, Place, suggest
from layout_opt.manifest import MANIFEST, Distance, Manifest, TableEntry, files, read_folder, read_workbook
from layout_opt.schema import TABLES
from layout_opt.tables import Column, Table, check, merge
from layout_opt.writing import digest, entry_for, folder_files

EARTH_RADIUS = 6371.0  # km
PLANAR_UNIT = 100.0  # km
Array = np.ndarray[Any, Any]
Arguments = ParamSpec("Arguments")
View = TypeVar("View")


def remembered(view: Callable[Concatenate[Instance, Arguments], View]) -> Callable[Concatenate[Instance, Arguments], View]:
    """A view of an instance that is made once for each choice of arguments. Whoever reads it must not change it."""

    @wraps(view)
    def remembering(instance: Instance, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> View:
        known: dict[Any, View] = instance.__dict__.setdefault(f"_{view.__name__}", {})
        key = (*args, *kwargs.items())
        if key not in known:
            known[key] = view(instance, *args, **kwargs)
        return known[key]

    return remembering


@dataclass(frozen=True, eq=False)
class Instance:
    """The facts of one planning problem, validated.

    `tables` holds every table of the instance by name, typed, in the column order of `schema`, which declares them. `contents` holds its files
    by name, byte for byte: a manifest, its tables and its outline, or one workbook. The properties below are the views that the model and its
    checks read: cells are indexed (industry, region), outputs in the manifest's output unit.
    """

    manifest: Manifest
    tables: Mapping[str, pd.DataFrame]
    schema: Mapping[str, Table]
    contents: Mapping[str, bytes]
    warnings: tuple[Fault, ...] = ()

    @property
    def name(self) -> str:
        return self.manifest.name

    @cached_property
    def sha256(self) -> str:
        """The digest of its files: what a run states of the facts that it was solved with."""
        return digest(self.contents)

    @property
    def is_workbook(self) -> bool:
        """Whether its files are one workbook; else they are those of a folder."""
        return MANIFEST not in self.contents

    @cached_property
    def outline(self) -> list[dict[str, Any]]:
        """Features of the outline that have a shape, as GeoJSON; none where the instance has no outline."""
        if self.manifest.outline is None:
            return []
        features = json.loads(self.contents[self.manifest.outline])["features"]
        return [feature for feature in features if feature["geometry"]]

    @cached_property
    def regions(self) -> pd.DataFrame:
        return self.tables["regions"].set_index("region")

    @cached_property
    def industries(self) -> pd.DataFrame:
        return self.tables["industries"].set_index("industry")

    @cached_property
    def resource_units(self) -> pd.Series[str]:
        """The unit of every resource."""
        return self.tables["resources"].set_index("resource")["unit"]

    @cached_property
    def plates(self) -> list[str]:
        """Plates in the order in which the table `groups` (else `regions`) names them."""
        named = self.regions["plate"]
        if "groups" in self.tables:
            groups = self.tables["groups"]
            return [g for g in groups.loc[groups["kind"] == "plate", "group"] if g in set(named)]
        return list(dict.fromkeys(named))

    @cached_property
    def cells(self) -> pd.MultiIndex:
        return pd.MultiIndex.from_product([self.industries.index, self.regions.index], names=["industry", "region"])

    @cached_property
    def stock(self) -> pd.Series[float]:
        """Output of the base year per cell; 0 where the table has no row."""
        return self._by_cell("stock", "output", 0.0)

    @remembered
    def fact(self, column: str) -> pd.Series[float]:
        """A fact per cell: what the table `cells` states, else the industry's (NaN where neither has one)."""
        industry = self.industries[column] if column in self.industries else pd.Series(np.nan, index=self.industries.index)
        values = pd.Series(np.repeat(industry.to_numpy(), len(self.regions)), index=self.cells)
        if column in self.tables.get("cells", ()):
            own = self.tables["cells"].set_index(["industry", "region"])[column].dropna()
            values.loc[own.index] = own
        return values

    @cached_property
    def distance(self) -> pd.DataFrame:
        """Distances in km, origin by destination: corridors where given, else the distance rule. 0 on the diagonal."""
        rule = self.manifest.distance or Distance()
        points = self.regions[["longitude", "latitude"]].to_numpy(dtype=float)
        km = (_planar if rule.rule == "planar" else _great_circle)(points) * rule.detour
        frame = pd.DataFrame(km, self.regions.index, self.regions.index)
        if "corridors" in self.tables:
            listed = self.tables["corridors"].set_index(["origin", "destination"])["distance"].unstack()
            frame.update(listed)
        return frame

    @remembered
    def demand(self, year: int) -> pd.Series[float]:
        """National demand per industry in a year that the table `demand` lists for every industry."""
        table = self.tables["demand"]
        return table[table["year"] == year].set_index("industry")["demand"].reindex(self.industries.index)

    @remembered
    def intensity(self, resource: str, year: int) -> pd.Series[float]:
        """Use of a resource per unit of output and industry, improved since the base year."""
        table = self.tables["intensities"]
        table = table[table["resource"] == resource].set_index("industry")
        improvement = table["annual_improvement"].fillna(0.0) if "annual_improvement" in table else 0.0
        elapsed = max(year - self.manifest.base_year, 0)
        return (table["intensity"] * (1 - improvement) ** elapsed).reindex(self.industries.index, fill_value=0.0)

    @remembered
    def efficiency(self, resource: str) -> pd.Series[float]:
        """Regional factor on the intensities of a resource; 1 where the table has no row."""
        if "efficiency" not in self.tables:
            return pd.Series(1.0, index=self.regions.index)
        table = self.tables["efficiency"]
        return table[table["resource"] == resource].set_index("region")["factor"].reindex(self.regions.index, fill_value=1.0)

    @remembered
    def use(self, resource: str, year: int) -> pd.Series[float]:
        """Use of a resource per unit of output and cell: what the table `cell_intensities` states, else intensity times regional factor."""
        values = pd.Series(np.outer(self.intensity(resource, year), self.efficiency(resource)).ravel(), index=self.cells)
        if "cell_intensities" in self.tables:
            table = self.tables["cell_intensities"]
            own = table[table["resource"] == resource].set_index(["industry", "region"])["intensity"]
            values.loc[own.index] = own
        return values

    @remembered
    def capacities(self, year: int) -> pd.Series[float]:
        """Capacity per (resource, place) in force in a year: the row of the latest year that is not after it."""
        table = self.tables["capacities"]
        table = table[table["year"] <= year].sort_values("year", kind="stable").drop_duplicates(["resource", "place"], keep="last")
        order = self.tables["capacities"].drop_duplicates(["resource", "place"])
        return table.set_index(["resource", "place"])["capacity"].reindex(pd.MultiIndex.from_frame(order[["resource", "place"]])).dropna()

    def capacity_of_regions(self, resource: str, year: int) -> pd.Series[float]:
        """Capacity of a resource in force in a year, for the regions that have one."""
        cap = self.capacities(year)
        cap = cap[cap.index.get_level_values("resource") == resource].droplevel("resource")
        return cap[cap.index.isin(self.regions.index)]

    def limited_in_regions(self) -> list[str]:
        """The resources that regions have capacities of; none where nothing uses any."""
        if not {"intensities", "capacities"} <= self.tables.keys():
            return []
        table = self.tables["capacities"]
        return list(dict.fromkeys(table.loc[table["place"].isin(self.regions.index), "resource"]))

    @remembered
    def members(self, group: str) -> pd.Series[float]:
        """Regions of a plate or group with the share of each that counts for it. Empty for an unknown group."""
        plate = self.regions.index[self.regions["plate"] == group]
        if len(plate) or "membership" not in self.tables:
            return pd.Series(1.0, index=plate)
        table = self.tables["membership"]
        return table[table["group"] == group].set_index("region")["share"]

    def share_in(self, group: str) -> pd.Series[float]:
        """The share of every region that counts for a plate or group; 0 outside it."""
        return self.members(group).reindex(self.regions.index, fill_value=0.0)

    def shares_in(self, groups: Iterable[str]) -> pd.DataFrame:
        """`share_in` of several groups, regions by groups."""
        return pd.DataFrame({group: self.share_in(group) for group in groups}, index=self.regions.index)

    def neighbours(self, groups: Iterable[str]) -> pd.DataFrame:
        """Regions by regions: 1 where two of them belong to one of the groups together, 0 elsewhere and on the diagonal."""
        within = (self.shares_in(groups) > 0).astype(float)
        return (within @ within.T).clip(upper=1.0) * (1 - np.eye(len(within)))

    def as_folder(self) -> Instance:
        """The instance with the files of a folder: its own, or what its tables are written as where it is a workbook."""
        if not self.is_workbook:
            return self
        entries = {name: entry.model_copy(update={"file": f"{name}.csv"}) for name, entry in self.manifest.tables.items()}
        manifest = self.manifest.model_copy(update={"tables": entries})
        return dataclasses.replace(self, manifest=manifest, contents=folder_files(manifest, self.tables, {}))

    def having(self, table: str, frame: pd.DataFrame, note: str = "changed in memory") -> Instance:
        """The instance with another table in place of one, or with one more; what is read from it is read anew.

        `frame` has the columns and units of the schema and is not checked here. Its files are those of a folder, whose manifest says `note`
        of the table.
        """
        folder = self.as_folder()
        units = {"money": self.manifest.money, "output": self.manifest.output}
        entry = entry_for(self.schema[table], frame, folder.manifest.tables.get(table, TableEntry()), units, note)
        manifest = folder.manifest.model_copy(update={"tables": {**folder.manifest.tables, table: entry}})
        tables = {**self.tables, table: frame}
        kept = {file: content for file, content in folder.contents.items() if file not in (MANIFEST, entry.file)}
        return Instance(manifest, tables, self.schema, folder_files(manifest, tables, kept), self.warnings)

    def label(self, kind: str, key: str, language: str = "en") -> str:
        """The name that reports show for what a table names (regions, industries, ...); the identifier where there is none."""
        return self._names(language).get((kind, key), key)

    @remembered
    def _names(self, language: str) -> dict[tuple[str, str], str]:
        column = f"name_{language}"
        named = [(kind, frame) for kind, frame in self.tables.items() if column in frame]
        return {(kind, str(key)): str(name) for kind, frame in named for key, name in zip(frame.iloc[:, 0], frame[column], strict=True)}

    def called(self, key: str, language: str = "en") -> str:
        """The name of anything that a table names: regions, industries, resources and groups first; the identifier where there is none."""
        names = self._names(language)
        first = ("regions", "industries", "resources", "groups")
        kinds = [*first, *(kind for kind in self.tables if kind not in first)]
        return next((names[kind, key] for kind in kinds if (kind, key) in names), key)

    def _by_cell(self, table: str, column: str, missing: float) -> pd.Series[float]:
        frame = self.tables[table].set_index(["industry", "region"])[column]
        return frame.reindex(self.cells, fill_value=missing)


def _great_circle(points: Array) -> Array:
    """Distances in km between points of (longitude, latitude) in degrees, by the haversine formula."""
    lon, lat = np.radians(points[:, :1]), np.radians(points[:, 1:])
    haversine = np.sin((lat - lat.T) / 2) ** 2 + np.cos(lat) * np.cos(lat.T) * np.sin((lon - lon.T) / 2) ** 2
    km: Array = 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(haversine, 0, 1)))
    return km


def _planar(points: Array) -> Array:
    """Distances in km between points of a plane."""
    x, y = points[:, :1], points[:, 1:]
    km: Array = PLANAR_UNIT * np.hypot(x - x.T, y - y.T)
    return km


def find_instance(name: str | Path) -> Path:
    """The folder or workbook that `name` stands for: a path, or the name of an instance that ships with the package."""
    path = Path(name)
    if os.path.isdir(path) or os.path.isfile(path):  # noqa: PTH112, PTH113 - these take any text for a name, however long
        return path
    candidate = shipped.folder("instances") / str(name)
    if str(name) in shipped.names("instances"):
        return candidate
    remedy = f"Give a folder, a workbook, or a shipped name. {suggest(str(name), shipped.names('instances'))}"
    raise InputError(faults=[Fault("no such instance", Place(str(name)), remedy)])


def load_instance(source: str | Path, tables: Iterable[Table] = ()) -> Instance:
    """Read and validate an instance.

    `source` is a folder, a workbook or a shipped name; `tables` declares tables beyond the schema (those of policies).
    Raises `InputError` with every fault of the manifest and all tables. Suspicious but legal data are in `Instance.warnings`.
    """
    path = find_instance(source)
    schema = merge([*TABLES, *tables])
    found = read_folder(path, schema) if path.is_dir() else read_workbook(path, schema)
    manifest, raws, faults = found.manifest, found.raws, list(found.faults)
    units = {name: None if name in found.replaced else str(getattr(manifest, name)) for name in ("money", "output")}
    frames: dict[str, pd.DataFrame] = {}
    for name, raw in raws.items():
        frames[name], wrong = check(_with_units(schema[name], units), raw, manifest.tables[name].units)
        faults.extend(wrong)
    faults.extend(consistency.faults(found, frames, schema))
    if faults:
        raise InputError(faults=faults)
    contents = {file: (path / file).read_bytes() for file in files(manifest)} if path.is_dir() else {path.name: path.read_bytes()}
    instance = Instance(manifest, frames, schema, contents)
    read_with = [warning for raw in raws.values() for warning in raw.warnings]
    return dataclasses.replace(instance, warnings=(*read_with, *consistency.warnings(instance, found)))


def _with_units(table: Table, units: Mapping[str, str | None]) -> Table:
    """The table with the manifest's units in place of the templates; a column whose unit hangs on one that is not known has none."""

    def filled(column: Column) -> Column:
        unknown = column.unit is None or any(known is None and f"{{{name}}}" in column.unit for name, known in units.items())
        return dataclasses.replace(column, unit=None if unknown else str(column.unit).format(**units))

    return Table(table.name, tuple(map(filled, table.columns)))
