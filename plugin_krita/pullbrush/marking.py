# SPDX-License-Identifier: GPL-3.0-or-later
"""Drags, pins and a moved object as they are drawn on the canvas: told apart by shape as well as by color."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from .mapping import to_widget
from .protocol.plugin.drags import DragList, Grip, Stroke
from .protocol.plugin.marks import EDGE, FLAT, HANDLE, PIN, RIM, TARGET, WAY
from .protocol.plugin.shifting import ObjectBox
from .qt import QtCore, QtGui

SIZE = 6.0
"""Half the width of a mark in widget pixels; what can be touched around it is larger."""
BADGE_PX, BADGE_OFF = 24.0, 12.0
"""The sign beside the pointer: its side, and how far to the right and below it lies."""
COLORS = {"handle": HANDLE, "target": TARGET, "way": WAY, "pin": PIN}


def draw_drags(
    painter: QtGui.QPainter,
    transform: QtGui.QTransform,
    drags: DragList,
    *,
    flat: Collection[int] = (),
    now: Sequence[tuple[float, float]] = (),
) -> None:
    """Draw all strokes; `flat` are those to warn about, `now` where the running edit has pulled the handles to."""
    for stroke in drags.strokes:
        points = [to_widget(transform, point) for point in stroke.points]
        if not stroke.is_pin:
            _line(painter, points)
        for at, point in enumerate(points):
            chosen = drags.chosen == Grip(number=stroke.number, at=at, part=stroke.part(at))
            _mark(painter, stroke, at, point, chosen=chosen)
        if stroke.number in flat:
            _ring(painter, points[0])
    for place in now:
        _dot(painter, to_widget(transform, place))


def draw_object(
    painter: QtGui.QPainter,
    transform: QtGui.QTransform,
    placed: ObjectBox,
    loops: Sequence[Sequence[tuple[float, float]]],
    *,
    scales: bool,
) -> None:
    """Draw a moved object's outline where it arrives, its box, and handles for its size at the corners."""
    path = QtGui.QPainterPath()
    for loop in loops:
        path.addPolygon(_polygon(transform, [placed.place(point) for point in loop]))
        path.closeSubpath()
    _stroke(painter, path, HANDLE, 2.0)
    corners = [to_widget(transform, corner) for corner in placed.corners]
    box = QtGui.QPainterPath()
    box.addPolygon(QtGui.QPolygonF([*corners, corners[0]]))
    _stroke(painter, box, EDGE, 1.0, QtCore.Qt.PenStyle.DashLine)
    if scales:
        for corner in corners:
            _filled(painter, _square(corner, SIZE - 1), TARGET)
    begin = to_widget(transform, placed.center)
    end = to_widget(transform, placed.place(placed.center))
    if math.hypot(end.x() - begin.x(), end.y() - begin.y()) > 2 * SIZE:
        _line(painter, [begin, end])


def draw_frame(painter: QtGui.QPainter, corners: Sequence[QtCore.QPointF], text: str) -> None:
    """Draw the edge of what is only a preview, and say so."""
    path = QtGui.QPainterPath()
    path.addPolygon(QtGui.QPolygonF([*corners, corners[0]]))
    _stroke(painter, path, EDGE, 1.0, QtCore.Qt.PenStyle.DashLine)
    top = min(corners, key=lambda corner: corner.y())
    metrics = painter.fontMetrics()
    width = metrics.horizontalAdvance(text) + 12
    box = QtCore.QRectF(top.x(), top.y() - metrics.height() - 6, width, metrics.height() + 4)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(QtGui.QColor(0, 0, 0, 170))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QtGui.QColor(EDGE))
    painter.drawText(box, QtCore.Qt.AlignmentFlag.AlignCenter, text)


def badge_at(pointer: QtCore.QPointF) -> QtCore.QRectF:
    """Where the sign beside the pointer is drawn."""
    return QtCore.QRectF(pointer.x() + BADGE_OFF, pointer.y() + BADGE_OFF, BADGE_PX, BADGE_PX)


