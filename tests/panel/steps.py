# SPDX-License-Identifier: Apache-2.0
"""What the tests of the panel do again and again."""

from __future__ import annotations

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


def computed(desktop: Desktop) -> None:
    """Draw one drag and let it be computed."""
    draw(desktop)
    desktop.panel.state.run.click()
    desktop.beat()
    desktop.net.done(desktop.net.last())
    desktop.beat()
