"""What would give an infeasible model a plan: the least that the limits of one policy, or of all in conflict together, have to give way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyomo.environ as pyo

from layout_opt.analysis.study import Study
from layout_opt.analysis.today import today, worth_of_today
from layout_opt.build import Built, soften
from layout_opt.core import linear
from layout_opt.errors import VerificationError
from layout_opt.instance import Instance
from layout_opt.plan import Plan, item
from layout_opt.policy import Policy, contributed, objective_weights
from layout_opt.results import objective_table, read_plan
from layout_opt.solving import BaselineError, prepared, search
from layout_opt.verify import constraint_checks

REPAIRS = ["repair", "label", "family", "period", "row", "stated", "needed", "by", "by_percent", "change", "worth", "words_en", "words_zh"]
GIVES_WAY = 1e-6  # relative: a smaller excess is tolerance of the solver
SPARE = 1e-7  # relative: by how much more the limits may give way while the plan is bettered
PLENTY = 1e-3  # gap at which a repaired plan is good enough to be valued
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "cap": "raise the cap on {resource} in {place} by {size} {unit}{percent}",
        "raise": "raise “{limit}” by {size}{percent}",
        "lower": "lower “{limit}” by {size}{percent}",
        "allow": "let “{limit}” be exceeded by {size}",
        "percent": " ({} %)",
    },
    "zh": {
        "cap": "将{place}的{resource}上限提高{size} {unit}{percent}",
        "raise": "将“{limit}”提高{size}{percent}",
        "lower": "将“{limit}”降低{size}{percent}",
        "allow": "允许“{limit}”突破{size}",
        "percent": "（{}%）",
    },
}


def repairs_of(asked: Study, conflict: Sequence[str]) -> pd.DataFrame:
    """The repairs of a conflict, ranked: each policy alone, then all of them together where that changes less."""
    kept = [repair for label in conflict if (repair := _repair(asked, (label,))) is not None]
    together = _repair(asked, conflict) if len(conflict) > 1 else None
    least = min((repair["change"].iloc[0] for repair in kept), default=math.inf)
    if together is not None and together["change"].iloc[0] < least * (1 - GIVES_WAY):
        kept.append(together)
    kept.sort(key=lambda repair: (repair["change"].iloc[0], repair["label"].iloc[0]))
    frames = [repair.assign(repair=number) for number, repair in enumerate(kept, 1)]
    return pd.concat(frames, ignore_index=True)[REPAIRS] if frames else pd.DataFrame(columns=REPAIRS)


def _repair(asked: Study, labels: Sequence[str]) -> pd.DataFrame | None:
    """The least change of the limits of some policies that gives the whole model a plan, and the best plan then; None where they cannot."""
    try:
        built = prepared(asked.instance, asked.definition, gap=asked.effort.gap, time_limit=asked.limit(), seed=asked.effort.seed)
    except BaselineError:
        return None
    relaxed = [p for p in built.policies if p.label in labels]
    scales = _scales(built, relaxed)
    change = _change(built, scales)
    if change is None:
        return None
    usual, objective = built.weights, built.model.objective.expr
    built.weights = dict.fromkeys(built.weights, 0.0)
    built.model.objective.set_value(-max(abs(worth_of_today(built)), 1.0) * change)  # sized like the usual one, to which tolerances are fitted
    title = f"repair by {', '.join(labels)}"
    if not _found(asked, built, title, asked.effort.gap):
        return None
    least = pyo.value(change)
    built.weights = usual
    built.model.objective.set_value(objective)
    built.model.repaired = pyo.Constraint(expr=change <= least + SPARE * max(1.0, least))
    if not _found(asked, built, f"{title}, then the best plan", PLENTY):
        return None
    plan = contributed(read_plan(built), built.policies)
    softened = [p.model_copy(update={"penalty": 1.0}) if p.label in labels else p for p in built.policies]  # its limit is not checked
    if not all(check.passed for check in constraint_checks(plan, built.definition.core, softened)):
        raise VerificationError(f"the independent check does not confirm the plan of the {title}")
    terms = objective_table(plan, built.policies, objective_weights(built.definition, built.policies))
    rows = _giving_way(plan, relaxed, scales)
    return rows.assign(worth=float((terms["weight"] * terms["value"]).sum())) if len(rows) else None


def _found(asked: Study, built: Built, title: str, gap: float) -> bool:
    """Whether a plan was found; it stands in the model."""
    outcome = search(built, gap=gap, time_limit=asked.limit(), seed=asked.effort.seed, progress=asked.effort.progress(title))
    if outcome.interrupted:
        raise KeyboardInterrupt
    return outcome.status in ("optimal", "feasible")


def _scales(built: Built, relaxed: Iterable[Policy]) -> Mapping[tuple[str, int, str], float]:
    """What a change of a limit is measured by: the number it states, or for a ban what it would forbid in today's layout. By label, year, row."""
    found: dict[tuple[str, int, str], float] = {}
    for period in today(built).periods:
        for policy in relaxed:
            rows = policy.recheck(period)
            stated, other = rows["bound"].where(~rows["floor"], rows["use"]).abs(), rows["use"].where(~rows["floor"], rows["bound"]).abs()
            sizes = stated.where(stated > GIVES_WAY, other)
            sizes = sizes.where(sizes > GIVES_WAY, sizes.max() or 1.0)
            found |= {(policy.label, period.year, str(row)): float(size) for row, size in zip(rows["row"], sizes, strict=True)}
    return found


