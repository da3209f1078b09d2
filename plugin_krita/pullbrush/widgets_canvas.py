# SPDX-License-Identifier: GPL-3.0-or-later
"""The bar that takes the pen to the canvas: draw drags, and what the pen does to them."""

from __future__ import annotations

from .glyphs import Glyph
from .pen import Pen
from .protocol.plugin.document.document_controller import DocumentController
from .protocol.plugin.pulling import TOOLS
from .protocol.plugin.strings import Strings
from .protocol.plugin.view import EditView
from .qt import QtWidgets
from .widgets_base import Notice, button, column, label, row


class CanvasBar(QtWidgets.QWidget):
    """For edits that take drags, or that move an object. `details`, what it tells of them, is put elsewhere."""

    def __init__(self, strings: Strings, pen: Pen) -> None:
        super().__init__()
        self.strings, self.pen = strings, pen
        self.desk: DocumentController | None = None
        self.on = button("", strong=True)
        self.on.setCheckable(True)
        self.on.toggled.connect(pen.take)
        self.tools = {tool: Glyph(tool, self._about(tool), checkable=True) for tool in TOOLS}
        group = QtWidgets.QButtonGroup(self)
        for tool, part in self.tools.items():
            group.addButton(part)
            part.clicked.connect(lambda _on=False, tool=tool: self._use(tool))
        self.back = self._deed("undo", "panel.undo_drag", lambda desk: desk.undo_drag())
        self.forth = self._deed("redo", "panel.redo_drag", lambda desk: desk.redo_drag())
        self.clear = self._deed("clear", "panel.start_over", lambda desk: desk.start_over())
        self.counts = label(small=True)
        self.hint = Notice(QtWidgets.QStyle.StandardPixmap.SP_MessageBoxInformation)
        self.bar = QtWidgets.QWidget()
        deeds = (self.back, self.forth, self.clear)
        self.bar.setLayout(row(*self.tools.values(), 1, *deeds, spacing=1))
        inside = column(self)
        inside.addWidget(self.on)
        inside.addWidget(self.bar)
        self.details = QtWidgets.QWidget()
        below = column(self.details)
        below.addWidget(self.counts)
        below.addWidget(self.hint)

    def show_desk(self, desk: DocumentController | None, view: EditView | None) -> None:
        """Show how things stand."""
        self.desk = desk
        for part in (self, self.details):
            part.setVisible(view is not None and view.marks)
        if desk is None or view is None:
            return
        pulls = view.pulls
        on = self.pen.is_on
        words = "panel.draw" if pulls else "panel.move"
        self.on.setText(self.strings.text(words + ("_on" if on else "")))
        blocked = self.on.blockSignals(True)
        self.on.setChecked(on)
        self.on.blockSignals(blocked)
        self.tools[self.pen.tool].setChecked(True)
        for part in (*self.tools.values(), self.back, self.forth):
            part.setVisible(pulls)
        self.back.setEnabled(bool(desk.drags.past))
        self.forth.setEnabled(bool(desk.drags.future))
        self.clear.setEnabled(view.can_clear)
        self.counts.setText(view.counts)
        self.counts.setVisible(pulls)
        self.hint.say(view.hint)

    def _about(self, tool: str) -> str:
        return self.strings.text(f"tool.{tool}")

    def _use(self, tool: object) -> None:
        self.pen.use(tool)  # type: ignore[arg-type]
        self.pen.take(True)

    def _deed(self, sign: str, text: str, do: object) -> Glyph:
        made = Glyph(sign, self.strings.text(text))
        made.clicked.connect(lambda _on=False: self._do(do))
        return made

    def _do(self, do: object) -> None:
        if self.desk is not None and callable(do):
            do(self.desk)
