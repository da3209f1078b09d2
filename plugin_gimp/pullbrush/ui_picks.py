# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of parameters that point at something: a model, a layer, colors; and lists of groups of all of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .gtk import Gdk, Gtk, Widget
from .protocol.plugin.guard import guarded
from .protocol.plugin.panel import Row
from .protocol.plugin.picking import NEW_COLOR, colors_of, entries_of, recolored, without
from .protocol.plugin.records import RecordList
from .ui_base import Pick, Sign, button, column, describe, label, row, within
from .ui_film import FilmRow
from .ui_parts import RangeRow, TransformRow
from .ui_values import (
    BoxRow,
    ChoiceRow,
    Deeds,
    LineRow,
    NumberRow,
    SeedRow,
    SwitchRow,
    ValueRow,
)


class PickRow(ValueRow):
    """A model or a layer from a list."""

    def build(self, spec: Row) -> None:
        self.pick = Pick(spec.label, self.emit)
        self.add(row(self.title, self.pick.widget, even=True))

    def show_value(self, spec: Row) -> None:
        self.pick.fill(entries_of(spec, self.deeds, self.strings), str(spec.value or ""))


class ColorsRow(ValueRow):
    """Colors side by side: press one to change it, the cross to take the last one out."""

    def build(self, spec: Row) -> None:
        self.colors: list[str] = []
        self.places = Gtk.FlowBox(selection_mode=Gtk.SelectionMode.NONE, max_children_per_line=12)
        self.out = Sign("remove", self.strings.text("panel.take_out"), self._take_out)
        self.plus = Sign("plus", self.strings.text("panel.add"), self._put_in)
        self.add(row(self.title, self.out.widget, self.plus.widget, wide=0), self.places)

    def show_value(self, spec: Row) -> None:
        colors = colors_of(spec)
        if colors != self.colors:
            self.colors = colors
            for child in self.places.get_children():
                self.places.remove(child)
            for at, color in enumerate(colors):
                self.places.add(self._swatch(at, color))
            self.places.show_all()
        self.out.widget.set_sensitive(bool(colors))
        self.plus.widget.set_sensitive(spec.most is None or len(colors) < spec.most)

    def _swatch(self, at: int, color: str) -> Gtk.ColorButton:
        rgba = Gdk.RGBA()
        rgba.parse(color)
        made = Gtk.ColorButton(rgba=rgba, use_alpha=False)
        describe(made, color)
        made.connect("color-set", guarded(lambda it: self._change(at, it.get_rgba())))
        return made

    def _change(self, at: int, rgba: Gdk.RGBA) -> None:
        parts = (rgba.red, rgba.green, rgba.blue)
        name = "#" + "".join(f"{round(255 * part):02x}" for part in parts)
        self.emit(recolored(self.colors, at, name))

    def _put_in(self) -> None:
        self.emit([*self.colors, NEW_COLOR])

    def _take_out(self) -> None:
        self.emit(without(self.colors, len(self.colors) - 1))


class RecordsRow(ValueRow):
    """A list of records, such as conditions with layer and weight each: add, take out, reorder, change."""

    def build(self, spec: Row) -> None:
        self.records = RecordList.of(spec)
        self.frames: list[RecordFrame] = []
        self.frames_at = column()
        self.plus = button(self.strings.text("panel.add"), lambda: self.put(self.records.added()))
        self.add(self.title, self.frames_at, self.plus)

    def show_value(self, spec: Row) -> None:
        self.records = RecordList.of(spec)
        while len(self.frames) > len(spec.records):
            self.frames_at.remove(self.frames.pop().widget)
        while len(self.frames) < len(spec.records):
            self.frames.append(RecordFrame(self, len(self.frames)))
            self.frames_at.pack_start(self.frames[-1].widget, False, False, 0)
            self.frames[-1].widget.show_all()
        for frame, rows in zip(self.frames, spec.records, strict=True):
            frame.show_record(spec.label, rows)
        self.plus.set_sensitive(self.records.can_grow)

    def put(self, records: list[dict[str, Any]]) -> None:
        """Have another list; what comes next is done to that one."""
        self.records = replace(self.records, records=tuple(records))
        self.emit(records)

    def move(self, at: int, by: int) -> None:
        """Move one record down by so many places, and the keys' focus with it."""
        if not self.records.can_move(at, by):
            return
        parts = list(within(self.frames[at].widget))
        place = next((i for i, part in enumerate(parts) if part.has_focus()), -1)
        window = self.widget.get_ancestor(Gtk.Window)
        if place >= 0 and window is not None:
            window.set_focus(None)  # what was typed counts, for the record it was typed in
        self.put(self.records.moved(at, by))
        there = list(within(self.frames[at + by].widget))
        if 0 <= place < len(there):
            there[place].grab_focus()