def _change(built: Built, scales: Mapping[tuple[str, int, str], float]) -> Any:
    """The sum of relative changes, an expression of the model whose limits it softens; None where there are none."""
    labels = {label for label, _, _ in scales}
    parts = []
    for period in built.periods:
        for label in labels:
            block = period.b.policy[label]
            if block.component("limit") is not None and block.component("excess") is None:
                soften(block)
                parts += [(1.0 / scales[label, period.year, item(index)], excess) for index, excess in block.excess.items()]
    return linear([c for c, _ in parts], [v for _, v in parts]) if parts else None


def _giving_way(plan: Plan, relaxed: Iterable[Policy], scales: Mapping[tuple[str, int, str], float]) -> pd.DataFrame:
    """The rows that a plan does not keep: what they state and what they would have to."""
    found = []
    for period in plan.periods:
        for policy in relaxed:
            rows = policy.recheck(period)
            sizes = np.array([scales[policy.label, period.year, str(row)] for row in rows["row"]])
            rows = rows[rows["use"] - rows["bound"] > GIVES_WAY * sizes]
            stated, needed = rows["bound"].where(~rows["floor"], rows["use"]), rows["use"].where(~rows["floor"], rows["bound"])
            for row, first, then in zip(rows["row"].astype(str), stated, needed, strict=True):
                by = then - first
                percent = 100 * by / abs(first) if abs(first) > GIVES_WAY else None
                change = abs(by) / scales[policy.label, period.year, row]
                words = (repair_words(policy, period.instance, row, first, by, language) for language in ("en", "zh"))
                found.append((policy.label, policy.family, period.year, row, first, then, by, percent, change, *words))
    columns = [c for c in REPAIRS if c not in ("repair", "worth")]
    frame = pd.DataFrame(found, columns=columns).sort_values("change", ascending=False, kind="stable", ignore_index=True)
    return frame.assign(change=frame["change"].sum())


def repair_words(policy: Policy, instance: Instance, row: str, stated: float, by: float, language: str) -> str:
    """A change of a limit as an advice: `raise the cap on Water in Henan by 3.2 million m³ (1.4 %)`."""
    texts, size = WORDS[language], _figure(abs(by), 4)
    exists = abs(stated) > GIVES_WAY
    percent = texts["percent"].format(_figure(100 * abs(by) / abs(stated), 2)) if exists else ""
    rule, *names = "|".join([row, *policy.subject()]).split("|")
    if rule in policy.advice:
        called, output = (policy.called(instance, name, language)[0] for name in names), instance.manifest.output
        return policy.advice[rule][language].format(*called, size=size, output=output, percent=percent)
    if policy.limits_resources:
        unit = instance.resource_units[rule]
        resource, place = instance.called(rule, language), instance.called(names[0], language)
        return texts["cap"].format(resource=resource, place=place, size=size, unit=unit, percent=percent)
    way = ("raise" if by > 0 else "lower") if exists else "allow"
    return texts[way].format(limit=policy.describe(instance, row, language), size=size, percent=percent)


def _figure(value: float, digits: int) -> str:
    """A number with so many digits that say something, all of those before the point."""
    return f"{value:,.{digits}g}" if value < 10**digits else f"{value:,.0f}"
