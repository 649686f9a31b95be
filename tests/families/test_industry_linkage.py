"""The family industry_linkage: plans, terms, faults, and optima worked out by hand."""

from __future__ import annotations

import pandas as pd

from layout_opt.instance import Instance
from tests.cases import Family, Row, Term, Told, Wrong, without
from tests.plans import altered, with_table


def linked(instance: Instance) -> Instance:
    """A change of an instance: all industries stand whole, steel (100 of water) in A, cloth (55) in B, the laboratory in A, and are linked."""
    stock = pd.DataFrame({"industry": ["steel", "cloth", "lab"], "region": ["A", "B", "A"], "output": [100.0, 110.0, 10.0]})
    flows = pd.DataFrame({"industry": ["steel", "cloth", "steel"], "partner": ["cloth", "steel", "lab"], "flow": [2.0, 1.0, 4.0]})
    caps = pd.DataFrame({"resource": "water", "place": ["A", "B", "C"], "year": 2020, "capacity": [150.0, 155.0, 300.0], "unit": "Mm3"})
    for table, frame in (("stock", stock), ("linkages", flows), ("capacities", caps)):
        instance = with_table(instance, table, frame)
    for industry in ("steel", "cloth"):
        instance = altered(instance, "industries", industry, indivisible=True, relocatable_share=1.0)
    return instance


FAMILY = Family(
    rows=(
        # Steel uses 1 and cloth 0.5 of water a unit; A has 150, B 155.
        Row({"resource": "water"}, "A", "cloth B>A 100", "cloth B>A 102", -1.0),
        Row({"resource": "water"}, "B", "steel A>B 100", "steel A>B 101", -1.0),
    ),
    terms=(
        # Steel and cloth deliver 3 to each other between A and B, steel 4 to the laboratory beside it.
        Term({}, "", 3.0),
        Term({"weight": -0.2}, "steel A>B 100", 4.0),
        Term({"resource": "water"}, "cloth B>C 110", 6.0),
        Term({}, "cloth -B 110", 0.0),
    ),
    told=(
        Told({"weight": -2.0}, "", "linkage_cost", "steel|cloth", 6.0),
        Told({}, "steel A>B 100", "linkage_cost", "steel|lab", 4.0),
        Told({}, "steel A>B 100", "linkage_cost", "steel|cloth", 0.0),
    ),
    faults=(
        Wrong({"weight": 0}, "weight", "less than 0"),
        Wrong({"resource": "land"}, "resource", "no such resource with capacities of regions"),
        Wrong({}, "policies.p", "can be divided", lambda i: altered(i, "industries", "cloth", indivisible=False)),
        Wrong({}, "policies.p", "with itself", lambda i: altered(i, "linkages", ("lab", "lab"), flow=1.0)),
        Wrong({}, "policies.p", "lacks", without("linkages")),
    ),
    random=({"resource": "water"}, {"weight": -0.1}),
    soft={"resource": "water", "weight": -5.0},  # cloth moves to A
    facts=linked,
    plans=("", "steel A>B 100", "steel A>C 100, cloth B>C 110", "cloth -B 110", "lab A>C 10, steel A>C 100", "lab A>B 10"),
)
