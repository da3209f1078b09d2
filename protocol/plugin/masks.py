# SPDX-License-Identifier: Apache-2.0
"""Masks as bytes: one byte a pixel, cut to a rectangle, and the box around what is not 0."""

from __future__ import annotations

from .host import Pixels, Rect, Selection


def cut(mask: Pixels, rect: Rect) -> Pixels:
    """Return the mask over another rectangle, 0 where it does not reach; raises ValueError unless 8-bit gray."""
    if (mask.dtype, mask.channels) != ("u1", 1):
        raise ValueError(f"a mask has one byte a pixel, not {mask.channels} of {mask.dtype}")
    left, top, width, height = mask.rect
    x, y, columns, rows = rect
    first, last = max(x, left), min(x + columns, left + width)
    out = bytearray(columns * rows)
    data = memoryview(mask.data)
    if last > first:
        for row in range(max(y, top), min(y + rows, top + height)):
            start = (row - top) * width + first - left
            to = (row - y) * columns + first - x
            out[to : to + last - first] = data[start : start + last - first]
    return Pixels(rect=rect, data=bytes(out), channels=1, order="gray", alpha="none")


def bounds(mask: Pixels) -> Rect | None:
    """Return the smallest rectangle around all that is not 0, or None when everything is."""
    left, top, width, height = mask.rect
    data = bytes(mask.data)
    lines = [data[y * width : (y + 1) * width] for y in range(height)]
    full = [y for y, line in enumerate(lines) if line.strip(b"\0")]
    if not full:
        return None
    first = min(width - len(lines[y].lstrip(b"\0")) for y in full)
    last = max(len(lines[y].rstrip(b"\0")) for y in full)
    return (left + first, top + full[0], last - first, full[-1] + 1 - full[0])


def selection_of(mask: Pixels, rect: Rect | None) -> Selection | None:
    """Return a mask as a host returns its selection; see `Host.read_selection`."""
    box = bounds(mask)
    return (
        None
        if box is None
        else Selection(bounds=box, mask=None if rect is None else cut(mask, rect))
    )
