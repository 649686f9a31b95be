"""Where regions of a published table lie, what they are called and which plate they are of.

What the planner's file does not state comes from `countries.csv`: names from the Unicode CLDR, the coordinates of capitals and the continents
from GeoNames (CC BY 4.0), and for the remainders of the world that tables have, a seat that is made up (`estimated`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from layout_opt.errors import Fault, InputError, Place
from layout_opt.importing.grouping import Groups

WORLD = "World"  # the plate of regions of which no continent is known
OF_PLATE = " (plate)"  # added to the identifier of a plate that a region has already
PLATES = {
    "Africa": "非洲",
    "Asia": "亚洲",
    "Europe": "欧洲",
    "North America": "北美洲",
    "Oceania": "大洋洲",
    "South America": "南美洲",
    "Rest of the world": "世界其他地区",
    WORLD: "世界",
}


def countries() -> pd.DataFrame:
    """Countries and remainders of the world by every code and English name that tables use for them, in lower case."""
    table = pd.read_csv(Path(__file__).parent / "countries.csv", keep_default_na=False, dtype={"longitude": float, "latitude": float})
    table["estimated"] = table["estimated"] == "yes"
    keyed = pd.concat([table.assign(key=table[column].str.casefold()) for column in ("code", "iso3", "alias", "name_en")])
    return keyed[keyed["key"] != ""].drop_duplicates("key").set_index("key")


def places(groups: Groups, size: Mapping[str, float], file: str) -> pd.DataFrame:
    """The table `regions` of an instance, with a column `estimated`.

    `size` weighs the members of a group, whose seat is their mean and whose plate that of the largest; `file` is named where a seat has to be
    stated. Raises `InputError` where one is known neither from the groups' facts nor from the countries.
    """
    known, rows, faults = countries(), [], []
    for group, facts in groups.facts.iterrows():
        members, stated = groups.members(str(group)), facts.dropna()
        unknown = [name for name in members if name.casefold() not in known.index]
        seated = {"longitude", "latitude"} <= set(stated.index)
        if unknown and not seated:
            remedy = "State longitude and latitude of its group in a file of --regions."
            faults.append(Fault(f"no country of this code or name is known: {', '.join(unknown)}", Place(file, column="region"), remedy))
            continue
        members = sorted(set(members) - set(unknown), key=lambda name: -size[name])
        found = known.loc[[name.casefold() for name in members]]
        alone = len(found) == 1 and not unknown
        row = {
            "region": group,
            "name_en": found["name_en"].iloc[0] if alone else group,
            "name_zh": found["name_zh"].iloc[0] if alone else group,
            "plate": found["plate"].iloc[0] if len(found) else WORLD,
        }
        if not seated:
            row["longitude"], row["latitude"] = _middle(found, [size[name] for name in members])
        made = bool(stated.get("estimated", False)) if seated else len(found) > 1 or bool(found["estimated"].any())
        rows.append({**row, **stated, "estimated": made})
    if faults:
        raise InputError(faults=faults)
    table = pd.DataFrame(rows)
    return table.assign(plate=table["plate"].where(~table["plate"].isin(table["region"]), table["plate"] + OF_PLATE))


def _middle(points: pd.DataFrame, weights: list[float]) -> tuple[float, float]:
    """Longitude and latitude of the weighted mean of points on the globe."""
    longitude, latitude = np.radians(points["longitude"].to_numpy()), np.radians(points["latitude"].to_numpy())
    weight = np.array(weights) if sum(weights) > 0 else np.ones(len(weights))
    x, y, z = (float(weight @ part) for part in (np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)))
    return round(float(np.degrees(np.arctan2(y, x))), 3), round(float(np.degrees(np.arctan2(z, np.hypot(x, y)))), 3)
