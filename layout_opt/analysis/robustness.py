"""How plans fare when demand, caps and intensities turn out otherwise, and what it costs to be prepared.

Every plan is made under its own model, for the facts as they are estimated. Then its sites are held (`layout_opt.analysis.recourse`), and in each
sample of the facts (`layout_opt.analysis.sampling`) the rest is decided anew: the recourse problem of one judge, the first model, so that
plans are judged alike, and in the same samples. Nothing adapts in `standing_*`: there the plan is laid against the sampled caps and demand as it is.

    price of robustness    optimum of the first model less that of another: [plan - bound, bound - plan] of the two
    regret in a sample     optimum without fixed sites less the recourse: [low - bound, high - plan]; low is the best plan known, fixed sites
                           or not, high the bound of the search without them

Mean regret is at least the expected value of perfect information, which compares with the best sites there are (Birge & Louveaux 2011): the
least mean regret of the plans bounds it from above, in the samples looked at. With `gammas` the plans are those of one model at several budgets of
its policies `robust_capacity`, and the judge has a budget of 0: the nominal caps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

import pandas as pd

from layout_opt.analysis.recourse import sites_of
from layout_opt.analysis.sampling import Uncertainty, draw, own_factors
from layout_opt.analysis.study import Effort, Efforts, Study, study
from layout_opt.analysis.trial import Trial
from layout_opt.build import periods_of
from layout_opt.definition import Definition, PolicyEntry, load_definition
from layout_opt.errors import Fault, InputError, LayoutError, Place
from layout_opt.instance import Instance
from layout_opt.policies import policies_of
from layout_opt.policies.robust_capacity import RobustCapacity
from layout_opt.runs import Run


@dataclass(frozen=True, eq=False)
class Robustness:
    """`samples` has a row per plan and sample, `summary` and `price` one per plan, `caps` one per plan and cap that is broken or used up in some
    sample, `factors` what was drawn; `runs` holds the plans by name, and what they become in their worst sample."""

    samples: pd.DataFrame
    summary: pd.DataFrame
    price: pd.DataFrame
    caps: pd.DataFrame
    factors: pd.DataFrame
    runs: Mapping[str, Run]


def robustness(
    instance: Instance | str | Path,
    definition: Definition | str | Path = "reference",
    others: Sequence[Definition | str | Path] = (),
    *,
    gammas: Sequence[float] = (),
    samples: int = 50,
    demand: float = 0.1,
    caps: float = 0.1,
    intensities: float = 0.0,
    distribution: str = "uniform",
    correlation: float = 0.0,
    factors: pd.DataFrame | str | Path | None = None,
    stretch: float | None = None,
    perfect: int = 5,
    out: Path | None = None,
    **effort: Unpack[Efforts],
) -> Robustness:
    """Try the plans of a definition and of `others`, or of one definition at several `gammas`, in the same samples.

    `demand`, `caps` and `intensities` are spreads, `factors` a table of one's own in their place; `stretch` is the share by which output may
    exceed the size planned (as far as the sites allow, where left out); `perfect` is how many samples are solved without fixed sites too.
    `seed` is that of the solver and of the samples. With `out` the tables and the runs are written there. Raises `InputError` for bad input,
    `LayoutError` where the first model has no plan.
    """
    uncertainty = Uncertainty(demand, caps, intensities, distribution, correlation)
    _check(uncertainty, samples, factors is not None, stretch, perfect, gammas, others)
    drawing = {"samples": samples, **dataclasses.asdict(uncertainty)} if factors is None else {"factors": "stated"}
    asked = study("robustness", instance, definition, Effort(**effort), out, **drawing, stretch=stretch, perfect=perfect, gammas=list(gammas))
    plans = _plans(asked, others, gammas)
    drawn = draw(asked.instance, uncertainty, samples, asked.effort.seed) if factors is None else own_factors(asked.instance, factors)
    with asked:
        asked.tables["factors"] = drawn
        asked.expect(2 * len(plans))
        runs = {plan.name: asked.solve(plan.name, plan) for plan in plans}
        first = runs[plans[0].name]
        if not first.has_plan:
            raise LayoutError(f"the model has no plan (status {first.status}); `layout-opt diagnose` tells why")
        judge = _at(asked.definition, 0.0) if gammas else asked.definition
        asked.figures["judge"] = judge.name
        trial = Trial(asked, judge, runs, {name: sites_of(run, stretch) for name, run in runs.items() if run.has_plan}, drawn)
        try:
            trial.try_all(perfect)
        finally:
            tables = trial.tables(dict(zip(runs, gammas, strict=True)) if gammas else {})
            asked.tables |= tables
    return Robustness(**{name: asked.tables[name] for name in ("samples", "summary", "price", "caps", "factors")}, runs=asked.runs)


def _check(
    uncertainty: Uncertainty,
    samples: int,
    own: bool,
    stretch: float | None,
    perfect: int,
    gammas: Sequence[float],
    others: Sequence[Definition | str | Path],
) -> None:
    faults = [] if own else uncertainty.faults()
    if samples < 1:
        faults.append(Fault("a number of samples is 1 or more", Place("--samples"), "Write 1 or more.", str(samples)))
    if perfect < 0:
        faults.append(Fault("a number of samples is 0 or more", Place("--perfect"), "Write 0 or more.", str(perfect)))
    if stretch is not None and not stretch >= 0:
        faults.append(Fault("a share is 0 or more", Place("--stretch"), "Write, for example, 0.05.", str(stretch)))
    if any(not gamma >= 0 for gamma in gammas) or len(set(gammas)) < len(gammas):
        faults.append(Fault("budgets are 0 or more, no two alike", Place("--gammas"), "Write, for example, 0,1,2,4.", ", ".join(map(str, gammas))))
    if gammas and others:
        faults.append(Fault("several budgets and several models", Place("--gammas"), "Give one model and its budgets, or models alone."))
    if faults:
        raise InputError(faults=faults)


def _plans(asked: Study, others: Sequence[Definition | str | Path], gammas: Sequence[float]) -> list[Definition]:
    """The definitions whose plans are tried, the first one first. Raises `InputError` where they cannot be compared."""
    definition, instance, faults = asked.definition, asked.instance, list[Fault]()
    if gammas:
        if all(entry.family != RobustCapacity.family for entry in definition.policies.values()):
            remedy = f"Add one of family {RobustCapacity.family} to the model; `robust` has it."
            raise InputError(faults=[Fault(f"no policy of the model {definition.name} has a budget", Place("--gammas"), remedy)])
        return [_at(definition, gamma) for gamma in gammas]
    plans = [definition, *(load_definition(other) if isinstance(other, (str, Path)) else other for other in others)]
    names = [plan.name for plan in plans]
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.append(Fault("two models have one name", Place("--models"), "Name each once; give copies names of their own.", name))
    for plan in plans[1:]:
        policies_of(plan, instance)
        if periods_of(plan, instance) != periods_of(definition, instance):
            faults.append(Fault("its periods are not those of the first model", Place("--models"), "Compare models of the same periods.", plan.name))
    if faults:
        raise InputError(faults=faults)
    return plans


def _at(definition: Definition, gamma: float) -> Definition:
    """The definition with another budget of all its policies `robust_capacity`."""
    policies = {
        label: PolicyEntry(family=entry.family, penalty=entry.penalty, **{**entry.parameters, "gamma": gamma})
        if entry.family == RobustCapacity.family
        else entry
        for label, entry in definition.policies.items()
    }
    return definition.model_copy(update={"name": f"{definition.name} gamma={gamma:g}", "policies": policies})
