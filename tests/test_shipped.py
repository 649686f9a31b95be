"""Every shipped model on every shipped instance that it fits, against stored plans and bounds (`python -m benchmarks.shipped --update`)."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.shipped import STORED, pairs
from layout_opt.definition import Definition
from layout_opt.instance import Instance
from layout_opt.solving import solve

QUICK = 21.0  # seconds that the stored solve took at most; slower pairs are `long`
ENOUGH = 5e-3  # gap at which a solve may end
ROUNDING = 1e-7
PAIRS = [(instance, definition) for instance, definition in pairs()]


def stored() -> pd.DataFrame:
    return pd.read_csv(STORED).set_index(["instance", "model"])


def test_every_pair_is_stored() -> None:
    """Where this fails, run `python -m benchmarks.shipped --update`."""
    assert set(stored().index) == {(instance.name, definition.name) for instance, definition in PAIRS}
    assert (stored()["violation"] <= 1e-6).all()
    assert (stored()["gap"] <= 0.01).all()


def _pair(instance: Instance, definition: Definition) -> object:
    """A pair as a parameter; one that takes long, or is not stored yet, is marked so."""
    pair = (instance.name, definition.name)
    quick = pair in stored().index and stored().loc[pair, "seconds"] <= QUICK
    return pytest.param(instance, definition, id="-".join(pair), marks=[] if quick else [pytest.mark.long])


@pytest.mark.parametrize(("instance", "definition"), [_pair(*pair) for pair in PAIRS])
def test_a_pair_agrees_with_what_is_stored(instance: Instance, definition: Definition) -> None:
    """The plan is verified; new and stored plans and bounds do not contradict each other."""
    known = stored().loc[(instance.name, definition.name)]
    run = solve(instance, definition, gap=ENOUGH)
    slack = ROUNDING * max(1.0, abs(known["objective"]))
    assert run.has_plan
    assert run.info["violation"] <= 1e-6
    assert run.info["objective"] <= known["bound"] + slack
    assert run.info["bound"] >= known["objective"] - slack
    assert run.info["gap"] <= 0.01
