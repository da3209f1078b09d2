# SPDX-License-Identifier: Apache-2.0
"""A drag whose picture changes meanwhile: the edit runs, or its result is ready."""

from __future__ import annotations

from protocol.plugin.drags import DragList
from protocol.plugin.host import Rect

from .around import END, START, Around
from .connection import Asked

CROP: Rect = (4, 3, 22, 16)
READ: Rect = (6, 6, 14, 10)
MOVED: Rect = (2, 3, 14, 10)
"""Where that is after the crop."""


def turns(around: Around, times: int = 4) -> None:
    for _ in range(times):
        around.desk.look()
        around.desk.tick()


def running(around: Around) -> Asked:
    around.desk.set_drags(DragList().add(START, END))
    around.desk.run()
    turns(around)
    return around.net.last("edit")


def ready(around: Around) -> Asked:
    job = running(around)
    around.net.done(job)
    turns(around)
    assert around.desk.session.stage == "done"
    return job


def layers(around: Around) -> list[Rect]:
    return [sheet.pixels.rect for sheet in around.host.state.sheets]


def plain(around: Around) -> list[list[list[float]]]:
    return around.desk.drags.now.plain()


def by(dx: float, dy: float) -> list[list[list[float]]]:
    return [[[START[0] + dx, START[1] + dy], [END[0] + dx, END[1] + dy]]]


def painted(around: Around) -> None:
    """A red stroke on the place of the edit."""
    around.host.paint_over("paper", (8, 8, 6, 4), (255, 0, 0, 255))
