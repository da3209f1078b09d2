# SPDX-License-Identifier: Apache-2.0
"""The list of drags and pins an artist builds: every change makes a new list, so undo is keeping the old one.

A drag may be unfinished here (its points still in one place); `paths` gives those an edit can use.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..edits import DragPath, ParamError, Point
from ..edits.paths import MOST_POINTS, REACH
from ..sentences import say

Part = Literal["handle", "target", "way", "pin"]
PIXELS_APART = 1e-6


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """One drag or pin with a number that stays its own, so that a host's shape can be tied to it."""

    number: int
    points: tuple[Point, ...]

    @property
    def is_pin(self) -> bool:
        """Whether it is a place that must stay."""
        return len(self.points) == 1

    @property
    def is_finished(self) -> bool:
        """Whether an edit can use it: a pin, or a way that leads somewhere."""
        return self.is_pin or any(math.dist(self.points[0], p) > PIXELS_APART for p in self.points)

    def part(self, at: int) -> Part:
        """Say what the point with this index is."""
        if self.is_pin:
            return "pin"
        return "handle" if at == 0 else "target" if at == len(self.points) - 1 else "way"


@dataclass(frozen=True, kw_only=True)
class Grip:
    """A point of a stroke under the pen."""

    number: int
    at: int
    part: Part


@dataclass(frozen=True, kw_only=True)
class DragList:
    """All strokes in the order they were made; `chosen` is the one that arrow keys nudge."""

    strokes: tuple[Stroke, ...] = ()
    chosen: Grip | None = None
    most: int = 32

    @classmethod
    def of(cls, paths: Iterable[DragPath | Sequence[Point]]) -> DragList:
        """Make a list from an edit's drags or from what was read off the host's own paths."""
        points = [p.points if isinstance(p, DragPath) else tuple(p) for p in paths]
        strokes = (Stroke(number=i + 1, points=one) for i, one in enumerate(points) if one)
        return cls(strokes=tuple(strokes))

    @property
    def paths(self) -> tuple[DragPath, ...]:
        """The strokes an edit can use."""
        return tuple(DragPath(points=s.points) for s in self.strokes if s.is_finished)

    def plain(self) -> list[list[list[float]]]:
        """Return the usable strokes as plain parameters."""
        return [[list(point) for point in path.points] for path in self.paths]

    def add(self, start: Point, end: Point | None = None) -> DragList:
        """Begin a drag at `start`; without `end` both are there until the target is moved."""
        return self._append((start, end or start))

    def add_pin(self, place: Point) -> DragList:
        """Fix a place."""
        return self._append((place,))

    def move(self, number: int, at: int, to: Point) -> DragList:
        """Put one point of a stroke somewhere else; `at` -1 is the target."""
        stroke = self[number]
        points = list(stroke.points)
        points[at] = _checked(to)
        at %= len(points)
        chosen = Grip(number=number, at=at, part=stroke.part(at))
        return self._with(replace(stroke, points=tuple(points)), chosen)

    def shift(self, number: int, dx: float, dy: float) -> DragList:
        """Move a whole stroke."""
        stroke = self[number]
        points = tuple(_checked((x + dx, y + dy)) for x, y in stroke.points)
        return self._with(replace(stroke, points=points), self.chosen)

    def add_way_point(self, number: int, place: Point) -> DragList:
        """Let a drag lead through `place`, between the two points it lies nearest to."""
        stroke = self[number]
        if stroke.is_pin:
            raise ParamError("drags", say("drags.pin"))
        if len(stroke.points) >= MOST_POINTS:
            raise ParamError("drags", say("points.full", most=MOST_POINTS))
        legs = list(zip(stroke.points, stroke.points[1:], strict=False))
        leg = min(range(len(legs)), key=lambda i: _distance_to_leg(place, *legs[i]))
        points = (*stroke.points[: leg + 1], _checked(place), *stroke.points[leg + 1 :])
        return self._with(
            replace(stroke, points=points), Grip(number=number, at=leg + 1, part="way")
        )

    def delete(self, number: int) -> DragList:
        """Remove a stroke."""
        kept = tuple(s for s in self.strokes if s.number != self[number].number)
        chosen = self.chosen if self.chosen and self.chosen.number != number else None
        return replace(self, strokes=kept, chosen=chosen)

    def delete_point(self, number: int, at: int) -> DragList:
        """Remove a way-point; removing an end removes the stroke."""
        stroke = self[number]
        if stroke.part(at % len(stroke.points)) != "way":
            return self.delete(number)
        points = tuple(p for i, p in enumerate(stroke.points) if i != at % len(stroke.points))
        return self._with(replace(stroke, points=points), None)

    def choose(self, grip: Grip | None) -> DragList:
        """Make a point the one that is nudged."""
        return replace(self, chosen=grip)

    def nudge(self, dx: float, dy: float) -> DragList:
        """Move the chosen point by a little, as arrow keys do; without one, nothing changes."""
        if self.chosen is None:
            return self
        x, y = self[self.chosen.number].points[self.chosen.at]
        return self.move(self.chosen.number, self.chosen.at, (x + dx, y + dy))

    def grip_at(self, place: Point, radius: float) -> Grip | None:
        """Find the point nearest to `place` within `radius`; of two as near, the later one, which lies on top."""
        near = [
            (
                math.dist(place, point),
                -stroke.number,
                -i,
                Grip(number=stroke.number, at=i, part=stroke.part(i)),
            )
            for stroke in self.strokes
            for i, point in enumerate(stroke.points)
        ]
        best = min(near, key=lambda one: one[:3], default=None)
        return best[3] if best and best[0] <= radius else None

    def line_at(self, place: Point, radius: float) -> int | None:
        """Find the drag whose way passes `place` within `radius`; of several, the nearest."""
        near = [
            (_distance_to_leg(place, a, b), -stroke.number)
            for stroke in self.strokes
            for a, b in zip(stroke.points, stroke.points[1:], strict=False)
        ]
        best = min(near, default=None)
        return -best[1] if best and best[0] <= radius else None

    def __getitem__(self, number: int) -> Stroke:
        for stroke in self.strokes:
            if stroke.number == number:
                return stroke
        raise KeyError(number)

    def _append(self, points: tuple[Point, ...]) -> DragList:
        if len(self.strokes) >= self.most:
            raise ParamError("drags", say("drags.full", most=self.most))
        number = max((s.number for s in self.strokes), default=0) + 1
        stroke = Stroke(number=number, points=tuple(_checked(p) for p in points))
        last = len(points) - 1
        chosen = Grip(number=number, at=last, part=stroke.part(last))
        return replace(self, strokes=(*self.strokes, stroke), chosen=chosen)

    def _with(self, stroke: Stroke, chosen: Grip | None) -> DragList:
        strokes = tuple(stroke if s.number == stroke.number else s for s in self.strokes)
        return replace(self, strokes=strokes, chosen=chosen)


def _checked(point: Point) -> Point:
    x, y = float(point[0]), float(point[1])
    if not (-REACH <= x <= REACH and -REACH <= y <= REACH):
        raise ParamError("drags", say("drags.reach", reach=REACH))
    return (x, y)


def _distance_to_leg(place: Point, a: Point, b: Point) -> float:
    along = math.dist(a, b) ** 2
    t = 0.0
    if along > 0:
        t = ((place[0] - a[0]) * (b[0] - a[0]) + (place[1] - a[1]) * (b[1] - a[1])) / along
    t = min(1.0, max(0.0, t))
    return math.dist(place, (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
