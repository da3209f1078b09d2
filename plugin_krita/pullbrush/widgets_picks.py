# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of parameters that point at something: a model, a layer, colors; and lists of groups of all of these."""

from __future__ import annotations

from .glyphs import Glyph
from .protocol.plugin.panel import Row
from .protocol.plugin.picking import (
    NEW_COLOR,
    Sources,
    colors_of,
    entries_of,
    recolored,
    short_names,
    without,
)
from .protocol.plugin.records import Groups
from .protocol.plugin.strings import Strings
from .qt import QtCore, QtGui, QtWidgets
from .widgets_base import LINE_PX, button, column, fill
from .widgets_film import FilmRow
from .widgets_values import (
    BoxRow,
    ChoiceRow,
    LineRow,
    NumberRow,
    SeedRow,
    SwitchRow,
    ValueRow,
)


class PickRow(ChoiceRow):
    """A model or a layer from a list; names of models are short, and whole in the tips."""

    def show_value(self, spec: Row) -> None:
        entries = entries_of(spec, self.sources, self.strings)
        fill(self.box, short_names(entries) if spec.suggest else entries, str(spec.value or ""))
        for at, (_, text) in enumerate(entries):
            self.box.setItemData(at, text, QtCore.Qt.ItemDataRole.ToolTipRole)
        chosen = next((text for value, text in entries if value == str(spec.value or "")), "")
        self.box.setToolTip("\n".join(one for one in (chosen, spec.help) if one))


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
        colors = colors_of(spec)
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
            self.emit(recolored(self.colors, at, chosen.name()))

    def _take_out(self, at: int) -> None:
        self.emit(without(self.colors, at))


class RecordsRow(ValueRow):
    """A list of groups of parameters, such as conditions with layer and weight each."""

    def build(self, spec: Row) -> None:
        self.records = Groups.of(spec)
        self.frames: list[QtWidgets.QFrame] = []
        self.parts: list[list[ValueRow]] = []
        self.groups = QtWidgets.QVBoxLayout()
        self.plus = button(self.strings.text("panel.add"))
        self.plus.clicked.connect(lambda _on=False: self.emit(self.records.grown()))
        self.body.addWidget(self.title)
        self.body.addLayout(self.groups)
        self.body.addWidget(self.plus)

    def show_value(self, spec: Row) -> None:
        self.records = Groups.of(spec)
        count = len(self.records.records)
        while len(self.frames) > count:
            self.frames.pop().deleteLater()
            self.parts.pop()
        while len(self.frames) < count:
            self._add_group(len(self.frames))
        for at, parts in enumerate(self.parts):
            for part, one in zip(parts, self.records.rows(at), strict=True):
                part.show_row(one)
        self.plus.setEnabled(self.records.can_grow)

    def _add_group(self, at: int) -> None:
        frame = QtWidgets.QFrame()
        frame.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        inside = column(frame, margin=4)
        parts = [make_row(one, self.strings, self.sources) for one in self.records.columns]
        for part in parts:
            part.edited.connect(lambda *told, at=at: self.emit(self.records.changed(at, *told)))
            part.typed.connect(lambda *told, at=at: self.emit(self.records.typed(at, *told)))
            inside.addWidget(part)
        out = Glyph("remove", self.strings.text("panel.take_out"))
        out.clicked.connect(lambda _on=False, at=at: self.emit(self.records.without(at)))
        inside.addWidget(out, 0, QtCore.Qt.AlignmentFlag.AlignRight)
        self.groups.addWidget(frame)
        self.frames.append(frame)
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


def make_row(spec: Row, strings: Strings, sources: Sources) -> ValueRow:
    """Return the row for a parameter, made from nothing but its description."""
    return WIDGETS.get(spec.widget, ValueRow)(spec, strings, sources)
