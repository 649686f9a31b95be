"""highspy 1.14.0 returns wrong optimal values and is excluded."""

from __future__ import annotations

import importlib.metadata

import pyomo.environ as pyo
from packaging.requirements import Requirement

from layout_opt.solver.compiled import compile_model, silent


def test_the_case_that_1_14_0_gets_wrong_is_solved_right() -> None:
    """min 2x + 3z, x + z >= 4.5, z integer: 9 at x = 4.5; the presolve of 1.14.0 says 15 (HiGHS pull request 2961)."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(0, 10))
    model.z = pyo.Var(bounds=(0, 10), within=pyo.Integers)
    model.cover = pyo.Constraint(expr=model.x + model.z >= 4.5)
    model.cost = pyo.Objective(expr=2 * model.x + 3 * model.z)
    highs = silent()
    compile_model(model).core.load(highs)
    highs.run()
    assert highs.getInfo().objective_function_value == 9.0


def test_1_14_0_is_excluded() -> None:
    """No installation of this package can bring it in."""
    requirements = [Requirement(r) for r in importlib.metadata.requires("layout-opt") or ()]
    highspy = next(r for r in requirements if r.name == "highspy")
    assert "1.14.0" not in highspy.specifier
    assert importlib.metadata.version("highspy") in highspy.specifier
