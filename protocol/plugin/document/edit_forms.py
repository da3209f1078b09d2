# SPDX-License-Identifier: Apache-2.0
"""What the artist has set of each edit, possible or not: the one place for it, with undo for what is drawn.

Drags are the same whatever edit is chosen; a form has them in it when it is looked at, and does not keep them itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ...edits import Drags, EditModel, Records
from ..drag_layer import alike
from ..drags import DragList
from ..film import returns_frames
from ..moving import moved_params
from ..panel import PanelModel
from ..strings import Strings
from ..taken_along import were_taken_along
from ..undo import Undo
from .kept_values import KeptValues


class EditForms:
    """One document's; `kind` is the chosen edit. `size` gives the document's width and height."""

    def __init__(
        self,
        edits: Mapping[str, EditModel],
        strings: Strings,
        kept: KeptValues,
        size: Callable[[], tuple[int, int] | None],
        kind: str,
    ) -> None:
        self.edits = edits
        self.kind = kind if kind in edits else next(iter(edits), "")
        self.drags: Undo[DragList] = Undo(now=DragList())
        self.along: object = None
        """The drags as the picture took them along last, when it was scaled, turned or mirrored."""
        self._strings, self._kept, self._size = strings, kept, size
        self._forms: dict[str, PanelModel] = {}
        self._drawn: tuple[PanelModel, DragList, PanelModel] | None = None
        self._canvas = (0, 0)
        """How large the document was when the drags changed last."""
        self._settled: DragList | None = None
        """The drags as they were before it began to be found out where the picture lies, if they changed since."""

    @property
    def form(self) -> PanelModel:
        """The chosen edit's."""
        return self.of(self.kind)

    def of(self, kind: str) -> PanelModel:
        """An edit's, with the drags in it."""
        own, drags = self._own(kind), self.drags.now
        name = own.edit.drags_field
        if name is None or not drags.strokes:
            return own
        if self._drawn is None or self._drawn[0] is not own or self._drawn[1] is not drags:
            self._drawn = (own, drags, own.set(name, drags.plain()) if drags.plain() else own)
        return self._drawn[2]

    # ---- what the artist does

    def choose(self, kind: str) -> None:
        """Take another edit; what was set before is there when it is taken again."""
        self.kind = kind
        self._forget_frame()

    def put(self, form: PanelModel, chosen: str = "") -> None:
        """Take over the chosen edit's form as it was changed; the parameter `chosen` may be one that is kept."""
        if chosen and not form.problem(chosen):
            self._kept.keep(form.edit, chosen, form.value(chosen))
        name = form.edit.drags_field
        self._forms[self.kind] = form.reset(name) if name else form

    def restore(self, kind: str, form: PanelModel) -> None:
        """Take up an edit as it was once, with its drags."""
        self.kind = kind
        self.put(form)
        if name := form.edit.drags_field:
            self.drags = self.drags.do(DragList.of(form.value(name) or ()))
            self._canvas = self._size() or self._canvas

    def set_drags(self, drags: DragList, *, step: bool) -> None:
        """Take over a changed list of drags; `step` makes it one that can be undone."""
        if drags.plain() != self.drags.now.plain():
            self._forget_frame()
        self.drags = self.drags.do(drags) if step else self.drags.adjust(drags)

    def undo_drag(self) -> None:
        """Take the last change of the drags back."""
        self.drags = self.drags.undo()
        self._forget_frame()

    def redo_drag(self) -> None:
        """Do the change of the drags again that was taken back."""
        self.drags = self.drags.redo()
        self._forget_frame()

    def clear_marks(self) -> None:
        """Nothing is drawn for the chosen edit any more."""
        form = self.form
        for name in form.edit.place_fields:
            form = form.reset(name)
        self.put(form)
        self.drags = self.drags.do(DragList())

    def learn(self, edits: Mapping[str, EditModel]) -> bool:
        """The engine has told which edits there are; returns whether the chosen one is still there."""
        self.edits, old, self._forms = edits, self._forms, {}
        for kind, form in old.items():
            if kind in edits:
                fresh = PanelModel(edit=edits[kind], strings=self._strings, level=form.level)
                self._forms[kind] = fresh.set_all(form.values)
        there = self.kind in edits
        self.kind = self.kind if there else next(iter(edits), "")
        return there

    # ---- where the picture lies

    @property
    def were_taken_along(self) -> bool:
        """Whether the drags are where they are because the picture was scaled, turned or mirrored."""
        return self.along is not None and self.along == self.drags.now.plain()

    def notice_resize(self, drags: DragList) -> None:
        """The drags are about to be these: perhaps the picture took them along."""
        size = self._size() or self._canvas
        if were_taken_along(self.drags.now, drags, self._canvas, size):
            self.along = drags.plain()
        self._canvas = size

    def notice_shift(self) -> None:
        """The drags are about to change while nobody knows where the picture lies: perhaps it was shifted."""
        if self._settled is None:
            self._settled = self.drags.now

    def is_located(self) -> None:
        """It is known again where the picture lies."""
        self._settled = None

    def follow_shift(self, dx: int, dy: int) -> None:
        """The picture was shifted: all that is a place in it is shifted as well."""
        self._canvas = self._size() or self._canvas
        before, now = self._settled, self.drags.now
        moved = moved_drags(now if before is None else before, dx, dy)
        # the program's own paths moved along by themselves, and were read before it was known why
        along = before is not None and alike(moved, now)
        self.drags = Undo(
            now=moved if before is None or along else now,
            past=tuple(moved_drags(one, dx, dy) for one in self.drags.past),
            future=tuple(moved_drags(one, dx, dy) for one in self.drags.future),
        )
        self._forms = {kind: moved_form(form, dx, dy) for kind, form in self._forms.items()}

    def _own(self, kind: str) -> PanelModel:
        if kind not in self._forms:
            edit = self.edits[kind]
            fresh = PanelModel(edit=edit, strings=self._strings)
            self._forms[kind] = fresh.set_all(self._kept.beginning(edit))
        return self._forms[kind]

    def _forget_frame(self) -> None:
        """Another pull has other frames."""
        own = self._own(self.kind)
        if own.edit.drags_field and returns_frames(own.edit):
            self._forms[self.kind] = own.reset(own.edit.frame_field or "")


def moved_drags(drags: DragList, dx: int, dy: int) -> DragList:
    """The same drags further right and down."""
    strokes = (
        replace(one, points=tuple((x + dx, y + dy) for x, y in one.points)) for one in drags.strokes
    )
    return replace(drags, strokes=tuple(strokes))


def moved_form(form: PanelModel, dx: int, dy: int) -> PanelModel:
    """The same values, those that are places further right and down."""
    fields = form.edit.fields
    placed = {
        name: value
        for name, value in form.values.items()
        if isinstance(fields.get(name), (Drags, Records)) and name not in form.problems
    }
    return form.set_all(moved_params(form.edit, form.edit.plain(placed), dx, dy))