class RecordFrame:
    """One record at its place in a list: its number, buttons to move it and to take it out, its rows.

    Its rows tell it what the artist does, and it tells the list.
    """

    def __init__(self, owner: RecordsRow, at: int) -> None:
        self.strings, self.layers = owner.strings, owner.deeds.layers
        self.suggestions = owner.deeds.suggestions
        self._owner, self._at = owner, at
        self.parts: dict[str, ValueRow] = {}
        self._built: list[tuple[str, str]] = []
        self.title, self.rows_at = label(), column()
        text, keys = owner.strings.text, Gdk.ModifierType.CONTROL_MASK
        up = f"{text('panel.move_up')} ({Gtk.accelerator_get_label(Gdk.KEY_Page_Up, keys)})"
        down = f"{text('panel.move_down')} ({Gtk.accelerator_get_label(Gdk.KEY_Page_Down, keys)})"
        self.up = Sign("up", up, lambda: owner.move(at, -1))
        self.down = Sign("down", down, lambda: owner.move(at, 1))
        self.out = Sign(
            "remove", text("panel.take_out"), lambda: owner.put(owner.records.without(at))
        )
        self.widget = Gtk.Frame()
        head = row(self.title, self.up.widget, self.down.widget, self.out.widget, wide=0)
        self.widget.add(column(head, self.rows_at, margin=4))
        self._hear(head)

    def show_record(self, name: str, rows: Sequence[Row]) -> None:
        """Show the values as they stand; widgets are made anew only when there are other rows now."""
        built = [(one.name, one.widget) for one in rows]
        if built != self._built:
            self._built = built
            self._build(rows)
        for one in rows:
            self.parts[one.name].show_row(one)
        title = f"{name} {self._at + 1}"
        self.title.set_text(title)
        describe(self.widget, title)
        self.up.widget.set_sensitive(self._owner.records.can_move(self._at, -1))
        self.down.widget.set_sensitive(self._owner.records.can_move(self._at, 1))

    def _build(self, rows: Sequence[Row]) -> None:
        for child in self.rows_at.get_children():
            self.rows_at.remove(child)
            child.destroy()
        self.parts = {one.name: make_row(one, self) for one in rows}
        for part in self.parts.values():
            self.rows_at.pack_start(part.widget, False, False, 0)
            part.widget.show_all()
        self._hear(self.rows_at)

    def _hear(self, widget: Widget) -> None:
        for part in within(widget):
            part.connect("key-press-event", guarded(self._key))

    def _key(self, _it: Widget, event: Gdk.EventKey) -> bool:
        """Move the record by keys, wherever in it the focus is, before a slider takes them."""
        held = event.state & Gtk.accelerator_get_default_mod_mask()
        by = {Gdk.KEY_Page_Up: -1, Gdk.KEY_Page_Down: 1}.get(event.keyval)
        if by is None or held != Gdk.ModifierType.CONTROL_MASK:
            return False
        self._owner.move(self._at, by)
        return True

    # ---- what the rows tell

    def edited(self, name: str, value: object) -> None:
        """One value of this record is another."""
        self._owner.put(self._owner.records.changed(self._at, name, value))

    def typed(self, name: str, text: str) -> None:
        """One value of this record was typed."""
        self._owner.put(self._owner.records.typed(self._at, name, text))

    def seed_drawn(self) -> None:
        """A seed within a record is typed only."""

    def seed_locked(self, on: bool) -> None:
        """A seed within a record is not drawn, so there is nothing to lock."""


WIDGETS: dict[str, type[ValueRow]] = {
    "slider": NumberRow,
    "combo": ChoiceRow,
    "check": SwitchRow,
    "line": LineRow,
    "box": BoxRow,
    "seed": SeedRow,
    "suggest": PickRow,
    "layers": PickRow,
    "colors": ColorsRow,
    "list": RecordsRow,
    "film": FilmRow,
    "range": RangeRow,
    "transform": TransformRow,
}


def make_row(spec: Row, deeds: Deeds) -> ValueRow:
    """Return the row for a parameter, made from nothing but its description."""
    return WIDGETS.get(spec.widget, ValueRow)(spec, deeds)
