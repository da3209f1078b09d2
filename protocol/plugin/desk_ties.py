# SPDX-License-Identifier: Apache-2.0
"""What a desk does when its picture was shifted, or is another one now (see `session_ties`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace

from ..edits import Drags, Records
from .beside import beside, picture_bounds
from .desk_state import DeskState
from .drag_layer import alike
from .drags import DragList
from .flat import empty_strokes, flat_strokes
from .host import HostError, Rect, is_there
from .lineage import picture_on
from .moving import moved_params, moved_pixels
from .panel import PanelModel
from .taken_along import were_taken_along
from .undo import Undo
from .work import Queued


class DeskTies(DeskState, ABC):
    """The part of `desk.Desk` that follows the document."""

    # ---- what the artist does

    def compute_again(self) -> None:
        """Compute from how the picture is now; where its layer is gone, on the layer that is active.

        Where that cannot be done, it is said, and the result stays: undo may bring its picture back.
        """
        resized = self.is_resized
        kept = self._source, self._taken_up, self._placing.replaces
        if self._source and not is_there(self.host, self._source):
            self._source, self._taken_up, self._placing.replaces = "", False, ""
            self._look_at_place()
        self.notice = self.grey
        if not self.notice:
            self._push()
        if self.notice or not self._taken_up:
            self._source, self._taken_up, self._placing.replaces = kept
            return
        self._ran = self.panel.params()
        self.session.compute_again()
        if resized and self.drags_field and not self.drags_were_taken_along:
            self.notice = self.strings.text("note.old_places")

    def apply_anyway(self) -> None:
        """Add the result although the picture is another now."""
        self.session.apply_anyway()

    @property
    def queue(self) -> tuple[Queued, ...]:
        """What is computed for this document and what waits, in this order (see `Seat.queue` for all documents)."""
        return self.session.status.queue

    def cancel_job(self, job_id: str) -> bool:
        """Cancel one of the queue; returns whether it was this document's."""
        return self.session.cancel_job(job_id)

    def cancel_waiting(self) -> None:
        """Leave out what has not begun; what is computed goes on."""
        self.session.cancel_waiting()

    def cancel_all(self) -> None:
        """Stop all that is computed for this document, and what waits."""
        self.session.cancel()

    # ---- the clockwork

    def _catch_up(self) -> None:
        """Shift all that the panel holds as the picture was shifted, then pass on what waited for that."""
        for dx, dy in self.session.artifacts.moves[self._followed :]:
            self._follow_shift(dx, dy)
        self._followed = len(self.session.artifacts.moves)
        if self._waits and not self.session.is_locating:
            self._waits = False
            self._push()
        if not self.session.is_locating:
            self._settled = None

    @property
    def _is_pulled(self) -> bool:
        """Whether there is something new to compute that the picture did not just take along."""
        new = self._taken_up and not self.drags_were_taken_along
        return new and self._ran != self.panel.params()

    def _change_to(self, drags: DragList) -> bool:
        """Whether these drags are others; sees whether the picture took them along, or may have been shifted."""
        if drags.plain() == self.drags.now.plain():
            return False
        size = self._size()
        if were_taken_along(self.drags.now, drags, self._canvas, size):
            self._along = drags.plain()
        self._canvas = size
        if self.session.look() and self._settled is None:
            self._settled = self.drags.now  # perhaps it is the picture that was shifted
        return True

    def _size(self) -> tuple[int, int]:
        try:
            extent = self.host.extent_and_profile()
        except HostError:
            return self._canvas
        return (extent.width, extent.height)

    def _follow_shift(self, dx: int, dy: int) -> None:
        self._canvas = self._size()
        before, now = self._settled, self.drags.now
        moved = moved_drags(now if before is None else before, dx, dy)
        # the program's own paths moved along by themselves, and were read before it was known why
        along = before is not None and alike(moved, now)
        if along and before is not None:
            self.drags = self.drags.adjust(before)
            self._drags_to_panel()
        was_run = self._taken_up and self._ran == self._params()
        was_applied, drags_were = self.is_applied, self.drags_are_applied
        self.drags = Undo(
            now=moved if before is None or along else now,
            past=tuple(moved_drags(one, dx, dy) for one in self.drags.past),
            future=tuple(moved_drags(one, dx, dy) for one in self.drags.future),
        )
        self._panels = {kind: moved_panel(panel, dx, dy) for kind, panel in self._panels.items()}
        if self.drags_field:
            self._drags_to_panel()
        self._mask = None if self._mask is None else moved_pixels(self._mask, dx, dy)
        selection = self.host.read_selection(None)
        self.selection = selection.bounds if selection else None
        self._ran = self._params() if was_run else self._ran
        self._applied_as = (self.kind, self.panel.values) if was_applied else self._applied_as
        self._applied_drags = self.drags.now.plain() if drags_were else self._applied_drags
        self._starts = ()

    def _params(self) -> Mapping[str, object] | None:
        return None if self.panel.first_problem else self.panel.params()

    def _look_at_place(self) -> None:
        """Which handles hold on to nothing, and whether the edit is asked for beside its picture."""
        starts = (
            self._source,
            self.kind,
            self.selection,
            [stroke.points[0] for stroke in self.drags.now.strokes],
        )
        keys = self._picture_keys()
        bounds = self._bounds_of(keys)
        if (starts, bounds) != self._starts:
            self._starts, under = (starts, bounds), keys[:-1]
            self.flat = flat_strokes(self.host, self.drags.now, keys[-1], under)
            empty = empty_strokes(self.host, self.drags.now, keys[-1], under)
            self.place_problem = self._place_problem(bounds) or ("beside" if empty else "")

    def _picture_keys(self) -> tuple[str, ...]:
        return picture_on(self.notes, self.host, self._source) if self._source else ("",)

    def _bounds_of(self, keys: tuple[str, ...]) -> list[Rect] | None:
        try:
            return picture_bounds(self.host, keys)
        except HostError:
            return None

    def _place_problem(self, bounds: list[Rect] | None) -> str:
        edit = self.panel.edit
        selection = self.selection if self._mask is None else None
        name = self.drags_field
        params = {name: self.drags.now.plain()} if name else {}
        return beside(edit, params, selection, bounds) if bounds is not None else ""

    # ---- what the rest of the desk does

    @abstractmethod
    def _push(self) -> None: ...

    @abstractmethod
    def _drags_to_panel(self) -> None: ...


def moved_drags(drags: DragList, dx: int, dy: int) -> DragList:
    """The same drags further right and down."""
    strokes = (
        replace(one, points=tuple((x + dx, y + dy) for x, y in one.points)) for one in drags.strokes
    )
    return replace(drags, strokes=tuple(strokes))


def moved_panel(panel: PanelModel, dx: int, dy: int) -> PanelModel:
    """The same values, those that are places further right and down."""
    fields = panel.edit.fields
    placed = {
        name: value
        for name, value in panel.values.items()
        if isinstance(fields.get(name), (Drags, Records)) and name not in panel.problems
    }
    return panel.set_all(moved_params(panel.edit, panel.edit.plain(placed), dx, dy))
