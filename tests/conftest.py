"""Shared pieces: the hand-solvable instance, its solved runs, and places that tests read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from layout_opt.definition import Definition, definition_from, load_definition
from layout_opt.instance import Instance
from layout_opt.runs import Run
from layout_opt.solving import load_instance, solve

ROOT = Path(__file__).resolve().parent.parent
TINY = ROOT / "instances" / "tiny"
QUESTION = {"en": "?", "zh": "？"}


@pytest.fixture(scope="session")
def tiny() -> Instance:
    """The hand-solvable instance."""
    return load_instance(TINY)


@pytest.fixture
def tiny_copy(tmp_path: Path) -> Path:
    """A copy of the hand-solvable instance to change."""
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


@pytest.fixture(scope="session")
def by_hand() -> Definition:
    """The definition that the README of `tiny` solves by hand."""
    return load_definition(TINY / "by-hand.toml")


@pytest.fixture(scope="session")
def hand_run(tiny: Instance, by_hand: Definition) -> Run:
    """The run of that definition."""
    return solve(tiny, by_hand)


def define(**parts: object) -> Definition:
    """A definition from the keys of a model file."""
    return definition_from({"question": QUESTION, **parts}, "test")
