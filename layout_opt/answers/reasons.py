"""Why the plan is what it is: alternatives, conflicts, explanations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from layout_opt.answers.values import interval
from layout_opt.policies import policies_of
from layout_opt.summary import amount

if TYPE_CHECKING:
    import pandas as pd

    from layout_opt.analysis.alternatives import Alternatives
    from layout_opt.analysis.diagnosing import Diagnosis
    from layout_opt.analysis.explaining import Explanation
    from layout_opt.definition import Definition
    from layout_opt.instance import Instance
    from layout_opt.runs import Run

SHOWN = 10


def listed(names: list[str]) -> str:
    """Names, or how many there are where they are many."""
    return ", ".join(names) if len(names) <= SHOWN else f"{len(names)} regions"


def sites(instance: Instance, cells: str) -> str:
    """Cells of a table of alternatives in words: `Chemical products in Tianjin, Food in Gansu`."""
    parts = (cell.split("|")[:2] for cell in cells.split("; "))
    return ", ".join(f"{instance.label('industries', k)} in {instance.label('regions', r)}" for k, r in parts)


def print_alternatives(found: Alternatives, console: Console) -> None:
    """What good means, how many projects have which verdict, by industry, then the nearest other plans."""
    name, money = found.run.instance.label, found.run.instance.manifest.money
    worth = float(found.run.info["objective"])
    console.print(f"The plan is worth {amount(worth)}, today's layout {amount(found.today)} {money}; good plans {amount(found.good)} or more.")
    counts = found.placements["verdict"].value_counts()
    console.print(
        "Possible projects: " + ", ".join(f"{counts.get(verdict, 0)} {verdict}" for verdict in ("core", "flexible", "never", "undetermined")) + "."
    )
    shown = Table()
    for heading in ("industry", "core", "flexible", "undetermined"):
        shown.add_column(heading)
    for industry, rows in found.placements.groupby("industry", sort=False):
        regions = [rows.loc[rows["verdict"] == verdict, "region"].unique() for verdict in ("core", "flexible", "undetermined")]
        if any(len(named) for named in regions):
            shown.add_row(name("industries", str(industry)), *(listed([name("regions", str(r)) for r in named]) for named in regions))
    console.print(shown)
    for row in found.nearest.to_dict("records"):
        changes = [f"{word} {sites(found.run.instance, cells)}" for word, cells in (("with", row["added"]), ("without", row["dropped"])) if cells]
        loss = interval(row["loss_low"], row["loss_high"])
        console.print(f"Other plan {row['plan']}: {'; '.join(changes)}.")
        tied = " It is tied with the plan: within the gaps neither is better." if row["tied"] else ""
        console.print(f"  It loses {loss} {money}; {amount(row['output_elsewhere'])} of output stand elsewhere.{tied}")
    if found.ties:
        named = f"other plan {found.preferred}" if found.preferred else "the plan"
        console.print(f"Of {found.ties + 1} tied plans the rule (least output changed from the base year) names {named}.")


def print_diagnosis(found: Diagnosis, instance: Instance, definition: Definition, console: Console, language: str = "en") -> None:
    """The conflict down to its limits, and the repairs in words, the smallest change first."""
    if found.feasible:
        console.print("The model is feasible (or no contradiction was found within the limit): there is nothing to repair.")
        return
    proof = "leaving out any one of them gives a plan" if found.minimal else "some solves were not decided within the limit: it may be smaller"
    titles = {p.label: f"{p.label} ({p.family})" for p in policies_of(definition, instance)}
    named = ", ".join(titles[label] for label in found.conflict)
    console.print(f"[bold]Infeasible.[/bold] In conflict: {named or 'the core itself, whatever the policies'} ({proof}).")
    words, years = f"words_{language}", found.limits["period"].nunique() > 1
    if len(found.limits):
        console.print("Namely:")
    for row in found.limits.head(SHOWN).to_dict("records"):
        year = f", {row['period']}" if years else ""
        console.print(f"  {row[words]}{year} ({row['label']})", highlight=False)
    if len(found.limits) > SHOWN:
        console.print(f"  and {len(found.limits) - SHOWN} more")
    money = instance.manifest.money
    for number, rows in found.repairs.groupby("repair", sort=True):
        lines = [str(line) for line in rows[words]]
        more = f"; and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
        advice = "; ".join(lines[:SHOWN]) + more
        console.print(f"[bold]Repair {number}.[/bold] {advice[0].upper()}{advice[1:]}.", highlight=False)
        console.print(f"  The plan is then worth {amount(float(rows['worth'].iloc[0]))} {money}.")
    for label in [c for c in found.conflict if c not in set(found.repairs["label"])]:
        console.print(f"However far the limits of {label} give way, that alone leaves the whole model without a plan.")


def print_explanation(found: Explanation, run: Run, console: Console) -> None:
    """The answer in words, then who is displaced and which limits bind."""
    name, unit, money = run.instance.label, run.instance.manifest.output, run.instance.manifest.money
    who, where = name("industries", found.industry), name("regions", found.region)
    console.print(f"{who} in {where}: {amount(found.before)} before, {amount(found.output)} {unit} in {found.period}.")
    asked = f"at least {amount(found.bound)}" if found.at_least else f"at most {amount(found.bound)}"
    if found.low is None:
        console.print(f"Forced to be {asked}: {found.status}, no plan does that.")
    else:
        console.print(f"Forced to be {asked}, the objective loses {interval(found.low, found.high)} {money}.")
    if found.low == 0 and len(found.displaced):
        console.print("The loss is within the gap: another plan may be as good.")
    if len(found.displaced):
        table = Table(title="Who is displaced", title_justify="left")
        for heading in ("industry", "region", f"output, {unit}", "otherwise", "change"):
            table.add_column(heading, justify="left" if heading in ("industry", "region") else "right")
        for row in found.displaced.head(SHOWN).to_dict("records"):
            numbers = (amount(row["output"]), amount(row["otherwise"]), f"{row['change']:+,.1f}")
            table.add_row(name("industries", row["industry"]), name("regions", row["region"]), *numbers)
        console.print(table)
    console.print("Limits that bind here:" if len(found.binding) else "No limit of this industry or region binds.")
    policies = {p.label: p for p in run.policies}
    for row in found.binding.head(SHOWN).to_dict("records"):
        console.print(f"  {policies[row['label']].describe(run.instance, row['row'])} ({row['label']})")
    for _, rules in [*found.transfers.groupby(["origin", "destination", "period"], sort=False)][:SHOWN]:
        _print_transfer(rules, run.instance, console)
    if found.tipping is not None:
        _print_tipping(found.tipping, run.instance, console)


def _print_transfer(rules: pd.DataFrame, instance: Instance, console: Console) -> None:
    """One transfer, a row per rule: what would be broken had it stayed, and what the move itself is worth."""
    first, money = rules.iloc[0], instance.manifest.money
    where = f"from {instance.label('regions', first['origin'])} to {instance.label('regions', first['destination'])}"
    worth = f"the move itself {'gains' if first['gain'] >= 0 else 'costs'} {amount(abs(first['gain']))} {money}"
    console.print(f"{amount(first['output'])} {instance.manifest.output} moves {where} in {first['period']}: {worth}.", highlight=False)
    for row in rules[rules["label"] != ""].head(SHOWN).to_dict("records"):
        console.print(f"  Staying would break {row['words_en']} ({100 * row['share']:.0f} % of it could not stay).", highlight=False)


def _print_tipping(points: pd.DataFrame, instance: Instance, console: Console) -> None:
    """Where the answer turns, a line per cap and one for a reward or charge."""
    for row in points.to_dict("records"):
        name = ", ".join(instance.called(part) for part in row["row"].split("|"))
        what = f"a reward on {name}" if row["what"] == "reward" else f"the cap {name} ({amount(row['stated'])} {row['unit']})"
        if row["turns_by"] is None or row["turns_by"] != row["turns_by"]:
            console.print(f"However far, {what} does not turn the answer (tried {amount(row['turns_after'])} {row['unit']}).")
        else:
            console.print(f"The answer turns with {what} between {amount(row['turns_after'])} and {amount(row['turns_by'])} {row['unit']}.")
