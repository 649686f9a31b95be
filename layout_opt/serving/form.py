"""The left side of the page: scenario, weights, policies with their parameters, and how far to search."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from nicegui import ui
from nicegui.element import Element

from layout_opt.report.texts import TEXTS as REPORTED
from layout_opt.serving.blocks import words
from layout_opt.serving.controls import Control, Group, groups
from layout_opt.serving.tab import Tab
from layout_opt.serving.texts import parameter, text

F = TypeVar("F", bound=Element)


class Form:
    """Everything that changes the state of a tab. `moved` is called after each change that was taken, `refused` with the reasons of one that
    was not and has no field of its own to show them."""

    def __init__(self, tab: Tab, moved: Callable[[], None], refused: Callable[[str], None]) -> None:
        self.tab, self.moved, self.refused = tab, moved, refused
        self.whole = ui.element("div")
        self.build()

    def t(self, key: str, **values: object) -> str:
        return text(self.tab.language, key, **values)

    def build(self) -> None:
        """Everything anew, from the state."""
        self.whole.clear()
        found = groups(self.tab.base, self.tab.scenario.instance)
        with self.whole:
            self._scenario()
            for group in found:
                if not group.label:
                    with _fold(self.t(f"group.{group.key}"), opened=group.key == "objective" or self._touched(group)):
                        self._controls(group)
            words("h3", self.t("group.policies"))
            for group in found:
                if group.label:
                    self._policy(group)
            self._other()
            self._search()
            ui.button(self.t("reset"), icon="undo", on_click=self._undo).props("flat no-caps")

    def _scenario(self) -> None:
        stored, state = self.tab.site.stored, self.tab.state
        names = {name: self.t("stored_mark", name=name) if found.run else name for name, found in stored.scenarios.items()}
        _wide(ui.select(names, label=self.t("scenario"), value=state.scenario, on_change=lambda event: self._choose(str(event.value))))
        words("p", stored.scenarios[state.scenario].definition.question[self.tab.language]).classes("question")
        if len(stored.plans) > 1:
            plans = list(stored.plans)
            _wide(ui.select(plans, label=self.t("beside"), value=state.beside, on_change=lambda event: self._compare(str(event.value))))

    def _policy(self, group: Group) -> None:
        title = group.title[self.tab.language]
        with ui.element("fieldset") as whole:
            whole.props["aria-label"] = title
            on = group.label not in self.tab.state.left_out
            switch = ui.switch(title, value=on)
            switch.on_value_change(lambda: self._switch(group.label, switch))
            switch.props["aria-label"] = self.t("in_force", title=title)
            with _fold(self.t("parameters", count=len(group.controls)), opened=group.caps or self._touched(group)):
                words("p", self.t("family", label=group.label, family=group.family)).classes("soft")
                self._controls(group)

    def _touched(self, group: Group) -> bool:
        return any(control.key in self.tab.state.changes for control in group.controls)

    def _controls(self, group: Group) -> None:
        """A field per parameter, with the key that the command line takes below it."""
        title = group.title[self.tab.language] if group.label else self.t(f"group.{group.key}")
        for control in group.controls:
            term = REPORTED[self.tab.language].get(f"term.{control.name}") if group.key == "objective" else None
            item = self.tab.scenario.instance.called(control.item, self.tab.language) if control.item else ""
            name = " – ".join(filter(None, (term or parameter(self.tab.language, control.name), item)))
            field = self._choice(control, name) if control.kind != "number" else self._number(control, name)
            field.props["aria-label"] = f"{title}: {name}"
            field.props["hint"] = "  ".join(filter(None, (control.key, control.bounds)))

    def _choice(self, control: Control, name: str) -> Element:
        options = {"true": self.t("yes"), "false": self.t("no")} if control.kind == "switch" else {option: option for option in control.options}
        given = self.tab.state.changes.get(control.key, control.value)
        known = given if given in options else None
        return _wide(ui.select(options, label=name, value=known, on_change=lambda event: self._set(control, str(event.value))))

    def _number(self, control: Control, name: str) -> Element:
        field = ui.input(name, value=self.tab.state.changes.get(control.key, control.value)).props("inputmode=decimal autocomplete=off")
        _on_commit(field, lambda: self._typed(control, field))
        return _wide(field)

    def _other(self) -> None:
        field = ui.input(self.t("other")).props("autocomplete=off spellcheck=false")
        field.props["hint"] = self.t("other_hint")
        field.on("keydown.enter", lambda: self._set_other(field))
        with _wide(field).add_slot("after"):
            ui.button(self.t("set"), on_click=lambda: self._set_other(field)).props("flat no-caps dense")

    def _search(self) -> None:
        with _fold(self.t("search"), opened=False):
            for name in ("gap", "limit"):
                self._asked(name)

    def _asked(self, name: str) -> None:
        field = ui.input(self.t(name), value=f"{getattr(self.tab.state, name):g}").props("inputmode=decimal autocomplete=off")
        _on_commit(_wide(field), lambda: self._told(field, self.tab.ask(name, (field.value or "").strip())))

    def _typed(self, control: Control, field: ui.input) -> None:
        given = (field.value or "").strip()
        refused = self.tab.move(control.key, given, control.value)
        if not refused:
            field.value = given or control.value
        self._told(field, refused)

    def _told(self, field: ui.input, refused: str) -> None:
        field.error = refused or None
        if not refused:
            self.moved()

    def _set(self, control: Control, given: str) -> None:
        self._taken(self.tab.move(control.key, given, control.value))

    def _set_other(self, field: ui.input) -> None:
        key, separator, given = (part.strip() for part in (field.value or "").partition("="))
        field.error = None if key and separator else self.t("other_key")
        if field.error is None:
            field.error = self.tab.move(key, given, "") or None
        if field.error is None:
            self.build()
            self.moved()

    def _switch(self, label: str, switch: ui.switch) -> None:
        on = bool(switch.value)
        if on != (label not in self.tab.state.left_out):
            self._taken(self.tab.switch(label, on))

    def _choose(self, scenario: str) -> None:
        self.tab.choose(scenario)
        self.build()
        self.moved()

    def _compare(self, scenario: str) -> None:
        self.tab.compare(scenario)
        self.moved()

    def _undo(self) -> None:
        self.tab.undo()
        self.build()
        self.moved()

    def _taken(self, refused: str) -> None:
        if refused:
            self.refused(refused)
            self.build()
        else:
            self.moved()


def _wide(field: F) -> F:
    field.classes("wide").props("outlined dense")
    return field


def _on_commit(field: ui.input, handler: Callable[[], None]) -> None:
    """Enter, or leaving a field that was changed."""
    field.on("change", handler, args=[])


def _fold(title: str, *, opened: bool) -> Element:
    """What can be folded; open it with `with`."""
    whole = ui.element("details")
    whole.props.set_bool("open", opened)
    with whole:
        words("summary", title)
    return whole
