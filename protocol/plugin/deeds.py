# SPDX-License-Identifier: Apache-2.0
"""What an artist does on a panel, passed on to the desk of the document in front; then the panel is drawn anew."""

from __future__ import annotations

from collections.abc import Callable

from .buttons import DEEDS, ButtonKey
from .document.document_controller import DocumentController
from .guard import guarded
from .seat import Seat


class PanelDeeds:
    """`redraw` shows how things stand after each deed; `cancel` is how this program stops what a desk computes."""

    def __init__(
        self,
        seat: Seat,
        redraw: Callable[[], object],
        cancel: Callable[[DocumentController], object] = DocumentController.cancel,
    ) -> None:
        self.seat, self.strings = seat, seat.strings
        self._redraw, self._cancel = redraw, cancel

    @guarded
    def do(self, deed: Callable[[DocumentController], object]) -> None:
        """Do something to the document's desk, and show at once what came of it."""
        desk = self.seat.desk
        if desk is not None:
            deed(desk)
            self._redraw()

    # ---- rows

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

        def lock(desk: DocumentController) -> None:
            desk.seed_locked = on

        self.do(lock)

    def suggestions(self, name: str) -> list[tuple[str, str]]:
        """(value, label) of a list of the engine, of models those that the chosen edit can use; none it has not."""
        return self.seat.suggestions(name)

    def layers(self) -> list[tuple[str, str]]:
        """(key, name) of the document's layers, from top to bottom."""
        return self.seat.layers()

    # ---- the edit

    def choose_edit(self, kind: str) -> None:
        """Another edit is wanted."""
        self.do(lambda desk: desk.choose_edit(kind))

    def show_more(self, on: bool) -> None:
        """The advanced parameters are wanted, or no longer."""
        self.do(lambda desk: desk.show_more(on))

    def go_on(self) -> None:
        """Work on the result that hides the layer."""
        self.do(lambda desk: desk.go_on())

    def start_over(self) -> None:
        """No drags, no preview."""
        self.do(lambda desk: desk.start_over())

    def auto_run(self, on: bool) -> None:
        """Compute by itself, or only when told to."""

        def turn(desk: DocumentController) -> None:
            desk.auto_run = on

        self.do(turn)

    def press(self, key: ButtonKey) -> None:
        """One of the edit's buttons was pressed."""
        if key == "stop":
            self.stop()
        else:
            self.do(DEEDS[key])

    def stop(self) -> None:
        """Stop what is being computed for the document."""
        self.do(self._cancel)

    # ---- the queue

    @guarded
    def cancel_job(self, job_id: str) -> None:
        """Cancel one row of the queue."""
        self.seat.cancel_job(job_id)
        self._redraw()

    @guarded
    def cancel_waiting(self) -> None:
        """Leave out all that has not begun."""
        self.seat.cancel_waiting()
        self._redraw()

    @guarded
    def cancel_all(self) -> None:
        """Stop all that is computed and what waits."""
        self.seat.cancel_all()
        self._redraw()

    # ---- the history

    def redo(self, recipe_id: str) -> None:
        """Make a result again."""
        self.do(lambda desk: desk.redo(recipe_id))

    def favor(self, recipe_id: str, on: bool) -> None:
        """Keep a result for good, or no longer."""
        self.do(lambda desk: desk.results.favor(recipe_id, on))

    def forget(self, recipe_id: str) -> None:
        """Take a result out of the list."""
        self.do(lambda desk: desk.results.forget(recipe_id))
