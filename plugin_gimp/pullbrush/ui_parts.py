# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of parameters that are several numbers: from where to where on one slider, and where an object goes."""

from __future__ import annotations

from typing import Any

from .gtk import Gdk, Gtk, Widget
from .protocol.plugin.guard import guarded
from .protocol.plugin.panel import Row
from .protocol.plugin.parts import Ends, Parts, range_text
from .ui_base import TARGET_PX, Line, describe, row
from .ui_values import Deeds, NumberRow, ValueRow

HANDLE_PX = 10
STEPS = {Gdk.KEY_Left: -1, Gdk.KEY_Down: -1, Gdk.KEY_Right: 1, Gdk.KEY_Up: 1}
EVENTS = (
    Gdk.EventMask.BUTTON_PRESS_MASK
    | Gdk.EventMask.BUTTON1_MOTION_MASK
    | Gdk.EventMask.KEY_PRESS_MASK
    | Gdk.EventMask.FOCUS_CHANGE_MASK
)


class RangeRow(ValueRow):
    """One slider with two handles that also takes typed ends, such as `0..0.6`.

    Arrow keys move the handle that is on, the space bar goes to the other one.
    """

    def build(self, spec: Row) -> None:
        self.ends, self.handle = Ends.of(spec), 0
        self.line = Line(spec.label, self.type_in, self._step, chars=11)
        self.line.widget.set_alignment(1.0)
        self.slider = Gtk.DrawingArea(can_focus=True)
        self.slider.set_size_request(-1, TARGET_PX)
        self.slider.add_events(EVENTS)
        for signal, call in (
            ("draw", self._draw), ("button-press-event", self._pressed),
            ("motion-notify-event", self._moved), ("key-press-event", self._key),
            ("focus-in-event", self._redraw), ("focus-out-event", self._redraw),
        ):  # fmt: skip
            self.slider.connect(signal, guarded(call))
        self.add(row(self.title, self.line.widget, wide=0), self.slider)

    def show_row(self, spec: Row) -> None:
        super().show_row(spec)
        keys = self.strings.text("panel.range_keys")
        describe(self.slider, f"{spec.label}: {range_text(spec)}", f"{spec.help}\n{keys}")

    def show_value(self, spec: Row) -> None:
        self.ends = Ends.of(spec)
        self.line.show_text(range_text(spec))
        self.slider.queue_draw()

    def _step(self, steps: int) -> None:
        self.emit(self.ends.stepped(self.handle, steps))

    def _key(self, _it: Widget, event: Gdk.EventKey) -> bool:
        if event.keyval == Gdk.KEY_space:
            self.handle = 1 - self.handle
            self.slider.queue_draw()
        elif event.keyval in STEPS:
            self._step(STEPS[event.keyval])
        else:
            return False
        return True

    def _pressed(self, _it: Widget, event: Gdk.EventButton) -> bool:
        self.slider.grab_focus()
        stop = self._stop_at(event.x)
        self.handle = self.ends.nearest(stop)
        self.emit(self.ends.pulled(self.handle, stop))
        return True

    def _moved(self, _it: Widget, event: Gdk.EventMotion) -> bool:
        self.emit(self.ends.pulled(self.handle, self._stop_at(event.x)))
        return True

    def _redraw(self, *_: object) -> bool:
        self.slider.queue_draw()
        return False

    def _draw(self, area: Gtk.DrawingArea, painter: Any) -> bool:
        """The groove, the part between the handles in the theme's color, and both handles."""
        context, middle = area.get_style_context(), area.get_allocated_height() / 2
        text = context.get_color(context.get_state())
        known, chosen = context.lookup_color("theme_selected_bg_color")
        chosen = chosen if known else text
        start, end = (self._x_of(stop) for stop in self.ends.stops)
        painter.set_source_rgba(text.red, text.green, text.blue, 0.3 * text.alpha)
        painter.rectangle(HANDLE_PX / 2, middle - 2, self._length(), 4)
        painter.fill()
        painter.set_source_rgba(chosen.red, chosen.green, chosen.blue, 1.0)
        painter.rectangle(start, middle - 2, end - start, 4)
        painter.fill()
        for handle in (1 - self.handle, self.handle):
            is_on = area.has_focus() and handle == self.handle
            color = chosen if is_on else text
            painter.set_source_rgba(color.red, color.green, color.blue, 1.0)
            painter.rectangle((start, end)[handle] - HANDLE_PX / 2, middle - 8, HANDLE_PX, 16)
            painter.fill()
        return True

    def _length(self) -> float:
        return float(max(1, self.slider.get_allocated_width() - HANDLE_PX))

    def _x_of(self, stop: int) -> float:
        return HANDLE_PX / 2 + stop * self._length() / self.ends.scale.stops

    def _stop_at(self, x: float) -> int:
        share = (x - HANDLE_PX / 2) / self._length()
        return round(min(1.0, max(0.0, share)) * self.ends.scale.stops)


class PartDeeds:
    """Who the numbers of a transform tell: its row passes it on as the whole."""

    def __init__(self, owner: TransformRow) -> None:
        self.strings, self._owner = owner.strings, owner
        self.suggestions, self.layers = owner.deeds.suggestions, owner.deeds.layers

    def edited(self, name: str, value: object) -> None:
        """One part is another."""
        self._owner.emit(self._owner.parts.changed(name, value))

    def typed(self, name: str, text: str) -> None:
        """One part was typed."""
        self._owner.emit(self._owner.parts.typed(name, text))

    def seed_drawn(self) -> None:
        """No part is a seed."""

    def seed_locked(self, on: bool) -> None:
        """No part is a seed."""


class TransformRow(ValueRow):
    """How far, how big, how much turned: a number each, below one name."""

    def build(self, spec: Row) -> None:
        self.parts = Parts.of(spec)
        deeds: Deeds = PartDeeds(self)
        self.rows = {one.name: NumberRow(one, deeds) for one in spec.columns}
        self.add(self.title, *(part.widget for part in self.rows.values()))

    def show_row(self, spec: Row) -> None:
        super().show_row(spec)
        for one in spec.columns:
            self.rows[one.name].show_row(one)

    def show_value(self, spec: Row) -> None:
        self.parts = Parts.of(spec)
