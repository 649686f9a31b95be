"""A Pyomo model as matrices, and as a model inside HiGHS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from layout_opt.errors import Fault, InputError, Place


@dataclass(eq=False)
class Compiled:
    """The linear program in columns, with the Pyomo variables and constraints that its columns and rows stand for."""

    lp: highspy.HighsLp
    columns: list[Any]
    rows: list[Any]
    integer: np.ndarray[Any, np.dtype[np.bool_]]

    @property
    def nonzeros(self) -> int:
        return len(self.lp.a_matrix_.value_)


def compile_model(model: Any) -> Compiled:
    """Compile by Pyomo's standard form and hand the arrays over as they are: no Python object per coefficient."""
    form = LinearStandardFormCompiler().write(model, mixed_form=True, set_sense=None)
    columns, matrix = form.columns, form.A.tocsc()
    lower = np.array([-highspy.kHighsInf if v.lb is None else v.lb for v in columns], dtype=float)
    upper = np.array([highspy.kHighsInf if v.ub is None else v.ub for v in columns], dtype=float)
    integer = np.array([not v.is_continuous() for v in columns], dtype=bool)
    sign = np.array([row.bound_type for row in form.rows], dtype=int)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(columns), len(form.rows)
    lp.col_cost_ = form.c.toarray().ravel()
    lp.offset_ = float(form.c_offset[0])
    lp.col_lower_, lp.col_upper_ = lower, upper
    lp.row_lower_ = np.where(sign <= 0, form.rhs, -highspy.kHighsInf)
    lp.row_upper_ = np.where(sign >= 0, form.rhs, highspy.kHighsInf)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    lp.integrality_ = [highspy.HighsVarType.kInteger if i else highspy.HighsVarType.kContinuous for i in integer]
    maximise = form.objectives[0].sense == pyo.maximize
    lp.sense_ = highspy.ObjSense.kMaximize if maximise else highspy.ObjSense.kMinimize
    return Compiled(lp, columns, [row.constraint for row in form.rows], integer)


def export(compiled: Compiled, path: Path) -> None:
    """Write the model to an .mps or .lp file, with the names of its variables and constraints.

    Raises `InputError` for another ending or a folder that does not exist.
    """
    if path.suffix.lower() not in (".mps", ".lp"):
        raise InputError(faults=[Fault("a model is exported as .mps or .lp", Place(str(path)), "Change the ending of the file name.")])
    if not path.parent.is_dir():
        raise InputError(faults=[Fault("the folder does not exist", Place(str(path.parent)), "Create it.")])
    compiled.lp.col_names_ = _unique(v.name for v in compiled.columns)
    compiled.lp.row_names_ = _unique(c.name for c in compiled.rows)
    highs = silent()
    highs.passModel(compiled.lp)
    if highs.writeModel(str(path)) == highspy.HighsStatus.kError:
        raise InputError(faults=[Fault("the file cannot be written", Place(str(path)), "Choose another place.")])


def _unique(names: Any) -> list[str]:
    """Names without the characters that LP and MPS files reserve; numbered where two constraints share one (a range)."""
    seen: dict[str, int] = {}
    plain = []
    for name in names:
        clean = re.sub(r"[^\w.]+", "_", str(name)).strip("_")
        seen[clean] = seen.get(clean, 0) + 1
        plain.append(clean if seen[clean] == 1 else f"{clean}__{seen[clean]}")
    return plain


def silent() -> highspy.Highs:
    """A HiGHS object that prints nothing."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    return highs
