"""The right side of the page: what differs from the stored plan, the new plan, the stored plan, and what can be downloaded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from layout_opt.errors import LayoutError
from layout_opt.report import FORMATS
from layout_opt.report.document import Section
from layout_opt.runs import Run
from layout_opt.serving.blocks import show, words
from layout_opt.serving.state import command
from layout_opt.serving.tab import Tab
from layout_opt.serving.texts import text


class Outcome:
    """Builds itself into the element that is open; `refused` shows what went wrong with a download."""

    def __init__(self, tab: Tab, refused: Callable[[str], None]) -> None:
        self.tab, self.refused = tab, refused
        self.whole = ui.element("div").classes("outcome")

    def t(self, key: str, **values: object) -> str:
        return text(self.tab.language, key, **values)

    async def build(self) -> None:
        """Everything anew, from the job of the tab and the stored plan beside it."""
        tab, job = self.tab, self.tab.job
        stored = tab.site.stored.plans.get(tab.state.beside)
        run = job.run if job is not None and job.run is not None and job.run.has_plan else None
        views, language = tab.site.views, tab.language
        parts: list[tuple[str, Callable[[], Awaitable[list[Section]]]]] = []
        if stored is not None and run is not None:
            names = (self.t("name.stored", name=tab.state.beside), self.t("name.new"))
            parts.append(("difference", lambda: views.difference(stored, run, names, language)))
        if run is not None:
            parts.append(("plan", lambda: views.plan(run, language)))
        if stored is not None:
            parts.append(("stored", lambda: views.plan(stored, language)))
        self.whole.clear()
        with self.whole:
            self._trouble()
            if run is not None:
                self._downloads(run)
            if stored is None:
                words("p", self.t("nothing_stored"))
            panels = self._tabs([name for name, _ in parts])
        for (name, sections), panel in zip(parts, panels, strict=True):
            made = await sections()
            if panel.is_deleted:
                return
            panel.clear()
            with panel:
                show(made)
            panel.props["data-part"] = name

    def _tabs(self, names: list[str]) -> list[ui.tab_panel]:
        if not names:
            return []
        with ui.tabs().props("no-caps align=left") as tabs:
            titles = [ui.tab(name, self.t(f"tab.{name}")) for name in names]
        panels = []
        with ui.tab_panels(tabs, value=titles[0], animated=False):
            for title in titles:
                with ui.tab_panel(title) as panel:
                    words("p", self.t("preparing")).classes("soft")
                panels.append(panel)
        return panels

    def _trouble(self) -> None:
        """Why there is no plan."""
        job = self.tab.job
        if job is None or job.phase != "done" or (job.run is not None and job.run.has_plan):
            return
        with ui.element("div").classes("alert") as whole:
            whole.props["role"] = "alert"
            if job.message:
                words("p", job.message).classes("lines")
            if job.run is not None:
                words("p", self.t(f"phase.{job.run.status}"))
            if job.run is not None and job.run.status == "infeasible":
                words("p", self.t("hint"))
                words("pre", command(self.tab.state, self.tab.site.stored, "diagnose"))

    def _downloads(self, run: Run) -> None:
        views, language = self.tab.site.views, self.tab.language
        with ui.element("div").classes("downloads") as whole:
            whole.props["role"] = "group"
            whole.props["aria-label"] = self.t("downloads")
            form = ui.select(list(FORMATS), label=self.t("format"), value=next(iter(FORMATS))).props("outlined dense")
            self._download(self.t("report"), lambda: views.report(run, str(form.value), language))
            self._download(self.t("run"), lambda: views.folder(run))

    def _download(self, label: str, make: Callable[[], Awaitable[tuple[str, bytes]]]) -> None:
        async def hand_out() -> None:
            button.props["loading"] = True
            try:
                name, content = await make()
                ui.download.content(content, name)
            except LayoutError as error:
                self.refused(str(error))
            finally:
                button.props["loading"] = False

        button = ui.button(label, icon="download", on_click=hand_out).props("flat no-caps dense")
