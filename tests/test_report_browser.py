"""Pages in a real browser, offline: charts are drawn, tables sort, languages and scenarios switch, nothing complains."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from layout_opt.analysis.comparing import compare
from layout_opt.report import write_report
from layout_opt.solving import solve
from tests.conftest import ROOT, TINY

sync_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
SCENARIOS = ["reference", "no-ecology", "strict-ecology", "no-zones"]
LIMIT = 8_000_000  # bytes
WAIT = 30_000  # milliseconds

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium or Chrome is installed")]


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports of a run and a comparison of the small instance, the run's in Chinese; and both of china-2017."""
    root = tmp_path_factory.mktemp("pages")
    china = compare(ROOT / "instances" / "china-2017", SCENARIOS, gap=0.01, out=root / "china-comparison")
    sources = {
        "run": solve(TINY, "reference"),
        "comparison": compare(TINY, ["reference", "no-ecology"]),
        "china": china.runs["reference"],
        "china-comparison": china,
    }
    return {
        name: write_report(source, language="zh" if name == "run" else "en", out=None if name == "china-comparison" else root / name)[0]
        for name, source in sources.items()
    }


class Opened:
    """A page that is open and drawn, with what it asked for and complained of."""

    def __init__(self, browser, path: Path, width: int = 1280, address: str = "", scripts: bool = True) -> None:
        self.context = browser.new_context(offline=True, viewport={"width": width, "height": 900}, java_script_enabled=scripts)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri() + address)
        if scripts:
            self.drawn()

    def drawn(self, language: str | None = None) -> None:
        self.page.wait_for_selector(f"body[data-drawn={language}]" if language else "body[data-drawn]", timeout=WAIT)

    def close(self) -> None:
        assert [url for url in self.requests if not url.startswith(("file:", "data:"))] == []
        assert self.complaints == []
        self.context.close()


@pytest.mark.parametrize(
    ("kind", "language", "width"),
    [("run", "zh", 390), ("comparison", "en", 390), ("china", "en", 1280), ("china-comparison", "en", 1280)],
)
def test_page_is_drawn_offline(browser, pages: dict[str, Path], kind: str, language: str, width: int) -> None:
    opened = Opened(browser, pages[kind], width)
    page = opened.page
    report = page.locator(f"#{language}")
    charts, drawn = report.locator(".chart").count(), report.locator(".chart[role=img][aria-label] svg").count()
    assert charts == drawn >= 7
    assert report.locator(".chart svg path").count() > 3 * charts
    tables = report.locator("section > .scroll > table")
    assert tables.count() >= 8
    assert all(tables.nth(i).is_visible() for i in range(tables.count()))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not page.locator("#en" if language == "zh" else "#zh").is_visible()
    assert pages[kind].stat().st_size < LIMIT
    opened.close()


@pytest.mark.parametrize("kind", ["china", "comparison"])
def test_language_is_switched_by_keyboard_and_kept_in_the_address(browser, pages: dict[str, Path], kind: str) -> None:
    opened = Opened(browser, pages[kind])
    page = opened.page
    title = page.title()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "中文"
    page.keyboard.press("Enter")
    opened.drawn("zh")
    assert page.url.endswith("#zh")
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    assert page.evaluate("document.activeElement.textContent") == "English"
    assert page.title() != title
    assert not page.locator("#en").is_visible()
    assert page.locator("#zh .chart svg").count() == page.locator("#zh .chart").count()
    assert any("\u4e00" <= letter <= "\u9fff" for letter in page.locator("#zh .chart svg").first.text_content())
    page.locator("#zh nav a").nth(2).click()
    assert "#zh-" in page.url
    page.reload()
    opened.drawn("zh")
    assert page.locator("#zh").is_visible()
    page.locator("#zh .switch").click()
    opened.drawn("en")
    assert page.title() == title
    opened.close()


