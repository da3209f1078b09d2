# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets the keys: the canvas, unless the artist went into a text field of the panel.

Qt hands the focus of a button that is disabled or hidden to its neighbor, which may be a text field: what was meant
for the program would be typed there. And a text field that had been clicked would keep the keys after a button was
pressed, since buttons do not take the focus here.
"""

from __future__ import annotations

from typing import Any

from .guard import guarded
from .qt import QtCore, QtWidgets, alive

Kind = QtCore.QEvent.Type
Key = QtCore.Qt.Key
TEXTS = (QtWidgets.QLineEdit, QtWidgets.QPlainTextEdit)


class CanvasFocus(QtCore.QObject):
    """Looks after one window's panel, `frame`; the canvas is the controller's."""

    def __init__(self, frame: QtWidgets.QWidget, controller: Any) -> None:
        super().__init__(frame)
        self._frame, self._controller = frame, controller
        self._typing = False
        application = QtWidgets.QApplication.instance()
        assert isinstance(application, QtWidgets.QApplication)
        self._application = application
        application.focusChanged.connect(self._moved)

    @guarded
    def give_back(self, _on: object = None) -> None:
        """Let the canvas have the keys."""
        view = self._controller.canvas()
        if view is None or not alive(view.widget):
            return
        window = view.widget.window()
        if alive(self._frame) and window is not self._frame.window():
            window.activateWindow()  # the panel floats in a window of its own
        view.widget.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    @guarded
    def _moved(self, before: QtWidgets.QWidget | None, now: QtWidgets.QWidget | None) -> None:
        if not alive(self._frame):
            return
        lost = self._has(before) and not (before.isEnabled() and before.isVisible())  # type: ignore[union-attr]
        if lost and self._has(now):
            self.give_back()
            return
        typing = self._has(now) and isinstance(now, TEXTS)
        if typing != self._typing:
            self._typing = typing
            app = self._application
            (app.installEventFilter if typing else app.removeEventFilter)(self)

    def eventFilter(self, watched: QtCore.QObject | None, event: QtCore.QEvent | None) -> bool:  # noqa: N802
        """While somebody types: see when that is over. Nothing is kept from anybody."""
        if event is not None and event.type() in (Kind.MouseButtonPress, Kind.KeyPress):
            self._see(watched, event)
        return False

    @guarded
    def _see(self, watched: Any, event: Any) -> None:
        if event.type() == Kind.KeyPress:
            if watched is self._application.focusWidget() and _ends(watched, event):
                QtCore.QTimer.singleShot(0, self.give_back)  # the field has its key first
        elif self._has(watched) and not isinstance(watched, TEXTS):
            if isinstance(watched.parent(), TEXTS):
                return  # what scrolls in a text field
            self.give_back()

    def _has(self, widget: Any) -> bool:
        return (
            isinstance(widget, QtWidgets.QWidget)
            and alive(widget)
            and self._frame.isAncestorOf(widget)
        )


def _ends(field: QtWidgets.QWidget, event: Any) -> bool:
    """Whether this key says that the artist is done with the field."""
    enter = event.key() in (Key.Key_Return, Key.Key_Enter)
    return event.key() == Key.Key_Escape or (enter and isinstance(field, QtWidgets.QLineEdit))
