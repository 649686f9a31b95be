"""The engine for models that place whole industries: its parts against enumeration, and the whole against all placements of tiny models."""

from __future__ import annotations

import itertools
import math
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from benchmarks import carried
from benchmarks.published import Assignment
from layout_opt.build import Built, build
from layout_opt.solver import placing
from layout_opt.solver.compiled import compile_built
from layout_opt.solver.direct import solve_direct
from layout_opt.solver.places import Best, Places, Problem
from layout_opt.solver.placing_bound import ascend
from layout_opt.solver.placing_model import recognise
from layout_opt.solver.placing_parts import solve as solve_program
from layout_opt.solver.placing_prices import price
from layout_opt.solver.placing_search import State, greedy, search
from layout_opt.solver.placing_starts import improve, staged
from layout_opt.solver.proving import prove
from layout_opt.solving import load_instance, solve
from tests.conftest import TINY, define

LIGHT = settings(max_examples=25, derandomize=True, deadline=None, database=None, phases=(Phase.generate, Phase.shrink))
SLOW = settings(LIGHT, max_examples=12)
EXACT = 1e-9
pick_sweeps = st.sampled_from([(1, 1, 0), (1, 2, 1), (20, 4, 2)])  # few sweeps: weak bounds and many nodes


@st.composite
def problems(draw: st.DrawFn, square: bool = False, linked: bool | None = None) -> Assignment:
    """Up to five industries in up to four regions; `square`: each region takes one."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    n = draw(st.integers(4, 6) if square else st.integers(2, 5))
    m = min(n + draw(st.integers(0, 1)), 6) if square else draw(st.integers(1, 4))
    whole = draw(st.booleans())

    def figures(*shape: int, high: int = 9) -> np.ndarray:
        made: np.ndarray = rng.integers(0, high, shape).astype(float)
        return made if whole else made + np.round(rng.random(shape), 3)

    linkage, distance = figures(n, n, high=4) * (rng.random((n, n)) < 0.6), figures(m, m)
    np.fill_diagonal(linkage, 0.0)
    np.fill_diagonal(distance, 0.0)
    if draw(st.booleans()):
        distance = distance + distance.T
    has = draw(st.booleans()) if linked is None else linked
    has = has and bool(linkage.any()) and bool(distance.any())
    use = np.ones((n, m)) if square else rng.integers(1, 5, (n, m)).astype(float)
    limited = square or draw(st.booleans())
    return Assignment(
        cost=figures(n, m),
        use=use if limited else None,
        capacity=(np.ones(m) if square else rng.integers(3, 12, m).astype(float)) if limited else None,
        opening=figures(m) if not square and draw(st.booleans()) else None,
        linkage=linkage if has else None,
        distance=distance if has else None,
    )


def optimum(problem: Assignment) -> float:
    """The best of all placements; infinite where none fits."""
    n, m = problem.cost.shape
    places = (np.array(place) for place in itertools.product(range(m), repeat=n))
    return min((problem.value(place) for place in places if problem.excess(place) <= EXACT), default=math.inf)


def homeless(problem: Assignment) -> bool:
    """Whether an industry fits into no region."""
    return problem.use is not None and problem.capacity is not None and bool((problem.use > problem.capacity).all(axis=1).any())


def model(problem: Assignment) -> Built:
    """The problem as a built model."""
    with tempfile.TemporaryDirectory() as folder:
        return build(load_instance(carried.write(problem, Path(folder) / "random")), carried.definition(problem))


def places_of(problem: Assignment) -> Places:
    built = model(problem)
    found = recognise(built, compile_built(built))
    assert found is not None
    return found


# --- what is recognised ------------------------------------------------------------------------------------------------------------------


@LIGHT
@given(problem=problems())
def test_the_arrays_say_what_the_problem_says(problem: Assignment) -> None:
    """Value and fit of every placement are those of the problem that was written; where an industry cannot stand, it does not fit."""
    n, m = problem.cost.shape
    if homeless(problem):
        built = model(problem)
        assert recognise(built, compile_built(built)) is None
        return
    p = places_of(problem).problem
    for place in map(np.array, itertools.product(range(m), repeat=n)):
        fits = problem.excess(place) <= EXACT
        assert (p.excess(place) <= EXACT) == fits
        if fits:
            assert p.value(place) == pytest.approx(problem.value(place))


def test_other_models_are_not_recognised() -> None:
    """Stock, industries that can be divided and rows of another kind are left to other engines."""
    tiny = build(load_instance(TINY), define())
    assert recognise(tiny, compile_built(tiny)) is None
    assert placing.solve(tiny) is None
    rng = np.random.default_rng(0)
    divisible = model(Assignment(cost=rng.random((3, 2)), use=np.ones((3, 2)), capacity=np.full(2, 2.0), opening=np.ones(2), divisible=True))
    assert placing.solve(divisible) is None
    few = model(Assignment(cost=rng.random((3, 3)), opening=np.ones(3), open_exactly=2))
    assert placing.solve(few) is None


# --- the parts ---------------------------------------------------------------------------------------------------------------------------


@LIGHT
@given(problem=problems(), seed=st.integers(0, 100))
def test_the_changes_of_moves_are_right(problem: Assignment, seed: int) -> None:
    """Every shift and every swap changes value and excess by what the state says, before moves and after."""
    if homeless(problem):
        return
    p, rng = places_of(problem).problem, np.random.default_rng(seed)
    n, m = p.cost.shape
    state = State(p, rng.integers(m, size=n))
    for _ in range(3):
        place = state.place.copy()
        for change, more, moved in _moves(state):
            assert p.value(moved) - p.value(place) == pytest.approx(change)
            assert p.excess(moved) - p.excess(place) == pytest.approx(more)
        k = int(rng.integers(n))
        state.move(k, (int(state.place[k]) + 1) % m) if m > 1 else None
        assert state.value == pytest.approx(p.value(state.place))


def _moves(state: State) -> list[tuple[float, float, np.ndarray]]:
    """Every shift and swap: change of value, of excess, and the placement after it."""
    (n, m), found = state.p.cost.shape, []
    change, more = state.shifts()
    for k, s in itertools.product(range(n), range(m)):
        moved = state.place.copy()
        moved[k] = s
        found.append((change[k, s], more[k, s], moved)) if s != state.place[k] else None
    change, more = state.swaps()
    for k, j in itertools.combinations(range(n), 2):
        moved = state.place.copy()
        moved[[k, j]] = moved[[j, k]]
        found.append((change[k, j], more[k, j], moved)) if state.place[k] != state.place[j] else None
    return found


def test_prices_bound_far_better_than_the_linear_relaxation() -> None:
    """Few industries to a region, of uses that leave room over: half of what the linear relaxation misses, by exact sets."""
    rng = np.random.default_rng(7)
    use = rng.integers(5, 25, (20, 4)).astype(float)
    problem = Assignment(cost=111.0 - use + rng.integers(-10, 11, use.shape), use=use, capacity=0.8 * use.sum(axis=0) / 4)
    p = places_of(problem).problem
    relaxed, exact = solve_program(p, 10.0, whole=False), solve_program(p, 30.0)
    assert relaxed is not None
    assert exact is not None
    found = Best(exact.place, p.value(exact.place))
    price(p, found, 5.0)
    assert (relaxed.bound + found.value) / 2 < found.bound <= found.value + 1e-6


@LIGHT
@given(problem=problems())
def test_plans_fit_and_bounds_hold(problem: Assignment) -> None:
    """Search, stages and sub-MIPs give plans with their value, none below the optimum; dual ascent and prices give bounds that are not above it."""
    best = optimum(problem)
    if not math.isfinite(best):
        return
    p = places_of(problem).problem
    found = Best(greedy(p))
    search(p, found, 5.0, stale=0.02)
    assert found.value == pytest.approx(best)
    ascend(p, found, 1.0)
    assert found.bound <= best + 1e-6
    if not p.linked:
        priced = Best(found.place, found.value)
        price(p, priced, 1.0)
        assert priced.bound <= best + 1e-6
        for work in (staged, improve):
            start = found.place if work is improve else greedy(p)
            again = Best(start, p.value(start) if work is improve else math.inf)
            work(p, again, 0.3)
            if math.isfinite(again.value):
                assert p.excess(again.place) <= EXACT
                assert again.value == pytest.approx(p.value(again.place))
                assert again.value >= best - 1e-6
        answer = solve_program(p, 10.0)
        assert answer is not None
        assert p.value(answer.place) == pytest.approx(best)
        assert answer.bound == pytest.approx(best, abs=1e-5)


@LIGHT
@given(problem=problems(square=True, linked=True), seed=st.integers(0, 100), gap=st.sampled_from([0.0, 0.02]), sweeps=pick_sweeps)
def test_branch_and_bound_proves_the_optimum(problem: Assignment, seed: int, gap: float, sweeps: tuple[int, int, int]) -> None:
    """From any plan, with symmetric and asymmetric matrices and any mix of sweeps, the bound ends within the gap below the optimum."""
    if problem.linkage is None or problem.distance is None:
        return
    n, m = problem.cost.shape
    whole = Problem(problem.cost, np.ones((1, n, m)), np.ones((1, m)), np.zeros(m), np.ones((n, m), dtype=bool), problem.linkage, problem.distance)
    p, values = whole.square(), [problem.value(np.array(place)) for place in itertools.permutations(range(m), n)]
    assert p is not None
    start = np.random.default_rng(seed).permutation(m)
    best = Best(start, p.value(start))
    prove(p, best, 20.0, gap, sweeps)
    slack = gap * min(values) + 1e-6
    assert min(values) - 1e-6 <= best.value <= min(values) + slack
    assert best.value - slack <= best.bound <= min(values) + 1e-6
    assert best.value == pytest.approx(problem.value(best.place[:n]))


def test_symmetric_problems_are_proved_with_few_nodes() -> None:
    """Eight regions on a circle and industries that all deliver alike: one branch each is enough."""
    around = np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
    distance = np.minimum(around, 8 - around).astype(float)
    linkage = np.ones((8, 8)) - np.eye(8)
    p = Problem(np.zeros((8, 8)), np.zeros((0, 8, 8)), np.zeros((0, 8)), np.zeros(8), np.ones((8, 8), dtype=bool), linkage, distance)
    best = Best(np.arange(8), p.value(np.arange(8)))
    nodes = prove(p, best, 20.0)
    assert best.value == best.bound == distance.sum()
    assert nodes <= 8


# --- the whole ---------------------------------------------------------------------------------------------------------------------------


@SLOW
@given(problem=st.one_of(problems(), problems(square=True)), limit=st.sampled_from([None, 4.0]))
def test_the_engine_proves_the_optimum(problem: Assignment, limit: float | None) -> None:
    """Objective and bound are the best of all placements and those of HiGHS alone; the plan stands in the model."""
    built, best = model(problem), optimum(problem)
    found = placing.solve(built, gap=0.0, time_limit=limit)
    alone = solve_direct(model(problem), gap=0.0)
    if found is None:
        assert not math.isfinite(best)
        return
    assert found.engine == "placing"
    assert found.status == "optimal"
    assert found.objective == pytest.approx(alone.objective, rel=1e-6, abs=1e-6)
    assert found.bound == pytest.approx(alone.objective, rel=1e-6, abs=1e-6)
    if math.isfinite(best):
        assert found.objective == pytest.approx(-best, rel=1e-6, abs=1e-6)
    made = sum(x.value for x in built.periods[0].b.x.values())
    assert made == pytest.approx(len(problem.cost) - sum(short.value for short in built.periods[0].b.short.values()))


@SLOW
@given(problem=problems(), charge=st.sampled_from([0.5, 5.0, 20.0]))
def test_leaving_an_industry_out_may_pay(problem: Assignment, charge: float) -> None:
    """With a low charge on unmet demand the engine's bound still holds for plans that leave industries out."""
    with tempfile.TemporaryDirectory() as folder:
        instance = load_instance(carried.write(problem, Path(folder) / "random"))
    cheap = carried.definition(problem)
    cheap = cheap.model_copy(update={"objective": cheap.objective.model_copy(update={"shortage": -charge})})
    alone, found = solve_direct(build(instance, cheap), gap=0.0), placing.solve(build(instance, cheap), gap=0.0, time_limit=5.0)
    if found is not None:
        assert found.objective == pytest.approx(alone.objective, rel=1e-6, abs=1e-6)
        assert found.bound == pytest.approx(alone.objective, rel=1e-6, abs=1e-6)


