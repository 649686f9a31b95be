"""The tables of an instance, declared once. `docs/instance-format.md` explains them; a policy may declare further ones.

Unit templates: `{money}` and `{output}` are the units of the manifest.
"""

from __future__ import annotations

from layout_opt.tables import Column, Table, amount, fraction, key, named

MONEY_PER_OUTPUT = "{money}/{output}"
INDUSTRY, REGION, RESOURCE = key("industry", "industries"), key("region", "regions"), key("resource", "resources")
YEAR = Column("year", "integer", low=1000, high=3000, key=True)

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
        fraction("value_added_rate"),
        Column("indivisible", "flag"),
        fraction("relocatable_share"),
        amount("lot", "{output}"),
        amount("project_cost", "{money}"),
        amount("building_cost", MONEY_PER_OUTPUT),
        amount("relocation_cost", MONEY_PER_OUTPUT),
        amount("distance_cost", "{money}/{output}/1000 km"),
        amount("closure_cost", MONEY_PER_OUTPUT),
        Column("local", "flag", optional=True, blank=True),
        Column("max_projects", "integer", low=0, optional=True, blank=True),
    ),
)
STOCK = Table("stock", (INDUSTRY, REGION, amount("output", "{output}")))
DEMAND = Table("demand", (INDUSTRY, YEAR, amount("demand", "{output}")))
RESOURCES = Table("resources", (*named("resource"), Column("unit")))
INTENSITIES = Table(
    "intensities",
    (INDUSTRY, RESOURCE, amount("intensity"), Column("unit"), Column("annual_improvement", "number", low=0, high=0.5, optional=True, blank=True)),
)
EFFICIENCY = Table("efficiency", (REGION, RESOURCE, Column("factor", "number", above=0)))
CELLS = Table(
    "cells",
    (
        INDUSTRY,
        REGION,
        amount("lot", "{output}", optional=True),
        amount("max_project", "{output}", optional=True),
        amount("max_output", "{output}", optional=True),
        fraction("exit_share", optional=True),
        amount("project_cost", "{money}", optional=True),
        amount("building_cost", MONEY_PER_OUTPUT, optional=True),
    ),
)
CELL_INTENSITIES = Table("cell_intensities", (INDUSTRY, REGION, RESOURCE, amount("intensity"), Column("unit")))
CAPACITIES = Table(
    "capacities",
    (RESOURCE, key("place", "regions", "groups"), YEAR, amount("capacity"), Column("unit")),
)
GROUPS = Table("groups", (*named("group"), Column("kind", choices=("plate", "basin", "cluster", "strategy"))))
MEMBERSHIP = Table("membership", (key("group", "groups"), REGION, fraction("share")))
ZONES = Table("zones", named("zone"))
ZONE_SHARES = Table("zone_shares", (REGION, key("zone", "zones"), fraction("share")))
ZONE_RULES = Table(
    "zone_rules", (key("zone", "zones"), INDUSTRY, Column("rule", choices=("ban", "restrict", "encourage")), amount("ratio", optional=True))
)
CORRIDORS = Table("corridors", (key("origin", "regions"), key("destination", "regions"), amount("distance", "km")))
BARRIERS = Table("barriers", (key("origin", "groups"), key("destination", "groups"), amount("barrier")))
SCORES = Table("scores", (INDUSTRY, REGION, Column("score", "number", low=-1, high=1)))

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
