# SPDX-License-Identifier: Apache-2.0
"""A session in a paint program of bytes, with an engine that does what each test says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fakes.connection import Asked, ScriptedConnection
from fakes.host import FakeHost, open_host

from protocol.plugin.engine import Engine
from protocol.plugin.session.edit_session import EditSession
from protocol.store import Store

DRAG: dict[str, Any] = {"drags": [[[10, 10], [16, 12]]], "seed": 5}
NEAR: dict[str, Any] = {"drags": [[[10, 10], [15, 11]]], "seed": 5}
FAR: dict[str, Any] = {"drags": [[[10, 10], [28, 20]]], "seed": 5}


class Table:
    """A session with all that is around it."""

    def __init__(self, tmp_path: Path, **host: Any) -> None:
        self.host: FakeHost = open_host(**host)
        self.net = ScriptedConnection()
        self.engine = Engine(self.net)
        self.store = Store(tmp_path / "recipes")
        self.session = EditSession(self.host, self.engine, store=self.store)

    def tick(self, times: int = 4) -> None:
        for _ in range(times):
            self.session.tick()

    def running(self, params: dict[str, Any] | None = None) -> Asked:
        """Choose and run, until the edit is with the engine."""
        self.session.choose("drag", params or DRAG)
        self.session.run()
        self.tick()
        return self.net.last("edit")
