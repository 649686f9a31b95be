"""The question and the answer of a run, in words: what is missing first, then what moves and changes, then how good the plan is."""

from __future__ import annotations

import math

import pandas as pd

from layout_opt.instance import Instance
from layout_opt.report.appendix import policy_titles, violation_text
from layout_opt.report.content import TRIVIAL, Content, rows_of
from layout_opt.report.document import Bullets, Paragraph, Section
from layout_opt.report.tracing import cite, joined
from layout_opt.report.words import Words, significant
from layout_opt.solver.outcome import PROVEN

TOP_PLACES = 6  # named in a sentence
TOP_SHIFTS = 2  # gains, and as many losses, in a sentence


def question(content: Content, words: Words) -> Section:
    """What the model was asked."""
    return Section("question", words.t("question"), [Paragraph(content.run.definition.question[words.language], lead=True)])


def answer(content: Content, words: Words) -> Section:
    """The answer in words, figures included."""
    unproven = proof(content, words) if content.run.status != "optimal" else []
    first = words.sentences([*_wants(content, words), *moves(content, words), *unproven])
    rest = [*_change(content, words), *_gained(content, words), *_largest(content, words), *_caps(content, words), *_met(content, words)]
    rest += ([] if unproven else proof(content, words)) + checked(content, words)
    return Section("answer", words.t("answer"), [Paragraph(first, lead=True), Bullets(rest)])


def facts(instance: Instance, table: str) -> str:
    """The file of a run folder that holds a table of the instance."""
    return f"instance.xlsx ({table})" if instance.is_workbook else f"instance/{instance.manifest.tables[table].file}"


def _wants(content: Content, words: Words) -> list[str]:
    """What is missing and what it is charged, which is named before anything else."""
    found = []
    if len(content.shortage):
        missing = float(content.shortage.sum())
        row = (", ".join(map(str, content.shortage.index)), "demand − output_after")
        source = f"{facts(content.run.instance, 'demand')} − layout.csv"
        industries = words.join((words.industry(str(k)) for k in content.shortage.index), most=3)
        share = cite(words.percent(missing / content.demand), source, *row)
        penalty = cite(significant(content.shortage_penalty), "objective.csv", "shortage", "weight")
        amount = cite(words.amount(missing, words.output), source, *row)
        found.append(words.t("answer.shortage", amount=amount, share=share, industries=industries, penalty=penalty))
    titles = policy_titles(content, words)
    for row in rows_of(content.excesses):
        label = str(row.label)
        excess, penalty = (
            cite(significant(float(value)), "policies.csv", label, name) for name, value in (("excess", row.excess), ("penalty", row.penalty))
        )
        found.append(words.t("answer.excess", policy=titles.get(label, label), amount=excess, penalty=penalty))
    return found


def _met(content: Content, words: Words) -> list[str]:
    found = [] if len(content.shortage) else [words.t("answer.met")]
    if content.run.tables["policies"]["penalty"].notna().any() and content.excesses.empty:
        found.append(words.t("answer.no_excess"))
    return found


def moves(content: Content, words: Words) -> list[str]:
    """Sentences on how much output moves, in the direction of the manifest and in all."""
    base = content.base_output
    if content.moved <= TRIVIAL * base:
        return [words.t("answer.no_transfers")]
    amount = cite(words.amount(content.moved, words.output), "transfers.csv", "∑ output")
    share = cite(words.percent(content.moved / base), "transfers.csv, layout.csv", "∑ output / ∑ output_before")
    return [*_directed(content, words), words.t("answer.total", amount=amount, share=share)]


def _directed(content: Content, words: Words) -> list[str]:
    """What moves in the direction of the manifest, and back; nothing where it states none."""
    base, direction = content.base_output, content.run.instance.manifest.direction
    if direction is None:
        return []
    origin, destination = (words.join(words.group(p) for p in plates) for plates in (direction.origin, direction.destination))
    origins, destinations = ", ".join(direction.origin), ", ".join(direction.destination)
    along, back = content.between(direction.origin, direction.destination), content.between(direction.destination, direction.origin)
    found = [words.t("answer.direction_none", origin=origin, destination=destination)]
    if along > TRIVIAL * base:
        made, row = float(content.plates["before"].reindex(list(direction.origin)).sum()), f"{origins} → {destinations}"
        figures = {
            "amount": cite(words.amount(along, words.output), "plates.csv", row, "output"),
            "share": cite(words.percent(along / content.moved), "plates.csv", row, "output / ∑ output"),
            "origin_share": cite(
                words.percent(along / made if made else math.nan), "plates.csv, layout.csv", row, f"output / output_before ({origins})"
            ),
        }
        found = [words.t("answer.direction", origin=origin, destination=destination, **figures)]
    if back > TRIVIAL * base:
        found.append(words.t("answer.back", amount=cite(words.amount(back, words.output), "plates.csv", f"{destinations} → {origins}", "output")))
    return found


