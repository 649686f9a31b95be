"""Commands that ask why, how much and what else: prices, trade-offs, alternatives, explanations, conflicts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from layout_opt.cli.options import (
    AnswerOption,
    BudgetOption,
    GapOption,
    InstanceArgument,
    LimitOption,
    ModelOption,
    SeedOption,
    SetOption,
    asked,
    default_folder,
    numbers,
    split,
)
from layout_opt.live import console

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
    budget: BudgetOption = None,
    seed: SeedOption = 0,
    out: AnswerOption = None,
) -> None:
    """Price every policy, as an interval that honours the gap: dropped alone, and added alone."""
    from layout_opt.analysis.pricing import price as price_all
    from layout_opt.analysis.pricing_caps import price_caps
    from layout_opt.analysis.study import Efforts
    from layout_opt.answers.values import print_cap_prices, print_prices
    from layout_opt.solving import load_all

    facts, (definition,) = load_all(instance, [model], settings or ())
    kind = "price" if caps is None else "caps"
    with asked(out, default_folder(instance, definition.name, kind), time_limit) as answer:
        effort = Efforts(gap=gap, time_limit=time_limit, budget=budget, seed=seed, progress=answer.progress)
        if caps is None:
            answer.table = price_all(facts, definition, split(only) if only else None, out=answer.folder, **effort)
        else:
            answer.table = price_caps(facts, definition, caps, out=answer.folder, **effort)
    (print_prices if caps is None else print_cap_prices)(answer.table, facts, console())


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
    budget: BudgetOption = None,
    seed: SeedOption = 0,
    out: AnswerOption = None,
) -> None:
    """Trade two or three objectives off against each other; the gap at each point, no dominated point."""
    from layout_opt.analysis.frontier import frontier as trace
    from layout_opt.analysis.study import Efforts
    from layout_opt.answers.values import print_frontier
    from layout_opt.solving import load_all

    facts, (definition,) = load_all(instance, [model], settings or ())
    with asked(out, default_folder(instance, definition.name, "frontier"), time_limit) as answer:
        effort = Efforts(gap=gap, time_limit=time_limit, budget=budget, seed=seed, progress=answer.progress)
        found = trace(facts, definition, split(objectives), points=points, within=within, out=answer.folder, **effort)
        answer.table = found.points
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
    budget: BudgetOption = None,
    seed: SeedOption = 0,
    out: AnswerOption = None,
) -> None:
    """Core, flexible, never, undetermined: which projects good plans have; and the nearest plans that are otherwise."""
    from layout_opt.analysis.alternatives import alternatives as sort_out
    from layout_opt.analysis.study import Efforts
    from layout_opt.answers.reasons import print_alternatives
    from layout_opt.solving import load_all

    facts, (definition,) = load_all(instance, [model], settings or ())
    with asked(out, default_folder(instance, definition.name, "alternatives"), time_limit) as answer:
        effort = Efforts(gap=gap, time_limit=time_limit, budget=budget, seed=seed, progress=answer.progress)
        found = sort_out(facts, definition, within=within, nearest=nearest, differing=differing, out=answer.folder, **effort)
        answer.table = found.placements
    print_alternatives(found, console())


@commands.command(rich_help_panel="Ask")
def robustness(
    instance: InstanceArgument,
    models: Annotated[
        str, typer.Option("--models", metavar="A,B,…", help="Models whose plans are tried; all are judged by the first, which may be the only one.")
    ] = "reference",
    settings: SetOption = None,
    gammas: Annotated[
        str | None, typer.Option("--gammas", metavar="0,1,2,…", help="Try one model at several budgets of its `robust_capacity`.")
    ] = None,
    samples: Annotated[int, typer.Option("--samples", metavar="N", help="How many samples to draw.")] = 50,
    demand: Annotated[float, typer.Option("--demand", metavar="SHARE", help="Spread of national demand.")] = 0.1,
    caps: Annotated[float, typer.Option("--caps", metavar="SHARE", help="Spread of the caps on resources.")] = 0.1,
    intensities: Annotated[float, typer.Option("--intensities", metavar="SHARE", help="Spread of the use per unit of output.")] = 0.0,
    distribution: Annotated[str, typer.Option("--distribution", metavar="uniform|lognormal", help="How they are spread.")] = "uniform",
    correlation: Annotated[float, typer.Option("--correlation", metavar="C", help="Of caps on one resource within a river basin.")] = 0.0,
    factors: Annotated[Path | None, typer.Option("--factors", metavar="FILE.csv", help="A table of factors instead of drawing them.")] = None,
    stretch: Annotated[
        float | None, typer.Option("--stretch", metavar="SHARE", help="How far output may exceed the size planned; as far as sites allow by default.")
    ] = None,
    perfect: Annotated[int, typer.Option("--perfect", metavar="N", help="In how many samples to choose sites anew, for the regret.")] = 5,
    gap: GapOption = 1e-4,
    time_limit: LimitOption = 60.0,
    budget: BudgetOption = None,
    seed: SeedOption = 0,
    out: AnswerOption = None,
) -> None:
    """Hold the sites of plans and sample demand and caps: means, worst cases, shortage, and the price of being prepared."""
    from layout_opt.analysis.robustness import robustness as try_plans
    from layout_opt.analysis.study import Efforts
    from layout_opt.answers.robustness import print_robustness
    from layout_opt.solving import load_all

    facts, (first, *others) = load_all(instance, split(models), settings or ())
    with asked(out, default_folder(instance, first.name, "robustness"), time_limit) as answer:
        found = try_plans(
            facts,
            first,
            others,
            gammas=numbers(gammas or "", "--gammas"),
            samples=samples,
            demand=demand,
            caps=caps,
            intensities=intensities,
            distribution=distribution,
            correlation=correlation,
            factors=factors,
            stretch=stretch,
            perfect=perfect,
            out=answer.folder,
            **Efforts(gap=gap, time_limit=time_limit, budget=budget, seed=seed, progress=answer.progress),
        )
        answer.table = found.summary
    print_robustness(found, facts, console())


@commands.command(rich_help_panel="Ask")
def diagnose(
    instance: InstanceArgument,
    model: ModelOption = "reference",
    settings: SetOption = None,
    time_limit: LimitOption = 60.0,
    budget: BudgetOption = None,
    language: Annotated[str, typer.Option("--lang", metavar="en|zh", help="Language of the limits and repairs.")] = "en",
    out: AnswerOption = None,
) -> None:
    """For an infeasible model: the smallest set of policies and limits in conflict, and the cheapest repairs, in words."""
    from layout_opt.analysis.diagnosing import diagnose as find
    from layout_opt.analysis.study import Efforts
    from layout_opt.answers.reasons import print_diagnosis
    from layout_opt.solving import load_all

    facts, (definition,) = load_all(instance, [model], settings or ())
    with asked(out, default_folder(instance, definition.name, "diagnosis"), time_limit) as answer:
        found = find(facts, definition, out=answer.folder, **Efforts(time_limit=time_limit, budget=budget, progress=answer.progress))
        answer.table = found.repairs
    print_diagnosis(found, facts, definition, console(), language)


@commands.command(rich_help_panel="Ask")
def explain(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    industry: Annotated[str, typer.Option("--industry", metavar="K", help="An industry of the instance.")],
    region: Annotated[str, typer.Option("--region", metavar="R", help="A region of the instance.")],
    tipping: Annotated[bool, typer.Option("--tipping", help="Also find how far caps and rewards have to move before the answer turns.")] = False,
    gap: GapOption = 1e-4,
    time_limit: LimitOption = 300.0,
    budget: BudgetOption = None,
    out: AnswerOption = None,
) -> None:
    """Why here, or why not: the loss when it is forced otherwise, who is displaced, which limits bind."""
    from layout_opt.analysis.explaining import explain as ask
    from layout_opt.analysis.study import Efforts
    from layout_opt.answers.reasons import print_explanation
    from layout_opt.runs import read_run

    plan = read_run(run)
    beside = run.parent if run.name not in ("", "..") else run.resolve().parent
    with asked(out, beside / f"{run.resolve().name}-why-{industry}-{region}", time_limit) as answer:
        effort = Efforts(gap=gap, time_limit=time_limit, budget=budget, progress=answer.progress)
        found = ask(plan, industry, region, tipping=tipping, out=answer.folder, **effort)
        answer.table = found.displaced
    print_explanation(found, plan, console())
