# SPDX-License-Identifier: Apache-2.0
"""A pen on the selected object of an edit that moves one: pull it somewhere else, or a corner to scale it.

Which parameters say where it goes is read off the description: numbers that are each a part of it, or one transform.
The engine scales and turns about the middle of the object's box, then shifts; so does what is drawn here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ..edits import EditModel, ParamError, Part, Placed, Point
from .host import Rect
from .panel import PanelModel


class Owner(Protocol):
    """Who keeps the values: `document_controller.DocumentController`."""

    @property
    def panel(self) -> PanelModel: ...
    def set_many(self, values: Mapping[str, object]) -> None: ...
    def let_go(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class ObjectBox:
    """The selected object's box, and where it goes."""

    box: Rect
    to: Placed

    @property
    def center(self) -> Point:
        """The middle of the box where it was."""
        x, y, width, height = self.box
        return (x + width / 2, y + height / 2)

    def place(self, point: Point) -> Point:
        """Where a point of the object arrives."""
        x, y = self.center
        u, v = self.to.scale * (point[0] - x), self.to.scale * (point[1] - y)
        if self.to.rotation:
            angle = math.radians(self.to.rotation)
            cos, sin = math.cos(angle), math.sin(angle)
            u, v = cos * u - sin * v, sin * u + cos * v
        return (x + u + self.to.dx, y + v + self.to.dy)

    @property
    def corners(self) -> tuple[Point, Point, Point, Point]:
        """The box where it arrives, clockwise from what was the upper left."""
        x, y, width, height = self.box
        ends = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        return (self.place(ends[0]), self.place(ends[1]), self.place(ends[2]), self.place(ends[3]))

    def corner_at(self, point: Point, radius: float) -> int | None:
        """Which corner lies within `radius`, the nearest first."""
        apart = [(math.dist(point, corner), i) for i, corner in enumerate(self.corners)]
        distance, i = min(apart)
        return i if distance <= radius else None

    def holds(self, point: Point) -> bool:
        """Whether a point lies on the box where it arrives."""
        corners = self.corners
        sides = zip(corners, (*corners[1:], corners[0]), strict=True)
        return all(
            (x1 - x0) * (point[1] - y0) >= (y1 - y0) * (point[0] - x0)
            for (x0, y0), (x1, y1) in sides
        )


def place_in(model: EditModel, values: Mapping[str, Any]) -> Placed:
    """Where these values put the object; what is not possible yet counts as unchanged."""
    whole = model.transform_field
    if whole is not None:
        value = values.get(whole)
        try:
            return Placed() if value is None else model.fields[whole].parse(value, whole)
        except ParamError:
            return Placed()
    given = {part: values.get(name) for part, name in model.part_fields.items()}
    return Placed(**{part: float(n) for part, n in given.items() if isinstance(n, (int, float))})


def values_for(model: EditModel, values: Mapping[str, Any], to: Placed) -> dict[str, object]:
    """The parameters to set so that the object goes there: what differs, in hundredths, within what the edit takes."""
    before = place_in(model, values)
    changed: dict[Part, float] = {
        part: round(min(spec.maximum, max(spec.minimum, getattr(to, part))), 2)
        for part, spec in model.parts.items()
        if getattr(to, part) != getattr(before, part)
    }
    whole = model.transform_field
    if whole is not None:
        return {whole: model.fields[whole].plain(replace(before, **changed))}
    return {name: changed[part] for part, name in model.part_fields.items() if part in changed}


def place_of(panel: PanelModel) -> Placed:
    """Where a panel's values put the object."""
    return place_in(panel.edit, _values(panel))


def put_at(owner: Owner, to: Placed) -> None:
    """Have the object go there, as far as the edit can put it."""
    owner.set_many(values_for(owner.panel.edit, _values(owner.panel), to))


def placed(panel: PanelModel, box: Rect) -> ObjectBox:
    """Where the panel's values put an object with this box."""
    return ObjectBox(box=box, to=place_of(panel))


@dataclass(kw_only=True)
class Shift:
    """A pull of the object from press to lift."""

    owner: Owner
    start: ObjectBox
    begin: Point
    by_corner: bool

    def move(self, to: Point) -> None:
        """The pen goes on."""
        put_at(self.owner, self._scaled(to) if self.by_corner else self._shifted(to))

    def lift(self) -> None:
        """The pen leaves."""
        self.owner.let_go()

    def _shifted(self, to: Point) -> Placed:
        """By whole pixels, whatever the zoom: a fraction of one would blur the object. Keys and fields give those."""
        start = self.start.to
        dx, dy = round(to[0] - self.begin[0]), round(to[1] - self.begin[1])
        return replace(place_of(self.owner.panel), dx=start.dx + dx, dy=start.dy + dy)

    def _scaled(self, to: Point) -> Placed:
        start = self.start.to
        middle = self.start.place(self.start.center)
        before = max(1e-6, math.dist(self.begin, middle))
        scale = start.scale * math.dist(to, middle) / before
        return replace(place_of(self.owner.panel), scale=scale)


def press(owner: Owner, at: Point, *, box: Rect, radius: float) -> Shift | None:
    """The pen touches the canvas; None beside the object."""
    now = placed(owner.panel, box)
    corner = now.corner_at(at, radius) if owner.panel.edit.scales_object else None
    if corner is None and not now.holds(at):
        return None
    return Shift(owner=owner, start=now, begin=at, by_corner=corner is not None)


def nudge(owner: Owner, dx: float, dy: float) -> None:
    """Shift the object by a little, as arrow keys do."""
    now = place_of(owner.panel)
    put_at(owner, replace(now, dx=now.dx + dx, dy=now.dy + dy))


def _values(panel: PanelModel) -> dict[str, Any]:
    return {name: panel.value(name) for name in panel.edit.place_fields}
