# SPDX-License-Identifier: Apache-2.0
"""Mouse and keyboard for the tests of the overlay, sent to the canvas as Qt does."""

from __future__ import annotations

from typing import Any

from desktop import Desktop
from pullbrush.qt import QtCore, QtGui, QtWidgets

Kind = QtCore.QEvent.Type
Button = QtCore.Qt.MouseButton
Held = QtCore.Qt.KeyboardModifier
Key = QtCore.Qt.Key
NONE = Held.NoModifier


def send(desktop: Desktop, event: QtCore.QEvent) -> None:
    QtWidgets.QApplication.sendEvent(desktop.canvas, event)


def mouse(
    desktop: Desktop, kind: Any, at: Any, button: Any = Button.LeftButton, held: Any = NONE
) -> None:
    place = QtCore.QPointF(*at)
    buttons = Button.NoButton if kind == Kind.MouseButtonRelease else button
    sent = Button.NoButton if kind == Kind.MouseMove else button
    send(desktop, QtGui.QMouseEvent(kind, place, place, place, sent, buttons, held))


def pull(desktop: Desktop, start: Any, end: Any, held: Any = NONE) -> None:
    """Press at a place of the canvas, go halfway, to the end, lift."""
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    mouse(desktop, Kind.MouseButtonPress, start, held=held)
    mouse(desktop, Kind.MouseMove, middle)
    mouse(desktop, Kind.MouseMove, end)
    mouse(desktop, Kind.MouseButtonRelease, end)


def press_key(desktop: Desktop, key: Any, held: Any = NONE) -> bool:
    """Offer a shortcut, then press, as Qt does; returns whether it was taken from the program."""
    override = QtGui.QKeyEvent(Kind.ShortcutOverride, int(key), held)
    override.ignore()
    send(desktop, override)
    desktop.canvas.came.clear()
    send(desktop, QtGui.QKeyEvent(Kind.KeyPress, int(key), held))
    return override.isAccepted() and not desktop.canvas.got(Kind.KeyPress)


def turned(
    zoom: float, degrees: float, mirror: bool = False, dx: float = 40, dy: float = 30
) -> Any:
    """A view as Krita's: scaled, mirrored, turned, pushed."""
    transform = QtGui.QTransform.fromScale(-zoom if mirror else zoom, zoom)
    turn = QtGui.QTransform()
    turn.rotate(degrees)
    return transform * turn * QtGui.QTransform.fromTranslate(dx, dy)
