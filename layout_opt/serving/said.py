"""The state in words that can be taken elsewhere: settings, a command line, a model file."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from nicegui import ui

from layout_opt.serving.blocks import words
from layout_opt.serving.state import command
from layout_opt.serving.tab import Tab
from layout_opt.serving.texts import text


class Said:
    """What was changed as `--set KEY=VALUE`, the command that solves the same, and the definition as a file."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        with ui.element("div").classes("said-box"):
            words("h3", self.t("changes"))
            self.changes = words("pre", "")
            self.changes.props["tabindex"] = "0"
            self._copy(lambda: self.settings)
            words("h3", self.t("command"))
            self.command = words("pre", "")
            self.command.props["tabindex"] = "0"
            self.file = words("p", self.t("command_file")).classes("soft")
            self._copy(lambda: command(tab.state, tab.site.stored))
            ui.button(self.t("definition"), icon="download", on_click=self._download).props("flat no-caps dense")
        self.refresh()

    def t(self, key: str, **values: object) -> str:
        return text(self.tab.language, key, **values)

    @property
    def settings(self) -> str:
        return " ".join(f"--set {shlex.quote(setting)}" for setting in self.tab.state.settings)

    def refresh(self) -> None:
        scenario = self.tab.scenario
        self.changes.text = self.settings or self.t("changes_none" if scenario.run is not None else "changes_none_model")
        self.command.text = command(self.tab.state, self.tab.site.stored)
        self.file.set_visibility(not scenario.ships)

    def _copy(self, what: Callable[[], str]) -> None:
        def copy() -> None:
            ui.clipboard.write(what())
            ui.notify(self.t("copied"))

        ui.button(self.t("copy"), icon="content_copy", on_click=copy).props("flat no-caps dense")

    def _download(self) -> None:
        ui.download.content(self.tab.toml(), f"{self.tab.definition.name}.toml")
