# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of parameters that point at something: a model, a layer, colors; and lists of groups of all of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

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
from .protocol.plugin.records import RecordList
from .protocol.plugin.strings import Strings
from .qt import QtCore, QtGui, QtWidgets
from .widgets_base import LINE_PX, button, column, fill, label, row
from .widgets_film import FilmRow
from .widgets_parts import RangeRow, TransformRow
from .widgets_values import (
    BoxRow,
    ChoiceRow,
    LineRow,
    NumberRow,
    SeedRow,
    SwitchRow,
    ValueRow,
)

MOVED_BY = {"up": "Ctrl+PgUp", "down": "Ctrl+PgDown"}
"""Keys that move a record, by the sign of the button that does; Krita's own keys for layers."""


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
    """A list of records, such as conditions with layer and weight each: add, take out, reorder, change."""

    def build(self, spec: Row) -> None:
        self.records = RecordList.of(spec)
        self.frames: list[RecordFrame] = []
        self.frames_at = QtWidgets.QVBoxLayout()
        self.frames_at.setSpacing(4)
        self.plus = button(self.strings.text("panel.add"))
        self.plus.clicked.connect(lambda _on=False: self.put(self.records.added()))
        self.body.addWidget(self.title)
        self.body.addLayout(self.frames_at)
        self.body.addWidget(self.plus)

    def show_value(self, spec: Row) -> None:
        self.records = RecordList.of(spec)
        while len(self.frames) > len(spec.records):
            frame = self.frames.pop()
            self.frames_at.removeWidget(frame)
            frame.hide()
            frame.deleteLater()
        while len(self.frames) < len(spec.records):
            self.frames.append(RecordFrame(self, len(self.frames)))
            self.frames_at.addWidget(self.frames[-1])
        for frame, rows in zip(self.frames, spec.records, strict=True):
            frame.show_record(spec.label, rows)
        self.plus.setEnabled(self.records.can_grow)

    def put(self, records: list[dict[str, Any]]) -> None:
        """Have another list; what comes next is done to that one."""
        self.records = replace(self.records, records=tuple(records))
        self.emit(records)

    def move(self, at: int, by: int) -> None:
        """Move one record down by so many places, and the keys' focus with it."""
        focus = self.focusWidget()
        parts: Sequence[QtWidgets.QWidget] = self.frames[at].findChildren(QtWidgets.QWidget)
        place = parts.index(focus) if focus in parts else -1
        if not self.records.can_move(at, by):
            return
        if focus is not None:
            focus.clearFocus()  # what was typed counts, for the record it was typed in
        self.put(self.records.moved(at, by))
        there = self.frames[at + by].findChildren(QtWidgets.QWidget)
        if 0 <= place < len(there):
            there[place].setFocus(QtCore.Qt.FocusReason.OtherFocusReason)


class RecordFrame(QtWidgets.QFrame):
    """One record at its place in a list: its number, buttons to move it and to take it out, its rows."""

    def __init__(self, owner: RecordsRow, at: int) -> None:
        super().__init__()
        self.owner, self.at = owner, at
        self.parts: dict[str, ValueRow] = {}
        self._built: list[tuple[str, str]] = []
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        self.title = label()
        self.up = self._glyph("up", "panel.move_up", lambda: owner.move(at, -1))
        self.down = self._glyph("down", "panel.move_down", lambda: owner.move(at, 1))
        self.out = self._glyph(
            "remove", "panel.take_out", lambda: owner.put(owner.records.without(at))
        )
        inside = column(self, margin=4)
        head = row(self.title, self.up, self.down, self.out)
        head.setStretch(0, 1)
        inside.addLayout(head)
        rows = QtWidgets.QWidget()
        self.rows_at = column(rows)
        inside.addWidget(rows)

    def show_record(self, name: str, rows: Sequence[Row]) -> None:
        """Show the values as they stand; widgets are made anew only when there are other rows now."""
        built = [(one.name, one.widget) for one in rows]
        if built != self._built:
            self._built = built
            self._build(rows)
        for one in rows:
            self.parts[one.name].show_row(one)
        title = f"{name} {self.at + 1}"
        self.title.setText(title)
        self.setAccessibleName(title)
        self.up.setEnabled(self.owner.records.can_move(self.at, -1))
        self.down.setEnabled(self.owner.records.can_move(self.at, 1))

    def _build(self, rows: Sequence[Row]) -> None:
        while (item := self.rows_at.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.setParent(None)  # pyright: ignore[reportArgumentType] (Qt takes None)
                widget.deleteLater()
        self.parts = {
            one.name: make_row(one, self.owner.strings, self.owner.sources) for one in rows
        }
        for part in self.parts.values():
            part.edited.connect(self._edited)
            part.typed.connect(self._typed)
            self.rows_at.addWidget(part)
        for part in self.findChildren(QtWidgets.QWidget):
            part.removeEventFilter(self)
            part.installEventFilter(self)

    def _edited(self, name: str, value: object) -> None:
        self.owner.put(self.owner.records.changed(self.at, name, value))

    def _typed(self, name: str, text: str) -> None:
        self.owner.put(self.owner.records.typed(self.at, name, text))

    def _glyph(self, sign: str, text: str, do: Callable[[], object]) -> Glyph:
        said = self.owner.strings.text(text)
        if sign in MOVED_BY:
            keys = QtGui.QKeySequence(MOVED_BY[sign])
            said += f" ({keys.toString(QtGui.QKeySequence.SequenceFormat.NativeText)})"
        made = Glyph(sign, said)
        made.clicked.connect(lambda _on=False: do())
        return made

    def eventFilter(self, watched: QtCore.QObject | None, event: QtCore.QEvent | None) -> bool:  # noqa: N802
        """Move the record by keys, wherever in it the focus is: before a slider, and Krita, take them."""
        kind = QtCore.QEvent.Type
        if not isinstance(event, QtGui.QKeyEvent) or event.type() not in (
            kind.ShortcutOverride,
            kind.KeyPress,
        ):
            return False
        key = QtCore.Qt.Key
        by = {key.Key_PageUp: -1, key.Key_PageDown: 1}.get(key(event.key()))
        if by is None or event.modifiers() != QtCore.Qt.KeyboardModifier.ControlModifier:
            return False
        event.accept()
        if event.type() == kind.KeyPress:
            self.owner.move(self.at, by)
        return True


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


def make_row(spec: Row, strings: Strings, sources: Sources) -> ValueRow:
    """Return the row for a parameter, made from nothing but its description."""
    return WIDGETS.get(spec.widget, ValueRow)(spec, strings, sources)
