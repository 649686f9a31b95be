"""The optimum against brute force: every choice of projects tried, each with a linear program built from the core's statement alone.

Nothing of the package's model is used on the other side: the rows below are those of the docstrings of `layout_opt.core`,
`carrying_capacity` and `functional_zone`, put into matrices for scipy.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from layout_opt.definition import Definition
from layout_opt.solving import load_instance, solve
from tests.conftest import define

WEIGHTS = {"value_added": 1.0, "relocation_cost": -0.5, "building_cost": -0.5, "closure_cost": -0.5, "shortage": -2.0}
OWN = ("lot", "max_project", "max_output", "exit_share", "project_cost", "building_cost")  # columns of the table `cells`
RELAXED = ("strictness", "growth", "entry", "round_trips", "demand_margin", "resources", "zones")


@dataclass(frozen=True)
class Industry:
    """A row of the table `industries`, with its stock by region, its demand and its use of water."""

    va: float
    indivisible: bool
    share: float
    lot: float
    project: float
    build: float
    move: float
    haul: float
    close: float
    stock: tuple[float, ...]
    demand: float
    water: float


@dataclass(frozen=True)
class Problem:
    """A small random planning problem: industries, distances in 1000 km, water, a ban on the first industry in a part of the first region.

    `own` are the facts of single cells, `water` their use of water, both by industry and region.
    """

    industries: tuple[Industry, ...]
    km: tuple[tuple[float, ...], ...]
    factor: tuple[float, ...]
    capacity: tuple[float, ...]
    banned: float
    core: dict[str, Any]
    own: dict[tuple[int, int], dict[str, float]] = field(default_factory=dict)
    water: dict[tuple[int, int], float] = field(default_factory=dict)

    @property
    def regions(self) -> range:
        return range(len(self.km))

    def fact(self, k: int, r: int, column: str, otherwise: float) -> float:
        return self.own.get((k, r), {}).get(column, otherwise)


def pick(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


@st.composite
def industries(draw: st.DrawFn, regions: int) -> Industry:
    """Divisible (three of four) with stock anywhere, or indivisible with stock in one region."""
    indivisible = draw(pick(False, False, False, True))
    stock = [float(draw(st.integers(0, 60))) for _ in range(regions)]
    if indivisible or not any(stock):
        host = draw(st.integers(0, regions - 1))
        stock = [20.0 * (r == host) for r in range(regions)]
    return Industry(
        va=draw(pick(0.1, 0.25, 0.4)),
        indivisible=indivisible,
        share=draw(pick(0.0, 1.0) if indivisible else pick(0.0, 0.3, 0.5, 1.0)),
        lot=draw(pick(0.0, 5.0, 12.0, 30.0)),
        project=draw(pick(0.0, 1.0, 4.0)),
        build=draw(pick(0.1, 0.3, 1.0)),
        move=draw(pick(0.05, 0.2, 0.5)),
        haul=draw(pick(0.0, 0.1)),
        close=draw(pick(0.0, 0.1, 0.4)),
        stock=tuple(stock),
        demand=float(draw(st.integers(5, 110))),
        water=draw(pick(0.0, 0.5, 1.0)),
    )


@st.composite
def owns(draw: st.DrawFn, indivisible: bool) -> dict[str, float]:
    """Facts of a cell that go together: a largest project needs a lot, and what has to go may go."""
    ways = [{"lot": 8.0}, {"lot": 0.0}, {"exit_share": 0.3}, {"exit_share": 0.0}, {"max_output": 20.0}, {"max_output": 0.0}]
    ways += [] if indivisible else [{"lot": 8.0, "max_project": 14.0}, {"lot": 20.0, "max_project": 0.0}]
    return {**draw(st.sampled_from(ways)), **draw(pick({}, {"project_cost": 0.5}, {"building_cost": 0.05}))}


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Two or three regions and one or two industries; up to two cells have facts of their own."""
    regions = draw(pick(2, 3))
    km = np.triu([[draw(pick(0.5, 1.0, 2.0)) for _ in range(regions)] for _ in range(regions)], 1)
    drawn = tuple(draw(industries(regions)) for _ in range(draw(pick(1, 2, 2))))
    cells = draw(st.lists(st.sampled_from(list(product(range(len(drawn)), range(regions)))), max_size=2, unique=True))
    return Problem(
        industries=drawn,
        km=tuple(map(tuple, (km + km.T).tolist())),
        factor=tuple(draw(pick(0.8, 1.0, 1.5)) for _ in range(regions)),
        capacity=tuple(float(draw(st.integers(10, 90))) for _ in range(regions)),
        banned=draw(pick(0.0, 0.1, 0.5, 1.0)),
        core={
            "growth": draw(pick(None, 1.0, 1.5)),
            "entry": draw(pick(0.0, 0.3)),
            "demand_margin": draw(pick(0.0, 0.1)),
            "round_trips": draw(pick(False, False, True)),
        },
        own={kr: draw(owns(drawn[kr[0]].indivisible)) for kr in cells},
        water={kr: draw(pick(0.0, 0.7)) for kr in cells if draw(st.booleans())},
    )