def _change(content: Content, words: Words) -> list[str]:
    sums = content.regions.sum()
    columns = {"built": "∑ built", "closed": "∑ closed", "before": "∑ output_before", "after": f"{content.year} · ∑ output_after"}
    amounts = {key: cite(words.amount(float(sums[key]), words.output), "layout.csv", column) for key, column in columns.items()}
    found = [words.t("answer.build", **amounts)]
    items = []
    for plate in content.run.instance.plates:
        share = content.indicator("value_added_share", plate)
        if share is not None:
            names = ("before", "after")
            ends = {name: cite(words.percent(v, 1), "indicators.csv", "value_added_share", plate, name) for name, v in zip(names, share, strict=True)}
            items.append(words.t("answer.plate", plate=words.group(plate), **ends))
    return [*found, words.t("answer.plates", items=words.join(items))] if items else found


def _gained(content: Content, words: Words) -> list[str]:
    """Which industries gain and lose most where, against even growth."""
    shift = content.shift.sort_values("shift", ascending=False, kind="stable")
    gained, lost = shift[shift["shift"] > TRIVIAL * content.base_output], shift[shift["shift"] < -TRIVIAL * content.base_output].iloc[::-1]
    if gained.empty or lost.empty:
        return []

    def told(t: pd.DataFrame) -> str:
        items = []
        for r in rows_of(t.head(TOP_SHIFTS)):
            amount = ("+" if r.shift > 0 else "") + words.amount(float(r.shift), words.output)
            row = (str(r.industry), f"{r.plate} · ∑ output_after − ∑ output_before · ∑∑ output_after / ∑∑ output_before")
            names = {"industry": words.industry(str(r.industry)), "plate": words.group(str(r.plate))}
            items.append(words.t("answer.cell", amount=cite(amount, "layout.csv", *row), **names))
        return words.join(items)

    return [words.t("answer.gained", gains=told(gained), losses=told(lost))]


def _largest(content: Content, words: Words) -> list[str]:
    items = []
    for r in rows_of(content.transfers.sort_values("output", ascending=False, kind="stable").head(3)):
        amount = cite(
            words.amount(float(r.output), words.output), "transfers.csv", str(r.industry), f"{r.origin} → {r.destination}", str(r.period), "output"
        )
        names = {"industry": words.industry(str(r.industry)), "origin": words.region(str(r.origin)), "destination": words.region(str(r.destination))}
        items.append(words.t("answer.transfer", amount=amount, **names))
    return [words.t("answer.largest", items=words.join(items))] if items else []


def _caps(content: Content, words: Words) -> list[str]:
    """Which resources are used up, and where; more use than capacity is named first."""
    found = []
    for resource, t in content.resources.groupby("resource", sort=False):
        for key, chosen in (("answer.over", t["over"]), ("answer.at_cap", t["full"] & ~t["over"])):
            places = [words.place(str(p)) for p in t.loc[chosen, "region_or_group"]]
            if len(places) > TOP_PLACES:
                row, test = ("resources.csv", str(resource), str(content.year)), "utilisation > 1" if key == "answer.over" else "utilisation = 1"
                count, total = cite(str(len(places)), *row, test), cite(str(int(t["capacity"].notna().sum())), *row, "capacity")
                shown = joined(words.texts["comma"], places[:TOP_PLACES])
                found.append(words.t(f"{key}_some", resource=words.resource(str(resource)), places=shown, count=count, total=total))
            elif places:
                found.append(words.t(key, resource=words.resource(str(resource)), places=words.join(places)))
    return found or ([words.t("answer.no_cap")] if len(content.resources) else [])


def proof(content: Content, words: Words) -> list[str]:
    """How good the plan is proven to be."""
    gap = float(content.run.info["gap"])
    told = cite(words.at_most(gap), "run.json", "gap")
    if content.run.status != "optimal":
        found = [words.t("answer.proof_feasible", gap=told)]
    elif gap == 0:
        found = [words.t("answer.proof_best")]
    else:
        found = [words.t("answer.proof_optimal", gap=told, proven=cite(words.percent(PROVEN), "run.json", "status"))]
    return [*found, words.t("answer.interrupted")] if content.run.info.get("interrupted") else found


def checked(content: Content, words: Words) -> list[str]:
    """What the independent check found."""
    violation = content.run.info.get("violation")
    if violation is None:
        return [words.t("answer.unverified")]
    return [words.t("answer.verified", violation=cite(violation_text(float(violation)), "run.json", "violation"))]
