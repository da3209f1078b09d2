# SPDX-License-Identifier: GPL-3.0-or-later
"""How an edit stands, with the buttons that go with it; other documents' edits; what to do without an engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .gtk import Gdk, Gtk
from .protocol.plugin.buttons import Button, buttons, offers
from .protocol.plugin.deeds import PanelDeeds
from .protocol.plugin.document.document_controller import DocumentController
from .protocol.plugin.guard import guarded
from .protocol.plugin.job_queue import QueueRow
from .protocol.plugin.standing import standing
from .protocol.plugin.strings import Strings
from .protocol.plugin.view import EngineView, QueueView
from .ui_base import TARGET_PX, Notice, Sign, button, column, describe, label, quiet, row, say, show

NARROW = b"button { padding: 4px 2px; }"
"""Four buttons side by side fit a panel of 330 pixels."""


class StateBox:
    """The buttons of an edit, always there and always in their places, so that no other one comes under a pen that is
    about to press; above them progress, words, and what else is offered. `auto` is put elsewhere.
    """

    def __init__(self, strings: Strings, deeds: PanelDeeds, diagnose: Callable[[], object]) -> None:
        self.strings, self.silent = strings, False
        text = strings.text
        self.plan, self.words = label(small=True), label(small=True)
        self.bar = Gtk.ProgressBar()
        self.warning, self.error, self.stale = Notice("info"), Notice("warning"), Notice("warning")
        self.diagnose = button(text("panel.diagnostics"), diagnose)
        self.buttons = {one.key: self._button(one, deeds) for one in buttons(None, strings)}
        self.run, self.stop, self.apply, self.drop = self.buttons.values()
        self.apply.get_style_context().add_class("suggested-action")
        self.offers = {one.key: self._button(one, deeds) for one in offers(None, strings)}
        self.offered = row(*self.offers.values(), even=True)
        self.auto = Gtk.CheckButton(label=text("panel.auto_run"))
        self.auto.set_size_request(-1, TARGET_PX)
        self.auto.set_tooltip_text(text("tip.auto_run"))
        self.auto.connect("toggled", guarded(lambda it: self._auto(deeds, it.get_active())))
        self.widget = column(
            self.warning.widget, self.error.widget, self.diagnose, self.stale.widget, self.offered,
            self.plan, self.bar, self.words, row(*self.buttons.values(), even=True),
        )  # fmt: skip

    def show_desk(self, desk: DocumentController, models: Any) -> None:
        """Show how things stand."""
        now = standing(desk, models, self.strings)
        say(self.plan, now.plan)
        say(self.words, now.words)
        self.warning.say(now.warning)
        self.error.say(now.error)
        show(self.diagnose, bool(now.error))
        self.stale.say(now.stale)
        show(self.offered, bool(now.stale))
        show(self.bar, now.busy)
        if now.busy and now.fraction is not None:
            self.bar.set_fraction(now.fraction)
        elif now.busy:
            self.bar.pulse()
        describe(self.bar, now.words)
        for one in (*now.buttons, *now.offers):
            part = self.buttons.get(one.key) or self.offers[one.key]
            part.get_child().set_text(one.label)
            part.set_sensitive(one.enabled)
            part.set_tooltip_text(one.tip)
        with quiet(self):
            self.auto.set_active(desk.auto_run)

    def _button(self, one: Button, deeds: PanelDeeds) -> Gtk.Button:
        made = button(one.label, lambda: deeds.press(one.key))
        narrow = Gtk.CssProvider()
        narrow.load_from_data(NARROW)
        made.get_style_context().add_provider(narrow, Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION)
        return made

    def _auto(self, deeds: PanelDeeds, on: bool) -> None:
        if not self.silent:
            deeds.auto_run(on)


class Queue:
    """What is computed and what waits, each with a way to stop it alone."""

    def __init__(self, strings: Strings, deeds: PanelDeeds) -> None:
        self.strings, self.deeds = strings, deeds
        text = strings.text
        self.title = label()
        self.stop_waiting = button(text("action.cancel_waiting"), deeds.cancel_waiting)
        self.stop_waiting.set_tooltip_text(text("tip.cancel_waiting"))
        self.stop_all = button(text("action.cancel_all"), deeds.cancel_all)
        self.stop_all.set_tooltip_text(text("tip.cancel_all"))
        self.lines = column()
        self.widget = column(
            self.title, self.lines, row(self.stop_waiting, self.stop_all, even=True)
        )
        self._shown: tuple[tuple[str, str], ...] = ()
        self._words: list[Gtk.Label] = []

    def show_view(self, view: QueueView) -> None:
        """Show what is under way."""
        shown = tuple((one.id, one.document) for one in view.rows)
        if shown != self._shown:
            self._shown = shown
            for child in self.lines.get_children():
                self.lines.remove(child)
            self._words = [self._line(one) for one in view.rows]
        for one, words in zip(view.rows, self._words, strict=True):
            parts = (one.document, one.edit, one.words)
            say(words, " · ".join(part for part in parts if part))
        say(self.title, view.title)
        self.stop_waiting.set_sensitive(view.can_cancel_waiting)
        self.stop_all.set_sensitive(view.can_cancel_all)
        show(self.widget, view.shown)

    def _line(self, one: QueueRow) -> Gtk.Label:
        words = label(small=True)
        stop = Sign(
            "remove", self.strings.text("action.cancel_this"), lambda: self.deeds.cancel_job(one.id)
        )
        stop.widget.set_sensitive(one.can_cancel)
        line = row(words, stop.widget, wide=0)
        self.lines.pack_start(line, False, False, 0)
        line.show_all()
        return words


class EnginePage:
    """What to do when the engine is not there: never shown for longer than that lasts."""

    def __init__(
        self, strings: Strings, start: Callable[[], object], diagnose: Callable[[], object]
    ) -> None:
        self.strings = strings
        self.title, self.words = label(bold=True), label()
        self.steps = label(small=True)
        self.command = Gtk.Entry(editable=False, hexpand=True, width_chars=4)
        self.copy = button(strings.text("panel.copy"), lambda: copy(self.command.get_text()))
        self.start = button(strings.text("panel.start_engine"), start, strong=True)
        self.line = row(self.command, self.copy, wide=0)
        self.diagnose = button(strings.text("panel.diagnostics"), diagnose)
        self.widget = column(
            self.title, self.words, self.steps, self.line, self.start, self.diagnose
        )
        show(self.widget, False)

    def show_view(self, view: EngineView) -> None:
        """Show why there is no engine, and what to type or press."""
        show(self.widget, view.shown)
        if not view.shown:
            return
        say(self.title, view.title)
        say(self.words, view.words)
        say(self.steps, view.steps)
        show(self.line, view.can_start)
        show(self.start, view.can_start)
        self.command.set_text(view.command)
        describe(self.command, view.command)


def copy(text: str) -> None:
    """Put a text on the clipboard, where it stays when the panel is closed."""
    board = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
    board.set_text(text, -1)
    board.store()
