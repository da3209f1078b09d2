# SPDX-License-Identifier: Apache-2.0
"""What the tests of the panel do again and again."""

from __future__ import annotations

import time

from desktop import Desktop
from fakes.connection import Asked
from pullbrush.qt import QtGui, QtWidgets

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


def applied(desktop: Desktop, placement: str = "over") -> None:
    """Have a result computed and apply it."""
    computed(desktop, placement)
    desktop.panel.state.apply.click()
    desktop.beat()


def turn_to(desktop: Desktop, document: str) -> None:
    """Go to another document's window."""
    desktop.window.active = document
    desktop.controller.poll()
    desktop.beat()


def run_in_both(desktop: Desktop) -> tuple[Asked, Asked]:
    """Have an edit run in the first document and one wait in the second, which is active then."""
    draw(desktop)
    desktop.desk.run()
    desktop.beat()
    first = desktop.net.last()
    desktop.net.progress(first, 3, 20)
    turn_to(desktop, "two.kra")
    draw(desktop)
    desktop.desk.run()
    desktop.beat()
    second = desktop.net.last()
    assert second is not first
    return first, second


def overlay_on(desktop: Desktop, ground: str) -> QtGui.QImage:
    """What lies over the canvas, on a ground of this color."""
    desktop.canvas.show()
    desktop.beat()
    assert desktop.overlay.sheet is not None
    image = QtGui.QImage(desktop.canvas.size(), QtGui.QImage.Format.Format_ARGB32)
    image.fill(QtGui.QColor(ground))
    desktop.overlay.sheet.render(image)
    return image


def painted(desktop: Desktop) -> None:
    """A result is ready, and then somebody paints where it lies."""
    computed(desktop)
    assert desktop.controller.preview is not None
    desktop.host.paint_over("paper", (int(START[0]), int(START[1]), 9, 9), (255, 0, 0, 255))
    end = time.monotonic() + 60  # pixels are compared every now and then only
    while not desktop.desk.status.stale and time.monotonic() < end:
        desktop.beat()
