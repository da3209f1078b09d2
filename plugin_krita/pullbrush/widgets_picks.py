# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of parameters that point at something: a model, a layer, colors; and lists of groups of all of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .glyphs import Glyph
from .protocol.plugin.panel import Row
from .protocol.plugin.snapshot import SELECTION
from .protocol.plugin.strings import Strings
from .qt import QtCore, QtGui, QtWidgets
from .widgets_base import LINE_PX, button, column, fill
from .widgets_values import (
    BoxRow,
    ChoiceRow,
    LineRow,
    NumberRow,
    SeedRow,
    Sources,
    SwitchRow,
    ValueRow,
)

NEW_COLOR = "#a0c4ff"


class PickRow(ChoiceRow):
    """A model or a layer from a list; what is chosen but not there any more stays in the list."""

    def show_value(self, spec: Row) -> None:
        entries = self._entries(spec)
        value = str(spec.value or "")
        if value not in [one for one, _ in entries]:
            entries.append((value, value or self.strings.text("panel.none")))
        fill(self.box, entries, value)

    def _entries(self, spec: Row) -> list[tuple[str, str]]:
        if spec.widget != "layers":
            return self.sources.models()
        entries = [("", self.strings.text("panel.none")), *self.sources.layers()]
        if spec.selection:
            entries.insert(1, (SELECTION, self.strings.text("panel.selection")))
        return entries


class ColorsRow(ValueRow):
    """Colors side by side: press one to change it, again with Delete to take it out."""

    def build(self, spec: Row) -> None:
        self.colors: list[str] = []
        self.places = QtWidgets.QHBoxLayout()
        self.places.setSpacing(2)
        self.plus = Glyph("plus", self.strings.text("panel.add"))
        self.plus.clicked.connect(lambda _on=False: self.emit([*self.colors, NEW_COLOR]))
        self.body.addWidget(self.title)
        self.body.addLayout(self.places)

    def show_value(self, spec: Row) -> None:
        colors = [str(color) for color in spec.value or ()]
        if colors == self.colors and self.places.count():
            return
        self.colors = colors
        while self.places.count():
            part = self.places.takeAt(0)
            widget = part.widget() if part is not None else None
            if widget is not None and widget is not self.plus:
                widget.deleteLater()
        for at, color in enumerate(colors):
            self.places.addWidget(self._swatch(at, color))
        self.places.addWidget(self.plus)
        self.places.addStretch(1)
        self.plus.setEnabled(spec.most is None or len(colors) < spec.most)

    def _swatch(self, at: int, color: str) -> QtWidgets.QToolButton:
        made = QtWidgets.QToolButton()
        made.setMinimumSize(LINE_PX, LINE_PX)
        pixmap = QtGui.QPixmap(18, 18)
        pixmap.fill(QtGui.QColor(color))
        made.setIcon(QtGui.QIcon(pixmap))
        made.setAccessibleName(color)
        menu = QtWidgets.QMenu(made)
        menu.addAction(self.strings.text("panel.change"), lambda: self._change(at))
        menu.addAction(self.strings.text("panel.take_out"), lambda: self._take_out(at))
        made.setMenu(menu)
        made.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        return made

    def _change(self, at: int) -> None:
        chosen = QtWidgets.QColorDialog.getColor(QtGui.QColor(self.colors[at]), self)
        if chosen.isValid():
            self.emit([*self.colors[:at], chosen.name(), *self.colors[at + 1 :]])

    def _take_out(self, at: int) -> None:
        self.emit([*self.colors[:at], *self.colors[at + 1 :]])


class RecordsRow(ValueRow):
    """A list of groups of parameters, such as conditions with layer and weight each."""

    def build(self, spec: Row) -> None:
        self.columns = spec.columns
        self.records: list[dict[str, Any]] = []
        self.frames: list[QtWidgets.QFrame] = []
        self.parts: list[list[ValueRow]] = []
        self.groups = QtWidgets.QVBoxLayout()
        self.plus = button(self.strings.text("panel.add"))
        self.plus.clicked.connect(lambda _on=False: self.emit([*self.records, self._fresh()]))
        self.body.addWidget(self.title)
        self.body.addLayout(self.groups)
        self.body.addWidget(self.plus)

    def show_value(self, spec: Row) -> None:
        given: Any = spec.value or ()
        self.records = [dict(one) for one in given if isinstance(one, Mapping)]
        while len(self.frames) > len(self.records):
            self.frames.pop().deleteLater()
            self.parts.pop()
        while len(self.frames) < len(self.records):
            self._add_group(len(self.frames))
        for record, parts in zip(self.records, self.parts, strict=True):
            for part, one in zip(parts, self.columns, strict=True):
                part.show_row(replace(one, value=record.get(one.name, one.value)))
        self.plus.setEnabled(spec.most is None or len(self.records) < spec.most)

    def _fresh(self) -> dict[str, Any]:
        return {one.name: one.value for one in self.columns if one.value is not None}

    def _add_group(self, at: int) -> None:
        frame = QtWidgets.QFrame()
        frame.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        inside = column(frame, margin=4)
        parts = [make_row(one, self.strings, self.sources) for one in self.columns]
        for part in parts:
            part.edited.connect(lambda name, value, at=at: self._edit(at, name, value))
            part.typed.connect(lambda name, text, at=at: self._type(at, name, text))
            inside.addWidget(part)
        out = Glyph("remove", self.strings.text("panel.take_out"))
        out.clicked.connect(lambda _on=False, at=at: self._take_out(at))
        inside.addWidget(out, 0, QtCore.Qt.AlignmentFlag.AlignRight)
        self.groups.addWidget(frame)
        self.frames.append(frame)
        self.parts.append(parts)

    def _edit(self, at: int, name: str, value: object) -> None:
        records = [dict(one) for one in self.records]
        records[at][name] = value
        self.emit(records)

    def _type(self, at: int, name: str, text: str) -> None:
        spec = next(one for one in self.columns if one.name == name)
        number = text.replace(",", ".").strip().rstrip("%").strip()
        if spec.widget in ("slider", "seed"):
            try:
                self._edit(at, name, int(number) if spec.whole else float(number))
            except ValueError:
                self._edit(at, name, text)  # the edit's description says what is wrong with it
        else:
            self._edit(at, name, text)

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


def make_row(spec: Row, strings: Strings, sources: Sources) -> ValueRow:
    """Return the row for a parameter, made from nothing but its description."""
    return WIDGETS.get(spec.widget, ValueRow)(spec, strings, sources)
