"""A published assignment problem carried into the format of this package: facts as an instance folder, choices as a definition.

An industry makes 1 where there is no stock; what it costs in a region is its project (indivisible) or its building (divisible), and what it
uses there of the one resource is its intensity. A region that an indivisible industry does not fit in is closed to it by `max_output`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.published import Assignment
from layout_opt.definition import Definition, definition_from

LINKAGE = 1000.0  # the package counts distances in 1000 km, the files by 1
UNITS = {
    "industries": dict.fromkeys(("building_cost", "relocation_cost", "closure_cost"), "M/t")
    | {"lot": "t", "project_cost": "M", "distance_cost": "M/t/1000 km"},
    "stock": {"output": "t"},
    "demand": {"demand": "t"},
    "cells": {"max_output": "t", "project_cost": "M", "building_cost": "M/t"},
    "openings": {"opening_cost": "M"},
    "corridors": {"distance": "km"},
}


def write(problem: Assignment, folder: Path, source: str = "published", licence: str = "none stated") -> Path:
    """Write a problem as an instance folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f'format = 1\nname = "{folder.name}"\ntitle = {{ en = "A published assignment problem", zh = "公开的指派问题" }}',
        'base_year = 2020\nperiods = [2030]\nmoney = "M"\noutput = "t"\n',
    ]
    for name, frame in _tables(problem).items():
        frame.to_csv(folder / f"{name}.csv", index=False, float_format="%.15g", lineterminator="\n")
        units = ", ".join(f'{column} = "{unit}"' for column, unit in UNITS.get(name, {}).items() if column in frame)
        lines.append(f'[tables.{name}]\nfile = "{name}.csv"\nsource = "{source}"\nyear = 2020\nlicence = "{licence}"')
        lines.append(f"units = {{ {units} }}\n" if units else "")
    (folder / "instance.toml").write_text("\n".join(lines), encoding="utf-8", newline="\n")
    return folder


def choices(problem: Assignment) -> dict[str, object]:
    """The keys of a model file: minimise cost, with nothing unmet as long as a whole assignment exists."""
    policies: dict[str, dict[str, object]] = {}
    resource = {} if problem.capacity is None else {"resource": "room"}
    if problem.capacity is not None:
        policies["capacity"] = {"family": "carrying_capacity"}
    if problem.opening is not None or problem.open_exactly is not None:
        most = {} if problem.open_exactly is None else {"at_most": problem.open_exactly}
        policies["opening"] = {"family": "region_opening", **resource, **most}
    if problem.linkage is not None:
        policies["linkage"] = {"family": "industry_linkage", "weight": -LINKAGE, **resource}
    weights = {"value_added": 0, "relocation_cost": 0, "building_cost": -1, "closure_cost": 0, "shortage": -float(f"{most_of(problem):.2g}")}
    return {"question": {"en": "A published problem", "zh": "公开问题"}, "objective": weights, "policies": policies}


def definition(problem: Assignment) -> Definition:
    """The model of a problem."""
    return definition_from(choices(problem), "classic")


def most_of(problem: Assignment) -> float:
    """More than any whole assignment costs: what each industry that is not made is charged."""
    total = problem.cost.max(axis=1).sum() + (0.0 if problem.opening is None else problem.opening.sum())
    if problem.linkage is not None and problem.distance is not None:
        total += problem.linkage.sum() * problem.distance.max()
    return 1.1 * float(total) + 1.0


def _tables(problem: Assignment) -> dict[str, pd.DataFrame]:
    n, m = problem.cost.shape
    industries, regions = [f"k{k:03d}" for k in range(n)], [f"r{r:03d}" for r in range(m)]
    cells = pd.MultiIndex.from_product([industries, regions], names=["industry", "region"]).to_frame(index=False)
    price = "building_cost" if problem.divisible else "project_cost"
    facts = dict.fromkeys(("lot", "project_cost", "building_cost", "relocation_cost", "distance_cost", "closure_cost"), 0)
    tables = {
        "regions": pd.DataFrame({"region": regions, "name_en": regions, "name_zh": regions, "plate": "all", "longitude": 0, "latitude": 0}),
        "industries": pd.DataFrame({"industry": industries, "name_en": industries, "name_zh": industries, "value_added_rate": 0}).assign(
            indivisible="no" if problem.divisible else "yes", relocatable_share=0, **facts
        ),
        "stock": cells.head(1).assign(output=0),
        "demand": pd.DataFrame({"industry": industries, "year": 2030, "demand": 1}),
    }
    if problem.cost.any():
        tables["cells"] = cells.assign(**{price: problem.cost.ravel()})
    if problem.use is not None and problem.capacity is not None:
        if not problem.divisible and (problem.use > problem.capacity).any():
            tables.setdefault("cells", cells)["max_output"] = np.where(problem.use > problem.capacity * (1 + 1e-9), "0", "").ravel()
        alike = bool((problem.use == problem.use[:, :1]).all())
        tables["resources"] = pd.DataFrame({"resource": ["room"], "name_en": "Room", "name_zh": "容量", "unit": "u"})
        tables["intensities"] = pd.DataFrame({"industry": industries, "resource": "room", "intensity": problem.use[:, 0] if alike else 0})
        tables["intensities"]["unit"] = "u/t"
        if not alike:
            tables["cell_intensities"] = cells.assign(resource="room", intensity=problem.use.ravel(), unit="u/t")
        tables["capacities"] = pd.DataFrame({"resource": "room", "place": regions, "year": 2030, "capacity": problem.capacity, "unit": "u"})
    if problem.opening is not None:
        tables["openings"] = pd.DataFrame({"region": regions, "opening_cost": problem.opening})
    if problem.linkage is not None and problem.distance is not None:
        a, b = np.nonzero(problem.linkage)
        tables["linkages"] = pd.DataFrame({"industry": [industries[k] for k in a], "partner": [industries[k] for k in b]})
        tables["linkages"]["flow"] = problem.linkage[a, b]
        o, d = np.nonzero((problem.distance != 0) | (np.arange(m)[:, None] != np.arange(m)))
        tables["corridors"] = pd.DataFrame({"origin": [regions[r] for r in o], "destination": [regions[r] for r in d]})
        tables["corridors"]["distance"] = problem.distance[o, d]
    return tables
