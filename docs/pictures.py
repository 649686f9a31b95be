"""Makes the pictures that the pages show, from the reference plan of `china-2017`, in both languages: `python docs/pictures.py`."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from PIL import Image

from layout_opt import load_definition, load_instance, solve, write_report

IMAGES = Path(__file__).parent / "images"
SHOWN = {"en": ("map-transfers", "resources", "layout"), "zh": ("map-transfers.zh", "resources.zh")}
WIDTH, COLOURS = 1400, 256


def main() -> None:
    """Solve, report as Markdown, and keep its pictures."""
    with tempfile.TemporaryDirectory() as folder:
        solve(load_instance("china-2017"), load_definition("reference"), out=Path(folder) / "run")
        for language, names in SHOWN.items():
            out = Path(folder) / language
            write_report(Path(folder) / "run", ["md"], language, out)
            for name in names:
                keep(next(out.glob(f"*/{name}.png")), IMAGES / f"{name}.png")


def keep(made: Path, target: Path) -> None:
    """A picture small enough for a repository; left alone where it has not changed."""
    with Image.open(made) as picture:
        small = picture.convert("RGB").resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    small.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    if not target.is_file() or target.read_bytes() != written.getvalue():
        target.write_bytes(written.getvalue())


if __name__ == "__main__":
    main()
