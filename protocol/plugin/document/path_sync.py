# SPDX-License-Identifier: Apache-2.0
"""Drags as the strokes of a program's own paths, and the same drags on the panel: changes in one show in the other.

One open stroke is one drag from its first anchor to its last, through those between; one anchor alone is a pin. Nobody
says when an anchor moves, so `look` is called several times a second, while it is being pulled too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from ...edits import ParamError, Point
from ..drag_layer import NAME, drags_of
from ..shifting import place_of, put_at
from ..svg_read import Drawn
from .document_controller import DocumentController

SETTLED_S = 0.5
"""An anchor that has not moved for this long was let go."""

Ways = tuple[tuple[Point, ...], ...]


class PathHost(Protocol):
    """A host whose documents have paths."""

    def paths(self) -> Ways:
        """Anchors of every open stroke of the paths that are selected."""
        ...

    def write_paths(self, ways: Sequence[Sequence[Point]], name: str = NAME) -> None:
        """Make or replace the path of this name, and select it."""
        ...


class PathWatch:
    """Keeps one document's paths and its desk in step. `problem` is to be said of the paths; `clock` gives seconds."""

    def __init__(
        self, host: PathHost, desk: DocumentController, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.problem = ""
        self._host, self._desk, self._clock = host, desk, clock
        self._seen: Ways = ()
        self._kind = ""
        self._plain: object = desk.drags.now.plain()
        self._moved_at = 0.0
        self._moving = False

    @property
    def is_moving(self) -> bool:
        """Whether an anchor is being pulled, so that the next look should come soon."""
        return self._moving

    def look(self) -> None:
        """Bring over what changed on either side; where both did, what was drawn in the document counts."""
        ways, desk = self._host.paths(), self._desk
        fresh = self._kind != desk.kind
        self._kind = desk.kind
        if ways != self._seen or (fresh and desk.panel.edit.moves_object):
            first = not self._seen
            self._seen = ways
            self._take(ways, chosen_just_now=fresh)
            self._moving, self._moved_at = not (first and fresh), self._clock()
        elif desk.drags.now.plain() != self._plain:
            self._write()
        elif self._moving and self._clock() - self._moved_at > SETTLED_S:
            self._moving = False
            desk.let_go()

    def _take(self, ways: Ways, *, chosen_just_now: bool) -> None:
        desk, self.problem = self._desk, ""
        try:
            if desk.panel.edit.moves_object:
                self._shift(ways, only_inside=chosen_just_now)
            drags = drags_of([_drawn(i, way) for i, way in enumerate(ways)], desk.drags.now)
            desk.set_drags(drags, step=False)
        except ParamError as problem:
            self.problem = desk.strings.said(problem.message)
        self._plain = desk.drags.now.plain()

    def _shift(self, ways: Ways, *, only_inside: bool) -> None:
        """A path of one stroke says where the object goes; an older one only if it begins on the object."""
        drags = [way for way in ways if len(way) > 1]
        if len(drags) != 1 or (only_inside and not self._on_object(drags[0][0])):
            return
        (x, y), (u, v) = drags[0][0], drags[0][-1]
        put_at(self._desk, replace(place_of(self._desk.panel), dx=u - x, dy=v - y))
        if len(drags[0]) > 2:
            self.problem = self._desk.strings.text("hint.move_straight")

    def _on_object(self, point: Point) -> bool:
        if self._desk.source.selection is None:
            return False
        left, top, width, height = self._desk.source.selection
        return left <= point[0] < left + width and top <= point[1] < top + height

    def _write(self) -> None:
        """The drags came from somewhere else: a recipe, or `start over`."""
        drags = self._desk.drags.now
        self._plain = drags.plain()
        self._host.write_paths([stroke.points for stroke in drags.strokes])
        self._seen = self._host.paths()
        self._moving = False


def _drawn(at: int, way: tuple[Point, ...]) -> Drawn:
    return Drawn(number=at + 1, points=way)
