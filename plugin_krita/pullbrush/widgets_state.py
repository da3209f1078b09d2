# SPDX-License-Identifier: GPL-3.0-or-later
"""How an edit stands: what it will do, how far it is, what went wrong, and the buttons that go with it."""

from __future__ import annotations

from functools import partial
from typing import Any

from .glyphs import Glyph
from .protocol.plugin.buttons import DEEDS, ButtonKey
from .protocol.plugin.document.document_controller import DocumentController
from .protocol.plugin.job_queue import QueueRow
from .protocol.plugin.standing import Standing, standing
from .protocol.plugin.strings import Strings
from .protocol.plugin.view import EngineView, QueueView
from .qt import QtWidgets, Signal
from .widgets_base import LINE_PX, Notice, button, check, column, label, row
from .widgets_room import UNLIMITED, Ledge, ShortLabel, height_at

BAR_STOPS = 1000
"""Stops of the bar, which counts in whole numbers."""
PLAN_LINES, ROOMY_PX = 2, 400
"""With less height than that, the plan has no more lines."""


class StateBox(QtWidgets.QWidget):
    """Run, cancel, apply, discard, each always in its place; above them progress and words. `auto` is put elsewhere.

    A button that is moved or exchanged while something goes on is another one under a hand that is about to press.
    """

    def __init__(self, strings: Strings) -> None:
        super().__init__()
        self.strings = strings
        self.desk: DocumentController | None = None
        self.plan = ShortLabel()
        self.bar = QtWidgets.QProgressBar()
        self.bar.setMinimumHeight(LINE_PX - 6)
        self.bar.setTextVisible(False)
        self.words = label(small=True)
        self.warning = Notice(QtWidgets.QStyle.StandardPixmap.SP_MessageBoxInformation)
        self.error = Notice(QtWidgets.QStyle.StandardPixmap.SP_MessageBoxWarning)
        self.report = button(strings.text("panel.diagnostics"))
        self.stale = Notice(QtWidgets.QStyle.StandardPixmap.SP_MessageBoxWarning)
        self.recompute, self.anyway = button(""), button("")
        self.run, self.stop, self.drop = button(""), button(""), button("")
        self.apply = button("", strong=True)
        self._buttons: dict[ButtonKey, QtWidgets.QPushButton] = {
            "run": self.run,
            "stop": self.stop,
            "apply": self.apply,
            "drop": self.drop,
            "compute_again": self.recompute,
            "apply_anyway": self.anyway,
        }
        self.auto = check(strings.text("panel.auto_run"))
        for key, part in self._buttons.items():
            part.clicked.connect(partial(self._press, key))
        self.auto.toggled.connect(self._auto)
        self.auto.setToolTip(strings.text("tip.auto_run"))
        told = QtWidgets.QWidget()
        above = column(told)
        for part in (self.warning, self.error, self.report, self.stale):
            above.addWidget(part)
        above.addWidget(self.plan)
        self.told = Ledge(told)
        inside = column(self)
        inside.addWidget(self.told)
        inside.addLayout(_even(self.recompute, self.anyway))
        for part in (self.bar, self.words):
            inside.addWidget(part)
        inside.addLayout(_even(self.run, self.stop))
        inside.addLayout(_even(self.apply, self.drop))

    def make_room(self, height: int) -> None:
        """Have no more than this height altogether, by what is told: Run and Apply are always in view."""
        self.plan.limit(PLAN_LINES if height < ROOMY_PX else UNLIMITED)
        rest = height_at(self, self.width()) - self.told.height()
        self.told.limit(max(LINE_PX, height - rest))

    def show_desk(self, desk: DocumentController, models: Any) -> None:
        """Show how things stand."""
        self.desk = desk
        now = standing(desk, models, self.strings)
        self.plan.setText(now.plan)
        self.plan.setVisible(bool(now.plan))
        self.warning.say(now.warning)
        self.error.say(now.error)
        self.report.setVisible(bool(now.error))
        self._show_stale(now)
        self._show_progress(now)
        for one in (*now.buttons, *now.offers):
            part = self._buttons[one.key]
            part.setText(one.label)
            part.setToolTip(one.tip)
            part.setEnabled(one.enabled)
        blocked = self.auto.blockSignals(True)
        self.auto.setChecked(desk.auto_run)
        self.auto.blockSignals(blocked)

    def _show_stale(self, now: Standing) -> None:
        """The picture is another one now: say so, and what can be done."""
        self.stale.say(now.stale)
        for one in now.offers:
            self._buttons[one.key].setVisible(bool(now.stale))

    def _show_progress(self, now: Standing) -> None:
        self.bar.setVisible(now.busy)
        self.bar.setRange(
            0, 0 if now.fraction is None else BAR_STOPS
        )  # 0 to 0: it is about to begin
        self.bar.setValue(round(BAR_STOPS * (now.fraction or 0.0)))
        self.words.setText(now.words)
        self.words.setVisible(bool(now.words))
        self.bar.setAccessibleDescription(now.words)

    def _press(self, key: ButtonKey, _on: bool = False) -> None:
        if self.desk is not None:
            DEEDS[key](self.desk)

    def _auto(self, on: bool) -> None:
        if self.desk is not None:
            self.desk.auto_run = on


