# SPDX-License-Identifier: Apache-2.0
"""Rings and crosses in a preview's pixels: where the pulled points are in it, and where they go.

For paint programs whose canvas nothing can be drawn over; never in a result. Each mark is a line around a center with
a light edge, both by their distance from that line, so that they are smooth without any library.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..edits import Drags, EditModel, Point
from .host import Pixels, Rect
from .marks import EDGE, HANDLE, PIN, TARGET

Sort = Literal["handle", "pin", "target"]
Color = tuple[int, int, int]

COLORS: Mapping[Sort, str] = {"handle": HANDLE, "pin": PIN, "target": TARGET}
RADIUS, HALF, AROUND = 4.0, 0.8, 1.2
"""Of a ring or an arm of a cross, half the width of its line, width of the edge: in pixels of a preview of 256."""
UNIT = 256


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A mark at a place in the document."""

    sort: Sort
    at: Point


def spots_of(
    model: EditModel | None, params: Mapping[str, Any], handles: Sequence[Point]
) -> tuple[Spot, ...]:
    """What is marked in a preview whose pulled points are at `handles`: these, and the ends of their drags.

    Targets come first, so that a handle that has arrived lies on its target.
    """
    fields = model.fields.items() if model is not None else ()
    name = next((name for name, spec in fields if isinstance(spec, Drags)), "")
    ways: Sequence[Sequence[Sequence[float]]] = params.get(name) or ()
    if len(ways) != len(handles):  # nobody can say which is whose
        return tuple(Spot(sort="handle", at=at) for at in handles)
    ends = [Spot(sort="target", at=(way[-1][0], way[-1][1])) for way in ways if len(way) > 1]
    starts = [
        Spot(sort="handle" if len(way) > 1 else "pin", at=at)
        for way, at in zip(ways, handles, strict=True)
    ]
    return (*ends, *starts)


def with_spots(rgba: Pixels, rect: Rect, spots: Sequence[Spot]) -> Pixels:
    """The 8-bit RGBA picture that is stretched over `rect`, with the spots on it; its own bytes stay as they are."""
    if not spots:
        return rgba
    _, _, width, height = rgba.rect
    unit = max(1.0, max(width, height) / UNIT)
    data = bytearray(rgba.data)
    for spot in spots:
        x = (spot.at[0] - rect[0]) * width / rect[2]
        y = (spot.at[1] - rect[1]) * height / rect[3]
        line = _cross(unit * RADIUS) if spot.sort == "target" else _ring(unit * RADIUS)
        _draw(data, (width, height), (x, y), line, unit, _rgb(COLORS[spot.sort]))
    return replace(rgba, data=bytes(data))


def _draw(
    data: bytearray,
    size: tuple[int, int],
    center: Point,
    line: Callable[[float, float], float],
    unit: float,
    color: Color,
) -> None:
    """Draw a line of some width with its edge; `line` is how far from it a place beside the center is."""
    reach = math.ceil(unit * (RADIUS + HALF + AROUND)) + 1
    wide, thin, edge = unit * (HALF + AROUND), unit * HALF, _rgb(EDGE)
    for y in _within(center[1], reach, size[1]):
        for x in _within(center[0], reach, size[0]):
            far = line(x + 0.5 - center[0], y + 0.5 - center[1])
            at = 4 * (y * size[0] + x)
            _over(data, at, edge, wide + 0.5 - far)
            _over(data, at, color, thin + 0.5 - far)


def _within(center: float, reach: int, end: int) -> range:
    middle = math.floor(center)
    return range(max(0, middle - reach), min(end, middle + reach + 1))


def _over(data: bytearray, at: int, color: Color, cover: float) -> None:
    """Lay a color over one pixel of straight alpha."""
    if cover <= 0:
        return
    cover = min(1.0, cover)
    below = data[at + 3] / 255 * (1 - cover)
    alpha = cover + below
    for i, value in enumerate(color):
        data[at + i] = round((value * cover + data[at + i] * below) / alpha)
    data[at + 3] = round(255 * alpha)


def _ring(radius: float) -> Callable[[float, float], float]:
    return lambda x, y: abs(math.hypot(x, y) - radius)


def _cross(arm: float) -> Callable[[float, float], float]:
    """Two crossed lines, as on a map."""
    reach = arm / math.sqrt(2)

    def far(x: float, y: float) -> float:
        one, other = (x + y) / 2, (x - y) / 2
        return min(away(one, other), away(other, one))

    def away(along: float, beside: float) -> float:
        return math.sqrt(2) * math.hypot(max(0.0, abs(along) - reach), beside)

    return far


def _rgb(color: str) -> Color:
    red, green, blue = bytes.fromhex(color[1:])
    return (red, green, blue)