def test_tables_are_sorted_by_click_and_by_keyboard(browser, pages: dict[str, Path]) -> None:
    opened = Opened(browser, pages["china"])
    table = opened.page.locator("#en-plates table")
    head = table.locator("thead th").nth(1)

    def column(n: int) -> list[str]:
        return table.locator(f"tbody tr > :nth-child({n})").all_inner_texts()

    before = column(1)
    head.locator("button").click()
    numbers = [float(text.replace(",", "")) for text in column(2)]
    assert numbers == sorted(numbers, reverse=True)
    assert head.get_attribute("aria-sort") == "descending"
    assert table.locator("tfoot tr").inner_text().startswith("Total")
    opened.page.keyboard.press("Enter")
    assert [float(text.replace(",", "")) for text in column(2)] == sorted(numbers)
    assert head.get_attribute("aria-sort") == "ascending"
    opened.page.keyboard.press("Space")
    assert column(1) == before
    assert head.get_attribute("aria-sort") is None
    table.locator("thead button").first.click()
    assert column(1) == sorted(before)

    prices = opened.page.locator("#en-resources .scroll:not(details *) table").last
    place = prices.locator("thead th").all_inner_texts().index("Price")
    prices.locator("thead button").nth(place).click()
    shown = [float(v) for v in prices.locator("tbody tr").evaluate_all(f"rows => rows.map(row => row.cells[{place}].dataset.value)")]
    assert shown == sorted(shown, reverse=True)
    assert len(set(shown)) > 5
    opened.close()


def test_heat_map_of_the_layout_is_sorted_and_shows_shares(browser, pages: dict[str, Path]) -> None:
    opened = Opened(browser, pages["china"])
    page = opened.page
    chart = page.locator("#en .chart[data-name=layout]")
    labels = "[...document.querySelectorAll('#en .chart[data-name=layout] .role-axis-label text')].filter(t => t.textContent.length > 9)"
    industries = f"{labels}.sort((a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y).map(t => t.textContent)"
    before, colours = page.evaluate(industries), chart.locator(".mark-rect path").first.get_attribute("fill")
    page.locator("#en select[data-choice=industry_order]").select_option(label="by output in 2030")
    page.wait_for_function(f"before => JSON.stringify({industries}) !== JSON.stringify(before)", arg=before)
    after = page.evaluate(industries)
    assert sorted(after) == sorted(before)
    page.locator("#en select[data-choice=measure]").select_option("share_after")
    page.wait_for_function(
        "colour => document.querySelector('#en .chart[data-name=layout] .mark-rect path').getAttribute('fill') !== colour", arg=colours
    )
    opened.close()


def test_scenarios_are_switched_in_all_charts_of_both_languages(browser, pages: dict[str, Path]) -> None:
    opened = Opened(browser, pages["china-comparison"])
    page = opened.page

    def drawn(chart: str, language: str = "en") -> str:
        return page.locator(f"#{language} .chart[data-name={chart}]").text_content()

    arrows = "#en .chart[data-name=map-scenario] svg"
    assert "Transfers under no-ecology" in drawn("map-scenario")
    first = page.locator(arrows).inner_html()
    page.locator("#en select[data-choice=scenario]").select_option(label="strict-ecology")
    page.locator("#en select[data-choice=other]").select_option(label="no-zones")
    page.wait_for_function("document.querySelector('#en .chart[data-name=scenario-use]').textContent.includes('against no-zones')")
    assert "Transfers under strict-ecology" in drawn("map-scenario")
    assert page.locator(arrows).inner_html() != first
    for chart in ("scenario-layout", "scenario-matrix", "scenario-use"):
        assert "strict-ecology against no-zones" in drawn(chart)
    moved = pd.read_csv(pages["china-comparison"].parent / "strict-ecology" / "plates.csv")["output"].max()
    assert f"{moved:,.0f} (" in drawn("scenario-matrix")
    page.locator("#en .chart[data-name=scenario-use] .mark-rect.role-mark path").nth(3).click()
    chosen = page.locator("#en select[data-choice=region]").input_value()
    assert chosen in set(pd.read_csv(pages["china-comparison"].parent / "reference" / "layout.csv")["region"])
    page.locator("#en .switch").click()
    opened.drawn("zh")
    assert "strict-ecology" in drawn("map-scenario", "zh")
    assert page.locator("#zh-scenario select[data-choice=region]").input_value() == chosen
    opened.close()


