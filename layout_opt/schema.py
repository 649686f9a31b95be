"""The tables of an instance, declared once. `docs/instance-format.md` explains them; a policy may declare further ones.

Unit templates: `{money}` and `{output}` are the units of the manifest.
"""

from __future__ import annotations

from layout_opt.tables import Column, Table

MONEY_PER_OUTPUT = "{money}/{output}"


def _named(key: str) -> tuple[Column, ...]:
    return Column(key, key=True), Column("name_en"), Column("name_zh")


REGIONS = Table(
    "regions",
    (
        *_named("region"),
        Column("plate"),
        Column("longitude", "number", low=-180, high=180),
        Column("latitude", "number", low=-90, high=90),
        Column("area", "number", unit="km2", above=0, optional=True),
        Column("population", "number", unit="person", above=0, optional=True),
        Column("max_development", "number", low=0, high=1, optional=True),
    ),
)
INDUSTRIES = Table(
    "industries",
    (
        *_named("industry"),
        Column("value_added_rate", "number", low=0, high=1),
        Column("indivisible", "flag"),
        Column("relocatable_share", "number", low=0, high=1),
        Column("lot", "number", unit="{output}", low=0),
        Column("project_cost", "number", unit="{money}", low=0),
        Column("building_cost", "number", unit=MONEY_PER_OUTPUT, low=0),
        Column("relocation_cost", "number", unit=MONEY_PER_OUTPUT, low=0),
        Column("distance_cost", "number", unit="{money}/{output}/1000 km", low=0),
        Column("closure_cost", "number", unit=MONEY_PER_OUTPUT, low=0),
        Column("local", "flag", optional=True, blank=True),
        Column("max_projects", "integer", low=0, optional=True, blank=True),
    ),
)
STOCK = Table(
    "stock",
    (
        Column("industry", refers=("industries",), key=True),
        Column("region", refers=("regions",), key=True),
        Column("output", "number", unit="{output}", low=0),
    ),
)
DEMAND = Table(
    "demand",
    (
        Column("industry", refers=("industries",), key=True),
        Column("year", "integer", low=1000, high=3000, key=True),
        Column("demand", "number", unit="{output}", low=0),
    ),
)
RESOURCES = Table("resources", (*_named("resource"), Column("unit")))
INTENSITIES = Table(
    "intensities",
    (
        Column("industry", refers=("industries",), key=True),
        Column("resource", refers=("resources",), key=True),
        Column("intensity", "number", low=0),
        Column("unit"),
        Column("annual_improvement", "number", low=0, high=0.5, optional=True, blank=True),
    ),
)
EFFICIENCY = Table(
    "efficiency",
    (
        Column("region", refers=("regions",), key=True),
        Column("resource", refers=("resources",), key=True),
        Column("factor", "number", above=0),
    ),
)
CELLS = Table(
    "cells",
    (
        Column("industry", refers=("industries",), key=True),
        Column("region", refers=("regions",), key=True),
        Column("lot", "number", unit="{output}", low=0, optional=True, blank=True),
        Column("max_project", "number", unit="{output}", low=0, optional=True, blank=True),
        Column("max_output", "number", unit="{output}", low=0, optional=True, blank=True),
        Column("exit_share", "number", low=0, high=1, optional=True, blank=True),
        Column("project_cost", "number", unit="{money}", low=0, optional=True, blank=True),
        Column("building_cost", "number", unit=MONEY_PER_OUTPUT, low=0, optional=True, blank=True),
    ),
)
CELL_INTENSITIES = Table(
    "cell_intensities",
    (
        Column("industry", refers=("industries",), key=True),
        Column("region", refers=("regions",), key=True),
        Column("resource", refers=("resources",), key=True),
        Column("intensity", "number", low=0),
        Column("unit"),
    ),
)
CAPACITIES = Table(
    "capacities",
    (
        Column("resource", refers=("resources",), key=True),
        Column("place", refers=("regions", "groups"), key=True),
        Column("year", "integer", low=1000, high=3000, key=True),
        Column("capacity", "number", low=0),
        Column("unit"),
    ),
)
GROUPS = Table("groups", (*_named("group"), Column("kind", choices=("plate", "basin", "cluster", "strategy"))))
MEMBERSHIP = Table(
    "membership",
    (
        Column("group", refers=("groups",), key=True),
        Column("region", refers=("regions",), key=True),
        Column("share", "number", low=0, high=1),
    ),
)
ZONES = Table("zones", _named("zone"))
ZONE_SHARES = Table(
    "zone_shares",
    (
        Column("region", refers=("regions",), key=True),
        Column("zone", refers=("zones",), key=True),
        Column("share", "number", low=0, high=1),
    ),
)
ZONE_RULES = Table(
    "zone_rules",
    (
        Column("zone", refers=("zones",), key=True),
        Column("industry", refers=("industries",), key=True),
        Column("rule", choices=("ban", "restrict", "encourage")),
        Column("ratio", "number", low=0, optional=True, blank=True),
    ),
)
CORRIDORS = Table(
    "corridors",
    (
        Column("origin", refers=("regions",), key=True),
        Column("destination", refers=("regions",), key=True),
        Column("distance", "number", unit="km", low=0),
    ),
)
BARRIERS = Table(
    "barriers",
    (
        Column("origin", refers=("groups",), key=True),
        Column("destination", refers=("groups",), key=True),
        Column("barrier", "number", low=0),
    ),
)
SCORES = Table(
    "scores",
    (
        Column("industry", refers=("industries",), key=True),
        Column("region", refers=("regions",), key=True),
        Column("score", "number", low=-1, high=1),
    ),
)

TABLES = (
    REGIONS,
    INDUSTRIES,
    STOCK,
    DEMAND,
    RESOURCES,
    INTENSITIES,
    EFFICIENCY,
    CELL_INTENSITIES,
    CELLS,
    CAPACITIES,
    GROUPS,
    MEMBERSHIP,
    ZONES,
    ZONE_SHARES,
    ZONE_RULES,
    CORRIDORS,
    BARRIERS,
    SCORES,
)
REQUIRED = ("regions", "industries", "stock", "demand")
