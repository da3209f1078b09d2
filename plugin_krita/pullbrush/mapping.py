# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a picture's pixels lie on the canvas widget: zoom, rotation, mirror, scrolling, in Qt's logical pixels.

Krita 5.2 and later say it themselves. For 5.1 it follows from what the canvas tells: measured against the ink of real
brush strokes, both agree within half a pixel.
"""

from __future__ import annotations

import math
from typing import Any

from .canvas import CanvasView
from .qt import QtCore, QtGui


def image_to_widget(view: CanvasView) -> QtGui.QTransform:
    """Return the transform from document pixels to the canvas widget."""
    return QtGui.QTransform(view.flake) if view.flake is not None else _computed(view)


def scale_of(transform: QtGui.QTransform) -> float:
    """How many widget pixels one document pixel is wide."""
    return math.sqrt(abs(transform.determinant()))


def to_image(transform: QtGui.QTransform, place: QtCore.QPointF) -> tuple[float, float]:
    """The document pixel under a place of the widget."""
    back, possible = transform.inverted()
    found = back.map(QtCore.QPointF(place)) if possible else QtCore.QPointF()
    return (found.x(), found.y())


def to_widget(transform: QtGui.QTransform, point: tuple[float, float]) -> QtCore.QPointF:
    """Where a document pixel lies on the widget."""
    return transform.map(QtCore.QPointF(*point))


def _computed(view: CanvasView) -> QtGui.QTransform:
    """Krita 5.1: zoom, mirror, turn, then push the picture's bounding box to where the scroll bars say.

    There `zoom` counts 72 dpi as one, so that a document pixel is zoom · 72 / dpi wide.
    """
    one = view.zoom * 72.0 / view.dpi
    placed = QtGui.QTransform.fromScale(one, one)
    if view.mirror:
        placed = _then(placed, QtGui.QTransform.fromScale(-1, 1))
    turn = QtGui.QTransform()
    turn.rotate(view.rotation)
    placed = _then(placed, turn)
    box = placed.mapRect(QtCore.QRectF(0, 0, *view.size))
    dx, dy = -view.scroll[0] - box.left(), -view.scroll[1] - box.top()
    return _then(placed, QtGui.QTransform.fromTranslate(dx, dy))


def _then(first: Any, second: QtGui.QTransform) -> QtGui.QTransform:
    """One transform after another; Qt's own product, which its type stubs do not know."""
    return first * second
