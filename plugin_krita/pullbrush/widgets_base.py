# SPDX-License-Identifier: GPL-3.0-or-later
"""Small parts the panel is made of: labels that wrap, lines that report when they are done, notices."""

from __future__ import annotations

from typing import Any

from .qt import QtCore, QtGui, QtWidgets, Signal

LINE_PX = 26
"""Height of what can be pressed or typed into: no target is smaller than 24 pixels."""
KEYBOARD = QtCore.Qt.FocusPolicy.TabFocus
"""How all but text fields get the focus: a click leaves it with the canvas (see `focus`)."""
Policy = QtWidgets.QSizePolicy.Policy


def label(text: str = "", *, small: bool = False, wraps: bool = True) -> QtWidgets.QLabel:
    """A text in the theme's colors; `small` for what explains."""
    made = Words(text)
    made.setWordWrap(wraps)
    made.setTextFormat(QtCore.Qt.TextFormat.PlainText)
    made.setMinimumWidth(1)
    if small:
        font = QtGui.QFont(made.font())
        font.setPointSizeF(max(7.0, font.pointSizeF() * 0.9))
        made.setFont(font)
    return made


def button(text: str, *, strong: bool = False) -> QtWidgets.QPushButton:
    """A button with words, high enough for a pen."""
    made = QtWidgets.QPushButton(text)
    made.setMinimumHeight(LINE_PX + (4 if strong else 0))
    made.setFocusPolicy(KEYBOARD)
    made.setMinimumWidth(1)
    if strong:
        font = QtGui.QFont(made.font())
        font.setBold(True)
        made.setFont(font)
    return made


def check(text: str = "") -> QtWidgets.QCheckBox:
    """A switch with words, high enough for a pen."""
    made = QtWidgets.QCheckBox(text)
    made.setMinimumHeight(LINE_PX)
    made.setFocusPolicy(KEYBOARD)
    return made


def combo() -> QtWidgets.QComboBox:
    """A list to choose from that keeps its choice when the panel is scrolled over it."""
    made = CalmCombo()
    made.setMinimumHeight(LINE_PX)
    made.setSizePolicy(Policy.Ignored, Policy.Fixed)
    return made


def row(*parts: QtWidgets.QWidget | int, spacing: int = 4) -> QtWidgets.QHBoxLayout:
    """Widgets side by side; a number is stretch."""
    made = QtWidgets.QHBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(spacing)
    for part in parts:
        if isinstance(part, int):
            made.addStretch(part)
        else:
            made.addWidget(part)
    return made


def column(parent: QtWidgets.QWidget, spacing: int = 4, margin: int = 0) -> QtWidgets.QVBoxLayout:
    """Widgets below each other."""
    made = QtWidgets.QVBoxLayout(parent)
    made.setContentsMargins(margin, margin, margin, margin)
    made.setSpacing(spacing)
    return made


def fill(box: QtWidgets.QComboBox, entries: list[tuple[str, str]], chosen: str) -> None:
    """Put (value, text) into a list and choose one, without a word to anybody."""
    now = [(box.itemData(i), box.itemText(i)) for i in range(box.count())]
    blocked = box.blockSignals(True)
    if now != entries:
        box.clear()
        for value, text in entries:
            box.addItem(text, value)
    box.setCurrentIndex(next((i for i, (value, _) in enumerate(entries) if value == chosen), -1))
    box.blockSignals(blocked)


class Words(QtWidgets.QLabel):
    """A text that has the height of all its lines.

    Layouts within layouts hear too late of a label that needs one line more at the same width; then it would be cut.
    """

    def setText(self, text: Any) -> None:  # noqa: N802
        """Show another text."""
        super().setText(text)
        self._fit()

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Have more lines where it is narrower."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        needed = max(0, self.heightForWidth(self.width()))
        if self.minimumHeight() != needed:
            self.setMinimumHeight(needed)


class CalmCombo(QtWidgets.QComboBox):
    """The wheel scrolls the panel, not the choice; a text too long for it ends in dots."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(KEYBOARD)

    def paintEvent(self, _event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        """As the style draws it, but with a text that fits; the style would cut it in the middle of a letter."""
        painter, option = QtWidgets.QStylePainter(self), QtWidgets.QStyleOptionComboBox()
        self.initStyleOption(option)
        field = self.style().subControlRect(
            QtWidgets.QStyle.ComplexControl.CC_ComboBox,
            option,
            QtWidgets.QStyle.SubControl.SC_ComboBoxEditField,
            self,
        )
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, QtCore.Qt.TextElideMode.ElideRight, field.width() - 4
        )
        painter.drawComplexControl(QtWidgets.QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QtWidgets.QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def wheelEvent(self, event: QtGui.QWheelEvent | None) -> None:  # noqa: N802
        """Leave it to the panel."""
        if event is not None:
            event.ignore()


class CalmSlider(QtWidgets.QSlider):
    """The wheel scrolls the panel, not the value."""

    def __init__(self) -> None:
        super().__init__(QtCore.Qt.Orientation.Horizontal)
        self.setFocusPolicy(KEYBOARD)
        self.setMinimumHeight(LINE_PX)
        self.setMinimumWidth(1)

    def wheelEvent(self, event: QtGui.QWheelEvent | None) -> None:  # noqa: N802
        """Leave it to the panel."""
        if event is not None:
            event.ignore()


class Line(QtWidgets.QLineEdit):
    """A line to type in; `typed` comes when the artist is done with it, `stepped` for the arrow keys."""

    typed = Signal(str)
    stepped = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(LINE_PX)
        self.setMinimumWidth(1)
        self._shown = ""
        self.editingFinished.connect(self._done)

    def show_text(self, text: str) -> None:
        """Show another text, unless somebody is typing here."""
        if text != self._shown and not (self.hasFocus() and self.isModified()):
            self._shown = text
            self.setText(text)

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:  # noqa: N802
        """Arrow keys step, Escape gives up what was typed; neither reaches the program."""
        if event is None:
            return
        key = event.key()
        steps = {QtCore.Qt.Key.Key_Up: 1, QtCore.Qt.Key.Key_Down: -1}.get(QtCore.Qt.Key(key))
        if steps is not None:
            self.stepped.emit(steps)
        elif key == QtCore.Qt.Key.Key_Escape and self.isModified():
            self.setText(self._shown)
        else:
            super().keyPressEvent(event)

    def _done(self) -> None:
        if self.text() != self._shown:
            self._shown = self.text()
            self.setModified(False)
            self.typed.emit(self._shown)


class Notice(QtWidgets.QFrame):
    """A framed sentence that takes no room while there is nothing to say."""

    def __init__(self, pixmap: QtWidgets.QStyle.StandardPixmap | None = None) -> None:
        super().__init__()
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QtGui.QPalette.ColorRole.Base)
        self.words = label()
        self.words.setTextInteractionFlags(
            QtCore.Qt.TextInteractionFlag.TextSelectableByMouse
            | QtCore.Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        inside = row(spacing=6)
        inside.setContentsMargins(6, 4, 6, 4)
        if pixmap is not None:
            sign = QtWidgets.QLabel()
            sign.setPixmap(self.style().standardIcon(pixmap).pixmap(16, 16))
            inside.addWidget(sign, 0, QtCore.Qt.AlignmentFlag.AlignTop)
        inside.addWidget(self.words, 1)
        self.setLayout(inside)
        self.hide()

    def say(self, text: str) -> None:
        """Show a sentence, or nothing."""
        if self.words.text() != text:
            self.words.setText(text)
            self.words.setAccessibleName(text)
        self.setVisible(bool(text))
