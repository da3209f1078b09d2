# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of parameters that are several numbers: from where to where on one slider, and where an object goes."""

from __future__ import annotations

from .protocol.plugin.panel import Row
from .protocol.plugin.parts import Ends, Parts, range_text
from .qt import QtCore, QtGui, Signal
from .widgets_base import CalmSlider, Line, row
from .widgets_values import TYPED_PX, NumberRow, ValueRow

HANDLE_PX = 10


class RangeRow(ValueRow):
    """One slider with two handles that also takes typed ends, such as `0..0.6`."""

    def build(self, spec: Row) -> None:
        self.ends = Ends.of(spec)
        self.line, self.slider = Line(), TwoHandles()
        self.line.setFixedWidth(2 * TYPED_PX)
        self.line.setAlignment(QtCore.Qt.AlignmentFlag.AlignRight)
        self.slider.setRange(0, self.ends.scale.stops)
        head = row(self.title, self.line)
        head.setStretch(0, 1)
        self.body.addLayout(head)
        self.body.addWidget(self.slider)
        self.line.typed.connect(lambda text: self.typed.emit(self.name, text))
        self.line.stepped.connect(lambda by: self.emit(self.ends.stepped(self.slider.handle, by)))
        self.slider.pulled.connect(lambda handle, stop: self.emit(self.ends.pulled(handle, stop)))

    def show_row(self, spec: Row) -> None:
        super().show_row(spec)
        keys = self.strings.text("panel.range_keys")
        self.slider.setAccessibleDescription(f"{spec.help} {keys}")
        self.slider.setToolTip(f"{spec.help}\n{keys}")

    def show_value(self, spec: Row) -> None:
        self.ends = Ends.of(spec)
        self.line.show_text(range_text(spec))
        self.slider.show_ends(self.ends)


class TwoHandles(CalmSlider):
    """`pulled(handle, stop)`: 0 is the handle of the start, 1 that of the end.

    Its value, which is what screen readers say, is that of the handle that is on; the space bar goes to the other one.
    """

    pulled = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.handle = 0
        self._ends: Ends | None = None
        self.valueChanged.connect(lambda stop: self.pulled.emit(self.handle, stop))

    def show_ends(self, ends: Ends) -> None:
        """Show both handles, without a word to anybody."""
        self._ends = ends
        blocked = self.blockSignals(True)
        self.setValue(ends.stops[self.handle])
        self.blockSignals(blocked)
        self.update()

    def turn_to(self, handle: int) -> None:
        """The other handle is on."""
        self.handle = handle
        if self._ends is not None:
            self.show_ends(self._ends)

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:  # noqa: N802
        """The space bar goes to the other handle; all else is a slider's."""
        if event is None:
            return
        if event.key() == QtCore.Qt.Key.Key_Space:
            self.turn_to(1 - self.handle)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QtGui.QMouseEvent | None) -> None:  # noqa: N802
        """The nearest handle comes to the pen."""
        if event is not None and self._ends is not None:
            stop = self._stop_at(event.pos().x())
            self.turn_to(self._ends.nearest(stop))
            self.pulled.emit(self.handle, stop)

    def mouseMoveEvent(self, event: QtGui.QMouseEvent | None) -> None:  # noqa: N802
        """It follows, as far as the other one."""
        if event is not None:
            self.pulled.emit(self.handle, self._stop_at(event.pos().x()))

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent | None) -> None:  # noqa: N802
        """It stays there."""

    def paintEvent(self, _event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        """The groove, the part between the handles in the theme's color, and both handles."""
        if self._ends is None:
            return
        painter, palette = QtGui.QPainter(self), self.palette()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        middle, (start, end) = self.height() / 2, (self._x_of(stop) for stop in self._ends.stops)
        role = QtGui.QPalette.ColorRole
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(role.Mid))
        painter.drawRoundedRect(
            QtCore.QRectF(HANDLE_PX / 2, middle - 2, max(1, self.width() - HANDLE_PX), 4), 2, 2
        )
        painter.setBrush(palette.color(role.Highlight))
        painter.drawRect(QtCore.QRectF(start, middle - 2, end - start, 4))
        for handle in (1 - self.handle, self.handle):
            x = (start, end)[handle]
            is_on = self.hasFocus() and handle == self.handle
            painter.setPen(
                QtGui.QPen(
                    palette.color(role.Highlight if is_on else role.Shadow), 2 if is_on else 1
                )
            )
            painter.setBrush(palette.color(role.Button))
            painter.drawRoundedRect(
                QtCore.QRectF(x - HANDLE_PX / 2 + 1, middle - 8, HANDLE_PX - 2, 16), 3, 3
            )
        painter.end()

    def _x_of(self, stop: int) -> float:
        return HANDLE_PX / 2 + stop * max(1, self.width() - HANDLE_PX) / max(1, self.maximum())

    def _stop_at(self, x: float) -> int:
        share = (x - HANDLE_PX / 2) / max(1, self.width() - HANDLE_PX)
        return round(min(1.0, max(0.0, share)) * self.maximum())


class TransformRow(ValueRow):
    """How far, how big, how much turned: a number each, below one name."""

    def build(self, spec: Row) -> None:
        self.parts = Parts.of(spec)
        self.rows = {one.name: NumberRow(one, self.strings, self.sources) for one in spec.columns}
        self.body.addWidget(self.title)
        for part in self.rows.values():
            part.edited.connect(lambda name, value: self.emit(self.parts.changed(name, value)))
            part.typed.connect(lambda name, text: self.emit(self.parts.typed(name, text)))
            self.body.addWidget(part)

    def show_row(self, spec: Row) -> None:
        super().show_row(spec)
        for one in spec.columns:
            self.rows[one.name].show_row(one)

    def show_value(self, spec: Row) -> None:
        self.parts = Parts.of(spec)
