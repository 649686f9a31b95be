"""Instances and models that ship with the package, by name: inside the wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent


def folder(kind: str) -> Path:
    """The folder of shipped "instances" or "models"."""
    installed = PACKAGE / "shipped" / kind
    return installed if installed.is_dir() else PACKAGE.parent / kind


def names(kind: str) -> list[str]:
    """Names of everything of a kind that ships, sorted."""
    if kind == "models":
        return sorted(p.stem for p in folder(kind).glob("*.toml"))
    return sorted(p.name for p in folder(kind).iterdir() if (p / "instance.toml").is_file())
