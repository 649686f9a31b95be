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

Maker = Callable[[], Awaitable[list[Section]]]


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
        self.whole.clear()
        with self.whole:
            self._trouble()
            if run is not None:
                self._downloads(run)
            if stored is None:
                words("p", self.t("nothing_stored"))
            parts = self._parts(stored, run)
            if parts:
                await self._tabs(parts)

    def _parts(self, stored: Run | None, run: Run | None) -> dict[str, Maker]:
        """What there is to show, and how it is made."""
        views, language, parts = self.tab.site.views, self.tab.language, dict[str, Maker]()
        if stored is not None and run is not None:
            names = (self.t("name.stored", name=self.tab.state.beside), self.t("name.new"))
            parts["difference"] = lambda: views.difference(stored, run, names, language)
        if run is not None:
            parts["plan"] = lambda: views.plan(run, language)
        if stored is not None:
            parts["stored"] = lambda: views.plan(stored, language)
        return parts

    async def _tabs(self, parts: dict[str, Maker]) -> None:
        """A tab per part; a part is made once it is looked at."""
        first = next(iter(parts))
        with ui.tabs().props("no-caps align=left") as tabs:
            for name in parts:
                ui.tab(name, self.t(f"tab.{name}"))
        panels = {}
        with ui.tab_panels(tabs, value=first, animated=False):
            for name in parts:
                with ui.tab_panel(name) as panels[name]:
                    words("p", self.t("preparing")).classes("soft")

        async def fill(name: str) -> None:
            make, panel = parts.pop(name, None), panels[name]
            if make is None:
                return
            made = await make()
            if not panel.is_deleted:
                panel.clear()
                with panel:
                    show(made)
                panel.props["data-part"] = name

        tabs.on_value_change(lambda event: fill(str(event.value)))
        await fill(first)

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
