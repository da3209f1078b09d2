# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel: drawn from the description of the chosen edit, so an edit that arrives later needs no change here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .gtk import Gtk, Widget
from .protocol.plugin.desk import Desk
from .protocol.plugin.guard import guarded
from .protocol.plugin.saying import device_line, queue_line
from .protocol.plugin.seat import Seat
from .protocol.plugin.standing import counted, hint
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


class Panel:
    """All of it, from the document to be chosen down to the history. `chooser` fills the list of documents."""

    def __init__(self, seat: Seat, deeds: Any) -> None:
        self.seat, self.strings, self.silent = seat, seat.strings, False
        self.app = deeds
        self.rows: dict[str, ValueRow] = {}
        self._built: object = None
        text = self.strings.text
        self.engine_page = EnginePage(self.strings, seat.start_engine)
        self.empty = label(text("panel.no_document"))
        self.documents = Pick(text("panel.document"), deeds.turn_to)
        self.edits = Pick(text("panel.edit"), lambda kind: self.do(lambda d: d.choose_edit(kind)))
        self.menu = Menu(self.strings, deeds)
        self.about, self.works_on = label(small=True), label(small=True)
        self.again = button(text("action.again"), deeds.edit_again)
        self.covered = Notice("info")
        self.go_on = button(text("action.go_on"), lambda: self.do(lambda desk: desk.go_on()))
        self.counts = label(small=True)
        self.clear = Sign("clear", text("panel.start_over"), self._start_over)
        self.marks = row(self.counts, self.clear.widget, wide=0)
        self.hint = Notice("info")
        self.more = Gtk.CheckButton(label=text("group.advanced"))
        self.more.set_size_request(-1, TARGET_PX)
        self.more.connect("toggled", guarded(lambda it: self._show_more(it.get_active())))
        self.rows_at = column()
        self.state = StateBox(self.strings, self.do, deeds.cancel)
        self.queue = Queue(self.strings, deeds.cancel, self._stop_all)
        self.history = HistoryStrip(self.strings, self)
        self.device = label(small=True)
        self.widget = self._laid_out()

    def _laid_out(self) -> Widget:
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
        return whole

    # ---- what rows tell (`ui_values.Deeds`)

    def edited(self, name: str, value: object) -> None:
        """A parameter has another value."""
        self.do(lambda desk: desk.set(name, value))

    def typed(self, name: str, text: str) -> None:
        """A parameter was typed."""
        self.do(lambda desk: desk.type_in(name, text))

    def seed_drawn(self) -> None:
        """Another seed is wanted."""
        self.do(lambda desk: desk.new_seed())

    def seed_locked(self, on: bool) -> None:
        """The seed is kept, or no longer."""

        def lock(desk: Desk) -> None:
            desk.seed_locked = on

        self.do(lock)

    def models(self) -> list[tuple[str, str]]:
        """Models that the chosen edit can use."""
        return self.seat.models()

    def layers(self) -> list[tuple[str, str]]:
        """The document's layers."""
        return self.seat.layers()

    # ---- what the history tells

    def redo(self, recipe_id: str) -> None:
        """Make a result again."""
        self.do(lambda desk: desk.redo(recipe_id))

    def favor(self, recipe_id: str, on: bool) -> None:
        """Keep a result for good, or no longer."""
        self.do(lambda desk: desk.favor(recipe_id, on))

    def forget(self, recipe_id: str) -> None:
        """Take a result out of the list."""
        self.do(lambda desk: desk.forget(recipe_id))

    # ---- drawing

    @guarded
    def refresh(self) -> None:
        """Read everything again; widgets are made anew only when the edit has other parameters now."""
        state, desk = self.seat.engine_state, self.seat.desk
        self.engine_page.show_state(state.kind, state.said(self.strings), state.command)
        documents = self.app.documents()
        self.documents.fill(documents, self.app.document_now())
        show(self.documents.widget, len(documents) > 1 or (desk is None and bool(documents)))
        for part in (self.body, self.state.widget):
            show(part, desk is not None)
        show(self.empty, desk is None)
        device = device_line(self.seat.report, self.strings)
        say(self.device, device if state.kind == "ready" else "")
        if desk is None or not desk.kind:
            return
        self._show_edit(desk)
        self._show_rows(desk)
        self.state.show_desk(desk, self.seat.engine.models)
        self.history.show_history(desk.history)
        self.queue.show_desks(self.seat.busy_elsewhere, queue_line(self.seat.report, self.strings))

    def _show_edit(self, desk: Desk) -> None:
        self.edits.fill(self.seat.edits(), desk.kind)
        say(self.about, desk.panel.help)
        text = self.strings.text
        say(self.works_on, text("panel.works_on", layer=desk.works_on) if desk.works_on else "")
        covered = bool(desk.cover) and desk.source != desk.cover
        self.covered.say(text("hint.covered") if covered else "")
        show(self.go_on, covered)
        show(self.again, desk.layer is not None and desk.layer.recipe is not None)
        pulls = desk.drags_field is not None
        self.counts.set_text(counted(desk, self.strings))
        self.clear.widget.set_sensitive(bool(desk.drags.now.strokes) or desk.moves)
        show(self.marks, pulls or desk.moves)
        said = self.app.path_problem() or hint(desk, self.strings, drawing=pulls)
        if not said and desk.moves and not desk.panel.value("dx") and not desk.panel.value("dy"):
            said = text("hint.move_path")
        self.hint.say(said)

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
        with quiet(self):
            self.more.set_active(desk.panel.level != "basic")
        show(self.more, any(s.level == "advanced" for s in desk.panel.edit.fields.values()))

    def _build_rows(self, specs: list[Any]) -> None:
        for child in self.rows_at.get_children():
            self.rows_at.remove(child)
            child.destroy()
        self.rows = {spec.name: make_row(spec, self) for spec in specs}
        for part in self.rows.values():
            self.rows_at.pack_start(part.widget, False, False, 0)
            part.widget.show_all()

    # ---- what the artist does

    def _show_more(self, on: bool) -> None:
        if not self.silent:
            self.do(lambda desk: desk.show_more(on))

    def _start_over(self) -> None:
        self.do(lambda desk: desk.start_over())

    def _stop_all(self) -> None:
        for desk in self.seat.desks:
            if desk.busy:
                self.app.cancel(desk)
        self.refresh()

    @guarded
    def do(self, deed: Callable[[Desk], object]) -> None:
        """Do something to the document's desk, and show at once what came of it."""
        desk = self.seat.desk
        if desk is not None:
            deed(desk)
            self.refresh()
