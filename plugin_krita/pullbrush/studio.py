# SPDX-License-Identifier: GPL-3.0-or-later
"""All open documents with their desks, and the clock that drives them. One for the whole program."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Protocol

from .formats import image_of
from .guard import guarded
from .line import Line
from .ora import recipes_beside
from .protocol.plugin.desk import Desk
from .protocol.plugin.host import Level, Pixels, Rect
from .protocol.plugin.strings import Strings
from .protocol.store import Store
from .qt import QtCore, QtGui, Signal

READING_MS = 5
BEAT_MS = 100
LOOK_S = 0.3
MESSAGES_KEPT = 20


@dataclass(frozen=True)
class Preview:
    """A picture to lay over the canvas, stretched over `rect` (document pixels)."""

    image: QtGui.QImage
    rect: Rect


@dataclass(eq=False)
class Open:
    """An open document: its host, its desk, and what was said and shown about it."""

    document: Any
    host: Any
    preview: Preview | None = None
    messages: deque[tuple[Level, str]] = field(default_factory=lambda: deque(maxlen=MESSAGES_KEPT))
    version: int = -1
    desk: Desk = field(init=False)


class HostMaker(Protocol):
    """Makes the host of a document; tests bring another."""

    def __call__(self, document: Any, key: str, show: Any, tell: Any) -> Any: ...


class Studio(QtCore.QObject):
    """`changed(open)`: something a panel shows; `preview_changed(open)`: what lies over the canvas."""

    changed = Signal(object)
    preview_changed = Signal(object)

    def __init__(
        self, line: Line, make_host: HostMaker, *, store: Store | None, strings: Strings
    ) -> None:
        super().__init__()
        self.line, self.store, self.strings = line, store, strings
        self.all: list[Open] = []
        self._make_host = make_host
        self._number = 0
        self._looked = 0.0
        self._state: object = None
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self.beat)
        self._timer.start(BEAT_MS)
        line.news.connect(self.beat)

    def of(self, document: Any) -> Open:
        """The desk of a document, made when it is seen for the first time."""
        for one in self.all:
            if one.document == document:
                return one
        self._number += 1
        one = Open(document, None)
        key = f"krita-{int(time.time()):x}-{self._number}"
        one.host = self._make_host(
            document,
            key,
            lambda rgba, rect: self._show(one, rgba, rect),
            lambda level, text: self._tell(one, level, text),
        )
        one.desk = Desk(
            one.host, self.line.engine, store=self.store, strings=self.strings, notes=one.host
        )
        one.desk.in_file = recipes_beside(one.host.file())
        self.all.append(one)
        return one

    @guarded
    def beat(self) -> None:
        """Pump the line, drive every desk, and tell what is another now."""
        self.line.pump()
        now = time.monotonic()
        looks = now - self._looked > LOOK_S
        if looks:
            self._looked = now
        reading = False
        for one in list(self.all):
            if one.host.document_key() is None:
                self._close(one)
                continue
            if looks:
                one.host.look()
                one.desk.look()
            one.desk.tick()
            reading = reading or one.desk.session.is_reading
            self._compare(one)
        self._timer.setInterval(READING_MS if reading else BEAT_MS)
        state = (self.line.state, self.line.engine.ready)
        if state != self._state:
            self._state = state
            self.changed.emit(None)

    @guarded
    def close(self) -> None:
        """Let all go, at the program's end."""
        self._timer.stop()
        for one in list(self.all):
            self._close(one)
        self.line.end()

    def _close(self, one: Open) -> None:
        self.all.remove(one)
        one.desk.close()
        self.changed.emit(one)

    def _compare(self, one: Open) -> None:
        if one.desk.version != one.version:
            one.version = one.desk.version
            self.changed.emit(one)

    def _show(self, one: Open, rgba: Pixels | None, rect: Rect) -> None:
        one.preview = None if rgba is None else Preview(image_of(rgba), rect)
        self.preview_changed.emit(one)

    def _tell(self, one: Open, level: Level, text: str) -> None:
        one.messages.append((level, text))
        self.changed.emit(one)
