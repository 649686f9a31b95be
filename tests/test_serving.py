"""The page to explore, in a real browser: change, solve, compare, cancel, reload, download; two tabs; this machine only."""

from __future__ import annotations

import http.client
import shutil
import socket
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from layout_opt.cli import app
from layout_opt.definition import load_definition
from layout_opt.errors import InputError
from layout_opt.instance import Instance
from layout_opt.runs import read_run
from layout_opt.serving import serve
from layout_opt.solving import solve
from tests.conftest import TINY
from tests.hard import hard_problem
from tests.served import SLOW, Seen, served

sync_api = pytest.importorskip("playwright.sync_api")
pytest.importorskip("nicegui")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
CAP = "Carrying capacity: Cap factor"


def in_browser(test: Callable[..., None]) -> Callable[..., None]:
    return pytest.mark.browser(pytest.mark.skipif(CHROMIUM is None, reason="no Chromium or Chrome is installed")(test))


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stored") / "run"
    solve(TINY, "reference", out=folder)
    return folder


@pytest.fixture(scope="module")
def address(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for all tests; the run that it shows is the same afterwards, to the byte."""
    before = {path: path.read_bytes() for path in run_folder.rglob("*") if path.is_file()}
    with served(run_folder, tmp_path_factory.mktemp("scratch")) as found:
        yield found
    assert {path: path.read_bytes() for path in run_folder.rglob("*") if path.is_file()} == before


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def see(browser, address: str) -> Iterator[Callable[..., Seen]]:
    """Opens pages, each in a tab; at the end none of them has complained or asked another server."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US", reduced_motion="reduce")
    opened: list[Seen] = []

    def open_page(rest: str = "en", at: str = address) -> Seen:
        opened.append(Seen(context.new_page(), at))
        return opened[-1].open(rest)

    yield open_page
    assert [seen.asked_elsewhere for seen in opened] == [[] for _ in opened]
    assert [seen.complaints for seen in opened] == [[] for _ in opened]
    context.close()


@in_browser
def test_two_tabs_solve_what_each_of_them_changed(see: Callable[..., Seen], tiny: Instance) -> None:
    """A cap in one, a weight in the other, solved at the same time: each has its own address, and the plan that the package finds for it.

    The difference shown is the interval that both plans and bounds leave. A reload has all of it again.
    """
    settings = {"policies.resources.strictness=0.95": see(), "objective.relocation_cost=-0.4": see()}
    cap, weight = settings.values()
    cap.set(CAP, "0.95")
    weight.set("Weights of the objective: Cost of moving", "-0.4")
    for setting, seen in settings.items():
        seen.changed(setting)
    for seen in settings.values():
        seen.page.get_by_role("button", name="Solve", exact=True).click()
    stored = solve(tiny, "reference")
    for setting, seen in settings.items():
        changed = solve(tiny, load_definition("reference", [setting]))
        seen.page.locator(".said", has_text="Solved in").wait_for()
        assert seen.figure("Best plan") == pytest.approx(changed.info["objective"], rel=1e-5)
        low, high = changed.info["objective"] - stored.info["bound"], changed.info["bound"] - stored.info["objective"]
        assert high - low < 1e-6, "else the page shows two ends"
        assert f"{low:.3f}" in seen.part("Difference").get_by_role("table").first.inner_text()
    cap.page.reload()
    cap.page.locator(".said", has_text="Solved in").wait_for()
    assert cap.page.get_by_label(CAP, exact=True).input_value() == "0.95"
    charts = cap.part("New plan").locator(".chart")
    for chart in (charts.first, charts.last):
        chart.scroll_into_view_if_needed()
        chart.locator("svg").wait_for()


@in_browser
def test_what_is_handed_out_is_what_was_solved(see: Callable[..., Seen], tiny: Instance, tmp_path: Path) -> None:
    """A report in the language of the page, the run folder, and a model file that says the same as the settings."""
    seen = see("zh?without=zones&objective.relocation_cost=-0.2")
    assert seen.page.locator("html").get_attribute("lang") == "zh-CN"
    seen.solve("求解", "求解完成")

    def handed_out(button: str) -> Path:
        with seen.page.expect_download(timeout=SLOW) as waited:
            seen.page.get_by_role("button", name=button).click()
        waited.value.save_as(tmp_path / waited.value.suggested_filename)
        return tmp_path / waited.value.suggested_filename

    report = handed_out("下载报告")
    assert report.name == "reference-report.zh.html"
    assert "<h1>三地区三产业算例" in report.read_text(encoding="utf-8")
    zipfile.ZipFile(handed_out("存为运行文件夹")).extractall(tmp_path)
    settings = ["objective.relocation_cost=-0.2", "without=zones"]
    run = read_run(tmp_path / "reference")
    assert run.info["model"]["settings"] == settings
    assert run.info["objective"] == pytest.approx(solve(tiny, load_definition("reference", settings)).info["objective"])
    model = load_definition(handed_out("下载模型定义"))
    assert solve(tiny, model).info["objective"] == pytest.approx(run.info["objective"])


