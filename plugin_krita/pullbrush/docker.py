# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel: drawn from the description of the chosen edit, so an edit that arrives later needs no change here."""

from __future__ import annotations

from typing import Any

from .docker_menu import Menu
from .guard import guarded
from .pen import pen_of
from .protocol.plugin.desk import Desk
from .protocol.plugin.saying import device_line, queue_line
from .qt import QtCore, QtWidgets
from .widgets_base import Notice, button, column, combo, fill, label, row
from .widgets_canvas import CanvasBar
from .widgets_history import HistoryStrip
from .widgets_picks import make_row
from .widgets_state import EnginePage, Queue, StateBox
from .widgets_values import SeedRow, ValueRow

MARGIN = 6


def make_docker_widget(controller: Any) -> QtWidgets.QWidget:
    """Return the panel of one window: what scrolls, and below it the buttons that are always there."""
    return Frame(Panel(controller))


class Frame(QtWidgets.QWidget):
    """Asks for room enough to see what to do first; the rest scrolls, but Run and Apply do not."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.panel = panel
        self.setObjectName("pullbrush_docker_frame")
        scroll = QtWidgets.QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(panel)
        self.scroller = scroll
        below = QtWidgets.QWidget()
        column(below, margin=MARGIN).addWidget(panel.state)
        inside = column(self, spacing=0)
        inside.addWidget(scroll, 1)
        inside.addWidget(below)

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        """The size a docker begins with."""
        return QtCore.QSize(300, 600)

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """The size below which it is not pressed by its neighbors."""
        return QtCore.QSize(220, 280)


class Panel(QtWidgets.QWidget):
    """All of it, from the edit to be chosen down to the history."""

    def __init__(self, controller: Any) -> None:
        super().__init__()
        self.controller = controller
        self.strings = controller.strings
        self.pen = pen_of(controller)
        self.rows: dict[str, ValueRow] = {}
        self._built: object = None
        self._menu = Menu(controller, self)
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
        self.basic, self.advanced = QtWidgets.QWidget(), QtWidgets.QWidget()
        self.more = QtWidgets.QCheckBox(self.strings.text("group.advanced"))
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
        head = row(self.edits, self._menu.button)
        head.setStretch(0, 1)
        body.addLayout(head)
        self.rows_at = QtWidgets.QWidget()
        column(self.rows_at, spacing=6)
        self.more.setMinimumHeight(self.edits.minimumHeight())
        for part in (
            self.about, self.works_on, self.covered, self.go_on, self.again, self.canvas_bar, self.rows_at, self.more,
            self.state.auto, self.queue, self.history,
        ):  # fmt: skip
            body.addWidget(part)
        for part in (self.engine_page, self.empty, self.body, self.device):
            inside.addWidget(part)
        inside.addStretch(1)

    def _connect(self) -> None:
        self.edits.activated.connect(
            lambda at: self._with(lambda desk: desk.choose_edit(self.edits.itemData(at)))
        )
        self.again.clicked.connect(lambda _on=False: self._with(lambda desk: desk.edit_again()))
        self.go_on.clicked.connect(lambda _on=False: self._with(lambda desk: desk.go_on()))
        self.queue.stop_all.clicked.connect(lambda _on=False: self._stop_all())
        self.more.toggled.connect(lambda on: self._with(lambda desk: desk.show_more(on)))
        self.history.redo.connect(lambda one: self._with(lambda desk: desk.redo(one)))
        self.history.favor.connect(lambda one, on: self._with(lambda desk: desk.favor(one, on)))
        self.history.forget.connect(lambda one: self._with(lambda desk: desk.forget(one)))
        for box in (self.canvas_bar, self.state):
            for part in box.findChildren(QtWidgets.QAbstractButton):
                part.clicked.connect(lambda _on=False: self.refresh())
        self._soon = QtCore.QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(15)
        self._soon.timeout.connect(self.refresh)
        self.controller.changed.connect(self._soon.start)
        self.pen.changed.connect(self._soon.start)

    # ---- what there is to pick from (`widgets_values.Sources`)

    def models(self) -> list[tuple[str, str]]:
        """Models that the chosen edit can use."""
        desk: Desk | None = self.controller.desk
        kind = desk.kind if desk is not None else ""
        found = self.controller.engine.models.values()
        usable = [model for model in found if not model.ops or kind in model.ops]
        return [(model.name, model.label or model.name) for model in usable]

    def layers(self) -> list[tuple[str, str]]:
        """The document's layers."""
        host = getattr(self.controller.desk, "host", None)
        listed: Any = getattr(host, "layers", None)
        return list(listed()) if listed is not None else []

    # ---- drawing

    @guarded
    def refresh(self) -> None:
        """Read everything again; widgets are made anew only when the edit has other parameters now."""
        state = self.controller.engine_state
        self.engine_page.show_state(state.kind, state.said(self.strings), state.command)
        desk: Desk | None = self.controller.desk
        self.body.setVisible(desk is not None)
        self.state.setVisible(desk is not None)
        self.empty.setVisible(desk is None)
        self.canvas_bar.show_desk(desk)
        self._show_device()
        if desk is None or not desk.kind:
            return
        self._show_edit(desk)
        self._show_rows(desk)
        self.state.show_desk(desk, self.controller.engine.models)
        self.history.show_history(desk.history)
        self._menu.show_desk(desk)
        others = [one for one in self.controller.desks if one is not desk and one.busy]
        self.queue.show_desks(others, queue_line(self.controller.report, self.strings))

    def _show_edit(self, desk: Desk) -> None:
        edits = self.controller.engine.edits
        entries = [(kind, self.strings.text(model.label, kind)) for kind, model in edits.items()]
        fill(self.edits, entries, desk.kind)
        self.about.setText(desk.panel.help)
        self.edits.setToolTip(desk.panel.help)
        layer = desk.layer
        self.works_on.setVisible(bool(desk.works_on))
        self.works_on.setText(self.strings.text("panel.works_on", layer=desk.works_on))
        self.again.setVisible(layer is not None and layer.recipe is not None)
        covered = bool(desk.cover) and desk.source != desk.cover
        self.covered.say(self.strings.text("hint.covered") if covered else "")
        self.go_on.setVisible(covered)

    def _show_rows(self, desk: Desk) -> None:
        specs = [spec for spec in desk.panel.rows if spec.widget != "drags"]
        built = (desk.kind, self.strings.language, [(s.name, s.widget, s.columns) for s in specs])
        if built != self._built:
            self._built = built
            self._build_rows(specs)
        for spec in specs:
            part = self.rows[spec.name]
            part.show_row(spec)
            if isinstance(part, SeedRow):
                part.show_lock(desk.seed_locked)
        blocked = self.more.blockSignals(True)
        self.more.setChecked(desk.panel.level != "basic")
        self.more.blockSignals(blocked)
        self.more.setVisible(any(s.level == "advanced" for s in desk.panel.edit.fields.values()))

    def _build_rows(self, specs: list[Any]) -> None:
        inside = self.rows_at.layout()
        assert inside is not None
        while (item := inside.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.setParent(None)  # pyright: ignore[reportArgumentType] (Qt takes None)
                widget.deleteLater()
        self.rows = {}
        for spec in specs:
            part = make_row(spec, self.strings, self)
            part.edited.connect(lambda n, value: self._with(lambda desk: desk.set(n, value)))
            part.typed.connect(lambda n, text: self._with(lambda desk: desk.type_in(n, text)))
            if isinstance(part, SeedRow):
                part.drawn.connect(lambda: self._with(lambda desk: desk.new_seed()))
                part.locked.connect(self._lock_seed)
            inside.addWidget(part)
            self.rows[spec.name] = part

    def _show_device(self) -> None:
        text = device_line(self.controller.report, self.strings)
        self.device.setText(text)
        self.device.setVisible(bool(text) and self.controller.engine_state.kind == "ready")

    # ---- what the artist does

    @guarded
    def _stop_all(self) -> None:
        for desk in self.controller.desks:
            if desk.busy:
                desk.cancel()
        self.refresh()

    def _lock_seed(self, on: bool) -> None:
        def lock(desk: Desk) -> None:
            desk.seed_locked = on

        self._with(lock)

    @guarded
    def _with(self, do: Any) -> None:
        """Do something to the active document's desk, and show at once what came of it."""
        desk = self.controller.desk
        if desk is not None:
            do(desk)
            self.refresh()
