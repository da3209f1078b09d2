# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts on a low screen: as high as they need to be, up to a limit; what is beyond it scrolls, or ends in dots."""

from __future__ import annotations

from typing import Any

from .qt import QtCore, QtGui, QtWidgets
from .widgets_base import label

UNLIMITED = 10_000


class Ledge(QtWidgets.QScrollArea):
    """As high as what it holds at its width, but no higher than `limit` pixels: then it scrolls."""

    def __init__(self, held: QtWidgets.QWidget) -> None:
        super().__init__()
        self._limit = UNLIMITED
        self._held = held
        self.setWidgetResizable(True)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(1)
        held.setMinimumWidth(1)
        self.setWidget(held)
        held.installEventFilter(self)

    def limit(self, pixels: int) -> None:
        """Be no higher than that from now on."""
        self._limit = pixels
        self._fit()

    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802
        """Follow what is held when it grows or shrinks."""
        done = super().eventFilter(watched, event)
        if event.type() == QtCore.QEvent.Type.LayoutRequest:
            self._fit()
        return done

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Words need more lines where it is narrower."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(min(height_at(self._held, self.width()), self._limit))


class ShortLabel(QtWidgets.QLabel):
    """A small text that wraps, of no more than `limit` lines: the last one ends in dots, the tip says all."""

    def __init__(self) -> None:
        super().__init__()
        like = label(small=True)
        self.setFont(like.font())
        self.setWordWrap(True)
        self.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.setMinimumWidth(1)
        self._limit = UNLIMITED

    def limit(self, lines: int) -> None:
        """Have no more lines than that from now on."""
        if lines != self._limit:
            self._limit = lines
            self.updateGeometry()
            self.update()

    def setText(self, text: Any) -> None:  # noqa: N802
        """Show it, and all of it in the tip."""
        super().setText(text)
        self.setToolTip(text)

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """What the lines need that there may be."""
        return min(super().heightForWidth(width), self._limit * self.fontMetrics().lineSpacing())

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        """Line by line where not all of them have room."""
        if super().heightForWidth(self.width()) <= self.heightForWidth(self.width()):
            super().paintEvent(event)
            return
        painter = QtGui.QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        metrics = self.fontMetrics()
        for at, line in enumerate(self._lines()):
            painter.drawText(0, at * metrics.lineSpacing() + metrics.ascent(), line)
        painter.end()

    def _lines(self) -> list[str]:
        text, width = self.text().replace("\n", " "), self.width()
        layout = QtGui.QTextLayout(text, self.font())
        layout.beginLayout()
        lines: list[str] = []
        while len(lines) < self._limit:
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(width)
            begin, length = line.textStart(), line.textLength()
            rest = text[begin:] if len(lines) + 1 == self._limit else text[begin : begin + length]
            lines.append(rest)
        layout.endLayout()
        dots = QtCore.Qt.TextElideMode.ElideRight
        return [self.fontMetrics().elidedText(line, dots, width) for line in lines]


def height_at(widget: QtWidgets.QWidget, width: int) -> int:
    """The height a widget needs at a width, for all its words."""
    layout = widget.layout()
    if layout is not None:
        layout.activate()
        if layout.hasHeightForWidth():
            return layout.totalHeightForWidth(width)
    return widget.sizeHint().height()
