# SPDX-License-Identifier: GPL-3.0-or-later
"""The one file that knows which Qt there is: PyQt5 in Krita 5, PyQt6 in Krita 6.

Everywhere else enums are written in full (`Qt.MouseButton.LeftButton`), which both understand.
"""

from __future__ import annotations

import os
import sys
from typing import Any


def _wanted() -> int:
    """Krita says it; outside Krita, whichever is imported already, or `PULLBRUSH_QT`, else 5 before 6."""
    pykrita: Any = sys.modules.get("pykrita")
    if pykrita is not None or "krita" in sys.modules:
        return getattr(pykrita, "qt_major_version", lambda: 5)()
    if chosen := os.environ.get("PULLBRUSH_QT"):
        return int(chosen)
    if "PyQt6.QtCore" in sys.modules:
        return 6
    try:
        import PyQt5.QtCore  # noqa: F401
    except ImportError:
        return 6
    return 5


QT6 = _wanted() == 6

if QT6:
    from PyQt6 import QtCore, QtGui, QtWidgets
    from PyQt6.QtGui import QAction

    sip: Any = __import__("PyQt6.sip", fromlist=["sip"])
else:
    from PyQt5 import QtCore, QtGui, QtWidgets
    from PyQt5.QtWidgets import QAction

    sip = __import__("PyQt5.sip", fromlist=["sip"])

Signal = QtCore.pyqtSignal
Slot = QtCore.pyqtSlot


def event_pos(event: Any) -> QtCore.QPointF:
    """Where a mouse or tablet event happened, in its widget, to the pixel of the display.

    Qt 5 rounds a mouse event to its own pixels on the way to a widget, which on a dense display are several of the
    display's; what the window was told still has the part that was lost.
    """
    if hasattr(event, "position"):
        return event.position()
    if hasattr(event, "posF"):
        return event.posF()
    at = QtCore.QPointF(event.localPos())
    told = QtCore.QPointF(event.windowPos())
    return at + (told - QtCore.QPointF(told.toPoint())) if _is_whole(at) else at


def _is_whole(point: QtCore.QPointF) -> bool:
    return point.x().is_integer() and point.y().is_integer()


def screen_pos(event: Any) -> QtCore.QPointF:
    """The same on the screen."""
    if hasattr(event, "globalPosition"):
        return event.globalPosition()
    return event.globalPosF() if hasattr(event, "globalPosF") else QtCore.QPointF(event.screenPos())


def alive(thing: Any) -> bool:
    """Whether the C++ half of a Qt object is still there."""
    return thing is not None and not sip.isdeleted(thing)


__all__ = [
    "QT6",
    "QAction",
    "QtCore",
    "QtGui",
    "QtWidgets",
    "Signal",
    "Slot",
    "alive",
    "event_pos",
    "screen_pos",
]
