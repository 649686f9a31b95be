"""Published problems through the package: `python -m benchmarks.classic FAMILY FILE`, or `--all` for every file with its published value.

Each file becomes an instance and a definition (`benchmarks.carried`), which are validated, solved and verified like any other. The package
maximises, so the value is minus its objective. With `--all` every file is solved in a process of its own, and a value below a proven optimum
or a bound above the published value is marked WRONG.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import carried
from benchmarks.published import FOLDERS, Assignment, files, published, read
from layout_opt import load_instance, solve
from layout_opt.solver.outcome import PROVEN

ROOT = Path(__file__).parents[2] / "shared" / "benchmarks"
ROUNDING = 1e-6  # relative: published values are sums of decimals


def run(problem: Assignment, gap: float = PROVEN, time_limit: float | None = None, seed: int = 0) -> dict[str, Any]:
    """Solve a problem through the package. The value is None where industries are left out (or there is no plan)."""
    with tempfile.TemporaryDirectory() as folder:
        instance = load_instance(carried.write(problem, Path(folder) / "instance"))
    start = time.perf_counter()
    made = solve(instance, carried.definition(problem), gap=gap, time_limit=time_limit, seed=seed)
    seconds = time.perf_counter() - start
    objective, bound = made.info["objective"], made.info["bound"]
    whole = objective is not None and -objective < carried.most_of(problem)
    return {
        "objective": -objective if whole else None,
        "bound": None if bound is None else -bound,
        "gap": made.info["gap"],
        "seconds": round(seconds, 1),
        "status": made.status,
        "engine": made.info["engine"],
    }


def verdict(value: float | None, bound: float | None, known: float | None, proven: bool) -> str:
    """How a value and a bound stand to the published value."""
    if value is None:
        return "no plan"
    if known is None:
        return "no published value"
    slack = ROUNDING * max(abs(known), 1.0)
    if bound is not None and bound > known + slack:
        return "WRONG: bound above the published value"
    if bound is not None and bound > value + slack:
        return "WRONG: bound above the value"
    if value < known - slack:
        return "WRONG: below the proven optimum" if proven else "better than the best known"
    return "equal" if value <= known + slack else f"{100 * (value / known - 1):+.3f} %" if known else f"{value - known:+g}"


def table(root: Path, families: list[str], options: list[str]) -> None:
    """Solve all files below a folder, one process each, and print how they end."""
    print("| family | file | published | ours | bound | gap % | seconds | verdict |\n|---|---|---|---|---|---|---|---|")
    for family, path in files(root):
        if family in families:
            print(row(family, path, options), flush=True)


def row(family: str, path: Path, options: list[str]) -> str:
    """One row of the table."""
    known, proven = published(family, path)
    done = subprocess.run([sys.executable, "-m", "benchmarks.classic", family, str(path), *options], capture_output=True, text=True, check=False)
    name = f"{path.parent.name}/{path.name}"
    stated = "-" if known is None else f"{known:.10g} {'proven' if proven else 'best known'}"
    if done.returncode:
        return f"| {family} | {name} | {stated} | | | | | failed: {(done.stderr.strip().splitlines() or ['?'])[-1]} |"
    made = json.loads(done.stdout)
    value, bound, gap = ("" if made[key] is None else made[key] for key in ("objective", "bound", "gap"))
    shown = " | ".join(f"{number:.10g}" if number != "" else "" for number in (value, bound)) + f" | {100 * gap if gap != '' else 0:.4f}"
    return f"| {family} | {name} | {stated} | {shown} | {made['seconds']:.1f} | {verdict(made['objective'], made['bound'], known, proven)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("family", nargs="?", choices=FOLDERS)
    parser.add_argument("file", nargs="*", type=Path)
    parser.add_argument("--all", action="store_true", help="every file below the root (of the family, where one is named)")
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--time-limit", type=float)
    parser.add_argument("--gap", type=float, default=PROVEN)
    given = parser.parse_args()
    options = [f"--gap={given.gap}", *([] if given.time_limit is None else [f"--time-limit={given.time_limit}"])]
    if given.all:
        table(given.root, [given.family] if given.family else list(FOLDERS), options)
    elif not given.file:
        parser.error("name a family and a file, or --all")
    elif missing := [str(path) for path in given.file if not path.is_file()]:
        parser.error(f"no such file: {', '.join(missing)}")
    else:
        for path in given.file:
            made = run(read(given.family, path), given.gap, given.time_limit)
            print(json.dumps({"family": given.family, "file": str(path), **made}))


if __name__ == "__main__":
    main()
