# SPDX-License-Identifier: Apache-2.0
"""Which handles hold on to nothing: in a flat area every place looks like the next, so a pulled point drifts."""

from __future__ import annotations

import struct
from collections.abc import Callable

from ..edits import Point
from ..images import ITEM_BYTES
from .basis import picture
from .bites import at_once
from .drags import DragList
from .host import Host, HostError, Pixels, Rect

REACH = 7
"""Half the side of the square that is looked at; DragonDiffusion compares features of about this size."""
CONTRAST = 0.035
"""A difference between the lightest and the darkest of any channel below this counts as flat: 9 of 255."""
_CODES = {"u1": ("B", 255.0), "u2": ("H", 65535.0), "f2": ("e", 1.0), "f4": ("f", 1.0)}


def is_flat(pixels: Pixels) -> bool:
    """Whether there is nothing to tell one place from another; an empty or transparent square is flat too."""
    code, full = _CODES[pixels.dtype]
    data = memoryview(pixels.data).cast("B")
    values = struct.unpack(f"<{len(data) // struct.calcsize(code)}{code}", data)
    if not values:
        return True
    count = pixels.channels
    spans = (max(values[i::count]) - min(values[i::count]) for i in range(count))
    return max(spans) / full < CONTRAST


def is_empty(pixels: Pixels) -> bool:
    """Whether nothing is seen there: all of it is quite transparent."""
    if pixels.channels not in (2, 4) or pixels.alpha == "none":
        return False
    size = ITEM_BYTES[pixels.dtype]
    data, step = bytes(pixels.data), pixels.channels * size
    return not any(any(data[at::step]) for at in range(step - size, step))


def around(place: Point, reach: int = REACH) -> Rect:
    """The square around a place, in whole pixels."""
    return (int(place[0]) - reach, int(place[1]) - reach, 2 * reach + 1, 2 * reach + 1)


def flat_strokes(
    host: Host, drags: DragList, source: str = "", under: tuple[str, ...] = ()
) -> frozenset[int]:
    """Return the numbers of the drags whose handle lies on a flat area of `source`, seen on those `under` it."""
    return _strokes(host, drags, (*under, source), is_flat)


def empty_strokes(
    host: Host, drags: DragList, source: str = "", under: tuple[str, ...] = ()
) -> frozenset[int]:
    """Return the numbers of the drags whose handle lies where nothing is seen."""
    return _strokes(host, drags, (*under, source), is_empty)


def _strokes(
    host: Host, drags: DragList, keys: tuple[str, ...], test: Callable[[Pixels], bool]
) -> frozenset[int]:
    found: set[int] = set()
    for stroke in drags.strokes:
        pixels = None if stroke.is_pin else _seen_at(host, stroke.points[0], keys)
        if pixels is not None and test(pixels):
            found.add(stroke.number)
    return frozenset(found)


def _seen_at(host: Host, place: Point, keys: tuple[str, ...]) -> Pixels | None:
    try:
        return at_once(picture(host, around(place), keys))
    except HostError:
        return None
