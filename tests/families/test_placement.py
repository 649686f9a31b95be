"""The family placement: plans, terms, faults, and optima worked out by hand."""

from __future__ import annotations

from tests.cases import Family, Row, Told, Wrong

FAMILY = Family(
    rows=(
        Row({"industry": "cloth", "region": "C", "min_output": 40}, "min_output", "cloth +C 10", "cloth +C 9", -1.0),
        Row({"industry": "steel", "region": "A", "max_output": 50}, "max_output", "steel A>B 10", "steel A>B 8", -2.0),
    ),
    told=(
        Told({"industry": "cloth", "region": "C", "min_output": 40}, "cloth A>C 5, cloth +C 10", "before", "cloth|C", 30.0),
        Told({"industry": "cloth", "region": "C", "min_output": 40}, "cloth A>C 5, cloth +C 10", "after", "cloth|C", 45.0),
        Told({"industry": "steel", "region": "C", "max_output": 5}, "", "before", "steel|C", 0.0),
    ),
    faults=(
        Wrong({"industry": "silk", "region": "A", "min_output": 1}, "industry", "no such industry"),
        Wrong({"industry": "steel", "region": "Z", "min_output": 1}, "region", "no such region"),
        Wrong({"industry": "steel", "region": "A"}, "policies.p", "states no bound"),
        Wrong({"industry": "steel", "region": "A", "max_output": -1}, "max_output", "greater than or equal to 0"),
    ),
    random=({"industry": "cloth", "region": "C", "min_output": 35, "max_output": 60},),
    soft={"industry": "steel", "region": "A", "max_output": 55},
)
