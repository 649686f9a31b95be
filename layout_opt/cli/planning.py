"""Commands that make, check, solve and verify: one instance, one model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from layout_opt.cli.options import (
    EXIT_BY_STATUS,
    INTERRUPTED,
    GapOption,
    InstanceArgument,
    LimitOption,
    ModelOption,
    SeedOption,
    SetOption,
    default_folder,
)
from layout_opt.live import console, shown_progress

commands = typer.Typer()


@commands.command(rich_help_panel="Plan")
def new(
    target: Annotated[Path, typer.Argument(metavar="DIR", help="New folder, or new workbook (DIR.xlsx).")],
    source: Annotated[str, typer.Option("--from", metavar="INSTANCE", help="The instance to start from.")] = "tiny",
) -> None:
    """Make a working instance to start from."""
    from layout_opt.solving import load_instance
    from layout_opt.starting import write_instance

    written = write_instance(load_instance(source), target)
    sys.stdout.write(f"{target}: {len(written)} files. Next: layout-opt check {target}\n")


@commands.command(rich_help_panel="Plan")
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


@commands.command(rich_help_panel="Plan")
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
    target = out or default_folder(instance, definition.name)
    check_target(target)
    with shown_progress(f"{facts.name} · {definition.name}", time_limit) as progress:
        run = solve_one(facts, definition, gap=gap, time_limit=time_limit, seed=seed, engine=engine, out=target, progress=progress, export_to=export)
    print_summary(run, console(), target)
    raise typer.Exit(INTERRUPTED if run.info["interrupted"] else EXIT_BY_STATUS[run.status])


@commands.command(rich_help_panel="Plan")
def verify(run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")]) -> None:
    """Recheck a plan from its tables, independently of model and solver; print the largest violation."""
    from layout_opt.runs import read_run
    from layout_opt.summary import print_verification

    verification = read_run(run).verify()
    print_verification(verification, console())
    raise typer.Exit(0 if verification.passed else 1)


@commands.command(rich_help_panel="Plan")
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
        if field not in ("label", "objective"):  # which the model gives
            default = "required" if info.is_required() else f"default {info.default!r}"
            sys.stdout.write(f"  {field}: {default}\n")
    sys.stdout.write("\nReads\n" + "".join(f"  {table}: {', '.join(columns) or 'all'}\n" for table, columns in cls.reads.items()))
