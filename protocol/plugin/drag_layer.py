# SPDX-License-Identifier: Apache-2.0
"""The drags as arrows on a layer of the document, and the same drags on the panel: changes in one show in the other.

The layer is the host's own: its arrows are moved with the program's own tools, undone with its own undo, and saved
with the document. Nobody says when they change, so `sync` is called a few times a second.
"""

from __future__ import annotations

from typing import Protocol

from ..edits import ParamError
from ..edits.paths import MOST_POINTS
from ..sentences import say
from .drags import DragList, Stroke
from .host import Extent
from .svg_read import Drawn, read_svg
from .svg_write import write_svg
from .undo import Undo

NAME = "Pullbrush drags"
SAME = 0.75
"""Points that lie closer than this, in pixels, are the same: programs round what they store."""


class Easel(Protocol):
    """A host that has vector layers."""

    def extent_and_profile(self) -> Extent: ...
    def drag_layer_svg(self) -> str | None:
        """Return what is drawn on the layer for drags, None when there is no such layer."""
        ...

    def write_drag_layer(self, svg: str) -> None:
        """Draw this on the layer for drags instead, making the layer if need be."""
        ...


class Owner(Protocol):
    """Who keeps the drags: `document_controller.DocumentController`."""

    @property
    def drags(self) -> Undo[DragList]: ...
    def set_drags(self, drags: DragList, *, step: bool = True) -> None: ...
    def let_go(self) -> None: ...


class DragLayer:
    """Keeps one document's layer and list of drags in step."""

    def __init__(self, easel: Easel, owner: Owner) -> None:
        self.problem = ""
        self._easel = easel
        self._owner = owner
        self._svg: str | None = None
        self._plain: object = None

    @property
    def is_there(self) -> bool:
        """Whether the document had such a layer at the last look."""
        return self._svg is not None

    def make(self) -> None:
        """Draw the drags on a layer from now on."""
        self._write()

    def sync(self) -> None:
        """Bring over what changed on either side; where both did, what was drawn in the document counts."""
        svg = self._easel.drag_layer_svg()
        if svg is None:
            self._svg = None
            return
        if svg != self._svg and (self._svg is not None or not self._owner.drags.now.strokes):
            self._read(svg)
        elif svg != self._svg or self._plain != self._owner.drags.now.plain():
            self._write()

    def _read(self, svg: str) -> None:
        extent = self._easel.extent_and_profile()
        self._svg, self.problem = svg, ""
        now = self._owner.drags.now
        try:
            drags = drags_of(read_svg(svg, extent.width, extent.height), now)
        except (ValueError, ParamError) as problem:
            self.problem = (
                problem.message if isinstance(problem, ParamError) else say("drags.layer")
            )
            return
        if not alike(drags, now):
            self._owner.set_drags(drags)
            self._owner.let_go()
        self._plain = self._owner.drags.now.plain()

    def _write(self) -> None:
        extent = self._easel.extent_and_profile()
        drags = self._owner.drags.now
        self._plain = drags.plain()
        self._easel.write_drag_layer(write_svg(drags, extent.width, extent.height))
        self._svg = self._easel.drag_layer_svg()


def drags_of(drawn: list[Drawn], before: DragList) -> DragList:
    """Return what is drawn as a list; what was known before keeps its number, and its way-points if only they moved.

    Raises ParamError when there are more than a list holds.
    """
    if len(drawn) > before.most:
        raise ParamError("drags", say("drags.full", most=before.most))
    taken: set[int] = set()
    strokes: list[Stroke] = []
    free = max((s.number for s in before.strokes), default=0) + 1
    free = max([free, *(one.number + 1 for one in drawn if one.number is not None)])
    for one in drawn:
        number = one.number
        if number is None or number in taken:  # a copy of an arrow has the id of the first
            number, free = free, free + 1
        taken.add(number)
        strokes.append(Stroke(number=number, points=one.points[:MOST_POINTS]))
    chosen = before.chosen
    known = {stroke.number: stroke for stroke in strokes}
    still = chosen if chosen and chosen.number in known else None
    if still is not None and still.at >= len(known[still.number].points):
        still = None
    return DragList(strokes=tuple(strokes), chosen=still, most=before.most)


def alike(a: DragList, b: DragList) -> bool:
    """Whether two lists hold the same usable drags, up to how programs round."""
    one, other = a.paths, b.paths
    return len(one) == len(other) and all(
        len(p.points) == len(q.points)
        and all(
            abs(x - u) < SAME and abs(y - v) < SAME
            for (x, y), (u, v) in zip(p.points, q.points, strict=True)
        )
        for p, q in zip(one, other, strict=True)
    )
