"""Charts as PNG, SVG and PDF, and the font they need for Chinese."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from layout_opt.report.document import Figure

KINDS = ("png", "svg", "pdf")
SCALE = 2  # PNG pixels per point
FAMILIES = {
    "Noto Sans CJK SC": ("NotoSansCJK", "NotoSansCJKsc"),
    "Noto Sans SC": ("NotoSansSC",),
    "Source Han Sans SC": ("SourceHanSansSC", "SourceHanSans"),
    "Noto Serif CJK SC": ("NotoSerifCJK",),
    "WenQuanYi Micro Hei": ("wqy-microhei",),
    "WenQuanYi Zen Hei": ("wqy-zenhei",),
    "Droid Sans Fallback": ("DroidSansFallback",),
    "PingFang SC": ("PingFang",),
    "Hiragino Sans GB": ("Hiragino Sans GB",),
    "Microsoft YaHei": ("msyh",),
    "SimHei": ("simhei",),
}
FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.fonts",
    "~/.local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)


@cache
def chinese_font() -> str | None:
    """A family with Chinese glyphs that is installed here, by fontconfig, else by its file name; None where there is none."""
    installed = _fontconfig()
    for family in FAMILIES:
        if family in installed:
            return family
    if installed:
        return sorted(installed)[0]
    files = [path.name.lower() for folder in FOLDERS if (root := Path(folder).expanduser()).is_dir() for path in root.rglob("*.[to]t[fc]")]
    for family, starts in FAMILIES.items():
        if any(name.startswith(start.lower()) for name in files for start in starts):
            return family
    return None


def _fontconfig() -> set[str]:
    command = shutil.which("fc-list")
    if command is None:
        return set()
    try:
        found = subprocess.run([command, ":lang=zh-cn", "family"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return set()
    return {name.strip().replace("\\", "") for line in found.splitlines() for name in line.split(",") if name.strip()}


def spec(figure: Figure) -> dict[str, Any]:
    """The Vega-Lite specification of a figure."""
    found: dict[str, Any] = figure.chart.to_dict(validate=False)
    return found


class Picture(Mapping[str, bytes]):
    """A figure as a file of every kind of `KINDS`, each drawn when it is first asked for."""

    def __init__(self, figure: Figure, language: str) -> None:
        self._figure, self._font = figure, chinese_font() if language == "zh" else None
        self._drawn: dict[str, bytes] = {}

    def __getitem__(self, kind: str) -> bytes:
        import vl_convert

        if kind not in self._drawn:
            draw = {"png": lambda vega: vl_convert.vega_to_png(vega, scale=SCALE), "svg": lambda vega: vl_convert.vega_to_svg(vega).encode()}
            self._drawn[kind] = {**draw, "pdf": vl_convert.vega_to_pdf}[kind](self._vega)
        return self._drawn[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(KINDS)

    def __len__(self) -> int:
        return len(KINDS)

    @cached_property
    def _vega(self) -> Any:
        import vl_convert

        chart = spec(self._figure)
        chart["config"]["font"] = f"{self._font}, sans-serif" if self._font else "Arial, Helvetica, Liberation Sans, DejaVu Sans, sans-serif"
        return vl_convert.vegalite_to_vega(chart)
