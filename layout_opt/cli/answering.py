"""Commands that ask why, how much and what else: prices, trade-offs, alternatives, explanations, conflicts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from layout_opt.cli.options import GapOption, InstanceArgument, LimitOption, ModelOption, SeedOption, SetOption, save, split
from layout_opt.live import console, shown_progress, shown_solves

commands = typer.Typer()


@commands.command(rich_help_panel="Ask")
def price(
    instance: InstanceArgument,
    model: ModelOption = "reference",
    settings: SetOption = None,
    only: Annotated[str | None, typer.Option("--policies", metavar="A,B,…", help="Labels to price; default all that limit or cost.")] = None,
    caps: Annotated[int | None, typer.Option("--caps", metavar="N", help="Price the N dearest caps on resources instead.")] = None,
    gap: GapOption = 1e-4,
    time_limit: LimitOption = 300.0,
    seed: SeedOption = 0,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.csv", help="Also write the table.")] = None,
) -> None:
    """Price every policy, as an interval that honours the gap: dropped alone, and added alone."""
    from layout_opt.analysis.pricing import price as price_all
    from layout_opt.analysis.pricing_caps import price_caps
    from layout_opt.answers import print_cap_prices, print_prices
    from layout_opt.solving import load_all

    facts, (definition,) = load_all(instance, [model], settings or ())
    if caps is not None:
        with shown_solves(time_limit) as progress:
            table = price_caps(facts, definition, caps, gap=gap, time_limit=time_limit, seed=seed, progress=progress)
        print_cap_prices(table, facts, console())
        save(table, out)
        return
    labels = split(only) if only else None
    with shown_solves(time_limit) as progress:
        table = price_all(facts, definition, labels, gap=gap, time_limit=time_limit, seed=seed, progress=progress)
    print_prices(table, facts, console())
    save(table, out)


@commands.command(rich_help_panel="Ask")
def frontier(
    instance: InstanceArgument,
    model: ModelOption = "reference",
    settings: SetOption = None,
    objectives: Annotated[
        str, typer.Option("--objectives", metavar="A,B[,C]", help="`objective`, its terms, or resources.")
    ] = "objective,relocation_cost",
    points: Annotated[int, typer.Option("--points", metavar="N", help="Points per objective held.")] = 9,
    within: Annotated[float, typer.Option("--within", metavar="SHARE", help="How much of the first objective may be given up.")] = 0.1,
    gap: GapOption = 1e-4,
    time_limit: LimitOption = 60.0,
    seed: SeedOption = 0,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Also write the table, and every point as a run folder.")] = None,
) -> None:
    """Trade two or three objectives off against each other; the gap at each point, no dominated point."""
    from layout_opt.analysis.frontier import frontier as trace
    from layout_opt.answers import print_frontier
    from layout_opt.solving import load_all

    facts, (definition,) = load_all(instance, [model], settings or ())
    with shown_solves(time_limit) as progress:
        found = trace(
            facts, definition, split(objectives), points=points, within=within, gap=gap, time_limit=time_limit, seed=seed, out=out, progress=progress
        )
    print_frontier(found, console())


@commands.command(rich_help_panel="Ask")
def alternatives(
    instance: InstanceArgument,
    model: ModelOption = "reference",
    settings: SetOption = None,
    within: Annotated[float, typer.Option("--within", metavar="SHARE", help="How much of the gain over today a good plan may lack.")] = 0.05,
    nearest: Annotated[int, typer.Option("--nearest", metavar="N", help="How many other plans to find.")] = 3,
    differing: Annotated[int, typer.Option("--differing", metavar="N", help="By how many projects other plans differ at least.")] = 1,
    gap: GapOption = 1e-4,
    time_limit: LimitOption = 300.0,
    seed: SeedOption = 0,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.csv", help="Also write the verdicts.")] = None,
) -> None:
    """Core, flexible, never, undetermined: which projects good plans have; and the nearest plans that are otherwise."""
    from layout_opt.analysis.alternatives import alternatives as sort_out
    from layout_opt.answers import print_alternatives
    from layout_opt.solving import load_all

    facts, (definition,) = load_all(instance, [model], settings or ())
    with shown_solves(time_limit) as progress:
        found = sort_out(
            facts,
            definition,
            within=within,
            nearest=nearest,
            differing=differing,
            gap=gap,
            time_limit=time_limit,
            seed=seed,
            progress=progress,
        )
    print_alternatives(found, console())
    save(found.placements, out)


@commands.command(rich_help_panel="Ask")
def diagnose(
    instance: InstanceArgument,
    model: ModelOption = "reference",
    settings: SetOption = None,
    time_limit: LimitOption = 60.0,
    language: Annotated[str, typer.Option("--lang", metavar="en|zh", help="Language of the repairs.")] = "en",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.csv", help="Also write the table of repairs.")] = None,
) -> None:
    """For an infeasible model: the smallest set of policies in conflict, and the cheapest repairs, in words."""
    from layout_opt.analysis.diagnosing import diagnose as find
    from layout_opt.answers import print_diagnosis
    from layout_opt.solving import load_all

    facts, (definition,) = load_all(instance, [model], settings or ())
    with shown_solves(time_limit) as progress:
        diagnosis = find(facts, definition, time_limit=time_limit, progress=progress)
    print_diagnosis(diagnosis, facts, definition, console(), language)
    save(diagnosis.repairs, out)


@commands.command(rich_help_panel="Ask")
def explain(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    industry: Annotated[str, typer.Option("--industry", metavar="K", help="An industry of the instance.")],
    region: Annotated[str, typer.Option("--region", metavar="R", help="A region of the instance.")],
    tipping: Annotated[bool, typer.Option("--tipping", help="Also find how far caps and rewards have to move before the answer turns.")] = False,
    gap: GapOption = 1e-4,
    time_limit: LimitOption = 300.0,
) -> None:
    """Why here, or why not: the loss when it is forced otherwise, who is displaced, which limits bind."""
    from layout_opt.analysis.explaining import explain as ask
    from layout_opt.analysis.tipping import tipping_points
    from layout_opt.answers import print_explanation, print_tipping
    from layout_opt.runs import read_run

    plan = read_run(run)
    with shown_progress(f"{industry} · {region}", time_limit) as progress:
        explanation = ask(plan, industry, region, gap=gap, time_limit=time_limit, progress=progress)
    print_explanation(explanation, plan, console())
    if tipping:
        with shown_solves(time_limit) as begin:
            points = tipping_points(plan, explanation, gap=gap, time_limit=time_limit, progress=begin)
        print_tipping(points, plan.instance, console())