def test_plans_are_verified_like_any_other() -> None:
    """A run through the package passes its check; the linkage is what the published objective counts."""
    rng = np.random.default_rng(3)
    flow = rng.integers(0, 4, (4, 4)).astype(float)
    np.fill_diagonal(flow, 0.0)
    km = rng.integers(1, 9, (4, 4)).astype(float)
    np.fill_diagonal(km, 0.0)
    problem = Assignment(cost=rng.random((4, 4)), use=np.ones((4, 4)), capacity=np.ones(4), linkage=flow, distance=km)
    with tempfile.TemporaryDirectory() as folder:
        run = solve(load_instance(carried.write(problem, Path(folder) / "random")), carried.definition(problem), gap=EXACT)
    assert run.status == "optimal"
    assert run.verify().passed
    assert -run.info["objective"] == pytest.approx(optimum(problem), rel=1e-6)


def test_an_interrupt_keeps_the_best_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked to stop at once, the engine says so, with the plan that it has, or without one."""
    stop = threading.Event()
    stop.set()
    monkeypatch.setattr(placing, "interruptible", lambda work: (work(stop), True))
    roomy = Assignment(cost=np.arange(6.0).reshape(3, 2), use=np.ones((3, 2)), capacity=np.full(2, 3.0))
    found = placing.solve(model(roomy))
    assert found is not None
    assert found.interrupted
    assert found.objective == pytest.approx(-6.0)
    assert -6.0 <= (found.bound or -math.inf) <= 0.0
    full = Assignment(cost=np.ones((3, 2)), use=np.array([[2.0, 2], [2, 2], [1, 1]]), capacity=np.array([2.0, 2.0]))
    lost = placing.solve(model(full))
    assert lost is not None
    assert lost.interrupted
    assert lost.status == "no_plan"
