# SPDX-License-Identifier: GPL-3.0-or-later
"""The line to the engine, as Qt hears of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from .protocol.client import Client
from .protocol.line import Line as PlainLine
from .protocol.plugin.engine import Engine
from .protocol.plugin.launch import EngineState
from .qt import QtCore, Signal


class Line(QtCore.QObject):
    """`news` comes in the main thread whenever there is something to pump."""

    news = Signal()

    def __init__(self, app_version: str, plugin_version: str, folders: Sequence[Path]) -> None:
        super().__init__()
        self._versions = (app_version, plugin_version)
        self._plain = PlainLine(self._client, folders, lambda: self.news.emit())

    @property
    def engine(self) -> Engine:
        """The engine."""
        return self._plain.engine

    @property
    def state(self) -> EngineState:
        """How the engine stands."""
        return self._plain.state

    def start(self) -> None:
        """Begin to look for the engine."""
        self._plain.start()

    def try_again(self) -> None:
        """The artist wants the engine started once more."""
        self._plain.try_again()

    def pump(self) -> None:
        """Hand on what has come; in the main thread."""
        self._plain.pump()

    def end(self) -> None:
        """Say goodbye; at the program's end."""
        self._plain.end()

    def _client(self) -> Client:
        app, plugin = self._versions
        return Client("krita", app_version=app, plugin_version=plugin, pid=os.getpid())
