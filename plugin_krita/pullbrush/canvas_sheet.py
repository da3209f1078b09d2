# SPDX-License-Identifier: GPL-3.0-or-later
"""The transparent widget over a canvas on which preview, drags and outlines are drawn."""

from __future__ import annotations

from typing import Any

from .foreseen import Foreseen, checkered
from .glyphs import SIGNS
from .guard import guarded
from .mapping import to_widget
from .marking import badge_at, draw_badge, draw_drags, draw_frame, draw_object
from .pen import Pen
from .protocol.plugin.document.document_controller import DocumentController
from .protocol.plugin.host import HostError, Pixels, Rect
from .protocol.plugin.masks import bounds
from .protocol.plugin.outline import outline
from .protocol.plugin.shifting import placed
from .qt import QtCore, QtGui, QtWidgets

Attribute = QtCore.Qt.WidgetAttribute
APPLIED = 0.45
"""Opacity of marks whose result is in the document: it is to be seen below them."""


class Sheet(QtWidgets.QWidget):
    """See the module; mouse and pen go right through it."""

    def __init__(self, canvas: QtWidgets.QWidget, controller: Any, pen: Pen) -> None:
        super().__init__(canvas)
        self.box: Rect | None = None
        self._controller, self._pen = controller, pen
        self._foreseen = Foreseen(controller)
        self._transform: QtGui.QTransform | None = None
        self._shown: tuple[object, ...] = ()
        self._loops: tuple[tuple[tuple[float, float], ...], ...] = ()
        self._outlined: object = None
        self._pointer: QtCore.QPointF | None = None
        self._sign = ""
        for attribute in (
            Attribute.WA_TransparentForMouseEvents,
            Attribute.WA_NoSystemBackground,
            Attribute.WA_TranslucentBackground,
        ):
            self.setAttribute(attribute)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.setObjectName("pullbrush_overlay")
        self.hide()

    def follow(self, transform: QtGui.QTransform | None) -> None:
        """Draw again when the picture lies elsewhere on the canvas, or when there is something else to draw."""
        parent = self.parentWidget()
        if parent is not None and self.geometry() != parent.rect():
            self.setGeometry(parent.rect())
        desk: DocumentController | None = self._controller.desk
        if desk is None:
            return
        if desk.panel.edit.moves_object:
            self._outline(desk)
        self._foreseen.follow()
        shown = (
            transform, desk.drags.now, desk.panel, desk.session.progress.handles,
            id(self._controller.preview), self._foreseen.picture, self._foreseen.waits,
            desk.source.flat, self.box, self._pen.is_on, desk.status.marks_are_applied,
        )  # fmt: skip
        if shown != self._shown:
            self._shown, self._transform = shown, transform
            self.update()

    def point_at(self, place: QtCore.QPointF | None, sign: str = "") -> None:
        """Show beside the pointer what the pen does here; None: the pointer is elsewhere."""
        if (place, sign) != (self._pointer, self._sign):
            for one in (self._pointer, place):
                if one is not None:
                    self.update(badge_at(one).toAlignedRect().adjusted(-2, -2, 2, 2))
            self._pointer, self._sign = place, sign

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        """Draw preview, frame and marks, from below to above."""
        painter = QtGui.QPainter(self)
        try:
            self._paint(painter)
        finally:
            painter.end()

    @guarded
    def _paint(self, painter: QtGui.QPainter) -> None:
        desk, transform = self._controller.desk, self._transform
        if desk is None or transform is None:
            return
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        preview = self._controller.preview
        if preview is not None:
            self._draw_preview(painter, transform, preview)
        if not self._pen.is_on:
            return
        painter.setOpacity(APPLIED if desk.status.marks_are_applied else 1.0)
        if desk.panel.edit.drags_field:
            handles = desk.session.progress.handles
            draw_drags(painter, transform, desk.drags.now, flat=desk.source.flat, now=handles)
        elif desk.panel.edit.moves_object and self.box is not None:
            scales = desk.panel.edit.scales_object
            where = placed(desk.panel, self.box)
            draw_object(painter, transform, where, self._loops, scales=scales)
        painter.setOpacity(1.0)
        if self._pointer is not None:
            draw_badge(painter, self._pointer, SIGNS[self._sign](False))

    def _draw_preview(
        self, painter: QtGui.QPainter, transform: QtGui.QTransform, preview: Any
    ) -> None:
        area, picture = QtCore.QRectF(*preview.rect), self._foreseen.picture
        if not self._foreseen.waits:
            painter.save()
            painter.setTransform(transform, True)
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
            if picture is not None:
                self._hide_layers(painter, area)
            painter.drawImage(area, preview.image if picture is None else picture)
            painter.restore()
        corners = (area.topLeft(), area.topRight(), area.bottomRight(), area.bottomLeft())
        placed_corners = [to_widget(transform, (corner.x(), corner.y())) for corner in corners]
        text = self._controller.strings.text("overlay.preview")
        draw_frame(painter, placed_corners, text)

    def _hide_layers(self, painter: QtGui.QPainter, area: QtCore.QRectF) -> None:
        """Cover the canvas where layers will be hidden with the program's checks, no further than the picture is."""
        whole = QtCore.QRectF(0, 0, *self._controller.canvas().size)
        painter.setClipRect(area.intersected(whole))
        transform = painter.transform()
        painter.resetTransform()  # the checks do not move with the picture
        painter.fillRect(self.rect(), checkered(*self._controller.host.checks()))
        painter.setTransform(transform)

    # ---- what the picture says

    def _outline(self, desk: DocumentController) -> None:
        """The object's outline, computed once for each selection."""
        seen = (desk.source.selection, id(desk.source.mask), desk.session.key)
        if seen == self._outlined:
            return
        self._outlined = seen
        mask = desk.source.mask or _selected(desk)
        self.box = bounds(mask) if mask is not None else None
        self._loops = outline(mask) if mask is not None else ()


def _selected(desk: DocumentController) -> Pixels | None:
    try:
        found = desk.host.read_selection(desk.source.selection) if desk.source.selection else None
    except HostError:
        return None
    return found.mask if found is not None else None
