# SPDX-License-Identifier: Apache-2.0
"""A desk with drag-gan on it: frames come, and a film in the end."""

from __future__ import annotations

from pathlib import Path

from protocol.plugin.drags import DragList

from .around import END, START, Around
from .connection import Asked
from .films import film_done, frame

FRAMES = 7


class Pulling(Around):
    """The artist and the engine, by turns."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, kind="drag-gan")

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
