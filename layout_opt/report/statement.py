"""The appendix that states the model: what was in force, with which parameters, and its mathematics."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from layout_opt import core
from layout_opt.analysis.comparing import Comparison
from layout_opt.definition import Definition
from layout_opt.policies import families, stated_policies, statement
from layout_opt.policy import Policy
from layout_opt.report.document import Block, Heading, Paragraph, Section, Statement, TableBlock
from layout_opt.report.words import Words
from layout_opt.runs import Run, resolved

CORE = {"core": "statement.core", "objective": "objective", "periods": "statement.periods"}  # parts of a definition beside policies: their titles


def run_statement(run: Run, words: Words) -> Section:
    """The model of a run."""
    policies = _policies(run.definition)
    blocks = [_in_force(run.definition, words.t("statement.caption"), "run.json", words), *_mathematics(policies, words)]
    return Section("statement", words.t("statement"), [Paragraph(words.t("statement.about")), *blocks], appendix=True)


def comparison_statement(comparison: Comparison, words: Words) -> Section:
    """The model of the first scenario, what the others change in it, and the mathematics of all."""
    runs = comparison.runs
    base, first = comparison.baseline, runs[comparison.baseline].definition
    blocks: list[Block] = [_in_force(first, words.t("statement.baseline", baseline=base), f"{base}/run.json", words)]
    changed = [[name, *row] for name, run in runs.items() for row in _changes(first, run.definition, words)]
    if changed:
        heads = [words.column("scenario"), words.column("policy"), base, words.column("in_scenario")]
        blocks.append(TableBlock(words.t("statement.changes"), heads, changed, [False] * 4, words.t("of_scenarios", file="run.json"), name="changes"))
    policies = [policy for run in runs.values() for policy in _policies(run.definition)]
    blocks += _mathematics(policies, words)
    return Section("statement", words.t("statement"), [Paragraph(words.t("statement.about")), *blocks], appendix=True)


def _policies(definition: Definition) -> list[Policy]:
    return stated_policies(definition)[0]


def _in_force(definition: Definition, caption: str, source: str, words: Words) -> TableBlock:
    """The parts of a model with their parameters, those of the policies with the words of the policy paper that they serve."""
    stated = _stated(definition)
    rows = [[words.t(title), "–", _parameters(stated[title], words), "–"] for title in CORE.values() if stated[title]]
    for policy in _policies(definition):
        rows.append([_name(policy, words), policy.family, _parameters(stated[policy.label], words), policy.phrase])
    heads = [words.column(c) for c in ("policy", "family", "parameters", "phrase")]
    return TableBlock(caption, heads, rows, [False] * 4, source)


def _stated(definition: Definition) -> dict[str, Mapping[str, Any]]:
    """The parameters of every part of a definition, defaults included, by label or title; what is not set is left out."""
    whole = resolved(definition, tuple(_policies(definition)))
    parts = {title: whole[key] if isinstance(whole[key], dict) else {key: whole[key]} for key, title in CORE.items()} | whole["policies"]
    return {label: {key: value for key, value in part.items() if value not in (None, []) and key != "family"} for label, part in parts.items()}


def _changes(base: Definition, other: Definition, words: Words) -> Iterable[Sequence[str]]:
    """Rows of what another definition states otherwise: the part, its parameters in the base, and in the other."""
    before, after = _stated(base), _stated(other)
    policies = {policy.label: policy for definition in (base, other) for policy in _policies(definition)}
    for label in dict.fromkeys([*before, *after]):
        title = _name(policies[label], words) if label in policies else words.t(label)
        old, new = before.get(label), after.get(label)
        if old is None or new is None:
            yield [title, *(words.t("statement.out") if part is None else _parameters(part, words) for part in (old, new))]
        elif old != new:
            keys = [key for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key)]
            yield [title, *(_parameters({key: part[key] for key in keys if key in part}, words) for part in (old, new))]


def _name(policy: Policy, words: Words) -> str:
    return policy.title[words.language] + words.t("brackets", text=policy.label)


def _mathematics(policies: Iterable[Policy], words: Words) -> Iterable[Block]:
    """The statement of the core and of every family, each once, under the labels that it has."""
    labels: dict[str, list[str]] = {}
    for policy in policies:
        labels.setdefault(policy.family, [])
        if policy.label not in labels[policy.family]:
            labels[policy.family].append(policy.label)
    yield Heading(words.t("statement.core"))
    yield Statement(core.__doc__ or "")
    for family, own in sorted(labels.items(), key=lambda pair: pair[1][0]):
        yield Heading(families()[family].title[words.language] + words.t("brackets", text=words.texts["comma"].join(own)))
        yield Statement(f"{statement(family).strip()}\n\n{inspect.getdoc(families()[family]) or ''}")


def _parameters(part: Mapping[str, Any], words: Words) -> str:
    """Parameters as a model file states them."""
    return "; ".join(f"{key} = {_value(value, words)}" for key, value in part.items()) or "–"


def _value(value: Any, words: Words) -> str:
    if isinstance(value, bool):
        return words.t("yes" if value else "no")
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(v, words) for v in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_value(v, words)}" for key, v in value.items()) + "}"
    return f"{value:g}" if isinstance(value, float) else str(value)
