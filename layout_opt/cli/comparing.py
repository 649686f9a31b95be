"""Commands that set models, plans and years beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from layout_opt.cli.options import (
    EXIT_BY_STATUS,
    INTERRUPTED,
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
    save,
    short_name,
    split,
)
from layout_opt.live import console, shown_solves

commands = typer.Typer()


@commands.command(rich_help_panel="Compare")
def compare(
    instance: InstanceArgument,
    models: Annotated[str, typer.Option("--models", metavar="A,B,…", help="Models, the first is the one the others are compared to.")],
    others: Annotated[str | None, typer.Option("--instances", metavar="X,Y,…", help="Further instances: every model is solved on each.")] = None,
    settings: SetOption = None,
    workers: Annotated[int, typer.Option("--workers", metavar="N", help="Processes of this machine that solve scenarios.")] = 1,
    scheduler: Annotated[str | None, typer.Option("--scheduler", metavar="ADDRESS", help="A Dask cluster to solve on, e.g. tcp://HOST:8786.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Keep the scenarios that an earlier comparison in DIR has solved.")] = False,
    gap: GapOption = 1e-4,
    time_limit: LimitOption = 300.0,
    seed: SeedOption = 0,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder; default runs/INSTANCE-comparison.")] = None,
) -> None:
    """Solve several models, on one instance or several, and write tables of what differs."""
    from layout_opt.analysis.comparing import compare as compare_all
    from layout_opt.analysis.sweeping import scenarios
    from layout_opt.errors import Fault, InputError, Place
    from layout_opt.solving import load_all
    from layout_opt.summary import print_comparison

    names, places = split(models), [instance, *split(others or "")]
    facts = {short_name(place): load_all(place, names, settings or ())[0] for place in places}
    if len(facts) < len(places):
        raise InputError(faults=[Fault("two instances have one name", Place("--instances"), "Rename one of the folders.", others or "")])
    definitions = scenarios(names, settings or ())
    target = out or default_folder(instance, "comparison")
    with shown_solves(time_limit) as progress:
        comparison = compare_all(
            facts if others else next(iter(facts.values())),
            definitions,
            gap=gap,
            time_limit=time_limit,
            seed=seed,
            workers=workers,
            scheduler=scheduler,
            resume=resume,
            out=target,
            progress=progress,
        )
    print_comparison(comparison, console(), target)
    if any(run.info["interrupted"] for run in comparison.runs.values()):
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(max((EXIT_BY_STATUS[run.status] for run in comparison.runs.values()), default=0))


@commands.command(rich_help_panel="Compare")
def attribute(
    instance: InstanceArgument,
    models: Annotated[str, typer.Option("--models", metavar="A,B", help="Two models: what makes B differ from A.")],
    settings: SetOption = None,
    gap: GapOption = 1e-4,
    time_limit: LimitOption = 300.0,
    budget: BudgetOption = None,
    seed: SeedOption = 0,
    out: AnswerOption = None,
) -> None:
    """Attribute the difference of two models to the policies that differ, whatever the order (Shapley)."""
    from layout_opt.analysis.attributing import attribute as share_out
    from layout_opt.analysis.study import Efforts
    from layout_opt.answers.values import print_attribution
    from layout_opt.errors import Fault, InputError, Place
    from layout_opt.solving import load_all

    names = split(models)
    if len(names) != 2:
        raise InputError(faults=[Fault("two models are compared", Place("--models"), "Name two.", models)])
    facts, (first, second) = load_all(instance, names, settings or ())
    with asked(out, default_folder(instance, f"{first.name}-{second.name}", "attribution"), time_limit) as answer:
        effort = Efforts(gap=gap, time_limit=time_limit, budget=budget, seed=seed, progress=answer.progress)
        found = share_out(facts, first, second, out=answer.folder, **effort)
        answer.table = found.parts
    print_attribution(found, console())


@commands.command(rich_help_panel="Compare")
def rolling(
    instance: InstanceArgument,
    model: ModelOption = "five-year",
    settings: SetOption = None,
    observed: Annotated[str | None, typer.Option("--observed", metavar="INSTANCE", help="What turns out to be; default the forecast.")] = None,
    horizon: Annotated[int | None, typer.Option("--horizon", metavar="N", help="Periods that each step looks ahead; default all.")] = None,
    gap: GapOption = 1e-4,
    time_limit: LimitOption = 300.0,
    budget: BudgetOption = None,
    seed: SeedOption = 0,
    out: AnswerOption = None,
) -> None:
    """Plan period by period: decide the first, observe, plan again; and the regret against foresight."""
    from layout_opt.analysis.rolling import roll
    from layout_opt.analysis.study import Efforts
    from layout_opt.answers.values import print_rolling
    from layout_opt.solving import load_all, load_instance

    facts, (definition,) = load_all(instance, [model], settings or ())
    then = None if observed is None else load_instance(observed)
    with asked(out, default_folder(instance, definition.name, "rolling"), time_limit) as answer:
        effort = Efforts(gap=gap, time_limit=time_limit, budget=budget, seed=seed, progress=answer.progress)
        found = roll(facts, definition, observed=then, horizon=horizon, out=answer.folder, **effort)
        answer.table = found.layout
    print_rolling(found, console())


@commands.command(rich_help_panel="Compare")
def hindcast(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    observed: Annotated[Path, typer.Option("--observed", metavar="FILE.csv", help="The stock as it was seen later: industry, region, output.")],
    earlier: Annotated[Path | None, typer.Option("--earlier", metavar="FILE.csv", help="An earlier stock, for a trend to compare with.")] = None,
    year: Annotated[int | None, typer.Option("--earlier-year", metavar="YEAR", help="The year of the earlier stock.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.csv", help="Also write the table.")] = None,
) -> None:
    """Compare what the plan moved with what moved in fact."""
    from layout_opt.analysis.hindcasting import hindcast as look_back
    from layout_opt.answers.values import print_hindcast
    from layout_opt.runs import read_run

    plan = read_run(run)
    table = look_back(plan, observed, earlier, year=year)
    print_hindcast(table, plan.instance, console())
    if out is not None:
        save(table, out)
