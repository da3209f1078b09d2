# SPDX-License-Identifier: Apache-2.0
"""Stands where the line to the engine is: events come when the test says so."""

from __future__ import annotations

from protocol.plugin.engine import Engine
from protocol.plugin.launch import EngineState

from .connection import ScriptedConnection


class Wire:
    """Fulfils `protocol.plugin.document.document_manager.Connected`; counts how often it was tried again and ended."""

    def __init__(self) -> None:
        self.net = ScriptedConnection()
        self.engine = Engine(self.net)
        self.state = EngineState(kind="ready")
        self.tries = self.ends = 0

    def start(self) -> None:
        pass

    def try_again(self) -> None:
        self.tries += 1

    def pump(self) -> None:
        self.engine.pump()

    def end(self) -> None:
        self.ends += 1
