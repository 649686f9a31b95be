"""The command line: thin, every command a few lines around a function of the package."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_opt.errors import LayoutError
from layout_opt.live import console, shown_progress, shown_solves

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Which industries should grow, stay, move or leave, in which region.",
)
INTERRUPTED = 130
EXIT_BY_STATUS = {"optimal": 0, "feasible": 0, "failed": 1, "infeasible": 3, "no_plan": 4}

InstanceArgument = Annotated[str, typer.Argument(metavar="INSTANCE", help="A folder, a workbook, or the name of a shipped instance.")]
ModelOption = Annotated[str, typer.Option("--model", metavar="MODEL", help="A TOML file, or the name of a shipped model.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change one setting of the model, e.g. core.growth=2.0.")]
GapOption = Annotated[float, typer.Option("--gap", min=0.0, max=1e9, help="Relative gap at which to stop.")]
LimitOption = Annotated[float | None, typer.Option("--time-limit", min=0.0, metavar="S", help="Seconds of solving, per scenario.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="Random seed of the solver.")]


def main() -> None:
    """Run the command line: exit codes 0 done, 1 our fault, 2 bad input, 3 infeasible, 4 no plan within the limit, 130 interrupted."""
    try:
        app()
    except LayoutError as error:
        complain(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(INTERRUPTED)
    except Exception as error:
        if os.environ.get("LAYOUT_OPT_DEBUG"):
            raise
        sys.stderr.write(f"A fault of layout_opt: {type(error).__name__}: {error}\nSet LAYOUT_OPT_DEBUG=1 to see where, and please report it.\n")
        sys.exit(1)


def short_name(instance: str) -> str:
    """What an instance is called on the command line: the name of its folder or workbook."""
    return Path(instance).resolve().name.removesuffix(".xlsx")


def complain(error: LayoutError) -> None:
    """Print an error and its faults to standard error, one fault a line, many alike ones as ten and a count."""
    sys.stderr.write(f"Error: {error}\n")


def save(table: pd.DataFrame, out: Path | None) -> None:
    """Write a table where one is asked for. Raises `InputError` where the file cannot be written."""
    if out is None:
        return
    from layout_opt.errors import Fault, InputError, Place

    try:
        table.to_csv(out, index=False, float_format="%.12g", lineterminator="\n")
    except OSError as error:
        raise InputError(faults=[Fault(f"cannot be written: {error.strerror}", Place(str(out)), "Choose another --out.")]) from None


@app.callback(invoke_without_command=True)
def top(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        from layout_opt import __version__

        sys.stdout.write(f"layout-opt {__version__}\n")
        raise typer.Exit


@app.command()
def new(
    target: Annotated[Path, typer.Argument(metavar="DIR", help="New folder, or new workbook (DIR.xlsx).")],
    source: Annotated[str, typer.Option("--from", metavar="INSTANCE", help="The instance to start from.")] = "tiny",
) -> None:
    """Make a working instance to start from."""
    from layout_opt.solving import load_instance
    from layout_opt.starting import start

    written = start(target, load_instance(source))
    sys.stdout.write(f"{target}: {len(written)} files. Next: layout-opt check {target}\n")


@app.command()
def check(
    instance: InstanceArgument,
    model: Annotated[str | None, typer.Option("--model", metavar="MODEL", help="Check this model against the instance too.")] = None,
    settings: SetOption = None,
) -> None:
    """Validate an instance (and a model): every fault with file, row, column and remedy; suspicious data are warnings."""
    from layout_opt.build import build, periods_of
    from layout_opt.errors import lines
    from layout_opt.policies import policies_of
    from layout_opt.solving import load_all

    facts, definitions = load_all(instance, [model] if model else [], settings or ())
    for definition in definitions:
        stand_in = {policy.label: dict.fromkeys(periods_of(definition, facts), facts.stock) for policy in policies_of(definition, facts)}
        build(facts, definition, stand_in)
    for warning in lines(facts.warnings):
        sys.stdout.write(f"Warning: {warning}\n")
    checked = f"{instance} with {model}" if model else instance
    sys.stdout.write(f"{checked}: no faults, {len(facts.warnings)} warnings.\n")


@app.command()
def solve(
    instance: InstanceArgument,
    model: ModelOption = "reference",
    settings: SetOption = None,
    gap: GapOption = 1e-4,
    time_limit: LimitOption = 300.0,
    engine: Annotated[str, typer.Option("--engine", metavar="auto|direct", help="How to solve; auto chooses.")] = "auto",
    seed: SeedOption = 0,
    out: Annotated[Path | None, typer.Option("--out", metavar="RUN", help="Run folder; default runs/INSTANCE[-MODEL].")] = None,
    export: Annotated[Path | None, typer.Option("--export", metavar="FILE.mps|FILE.lp", help="Also write the model for other solvers.")] = None,
) -> None:
    """Solve, verify, and write a run folder."""
    from layout_opt.runs import check_target
    from layout_opt.solving import load_all
    from layout_opt.solving import solve as solve_one
    from layout_opt.summary import print_summary

    facts, (definition,) = load_all(instance, [model], settings or ())
    name = short_name(instance)
    target = out or Path("runs") / (name if definition.name == "reference" else f"{name}-{definition.name}")
    check_target(target)
    with shown_progress(f"{facts.name} · {definition.name}", time_limit) as progress:
        run = solve_one(facts, definition, gap=gap, time_limit=time_limit, seed=seed, engine=engine, out=target, progress=progress, export_to=export)
    print_summary(run, console(), target)
    raise typer.Exit(INTERRUPTED if run.info["interrupted"] else EXIT_BY_STATUS[run.status])


@app.command()
def verify(run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")]) -> None:
    """Recheck a plan from its tables, independently of model and solver; print the largest violation."""
    from layout_opt.runs import read_run
    from layout_opt.summary import print_verification

    verification = read_run(run).verify()
    print_verification(verification, console())
    raise typer.Exit(0 if verification.passed else 1)


@app.command()
def compare(
    instance: InstanceArgument,
    models: Annotated[str, typer.Option("--models", metavar="A,B,…", help="Models, the first is the one the others are compared to.")],
    settings: SetOption = None,
    workers: Annotated[int, typer.Option("--workers", metavar="N", help="Processes of this machine that solve scenarios.")] = 1,
    scheduler: Annotated[str | None, typer.Option("--scheduler", metavar="ADDRESS", help="A Dask cluster to solve on, e.g. tcp://HOST:8786.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Keep the scenarios that an earlier comparison in DIR has solved.")] = False,
    gap: GapOption = 1e-4,
    time_limit: LimitOption = 300.0,
    seed: SeedOption = 0,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder; default runs/INSTANCE-comparison.")] = None,
) -> None:
    """Solve several models on one instance and write tables of what differs."""
    from layout_opt.analysis.comparing import compare as compare_all
    from layout_opt.analysis.sweeping import scenarios
    from layout_opt.solving import load_all
    from layout_opt.summary import print_comparison

    names = [name.strip() for name in models.split(",") if name.strip()]
    facts, _ = load_all(instance, names, settings or ())
    definitions = scenarios(names, settings or ())
    target = out or Path("runs") / f"{short_name(instance)}-comparison"
    with shown_solves(time_limit) as progress:
        comparison = compare_all(
            facts,
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


@app.command()
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
    labels = [name.strip() for name in only.split(",")] if only else None
    with shown_solves(time_limit) as progress:
        table = price_all(facts, definition, labels, gap=gap, time_limit=time_limit, seed=seed, progress=progress)
    print_prices(table, facts, console())
    save(table, out)


@app.command()
def attribute(
    instance: InstanceArgument,
    models: Annotated[str, typer.Option("--models", metavar="A,B", help="Two models: what makes B differ from A.")],
    settings: SetOption = None,
    gap: GapOption = 1e-4,
    time_limit: LimitOption = 300.0,
    seed: SeedOption = 0,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.csv", help="Also write the table.")] = None,
) -> None:
    """Attribute the difference of two models to the policies that differ, whatever the order (Shapley)."""
    from layout_opt.analysis.attributing import attribute as share_out
    from layout_opt.answers import print_attribution
    from layout_opt.errors import Fault, InputError, Place
    from layout_opt.solving import load_all

    names = [name.strip() for name in models.split(",") if name.strip()]
    if len(names) != 2:
        raise InputError(faults=[Fault("two models are compared", Place("--models"), "Name two.", models)])
    facts, (first, second) = load_all(instance, names, settings or ())
    with shown_solves(time_limit) as progress:
        found = share_out(facts, first, second, gap=gap, time_limit=time_limit, seed=seed, progress=progress)
    print_attribution(found, console())
    save(found.parts, out)


@app.command()
def rolling(
    instance: InstanceArgument,
    model: ModelOption = "five-year",
    settings: SetOption = None,
    observed: Annotated[str | None, typer.Option("--observed", metavar="INSTANCE", help="What turns out to be; default the forecast.")] = None,
    horizon: Annotated[int | None, typer.Option("--horizon", metavar="N", help="Periods that each step looks ahead; default all.")] = None,
    gap: GapOption = 1e-4,
    time_limit: LimitOption = 300.0,
    seed: SeedOption = 0,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.csv", help="Also write both layouts, rolled out and with foresight.")] = None,
) -> None:
    """Plan period by period: decide the first, observe, plan again; and the regret against foresight."""
    from layout_opt.analysis.rolling import roll
    from layout_opt.answers import print_rolling
    from layout_opt.solving import load_all, load_instance

    facts, (definition,) = load_all(instance, [model], settings or ())
    then = None if observed is None else load_instance(observed)
    with shown_solves(time_limit) as progress:
        found = roll(facts, definition, observed=then, horizon=horizon, gap=gap, time_limit=time_limit, seed=seed, progress=progress)
    print_rolling(found, console())
    save(found.layout, out)


@app.command()
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
    names = [name.strip() for name in objectives.split(",") if name.strip()]
    with shown_solves(time_limit) as progress:
        found = trace(facts, definition, names, points=points, within=within, gap=gap, time_limit=time_limit, seed=seed, out=out, progress=progress)
    print_frontier(found, console())


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
def hindcast(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    observed: Annotated[Path, typer.Option("--observed", metavar="FILE.csv", help="The stock as it was seen later: industry, region, output.")],
    earlier: Annotated[Path | None, typer.Option("--earlier", metavar="FILE.csv", help="An earlier stock, for a trend to compare with.")] = None,
    year: Annotated[int | None, typer.Option("--earlier-year", metavar="YEAR", help="The year of the earlier stock.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.csv", help="Also write the table.")] = None,
) -> None:
    """Compare what the plan moved with what moved in fact."""
    from layout_opt.analysis.hindcasting import hindcast as look_back
    from layout_opt.answers import print_hindcast
    from layout_opt.runs import read_run

    plan = read_run(run)
    table = look_back(plan, observed, earlier, year=year)
    print_hindcast(table, plan.instance, console())
    save(table, out)


@app.command()
def report(
    source: Annotated[Path, typer.Argument(metavar="RUN_OR_COMPARISON", help="A folder that solve or compare wrote.")],
    formats: Annotated[str, typer.Option("--format", metavar="html,md", help="Formats, separated by commas.")] = "html",
    language: Annotated[str, typer.Option("--lang", metavar="en|zh", help="Language of the report.")] = "en",
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder; default the run's own.")] = None,
) -> None:
    """Write a report to show or to hand in."""
    from layout_opt.report import write_report

    for path in write_report(source, [f.strip() for f in formats.split(",") if f.strip()], language, out):
        sys.stdout.write(f"{path}\n")


@app.command()
def policies(name: Annotated[str | None, typer.Argument(metavar="NAME", help="A family: print its mathematics and what it reads.")] = None) -> None:
    """List the policy families, or print the statement of one."""
    from layout_opt.policies import families, statement

    if name is None:
        for family, cls in families().items():
            sys.stdout.write(f"{family:24} {','.join(map(str, cls.serves)):>5}  {cls.title['en']:30} {cls.phrase}\n")
        return
    sys.stdout.write(statement(name).rstrip() + "\n\nParameters\n")
    cls = families()[name]
    for field, info in cls.model_fields.items():
        if field != "label":
            default = "required" if info.is_required() else f"default {info.default!r}"
            sys.stdout.write(f"  {field}: {default}\n")
    sys.stdout.write("\nReads\n" + "".join(f"  {table}: {', '.join(columns) or 'all'}\n" for table, columns in cls.reads.items()))


if __name__ == "__main__":
    main()
