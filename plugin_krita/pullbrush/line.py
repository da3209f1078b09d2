# SPDX-License-Identifier: GPL-3.0-or-later
"""The line to the engine: one for the whole program, looked after by a thread of its own."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from .guard import problems
from .protocol.apart import AFTER_FAULT_S, Apart
from .protocol.client import Client
from .protocol.plugin.engine import Engine
from .protocol.plugin.launch import EngineState, Launcher
from .qt import QtCore, Signal


class Line(QtCore.QThread):
    """`news` comes in the main thread whenever there is something to pump; the thread only reads the socket."""

    news = Signal()

    def __init__(self, app_version: str, plugin_version: str, folders: Sequence[Path]) -> None:
        super().__init__()
        self._told = False
        self._versions = (app_version, plugin_version)
        self._launcher = Launcher(folders)
        self.apart = Apart(self._client, self._ring)
        self.engine = Engine(self.apart)

    @property
    def state(self) -> EngineState:
        """How the engine stands."""
        return self._launcher.state

    def try_again(self) -> None:
        """The artist wants the engine started once more."""
        self._launcher.again()

    def pump(self) -> None:
        """Hand on what has come; in the main thread."""
        self._told = False
        self.engine.pump()

    def run(self) -> None:
        """What the thread does. Nothing may get out: in Krita that would be a dialog from a foreign thread."""
        while not self.apart.stopped:
            try:
                self.apart.serve(self._launcher.hear)
            except Exception:
                problems.append(traceback.format_exc())
                time.sleep(AFTER_FAULT_S)

    def end(self) -> None:
        """Say goodbye; at the program's end."""
        self.apart.stop()
        self.wait(2000)

    def _client(self) -> Client:
        app, plugin = self._versions
        return Client("krita", app_version=app, plugin_version=plugin, pid=os.getpid())

    def _ring(self) -> None:
        if not self._told:  # one ring is enough until somebody came
            self._told = True
            self.news.emit()
