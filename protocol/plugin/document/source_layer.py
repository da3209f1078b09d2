# SPDX-License-Identifier: Apache-2.0
"""The layer that an edit is of, what lies around it, and what of the edit lies on it."""

from __future__ import annotations

from ...edits import EditModel
from ...recipe import Bundle
from ...recipe_parts import short_id_of
from ..beside import beside, picture_bounds
from ..drag_layer import NAME as DRAG_LAYER
from ..drags import DragList
from ..flat import empty_strokes, flat_strokes
from ..host import Host, HostError, HostLayer, Pixels, Rect, layers_of
from ..lineage import covered_by, made_of, picture_on
from ..moving import moved_pixels
from ..notes import Notes, listed, origin
from ..placing import Placing
from ..strings import Strings


class SourceLayer:
    """One document's. `key` is "" while it is still open: then it is the active layer."""

    def __init__(self, host: Host, notes: Notes | None, strings: Strings) -> None:
        self.key = ""
        self.is_taken_up = False
        """Whether the session has the chosen edit of it."""
        self.mask: Pixels | None = None
        """The mask of a recipe that stands for the selection until that changes."""
        self.placing = Placing(host)
        """The host, with results put in the place of the one that is edited again."""
        self.active: HostLayer | None = None
        """The layer that the artist works on."""
        self.selection: Rect | None = None
        self.works_on = ""
        """The name of the layer that is edited."""
        self.cover = ""
        """Key of the result that hides the active layer, "" when none does."""
        self.flat: frozenset[int] = frozenset()
        """Numbers of the drags whose handle holds on to nothing."""
        self.place_problem = ""
        self._host, self._notes, self._strings = host, notes, strings
        self._places: object = ()

    @property
    def lies_on(self) -> str:
        """The key of the layer right above which a result comes, "" while that is still open."""
        return self.placing.replaces or self.key

    @property
    def roles(self) -> set[str]:
        """The pictures there are for an edit; see `PanelModel.grey`."""
        return {"source", "mask"} if self.selection or self.mask else {"source"}

    @property
    def refusal(self) -> str:
        """Why the program does not let it be edited, or nothing."""
        active = self.active
        return active.refusal if active is not None and self.key in ("", active.key) else ""

    def begin_with(self, key: str = "") -> None:
        """Another layer; an edit of it is not taken up yet, and takes the place of no result."""
        self.key, self.is_taken_up, self.placing.replaces = key, False, ""

    def under(self, key: str) -> tuple[str, ...]:
        """Keys of the layers that are seen with a layer, from bottom to top."""
        return picture_on(self._notes, self._host, key)[:-1]

    def seen_of(self, key: str) -> list[HostLayer]:
        """A layer, last, and those that are seen with it; raises HostError where there is none."""
        return [self.find(one) for one in (*self.under(key), key)]

    def size(self) -> tuple[int, int] | None:
        """Width and height of the document, None where it cannot be read."""
        try:
            extent = self._host.extent_and_profile()
        except HostError:
            return None
        return (extent.width, extent.height)

    def find(self, key: str) -> HostLayer:
        """A layer by its key ("": the active one); raises HostError where there is none."""
        layers = layers_of(self._host, [key])
        if not layers:
            raise HostError(self._strings.text("note.no_layer"))
        return layers[0]

    def find_active(self) -> HostLayer:
        """The layer the artist works on; while that is the one with the arrows, the one before."""
        active = self.find("")
        if active.name != DRAG_LAYER:
            return active
        if self.active is not None and self.active.name != DRAG_LAYER:
            return self.find(self.active.key)
        others = (key for key, name in listed(self._notes) if name != DRAG_LAYER)
        return self.find(next(others, ""))

    def of_recipe(self, bundle: Bundle, made: str) -> str:
        """The layer a result of the history was made of; where the result is gone, the one the artist painted.

        `made` is the layer that it was made of if it is in no document.
        """
        active = made or self.find_active().key
        if self._notes is None or made:
            return active
        for key, name in self._notes.layers():
            if short_id_of(name) == bundle.recipe.short_id:
                below = self.below(key, bundle)
                return (below or (active,))[-1]
        return origin(self._notes, self._host, active)

    def below(self, key: str, bundle: Bundle) -> tuple[str, ...]:
        """Keys of the layers that the result `key` was made of, as far as they are there."""
        return tuple(made_of(self._notes, self._host, key, bundle.recipe.source.layer))

    # ---- what the artist did in the program

    def look(self) -> bool:
        """See which layer is active; returns whether there is one."""
        try:
            self.active = active = self.find_active()
        except HostError:
            self.active = None
            return False
        try:
            self.works_on = (self.find(self.key) if self.key else active).name
            cover = "" if active.visible else covered_by(self._notes, active.key)
            self.cover = cover if cover and self.find(cover).visible else ""
        except HostError:
            self.works_on, self.cover = active.name, ""
        return True

    def look_at_selection(self) -> bool:
        """See what is selected; returns whether that is another than before."""
        selected = self._host.read_selection(None)
        before, self.selection = self.selection, selected.bounds if selected else None
        return before != self.selection

    def look_at_places(self, edit: EditModel, drags: DragList) -> None:
        """Which handles hold on to nothing, and whether the edit is asked for beside its picture."""
        starts = [stroke.points[0] for stroke in drags.strokes]
        asked = (self.key, edit.kind, self.selection, starts)
        keys = picture_on(self._notes, self._host, self.key) if self.key else ("",)
        bounds = self._bounds_of(keys)
        if (asked, bounds) == self._places:
            return
        self._places, under = (asked, bounds), keys[:-1]
        self.flat = flat_strokes(self._host, drags, keys[-1], under)
        empty = empty_strokes(self._host, drags, keys[-1], under)
        problem = ""
        if bounds is not None:
            params = {edit.drags_field: drags.plain()} if edit.drags_field else {}
            selection = self.selection if self.mask is None else None
            problem = beside(edit, params, selection, bounds)
        self.place_problem = problem or ("beside" if empty else "")

    def follow_shift(self, dx: int, dy: int) -> None:
        """The picture was shifted, and the selection with it."""
        self.mask = None if self.mask is None else moved_pixels(self.mask, dx, dy)
        self.look_at_selection()
        self._places = ()

    def _bounds_of(self, keys: tuple[str, ...]) -> list[Rect] | None:
        try:
            return picture_bounds(self._host, keys)
        except HostError:
            return None
