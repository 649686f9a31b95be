"""Every shipped model on every shipped instance that it fits: `python -m benchmarks.shipped [--only INSTANCE] [--update]`.

Prints one row per pair, and with `--update` stores plan and bound in `tests/shipped.csv`. The test suite solves the quick pairs again and holds
them against what is stored: no new plan beats a stored bound, no stored plan a new one.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from layout_opt.build import periods_of
from layout_opt.definition import Definition, load_definition
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.policies import policies_of
from layout_opt.shipped import names
from layout_opt.solving import load_instance, solve

STORED = Path(__file__).resolve().parent.parent / "tests" / "shipped.csv"
COLUMNS = ["instance", "model", "status", "objective", "bound", "gap", "violation", "seconds"]
GAP, SECONDS = 5e-3, 600.0


def pairs() -> Iterator[tuple[Instance, Definition]]:
    """Every instance with every model that it has the tables, names and periods for; sweeps are left to `compare`."""
    for instance in map(load_instance, names("instances")):
        for definition in map(load_definition, names("models")):
            if not definition.sweep and fits(instance, definition):
                yield instance, definition


def fits(instance: Instance, definition: Definition) -> bool:
    """Whether a model can be stated on an instance."""
    try:
        policies_of(definition, instance)
        periods_of(definition, instance)
    except InputError:
        return False
    return True


def main() -> None:
    """Solve and print, and store where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="one instance")
    parser.add_argument("--gap", type=float, default=GAP)
    parser.add_argument("--time-limit", type=float, default=SECONDS)
    parser.add_argument("--update", action="store_true", help="store what is found")
    asked = parser.parse_args()
    rows = []
    for instance, definition in pairs():
        if asked.only not in (None, instance.name):
            continue
        began = time.perf_counter()
        run = solve(instance, definition, gap=asked.gap, time_limit=asked.time_limit)
        info, seconds = run.info, round(time.perf_counter() - began, 1)
        rows.append((instance.name, definition.name, run.status, info["objective"], info["bound"], info["gap"], info["violation"], seconds))
        print(*rows[-1], flush=True)
    if asked.update:
        new = pd.DataFrame(rows, columns=COLUMNS)
        old = pd.read_csv(STORED) if STORED.is_file() else new.iloc[:0]
        kept = old[~old.set_index(["instance", "model"]).index.isin(new.set_index(["instance", "model"]).index)]
        table = pd.concat([part for part in (kept, new) if len(part)]).sort_values(["instance", "model"])
        table.to_csv(STORED, index=False, float_format="%.9g", lineterminator="\n")


if __name__ == "__main__":
    main()