# --- as files ----------------------------------------------------------------------------------------------------------------------------


def write(problem: Problem, folder: Path) -> None:
    """The problem as an instance: a manifest and CSV files."""
    K, R = range(len(problem.industries)), problem.regions
    tables = {
        "regions": ["region,name_en,name_zh,plate,longitude,latitude", *(f"r{r},R{r},区{r},P,{100 + r},30" for r in R)],
        "industries": [
            "industry,name_en,name_zh,value_added_rate,indivisible,relocatable_share,lot,project_cost,building_cost,relocation_cost,"
            "distance_cost,closure_cost",
            *(
                f"k{k},K{k},业{k},{f.va},{'yes' if f.indivisible else 'no'},{f.share},{f.lot},{f.project},{f.build},{f.move},{f.haul},{f.close}"
                for k, f in enumerate(problem.industries)
            ),
        ],
        "stock": ["industry,region,output", *(f"k{k},r{r},{problem.industries[k].stock[r]}" for k in K for r in R)],
        "demand": ["industry,year,demand", *(f"k{k},2030,{problem.industries[k].demand}" for k in K)],
        "resources": ["resource,name_en,name_zh,unit", "water,Water,水,m3"],
        "intensities": ["industry,resource,intensity,unit", *(f"k{k},water,{problem.industries[k].water},m3/t" for k in K)],
        "efficiency": ["region,resource,factor", *(f"r{r},water,{problem.factor[r]}" for r in R)],
        "capacities": ["resource,place,year,capacity,unit", *(f"water,r{r},2020,{problem.capacity[r]},m3" for r in R)],
        "corridors": ["origin,destination,distance", *(f"r{o},r{d},{1000 * problem.km[o][d]}" for o in R for d in R if o != d)],
        "zones": ["zone,name_en,name_zh", "core,Core,核心区"],
        "zone_shares": ["region,zone,share", f"r0,core,{problem.banned}"],
        "zone_rules": ["zone,industry,rule,ratio", "core,k0,ban,"],
    }
    if problem.own:
        tables["cells"] = [f"industry,region,{','.join(OWN)}"]
        tables["cells"] += [f"k{k},r{r}," + ",".join(str(facts.get(column, "")) for column in OWN) for (k, r), facts in problem.own.items()]
    if problem.water:
        tables["cell_intensities"] = ["industry,region,resource,intensity,unit"]
        tables["cell_intensities"] += [f"k{k},r{r},water,{use},m3/t" for (k, r), use in problem.water.items()]
    units = {
        "industries": 'lot = "t", project_cost = "Y", building_cost = "Y/t", relocation_cost = "Y/t", distance_cost = "Y/t/1000 km", '
        'closure_cost = "Y/t"',
        "cells": 'lot = "t", max_project = "t", max_output = "t", project_cost = "Y", building_cost = "Y/t"',
        "stock": 'output = "t"',
        "demand": 'demand = "t"',
        "corridors": 'distance = "km"',
    }
    manifest = ['format = 1\nname = "random"\ntitle = { en = "R", zh = "随机" }\nbase_year = 2020\nperiods = [2030]\nmoney = "Y"\noutput = "t"\n']
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        stated = f"units = {{ {units[name]} }}\n" if name in units else ""
        manifest.append(f'[tables.{name}]\nfile = "{name}.csv"\nsource = "random"\nyear = 2020\nlicence = "MIT"\n{stated}')
    (folder / "instance.toml").write_text("\n".join(manifest), encoding="utf-8")


