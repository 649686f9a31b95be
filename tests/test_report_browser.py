"""Pages in a real browser, offline: charts are drawn, tables are seen, nothing complains."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from layout_opt.analysis.comparing import compare
from layout_opt.report import write_report
from layout_opt.solving import solve
from tests.conftest import TINY

sync_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium or Chrome is installed")]


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("pages")
    solve(TINY, "reference", out=root / "run")
    compare(TINY, ["reference", "no-ecology"], out=root / "comparison")
    return {name: root / name for name in ("run", "comparison")}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["run", "comparison"])
def test_page_is_drawn_offline(browser, folders: dict[str, Path], kind: str, language: str, width: int) -> None:
    [path] = write_report(folders[kind], language=language)
    context = browser.new_context(offline=True, viewport={"width": width, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector("body[data-drawn=yes]", timeout=30_000)
    charts, drawn = page.locator(".chart").count(), page.locator(".chart svg").count()
    assert charts == drawn >= (7 if kind == "run" else 3)
    assert page.locator(".chart svg path").count() > 3 * charts
    tables = page.locator("table")
    assert tables.count() >= 8
    assert all(tables.nth(i).is_visible() for i in range(tables.count()))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert complaints == []
    context.close()


def test_names_are_data_on_the_page_and_in_tooltips(browser, tiny_copy: Path, tmp_path: Path) -> None:
    evil = "<img src=x onerror=document.title='hacked'><script>document.title='hacked'</script>"
    table = pd.read_csv(tiny_copy / "industries.csv")
    table["name_en"] = [f"{evil}{i}" for i in range(len(table))]
    table.to_csv(tiny_copy / "industries.csv", index=False)
    [path] = write_report(solve(tiny_copy, "reference"), out=tmp_path)
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("body[data-drawn=yes]", timeout=30_000)
    title = page.title()
    page.locator("#chart-shift").scroll_into_view_if_needed()
    page.locator("#chart-layout .mark-rect path").first.hover()
    tooltip = page.locator("#vg-tooltip-element")
    tooltip.wait_for(timeout=5_000)
    assert evil in tooltip.inner_text()
    assert page.locator("img").count() == 0
    assert page.title() == title
    context.close()
