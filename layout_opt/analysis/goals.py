"""What can be striven for beside the objective: its terms, and the use of resources, as expressions of a built model and as figures of a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from layout_opt.build import Built
from layout_opt.core import Period, linear
from layout_opt.errors import Fault, InputError, Place, suggest
from layout_opt.flows import Array
from layout_opt.policy import objective_weights
from layout_opt.runs import Run

OBJECTIVE = "objective"


@dataclass(frozen=True)
class Goal:
    """A figure that is to be large (`sign` 1) or small (-1): `objective`, an objective term, or a resource (used in the country, all periods)."""

    name: str
    sign: int

    def expression(self, built: Built) -> Any:
        """sign * figure, as an expression of the model's variables."""
        parts = [part for period in built.periods for part in _parts(self.name, built, period)]
        coefficients = [self.sign * c for expression in parts for c in expression.linear_coefs]
        return linear(coefficients, [v for expression in parts for v in expression.linear_vars])

    def figure(self, run: Run) -> float:
        """The figure of a plan."""
        terms = run.tables["objective"].set_index("term")
        if self.name == OBJECTIVE:
            return float((terms["weight"] * terms["value"]).sum())
        if self.name in terms.index:
            return float(terms["value"][self.name])
        return float(sum(period.load(self.name).sum() for period in run.plan.periods))


def goals(names: Iterable[str], built: Built) -> list[Goal]:
    """The goals of these names: a term is to be large where its weight is positive, a resource is to be spared.

    Raises `InputError` for an unknown name, for one named twice, and for a term that does not depend on the plan.
    """
    weights = objective_weights(built.definition, built.policies)
    resources = list(built.instance.tables["resources"]["resource"]) if "resources" in built.instance.tables else []
    found, faults, known, named = [], list[Fault](), [OBJECTIVE, *weights, *resources], list(names)
    for name in named:
        if name not in known:
            faults.append(Fault("no such objective", Place("--objectives"), suggest(name, known), name))
        elif named.count(name) > 1:
            faults.append(Fault("an objective is named twice", Place("--objectives"), "Name each once.", name))
        elif name in weights and not any(_counts(name, period) for period in built.periods):
            faults.append(Fault("no plan changes this objective", Place("--objectives"), "Name another one.", name))
        else:
            found.append(Goal(name, -1 if weights.get(name, 0.0) < 0 or (name in resources and name not in weights) else 1))
    if faults:
        raise InputError(faults=faults)
    return found


def _counts(term: str, period: Period) -> bool:
    return period.flows.counts(term) or any(c != 0 for expression in period.terms.get(term, ()) for c in expression.linear_coefs)


def _parts(name: str, built: Built, period: Period) -> list[Any]:
    """Linear expressions that sum to the figure in a period, and a new variable for what transfers add to it."""
    weights = objective_weights(built.definition, built.policies)
    if name != OBJECTIVE and name not in weights:
        return [linear([1.0] * len(period.regions), [period.b.load[name, r] for r in period.regions])]
    counted = {term: weight for term, weight in weights.items() if weight != 0} if name == OBJECTIVE else {name: 1.0}
    parts: list[Any] = [
        linear([weight * c for c in expression.linear_coefs], expression.linear_vars)
        for term, weight in counted.items()
        for expression in period.terms.get(term, ())
    ]

    def rate(k: str) -> Array:
        total: Array = np.zeros((len(period.regions), len(period.regions)))
        for term, weight in counted.items():
            for each in period.flows.terms.get(term, ()):
                total = total + weight * each(k)
        return total

    if any(period.flows.counts(term) for term in counted):
        parts.append(linear([1.0], [period.total(f"goal_{name}", rate, signed=True)]))
    return parts
