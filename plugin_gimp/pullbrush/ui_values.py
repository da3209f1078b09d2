# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of parameters with one value: numbers, choices, switches, words, the seed.

Each row is made from what the edit's description says (`protocol.plugin.panel.Row`) and knows no edit by name.
"""

from __future__ import annotations

from typing import Any, Protocol

from .gtk import GLib, Gtk, Widget
from .protocol.plugin.guard import guarded
from .protocol.plugin.numbers import Scale, shown
from .protocol.plugin.panel import Row
from .protocol.plugin.picking import Sources
from .protocol.plugin.strings import Strings
from .ui_base import TARGET_PX, Line, Pick, Sign, calm, column, describe, label, quiet, row, say

MOMENT_MS = 400
"""Words are taken over when nothing was typed for so long."""


class Deeds(Sources, Protocol):
    """Who rows tell what the artist does, and where they find what there is to pick from."""

    strings: Strings

    def edited(self, name: str, value: object) -> None: ...
    def typed(self, name: str, text: str) -> None: ...
    def seed_drawn(self) -> None: ...
    def seed_locked(self, on: bool) -> None: ...


class ValueRow:
    """One parameter. By itself it is that of a kind nothing is known about: its name, and the default is used."""

    def __init__(self, spec: Row, deeds: Deeds) -> None:
        self.name, self.deeds, self.strings = spec.name, deeds, deeds.strings
        self.silent = False
        self.label = spec.label
        self.title = label(spec.label)
        self.problem = label(small=True)
        self.widget = column(gap=0)
        self.build(spec)
        self.widget.pack_start(self.problem, False, False, 0)
        say(self.problem, "")
        self.show_row(spec)

    def build(self, spec: Row) -> None:
        """Make what is in the row."""
        self.add(self.title)

    def show_value(self, spec: Row) -> None:
        """Show the value as it stands."""

    def add(self, *parts: Widget) -> None:
        """Put widgets below what is there."""
        for part in parts:
            self.widget.pack_start(part, False, False, 0)

    def show_row(self, spec: Row) -> None:
        """Show value, help and problem as they stand."""
        self.title.set_text(spec.label)
        self.widget.set_tooltip_text(spec.help or None)
        with quiet(self):
            self.show_value(spec)
        wrong = spec.problem if spec.value is not None else ""  # what is missing is said at Run
        say(self.problem, f"⚠ {wrong}" if wrong else "")

    def emit(self, value: object) -> None:
        """Say that the artist chose a value."""
        if not self.silent:
            self.deeds.edited(self.name, value)

    def type_in(self, text: str) -> None:
        """Say that the artist typed this."""
        self.deeds.typed(self.name, text)


class NumberRow(ValueRow):
    """A slider that also takes typed numbers, with `auto` if there is such a thing."""

    def build(self, spec: Row) -> None:
        self.scale, self.value = Scale.of(spec), spec.value
        self.line = Line(spec.label, self.type_in, self._step, chars=7)
        self.line.widget.set_alignment(1.0)
        self.auto = Gtk.CheckButton(label=self.strings.text("panel.auto"))
        self.slider = Gtk.Scale(draw_value=False, digits=0)
        self.slider.set_adjustment(
            Gtk.Adjustment(lower=0, upper=self.scale.stops, step_increment=1, page_increment=1)
        )
        self.slider.set_size_request(-1, TARGET_PX)
        describe(self.slider, spec.label)
        calm(self.slider)
        parts = [self.title, *([self.auto] if spec.auto is not None else []), self.line.widget]
        self.add(row(*parts, wide=0))
        if self.scale.has_slider:
            self.add(self.slider)
        self.slider.connect("value-changed", guarded(self._slid))
        self.auto.connect("toggled", guarded(lambda it: self._auto(spec, it.get_active())))

    def show_value(self, spec: Row) -> None:
        self.value = spec.value
        is_auto = spec.auto is not None and spec.value == spec.auto
        self.line.show_text(shown(spec, self.strings))
        self.auto.set_active(is_auto)
        self.slider.set_sensitive(not is_auto)
        if isinstance(spec.value, (int, float)) and not is_auto:
            self.slider.set_value(self.scale.stop(spec.value))

    def _slid(self, slider: Gtk.Scale) -> None:
        self.emit(self.scale.value(round(slider.get_value())))

    def _auto(self, spec: Row, on: bool) -> None:
        self.emit(spec.auto if on else self.scale.middle)

    def _step(self, steps: int) -> None:
        if isinstance(self.value, (int, float)):
            self.emit(self.scale.stepped(self.value, steps))


class ChoiceRow(ValueRow):
    """A list to choose from."""

    def build(self, spec: Row) -> None:
        self.pick = Pick(spec.label, self.emit)
        self.add(row(self.title, self.pick.widget, even=True))

    def show_value(self, spec: Row) -> None:
        self.pick.fill(list(spec.choices), str(spec.value))


class SwitchRow(ValueRow):
    """Yes or no."""

    def build(self, spec: Row) -> None:
        self.check = Gtk.CheckButton(label=spec.label)
        self.check.set_size_request(-1, TARGET_PX)
        self.add(self.check)
        self.check.connect("toggled", guarded(lambda it: self.emit(it.get_active())))

    def show_value(self, spec: Row) -> None:
        self.check.set_active(spec.value is True)


class LineRow(ValueRow):
    """A line of words."""

    def build(self, spec: Row) -> None:
        self.line = Line(spec.label, self.type_in)
        self.line.widget.set_hexpand(True)
        self.add(row(self.title, self.line.widget, even=True))

    def show_value(self, spec: Row) -> None:
        self.line.show_text(str(spec.value if spec.value is not None else ""))


class BoxRow(ValueRow):
    """Several lines of words; they are taken over a moment after the last key, or when the focus goes."""

    def build(self, spec: Row) -> None:
        self._shown, self._timer = "", 0
        self.box = Gtk.TextView(
            wrap_mode=Gtk.WrapMode.WORD_CHAR, accepts_tab=False, margin=2, left_margin=4
        )
        describe(self.box, spec.label, self.strings.text("panel.prompt_hint"))
        frame = Gtk.Frame()
        frame.add(self.box)
        self.box.set_size_request(-1, 18 * max(2, min(spec.lines, 4)) + 8)
        self.hint = label(self.strings.text("panel.prompt_hint"), small=True)
        self.add(self.title, frame, self.hint)
        self.box.get_buffer().connect("changed", guarded(self._changed))
        self.box.connect("focus-out-event", guarded(lambda *_: self._settle()))

    def show_value(self, spec: Row) -> None:
        text = str(spec.value or "")
        if text != self._shown and not self._timer:
            self._shown = text
            self.box.get_buffer().set_text(text)
        say(self.hint, "" if text or self._timer else self.strings.text("panel.prompt_hint"))

    def _changed(self, _it: Widget) -> None:
        if not self.silent:
            if self._timer:
                GLib.source_remove(self._timer)
            self._timer = GLib.timeout_add(MOMENT_MS, guarded(self._settle))

    def _settle(self) -> bool:
        if self._timer:
            GLib.source_remove(self._timer)
            self._timer = 0
        buffer = self.box.get_buffer()
        text = buffer.get_text(buffer.get_start_iter(), buffer.get_end_iter(), False)
        if text != self._shown:
            self._shown = text
            self.type_in(text)
        return False


class SeedRow(ValueRow):
    """A number to draw anew or to keep."""

    def build(self, spec: Row) -> None:
        self.value: Any = spec.value
        self.is_locked = False
        self.line = Line(spec.label, self.type_in, self._step, chars=10)
        tip = self.strings.text("action.new_seed")
        self.dice = Sign("dice", tip, self.deeds.seed_drawn)
        lock = self.strings.text("panel.lock_seed")
        self.lock = Sign("unlocked", lock, lambda: self.deeds.seed_locked(not self.is_locked))
        self.add(row(self.title, self.line.widget, self.dice.widget, self.lock.widget, wide=0))

    def show_value(self, spec: Row) -> None:
        self.value = spec.value
        self.line.show_text(str(spec.value))

    def show_lock(self, on: bool) -> None:
        """Show whether the seed is kept."""
        self.is_locked = on
        self.lock.turn("lock" if on else "unlocked")

    def _step(self, steps: int) -> None:
        if isinstance(self.value, int):
            self.emit(max(0, self.value + steps))
