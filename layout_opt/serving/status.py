"""Solve, Cancel, and how the solve gets on."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from layout_opt.serving.blocks import words
from layout_opt.serving.jobs import Job
from layout_opt.serving.tab import Tab
from layout_opt.serving.texts import text
from layout_opt.summary import amount

REFRESH = 0.25  # seconds


class Status:
    """The bar above the result. `ended` is called when the solve of the tab has ended."""

    def __init__(self, tab: Tab, ended: Callable[[], None]) -> None:
        self.tab, self.ended = tab, ended
        with ui.element("div").classes("bar"):
            self.solve = ui.button(self.t("solve"), icon="play_arrow", on_click=self._solve).props("no-caps unelevated")
            self.cancel = ui.button(self.t("cancel"), icon="stop", on_click=self._cancel).props("no-caps outline")
            self.said = words("p", "").classes("said")
            self.said.props["role"] = "status"
        self.busy = ui.linear_progress(show_value=False).props("indeterminate")
        self.busy.props["aria-label"] = self.t("phase.solving")
        with ui.element("dl").classes("figures") as self.figures:
            self.values = {name: self._figure(name) for name in ("seconds", "plan", "bound", "gap")}
        self.settle()
        ui.timer(REFRESH, self._tick)

    def t(self, key: str, **values: object) -> str:
        return text(self.tab.language, key, **values)

    def settle(self) -> None:
        """Take the job of the tab for known: its end is told only if it is still to come."""
        self.last = None if self.tab.busy else self.tab.job
        self.refresh()

    def refresh(self) -> None:
        """Say what is."""
        job, busy = self.tab.job, self.tab.busy
        said = self._words(job)
        if not busy and self.tab.stale:
            said = f"{said} {self.t('stale')}"
        self.said.text = said
        self.solve.set_enabled(not busy)
        self.cancel.set_enabled(job is not None and job.phase in ("waiting", "solving"))
        self.busy.set_visibility(busy)
        self.figures.set_visibility(job is not None and job.began is not None)
        if job is not None:
            self._figures(job)

    def _figure(self, name: str) -> TextElement:
        with ui.element("div"):
            words("dt", self.t(f"figure.{name}"))
            return words("dd", "–")

    def _figures(self, job: Job) -> None:
        step, run = job.step, job.run
        plan, bound, gap = (run.info["objective"], run.info["bound"], run.info["gap"]) if run else (step.plan, step.bound, step.gap)
        self.values["seconds"].text = f"{job.seconds:.1f}"
        self.values["plan"].text = "–" if plan is None else amount(plan)
        self.values["bound"].text = "–" if bound is None else amount(bound)
        self.values["gap"].text = "–" if gap is None else f"{gap:.4%}"

    def _words(self, job: Job | None) -> str:
        if job is None:
            return self.t("phase.ready")
        if job.phase == "waiting":
            return self.t("phase.waiting", count=self.tab.site.jobs.ahead(job), most=self.tab.site.jobs.most)
        if job.phase != "done":
            return self.t(f"phase.{job.phase}")
        if job.run is None:
            return self.t("phase.failed" if job.message else "phase.stopped")
        if not job.run.has_plan:
            return self.t(f"phase.{job.run.status}")
        return self.t("phase.interrupted" if job.run.info["interrupted"] else "phase.done", seconds=f"{job.seconds:.1f}")

    def _tick(self) -> None:
        if self.tab.busy:
            self.last = None
            self.refresh()
        elif self.last is not self.tab.job:
            self.last = self.tab.job
            self.refresh()
            self.ended()

    def _solve(self) -> None:
        self.tab.solve()
        self._tick()

    def _cancel(self) -> None:
        if self.tab.job is not None:
            self.tab.job.stop()
        self.refresh()
