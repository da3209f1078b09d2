# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel: drawn from the description of the chosen edit, so an edit that arrives later needs no change here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .docker_menu import Menu
from .focus import CanvasFocus
from .guard import guarded
from .pen import pen_of
from .protocol.plugin.deeds import PanelDeeds
from .protocol.plugin.panel import Row
from .protocol.plugin.view import EditView, EngineView, QueueView, device_of
from .qt import QtCore, QtWidgets, Signal
from .widgets_base import LINE_PX, Notice, button, check, column, combo, fill, label, row
from .widgets_canvas import CanvasBar
from .widgets_history import HistoryStrip
from .widgets_picks import make_row
from .widgets_room import height_at
from .widgets_state import EnginePage, Queue, StateBox, copy
from .widgets_values import SeedRow, ValueRow

MARGIN = 6
SCROLLS_PX = 70
"""What scrolls is that high, if what is told above the buttons can be shortened for it."""


def make_docker_widget(controller: Any) -> Frame:
    """Return the panel of one window: what scrolls, and around it what is always there."""
    return Frame(Panel(controller))


class Frame(QtWidgets.QWidget):
    """Asks for room enough to see what to do first. The edit, the pen's tools, Run and Apply do not scroll."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.panel = panel
        self.setObjectName("pullbrush_docker_frame")
        scroll = QtWidgets.QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        scroll.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setMinimumHeight(LINE_PX)  # gives way before a button would be cut
        scroll.setWidget(panel)
        self.scroller = scroll
        self._below = QtWidgets.QWidget()
        column(self._below, margin=MARGIN).addWidget(panel.state)
        inside = column(self, spacing=0)
        inside.addWidget(panel.top)
        inside.addWidget(scroll, 1)
        inside.addWidget(self._below)
        self.focus = CanvasFocus(self, panel.controller)
        panel.done.connect(self.focus.give_back)

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        """The size a docker begins with."""
        return QtCore.QSize(300, 600)

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """The size below which it is not pressed by its neighbors."""
        return QtCore.QSize(220, 260)

    def event(self, event: Any) -> bool:
        """Share the height out anew when there is another one, or when something has more to tell."""
        kinds = (QtCore.QEvent.Type.Resize, QtCore.QEvent.Type.LayoutRequest)
        if event.type() in kinds:
            top = height_at(self.panel.top, self.width()) if self.panel.top.isVisible() else 0
            self.panel.state.make_room(self.height() - top - SCROLLS_PX - 2 * MARGIN)
        return super().event(event)


class Panel(QtWidgets.QWidget):
    """All of it, from the edit to be chosen down to the history. `done`: a button did something to the document."""

    done = Signal()

    def __init__(self, controller: Any) -> None:
        super().__init__()
        self.controller = controller
        self.strings = controller.strings
        self.pen = pen_of(controller)
        self.deeds = PanelDeeds(controller.seat, self.refresh)
        self.rows: dict[str, ValueRow] = {}
        self._built: object = None
        self.menu = Menu(controller, self)
        self.engine_page = EnginePage(self.strings, controller.start_engine)
        self.empty = label(self.strings.text("panel.no_document"))
        self.edits = combo()
        self.edits.setAccessibleName(self.strings.text("panel.edit"))
        self.about = label(small=True)
        self.works_on = label(small=True)
        self.again = button(self.strings.text("action.again"))
        self.covered = Notice(QtWidgets.QStyle.StandardPixmap.SP_MessageBoxInformation)
        self.go_on = button(self.strings.text("action.go_on"))
        self.canvas_bar = CanvasBar(self.strings, self.pen)
        self.more = check(self.strings.text("group.advanced"))
        self.state = StateBox(self.strings)
        self.queue = Queue(self.strings)
        self.history = HistoryStrip(self.strings)
        self.device = label(small=True)
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        self.setMinimumWidth(1)
        inside = column(self, spacing=6, margin=MARGIN)
        self.body = QtWidgets.QWidget()
        body = column(self.body, spacing=6)
        self.top = QtWidgets.QWidget()
        top = column(self.top, margin=MARGIN)
        head = row(self.edits, self.menu.button)
        head.setStretch(0, 1)
        top.addLayout(head)
        top.addWidget(self.canvas_bar)
        self.rows_at = QtWidgets.QWidget()
        column(self.rows_at, spacing=6)
        for part in (
            self.about, self.works_on, self.covered, self.go_on, self.again, self.canvas_bar.details, self.rows_at,
            self.more, self.state.auto, self.queue, self.history,
        ):  # fmt: skip
            body.addWidget(part)
        for part in (self.engine_page, self.empty, self.body, self.device):
            inside.addWidget(part)
        inside.addStretch(1)

    def _connect(self) -> None:
        deeds = self.deeds
        self.edits.activated.connect(lambda at: deeds.choose_edit(self.edits.itemData(at)))
        self.again.clicked.connect(lambda _on=False: self._edit_again())
        self.go_on.clicked.connect(lambda _on=False: deeds.go_on())
        for report in (self.state.report, self.engine_page.report):
            report.clicked.connect(lambda _on=False: copy(self.controller.diagnostics()))
        self.queue.one.connect(deeds.cancel_job)
        self.queue.stop_waiting.clicked.connect(lambda _on=False: deeds.cancel_waiting())
        self.queue.stop_all.clicked.connect(lambda _on=False: deeds.cancel_all())
        self.more.toggled.connect(deeds.show_more)
        self.history.redo.connect(deeds.redo)
        self.history.favor.connect(deeds.favor)
        self.history.forget.connect(deeds.forget)
        for box in (self.canvas_bar, self.state):
            for part in box.findChildren(QtWidgets.QAbstractButton):
                part.clicked.connect(lambda _on=False: self.refresh())
        for box in (self.canvas_bar, self.state, self.history, self.queue):
            for part in box.findChildren(QtWidgets.QAbstractButton):
                part.clicked.connect(lambda _on=False: self.done.emit())
        for part in (self.again, self.go_on):
            part.clicked.connect(lambda _on=False: self.done.emit())
        self._soon = QtCore.QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(15)
        self._soon.timeout.connect(self.refresh)
        self.controller.changed.connect(self._soon.start)
        self.pen.changed.connect(self._soon.start)

    def _edit_again(self) -> None:
        """Take up the active result, and the pen with it: its arrows are there to be pulled."""
        taken: list[bool] = []
        self.deeds.do(lambda desk: taken.append(desk.edit_again()))
        if any(taken):
            self.pen.take_for_marks()

    # ---- drawing

    @guarded
    def refresh(self) -> None:
        """Read everything again; widgets are made anew only when the edit has other parameters now."""
        seat = self.controller.seat
        desk = seat.desk
        self.engine_page.show_view(EngineView.of(seat.engine_state, self.strings))
        for part in (self.top, self.body):
            part.setVisible(desk is not None)
        self.state.setVisible(desk is not None)
        self.empty.setVisible(desk is None)
        device = device_of(seat)
        self.device.setText(device)
        self.device.setVisible(bool(device))
        view = None
        if desk is not None and desk.kind:
            view = EditView.of(seat, desk, drawing=self.pen.is_on)
        self.canvas_bar.show_desk(desk, view)
        if desk is None or view is None:
            return
        self._show_edit(view)
        self._show_rows(view, locked=desk.seed_locked)
        self.state.show_desk(desk, seat.engine.models)
        self.history.show_history(desk.results.history, desk.engine.edits)
        self.menu.show_desk(desk)
        self.queue.show_view(QueueView.of(seat))

    def _show_edit(self, view: EditView) -> None:
        fill(self.edits, view.edits, view.kind)
        self.about.setText(view.about)
        self.edits.setToolTip(view.about)
        self.works_on.setVisible(bool(view.works_on))
        self.works_on.setText(view.works_on)
        self.again.setVisible(view.can_again)
        self.covered.say(view.covered)
        self.go_on.setVisible(bool(view.covered))

    def _show_rows(self, view: EditView, *, locked: bool) -> None:
        if view.built != self._built:
            self._built = view.built
            self._build_rows(view.rows)
        for spec in view.rows:
            part = self.rows[spec.name]
            part.show_row(spec)
            if isinstance(part, SeedRow):
                part.show_lock(locked)
        blocked = self.more.blockSignals(True)
        self.more.setChecked(view.more)
        self.more.blockSignals(blocked)
        self.more.setVisible(view.has_more)

    def _build_rows(self, specs: Sequence[Row]) -> None:
        inside = self.rows_at.layout()
        assert inside is not None
        while (item := inside.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.setParent(None)  # pyright: ignore[reportArgumentType] (Qt takes None)
                widget.deleteLater()
        self.rows = {}
        for spec in specs:
            part = make_row(spec, self.strings, self.deeds)
            part.edited.connect(self.deeds.edited)
            part.typed.connect(self.deeds.typed)
            if isinstance(part, SeedRow):
                part.drawn.connect(self.deeds.seed_drawn)
                part.locked.connect(self.deeds.seed_locked)
            inside.addWidget(part)
            self.rows[spec.name] = part
