"""The tables of an instance, declared once. `docs/instance-format.md` explains them; a policy may declare further ones.

Unit templates: `{money}` and `{output}` are the units of the manifest.
"""

from __future__ import annotations

from layout_opt.tables import Column, Table, key, named

MONEY_PER_OUTPUT = "{money}/{output}"


REGIONS = Table(
    "regions",
    (
        *named("region"),
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
        *named("industry"),
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
STOCK = Table("stock", (key("industry", "industries"), key("region", "regions"), Column("output", "number", unit="{output}", low=0)))
DEMAND = Table(
    "demand",
    (key("industry", "industries"), Column("year", "integer", low=1000, high=3000, key=True), Column("demand", "number", unit="{output}", low=0)),
)
RESOURCES = Table("resources", (*named("resource"), Column("unit")))
INTENSITIES = Table(
    "intensities",
    (
        key("industry", "industries"),
        key("resource", "resources"),
        Column("intensity", "number", low=0),
        Column("unit"),
        Column("annual_improvement", "number", low=0, high=0.5, optional=True, blank=True),
    ),
)
EFFICIENCY = Table("efficiency", (key("region", "regions"), key("resource", "resources"), Column("factor", "number", above=0)))
CELLS = Table(
    "cells",
    (
        key("industry", "industries"),
        key("region", "regions"),
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
    (key("industry", "industries"), key("region", "regions"), key("resource", "resources"), Column("intensity", "number", low=0), Column("unit")),
)
CAPACITIES = Table(
    "capacities",
    (
        key("resource", "resources"),
        key("place", "regions", "groups"),
        Column("year", "integer", low=1000, high=3000, key=True),
        Column("capacity", "number", low=0),
        Column("unit"),
    ),
)
GROUPS = Table("groups", (*named("group"), Column("kind", choices=("plate", "basin", "cluster", "strategy"))))
MEMBERSHIP = Table("membership", (key("group", "groups"), key("region", "regions"), Column("share", "number", low=0, high=1)))
ZONES = Table("zones", named("zone"))
ZONE_SHARES = Table("zone_shares", (key("region", "regions"), key("zone", "zones"), Column("share", "number", low=0, high=1)))
ZONE_RULES = Table(
    "zone_rules",
    (
        key("zone", "zones"),
        key("industry", "industries"),
        Column("rule", choices=("ban", "restrict", "encourage")),
        Column("ratio", "number", low=0, optional=True, blank=True),
    ),
)
CORRIDORS = Table("corridors", (key("origin", "regions"), key("destination", "regions"), Column("distance", "number", unit="km", low=0)))
BARRIERS = Table("barriers", (key("origin", "groups"), key("destination", "groups"), Column("barrier", "number", low=0)))
SCORES = Table("scores", (key("industry", "industries"), key("region", "regions"), Column("score", "number", low=-1, high=1)))

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
