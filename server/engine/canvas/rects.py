# SPDX-License-Identifier: Apache-2.0
"""Rectangles of document pixels as (x, y, width, height), and arrays cut along them.

A rectangle without area is (x, y, 0, 0) or any with width or height <= 0; `is_empty` knows both.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Rect, Size


def is_empty(rect: Rect) -> bool:
    """Whether the rectangle holds no pixel."""
    return rect[2] <= 0 or rect[3] <= 0


def of_size(size: Size) -> Rect:
    """The whole document of that size."""
    return (0, 0, size[0], size[1])


def intersect(a: Rect, b: Rect) -> Rect:
    """The pixels in both; (x, y, 0, 0) when there are none."""
    x, y = max(a[0], b[0]), max(a[1], b[1])
    right, bottom = min(a[0] + a[2], b[0] + b[2]), min(a[1] + a[3], b[1] + b[3])
    if right <= x or bottom <= y:
        return (x, y, 0, 0)
    return (x, y, right - x, bottom - y)


def union(*rects: Rect) -> Rect:
    """The smallest rectangle around all that are not empty."""
    full = [rect for rect in rects if not is_empty(rect)]
    if not full:
        return (0, 0, 0, 0)
    x, y = min(r[0] for r in full), min(r[1] for r in full)
    right, bottom = max(r[0] + r[2] for r in full), max(r[1] + r[3] for r in full)
    return (x, y, right - x, bottom - y)


def pad(rect: Rect, pixels: int) -> Rect:
    """The rectangle grown by `pixels` on every side."""
    return (rect[0] - pixels, rect[1] - pixels, rect[2] + 2 * pixels, rect[3] + 2 * pixels)


def shift(rect: Rect, dx: float, dy: float) -> Rect:
    """The pixels touched by the rectangle moved by (dx, dy), which need not be whole."""
    left, top = floor(rect[0] + dx), floor(rect[1] + dy)
    right, bottom = ceil(rect[0] + rect[2] + dx), ceil(rect[1] + rect[3] + dy)
    return (left, top, right - left, bottom - top)


def contains(outer: Rect, inner: Rect) -> bool:
    """Whether every pixel of `inner` lies in `outer`."""
    return is_empty(inner) or intersect(outer, inner) == inner


def slices(rect: Rect, origin: Rect) -> tuple[slice, slice]:
    """Row and column slices of `rect` in an array whose first pixel is that of `origin`.

    Raises ValueError when `rect` reaches out of `origin`: a negative start would silently wrap.
    """
    if not contains(origin, rect):
        raise ValueError(f"rectangle {rect} reaches out of {origin}")
    x, y = rect[0] - origin[0], rect[1] - origin[1]
    return slice(y, y + max(rect[3], 0)), slice(x, x + max(rect[2], 0))


def around_points(points: Iterable[tuple[float, float]], radius: float) -> Rect:
    """The pixels within `radius` (along each axis) of any of the points."""
    pairs = list(points)
    if not pairs:
        return (0, 0, 0, 0)
    left, top = floor(min(x for x, _ in pairs) - radius), floor(min(y for _, y in pairs) - radius)
    right, bottom = ceil(max(x for x, _ in pairs) + radius), ceil(max(y for _, y in pairs) + radius)
    return (left, top, right - left, bottom - top)


def bounds(mask: NDArray[np.generic], origin: Rect) -> Rect:
    """The smallest rectangle around the non-zero pixels of a mask (h, w) lying at `origin`."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return (origin[0], origin[1], 0, 0)
    return (
        origin[0] + int(columns[0]),
        origin[1] + int(rows[0]),
        int(columns[-1] - columns[0]) + 1,
        int(rows[-1] - rows[0]) + 1,
    )