def draw_badge(painter: QtGui.QPainter, pointer: QtCore.QPointF, sign: QtGui.QPainterPath) -> None:
    """Draw what the pen does here beside the pointer: it does not paint now."""
    place = badge_at(pointer)
    painter.setPen(QtGui.QPen(QtGui.QColor(RIM), 1.0))
    painter.setBrush(QtGui.QColor(EDGE))
    painter.drawRoundedRect(place, 5, 5)
    painter.save()
    painter.translate(place.topLeft() + QtCore.QPointF(4, 4))
    pen = QtGui.QPen(QtGui.QColor(RIM), 1.8)
    pen.setCapStyle(QtCore.Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    painter.drawPath(sign)
    painter.restore()


def _mark(
    painter: QtGui.QPainter, stroke: Stroke, at: int, point: QtCore.QPointF, *, chosen: bool
) -> None:
    part = stroke.part(at)
    size = SIZE * (1.3 if chosen else 1) * (0.7 if part == "way" else 1)
    if part in ("handle", "way"):
        shape = QtGui.QPainterPath()
        shape.addEllipse(point, size, size)
    elif part == "pin":
        shape = _square(point, size)
    else:
        shape = _diamond(point, size * 1.25)
    _filled(painter, shape, COLORS[part], rim=2.5 if chosen else 1.0)


def _line(painter: QtGui.QPainter, points: Sequence[QtCore.QPointF]) -> None:
    """A way with an arrow's head before its end."""
    path = QtGui.QPainterPath(points[0])
    for point in points[1:]:
        path.lineTo(point)
    before, end = points[-2], points[-1]
    length = math.hypot(end.x() - before.x(), end.y() - before.y())
    if length > 3 * SIZE:
        angle = math.atan2(end.y() - before.y(), end.x() - before.x())
        tip = QtCore.QPointF(
            end.x() - 1.4 * SIZE * math.cos(angle), end.y() - 1.4 * SIZE * math.sin(angle)
        )
        for side in (-0.5, 0.5):
            path.moveTo(tip)
            path.lineTo(
                tip.x() - 1.8 * SIZE * math.cos(angle + side),
                tip.y() - 1.8 * SIZE * math.sin(angle + side),
            )
    _stroke(painter, path, HANDLE, 2.5)


def _stroke(
    painter: QtGui.QPainter,
    path: QtGui.QPainterPath,
    color: str,
    width: float,
    style: QtCore.Qt.PenStyle = QtCore.Qt.PenStyle.SolidLine,
) -> None:
    """A line with a light and a dark edge, to be seen on anything."""
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    cap, join = QtCore.Qt.PenCapStyle.RoundCap, QtCore.Qt.PenJoinStyle.RoundJoin
    under = QtGui.QColor(RIM if color == EDGE else EDGE)
    solid = QtCore.Qt.PenStyle.SolidLine
    painter.setPen(QtGui.QPen(under, width + 2, solid, cap, join))
    painter.drawPath(path)
    painter.setPen(QtGui.QPen(QtGui.QColor(color), width, style, cap, join))
    painter.drawPath(path)


def _filled(
    painter: QtGui.QPainter, shape: QtGui.QPainterPath, color: str, rim: float = 1.0
) -> None:
    painter.setPen(QtGui.QPen(QtGui.QColor(RIM), rim + 2.0))
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    painter.drawPath(shape)
    painter.setPen(QtGui.QPen(QtGui.QColor(EDGE), rim))
    painter.setBrush(QtGui.QColor(color))
    painter.drawPath(shape)


def _ring(painter: QtGui.QPainter, point: QtCore.QPointF) -> None:
    ring = QtGui.QPainterPath()
    ring.addEllipse(point, 2.2 * SIZE, 2.2 * SIZE)
    _stroke(painter, ring, FLAT, 2.0, QtCore.Qt.PenStyle.DotLine)


def _dot(painter: QtGui.QPainter, point: QtCore.QPointF) -> None:
    dot = QtGui.QPainterPath()
    dot.addEllipse(point, 3.0, 3.0)
    _filled(painter, dot, EDGE)


def _square(point: QtCore.QPointF, size: float) -> QtGui.QPainterPath:
    path = QtGui.QPainterPath()
    path.addRect(QtCore.QRectF(point.x() - size, point.y() - size, 2 * size, 2 * size))
    return path


def _diamond(point: QtCore.QPointF, size: float) -> QtGui.QPainterPath:
    ends = ((0, -size), (size, 0), (0, size), (-size, 0), (0, -size))
    path = QtGui.QPainterPath()
    path.addPolygon(
        QtGui.QPolygonF([QtCore.QPointF(point.x() + x, point.y() + y) for x, y in ends])
    )
    return path


def _polygon(transform: QtGui.QTransform, points: Sequence[tuple[float, float]]) -> QtGui.QPolygonF:
    return QtGui.QPolygonF([to_widget(transform, point) for point in points])
