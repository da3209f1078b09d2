# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the pen draws drags or paints, and what it does to them: shared by one window's docker and overlay.

It is taken for one document at a time, as an artist takes it: in a document where it was not taken, it paints.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from .protocol.plugin.document.document_controller import DocumentController
from .protocol.plugin.pulling import Tool
from .qt import QtCore, Signal


class Pen(QtCore.QObject):
    """`changed`: it was taken, put away, or does something else now."""

    changed = Signal()

    def __init__(self, controller: Any) -> None:
        super().__init__(controller)
        self.is_pulling = False
        self.tool: Tool = "drag"
        self._controller = controller
        self._taken: WeakSet[DocumentController] = WeakSet()

    @property
    def is_on(self) -> bool:
        """Whether left clicks on the canvas of the document in front make drags."""
        return self._controller.desk in self._taken if self._controller.desk is not None else False

    def take(self, on: bool) -> None:
        """Let left clicks on the canvas make drags in the document in front, or let them paint again."""
        desk = self._controller.desk
        if desk is None or on == self.is_on:
            return
        (self._taken.add if on else self._taken.discard)(desk)
        self.changed.emit()

    def take_for_marks(self) -> None:
        """Take it if the chosen edit has anything on the canvas that it could pull."""
        desk = self._controller.desk
        if desk is not None and (desk.panel.edit.drags_field or desk.panel.edit.moves_object):
            self.take(True)

    def use(self, tool: Tool) -> None:
        """Choose what it does."""
        if tool != self.tool:
            self.tool = tool
            self.changed.emit()


def pen_of(controller: QtCore.QObject) -> Pen:
    """The one pen of a window."""
    return controller.findChild(Pen) or Pen(controller)
