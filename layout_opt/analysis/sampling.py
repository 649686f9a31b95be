"""Samples of what a plan cannot know: factors on national demand, on caps and on intensities.

Statement, for every sample `s`, with independent standard normal scores `n` and Phi their distribution function::

    D_s[k] = demand factor * D[k]        Cap_s[i,p] = capacity factor * Cap[i,p]        e_s[k,i] = intensity factor * e[k,i]

    uniform      factor = 1 + spread * (2 * Phi(n) - 1)            between 1 - spread and 1 + spread
    lognormal    factor = exp(v * n - v^2 / 2)                     mean 1, standard deviation spread; v^2 = ln(1 + spread^2)

    demand       one factor per industry           the same in all years
    capacity     one per resource and place        the same in all years; within a river basin the scores of one resource are correlated:
                 n = sqrt(c) * (score of resource and basin) + sqrt(1 - c) * (own score)
    intensity    one per industry and resource     the same in all regions

A region belongs to the basin with the largest share of it, a basin to itself. Each kind has its own stream of random numbers, so that another
spread of one leaves the others as they are, and the first samples of a longer series are those of a shorter one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtr

from layout_opt.errors import Fault, InputError, Place, suggest
from layout_opt.flows import Array
from layout_opt.instance import Instance
from layout_opt.plan import item
from layout_opt.tables import Column, Raw, Table, amount, check, key, read_csv, read_rows

DISTRIBUTIONS = ("uniform", "lognormal")
KINDS = ("demand", "capacity", "intensity")
FACTORS = Table("factors", (Column("sample", "integer", low=1, key=True), Column("kind", choices=KINDS, key=True), key("item"), amount("factor")))
COLUMNS = [column.name for column in FACTORS.columns]


@dataclass(frozen=True)
class Uncertainty:
    """What is drawn: the spread of each kind (0: it is certain), the distribution, and the correlation of caps within a basin."""

    demand: float = 0.1
    capacity: float = 0.1
    intensity: float = 0.0
    distribution: str = "uniform"
    correlation: float = 0.0

    def spread(self, kind: str) -> float:
        """The spread of a kind."""
        return {"demand": self.demand, "capacity": self.capacity, "intensity": self.intensity}[kind]

    def faults(self) -> list[Fault]:
        """What is wrong with it, by the options of the command line."""
        found = []
        options = (("--demand", self.demand), ("--caps", self.capacity), ("--intensities", self.intensity))
        for option, value in options:
            if not 0 <= value < 1:
                found.append(Fault("a spread is at least 0 and below 1", Place(option), "Write, for example, 0.1.", str(value)))
        if not 0 <= self.correlation <= 1:
            remedy = "Write, for example, 0.5."
            found.append(Fault("a correlation lies between 0 and 1", Place("--correlation"), remedy, str(self.correlation)))
        if self.distribution not in DISTRIBUTIONS:
            remedy = suggest(self.distribution, DISTRIBUTIONS)
            found.append(Fault("no such distribution", Place("--distribution"), remedy, self.distribution))
        if not any(value for _, value in options):
            found.append(Fault("nothing varies", Place("--demand"), "Give --demand, --caps or --intensities a spread above 0."))
        return found


def items(instance: Instance, kind: str) -> list[str]:
    """What has a factor of a kind: industries, `RESOURCE|PLACE` of the caps, `INDUSTRY|RESOURCE` of the intensities."""
    table, columns = {
        "demand": ("demand", ["industry"]),
        "capacity": ("capacities", ["resource", "place"]),
        "intensity": ("intensities", ["industry", "resource"]),
    }[kind]
    if table not in instance.tables:
        return []
    rows = instance.tables[table][columns].drop_duplicates().itertuples(index=False, name=None)
    return [item(names if len(names) > 1 else names[0]) for names in rows]


def draw(instance: Instance, uncertainty: Uncertainty, samples: int, seed: int) -> pd.DataFrame:
    """Factors with the columns of `FACTORS`; samples are numbered from 1."""
    frames = [pd.DataFrame(columns=COLUMNS)]
    for stream, kind in enumerate(KINDS):
        names = items(instance, kind)
        if uncertainty.spread(kind) > 0 and names:
            random = np.random.default_rng([seed, stream])
            scores = random.standard_normal((samples, len(names)))
            if kind == "capacity" and uncertainty.correlation > 0:
                scores = _correlated(scores, _basins(instance, names), uncertainty.correlation, seed)
            factors = _factors(scores, uncertainty.spread(kind), uncertainty.distribution)
            at = np.repeat(np.arange(1, samples + 1), len(names))
            frames.append(pd.DataFrame({"sample": at, "kind": kind, "item": names * samples, "factor": factors.ravel()}))
    drawn = pd.concat([frame for frame in frames if len(frame)] or frames, ignore_index=True)
    return drawn.sort_values("sample", kind="stable", ignore_index=True)


def _factors(scores: Array, spread: float, distribution: str) -> Array:
    if distribution == "uniform":
        uniform: Array = 1 + spread * (2 * ndtr(scores) - 1)
        return uniform
    variance = np.log1p(spread**2)
    lognormal: Array = np.exp(np.sqrt(variance) * scores - variance / 2)
    return lognormal


def _basins(instance: Instance, names: list[str]) -> list[str]:
    """The resource and basin of every cap, `RESOURCE|BASIN`; empty where its place lies in no basin."""
    if not {"groups", "membership"} <= instance.tables.keys():
        return [""] * len(names)
    groups, member = instance.tables["groups"], instance.tables["membership"]
    basins = groups.loc[groups["kind"] == "basin", "group"]
    largest = member[member["group"].isin(basins)].sort_values("share", ascending=False, kind="stable").drop_duplicates("region")
    basin = dict(zip(basins, basins, strict=True)) | dict(zip(largest["region"], largest["group"], strict=True))
    parts = [name.split("|") for name in names]
    return [f"{resource}|{basin[place]}" if place in basin else "" for resource, place in parts]


def _correlated(scores: Array, basins: list[str], correlation: float, seed: int) -> Array:
    known = list(dict.fromkeys(basin for basin in basins if basin))
    shared = np.random.default_rng([seed, len(KINDS)]).standard_normal((len(scores), len(known)))
    mixed = scores.copy()
    for n, basin in enumerate(basins):
        if basin:
            mixed[:, n] = np.sqrt(correlation) * shared[:, known.index(basin)] + np.sqrt(1 - correlation) * scores[:, n]
    return mixed


def own_factors(instance: Instance, source: pd.DataFrame | str | Path) -> pd.DataFrame:
    """Factors of one's own, from a frame or a CSV file with the columns of `FACTORS`; what has no row has a factor of 1.

    Raises `InputError` with all faults.
    """
    raw = _raw(source)
    missing = [column for column in COLUMNS if len(raw.frame.columns) and column not in raw.frame]
    if missing:
        remedy = f"The columns are {', '.join(COLUMNS)}."
        raise InputError(faults=[Fault(f"column {column!r} is missing", raw.at(column=column), remedy) for column in missing])
    frame, faults = check(FACTORS, raw, {})
    if len(frame):
        for kind, rows in frame.groupby("kind", sort=False):
            known = items(instance, str(kind)) if kind in KINDS else list(rows["item"])
            for row, name in rows["item"].items():
                if name and name not in known:
                    faults.append(Fault(f"no such {kind} in the instance", raw.at(int(str(row)), "item"), suggest(str(name), known), str(name)))
    if faults:
        raise InputError(faults=faults)
    return frame[COLUMNS].astype({"sample": int}).sort_values("sample", kind="stable", ignore_index=True)


def _raw(source: pd.DataFrame | str | Path) -> Raw:
    if isinstance(source, pd.DataFrame):
        lines = [list(map(str, source.columns)), *([str(value) for value in row] for row in source.itertuples(index=False))]
        return read_rows("factors", None, enumerate(lines, 1))
    path = Path(source)
    if not path.is_file():
        raise InputError(faults=[Fault("there is no such file", Place("--factors"), f"Give a CSV file with {', '.join(COLUMNS)}.", str(source))])
    return read_csv(path, path.name)


def sampled(instance: Instance, factors: pd.DataFrame, sample: int) -> Instance:
    """The instance as it is in one of the samples that `factors` holds."""
    rows = factors[factors["sample"] == sample]
    by_kind = {kind: group.set_index("item")["factor"] for kind, group in rows.groupby("kind")}
    changes = {
        "demand": (("demand", "demand", ["industry"]),),
        "capacity": (("capacities", "capacity", ["resource", "place"]),),
        "intensity": (("intensities", "intensity", ["industry", "resource"]), ("cell_intensities", "intensity", ["industry", "resource"])),
    }
    for kind, factor in by_kind.items():
        for table, column, keys in changes[str(kind)]:
            if table in instance.tables:
                frame = instance.tables[table]
                factor_of_row = frame[keys].agg("|".join, axis=1).map(factor).fillna(1.0)
                instance = instance.having(table, frame.assign(**{column: frame[column] * factor_of_row}), f"sample {sample}")
    return instance
