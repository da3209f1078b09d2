# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel: drawn from the description of the chosen edit, so an edit that arrives later needs no change here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .gtk import Gtk, Widget
from .protocol.plugin.deeds import PanelDeeds
from .protocol.plugin.document.document_controller import DocumentController
from .protocol.plugin.guard import guarded
from .protocol.plugin.panel import Row
from .protocol.plugin.seat import Seat
from .protocol.plugin.shifting import place_of
from .protocol.plugin.view import EditView, EngineView, QueueView, device_of
from .ui_base import (
    TARGET_PX,
    Notice,
    Pick,
    Sign,
    button,
    column,
    label,
    quiet,
    row,
    say,
    show,
)
from .ui_history import HistoryStrip
from .ui_menu import Menu
from .ui_picks import make_row
from .ui_state import EnginePage, Queue, StateBox
from .ui_values import SeedRow, ValueRow

PICTURE_PX = 300
"""Height of the picture at first; the border below it can be pulled."""


class App(Protocol):
    """What a panel asks of the program it belongs to."""

    def documents(self) -> list[tuple[str, str]]: ...
    def document_now(self) -> str: ...
    def turn_to(self, number: str) -> None: ...
    def path_problem(self) -> str: ...
    def edit_again(self) -> None: ...
    def cancel(self, desk: DocumentController) -> None: ...
    def start_over(self) -> None: ...
    def save_ora(self) -> None: ...
    def copy_diagnostics(self) -> None: ...


class Panel:
    """All of it, from the document to be chosen down to the history."""

    def __init__(self, seat: Seat, app: App, picture: Widget) -> None:
        self.seat, self.strings, self.silent = seat, seat.strings, False
        self.app, self.picture = app, picture
        self.deeds = deeds = PanelDeeds(seat, self.refresh, app.cancel)
        self.rows: dict[str, ValueRow] = {}
        self._built: object = None
        text = self.strings.text
        self.engine_page = EnginePage(self.strings, seat.start_engine, app.copy_diagnostics)
        self.empty = label(text("panel.no_document"))
        self.documents = Pick(text("panel.document"), app.turn_to)
        self.edits = Pick(text("panel.edit"), deeds.choose_edit)
        self.menu = Menu(self.strings, app)
        self.about, self.works_on = label(small=True), label(small=True)
        self.again = button(text("action.again"), app.edit_again)
        self.covered = Notice("info")
        self.go_on = button(text("action.go_on"), deeds.go_on)
        self.counts = label(small=True)
        self.clear = Sign("clear", text("panel.start_over"), deeds.start_over)
        self.marks = row(self.counts, self.clear.widget, wide=0)
        self.hint = Notice("info")
        self.more = Gtk.CheckButton(label=text("group.advanced"))
        self.more.set_size_request(-1, TARGET_PX)
        self.more.connect("toggled", guarded(lambda it: self._show_more(it.get_active())))
        self.rows_at = column()
        self.state = StateBox(self.strings, deeds, app.copy_diagnostics)
        self.queue = Queue(self.strings, deeds)
        self.history = HistoryStrip(self.strings, deeds)
        self.device = label(small=True)
        self.widget = self._laid_out()

    def _laid_out(self) -> Gtk.Paned:
        head = row(self.edits.widget, self.menu.button.widget, wide=0)
        self.body = column(
            head, self.about, self.works_on, self.covered.widget, self.go_on, self.again, self.marks,
            self.hint.widget, self.rows_at, self.more, self.state.auto, self.queue.widget,
            self.history.widget,
        )  # fmt: skip
        inside = column(
            self.engine_page.widget, self.empty, self.documents.widget, self.body, self.device,
            margin=8,
        )  # fmt: skip
        view = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER)
        view.add(inside)
        below = column(self.state.widget, margin=8)
        whole = column(gap=0)
        whole.pack_start(view, True, True, 0)
        whole.pack_start(Gtk.Separator(), False, False, 0)
        whole.pack_start(below, False, False, 0)
        parts = Gtk.Paned(orientation=Gtk.Orientation.VERTICAL, wide_handle=True)
        parts.pack1(self.picture, True, False)
        parts.pack2(whole, True, False)
        parts.set_position(PICTURE_PX)
        return parts

    # ---- drawing

    @guarded
    def refresh(self) -> None:
        """Read everything again; widgets are made anew only when the edit has other parameters now."""
        desk = self.seat.desk
        self.engine_page.show_view(EngineView.of(self.seat.engine_state, self.strings))
        documents = self.app.documents()
        self.documents.fill(documents, self.app.document_now())
        show(self.documents.widget, len(documents) > 1 or (desk is None and bool(documents)))
        for part in (self.picture, self.body, self.state.widget):
            show(part, desk is not None)
        show(self.empty, desk is None)
        say(self.device, device_of(self.seat))
        if desk is None or not desk.kind:
            return
        view = EditView.of(self.seat, desk, drawing=desk.panel.edit.drags_field is not None)
        self._show_edit(view, desk)
        self._show_rows(view, locked=desk.seed_locked)
        self.state.show_desk(desk, self.seat.engine.models)
        self.history.show_history(desk.results.history)
        self.queue.show_view(QueueView.of(self.seat))

    def _show_edit(self, view: EditView, desk: DocumentController) -> None:
        self.edits.fill(view.edits, view.kind)
        say(self.about, view.about)
        say(self.works_on, view.works_on)
        self.covered.say(view.covered)
        show(self.go_on, bool(view.covered))
        show(self.again, view.can_again)
        self.counts.set_text(view.counts)
        self.clear.widget.set_sensitive(view.can_clear)
        show(self.marks, view.marks)
        said = self.app.path_problem() or view.hint
        where = place_of(desk.panel)
        if not said and desk.panel.edit.moves_object and not where.dx and not where.dy:
            said = self.strings.text("hint.move_path")
        self.hint.say(said)

    def _show_rows(self, view: EditView, *, locked: bool) -> None:
        if view.built != self._built:
            self._built = view.built
            self._build_rows(view.rows)
        for spec in view.rows:
            part = self.rows[spec.name]
            part.show_row(spec)
            if isinstance(part, SeedRow):
                part.show_lock(locked)
        with quiet(self):
            self.more.set_active(view.more)
        show(self.more, view.has_more)

    def _build_rows(self, specs: Sequence[Row]) -> None:
        for child in self.rows_at.get_children():
            self.rows_at.remove(child)
            child.destroy()
        self.rows = {spec.name: make_row(spec, self.deeds) for spec in specs}
        for part in self.rows.values():
            self.rows_at.pack_start(part.widget, False, False, 0)
            part.widget.show_all()

    def _show_more(self, on: bool) -> None:
        if not self.silent:
            self.deeds.show_more(on)