def test_figures_in_the_text_lead_to_their_sources(browser, pages: dict[str, Path]) -> None:
    opened = Opened(browser, pages["china"])
    page = opened.page
    figure = page.locator("#en-answer a.figure").first
    figure.focus()
    told = page.evaluate("getComputedStyle(document.activeElement, '::after').content")
    assert "plates.csv: East → Central, West · output" in told
    note = page.locator(f"#{figure.get_attribute('aria-describedby')}")
    assert not note.is_visible()
    page.keyboard.press("Enter")
    note.wait_for(state="visible", timeout=WAIT)
    assert note.inner_text() == "plates.csv: East → Central, West · output"
    page.locator("#en-answer details.notes summary").click()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert note.is_visible()
    assert not page.locator("#en nav").is_visible()
    widest = "Math.max(...[...document.querySelectorAll('#en .chart svg')].map(svg => svg.getBoundingClientRect().right))"
    assert page.evaluate(widest) <= 1280
    opened.close()


def test_printed_tables_fit_the_page_and_keep_words_whole(browser, pages: dict[str, Path]) -> None:
    opened = Opened(browser, pages["china-comparison"], 688)  # A4 between its margins
    page = opened.page
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    tables = page.evaluate("[...document.querySelectorAll('#en table')].filter(table => table.offsetParent).map(table => table.offsetWidth)")
    assert len(tables) > 8
    assert max(tables) <= 688
    cells = "[...document.querySelectorAll('#en td')].filter(cell => ['optimal', 'Northeast', '2017'].includes(cell.textContent))"
    lines = page.evaluate(f"""{cells}.filter(cell => cell.offsetParent).map(cell => {{
        const range = document.createRange();
        range.selectNodeContents(cell);
        return range.getClientRects().length;
    }})""")
    assert len(lines) > 20
    assert max(lines) == 1, "a word is broken"
    appendix = page.locator("#en-statement")
    assert not appendix.is_visible(), "what is folded is not printed, nor its heading"
    appendix.locator("details.appendix").evaluate("details => details.open = true")
    assert appendix.is_visible()
    assert not appendix.locator("summary").first.is_visible()
    opened.close()


def test_everything_that_scrolls_can_be_reached(browser, pages: dict[str, Path]) -> None:
    opened = Opened(browser, pages["run"], 390)
    boxes = "[...document.querySelectorAll('#zh .scroll')].filter(box => box.offsetParent)"
    assert opened.page.evaluate(f"{boxes}.filter(box => box.scrollWidth > box.clientWidth).length") > 3
    assert opened.page.evaluate(f"{boxes}.every(box => (box.scrollWidth > box.clientWidth) === (box.tabIndex === 0))")
    opened.close()


def test_without_scripts_the_first_language_is_shown(browser, pages: dict[str, Path]) -> None:
    opened = Opened(browser, pages["run"], scripts=False)
    page = opened.page
    assert page.locator("#zh").is_visible()
    assert not page.locator("#en").is_visible()
    assert not page.locator(".switch").first.is_visible()
    assert not page.locator(".choices").first.is_visible()
    assert page.locator("#zh section > .scroll > table").first.is_visible()
    opened.context.close()


def test_names_are_data_on_the_page_and_in_tooltips(browser, tiny_copy: Path, tmp_path: Path) -> None:
    evil = "<img src=x onerror=document.title='hacked'><script>document.title='hacked'</script>"
    table = pd.read_csv(tiny_copy / "industries.csv")
    table["name_en"] = [f"{evil}{i}" for i in range(len(table))]
    table.to_csv(tiny_copy / "industries.csv", index=False)
    [path] = write_report(solve(tiny_copy, "reference"), out=tmp_path)
    opened = Opened(browser, path)
    page = opened.page
    title = page.title()
    page.locator("#en .chart[data-name=shift]").scroll_into_view_if_needed()
    page.locator("#en .chart[data-name=layout] .mark-rect path").first.hover()
    tooltip = page.locator("#vg-tooltip-element")
    tooltip.wait_for(timeout=5_000)
    assert evil in tooltip.inner_text()
    assert page.locator("img").count() == 0
    assert page.title() == title
    opened.close()
