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
    """Where a mouse or tablet event happened, in its widget."""
    if hasattr(event, "position"):
        return event.position()
    return event.posF() if hasattr(event, "posF") else QtCore.QPointF(event.localPos())


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
