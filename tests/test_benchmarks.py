"""The benchmark commands: what they print, and that what they compare is one model."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.synthetic import SOURCE, definition, numbers, write
from layout_opt.build import build
from layout_opt.instance import Instance
from layout_opt.solver.compiled import Program, compile_built, silent
from layout_opt.solving import load_instance

pytestmark = pytest.mark.skipif(not SOURCE.is_file(), reason="../shared/benchmarks/synthetic.py, the generator, is not here")


@pytest.fixture
def synthetic(tmp_path: Path) -> Instance:
    return load_instance(write(numbers(12, 6, 1), tmp_path / "synthetic"))


def relaxed(program: Program) -> float:
    highs = silent()
    dataclasses.replace(program, integer=program.integer & False).load(highs)
    highs.run()
    return float(highs.getInfo().objective_function_value)


def test_the_build_benchmark_compares_one_model(synthetic: Instance) -> None:
    """This package, linopy and direct highspy: the same size, the same optimum with and without integers."""
    pytest.importorskip("linopy", reason="linopy (extra `benchmarks`) is not installed")
    from benchmarks.build import by_highspy, by_layout_opt, by_linopy

    sizes, optima = set(), []
    for make in (by_layout_opt, by_linopy, by_highspy):
        highs = make(synthetic)
        highs.setOptionValue("output_flag", False)
        sizes.add((highs.getNumCol(), highs.getNumRow(), highs.getNumNz()))
        highs.setOptionValue("mip_rel_gap", 1e-9)
        highs.run()
        optima.append(highs.getInfo().objective_function_value)
    assert len(sizes) == 1
    assert optima == pytest.approx([optima[0]] * 3, rel=1e-7)


def test_the_statement_of_the_generator_is_the_model(synthetic: Instance) -> None:
    """The optimum of a plan checks against the generator's own arrays: every row of its docstring, in NumPy."""
    import numpy as np

    from layout_opt.solving import solve

    data = numbers(12, 6, 1)
    run = solve(synthetic, definition())
    layout = run.tables["layout"].set_index(["region", "industry"])
    shape = data["stock"].shape
    x, out, into, new, closed, w = (
        layout[c].to_numpy().reshape(shape[1], shape[0]).T for c in ("output_after", "released", "received", "built", "closed", "project")
    )
    moved = run.tables["transfers"]
    made, short = x.sum(axis=0), np.maximum(data["demand"] - x.sum(axis=0), 0)
    room = np.maximum(data["ceiling"] - data["stock"] / 2, 0)
    distance = [data["distance"][int(o[1:]), int(d[1:])] for o, d in zip(moved["origin"], moved["destination"], strict=True)]
    z = min(1.0, float((x.sum(axis=1) / data["stock"].sum(axis=1)).min()))
    objective = (data["value"] * x).sum() - 0.06 * new.sum() - 0.04 * closed.sum() - ((0.015 + 0.05 * np.array(distance)) * moved["output"]).sum()
    objective += -(0.25 * data["fixed"] * w).sum() - 0.6 * short.sum() + 1000 * z
    assert objective == pytest.approx(run.info["objective"], rel=1e-7)
    slack = 1e-6 * max(1.0, float(data["stock"].max()))
    assert np.allclose(x, data["stock"] - out - closed + into + new, atol=slack)
    assert (out + closed <= np.where(data["banned"], 1.0, 0.6) * data["stock"] + slack).all()
    assert (np.minimum(0.25 * data["lot"], room) * w <= into + new + slack).all()
    assert (into + new <= room * w + slack).all()
    assert (x <= data["ceiling"] + slack).all()
    assert (made <= 1.03 * data["demand"] - short + slack).all()
    load = np.einsum("erk,rk->er", data["use"], x)
    assert (load <= data["cap"] * (1 + 1e-7)).all()
    assert (load.sum(axis=1) <= data["national_cap"] * (1 + 1e-7)).all()
    assert ((x * data["labour"]).sum(axis=1) <= data["labour_supply"] * (1 + 1e-7)).all()


def test_the_scale_benchmark_prints_one_line() -> None:
    command = [
        sys.executable,
        "-m",
        "benchmarks.scale",
        "--regions",
        "12",
        "--industries",
        "6",
        "--seed",
        "2",
        "--engine",
        "scaled",
        "--gap",
        "0.001",
    ]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1]).stdout
    line = json.loads(printed)
    assert printed.count("\n") == 1
    assert {"objective", "bound", "gap", "seconds", "status", "columns", "rows", "peak_mb", "violation"} <= set(line)
    assert line["gap"] <= 1e-3
    assert line["violation"] <= 1e-6
    assert line["objective"] <= line["bound"]


def test_engines_agree_on_the_synthetic_model(synthetic: Instance) -> None:
    """The relaxation with priced transfers is that of the whole model."""
    import threading

    from layout_opt.solver.relaxation import Relaxation

    compiled = compile_built(build(synthetic, definition()))
    relaxation = Relaxation(compiled, compiled.core, threading.Event())
    relaxation.solve(float("inf"), lambda phase, r: r.stated.fill(True) if phase == "pricing" else None)
    assert relaxation.bound <= relaxed(compiled.whole) * (1 + 1e-7)
