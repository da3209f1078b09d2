# SPDX-License-Identifier: GPL-3.0-or-later
"""How an edit stands: what it will do, how far it is, what went wrong, and the buttons that go with it."""

from __future__ import annotations

from typing import Any

from .protocol.plugin.desk import Desk
from .protocol.plugin.standing import Standing, standing
from .protocol.plugin.strings import Strings
from .protocol.plugin.view import EngineView, QueueView
from .qt import QtCore, QtWidgets
from .widgets_base import LINE_PX, Notice, button, check, column, label, row

BAR_STOPS = 1000
"""Stops of the bar, which counts in whole numbers."""


UNDER_WAY = ("waiting", "running", "stopping")
"""Stages in which the engine has the edit; while only a preview is asked for, it can be run."""


class StateBox(QtWidgets.QWidget):
    """Run, cancel, apply, discard, each always in its place; above them progress and words. `auto` is put elsewhere.

    A button that is moved or exchanged while something goes on is another one under a hand that is about to press.
    """

    def __init__(self, strings: Strings) -> None:
        super().__init__()
        self.strings = strings
        self.desk: Desk | None = None
        self.plan = label(small=True)
        self.bar = QtWidgets.QProgressBar()
        self.bar.setMinimumHeight(LINE_PX - 6)
        self.bar.setTextVisible(False)
        self.words = label(small=True)
        self.warning = Notice(QtWidgets.QStyle.StandardPixmap.SP_MessageBoxInformation)
        self.error = Notice(QtWidgets.QStyle.StandardPixmap.SP_MessageBoxWarning)
        self.report = button(strings.text("panel.diagnostics"))
        self.stale = Notice(QtWidgets.QStyle.StandardPixmap.SP_MessageBoxWarning)
        self.recompute = button(strings.text("action.compute_again"))
        self.anyway = button(strings.text("action.apply_anyway"))
        self.run = button(strings.text("action.run"))
        self.stop = button(strings.text("action.cancel"))
        self.apply = button(strings.text("action.apply"), strong=True)
        self.drop = button(strings.text("action.discard"))
        self.auto = check(strings.text("panel.auto_run"))
        for part, do in (
            (self.run, lambda desk: desk.run()),
            (self.stop, lambda desk: desk.cancel()),
            (self.apply, lambda desk: desk.apply()),
            (self.drop, lambda desk: desk.discard()),
            (self.recompute, lambda desk: desk.compute_again()),
            (self.anyway, lambda desk: desk.apply_anyway()),
        ):
            part.clicked.connect(lambda _on=False, do=do: self._do(do))
        self.auto.toggled.connect(self._auto)
        self._tips()
        inside = column(self)
        for part in (self.warning, self.error, self.report, self.stale):
            inside.addWidget(part)
        inside.addLayout(_even(self.recompute, self.anyway))
        for part in (self.plan, self.bar, self.words):
            inside.addWidget(part)
        inside.addLayout(_even(self.run, self.stop))
        inside.addLayout(_even(self.apply, self.drop))

    def show_desk(self, desk: Desk, models: Any) -> None:
        """Show how things stand."""
        self.desk = desk
        now = standing(desk, models, self.strings)
        self.plan.setText(now.plan)
        self.plan.setVisible(bool(now.plan))
        self.warning.say(now.warning)
        self.error.say(now.error)
        self.report.setVisible(bool(now.error))
        self._show_stale(desk)
        self._show_progress(now)
        self.run.setEnabled(now.can_run and desk.session.stage not in UNDER_WAY)
        self.stop.setEnabled(now.busy)
        self.drop.setEnabled(now.can_discard)
        self.apply.setEnabled(now.can_apply)
        self.run.setToolTip(now.run_tip)
        self.stop.setText(now.stop)
        self.stop.setToolTip(now.stop_tip)
        self.apply.setToolTip(now.apply_tip)
        blocked = self.auto.blockSignals(True)
        self.auto.setChecked(desk.auto_run)
        self.auto.blockSignals(blocked)

    def _show_stale(self, desk: Desk) -> None:
        """The picture is another one now: say so, and what can be done."""
        self.stale.say(desk.stale)
        for part in (self.recompute, self.anyway):
            part.setVisible(bool(desk.stale))
        self.anyway.setEnabled(desk.can_apply_anyway)

    def _show_progress(self, now: Standing) -> None:
        self.bar.setVisible(now.busy)
        self.bar.setRange(
            0, 0 if now.fraction is None else BAR_STOPS
        )  # 0 to 0: it is about to begin
        self.bar.setValue(round(BAR_STOPS * (now.fraction or 0.0)))
        self.words.setText(now.words)
        self.words.setVisible(bool(now.words))
        self.bar.setAccessibleDescription(now.words)

    def _tips(self) -> None:
        for part, name in (
            (self.drop, "discard"), (self.auto, "auto_run"), (self.recompute, "compute_again"),
            (self.anyway, "apply_anyway"),
        ):  # fmt: skip
            part.setToolTip(self.strings.text(f"tip.{name}"))

    def _do(self, do: Any) -> None:
        if self.desk is not None:
            do(self.desk)

    def _auto(self, on: bool) -> None:
        if self.desk is not None:
            self.desk.auto_run = on


class Queue(QtWidgets.QWidget):
    """Other documents that are being edited, each with a way to stop it."""

    def __init__(self, strings: Strings) -> None:
        super().__init__()
        self.strings = strings
        self.title = label(strings.text("panel.queue"))
        self.lines = QtWidgets.QVBoxLayout()
        self._rows: list[tuple[QtWidgets.QWidget, QtWidgets.QLabel, QtWidgets.QPushButton]] = []
        self._desks: tuple[Desk, ...] = ()
        self.stop_all = button(strings.text("action.cancel_all"))
        inside = column(self)
        head = row(self.title, self.stop_all)
        head.setStretch(0, 1)
        inside.addLayout(head)
        inside.addLayout(self.lines)
        self.hide()

    def show_view(self, view: QueueView) -> None:
        """Show what is under way elsewhere."""
        self._desks = view.desks
        while len(self._rows) < len(view.desks):
            self._add(len(self._rows))
        for at, (frame, words, _) in enumerate(self._rows):
            frame.setVisible(at < len(view.lines))
            if at < len(view.lines):
                words.setText(view.lines[at])
        self.title.setText(view.title)
        self.stop_all.setVisible(bool(view.desks))
        self.setVisible(view.shown)

    def _add(self, at: int) -> None:
        frame = QtWidgets.QWidget()
        words, stop = label(small=True), button(self.strings.text("action.cancel"))
        stop.clicked.connect(lambda _on=False: self._stop(at))
        line = row(words, stop)
        line.setStretch(0, 1)
        frame.setLayout(line)
        self.lines.addWidget(frame)
        self._rows.append((frame, words, stop))

    def _stop(self, at: int) -> None:
        if at < len(self._desks):
            self._desks[at].cancel()


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


def keep_wide(widget: QtWidgets.QWidget) -> None:
    """Let a widget be as narrow as it is put, whatever its words."""
    policy = widget.sizePolicy()
    policy.setHorizontalPolicy(QtWidgets.QSizePolicy.Policy.Ignored)
    widget.setSizePolicy(policy)
    widget.setMinimumSize(QtCore.QSize(1, widget.minimumHeight()))
