"""What things are worth: prices, attributions, trade-offs, regrets, forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from layout_opt.summary import amount

if TYPE_CHECKING:
    import pandas as pd

    from layout_opt.analysis.attributing import Attribution
    from layout_opt.analysis.frontier import Frontier
    from layout_opt.analysis.rolling import Rolling
    from layout_opt.instance import Instance


def interval(low: float | None, high: float | None) -> str:
    """An interval, or one number where its ends agree to what is shown."""
    if low is None or high is None or low != low:
        return "no plan"
    return f"{low:,.4g}" if f"{low:,.4g}" == f"{high:,.4g}" else f"{low:,.6g} … {high:,.6g}"


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
