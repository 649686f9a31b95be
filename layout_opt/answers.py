"""What the terminal shows of prices, diagnoses and explanations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from layout_opt.policies import policies_of
from layout_opt.summary import amount

if TYPE_CHECKING:
    import pandas as pd

    from layout_opt.analysis.alternatives import Alternatives
    from layout_opt.analysis.attributing import Attribution
    from layout_opt.analysis.diagnosing import Diagnosis
    from layout_opt.analysis.explaining import Explanation
    from layout_opt.analysis.frontier import Frontier
    from layout_opt.analysis.rolling import Rolling
    from layout_opt.definition import Definition
    from layout_opt.instance import Instance
    from layout_opt.runs import Run

SHOWN = 10


def interval(low: float | None, high: float | None) -> str:
    """An interval, or one number where its ends agree to what is shown."""
    if low is None or high is None or low != low:
        return "no plan"
    return f"{low:,.4g}" if f"{low:,.4g}" == f"{high:,.4g}" else f"{low:,.6g} … {high:,.6g}"


def listed(names: list[str]) -> str:
    """Names, or how many there are where they are many."""
    return ", ".join(names) if len(names) <= SHOWN else f"{len(names)} regions"


def print_prices(table: pd.DataFrame, instance: Instance, console: Console) -> None:
    """One row per policy, dropped alone and added alone, the dearest first."""
    ways = {how: rows.set_index("label") for how, rows in table.groupby("how")}
    shown = Table(title=f"Price of policies, {instance.manifest.money} of the objective", title_justify="left")
    for heading in ("policy", "family", "dropped alone", "added alone"):
        shown.add_column(heading, justify="right" if "alone" in heading else "left")
    for row in ways["leave-one-out"].sort_values("high", ascending=False).reset_index().to_dict("records"):
        alone = ways["add-one-in"].loc[row["label"]] if "add-one-in" in ways else None
        added = interval(alone["low"], alone["high"]) if alone is not None else ""
        shown.add_row(row["label"], row["family"], interval(row["low"], row["high"]), added)
    console.print(shown)
    if "together" in ways:
        total = ways["together"].iloc[0]
        console.print(f"All of them together: {interval(total['low'], total['high'])} (prices do not add up)")


def print_cap_prices(table: pd.DataFrame, instance: Instance, console: Console) -> None:
    """One row per cap: what one more unit is worth, what one less costs, and the dual with sites fixed."""
    shown = Table(title=f"Price of caps that are used up, {instance.manifest.money} per unit", title_justify="left")
    for heading in ("cap", "year", "size", "one more", "one less", "dual (sites fixed)"):
        shown.add_column(heading, justify="left" if heading == "cap" else "right")
    for row in table.to_dict("records"):
        name = ", ".join(instance.called(part) for part in row["row"].split("|"))
        ends = (interval(row["more_low"], row["more_high"]), interval(row["less_low"], row["less_high"]))
        shown.add_row(name, str(row["period"]), f"{amount(row['cap'])} {row['unit']}", *ends, f"{row['dual']:,.4g}")
    console.print(shown if len(table) else "No cap on a resource is used up.")


def print_attribution(found: Attribution, console: Console) -> None:
    """One row per part, the largest first, then the whole."""
    first, second = found.runs
    money = first.instance.manifest.money
    shown = Table(title=f"What makes {second.definition.name} differ, {money} of the objective", title_justify="left")
    for heading in ("part", "share (Shapley)", "changed alone", "changed last"):
        shown.add_column(heading, justify="left" if heading == "part" else "right")
    for row in found.parts.sort_values("low", key=abs, ascending=False).to_dict("records"):
        shown.add_row(row["part"], *(interval(row[f"{way}low"], row[f"{way}high"]) for way in ("", "alone_", "last_")))
    console.print(shown)
    console.print(f"In all: {interval(found.low, found.high)} {money}.")


def print_rolling(found: Rolling, console: Console) -> None:
    """One row per step, then the regret."""
    money = found.rolled.instance.manifest.money
    shown = Table(title=f"Planning period by period, {money} of the objective", title_justify="left")
    for heading in ("decided", "looking to", "objective", "gap", "seconds"):
        shown.add_column(heading, justify="right")
    for row in found.steps.to_dict("records"):
        shown.add_row(str(row["period"]), str(row["planned_to"]), amount(row["objective"]), f"{row['gap']:.3%}", f"{row['seconds']:.1f}")
    console.print(shown)
    known = found.foresight.info
    console.print(f"With foresight: {amount(known['objective'])} (gap {known['gap']:.3%}).")
    console.print(f"Regret of planning period by period: {interval(found.low, found.high)} {money}.")


def print_frontier(found: Frontier, console: Console) -> None:
    """One row per point, the best of the first objective first."""
    goals = ", ".join(f"{goal.name} ({'more' if goal.sign > 0 else 'less'} is better)" for goal in found.goals)
    console.print(f"Trade-off of {goals}; the bound is one on the first at the levels of the others.")
    shown = Table()
    for heading in ("point", *(goal.name for goal in found.goals), "bound", "gap"):
        shown.add_column(heading, justify="left" if heading == "point" else "right")
    for row in found.points.to_dict("records"):
        figures = [amount(row[goal.name]) for goal in found.goals]
        shown.add_row(row["point"], *figures, amount(row["bound"]), f"{row['gap']:.3%}")
    console.print(shown)


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
        changes = [f"{word} {named}" for word, named in (("with", row["added"]), ("without", row["dropped"])) if named]
        loss = interval(row["loss_low"], row["loss_high"])
        console.print(f"Other plan {row['plan']}: {'; '.join(changes)}.")
        console.print(f"  It loses {loss} {money}; {amount(row['output_elsewhere'])} of output stand elsewhere.")


def print_diagnosis(diagnosis: Diagnosis, instance: Instance, definition: Definition, console: Console, language: str = "en") -> None:
    """The conflict, and the repairs in words, the smallest change first."""
    if diagnosis.feasible:
        console.print("The model is feasible (or no contradiction was found within the limit): there is nothing to repair.")
        return
    proof = "dropping any one of them gives a plan" if diagnosis.minimal else "some solves were not decided within the limit: it may be smaller"
    console.print(f"[bold]Infeasible.[/bold] In conflict: {', '.join(diagnosis.conflict) or 'the core itself'} ({proof}).")
    policies = {p.label: p for p in policies_of(definition, instance)}
    for label, rows in diagnosis.repairs.groupby("label", sort=False):
        console.print(f"Either relax [bold]{label}[/bold] ({policies[str(label)].family}):")
        for row in rows.head(SHOWN).to_dict("records"):
            words = policies[str(label)].describe(instance, row["row"], language)
            console.print(f"  {words}: {amount(row['stated'])} → {amount(row['needed'])}, by {row['by']:+,.4g} ({row['by_percent']:+.2g} %)")
        if len(rows) > SHOWN:
            console.print(f"  and {len(rows) - SHOWN} more")
    for label in [c for c in diagnosis.conflict if c not in set(diagnosis.repairs["label"])]:
        console.print(f"Relaxing {label} alone repairs nothing, or it has no limit to relax.")


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


def print_tipping(points: pd.DataFrame, instance: Instance, console: Console) -> None:
    """Where the answer turns, a line per cap and one for a reward or charge."""
    for row in points.to_dict("records"):
        name = ", ".join(instance.called(part) for part in row["row"].split("|"))
        what = f"a reward on {name}" if row["what"] == "reward" else f"the cap {name} ({amount(row['stated'])} {row['unit']})"
        if row["turns_by"] is None or row["turns_by"] != row["turns_by"]:
            console.print(f"However far, {what} does not turn the answer (tried {row['turns_after']:,.4g} {row['unit']}).")
        else:
            console.print(f"The answer turns with {what} between {row['turns_after']:,.4g} and {row['turns_by']:,.4g} {row['unit']}.")


def print_hindcast(table: pd.DataFrame, instance: Instance, console: Console) -> None:
    """One row per scope, forecasts side by side."""
    forecasts = list(dict.fromkeys(table["forecast"]))
    shown = Table(title="Change of shares, forecast and observed", title_justify="left")
    for heading in ("", *(f"{name}: {measure}" for name in forecasts for measure in ("explained", "rank"))):
        shown.add_column(heading, justify="right" if heading else "left")
    for scope, rows in table.groupby("scope", sort=False):
        stated = {row["forecast"]: row for row in rows.to_dict("records")}
        figures = [stated[name][measure] for name in forecasts for measure in ("explained", "rank")]
        shown.add_row(instance.called(str(scope)), *("–" if value != value else f"{value:.2f}" for value in figures))
    console.print(shown)