@in_browser
def test_a_bad_value_is_refused_with_the_reason(see: Callable[..., Seen]) -> None:
    """A typed one at its field, those of an address above the result; what is right about the address is kept, and the page goes on."""
    seen = see("en?scenario=referense&policies.zons.phase_out=1&core.growth=lots&gap=-1&policies.barriers.strength=0.5")
    alert = seen.page.get_by_role("alert").first.inner_text()
    for reason in ("no such scenario (value: 'referense'). Did you mean 'reference'?", "Did you mean 'zones'?", "unable to parse string as a number"):
        assert reason in alert
    assert "gap: should be greater than or equal to 0 (value: '-1')" in alert
    seen.changed("policies.barriers.strength=0.5")
    seen.set(CAP, "-1")
    seen.page.get_by_text("policies.resources.strictness: should be greater than 0 (value: '-1')").wait_for()
    assert "strictness" not in seen.page.url
    seen.set(CAP, "0.97")
    seen.changed("policies.resources.strictness=0.97")
    seen.solve()


@in_browser
def test_a_model_without_a_plan_says_what_helps(see: Callable[..., Seen]) -> None:
    seen = see("en?scenario=west-first&policies.west.min_growth=20")
    seen.solve(until="There is no plan")
    hint = seen.page.get_by_text("layout-opt diagnose tiny --model west-first --set policies.west.min_growth=20")
    hint.wait_for()


@in_browser
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_control_has_a_name_and_fits(see: Callable[..., Seen], language: str) -> None:
    """Screen readers tell all fields apart, and no width needs scrolling sideways."""
    seen = see(language)
    seen.page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    tree = seen.page.context.new_cdp_session(seen.page).send("Accessibility.getFullAXTree")["nodes"]
    named = [(node["role"]["value"], node["name"]["value"].strip()) for node in tree if not node["ignored"] and "name" in node]
    controls = [(role, name) for role, name in named if role in ("textbox", "combobox", "switch", "button", "link", "tab")]
    assert len(controls) > 30
    assert all(name for _, name in controls)
    fields = [name for role, name in controls if role in ("textbox", "combobox", "switch")]
    assert len(fields) == len(set(fields))
    for width in (1280, 800, 480):
        seen.page.set_viewport_size({"width": width, "height": 900})
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width


@in_browser
def test_cancel_keeps_the_best_plan_and_ctrl_c_ends_a_solve(browser, tmp_path: Path) -> None:
    """Cancel once there is a plan; then Ctrl-C while it is solved again (`served` sees to the end of it)."""
    instance, model = hard_problem(tmp_path / "facts")
    solve(instance, model, gap=0.1, out=tmp_path / "run")
    (tmp_path / "scratch").mkdir()
    with served(tmp_path / "run", tmp_path / "scratch") as address:
        seen = Seen(browser.new_context(reduced_motion="reduce").new_page(), address).open("en?gap=0")
        seen.solve(until="Solving")
        seen.page.locator(".figures dd", has_text="%").wait_for()
        seen.page.get_by_role("button", name="Cancel").click()
        seen.page.locator(".said", has_text="Stopped after").wait_for()
        assert seen.figure("Best plan") <= seen.figure("Bound")
        assert seen.page.get_by_role("tab", name="New plan").is_visible()
        seen.solve(until="Solving")
        seen.page.locator(".figures dd", has_text="%").wait_for()


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Host": "planner.example"}, "answers only as 127.0.0.1 or localhost, not as 'planner.example'"),
        ({"Host": "127.0.0.1.example:80"}, "answers only as"),
        ({"Origin": "http://planner.example"}, "does not answer to pages of 'http://planner.example'"),
        ({"Origin": "http://localhost:1"}, "does not answer to pages of"),
        ({"Origin": "null"}, "does not answer to pages of"),
    ],
)
@pytest.mark.parametrize("path", ["/en", "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"])
def test_other_names_and_other_pages_are_refused(address: str, path: str, headers: dict[str, str], reason: str) -> None:
    """A page elsewhere can make a browser ask this server; web sockets do not heed the browser's rule of one origin."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==", "Sec-WebSocket-Version": "13"}
    connection.request("GET", path, headers={**(upgrade if "ws" in path else {}), **headers})
    answer = connection.getresponse()
    assert answer.status == 403
    assert reason in answer.read().decode() or path != "/en"
    connection.close()


def test_only_this_machine_is_listened_to(address: str) -> None:
    """The same port on another address of this machine is closed."""
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", urlsplit(address).port or 0), timeout=20)


def test_a_port_that_is_taken_is_refused(address: str, run_folder: Path) -> None:
    with pytest.raises(InputError, match=r"--port: cannot be listened to.*Leave --port out for a free one"):
        serve(run_folder, urlsplit(address).port)


@pytest.mark.parametrize("arguments", [["--port", "0"], ["--port", "65536"], ["--host", "0.0.0.0"]])
def test_no_other_host_and_no_impossible_port(run_folder: Path, arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["serve", str(run_folder), *arguments]).exit_code == 2


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a run folder"):
        serve(tmp_path)


def test_the_page_opens_in_the_language_of_the_browser(address: str) -> None:
    for asked, found in (("zh-CN,zh;q=0.9", "/zh"), ("de", "/en")):
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
        connection.request("GET", "/?scenario=reference", headers={"Accept-Language": asked})
        assert urlsplit(connection.getresponse().headers["Location"]).path == found
        connection.close()
