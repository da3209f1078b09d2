# SPDX-License-Identifier: Apache-2.0
"""A pen on the selected object of a `move`: pull it somewhere else, or pull a corner to make it bigger or smaller.

The engine scales about the middle of the object's box, then shifts by (dx, dy); so does what is drawn here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..edits import Number, Point
from .host import Rect
from .panel import PanelModel


class Owner(Protocol):
    """Who keeps the values: `desk.Desk`."""

    @property
    def panel(self) -> PanelModel: ...
    def set_many(self, values: Mapping[str, object]) -> None: ...
    def let_go(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Where the object goes: its box, how far, how big."""

    box: Rect
    dx: float = 0.0
    dy: float = 0.0
    scale: float = 1.0

    @property
    def center(self) -> Point:
        """The middle of the box where it was."""
        x, y, width, height = self.box
        return (x + width / 2, y + height / 2)

    def place(self, point: Point) -> Point:
        """Where a point of the object arrives."""
        x, y = self.center
        return (
            x + self.scale * (point[0] - x) + self.dx,
            y + self.scale * (point[1] - y) + self.dy,
        )

    @property
    def corners(self) -> tuple[Point, Point, Point, Point]:
        """The box where it arrives, clockwise from the upper left."""
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
        (left, top), _, (right, bottom), _ = self.corners
        return left <= point[0] <= right and top <= point[1] <= bottom


def placed(panel: PanelModel, box: Rect) -> Placed:
    """Return where the panel's values put the object; what is not possible yet counts as unchanged."""
    return Placed(
        box=box,
        dx=_number(panel, "dx", 0.0),
        dy=_number(panel, "dy", 0.0),
        scale=_number(panel, "scale", 1.0),
    )


@dataclass(kw_only=True)
class Shift:
    """A pull of the object from press to lift."""

    owner: Owner
    start: Placed
    begin: Point
    by_corner: bool

    def move(self, to: Point) -> None:
        """The pen goes on."""
        self.owner.set_many(self._scaled(to) if self.by_corner else self._shifted(to))

    def lift(self) -> None:
        """The pen leaves."""
        self.owner.let_go()

    def _shifted(self, to: Point) -> dict[str, object]:
        """By whole pixels, whatever the zoom: a fraction of one would blur the object. Keys and fields give those."""
        dx = self.start.dx + round(to[0] - self.begin[0])
        dy = self.start.dy + round(to[1] - self.begin[1])
        return {
            "dx": _within(self.owner.panel, "dx", dx),
            "dy": _within(self.owner.panel, "dy", dy),
        }

    def _scaled(self, to: Point) -> dict[str, object]:
        x, y = self.start.center
        middle = (x + self.start.dx, y + self.start.dy)
        before = max(1e-6, math.dist(self.begin, middle))
        scale = self.start.scale * math.dist(to, middle) / before
        return {"scale": _within(self.owner.panel, "scale", scale)}


def press(owner: Owner, at: Point, *, box: Rect, radius: float) -> Shift | None:
    """The pen touches the canvas; None beside the object."""
    now = placed(owner.panel, box)
    corner = now.corner_at(at, radius) if "scale" in owner.panel.edit.fields else None
    if corner is None and not now.holds(at):
        return None
    return Shift(owner=owner, start=now, begin=at, by_corner=corner is not None)


def nudge(owner: Owner, dx: float, dy: float) -> None:
    """Shift the object by a little, as arrow keys do."""
    now = placed(owner.panel, (0, 0, 0, 0))
    owner.set_many(
        {
            "dx": _within(owner.panel, "dx", now.dx + dx),
            "dy": _within(owner.panel, "dy", now.dy + dy),
        }
    )


def _number(panel: PanelModel, name: str, usual: float) -> float:
    value: Any = panel.value(name) if name in panel.edit.fields else usual
    return float(value) if isinstance(value, (int, float)) else usual


def _within(panel: PanelModel, name: str, value: float) -> float:
    """Round to hundredths, within what the edit takes."""
    spec = panel.edit.fields[name]
    low, high = (spec.minimum, spec.maximum) if isinstance(spec, Number) else (value, value)
    return round(min(high, max(low, value)), 2)
