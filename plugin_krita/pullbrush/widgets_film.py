# SPDX-License-Identifier: GPL-3.0-or-later
"""The row that chooses a frame: a slider over all of them, and below its number a strip of those that were seen."""

from __future__ import annotations

from .protocol.plugin.film_strip import FramePicture
from .protocol.plugin.panel import Row
from .qt import QtCore, QtGui, QtWidgets
from .widgets_base import KEYBOARD
from .widgets_values import NumberRow

PICTURE_PX = 30
MARK_PX = 8
"""Width of the frame around the chosen one, at twice the size."""
NUMBER_ROLE = QtCore.Qt.ItemDataRole.UserRole


class FilmRow(NumberRow):
    """Small pictures side by side; to choose one, by pen or with the arrow keys, is to move the slider there."""

    def build(self, spec: Row) -> None:
        super().build(spec)
        self.strip = Frames()
        self.strip.currentItemChanged.connect(lambda item, _before: self._choose(item))
        self.body.insertWidget(1, self.strip)

    def show_row(self, spec: Row) -> None:
        super().show_row(spec)
        self.strip.setAccessibleName(self.strings.text("panel.film"))

    def show_value(self, spec: Row) -> None:
        super().show_value(spec)
        self.strip.show_frames(spec.pictures)

    def _choose(self, item: QtWidgets.QListWidgetItem | None) -> None:
        if item is not None:
            self.emit(item.data(NUMBER_ROLE))


class Frames(QtWidgets.QListWidget):
    """One line of pictures; the chosen one is the current one, marked in the theme's color."""

    def __init__(self) -> None:
        super().__init__()
        self.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
        self.setFlow(QtWidgets.QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QtWidgets.QListView.Movement.Static)
        self.setIconSize(QtCore.QSize(PICTURE_PX, PICTURE_PX))
        self.setGridSize(QtCore.QSize(PICTURE_PX + 4, PICTURE_PX + 4))
        self.setFixedHeight(PICTURE_PX + 8)
        self.setMinimumWidth(1)
        self.setFocusPolicy(KEYBOARD)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._shown: tuple[FramePicture, ...] = ()

    def show_frames(self, pictures: tuple[FramePicture, ...]) -> None:
        """Show these frames and which of them is chosen, without a word to anybody."""
        if pictures == self._shown:
            return
        before, self._shown = self._shown, pictures
        blocked = self.blockSignals(True)
        if [(one.number, one.rgb) for one in before] != [(one.number, one.rgb) for one in pictures]:
            self.clear()
            mark = self.palette().color(QtGui.QPalette.ColorRole.Highlight)
            for one in pictures:
                self.addItem(_item(one, mark))
        chosen = next((i for i, one in enumerate(pictures) if one.chosen), -1)
        self.setCurrentRow(chosen)
        self.blockSignals(blocked)


def _item(one: FramePicture, mark: QtGui.QColor) -> QtWidgets.QListWidgetItem:
    item = QtWidgets.QListWidgetItem()
    icon = QtGui.QIcon(_picture(one, None))
    icon.addPixmap(_picture(one, mark), QtGui.QIcon.Mode.Selected)
    item.setIcon(icon)
    item.setData(NUMBER_ROLE, one.number)
    item.setToolTip(one.label)
    item.setData(QtCore.Qt.ItemDataRole.AccessibleTextRole, one.label)
    return item


def _picture(one: FramePicture, mark: QtGui.QColor | None) -> QtGui.QPixmap:
    """The frame in the middle of its square, at twice the size for fine screens; framed when it is the chosen one."""
    side = 2 * PICTURE_PX
    pixmap = QtGui.QPixmap(side, side)
    pixmap.fill(QtCore.Qt.GlobalColor.transparent)
    kind = QtGui.QImage.Format.Format_RGB888
    image = QtGui.QImage(one.rgb, one.width, one.height, 3 * one.width, kind)
    keep = QtCore.Qt.AspectRatioMode.KeepAspectRatio
    smooth = QtCore.Qt.TransformationMode.SmoothTransformation
    image = image.scaled(side, side, keep, smooth)
    painter = QtGui.QPainter(pixmap)
    painter.drawImage((side - image.width()) // 2, (side - image.height()) // 2, image)
    if mark is not None:
        painter.setPen(QtGui.QPen(mark, MARK_PX))
        half = MARK_PX // 2
        painter.drawRect(half, half, side - MARK_PX, side - MARK_PX)
    painter.end()
    return pixmap
