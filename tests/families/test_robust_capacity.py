"""The family robust_capacity: plans, outcomes, faults, an optimum worked out by hand, and every worst case within the budget."""

from __future__ import annotations

import dataclasses
import itertools

import pyomo.environ as pyo
import pytest

from layout_opt.core import Period
from layout_opt.instance import Instance
from layout_opt.policies import policies_of
from layout_opt.policies.robust_capacity import RobustCapacity
from layout_opt.solving import solve
from tests.cases import FREE, Family, Row, Told, Wrong, having, optimum, stated, without
from tests.conftest import define

DEVIATIONS = having(deviations={"industry": ["cloth"], "resource": ["water"], "deviation": [0.4]})
QUARTER = {"deviation": 0.25}
EXACT = 1e-9  # gap of the solves that are compared


def least(period: Period, policy: RobustCapacity) -> None:
    """The smallest protection of a plan: z is 0 or one of the extras, which the rows `protects` show while z and q are 0."""
    z, q, protects = (period.b.component(f"{policy.label}_{name}") for name in ("z", "q", "protects"))
    extras = {ipk: float(pyo.value(row.body)) for ipk, row in protects.items()}
    for ip, threshold in z.items():
        own = [extra for ipk, extra in extras.items() if ipk[:2] == ip]
        reserves = {level: policy.gamma * level + sum(max(extra - level, 0.0) for extra in own) for level in (0.0, *own)}
        threshold.set_value(min(reserves, key=lambda level: reserves[level]))
    for ipk, part in q.items():
        part.set_value(max(extras[ipk] - z[ipk[:2]].value, 0.0))


FAMILY = Family(
    facts=DEVIATIONS,
    own=least,
    rows=(
        # A, 70 Mm3: steel 35 and cloth 25; the cloth may use 0.4 * 25 more, the steel 0.25 * 35: the larger of the two counts.
        Row(QUARTER, "water|A", "steel A>B 25", "steel A>B 20", -5.0),
        # B, 66 Mm3: steel 40 + 1.6 and cloth 10 both deviate: 1.25 * 41.6 + 1.4 * 10.
        Row({**QUARTER, "gamma": 2}, "water|B", "steel +B 1.6", "steel +B 4", -3.0),
        # River, 136 Mm3: steel S and cloth 35; 0.2 * S counts whole and a quarter of 0.4 * 35: 1.2 * S + 38.5.
        Row({"deviation": 0.2, "gamma": 1.25}, "water|river", "steel -A 18.75", "steel -A 13.75", -6.0),
        Row({"gamma": 0, "strictness": 0.5}, "water|C", "steel +C 15", "steel +C 16", -1.0),
    ),
    told=(
        Told(QUARTER, "steel A>B 25", "reserve", "water|A", 10.0),
        Told({"deviation": 0.2, "gamma": 1.25}, "steel -A 18.75", "reserve", "water|river", 0.2 * 81.25 + 3.5),
        Told({"gamma": 0}, "steel A>B 25", "reserve", "water|A", 0.0),
        Told(QUARTER, "steel A>B 25", "full", "water|A", 1.0),
        Told(QUARTER, "steel A>B 25", "full", "water|C", 0.0),
    ),
    faults=(
        Wrong({"resources": ["wather"]}, "resources", "no such resource"),
        Wrong({"gamma": -1}, "gamma", "greater than or equal to 0"),
        Wrong({"deviation": -0.1}, "deviation", "greater than or equal to 0"),
        Wrong({}, "policies.p", "lacks", without("capacities")),
    ),
    random=({}, {"deviation": 0.3, "gamma": 1.5}, {"gamma": 0}, {"gamma": 2}),
    soft={"deviation": 0.3},
)


def test_robust_capacity_by_hand(tiny: Instance) -> None:
    """gamma 1: in A and along the river the cloth decides, in B the steel. B has room for 56 / 1.1 of steel; A saves the rest by cloth to C,
    0.7 Mm3 a unit at 0.04, where the new cloth has its project already."""
    steel = 56 / 1.1 - 40
    cloth = (60 - steel + 0.7 * 50 - 70) / 0.7
    expected = FREE - (0.05 * steel + 0.1) - 0.04 * cloth
    assert optimum(DEVIATIONS(tiny), {"family": "robust_capacity"}) == pytest.approx(expected)


def raised(instance: Instance, deviating: tuple[str, ...]) -> Instance:
    """The instance in which some industries use as much more water as they may: steel a quarter, cloth two fifths."""
    table = instance.tables["intensities"]
    factor = table["industry"].map({k: {"steel": 1.25, "cloth": 1.4}[k] for k in deviating}).fillna(1.0)
    water = table["resource"] == "water"
    return instance.having("intensities", table.assign(intensity=table["intensity"] * factor.where(water, 1.0)))


CAPS = {"regions": {"family": "carrying_capacity"}, "basins": {"family": "basin_capacity"}}


@pytest.mark.parametrize("gamma", [1, 2])
def test_a_robust_plan_keeps_every_cap_whoever_deviates(tiny: Instance, gamma: int) -> None:
    """Every set of at most gamma industries is tried in the nominal policies' own rechecks; in one of them a cap is used up."""
    instance = DEVIATIONS(tiny)
    plan = solve(instance, stated("robust_capacity", {**QUARTER, "gamma": gamma}), gap=EXACT).plan.last
    slacks = []
    for deviating in itertools.chain.from_iterable(itertools.combinations(["steel", "cloth"], n) for n in range(gamma + 1)):
        worst = raised(instance, deviating)
        for policy in policies_of(define(policies=CAPS), worst):
            rows = policy.recheck(dataclasses.replace(plan, instance=worst))
            slacks.append(float((rows["bound"] - rows["use"]).min()))
    assert min(slacks) == pytest.approx(0.0, abs=1e-6)


def test_no_budget_is_the_nominal_cap_and_a_full_one_the_worst_of_all(tiny: Instance) -> None:
    """gamma 0 equals the nominal caps, gamma n the caps at intensities that are all as high as they may be."""
    instance, everyone = DEVIATIONS(tiny), raised(tiny, ("steel", "cloth"))
    for gamma, facts in ((0, tiny), (2, everyone), (9, everyone)):
        robust = solve(instance, stated("robust_capacity", {**QUARTER, "gamma": gamma}), gap=EXACT)
        assert robust.info["objective"] == pytest.approx(solve(facts, define(policies=CAPS), gap=EXACT).info["objective"])


def test_one_deviation_for_all_is_a_cap_that_fell(tiny: Instance) -> None:
    """All industries a quarter higher: the caps are 1 / 1.25 of what they were."""
    robust = solve(tiny, stated("robust_capacity", {**QUARTER, "gamma": 3}), gap=EXACT)
    fallen = {label: {**caps, "strictness": 0.8} for label, caps in CAPS.items()}
    assert robust.info["objective"] == pytest.approx(solve(tiny, define(policies=fallen), gap=EXACT).info["objective"])


def test_a_larger_budget_is_never_cheaper(tiny: Instance) -> None:
    worth = [optimum(DEVIATIONS(tiny), {"family": "robust_capacity", "gamma": gamma}) for gamma in (0, 0.5, 1, 1.5, 2)]
    assert all(after < before for before, after in itertools.pairwise(worth))
