"""The model against the README of `tiny`, which solves `by-hand.toml` with pencil and paper: its tables are read here, not repeated."""

from __future__ import annotations

import pyomo.environ as pyo
import pytest

from layout_opt.build import build
from layout_opt.definition import Definition
from layout_opt.instance import Instance
from layout_opt.runs import Run
from layout_opt.solving import solve
from tests.conftest import TINY
from tests.plans import altered, lay, objective, slacks

README = (TINY / "README.md").read_text(encoding="utf-8")


def table(*head: str) -> list[list[str]]:
    """Rows of the table of the README with this head, without the code marks."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in README.replace("`", "").splitlines()]
    start = lines.index(list(head)) + 2
    end = next((n for n in range(start, len(lines)) if len(lines[n]) != len(head)), len(lines))
    return lines[start:end]


FIGURES = {name: float(value) for name, value in table("figure", "value")}
ALTERNATIVES = table("plan", "objective", "breaks", "why")


def test_the_readme_is_read() -> None:
    """The page has its tables, and the plan of the alternatives' first row is the plan of the figures."""
    assert FIGURES["optimum"] == 61.525
    assert len(ALTERNATIVES) >= 10
    assert ALTERNATIVES[0][0] == "steel A>B 12.5, cloth A>C 5, cloth +C 10"
    assert float(ALTERNATIVES[0][1]) == FIGURES["optimum"]


def test_the_optimum(hand_run: Run) -> None:
    """Objective and terms."""
    terms = hand_run.tables["objective"].set_index("term")["value"]
    assert hand_run.status == "optimal"
    assert hand_run.info["objective"] == pytest.approx(FIGURES["optimum"], abs=1e-9)
    for term in ("value_added", "relocation_cost", "building_cost", "closure_cost", "shortage"):
        assert terms[term] == pytest.approx(FIGURES[term.replace("_", " ")], abs=1e-9), term


def test_the_plan(hand_run: Run) -> None:
    """These transfers and no others; cloth is built in C and nowhere else; two projects."""
    flows = hand_run.tables["transfers"]
    found = {f"{k} {o}→{d}": v for k, o, d, v in zip(flows["industry"], flows["origin"], flows["destination"], flows["output"], strict=True)}
    assert found == pytest.approx({name: value for name, value in FIGURES.items() if "→" in name})
    layout = hand_run.tables["layout"].set_index(["industry", "region"])
    assert layout["built"].sum() == pytest.approx(layout.loc[("cloth", "C"), "built"])
    assert layout.loc[("cloth", "C"), "built"] == pytest.approx(FIGURES["cloth built in C"])
    assert list(layout.index[layout["project"] > 0]) == [("steel", "B"), ("cloth", "C")]


@pytest.mark.parametrize("region", ["A", "B", "C"])
def test_the_water(hand_run: Run, region: str) -> None:
    """Use of water after the plan."""
    water = hand_run.tables["resources"].set_index(["resource", "region_or_group"]).loc[("water", region)]
    assert water["use_after"] == pytest.approx(FIGURES[f"water in {region}"])


@pytest.mark.parametrize("region", ["A", "B"])
def test_the_price_of_water(tiny: Instance, by_hand: Definition, hand_run: Run, region: str) -> None:
    """The fixed-site dual of the row, and what one more Mm3 really changes."""
    price = FIGURES[f"price of water in {region}"]
    water = hand_run.tables["resources"].set_index(["resource", "region_or_group"]).loc[("water", region)]
    assert water["price"] == pytest.approx(price, abs=1e-9)
    year = {"A": 2030, "B": 2020}[region]
    more = solve(altered(tiny, "capacities", ("water", region, year), capacity=water["capacity"] + 1), by_hand)
    assert more.info["objective"] - hand_run.info["objective"] == pytest.approx(price, abs=1e-9)


@pytest.mark.parametrize(("plan", "stated", "breaks", "why"), ALTERNATIVES)
def test_alternatives(tiny: Instance, by_hand: Definition, plan: str, stated: str, breaks: str, why: str) -> None:
    """Every alternative has the stated objective and breaks exactly the stated rows; one that breaks none is no better than the optimum."""
    built = lay(build(tiny, by_hand), plan)
    broken = set()
    for constraint in built.model.component_objects(pyo.Constraint):
        for row, slack in slacks(constraint).items():
            if slack < -1e-9:
                broken.add(" ".join([*([] if constraint.local_name == "limit" else [constraint.local_name]), *row.split("|")]))
    assert broken == set(breaks.split(", ")) - {"–"}, why
    assert objective(built) == pytest.approx(float(stated), abs=1e-9)
    assert broken or float(stated) <= FIGURES["optimum"]
    assert why
