"""Every shipped model on every shipped instance that it fits, against stored plans and bounds (`python -m benchmarks.shipped --update`)."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.shipped import STORED, pairs
from layout_opt.policies import families
from layout_opt.solving import solve

QUICK = 21.0  # seconds that the stored solve took at most; slower pairs are `long`
ENOUGH = 1e-2  # gap at which a solve may end
ROUNDING = 1e-7
TABLE = pd.read_csv(STORED).set_index(["instance", "model"])
KNOWN = [
    pytest.param(instance, model, id=f"{instance}-{model}", marks=[] if row["seconds"] <= QUICK else [pytest.mark.long])
    for (instance, model), row in TABLE.iterrows()
]


def test_every_pair_is_stored() -> None:
    """Every family stands in one. Where a pair is missing, run `python -m benchmarks.shipped --update`."""
    found = list(pairs())
    assert set(TABLE.index) == {(instance.name, definition.name) for instance, definition in found}
    assert {entry.family for _, definition in found for entry in definition.policies.values()} == set(families())
    assert (TABLE["violation"] <= 1e-6).all()
    assert (TABLE["gap"] <= ENOUGH).all()


@pytest.mark.parametrize(("instance", "model"), KNOWN)
def test_a_pair_agrees_with_what_is_stored(instance: str, model: str) -> None:
    """The plan is verified; new and stored plans and bounds do not contradict each other."""
    known = TABLE.loc[(instance, model)]
    run = solve(instance, model, gap=ENOUGH)
    slack = ROUNDING * max(1.0, abs(known["objective"]))
    assert run.has_plan
    assert run.info["violation"] <= 1e-6
    assert run.info["objective"] <= known["bound"] + slack
    assert run.info["bound"] >= known["objective"] - slack
    assert run.info["gap"] <= ENOUGH
