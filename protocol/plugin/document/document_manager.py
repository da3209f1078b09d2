# SPDX-License-Identifier: Apache-2.0
"""All open documents with their desks, and the beat that drives them. One for a whole plug-in, whatever its toolkit.

A toolkit calls `beat` on a timer, waits as long as it says, and redraws what it is told of.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...recipe import Bundle
from ...store import Store
from ..engine import Engine
from ..guard import while_open
from ..host import Level, Pixels, Rect
from ..launch import EngineState
from ..strings import Strings
from .document_controller import DocumentController
from .kept_values import KeptValues
from .ora_export import recipes_beside

READING_MS = 5
BEAT_MS = 100
LOOK_S = 0.3
MESSAGES_KEPT = 20

Show = Callable[[Pixels | None, Rect], None]
Tell = Callable[[Level, str], None]


class Connected(Protocol):
    """The line to the engine (`protocol.line.Line`); tests bring another."""

    engine: Engine

    @property
    def state(self) -> EngineState: ...
    def pump(self) -> None: ...
    def try_again(self) -> None: ...
    def end(self) -> None: ...


class MakeHost(Protocol):
    """Makes the host of a document, with its key, who shows its previews and who says what it has to say."""

    def __call__(self, document: Any, key: str, show: Show, tell: Tell) -> Any: ...


@dataclass(eq=False)
class Open:
    """An open document: its host, its desk, and what was said and shown about it."""

    document: Any
    host: Any
    preview: tuple[Pixels, Rect] | None = None
    messages: deque[tuple[Level, str]] = field(
        default_factory=lambda: deque[tuple[Level, str]](maxlen=MESSAGES_KEPT)
    )
    version: int = -1
    desk: DocumentController = field(init=False)


class DocumentManager:
    """`on_changed(open)`: something a panel shows, of everything if None; `on_preview(open)`: its preview."""

    def __init__(
        self,
        line: Connected,
        make_host: MakeHost,
        *,
        app: str,
        store: Store | None,
        strings: Strings,
        kept: KeptValues | None = None,
    ) -> None:
        self.line, self.store, self.strings = line, store, strings
        self.kept = kept or KeptValues()
        self.all: list[Open] = []
        self.on_changed: Callable[[Open | None], None] = lambda _one: None
        self.on_preview: Callable[[Open], None] = lambda _one: None
        self.looked = 0.0
        self._app, self._make_host = app, make_host
        self._number = 0
        self._state: object = None

    def of(self, document: Any) -> Open:
        """The desk of a document, made when it is seen for the first time."""
        for one in self.all:
            if one.document == document:
                return one
        self._number += 1
        one = Open(document, None)
        one.host = self._make_host(
            document,
            f"{self._app}-{int(time.time()):x}-{self._number}",
            lambda rgba, rect: self._show(one, rgba, rect),
            lambda level, text: self._tell(one, level, text),
        )
        one.desk = DocumentController(
            one.host,
            self.line.engine,
            store=self.store,
            strings=self.strings,
            notes=one.host,
            kept=self.kept,
        )
        one.desk.in_file = self._in_file(one)
        self.all.append(one)
        return one

    def beat(self) -> int:
        """Pump the line, drive every desk, and tell what is another now; returns milliseconds until the next."""
        self.line.pump()
        now = time.monotonic()
        looks = now - self.looked > LOOK_S
        if looks:
            self.looked = now
        reading = False
        for one in list(self.all):
            if one.host.document_key() is None:
                self._close(one)
                continue
            with while_open(one.host):
                if looks:
                    one.host.look()
                    one.desk.look()
                one.desk.tick()
                reading = reading or one.desk.session.status.is_reading
                self._compare(one)
        state = (self.line.state, self.line.engine.ready)
        if state != self._state:
            self._state = state
            self.on_changed(None)
        return READING_MS if reading else BEAT_MS

    def close(self) -> None:
        """Let all go, at the program's end."""
        for one in list(self.all):
            self._close(one)
        self.line.end()

    def _in_file(self, one: Open) -> Mapping[str, Bundle]:
        return recipes_beside(one.host.file())

    def _close(self, one: Open) -> None:
        self.all.remove(one)
        one.desk.close()
        self.on_changed(one)

    def _compare(self, one: Open) -> None:
        if one.desk.version != one.version:
            one.version = one.desk.version
            self.on_changed(one)

    def _show(self, one: Open, rgba: Pixels | None, rect: Rect) -> None:
        one.preview = None if rgba is None else (rgba, rect)
        self.on_preview(one)

    def _tell(self, one: Open, level: Level, text: str) -> None:
        one.messages.append((level, text))
        self.on_changed(one)
