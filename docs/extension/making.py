"""Pages made from the package and the repository, anew at every build, into `generated/`: the formulation, the sources of the instances."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import layout_opt.core
from extension.families import page
from extension.sources import sources
from extension.statements import markdown
from layout_opt.policies import families
from layout_opt.shipped import folder, names

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent.parent
OUTWARD = re.compile(r"\[([^\]]+)\]\((?!https?:|/|#|docs/|\.\./\.\./docs/|[\w-]+\.md)[^)]+\)")


def setup(app: Sphinx) -> None:
    """Called by the extension: Sphinx looks for pages when it is set up."""
    make(Path(app.srcdir) / "generated")


def make(folder: Path) -> None:
    """Write all made pages into a folder, in place of what is there."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in pages().items():
        target = folder / f"{name}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Every made page by name."""
    made = {f"formulation/{name}": page(name) for name in families()}
    made["formulation/core"] = f"# The core\n\n{markdown(layout_opt.core.__doc__ or '')}"
    made |= {f"sources/{name}": sources(folder("instances") / name) for name in names("instances")}
    made |= {f"instances/{name}": copied(folder("instances") / name / "README.md") for name in names("instances")}
    return made | {name: copied(ROOT / f"{name}.md") for name in ("CHANGELOG", "CONTRIBUTING")}


def copied(file: Path) -> str:
    """A page of the repository: links to pages of the site lead there, links to other files are words."""
    text = OUTWARD.sub(r"\1", file.read_text(encoding="utf-8"))
    return re.sub(r"\]\((?:\.\./\.\./)?docs/", "](/", text)
