"""What the terminal shows after a command: the answer in a screenful."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from layout_opt.analysis.comparing import Comparison
    from layout_opt.runs import Run
    from layout_opt.verify import Verification

AT_CAP, OVER_CAP = 0.9999, 1.0001


def amount(value: float) -> str:
    """A number with six digits or more, thousands separated."""
    return f"{value:,.1f}" if abs(value) >= 1e5 else f"{value:,.6g}"


def print_summary(run: Run, console: Console, path: Path) -> None:
    """Status and gap, the plate matrix, the ten largest transfers, resources at their cap, the most complementary pairs."""
    info = run.info
    if not run.has_plan:
        words = {
            "infeasible": "Infeasible: the policies contradict each other or the facts. `layout-opt diagnose` tells which, and what would repair it.",
            "no_plan": "No plan was found within the limit. Allow more time, or a larger gap.",
        }
        console.print(words[run.status])
        if run.path is None:
            console.print(f"Nothing was written to {path}.")
        return
    money, output = run.instance.manifest.money, run.instance.manifest.output
    stopped = "  (interrupted: the best plan so far)" if info["interrupted"] else ""
    console.print(
        f"[bold]{info['status']}[/bold]  objective {amount(info['objective'])}  bound {amount(info['bound'])} {money}  gap {info['gap']:.4%}{stopped}"
    )
    console.print(
        f"verified: largest violation {info['violation']:.2g}   {info['seconds']['solve']:.1f} s of solving, {info['seconds']['total']:.1f} s in all"
    )
    objective = run.tables["objective"].set_index("term")["value"]
    if objective["shortage"] > 1e-6:
        console.print(f"[bold]Unmet demand: {objective['shortage']:,.6g} {output}[/bold]")
    _excess(run, console)
    console.print(_matrix(run.tables["plates"], f"Transfers by plate, output in {output} (rows: from)"))
    console.print(_transfers(run, output))
    _at_cap(run, console)
    console.print(_pairs(run, output))
    console.print(f"Tables: {path}   Page: layout-opt report {path} --format html")


def _excess(run: Run, console: Console) -> None:
    softened = run.tables["policies"]
    for row in softened[softened["excess"] > 1e-6].to_dict("records"):
        console.print(f"[bold]Limit {row['label']} exceeded by {row['excess']:,.4g} in all, at a penalty of {row['penalty']:g} per unit[/bold]")


def _matrix(plates: pd.DataFrame, title: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    output = plates.set_index(["origin_plate", "destination_plate"])["output"].to_dict()
    order = list(dict.fromkeys(plates["origin_plate"]))
    for plate in order:
        table.add_column(plate, justify="right")
    for origin in order:
        table.add_row(origin, *(f"{output[origin, d]:,.1f}" for d in order))
    return table


def _transfers(run: Run, output: str) -> Table:
    table = Table(title="Ten largest transfers", title_justify="left")
    for heading, right in (("industry", False), ("from", False), ("to", False), (f"output, {output}", True), ("km", True)):
        table.add_column(heading, justify="right" if right else "left")
    name = run.instance.label
    for row in run.tables["transfers"].nlargest(10, "output").to_dict("records"):
        ends = (name("regions", row["origin"]), name("regions", row["destination"]))
        table.add_row(name("industries", row["industry"]), *ends, f"{row['output']:,.1f}", f"{row['distance']:,.0f}")
    return table


def _at_cap(run: Run, console: Console) -> None:
    resources = run.tables["resources"]
    full = resources[(resources["utilisation"] >= AT_CAP) & (resources["utilisation"] <= OVER_CAP)]
    console.print("[italic]Resources at their cap[/italic]" if len(full) else "No resource is at its cap.")
    for key, rows in full.groupby(["resource", "period"], sort=False):
        resource, period = map(str, key) if isinstance(key, tuple) else (str(key), "")
        dearest = rows.sort_values("price", ascending=False)["region_or_group"]
        places = ", ".join(run.instance.label("groups", run.instance.label("regions", place)) for place in dearest)
        console.print(f"  {run.instance.label('resources', str(resource))} {period}: {places}")


def _pairs(run: Run, output: str) -> Table:
    pairs, name = most_complementary(run.tables["complementarity"]), run.instance.label
    table = Table(title="Most complementary pairs (structure grows less alike, and they have most to sell each other)", title_justify="left")
    for heading, right in (("pair", False), ("similarity before", True), ("after", True), (f"mutual trade, {output}", True)):
        table.add_column(heading, justify="right" if right else "left")
    for row in pairs.to_dict("records"):
        table.add_row(
            f"{name('regions', row['region_a'])} – {name('regions', row['region_b'])}",
            f"{row['similarity_before']:.3f}",
            f"{row['similarity_after']:.3f}",
            f"{row['net_trade']:,.0f}",
        )
    return table


def most_complementary(pairs: pd.DataFrame, count: int = 5) -> pd.DataFrame:
    """Pairs whose similarity fell, by what they can sell each other."""
    return pairs[pairs["similarity_after"] < pairs["similarity_before"]].nlargest(count, "net_trade")


def print_verification(verification: Verification, console: Console) -> None:
    """Every check with its worst row, and the largest violation."""
    table = Table(title="Independent check", title_justify="left")
    for heading in ("statement", "period", "worst at", "violation"):
        table.add_column(heading)
    for row in verification.table.to_dict("records"):
        period = "" if row["period"] != row["period"] or row["period"] is None else f"{row['period']:.0f}"
        table.add_row(row["statement"], period, row["worst"] if row["violation"] > 0 else "", f"{row['violation']:.2g}")
    console.print(table)
    console.print(f"largest violation {verification.violation:.3g}: {'the plan holds' if verification.passed else 'THE PLAN DOES NOT HOLD'}")


def print_comparison(comparison: Comparison, console: Console, path: Path) -> None:
    """The scenarios side by side, and whether their bounds agree with each other."""
    table = Table(title=f"Scenarios on {comparison.instance.name}; difference from {comparison.baseline}", title_justify="left")
    for heading in ("scenario", "status", "objective", "gap", "difference", "reported transfer"):
        table.add_column(heading, justify="left" if heading in ("scenario", "status") else "right")
    for row in comparison.tables["scenarios"].to_dict("records"):
        if row["objective"] is None or row["objective"] != row["objective"]:
            table.add_row(row["scenario"], row["status"], row["message"])
            continue
        low, high = row["difference_low"], row["difference_high"]
        interval = f"{low:+,.1f}" if abs(high - low) < 0.05 else f"{low:+,.1f} … {high:+,.1f}"
        table.add_row(row["scenario"], row["status"], f"{row['objective']:,.1f}", f"{row['gap']:.3%}", interval, f"{row['transfer']:,.1f}")
    console.print(table)
    cross = comparison.tables["cross"]
    wrong = cross[~cross["holds"].astype(bool)] if len(cross) else cross
    for row in wrong.to_dict("records"):
        console.print(f"[bold]The plan of {row['plan_of']} is allowed under {row['under']} and worth more than its bound: a fault of a solve[/bold]")
    if not len(wrong) and len(cross):
        allowed = int(cross["allowed"].astype(bool).sum())
        console.print(f"Bounds agree: in {allowed} of {len(cross)} cases a plan is allowed under another definition, and none beats its bound.")
    console.print(f"Tables: {path}   Page: layout-opt report {path} --format html")
