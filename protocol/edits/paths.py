# SPDX-License-Identifier: Apache-2.0
"""What the artist draws to drag with: polylines with way-points, and pins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from .problem import ParamError, say, show

Point = tuple[float, float]

REACH = 65536.0
"""Largest coordinate: layers may lie beside the canvas, but not on another continent."""

MOST_POINTS = 64


@dataclass(frozen=True, kw_only=True)
class DragPath:
    """One drag in document pixels: two or more points are a way to go, one point is a pin.

    The first point is the handle and the last its target; points between are way-points.
    A pin is a place that must stay.
    """

    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", parse_points(self.points, "points"))

    @property
    def start(self) -> Point:
        """The handle: the place that is pulled."""
        return self.points[0]

    @property
    def end(self) -> Point:
        """The target: where the handle shall arrive. A pin's target is its own place."""
        return self.points[-1]

    @property
    def is_pin(self) -> bool:
        """Whether this is a place that must stay."""
        return len(self.points) == 1

    @property
    def length(self) -> float:
        """Length of the way along all way-points, in document pixels."""
        return sum(math.dist(a, b) for a, b in zip(self.points, self.points[1:], strict=False))


def parse_points(value: object, path: str) -> tuple[Point, ...]:
    """Check a list of [x, y] and return it as tuples of floats."""
    items = as_list(value, path, "points.list")
    if not 1 <= len(items) <= MOST_POINTS:
        raise ParamError(path, say("points.count", most=MOST_POINTS, count=len(items)))
    points = tuple(_parse_point(item, f"{path}.{i}") for i, item in enumerate(items))
    if len(points) > 1 and len(set(points)) == 1:
        raise ParamError(path, say("points.still"))
    return points


def as_list(value: object, path: str, otherwise: str, field: str = "") -> Sequence[object]:
    """Return `value` if it is a list or tuple; `otherwise` is the id of what is said when it is not."""
    if not isinstance(value, (list, tuple)):
        raise ParamError(path, say(otherwise, field=field, value=show(value)))
    return cast("Sequence[object]", value)


def _parse_point(value: object, path: str) -> Point:
    pair = as_list(value, path, "points.pair")
    if len(pair) != 2:
        raise ParamError(path, say("points.pair", value=f"{len(pair)}"))
    return (_coordinate(pair[0], f"{path}.0"), _coordinate(pair[1], f"{path}.1"))


def _coordinate(value: object, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ParamError(path, say("points.number", value=show(value)))
    if not -REACH <= value <= REACH:  # also refuses NaN
        raise ParamError(path, say("points.reach", value=value, reach=REACH))
    return float(value)
