# SPDX-License-Identifier: Apache-2.0
"""What the tests of the panel do again and again."""

from __future__ import annotations

import time

from desktop import Desktop
from pullbrush.qt import QtWidgets

from protocol.plugin.drags import DragList

START, END = (60.0, 60.0), (120.0, 80.0)


def shown(widget: QtWidgets.QWidget, panel: QtWidgets.QWidget) -> bool:
    """Whether it would be seen if the panel were."""
    return widget.isVisibleTo(panel.window())


def draw(desktop: Desktop) -> None:
    """Draw one drag."""
    desktop.desk.set_drags(DragList().add(START, END))
    desktop.beat()


def computed(desktop: Desktop, placement: str = "over") -> None:
    """Draw one drag and let it be computed; the fake engine's result is transparent where the layer is opaque."""
    draw(desktop)
    desktop.panel.state.run.click()
    desktop.beat()
    desktop.net.done(desktop.net.last(), placement=placement)
    desktop.beat()


def painted(desktop: Desktop) -> None:
    """A result is ready, and then somebody paints where it lies."""
    computed(desktop)
    assert desktop.controller.preview is not None
    desktop.host.paint_over("paper", (int(START[0]), int(START[1]), 9, 9), (255, 0, 0, 255))
    end = time.monotonic() + 60  # pixels are compared every now and then only
    while not desktop.desk.stale and time.monotonic() < end:
        desktop.beat()
