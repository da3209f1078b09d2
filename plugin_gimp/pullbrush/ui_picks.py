# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of parameters that point at something: a model, a layer, colors; and lists of groups of all of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .gtk import Gdk, Gtk, Widget
from .protocol.plugin.guard import guarded
from .protocol.plugin.panel import Row
from .protocol.plugin.snapshot import SELECTION
from .ui_base import Pick, Sign, button, column, describe, label, row
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

NEW_COLOR = "#a0c4ff"


class PickRow(ValueRow):
    """A model or a layer from a list; what is chosen but not there any more stays in the list."""

    def build(self, spec: Row) -> None:
        self.pick = Pick(spec.label, self.emit)
        self.add(row(self.title, self.pick.widget, even=True))

    def show_value(self, spec: Row) -> None:
        entries = self._entries(spec)
        value = str(spec.value or "")
        if value not in [one for one, _ in entries]:
            entries.append((value, value or self.strings.text("panel.none")))
        self.pick.fill(entries, value)

    def _entries(self, spec: Row) -> list[tuple[str, str]]:
        if spec.widget != "layers":
            return self.deeds.models()
        entries = [("", self.strings.text("panel.none")), *self.deeds.layers()]
        if spec.selection:
            entries.insert(1, (SELECTION, self.strings.text("panel.selection")))
        return entries


class ColorsRow(ValueRow):
    """Colors side by side: press one to change it, the cross to take the last one out."""

    def build(self, spec: Row) -> None:
        self.colors: list[str] = []
        self.swatches: list[Widget] = []
        self.places = Gtk.FlowBox(selection_mode=Gtk.SelectionMode.NONE, max_children_per_line=12)
        self.out = Sign("remove", self.strings.text("panel.take_out"), self._take_out)
        self.plus = Sign("plus", self.strings.text("panel.add"), self._put_in)
        self.add(row(self.title, self.out.widget, self.plus.widget, wide=0), self.places)

    def show_value(self, spec: Row) -> None:
        colors = [str(color) for color in spec.value or ()]
        if colors != self.colors:
            self.colors = colors
            for child in self.places.get_children():
                self.places.remove(child)
            for at, color in enumerate(colors):
                self.places.add(self._swatch(at, color))
            self.places.show_all()
        self.out.widget.set_sensitive(bool(colors))
        self.plus.widget.set_sensitive(spec.most is None or len(colors) < spec.most)

    def _swatch(self, at: int, color: str) -> Widget:
        rgba = Gdk.RGBA()
        rgba.parse(color)
        made = Gtk.ColorButton(rgba=rgba, use_alpha=False)
        describe(made, color)
        made.connect("color-set", guarded(lambda it: self._change(at, it.get_rgba())))
        return made

    def _change(self, at: int, rgba: Any) -> None:
        parts = (rgba.red, rgba.green, rgba.blue)
        name = "#" + "".join(f"{round(255 * part):02x}" for part in parts)
        self.emit([*self.colors[:at], name, *self.colors[at + 1 :]])

    def _put_in(self) -> None:
        self.emit([*self.colors, NEW_COLOR])

    def _take_out(self) -> None:
        self.emit(self.colors[:-1])


class Record:
    """Who the rows of one group tell: the group passes it on with its place in the list."""

    def __init__(self, owner: RecordsRow, at: int) -> None:
        self.strings, self.models, self.layers = (
            owner.strings,
            owner.deeds.models,
            owner.deeds.layers,
        )
        self._owner, self._at = owner, at

    def edited(self, name: str, value: object) -> None:
        """One value of this group is another."""
        self._owner.change(self._at, name, value)

    def typed(self, name: str, text: str) -> None:
        """One value of this group was typed."""
        self._owner.change_typed(self._at, name, text)

    def seed_drawn(self) -> None:
        """A seed within a group is typed only."""

    def seed_locked(self, on: bool) -> None:
        """A seed within a group is not drawn, so there is nothing to lock."""


class RecordsRow(ValueRow):
    """A list of groups of parameters, such as conditions with layer and weight each."""

    def build(self, spec: Row) -> None:
        self.columns = spec.columns
        self.records: list[Mapping[str, Any]] = []
        self.parts: list[list[ValueRow]] = []
        self.groups = column()
        self.plus = button(self.strings.text("panel.add"), self._add)
        self.add(self.title, self.groups, self.plus)

    def show_value(self, spec: Row) -> None:
        self.records = [dict(one) for one in spec.value or ()]
        while len(self.parts) > len(self.records):
            self.groups.remove(self.groups.get_children()[-1])
            self.parts.pop()
        while len(self.parts) < len(self.records):
            self._group(len(self.parts))
        for record, parts in zip(self.records, self.parts, strict=True):
            for part, one in zip(parts, self.columns, strict=True):
                part.show_row(replace(one, value=record.get(one.name, one.value)))
        self.plus.set_sensitive(spec.most is None or len(self.records) < spec.most)
        self.groups.show_all()

    def change(self, at: int, name: str, value: object) -> None:
        """One value of one group is another."""
        records = [dict(one) for one in self.records]
        records[at][name] = value
        self.emit(records)

    def change_typed(self, at: int, name: str, text: str) -> None:
        """One value of one group was typed; what is no number stays as it is, and the edit says what is wrong."""
        spec = next(one for one in self.columns if one.name == name)
        value: object = text
        if spec.widget in ("slider", "seed"):
            number = text.replace(",", ".").strip().removesuffix(spec.unit).strip()
            try:
                value = int(number) if spec.whole else float(number)
            except ValueError:
                value = text
        self.change(at, name, value)

    def _group(self, at: int) -> None:
        parts = [make_row(one, Record(self, at)) for one in self.columns]
        out = Sign("remove", self.strings.text("panel.take_out"), lambda: self._take_out(at))
        frame = Gtk.Frame()
        frame.add(column(*(part.widget for part in parts), row(label(), out.widget), margin=4))
        self.groups.pack_start(frame, False, False, 0)
        self.parts.append(parts)

    def _add(self) -> None:
        fresh = {one.name: one.value for one in self.columns if one.value is not None}
        self.emit([*self.records, fresh])

    def _take_out(self, at: int) -> None:
        self.emit([one for i, one in enumerate(self.records) if i != at])


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
}


def make_row(spec: Row, deeds: Deeds) -> ValueRow:
    """Return the row for a parameter, made from nothing but its description."""
    return WIDGETS.get(spec.widget, ValueRow)(spec, deeds)