class Queue(QtWidgets.QWidget):
    """What is computed and what waits, row by row, each with a way to stop it: `one(id)`; below, for many at once."""

    one = Signal(str)

    def __init__(self, strings: Strings) -> None:
        super().__init__()
        self.strings = strings
        self.title = label(strings.text("panel.queue"))
        self.lines = QtWidgets.QVBoxLayout()
        self.rows: list[QueueLine] = []
        self.stop_waiting = button(strings.text("action.cancel_waiting"))
        self.stop_all = button(strings.text("action.cancel_all"))
        for part, tip in ((self.stop_waiting, "waiting"), (self.stop_all, "all")):
            part.setToolTip(strings.text(f"tip.cancel_{tip}"))
        inside = column(self)
        inside.addWidget(self.title)
        inside.addLayout(self.lines)
        inside.addWidget(self.stop_waiting)
        inside.addWidget(self.stop_all)
        self.hide()

    def show_view(self, view: QueueView) -> None:
        """Show what is under way."""
        while len(self.rows) < len(view.rows):
            line = QueueLine(self.strings)
            line.stop.clicked.connect(lambda _on=False, line=line: self.one.emit(line.job))
            self.lines.addWidget(line)
            self.rows.append(line)
        for at, line in enumerate(self.rows):
            line.setVisible(at < len(view.rows))
            if at < len(view.rows):
                line.show_row(view.rows[at])
        self.title.setText(view.title)
        self.stop_waiting.setEnabled(view.can_cancel_waiting)
        self.stop_all.setEnabled(view.can_cancel_all)
        self.setVisible(view.shown)


class QueueLine(QtWidgets.QWidget):
    """One edit of one document; `job` is its id."""

    def __init__(self, strings: Strings) -> None:
        super().__init__()
        self.job = ""
        self.words = label(small=True)
        self.stop = Glyph("remove", strings.text("tip.cancel_this"))
        line = row(self.words, self.stop)
        line.setStretch(0, 1)
        self.setLayout(line)

    def show_row(self, shown: QueueRow) -> None:
        """Show how it stands."""
        self.job = shown.id
        named = " · ".join(part for part in (shown.document, shown.edit) if part)
        self.words.setText(f"{named}: {shown.words}")
        self.stop.setEnabled(shown.can_cancel)


class EnginePage(QtWidgets.QWidget):
    """What to do when the engine is not there: never shown for longer than that lasts."""

    def __init__(self, strings: Strings, start: Any) -> None:
        super().__init__()
        self.strings = strings
        self.title, self.words = label(), label()
        self.steps = label(small=True)
        self.command = QtWidgets.QLineEdit()
        self.command.setReadOnly(True)
        self.command.setMinimumHeight(LINE_PX)
        self.copy = button(strings.text("panel.copy"))
        self.copy.clicked.connect(lambda _on=False: copy(self.command.text()))
        self.start = button(strings.text("panel.start_engine"), strong=True)
        self.start.clicked.connect(lambda _on=False: start())
        self.report = button(strings.text("panel.diagnostics"))
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        inside = column(self, spacing=6)
        for part in (self.title, self.words, self.steps):
            inside.addWidget(part)
        line = row(self.command, self.copy)
        line.setStretch(0, 1)
        inside.addLayout(line)
        inside.addWidget(self.start)
        inside.addWidget(self.report)
        self.hide()

    def show_view(self, view: EngineView) -> None:
        """Show why there is no engine, and what to type or press."""
        self.setVisible(view.shown)
        if not view.shown:
            return
        self.title.setText(view.title)
        self.words.setText(view.words)
        self.words.setVisible(bool(view.words))
        self.steps.setText(view.steps)
        for part in (self.steps, self.command, self.copy, self.start):
            part.setVisible(view.can_start)
        self.command.setText(view.command)
        self.command.setAccessibleName(view.command)


def _even(*parts: QtWidgets.QWidget) -> QtWidgets.QHBoxLayout:
    """Side by side, all as wide as the widest."""
    line = row(*parts)
    for at in range(len(parts)):
        line.setStretch(at, 1)
    return line


def copy(text: str) -> None:
    """Put a text on the clipboard."""
    board = QtWidgets.QApplication.clipboard()
    if board is not None:
        board.setText(text)
