# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons with a drawn sign: always in the theme's own text color, sharp at any scale, and large enough for a pen."""

from __future__ import annotations

from collections.abc import Callable

from .qt import QtCore, QtGui, QtWidgets

TARGET_PX = 28
"""Side of a button: no target is smaller than 24 pixels."""

Path = QtGui.QPainterPath


class Glyph(QtWidgets.QToolButton):
    """A button with a sign; its meaning is its tool tip and what screen readers say."""

    def __init__(self, sign: str, text: str, *, checkable: bool = False) -> None:
        super().__init__()
        self._sign = SIGNS[sign]
        self.setCheckable(checkable)
        self.setAutoRaise(True)
        self.setMinimumSize(TARGET_PX, TARGET_PX)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self.explain(text)

    def explain(self, text: str) -> None:
        """Say what it does."""
        self.setToolTip(text)
        self.setAccessibleName(text)

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        """The style's button, and the sign on it."""
        assert event is not None
        super().paintEvent(event)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        side = min(self.width(), self.height()) * 0.62
        painter.translate((self.width() - side) / 2, (self.height() - side) / 2)
        painter.scale(side / 16, side / 16)
        pen = QtGui.QPen(self._color(), 1.6)
        pen.setCapStyle(QtCore.Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(QtCore.Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPath(self._sign(self.isChecked()))
        painter.end()

    def _color(self) -> QtGui.QColor:
        group = QtGui.QPalette.ColorGroup
        shown = group.Active if self.isEnabled() else group.Disabled
        return self.palette().color(shown, QtGui.QPalette.ColorRole.ButtonText)


def _lines(*ways: tuple[tuple[float, float], ...]) -> Path:
    path = Path()
    for way in ways:
        path.moveTo(*way[0])
        for point in way[1:]:
            path.lineTo(*point)
    return path


def _arrow(_on: bool) -> Path:
    path = _lines(((5, 11), (14, 2)), ((9, 2), (14, 2), (14, 7)))
    path.addEllipse(QtCore.QPointF(3.5, 12.5), 2, 2)
    return path


def _pin(_on: bool) -> Path:
    path = _lines(((8, 10), (8, 15)))
    path.addRect(5, 2, 6, 6)
    path.moveTo(3, 9)
    path.lineTo(13, 9)
    return path


def _way(_on: bool) -> Path:
    path = Path()
    path.moveTo(2, 13)
    path.quadTo(3, 3, 13, 3)
    path.addEllipse(QtCore.QPointF(5, 6), 2, 2)
    return path


def _move(_on: bool) -> Path:
    return _lines(
        ((8, 1), (8, 15)), ((1, 8), (15, 8)), ((6, 3), (8, 1), (10, 3)), ((6, 13), (8, 15), (10, 13)),
        ((3, 6), (1, 8), (3, 10)), ((13, 6), (15, 8), (13, 10)),
    )  # fmt: skip


def _cross(_on: bool) -> Path:
    return _lines(((3, 3), (13, 13)), ((13, 3), (3, 13)))


def _undo(_on: bool) -> Path:
    path = _lines(((6, 2), (2, 6), (6, 10)))
    path.moveTo(2, 6)
    path.lineTo(10, 6)
    path.cubicTo(15, 6, 15, 13, 10, 13)
    path.lineTo(7, 13)
    return path


def _redo(on: bool) -> Path:
    return QtGui.QTransform(-1, 0, 0, 1, 16, 0).map(_undo(on))


def _bin(_on: bool) -> Path:
    return _lines(
        ((2, 4), (14, 4)), ((6, 4), (6, 2), (10, 2), (10, 4)),
        ((4, 4), (5, 14), (11, 14), (12, 4)), ((7, 7), (7, 11)), ((9, 7), (9, 11)),
    )  # fmt: skip


def _lock(on: bool) -> Path:
    path = Path()
    path.addRect(3, 7, 10, 7)
    path.moveTo(5, 7)
    path.lineTo(5, 5)
    path.arcTo(5, 1.5, 6, 7, 180, -180 if on else -130)
    if on:
        path.lineTo(11, 7)
    return path


def _dice(_on: bool) -> Path:
    path = Path()
    path.addRoundedRect(2, 2, 12, 12, 2, 2)
    for x, y in ((5, 5), (11, 5), (8, 8), (5, 11), (11, 11)):
        path.addEllipse(QtCore.QPointF(x, y), 0.7, 0.7)
    return path


def _star(_on: bool) -> Path:
    ends = ((8, 1.5), (10, 6), (15, 6.3), (11.2, 9.6), (12.4, 14.5))
    left = ((8, 11.8), (3.6, 14.5), (4.8, 9.6), (1, 6.3), (6, 6), (8, 1.5))
    return _lines((*ends, *left))


def _again(_on: bool) -> Path:
    path = Path()
    path.arcMoveTo(2.5, 2.5, 11, 11, 60)
    path.arcTo(2.5, 2.5, 11, 11, 60, 290)
    path.moveTo(11.2, 0.8)
    path.lineTo(10.8, 3.4)
    path.lineTo(13.6, 4)
    return path


def _more(_on: bool) -> Path:
    path = Path()
    for x in (3, 8, 13):
        path.addEllipse(QtCore.QPointF(x, 8), 0.9, 0.9)
    return path


def _plus(_on: bool) -> Path:
    return _lines(((8, 3), (8, 13)), ((3, 8), (13, 8)))


def _up(_on: bool) -> Path:
    return _lines(((3, 10.5), (8, 5.5), (13, 10.5)))


def _down(_on: bool) -> Path:
    return _lines(((3, 5.5), (8, 10.5), (13, 5.5)))


def _back(_on: bool) -> Path:
    return _lines(((3, 2), (3, 14)), ((13, 3), (6, 8), (13, 13), (13, 3)))


SIGNS: dict[str, Callable[[bool], Path]] = {
    "drag": _arrow,
    "pin": _pin,
    "way": _way,
    "remove": _cross,
    "move": _move,
    "undo": _undo,
    "redo": _redo,
    "clear": _bin,
    "lock": _lock,
    "dice": _dice,
    "star": _star,
    "again": _again,
    "more": _more,
    "plus": _plus,
    "up": _up,
    "down": _down,
    "default": _back,
}