def definition(problem: Problem, relaxed: str | None = None) -> Definition:
    """The model of the problem, with one of its limits relaxed."""
    policies: dict[str, dict[str, Any]] = {"resources": {"family": "carrying_capacity"}}
    if problem.banned:
        policies["zones"] = {"family": "functional_zone"}
    core = dict(problem.core)
    match relaxed:
        case "strictness":
            policies["resources"]["strictness"] = 1.3
        case "growth":
            core["growth"] = None
        case "entry":
            core["entry"] = 0.6
        case "round_trips":
            core["round_trips"] = True
        case "demand_margin":
            core["demand_margin"] = 0.3
        case str():
            policies.pop(relaxed, None)
    return define(objective=WEIGHTS, core=core, policies=policies)


# --- as linear programs ------------------------------------------------------------------------------------------------------------------


class Rows:
    """Rows of a linear program over named columns."""

    def __init__(self, columns: list[tuple[Any, ...]]) -> None:
        self.at = {column: n for n, column in enumerate(columns)}
        self.equal: list[tuple[np.ndarray, float]] = []
        self.most: list[tuple[np.ndarray, float]] = []

    def _row(self, terms: dict[tuple[Any, ...], float]) -> np.ndarray:
        row = np.zeros(len(self.at))
        for column, coefficient in terms.items():
            row[self.at[column]] += coefficient
        return row

    def equals(self, terms: dict[tuple[Any, ...], float], bound: float) -> None:
        self.equal.append((self._row(terms), bound))

    def at_most(self, terms: dict[tuple[Any, ...], float], bound: float) -> None:
        self.most.append((self._row(terms), bound))


def top(problem: Problem, k: int, r: int) -> float:
    """Highest output of a cell."""
    f, core = problem.industries[k], problem.core
    most = f.demand * (1 + core["demand_margin"])
    if core["growth"] is not None and not f.indivisible:
        most = min(most, max(core["growth"] * f.stock[r] * f.demand / sum(f.stock), core["entry"] * f.demand))
    return min(max(most, f.stock[r]), problem.fact(k, r, "max_output", math.inf))


def lot(problem: Problem, k: int, r: int) -> float:
    """Smallest project of a cell; 0 where the industry is indivisible and has none."""
    return 0.0 if problem.industries[k].indivisible else problem.fact(k, r, "lot", problem.industries[k].lot)


