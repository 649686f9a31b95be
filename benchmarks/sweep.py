"""Twenty neighbouring scenarios by one `compare` against twenty separate `solve` commands: `python -m benchmarks.sweep [--workers N]`.

One JSON line: seconds of both and their ratio, measured in one run, and the largest relative difference between objectives.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

COMMAND = [sys.executable, "-m", "layout_opt.cli"]
MODEL = """base = "reference"
question = {{ en = "How strict may the limits be?", zh = "约束可以多严？" }}

[sweep]
"policies.resources.strictness" = [{values}]
"""


def main() -> None:
    """Solve the sweep, then each of its scenarios by itself."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instance", default="china-2017")
    parser.add_argument("--scenarios", type=int, default=20)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    values = [round(1.0 - 0.0025 * n, 4) for n in range(asked.scenarios)]
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "strict.toml"
        model.write_text(MODEL.format(values=", ".join(map(str, values))), encoding="utf-8")
        began = time.perf_counter()
        arguments = ["compare", asked.instance, "--models", str(model), "--workers", str(asked.workers), "--out", f"{folder}/sweep"]
        subprocess.run([*COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL)
        together = time.perf_counter() - began
        table = pd.read_csv(f"{folder}/sweep/scenarios.csv")
        began, objectives = time.perf_counter(), []
        for n, value in enumerate(values):
            setting = f"policies.resources.strictness={value}"
            run = Path(folder) / f"run-{n}"
            subprocess.run([*COMMAND, "solve", asked.instance, "--set", setting, "--out", str(run)], check=True, stdout=subprocess.DEVNULL)
            objectives.append(json.loads((run / "run.json").read_text(encoding="utf-8"))["objective"])
        apart = time.perf_counter() - began
    difference = max(abs(a - b) / abs(b) for a, b in zip(table["objective"], objectives, strict=True))
    found = {"scenarios": len(values), "workers": asked.workers, "together": round(together, 1), "apart": round(apart, 1)}
    print(json.dumps({**found, "ratio": round(together / apart, 3), "largest_difference": difference}))


if __name__ == "__main__":
    main()
