# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel's menu: what is wanted now and then."""

from __future__ import annotations

from typing import Any

from .glyphs import Glyph
from .guard import guarded
from .pen import pen_of
from .protocol.plugin.document.document_controller import DocumentController
from .protocol.plugin.drag_layer import DragLayer
from .qt import QtCore, QtWidgets
from .widgets_state import copy

SYNC_MS = 400


class Menu(QtCore.QObject):
    """A button with a menu; also keeps the drags' vector layers in step, one for each document that has one."""

    def __init__(self, controller: Any, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.controller, strings = controller, controller.strings
        self.button = Glyph("more", strings.text("panel.more"))
        self.button.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QtWidgets.QMenu(self.button)
        self.button.setMenu(self.menu)
        self.on_layer = self._action("panel.drag_layer", self._make_layer)
        self.new = self._action("panel.start_over", self._start_over)
        self.menu.addSeparator()
        self.save_ora = self._action("panel.save_ora", lambda: controller.save_ora())
        self.diagnostics = self._action("panel.diagnostics", lambda: copy(controller.diagnostics()))
        self._layers: list[tuple[DocumentController, DragLayer]] = []
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(SYNC_MS)
        self._timer.timeout.connect(self.sync)
        self._timer.start()

    def show_desk(self, desk: DocumentController) -> None:
        """Show what is possible now."""
        self.on_layer.setEnabled(
            desk.panel.edit.drags_field is not None and not self._layer(desk).is_there
        )

    @guarded
    def sync(self) -> None:
        """Bring arrows and drags in step, of the document that is active."""
        desk: DocumentController | None = self.controller.desk
        self._layers = [one for one in self._layers if one[0] in self.controller.desks]
        if desk is None or pen_of(self.controller).is_pulling:
            return
        if desk.panel.edit.drags_field is not None and hasattr(desk.host, "drag_layer_svg"):
            layer = self._layer(desk)
            layer.sync()
            if layer.problem and desk.notice != layer.problem:
                desk.notice = layer.problem

    def _layer(self, desk: DocumentController) -> DragLayer:
        for known, layer in self._layers:
            if known is desk:
                return layer
        layer = DragLayer(desk.host, desk)  # type: ignore[arg-type]
        self._layers.append((desk, layer))
        return layer

    def _make_layer(self) -> None:
        if self.controller.desk is not None:
            self._layer(self.controller.desk).make()

    def _start_over(self) -> None:
        if self.controller.desk is not None:
            self.controller.desk.start_over()

    def _action(self, text: str, do: Any) -> Any:
        action = self.menu.addAction(self.controller.strings.text(text))
        action.triggered.connect(guarded(lambda _on=False: do()))
        return action
