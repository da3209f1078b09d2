# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of parameters that point at something: a model, a layer, colors; and lists of groups of all of these."""

from __future__ import annotations

from .gtk import Gdk, Gtk
from .protocol.plugin.guard import guarded
from .protocol.plugin.panel import Row
from .protocol.plugin.picking import NEW_COLOR, colors_of, entries_of, recolored, without
from .protocol.plugin.records import Groups
from .ui_base import Pick, Sign, button, column, describe, label, row
from .ui_film import FilmRow
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
        self._owner.emit(self._owner.records.changed(self._at, name, value))

    def typed(self, name: str, text: str) -> None:
        """One value of this group was typed."""
        self._owner.emit(self._owner.records.typed(self._at, name, text))

    def seed_drawn(self) -> None:
        """A seed within a group is typed only."""

    def seed_locked(self, on: bool) -> None:
        """A seed within a group is not drawn, so there is nothing to lock."""


class RecordsRow(ValueRow):
    """A list of groups of parameters, such as conditions with layer and weight each."""

    def build(self, spec: Row) -> None:
        self.records = Groups.of(spec)
        self.parts: list[list[ValueRow]] = []
        self.groups = column()
        self.plus = button(self.strings.text("panel.add"), lambda: self.emit(self.records.grown()))
        self.add(self.title, self.groups, self.plus)

    def show_value(self, spec: Row) -> None:
        self.records = Groups.of(spec)
        count = len(self.records.records)
        while len(self.parts) > count:
            self.groups.remove(self.groups.get_children()[-1])
            self.parts.pop()
        while len(self.parts) < count:
            self._group(len(self.parts))
        for at, parts in enumerate(self.parts):
            for part, one in zip(parts, self.records.rows(at), strict=True):
                part.show_row(one)
        self.plus.set_sensitive(self.records.can_grow)
        self.groups.show_all()

    def _group(self, at: int) -> None:
        parts = [make_row(one, Record(self, at)) for one in self.records.columns]
        tip = self.strings.text("panel.take_out")
        out = Sign("remove", tip, lambda: self.emit(self.records.without(at)))
        frame = Gtk.Frame()
        frame.add(column(*(part.widget for part in parts), row(label(), out.widget), margin=4))
        self.groups.pack_start(frame, False, False, 0)
        self.parts.append(parts)


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
}


def make_row(spec: Row, deeds: Deeds) -> ValueRow:
    """Return the row for a parameter, made from nothing but its description."""
    return WIDGETS.get(spec.widget, ValueRow)(spec, deeds)
