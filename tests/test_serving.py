"""The page to explore, in a real browser: change, solve, compare, cancel, reload, download; two tabs; this machine only."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from layout_opt.definition import load_definition
from layout_opt.instance import Instance
from layout_opt.runs import read_run
from layout_opt.solving import solve
from tests.conftest import TINY
from tests.hard import hard_problem
from tests.served import SLOW, Seen, served

sync_api = pytest.importorskip("playwright.sync_api")
pytest.importorskip("nicegui")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
CAP = "Carrying capacity: Cap factor"
MOVING = "Weights of the objective: Cost of moving"


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
def test_a_moved_cap_is_solved_and_compared(see: Callable[..., Seen], tiny: Instance) -> None:
    """The new plan is the one that the package finds; the difference is the interval of both; a reload has all of it again."""
    seen = see()
    seen.set(CAP, "0.95")
    seen.changed("policies.resources.strictness=0.95")
    seen.solve()
    changed, stored = solve(tiny, load_definition("reference", ["policies.resources.strictness=0.95"])), solve(tiny, "reference")
    low, high = changed.info["objective"] - stored.info["bound"], changed.info["bound"] - stored.info["objective"]
    assert high - low < 1e-6, "else the page shows two ends"
    row = seen.part("Difference").get_by_role("row").filter(has=seen.page.get_by_role("rowheader", name="new", exact=True)).first
    assert f"{low:.3f}" in row.inner_text()
    seen.part("New plan").locator(".chart[data-drawn=yes]").nth(4).wait_for()
    seen.page.reload()
    seen.page.locator(".said", has_text="Solved in").wait_for()
    assert seen.page.get_by_label(CAP, exact=True).input_value() == "0.95"
    assert f"{low:.3f}" in seen.part("Difference").inner_text()


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
def test_two_tabs_do_not_disturb_each_other(see: Callable[..., Seen], tiny: Instance) -> None:
    """Both are changed and solve at the same time; each has its own address and its own plan."""
    tabs = {value: see() for value in ("-0.3", "-0.4")}
    for value, seen in tabs.items():
        seen.set(MOVING, value)
        seen.changed(f"objective.relocation_cost={value}")
    for seen in tabs.values():
        seen.page.get_by_role("button", name="Solve", exact=True).click()
    for value, seen in tabs.items():
        seen.page.locator(".said", has_text="Solved in").wait_for()
        expected = solve(tiny, load_definition("reference", [f"objective.relocation_cost={value}"])).info["objective"]
        assert seen.figure("Best plan") == pytest.approx(expected, rel=1e-5)


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
        assert "was stopped before its end" in seen.part("New plan").inner_text()
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
    assert reason in answer.read().decode()
    connection.close()


def test_only_this_machine_is_listened_to(address: str) -> None:
    """The same port on another address of this machine is closed."""
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", urlsplit(address).port or 0), timeout=20)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nowhere"], "is not a run folder"),
        (["{run}", "--port", "{port}"], "--port: cannot be listened to: Address already in use"),
        (["{run}", "--port", "0"], "Invalid value for '--port'"),
        (["{run}", "--host", "0.0.0.0"], "No such option: --host"),
    ],
)
def test_bad_usage_exits_with_2(address: str, run_folder: Path, arguments: list[str], reason: str) -> None:
    filled = [argument.format(run=run_folder, port=urlsplit(address).port) for argument in arguments]
    done = subprocess.run([sys.executable, "-m", "layout_opt.cli", "serve", *filled], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert reason in done.stderr.replace("│", "").replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_the_page_opens_in_the_language_of_the_browser(address: str) -> None:
    for asked, found in (("zh-CN,zh;q=0.9", "/zh"), ("de", "/en")):
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
        connection.request("GET", "/?scenario=reference", headers={"Accept-Language": asked})
        assert urlsplit(connection.getresponse().headers["Location"]).path == found
        connection.close()
