"""How plans fare when the facts turn out otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from layout_opt.answers.values import interval
from layout_opt.summary import amount

if TYPE_CHECKING:
    from layout_opt.analysis.robustness import Robustness
    from layout_opt.instance import Instance

SHOWN = 5


def print_robustness(found: Robustness, instance: Instance, console: Console) -> None:
    """One row per plan: what it is worth as planned and in the samples, then what being prepared costs and buys, and the caps most at risk."""
    money, output = instance.manifest.money, instance.manifest.output
    count = found.samples["sample"].nunique()
    console.print(f"{count} samples; the sites of each plan are held, the rest is decided anew. Objective in {money}, unmet demand in {output}.")
    worth = Table(title="What the plans are worth", title_justify="left")
    for heading in ("plan", "as planned", "mean", "worst tenth", "worst", "in sample", "unmet in", "unmet, mean", "infeasible", "caps broken"):
        worth.add_column(heading, justify="left" if heading == "plan" else "right")
    for row in found.summary.to_dict("records"):
        planned = amount(found.runs[row["run"]].info["objective"])
        figures = (_between(row["mean_low"], row["mean_high"]), amount(row["tail"]), amount(row["worst"]), f"{row['worst_sample']:.0f}")
        shares = (f"{row['short_share']:.0%}", amount(row["short_mean"]), f"{row['infeasible']}", f"{row['broken_mean']:.1f}")
        worth.add_row(row["plan"], planned, *figures, *shares)
    console.print(worth)
    console.print("Caps broken: how many on average, by the plan as it stands, before anything adapts.")
    _print_price(found, money, console)
    _print_regret(found, money, console)
    _print_caps(found, instance, console)


def _print_price(found: Robustness, money: str, console: Console) -> None:
    if len(found.price) < 2:
        return
    shown = Table(title=f"What it costs to be prepared, and what that buys, beside {found.price['plan'].iloc[0]}, {money}", title_justify="left")
    for heading in ("plan", "price", "mean loss in the samples", "gain in the worst tenth"):
        shown.add_column(heading, justify="left" if heading == "plan" else "right")
    for row in found.price.iloc[1:].to_dict("records"):
        shown.add_row(row["plan"], *(interval(row[f"{what}_low"], row[f"{what}_high"]) for what in ("price", "loss")), amount(row["tail_gain"]))
    console.print(shown)


def _print_regret(found: Robustness, money: str, console: Console) -> None:
    known = found.summary.dropna(subset=["regret_high"])
    if known.empty:
        return
    count = found.samples.dropna(subset=["regret_high"])["sample"].nunique()
    best = known.sort_values("regret_high").iloc[0]
    worth = interval(best["regret_low"], best["regret_high"])
    console.print(f"With the sites chosen anew for each sample ({count} tried): {worth} {money} more on average than with those of {best['plan']}.")
    console.print("Knowing the facts beforehand would be worth at most that.")


def _print_caps(found: Robustness, instance: Instance, console: Console) -> None:
    first = found.summary["plan"].iloc[0]
    caps = found.caps[(found.caps["plan"] == first) & (found.caps["broken"] > 0)]
    for row in caps.head(SHOWN).to_dict("records"):
        name = ", ".join(instance.called(part) for part in row["row"].split("|"))
        console.print(
            f"  {first} as it stands breaks {name} ({row['period']}) in {row['broken']:.0%} of samples, by {row['worst_excess']:.1%} at most"
        )
    if len(caps) > SHOWN:
        console.print(f"  and {len(caps) - SHOWN} other caps")


def _between(low: float, high: float) -> str:
    """An amount, or the two it lies between where they differ in what is shown."""
    return amount(low) if amount(low) == amount(high) else f"{amount(low)} … {amount(high)}"
