# SPDX-License-Identifier: Apache-2.0
"""A desk with all that is around it: a document, an engine that does what the test says, a store."""

from __future__ import annotations

from pathlib import Path

from protocol.plugin.document.document_controller import DocumentController
from protocol.plugin.engine import Engine
from protocol.store import Store

from .connection import ScriptedConnection
from .noted import NotedHost

START, END = (10.0, 10.0), (16.0, 12.0)
"""A drag within the document."""


class Around:
    """The desk of one document; `kind` is the edit that is chosen."""

    def __init__(self, folder: Path, kind: str = "drag") -> None:
        self.host = NotedHost.opened()
        self.net = ScriptedConnection()
        self.engine = Engine(self.net)
        self.store = Store(folder / "recipes")
        self.desk = self.new_desk(kind)

    def new_desk(self, kind: str = "drag") -> DocumentController:
        desk = DocumentController(
            self.host, self.engine, store=self.store, notes=self.host, kind=kind
        )
        desk.look()
        return desk

    def tick(self, times: int = 4) -> None:
        for _ in range(times):
            self.desk.tick()
