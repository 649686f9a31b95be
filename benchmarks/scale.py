"""The synthetic instance at any size, solved by this package: one JSON line.

python -m benchmarks.scale --regions 31 --industries 42 --seed 1 --time-limit 60
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.synthetic import SOURCE, definition, numbers, write
from layout_opt.solver.outcome import quiet
from layout_opt.solver.running import peak_memory
from layout_opt.solving import ENGINES, load_instance, solve


def main() -> None:
    """Make the instance, solve it, check the plan and print what was reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regions", type=int, required=True)
    parser.add_argument("--industries", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time-limit", type=float)
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--engine", choices=ENGINES, default="auto")
    parser.add_argument("--source", type=Path, default=SOURCE, help="the generator, synthetic.py")
    parser.add_argument("--curve", action="store_true", help="bound, plan and gap over time, to standard error")
    a = parser.parse_args()

    def curve(seconds: float, bound: float | None, plan: float | None, gap: float | None) -> None:
        print(f"{seconds:.1f}\t{bound}\t{plan}\t{gap}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as folder:
        instance = load_instance(write(numbers(a.regions, a.industries, a.seed, a.source), Path(folder) / "synthetic"))
        progress = curve if a.curve else quiet
        info = solve(instance, definition(), gap=a.gap, time_limit=a.time_limit, engine=a.engine, progress=progress).info
    print(
        json.dumps(
            {
                **{key: getattr(a, key) for key in ("regions", "industries", "seed")},
                **{key: info[key] for key in ("status", "engine", "objective", "bound", "gap")},
                "seconds": round(info["seconds"]["build"] + info["seconds"]["solve"], 2),
                **{key: info["size"].get(key) for key in ("columns", "rows")},
                "peak_mb": round(peak_memory()),
                "violation": info["violation"],
            }
        )
    )


if __name__ == "__main__":
    main()
