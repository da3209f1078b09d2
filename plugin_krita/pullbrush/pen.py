# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the pen draws drags or paints, and what it does to them: shared by one window's docker and overlay."""

from __future__ import annotations

from .protocol.plugin.pulling import Tool
from .qt import QtCore, Signal


class Pen(QtCore.QObject):
    """`changed`: it was taken, put away, or does something else now."""

    changed = Signal()

    def __init__(self, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self.is_on = False
        self.is_pulling = False
        self.tool: Tool = "drag"

    def take(self, on: bool) -> None:
        """Let left clicks on the canvas make drags, or let them paint again."""
        if on != self.is_on:
            self.is_on = on
            self.changed.emit()

    def use(self, tool: Tool) -> None:
        """Choose what it does."""
        if tool != self.tool:
            self.tool = tool
            self.changed.emit()


def pen_of(controller: QtCore.QObject) -> Pen:
    """The one pen of a window."""
    return controller.findChild(Pen) or Pen(controller)
