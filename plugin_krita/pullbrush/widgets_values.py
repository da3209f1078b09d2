# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of parameters with one value: numbers, choices, switches, words, the seed.

Each row is made from what the edit's description says (`protocol.plugin.panel.Row`) and knows no edit by name.
"""

from __future__ import annotations

from typing import Any

from .glyphs import Glyph
from .protocol.plugin.numbers import Scale, shown
from .protocol.plugin.panel import Row
from .protocol.plugin.picking import Sources
from .protocol.plugin.strings import Strings
from .qt import QtCore, QtGui, QtWidgets, Signal
from .widgets_base import CalmSlider, Line, check, column, combo, fill, label, row

TYPED_PX = 68


class ValueRow(QtWidgets.QWidget):
    """One parameter: `edited(name, value)` for a value, `typed(name, text)` for what was typed.

    As it is, a row for a kind of parameter that this version cannot draw: its name, and the default is used.
    """

    edited = Signal(str, object)
    typed = Signal(str, str)

    def __init__(self, spec: Row, strings: Strings, sources: Sources) -> None:
        super().__init__()
        self.name, self.sources = spec.name, sources
        self.strings = strings
        self.title = label(spec.label)
        self.problem = label(small=True)
        self.problem.hide()
        self.body = column(self, spacing=0)
        self.build(spec)
        self.body.addWidget(self.problem)
        self.show_row(spec)

    def build(self, spec: Row) -> None:
        """Make what is in the row."""
        self.body.addWidget(self.title)

    def show_value(self, spec: Row) -> None:
        """Show the value as it stands."""

    def show_row(self, spec: Row) -> None:
        """Show value, help and problem as they stand."""
        self.title.setText(spec.label)
        for part in self.findChildren(QtWidgets.QWidget):
            if not isinstance(part, (Glyph, QtWidgets.QLabel)):
                part.setToolTip(spec.help)
                part.setAccessibleName(spec.label)
                part.setAccessibleDescription(spec.help)
        self.title.setToolTip(spec.help)
        self.show_value(spec)
        wrong = spec.problem if self.is_touched(spec) else ""
        self.problem.setText(f"⚠ {wrong}" if wrong else "")
        self.problem.setVisible(bool(wrong))

    def is_touched(self, spec: Row) -> bool:
        """Whether the artist did something here: what is only missing yet is said at the button."""
        return spec.value is not None

    def emit(self, value: object) -> None:
        """Say that the artist chose a value."""
        self.edited.emit(self.name, value)


class NumberRow(ValueRow):
    """A slider that also takes typed numbers, with `auto` if there is such a thing."""

    def build(self, spec: Row) -> None:
        self.scale = Scale.of(spec)
        self.line, self.slider = Line(), CalmSlider()
        self.line.setFixedWidth(TYPED_PX)
        self.line.setAlignment(QtCore.Qt.AlignmentFlag.AlignRight)
        self.auto = check(self.strings.text("panel.auto"))
        self.slider.setRange(0, self.scale.stops)
        # what is shown before it has a parent is a window of its own, which takes the keys
        for part, used in (
            (self.auto, spec.auto is not None),
            (self.slider, self.scale.has_slider),
        ):
            if not used:
                part.hide()
        head = row(self.title, self.auto, self.line)
        head.setStretch(0, 1)
        self.body.addLayout(head)
        self.body.addWidget(self.slider)
        self.line.typed.connect(lambda text: self.typed.emit(self.name, text))
        self.line.stepped.connect(self._step)
        self.slider.valueChanged.connect(lambda at: self.emit(self.scale.value(at)))
        self.auto.toggled.connect(lambda on: self.emit(spec.auto if on else self.scale.middle))

    def show_value(self, spec: Row) -> None:
        self._value = spec.value
        is_auto = spec.auto is not None and spec.value == spec.auto
        self.line.show_text(shown(spec, self.strings))
        for part, state in ((self.auto, is_auto),):
            blocked = part.blockSignals(True)
            part.setChecked(state)
            part.blockSignals(blocked)
        blocked = self.slider.blockSignals(True)
        if isinstance(spec.value, (int, float)) and not is_auto:
            self.slider.setValue(self.scale.stop(spec.value))
        self.slider.setEnabled(not is_auto)
        self.slider.blockSignals(blocked)

    def _step(self, steps: int) -> None:
        if isinstance(self._value, (int, float)):
            self.emit(self.scale.stepped(self._value, steps))


class ChoiceRow(ValueRow):
    """A list to choose from."""

    def build(self, spec: Row) -> None:
        self.box = combo()
        line = row(self.title, self.box)
        line.setStretch(0, 2)
        line.setStretch(1, 3)
        self.body.addLayout(line)
        self.box.activated.connect(lambda at: self.emit(self.box.itemData(at)))

    def show_value(self, spec: Row) -> None:
        fill(self.box, list(spec.choices), spec.value)


class SwitchRow(ValueRow):
    """Yes or no."""

    def build(self, spec: Row) -> None:
        self.check = check()
        line = row(self.check, self.title)
        line.setStretch(1, 1)
        self.body.addLayout(line)
        self.check.toggled.connect(self.emit)

    def show_value(self, spec: Row) -> None:
        blocked = self.check.blockSignals(True)
        self.check.setChecked(spec.value is True)
        self.check.blockSignals(blocked)


class LineRow(ValueRow):
    """A line of words."""

    def build(self, spec: Row) -> None:
        self.line = Line()
        line = row(self.title, self.line)
        line.setStretch(0, 2)
        line.setStretch(1, 3)
        self.body.addLayout(line)
        self.line.typed.connect(lambda text: self.typed.emit(self.name, text))

    def show_value(self, spec: Row) -> None:
        self.line.show_text(str(spec.value if spec.value is not None else ""))


class BoxRow(ValueRow):
    """Several lines of words; they are taken over a moment after the last key."""

    def build(self, spec: Row) -> None:
        self.box = Words()
        self.box.setTabChangesFocus(True)
        lines = self.box.fontMetrics().lineSpacing() * max(2, min(spec.lines, 4)) + 12
        self.box.setFixedHeight(lines)
        self.box.setPlaceholderText(self.strings.text("panel.prompt_hint"))
        self.body.addWidget(self.title)
        self.body.addWidget(self.box)
        self.box.settled.connect(lambda text: self.typed.emit(self.name, text))

    def show_value(self, spec: Row) -> None:
        self.box.show_text(str(spec.value or ""))


class Words(QtWidgets.QPlainTextEdit):
    """`settled(text)` comes when nothing was typed for a moment, or the focus has gone."""

    settled = Signal(str)
    MOMENT_MS = 400

    def __init__(self) -> None:
        super().__init__()
        self._shown = ""
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(self.MOMENT_MS)
        self._timer.timeout.connect(self._settle)
        self.textChanged.connect(self._timer.start)

    def show_text(self, text: str) -> None:
        """Show another text, unless somebody is typing here."""
        if text != self._shown and not self._timer.isActive():
            self._shown = text
            blocked = self.blockSignals(True)
            self.setPlainText(text)
            self.blockSignals(blocked)

    def focusOutEvent(self, event: QtGui.QFocusEvent | None) -> None:  # noqa: N802
        """What was typed counts at once."""
        if self._timer.isActive():
            self._timer.stop()
            self._settle()
        assert event is not None
        super().focusOutEvent(event)

    def _settle(self) -> None:
        text = self.toPlainText()
        if text != self._shown:
            self._shown = text
            self.settled.emit(text)


class SeedRow(ValueRow):
    """A number to draw anew or to keep: `locked(on)`, `drawn()`."""

    locked = Signal(bool)
    drawn = Signal()

    def build(self, spec: Row) -> None:
        self.line = Line()
        self.lock = Glyph("lock", self.strings.text("panel.lock_seed"), checkable=True)
        self.dice = Glyph("dice", self.strings.text("action.new_seed"))
        line = row(self.title, self.line, self.dice, self.lock)
        line.setStretch(0, 2)
        line.setStretch(1, 2)
        self.body.addLayout(line)
        self.line.typed.connect(lambda text: self.typed.emit(self.name, text))
        self.line.stepped.connect(self._step)
        self.lock.toggled.connect(self.locked.emit)
        self.dice.clicked.connect(lambda _on=False: self.drawn.emit())

    def show_value(self, spec: Row) -> None:
        self._value: Any = spec.value
        self.line.show_text(str(spec.value))

    def show_lock(self, on: bool) -> None:
        """Show whether the seed is kept."""
        blocked = self.lock.blockSignals(True)
        self.lock.setChecked(on)
        self.lock.blockSignals(blocked)

    def _step(self, steps: int) -> None:
        if isinstance(self._value, int):
            self.emit(max(0, self._value + steps))
