# SPDX-License-Identifier: GPL-3.0-or-later
"""All open documents with their desks, driven by Qt's clock. One for the whole program."""

from __future__ import annotations

from typing import Any

from .guard import guarded
from .protocol.plugin.document.document_manager import BEAT_MS, DocumentManager, MakeHost, Open
from .protocol.plugin.document.kept_values import KeptValues
from .protocol.plugin.strings import Strings
from .protocol.store import Store
from .qt import QtCore, Signal


class Studio(QtCore.QObject):
    """`changed(open)`: something a panel shows; `preview_changed(open)`: what lies over the canvas."""

    changed = Signal(object)
    preview_changed = Signal(object)

    def __init__(
        self,
        line: Any,
        make_host: MakeHost,
        *,
        store: Store | None,
        strings: Strings,
        kept: KeptValues | None = None,
    ) -> None:
        super().__init__()
        self.plain = DocumentManager(
            line, make_host, app="krita", store=store, strings=strings, kept=kept
        )
        self.plain.on_changed = self.changed.emit
        self.plain.on_preview = self.preview_changed.emit
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self.beat)
        self._timer.start(BEAT_MS)
        line.news.connect(self.beat)

    @property
    def all(self) -> list[Open]:
        """The open documents."""
        return self.plain.all

    @guarded
    def beat(self) -> None:
        """Let everything go on that can."""
        self._timer.setInterval(self.plain.beat())

    @guarded
    def close(self) -> None:
        """Let all go, at the program's end."""
        self._timer.stop()
        self.plain.close()
