# SPDX-License-Identifier: GPL-3.0-or-later
"""The widget Krita paints a picture on, found among a window's widgets, and how the picture lies on it.

The tree of widgets is the same in Krita 5.1, 5.2 and 5.3 (measured): QMdiArea ▸ sub-window ▸ … ▸ scroll area ▸ canvas.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .qt import QtGui, QtWidgets

CANVASES = ("KisOpenGLCanvas2", "KisQPainterCanvas")


@dataclass(frozen=True, kw_only=True)
class CanvasView:
    """What mapping.py needs: `flake` from Krita 5.2 on, else the numbers. `size` is the picture's."""

    widget: Any
    flake: QtGui.QTransform | None
    zoom: float
    rotation: float
    mirror: bool
    dpi: float
    scroll: tuple[int, int]
    size: tuple[int, int]


def find_canvas(main: Any) -> Any:
    """The canvas widget of the active sub-window, None without one."""
    area = main.findChild(QtWidgets.QMdiArea)
    sub = area.activeSubWindow() if area is not None else None
    widgets = sub.findChildren(QtWidgets.QWidget) if sub is not None else []
    return next((w for w in widgets if w.metaObject().className() in CANVASES), None)


def scroll_of(widget: Any) -> tuple[int, int]:
    """Where the scroll bars around a canvas stand."""
    while not isinstance(widget, QtWidgets.QAbstractScrollArea):
        widget = widget.parent()
    return widget.horizontalScrollBar().value(), widget.verticalScrollBar().value()


class CanvasWindow:
    """A window of the program as `controller.Window`; `view_of` finds its active view."""

    def __init__(self, main: Any, view_of: Callable[[Any], Any]) -> None:
        self.main, self._view_of = main, view_of

    def document(self) -> Any:
        """The document of its active view, None without one."""
        view = self._view_of(self.main)
        document = view.document() if view is not None else None
        return document if document is not None and document.rootNode() is not None else None

    def canvas(self) -> CanvasView | None:
        """Its canvas, None when no picture is open."""
        document, widget = self.document(), find_canvas(self.main)
        if document is None or widget is None:
            return None
        view = self._view_of(self.main)
        flake = None
        if hasattr(view, "flakeToImageTransform"):  # Krita 5.2 and later
            flake = view.flakeToImageTransform().inverted()[0] * view.flakeToCanvasTransform()
        canvas = view.canvas()
        return CanvasView(
            widget=widget,
            flake=flake,
            zoom=canvas.zoomLevel(),
            rotation=canvas.rotation(),
            mirror=canvas.mirror(),
            dpi=document.resolution(),
            scroll=scroll_of(widget),
            size=(document.width(), document.height()),
        )
