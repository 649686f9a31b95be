"""The synthetic relocation instance of ../shared/benchmarks/synthetic.py, carried into the format of this package: facts as an instance folder,
choices as a definition."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layout_opt.definition import Definition, definition_from

SOURCE = Path(__file__).parents[2] / "shared" / "benchmarks" / "synthetic.py"
PLATES = ("East", "Central", "West", "Northeast")
UNITS = {
    "regions": {},
    "industries": dict.fromkeys(("building_cost", "relocation_cost", "closure_cost"), "M/M")
    | {"lot": "M", "project_cost": "M", "distance_cost": "M/M/1000 km"},
    "stock": {"output": "M"},
    "demand": {"demand": "M"},
    "cells": {"lot": "M", "max_project": "M", "max_output": "M", "project_cost": "M"},
}


def numbers(regions: int, industries: int, seed: int, source: Path = SOURCE) -> dict[str, Any]:
    """The arrays of one instance, as the generator at `source` makes them."""
    spec = importlib.util.spec_from_file_location("synthetic_source", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: dict[str, Any] = module.synthetic(regions, industries, seed)
    return made


def write(data: dict[str, Any], folder: Path) -> Path:
    """Write the arrays as an instance folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = _tables(data)
    lines = [
        'format = 1\nname = "synthetic"\ntitle = { en = "Synthetic relocation instance", zh = "合成转移算例" }',
        'base_year = 2020\nperiods = [2030]\nmoney = "M"\noutput = "M"\n',
        '[direction]\nfrom = ["East"]\nto = ["Central", "West"]\n',
        '[distance]\nrule = "planar"\n',
    ]
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
        units = ", ".join(f'{column} = "{unit}"' for column, unit in UNITS.get(name, {}).items())
        lines.append(f'[tables.{name}]\nfile = "{name}.csv"\nsource = "synthetic"\nyear = 2020\nlicence = "none"\nunits = {{ {units} }}\n')
    (folder / "instance.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder


def definition() -> Definition:
    """The model that the generator's docstring states."""
    return definition_from(
        {
            "question": {"en": "The synthetic relocation model", "zh": "合成转移模型"},
            "objective": {"value_added": 1, "relocation_cost": -1, "building_cost": -1, "closure_cost": -1, "shortage": -0.6},
            "core": {"demand_margin": 0.03, "round_trips": True},
            "policies": {
                "advantage": {"family": "comparative_advantage", "index": "scores", "weight": 1.0},
                "resources": {"family": "carrying_capacity"},
                "basins": {"family": "basin_capacity"},
                "equity": {"family": "regional_equity", "measure": "output", "weight": 1000.0, "ceiling": 1.0},
            },
        },
        "synthetic",
    )


def _tables(data: dict[str, Any]) -> dict[str, pd.DataFrame]:
    stock, use = data["stock"], data["use"]
    R, K = stock.shape
    E, basins = len(use), data["basin_cap"].shape[1]
    regions, industries = [f"r{n:04d}" for n in range(R)], [f"k{n:02d}" for n in range(K)]
    resources, basin = [f"i{n}" for n in range(E)], [f"b{n}" for n in range(basins)]
    # use[i,r,k] = intensity[i,k] * efficiency[i,r]: a table of each, with the first region as the measure
    intensity, efficiency = use[:, 0, :], use[:, :, 0] / use[:, :1, 0]
    room = np.maximum(data["ceiling"] - stock / 2, 0)
    names = {"name_en": regions, "name_zh": regions}
    cells = pd.MultiIndex.from_product([regions, industries], names=["region", "industry"]).to_frame(index=False)[["industry", "region"]]
    used = [(k, i, intensity[n, m], "u/M") for n, i in enumerate(resources) for m, k in enumerate(industries)]
    used += [(k, "labour", data["labour"][m], "u/M") for m, k in enumerate(industries)]
    caps = [(i, r, 2030, data["cap"][n, m], "u") for n, i in enumerate(resources) for m, r in enumerate(regions)]
    caps += [("labour", r, 2030, data["labour_supply"][m], "u") for m, r in enumerate(regions)]
    caps += [(i, g, 2030, data["basin_cap"][n, m], "u") for n, i in enumerate(resources) for m, g in enumerate(basin) if (data["basin"] == m).any()]
    caps += [(i, "nation", 2030, data["national_cap"][n], "u") for n, i in enumerate(resources)]
    groups = [*PLATES, *basin, "nation"]
    kinds = ["plate"] * len(PLATES) + ["basin"] * basins + ["strategy"]
    members = [(basin[b], regions[r], 1.0) for r, b in enumerate(data["basin"])] + [("nation", r, 1.0) for r in regions]
    return {
        "regions": pd.DataFrame(
            {
                "region": regions,
                **names,
                "plate": [PLATES[p] for p in data["plate"]],
                "longitude": data["xy"][:, 0] * 10,  # a planar unit is 100 km, and distance 1 is meant as 1000 km
                "latitude": data["xy"][:, 1] * 10,
            }
        ),
        "industries": pd.DataFrame(
            {
                "industry": industries,
                "name_en": industries,
                "name_zh": industries,
                "value_added_rate": 0.25,
                "indivisible": "no",
                "relocatable_share": 1,
                "lot": 0,
                "project_cost": 0,
                "building_cost": 0.06,
                "relocation_cost": 0.015,
                "distance_cost": 0.05,
                "closure_cost": 0.04,
            }
        ),
        "stock": cells.assign(output=stock.ravel()).query("output > 0"),
        "demand": pd.DataFrame({"industry": industries, "year": 2030, "demand": data["demand"]}),
        "resources": pd.DataFrame([(i, i, i, "u") for i in [*resources, "labour"]], columns=["resource", "name_en", "name_zh", "unit"]),
        "intensities": pd.DataFrame(used, columns=["industry", "resource", "intensity", "unit"]),
        "efficiency": pd.DataFrame(
            [(r, i, efficiency[n, m]) for n, i in enumerate(resources) for m, r in enumerate(regions)], columns=["region", "resource", "factor"]
        ),
        "capacities": pd.DataFrame(caps, columns=["resource", "place", "year", "capacity", "unit"]),
        "groups": pd.DataFrame({"group": groups, "name_en": groups, "name_zh": groups, "kind": kinds}),
        "membership": pd.DataFrame(members, columns=["group", "region", "share"]),
        "scores": cells.assign(score=(data["value"] / 0.25 - 1).ravel()),
        "cells": cells.assign(
            lot=np.minimum(0.25 * data["lot"], room).ravel(),
            max_project=room.ravel(),
            max_output=data["ceiling"].ravel(),
            exit_share=np.where(data["banned"], 1.0, 0.6).ravel(),
            project_cost=(0.25 * data["fixed"]).ravel(),
        ),
    }
