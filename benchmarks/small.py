"""Small published problems in the format of this package, for `tests/classic`: `python -m benchmarks.small` writes the folder again.

Each becomes an instance folder with its model beside it; the published values and where they come from go into `README.md`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks import carried
from benchmarks.published import FOLDERS, published, read

SHARED = Path(__file__).parents[2] / "shared" / "benchmarks"
TARGET = Path(__file__).parents[1] / "tests" / "classic"
GAP = ("OR-Library (Beasley), Cattrysse, Salomon and Van Wassenhove 1994; github.com/fontanf/generalizedassignmentsolver", "MIT")
HOLMBERG = ("Holmberg, Ronnqvist and Yuan 1999; github.com/Oscar-Oliveira/OR-Datasets", "none stated")
CAP = ("OR-Library (Beasley 1988); github.com/iestero42/CWLP", "none stated")
UFL = ("UflLib, Galvao and Raggi 1989; github.com/autopawn/dc_splp_results", "none stated")
LEE_MA = ("Lee and Ma 2004; github.com/HaSaKL/Metaheuristic_GQAP", "none stated")
CTAP = ("Elloumi 1991, constrained task assignment; github.com/HaSaKL/Metaheuristic_GQAP", "none stated")
QAP = ("QAPLIB (Burkard, Karisch and Rendl 1997); github.com/jeffrey-chr/ISA-QAP-Instances", "none stated")
CHOSEN = {
    "gap1-0": ("gap", "cattrysse1994/gap1-0", GAP),
    "gap4-0": ("gap", "cattrysse1994/gap4-0", GAP),
    "holmberg-p2": ("sscflp", "holmberg/p2", HOLMBERG),
    "holmberg-p6": ("sscflp", "holmberg/p6", HOLMBERG),
    "cap41": ("cflp", "cap41.txt", CAP),
    "galvao-50-1": ("ufl", "GalvaoRaggi/50/50.1", UFL),
    "lee-ma-12x3": ("gqap", "lee_ma/12X3-E-G.txt", LEE_MA),
    "ctap-10-3": ("gqap", "elloumi_ctap/tassc1003Aa.dat", CTAP),
    "chr12a": ("qap", "chr12a.dat", QAP),
    "had12": ("qap", "had12.dat", QAP),
    "rou12": ("qap", "rou12.dat", QAP),
    "esc16i": ("qap", "esc16i.dat", QAP),
}
HEAD = """# Published assignment problems

Carried over by `python -m benchmarks.small` from public collections, one instance folder with its `model.toml` each. The package maximises, so
its objective is minus the published optimum, which is proven for all of them. `none stated`: the collection names no licence; the figures are
published test data of the papers named.

| instance | kind | published optimum | source | licence |
|---|---|---|---|---|
"""


def main() -> None:
    rows = []
    for name, (family, file, (source, licence)) in CHOSEN.items():
        path = SHARED / FOLDERS[family] / file
        problem, (optimum, proven) = read(family, path), published(family, path)
        assert proven, name
        carried.write(problem, TARGET / name, source, licence)
        (TARGET / name / "model.toml").write_text(_toml(carried.choices(problem)), encoding="utf-8", newline="\n")
        rows.append(f"| {name} | {family} | {optimum:.10g} | {source} | {licence} |\n")
    (TARGET / "README.md").write_text(HEAD + "".join(rows), encoding="utf-8", newline="\n")


def _toml(data: dict[str, Any]) -> str:
    """Text, numbers and tables of the keys of a model file as TOML."""
    policies = data.pop("policies")
    tables = {**data, **{f"policies.{label}": keys for label, keys in policies.items()}}
    blocks = [
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in keys.items()) for name, keys in tables.items()
    ]
    return "\n".join(blocks)


if __name__ == "__main__":
    main()
