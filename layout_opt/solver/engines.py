"""Which engine suits a model, and why."""

from __future__ import annotations

from layout_opt.build import Built

TRANSFERS = 10_000  # transfers from which pricing them in beats having them all
PROJECTS = 800  # binaries from which dives and neighbourhoods beat the tree alone


def choose_engine(built: Built) -> tuple[str, str]:
    """The name of the engine for a model, and the reason in words."""
    transfers = sum(len(period.flows) for period in built.periods)
    projects = sum(len(period.b.w) for period in built.periods)
    if transfers >= TRANSFERS:
        return "scaled", f"{transfers:,} transfers are too many to have them all in the model"
    if projects >= PROJECTS and transfers:
        return "scaled", f"{projects:,} projects are more than the tree alone settles quickly"
    return "direct", f"{transfers:,} transfers and {projects:,} projects go into one model"
