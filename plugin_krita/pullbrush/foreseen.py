# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of a preview whose result hides layers, made a little at a time and kept up to date."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

from .protocol.plugin.bites import go_on
from .protocol.plugin.host import HostError
from .qt import QtCore, QtGui
from .seeing import Change

TURN_S = 0.003
"""How long is worked on it at a time; a bite more is begun only before that."""
AGAIN_S = 1.0
"""Krita tells nobody what is painted on other layers: the picture is at most this old, or ..."""
REST = 12.0
"""... this many times as old as the work on it takes."""


class Foreseen:
    """`picture`: what to draw in the preview's place; None while there is none, `waits` if there will be one."""

    def __init__(self, controller: Any) -> None:
        self._controller = controller
        self._of: tuple[object, ...] = ()
        self._work: Generator[None, None, QtGui.QImage] | None = None
        self._took = self._next = 0.0
        self.picture: QtGui.QImage | None = None

    @property
    def waits(self) -> bool:
        """Whether the first picture is being made."""
        return self.picture is None and self._work is not None

    def follow(self) -> None:
        """Work on it for a moment; to be called for each frame."""
        desk, preview = self._controller.desk, self._controller.preview
        hidden = desk.status.will_hide if desk is not None and preview is not None else ()
        if desk is None or preview is None or not hidden:
            self._of, self._work, self.picture = (), None, None
            return
        of = (desk, preview, hidden, desk.source.lies_on)
        if of != self._of:
            self._of, self._work, self.picture, self._next = of, None, None, 0.0
        if self._work is None and time.monotonic() >= self._next:
            self._begin(Change(preview.image, preview.rect, desk.source.lies_on, hidden))
        if self._work is not None:
            self._go_on(self._work)

    def _begin(self, change: Change) -> None:
        self._took = 0.0
        try:
            self._work = self._controller.host.seen_with(change)
        except HostError:  # the layer has just gone, and with it soon the preview
            self._rest()

    def _go_on(self, work: Generator[None, None, QtGui.QImage]) -> None:
        began = time.monotonic()
        made = go_on(work, TURN_S)
        self._took += time.monotonic() - began
        if made is not None:
            self.picture = made
            self._rest()

    def _rest(self) -> None:
        self._work, self._next = None, time.monotonic() + max(AGAIN_S, REST * self._took)


def checkered(side: int, first: str, second: str) -> QtGui.QBrush:
    """A brush that says "transparent" as the program does; the colors are "red,green,blue"."""
    tile = QtGui.QPixmap(2 * side, 2 * side)
    tile.fill(_color(first))
    painter = QtGui.QPainter(tile)
    for at in (0, side):
        painter.fillRect(QtCore.QRect(side - at, at, side, side), _color(second))
    painter.end()
    return QtGui.QBrush(tile)


def _color(words: str) -> QtGui.QColor:
    return QtGui.QColor(*(int(word) for word in words.split(",")[:3]))
