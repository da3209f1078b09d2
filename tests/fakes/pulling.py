# SPDX-License-Identifier: Apache-2.0
"""A desk with drag-gan on it, an engine that does what the test says."""

from __future__ import annotations

from pathlib import Path

from protocol.plugin.desk import Desk
from protocol.plugin.drags import DragList
from protocol.plugin.engine import Engine
from protocol.store import Store

from .connection import Asked, ScriptedConnection
from .films import film_done, frame
from .noted import NotedHost

START, END = (10.0, 10.0), (16.0, 12.0)
FRAMES = 7


class Around:
    """The artist and the engine, by turns."""

    def __init__(self, folder: Path) -> None:
        self.host = NotedHost.opened()
        self.net = ScriptedConnection()
        self.engine = Engine(self.net)
        self.store = Store(folder / "recipes")
        self.desk = Desk(self.host, self.engine, store=self.store, notes=self.host, kind="drag-gan")
        self.desk.look()

    def tick(self, times: int = 4) -> None:
        for _ in range(times):
            self.desk.tick()

    def draw(self, end: tuple[float, float] = END) -> None:
        self.desk.set_drags(DragList().add(START, end))
        self.tick()

    def running(self, frame: int = -1) -> Asked:
        """Draw, run, and let frames come up to this one."""
        self.draw()
        self.desk.run()
        self.tick()
        job = self.net.last()
        if frame >= 0:
            self.frame(job, frame)
        return job

    def frame(self, job: Asked, number: int) -> None:
        """A frame comes, with the handle a pixel further than the one before."""
        frame(self.net, job, number)
        self.tick(1)

    def done(self, job: Asked, value: int = 3) -> None:
        """The job ends: the source inverted, and a film."""
        film_done(self.net, job, FRAMES, value)
        self.tick()
