# SPDX-License-Identifier: GPL-3.0-or-later
"""The strip of a document's past results: small pictures, newest first; choose one to make it again."""

from __future__ import annotations

from collections.abc import Mapping

from .glyphs import Glyph
from .protocol.edits import EditModel
from .protocol.plugin.history import Entry, History
from .protocol.plugin.standing import about_result
from .protocol.plugin.strings import Strings
from .protocol.plugin.strip import Strip
from .qt import QtCore, QtGui, QtWidgets, Signal
from .widgets_base import KEYBOARD, Line, button, column, label, row

PICTURE_PX = 64
ID_ROLE = QtCore.Qt.ItemDataRole.UserRole


class HistoryStrip(QtWidgets.QWidget):
    """`redo(id)`, `favor(id, on)`, `forget(id)`: what the artist wants of a result."""

    redo = Signal(str)
    favor = Signal(str, bool)
    forget = Signal(str)

    def __init__(self, strings: Strings) -> None:
        super().__init__()
        self.strings = strings
        self.model = Strip()
        self._all = History()
        self._edits: Mapping[str, EditModel] = {}
        self.search = Line()
        self.search.setPlaceholderText(strings.text("panel.find"))
        self.search.setAccessibleName(strings.text("panel.find"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _text: self.show_history(self._all, self._edits))
        self.title = label(strings.text("panel.history"))
        self.star = Glyph("star", strings.text("panel.favorite"), checkable=True)
        self.out = Glyph("remove", strings.text("panel.forget"))
        self.again = button(strings.text("action.redo"))
        self.list = _strip()
        self.list.setAccessibleName(strings.text("panel.history"))
        self.list.currentItemChanged.connect(lambda *_: self._choose())
        self.list.itemActivated.connect(lambda _item: self._redo())
        self.again.clicked.connect(lambda _on=False: self._redo())
        self.star.toggled.connect(lambda on: self._with(self.favor.emit, on))
        self.out.clicked.connect(lambda _on=False: self._with(self.forget.emit))
        inside = column(self)
        inside.addWidget(self.title)
        inside.addWidget(self.search)
        inside.addWidget(self.list)
        deeds = row(self.again, self.star, self.out)
        deeds.setStretch(0, 1)
        inside.addLayout(deeds)

    def show_history(self, history: History, edits: Mapping[str, EditModel]) -> None:
        """Show the results that hold the words to be found, all without any, the last one first."""
        self._all, self._edits = history, edits
        fresh = self.model.show(history, self.search.text())
        self.search.setVisible(self.model.has_finder)
        if fresh:
            self._show_entries()
        self.setVisible(not self.model.is_empty)

    def _show_entries(self) -> None:
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for entry in self.model.entries:
            self.list.addItem(self._item(entry))
            if entry.id == self.model.chosen:
                self.list.setCurrentRow(self.list.count() - 1)
        self.list.blockSignals(blocked)
        self._show_chosen()

    def _item(self, entry: Entry) -> QtWidgets.QListWidgetItem:
        item = QtWidgets.QListWidgetItem()
        item.setIcon(QtGui.QIcon(_picture(entry)))
        item.setData(ID_ROLE, entry.id)
        text = self._about(entry)
        item.setToolTip(text)
        item.setData(QtCore.Qt.ItemDataRole.AccessibleTextRole, text)
        return item

    def _about(self, entry: Entry) -> str:
        made = QtCore.QDateTime.fromMSecsSinceEpoch(entry.made_ms)
        when = QtCore.QLocale().toString(made, QtCore.QLocale.FormatType.ShortFormat)
        return about_result(entry, self._edits, self.strings, when)

    def _choose(self) -> None:
        item = self.list.currentItem()
        self.model.chosen = str(item.data(ID_ROLE)) if item is not None else ""
        self._show_chosen()

    def _show_chosen(self) -> None:
        entry = self.model.entry
        for part in (self.star, self.out, self.again):
            part.setEnabled(entry is not None)
        blocked = self.star.blockSignals(True)
        self.star.setChecked(entry is not None and entry.favorite)
        self.star.blockSignals(blocked)

    def _redo(self) -> None:
        self._with(self.redo.emit)

    def _with(self, signal: object, *more: object) -> None:
        if self.model.entry is not None and callable(signal):
            signal(self.model.chosen, *more)


def _strip() -> QtWidgets.QListWidget:
    made = QtWidgets.QListWidget()
    made.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
    made.setFlow(QtWidgets.QListView.Flow.LeftToRight)
    made.setWrapping(False)
    made.setMovement(QtWidgets.QListView.Movement.Static)
    made.setIconSize(QtCore.QSize(PICTURE_PX, PICTURE_PX))
    made.setSpacing(2)
    made.setFixedHeight(PICTURE_PX + 30)
    made.setMinimumWidth(1)
    made.setFocusPolicy(KEYBOARD)
    made.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return made


def _picture(entry: Entry) -> QtGui.QPixmap:
    """The small picture on the checks that say "transparent", with a star if it is kept."""
    pixmap = QtGui.QPixmap(PICTURE_PX, PICTURE_PX)
    pixmap.fill(QtGui.QColor("#9a9a9a"))
    painter = QtGui.QPainter(pixmap)
    painter.fillRect(pixmap.rect(), QtGui.QBrush(QtGui.QColor("#7a7a7a"), _checks()))
    image = QtGui.QImage.fromData(entry.thumbnail, "PNG")
    if not image.isNull():
        keep = QtCore.Qt.AspectRatioMode.KeepAspectRatio
        smooth = QtCore.Qt.TransformationMode.SmoothTransformation
        image = image.scaled(PICTURE_PX, PICTURE_PX, keep, smooth)
        painter.drawImage(
            (PICTURE_PX - image.width()) // 2, (PICTURE_PX - image.height()) // 2, image
        )
    if entry.favorite:
        painter.setPen(QtGui.QColor("#000000"))
        painter.setBrush(QtGui.QColor("#e69f00"))
        painter.drawEllipse(PICTURE_PX - 14, 2, 11, 11)
    painter.end()
    return pixmap


def _checks() -> QtCore.Qt.BrushStyle:
    return QtCore.Qt.BrushStyle.Dense4Pattern