def program(problem: Problem) -> tuple[Rows, np.ndarray]:
    """Rows and objective of the statement, with w among the columns."""
    R, K = problem.regions, range(len(problem.industries))
    cells, arcs = list(product(K, R)), [(k, o, d) for k in K for o in R for d in R if o != d]
    columns = [(v, *kr) for v in ("x", "out", "into", "new", "closed", "w") for kr in cells] + [("f", *a) for a in arcs] + [("short", k) for k in K]
    rows, worth = Rows(columns), dict.fromkeys(columns, 0.0)
    for k, r in cells:
        f = problem.industries[k]
        S, D, least, x, w = f.stock[r], f.demand, lot(problem, k, r), ("x", k, r), ("w", k, r)
        out, into, new, closed = ((name, k, r) for name in ("out", "into", "new", "closed"))
        banned = problem.banned if (k, r) == (0, 0) else 0.0
        leaves, highest = banned * S if banned >= 0.25 else 0.0, top(problem, k, r)
        rows.equals({x: 1, out: 1, closed: 1, into: -1, new: -1}, S)
        rows.equals({out: 1, **{("f", k, r, d): -1 for d in R if d != r}}, 0)
        rows.equals({into: 1, **{("f", k, o, r): -1 for o in R if o != r}}, 0)
        rows.at_most({out: 1, closed: 1}, problem.fact(k, r, "exit_share", 1.0) * S)
        rows.at_most({out: 1}, f.share * S)
        rows.at_most({x: 1}, highest)
        if least:
            forced = max(leaves, S - highest)
            room = min(highest if problem.core["round_trips"] else highest - S + forced, problem.fact(k, r, "max_project", math.inf))
            rows.at_most({w: least, into: -1, new: -1}, 0)
            rows.at_most({into: 1, new: 1, w: -room}, 0)
            if not problem.core["round_trips"]:
                rows.at_most({out: 1, closed: 1, w: S - forced}, S)
        if f.indivisible:
            rows.equals({x: 1, w: -D}, 0)
        if banned:
            rows.at_most({x: 1}, 2.5 * (1 - banned) * max(S * D / sum(f.stock), S, problem.fact(k, r, "lot", f.lot)))
        if leaves:
            rows.at_most({out: -1, closed: -1}, -leaves)
            rows.at_most({into: 1}, 0)
        worth[x], worth[new], worth[closed] = f.va, -0.5 * problem.fact(k, r, "building_cost", f.build), -0.5 * f.close
        worth[w] = -0.5 * problem.fact(k, r, "project_cost", f.project) if least or (f.indivisible and S == 0) else 0.0
    for k, o, d in arcs:
        worth["f", k, o, d] = -0.5 * (problem.industries[k].move + problem.industries[k].haul * problem.km[o][d])
    for k in K:
        made: dict[tuple[Any, ...], float] = {("x", k, r): 1.0 for r in R} | {("short", k): 1.0}
        rows.at_most(dict.fromkeys(made, -1.0), -problem.industries[k].demand)
        rows.at_most(made, problem.industries[k].demand * (1 + problem.core["demand_margin"]))
        worth["short", k] = -2.0
    for r in R:
        rows.at_most({("x", k, r): problem.water.get((k, r), problem.industries[k].water * problem.factor[r]) for k in K}, problem.capacity[r])
    return rows, np.array(list(worth.values()))


def choices(problem: Problem) -> Iterator[dict[tuple[Any, ...], int]]:
    """Every assignment of w; 0 where the statement has none."""
    cells = [("w", k, r) for k in range(len(problem.industries)) for r in problem.regions]
    free = [c for c in cells if lot(problem, c[1], c[2]) > 0 or problem.industries[c[1]].indivisible]
    for values in product((0, 1), repeat=len(free)):
        yield {**dict.fromkeys(cells, 0), **dict(zip(free, values, strict=True))}


def brute_force(problem: Problem) -> float:
    """The best objective over all choices of projects; minus infinity where none has a plan."""
    rows, worth = program(problem)
    A, b = np.array([row for row, _ in rows.most]), [bound for _, bound in rows.most]
    E, e = np.array([row for row, _ in rows.equal]), [bound for _, bound in rows.equal]
    best = -math.inf
    for choice in choices(problem):
        bounds = [(choice[c], choice[c]) if c in choice else (0, None) for c in rows.at]
        found = linprog(-worth, A_ub=A, b_ub=b, A_eq=E, b_eq=e, bounds=bounds, method="highs")
        assert found.status in (0, 2), found.message
        if found.status == 0:
            best = max(best, -found.fun)
    return best


@settings(max_examples=25, derandomize=True, deadline=None, database=None, phases=(Phase.generate, Phase.shrink))
@given(problem=problems(), relaxed=pick(*RELAXED))
def test_the_optimum_is_that_of_brute_force(problem: Problem, relaxed: str) -> None:
    """The solved optimum equals the best of all choices of projects, the plan passes verification, and a relaxed limit never makes it worse."""
    with tempfile.TemporaryDirectory() as folder:
        write(problem, Path(folder))
        instance = load_instance(folder)
    run, best = solve(instance, definition(problem)), brute_force(problem)
    event(run.status)
    if best == -math.inf:
        assert run.status == "infeasible"
        return
    assert run.status == "optimal"
    assert run.info["objective"] == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert run.verify().passed
    easier = solve(instance, definition(problem, relaxed))
    assert easier.status == "optimal"
    assert easier.info["objective"] >= run.info["objective"] - 1e-6 * max(1.0, abs(best))
