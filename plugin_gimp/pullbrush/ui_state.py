# SPDX-License-Identifier: GPL-3.0-or-later
"""How an edit stands, with the buttons that go with it; other documents' edits; what to do without an engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .gtk import Gdk, Gtk
from .protocol.plugin.deeds import PanelDeeds
from .protocol.plugin.desk import Desk
from .protocol.plugin.guard import guarded
from .protocol.plugin.standing import standing
from .protocol.plugin.strings import Strings
from .protocol.plugin.view import EngineView, QueueView
from .ui_base import TARGET_PX, Notice, button, column, describe, label, quiet, row, say, show


class StateBox:
    """Run, apply, discard, cancel: always there and always in their places, so that no other one comes under a pen

    that is about to press; above them progress and words. `auto` is put elsewhere.
    """

    def __init__(self, strings: Strings, deeds: PanelDeeds) -> None:
        self.strings, self.silent = strings, False
        self.plan, self.words = label(small=True), label(small=True)
        self.bar = Gtk.ProgressBar()
        self.warning, self.error = Notice("info"), Notice("warning")
        text, do = strings.text, deeds.do
        self.run = button(text("action.run"), lambda: do(lambda desk: desk.run()))
        self.stop = button(text("action.cancel"), deeds.stop)
        self.apply = button(
            text("action.apply"), lambda: do(lambda desk: desk.apply()), strong=True
        )
        self.drop = button(text("action.discard"), lambda: do(lambda desk: desk.discard()))
        self.auto = Gtk.CheckButton(label=text("panel.auto_run"))
        self.auto.set_size_request(-1, TARGET_PX)
        self.auto.connect("toggled", guarded(lambda it: self._auto(deeds, it.get_active())))
        for part, name in ((self.drop, "discard"), (self.auto, "auto_run")):
            part.set_tooltip_text(strings.text(f"tip.{name}"))
        buttons = row(self.run, self.apply, self.drop, self.stop, even=True)
        narrow = Gtk.CssProvider()
        narrow.load_from_data(b"button { padding: 4px 2px; }")
        for part in (self.run, self.apply, self.drop, self.stop):
            part.get_style_context().add_provider(narrow, Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION)
        self.widget = column(
            self.warning.widget, self.error.widget, self.plan, self.bar, self.words, buttons
        )

    def show_desk(self, desk: Desk, models: Any) -> None:
        """Show how things stand."""
        now = standing(desk, models, self.strings)
        say(self.plan, now.plan)
        say(self.words, now.words)
        self.warning.say(now.warning)
        self.error.say(now.error)
        show(self.bar, now.busy)
        if now.busy and now.fraction is not None:
            self.bar.set_fraction(now.fraction)
        elif now.busy:
            self.bar.pulse()
        describe(self.bar, now.words)
        self.run.set_sensitive(now.can_run and not now.busy)
        self.stop.set_sensitive(now.busy)
        self.drop.set_sensitive(now.can_discard)
        self.apply.set_sensitive(now.can_apply)
        self.run.set_tooltip_text(now.run_tip)
        self.stop.get_child().set_text(now.stop)
        self.stop.set_tooltip_text(now.stop_tip)
        self.apply.set_tooltip_text(now.apply_tip)
        with quiet(self):
            self.auto.set_active(desk.auto_run)

    def _auto(self, deeds: PanelDeeds, on: bool) -> None:
        if not self.silent:
            deeds.auto_run(on)


class Queue:
    """Other documents that are being edited, each with a way to stop it."""

    def __init__(self, strings: Strings, deeds: PanelDeeds) -> None:
        self.strings, self.deeds = strings, deeds
        self.title = label()
        self.stop_all = button(strings.text("action.cancel_all"), deeds.stop_all)
        self.lines = column()
        self.widget = column(row(self.title, self.stop_all, wide=0), self.lines)
        self._shown: tuple[Desk, ...] = ()
        self._words: list[Gtk.Label] = []

    def show_view(self, view: QueueView) -> None:
        """Show what is under way elsewhere."""
        if view.desks != self._shown:
            self._shown = view.desks
            for child in self.lines.get_children():
                self.lines.remove(child)
            self._words = [self._line(desk) for desk in view.desks]
        for line, words in zip(view.lines, self._words, strict=True):
            say(words, line)
        say(self.title, view.title)
        show(self.stop_all, bool(view.desks))
        show(self.widget, view.shown)

    def _line(self, desk: Desk) -> Gtk.Label:
        words = label(small=True)
        stop = button(self.strings.text("action.cancel"), lambda: self.deeds.stop_one(desk))
        line = row(words, stop, wide=0)
        self.lines.pack_start(line, False, False, 0)
        line.show_all()
        return words


class EnginePage:
    """What to do when the engine is not there: never shown for longer than that lasts."""

    def __init__(self, strings: Strings, start: Callable[[], object]) -> None:
        self.strings = strings
        self.title, self.words = label(bold=True), label()
        self.steps = label(small=True)
        self.command = Gtk.Entry(editable=False, hexpand=True, width_chars=4)
        self.copy = button(strings.text("panel.copy"), lambda: copy(self.command.get_text()))
        self.start = button(strings.text("panel.start_engine"), start, strong=True)
        self.line = row(self.command, self.copy, wide=0)
        self.widget = column(self.title, self.words, self.steps, self.line, self.start)
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
