"""A made-up problem whose proof takes minutes although a plan is found at once: something to cancel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

SIZE = 20  # regions, and industries
UNITS = {
    "industries": {
        "lot": "M",
        "project_cost": "M",
        "building_cost": "M/M",
        "relocation_cost": "M/M",
        "distance_cost": "M/M/1000 km",
        "closure_cost": "M/M",
    },
    "stock": {"output": "M"},
    "demand": {"demand": "M"},
}
MODEL = """question = { en = "Where, with dear projects and tight caps?", zh = "？" }
[policies.resources]
family = "carrying_capacity"
"""


def hard_problem(folder: Path) -> tuple[Path, Path]:
    """Write instance and model. Large lots, dear projects and capacities that half of the regions exceed make the search long."""
    draw = np.random.default_rng(0)
    regions, industries = ([f"{letter}{n}" for n in range(SIZE)] for letter in "RK")
    stock, use, room = draw.uniform(20, 100, (SIZE, SIZE)), draw.uniform(0.5, 2, SIZE), draw.uniform(0.7, 1.5, SIZE)
    cells = pd.MultiIndex.from_product([industries, regions], names=["industry", "region"])
    tables = {
        "regions": {"region": regions, "plate": ["East", "West"] * (SIZE // 2), "longitude": draw.uniform(80, 120, SIZE), "latitude": 30.0},
        "industries": {
            "industry": industries,
            "value_added_rate": draw.uniform(0.2, 0.4, SIZE),
            "indivisible": "no",
            "relocatable_share": 0.9,
            "lot": draw.uniform(25, 50, SIZE),
            "project_cost": draw.uniform(50, 150, SIZE),
            "building_cost": 1.0,
            "relocation_cost": 0.3,
            "distance_cost": 0.1,
            "closure_cost": 0.5,
        },
        "stock": {**cells.to_frame(index=False), "output": stock.ravel()},
        "demand": {"industry": industries, "year": 2030, "demand": 1.05 * stock.sum(axis=1)},
        "resources": {"resource": ["water"], "unit": ["m3"]},
        "intensities": {"industry": industries, "resource": "water", "intensity": use, "unit": "m3/M"},
        "capacities": {"resource": "water", "place": regions, "year": 2030, "capacity": room * (use @ stock), "unit": "m3"},
    }
    (folder / "hard").mkdir(parents=True)
    lines = ['format = 1\nname = "hard"\ntitle = { en = "Hard", zh = "难题" }\nbase_year = 2020\nperiods = [2030]\nmoney = "M"\noutput = "M"']
    for name, columns in tables.items():
        frame = pd.DataFrame(columns)
        if name in ("regions", "industries", "resources"):
            frame = frame.assign(name_en=frame.iloc[:, 0], name_zh=frame.iloc[:, 0])
        frame.to_csv(folder / "hard" / f"{name}.csv", index=False)
        units = ", ".join(f'{column} = "{unit}"' for column, unit in UNITS.get(name, {}).items())
        lines.append(f'[tables.{name}]\nfile = "{name}.csv"\nsource = "drawn"\nyear = 2020\nlicence = "MIT"\nunits = {{ {units} }}')
    (folder / "hard" / "instance.toml").write_text("\n".join(lines), encoding="utf-8")
    (folder / "hard.toml").write_text(MODEL, encoding="utf-8")
    return folder / "hard", folder / "hard.toml"
