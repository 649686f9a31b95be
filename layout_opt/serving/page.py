"""The page: one per open tab of a browser, in two languages."""

from __future__ import annotations

from nicegui import Client, ui
from starlette.requests import Request

from layout_opt.errors import lines
from layout_opt.serving.blocks import words
from layout_opt.serving.form import Form
from layout_opt.serving.outcome import Outcome
from layout_opt.serving.said import Said
from layout_opt.serving.status import Status
from layout_opt.serving.tab import Site, Tab
from layout_opt.serving.texts import text

HEAD = '<link rel="stylesheet" href="/style.css">'


def add_pages(site: Site) -> None:
    """Serve `/en` and `/zh`."""

    @ui.page("/en", language="en-US")
    def english(request: Request, client: Client) -> None:
        Page(Tab(site, "en", request.query_params.multi_items()), client)

    @ui.page("/zh", language="zh-CN")
    def chinese(request: Request, client: Client) -> None:
        Page(Tab(site, "zh", request.query_params.multi_items()), client)


class Page:
    """What a tab of a browser shows."""

    def __init__(self, tab: Tab, client: Client) -> None:
        self.tab = tab
        ui.add_head_html(HEAD)
        ui.colors(primary="#084a76")
        self._header()
        with ui.element("div").classes("explore"):
            with ui.element("section").classes("settings") as left:
                left.props["aria-label"] = self.t("settings")
                self.form = Form(tab, self.moved, self.refuse)
            with ui.element("section").classes("result") as self.right:
                self.right.props["aria-label"] = self.t("result")
                self.alerts = ui.element("div")
                self.alerts.props["role"] = "alert"
                self.status = Status(tab, self.show)
                self.said = Said(tab)
                self.outcome = Outcome(tab, self.refuse)
        ui.skip_link(self.t("skip"), target=self.right)
        self.beside = tab.state.beside
        if tab.faults:
            self.refuse("\n".join(lines(tab.faults)))
        self.moved()
        ui.timer(0, self._opened, once=True)
        client.on_connect(tab.back)
        client.on_disconnect(tab.leave)

    def t(self, key: str, **values: object) -> str:
        return text(self.tab.language, key, **values)

    def moved(self) -> None:
        """The state has changed: the address, the commands and the status follow, and what hangs on the plan compared with."""
        query, other = self.tab.state.query, "en" if self.tab.language == "zh" else "zh"
        ui.navigate.history.replace(f"/{self.tab.language}?{query}")
        self.other.props["href"] = f"/{other}?{query}"
        self.said.refresh()
        self.status.refresh()
        if self.beside != self.tab.state.beside:
            self.beside = self.tab.state.beside
            self.show()

    def refuse(self, reasons: str) -> None:
        """Say what was not taken, and why."""
        self.alerts.clear()
        with self.alerts, ui.element("div").classes("alert"):
            words("h3", self.t("refused"))
            with ui.element("ul"):
                for reason in reasons.split("\n"):
                    words("li", reason)
            ui.button(self.t("dismiss"), on_click=self.alerts.clear).props("flat no-caps dense")

    def show(self) -> None:
        """Show the result, beside what goes on."""
        with self.right:
            ui.timer(0, self.outcome.build, once=True)

    def _opened(self) -> None:
        """The browser has the page: what it asks for may have been solved before, or still be on its way from before a reload."""
        self.tab.look()
        self.status.settle()
        self.show()

    def _header(self) -> None:
        title = self.t("title", title=self.tab.scenario.instance.manifest.title[self.tab.language])
        ui.page_title(title)
        with ui.element("header"):
            with ui.element("div"):
                words("h1", title)
                words("p", self.t("subtitle", path=self.tab.site.stored.path)).classes("soft")
            self.other = words("a", self.t("other_language"))
            self.other.props["lang"] = "en" if self.tab.language == "zh" else "zh-Hans"
