# SPDX-License-Identifier: Apache-2.0
"""Rectangles of pixels as bytes, and what a paint program does to them: cut, fill, scale, turn, convert."""

from __future__ import annotations

import struct
from dataclasses import replace

from protocol.images import ITEM_BYTES, Depth
from protocol.plugin.host import Pixels, Rect

_CODES = {"u1": ("B", 255), "u2": ("H", 65535), "f2": ("e", 1.0), "f4": ("f", 1.0)}


def size_of(pixels: Pixels) -> int:
    """Bytes of one pixel."""
    return pixels.channels * ITEM_BYTES[pixels.dtype]


def row_of(pixels: Pixels, rect: Rect, y: int) -> bytes:
    """One row of `rect` out of a layer, transparent beside it."""
    size = size_of(pixels)
    left, top, width, height = pixels.rect
    first, last = max(rect[0], left), min(rect[0] + rect[2], left + width)
    if not top <= y < top + height or last <= first:
        return bytes(rect[2] * size)
    start = ((y - top) * width + first - left) * size
    body = bytes(memoryview(pixels.data)[start : start + (last - first) * size])
    return bytes((first - rect[0]) * size) + body + bytes((rect[0] + rect[2] - last) * size)


def filled(rect: Rect, color: tuple[int, int, int, int]) -> Pixels:
    """8-bit RGBA of one color."""
    return Pixels(rect=rect, data=bytes(color) * (rect[2] * rect[3]))


def shifted(pixels: Pixels, dx: int, dy: int) -> Pixels:
    """The same somewhere else."""
    x, y, width, height = pixels.rect
    return replace(pixels, rect=(x + dx, y + dy, width, height))


def inside(rect: Rect, of: Rect) -> Rect:
    """What two rectangles share; empty at the corner of the second where they share nothing."""
    left, top = max(rect[0], of[0]), max(rect[1], of[1])
    right = min(rect[0] + rect[2], of[0] + of[2])
    bottom = min(rect[1] + rect[3], of[1] + of[3])
    if right <= left or bottom <= top:
        return (of[0], of[1], 0, 0)
    return (left, top, right - left, bottom - top)


def patched(pixels: Pixels, patch: Pixels) -> Pixels:
    """With a patch in its place, grown so far that both are held; straight through, no blending."""
    (x, y, w, h), (a, b, c, d), size = pixels.rect, patch.rect, size_of(pixels)
    left, top = min(x, a), min(y, b)
    right, bottom = max(x + w, a + c), max(y + h, b + d)
    rect = (left, top, right - left, bottom - top)
    out = bytearray(b"".join(row_of(pixels, rect, top + i) for i in range(rect[3])))
    for i in range(d):
        start = ((b + i - top) * rect[2] + a - left) * size
        out[start : start + c * size] = row_of(patch, patch.rect, b + i)
    return replace(pixels, rect=rect, data=bytes(out))


def zoomed(pixels: Pixels, by_x: float, by_y: float) -> Pixels:
    """Scaled about the corner of the canvas, each pixel the nearest one."""
    x, y, w, h = pixels.rect
    size, rows = size_of(pixels), []
    wide, high = max(1, round(w * by_x)), max(1, round(h * by_y))
    for j in range(high):
        row = row_of(pixels, pixels.rect, y + min(h - 1, int(j / by_y)))
        picked = (min(w - 1, int(i / by_x)) * size for i in range(wide))
        rows.append(b"".join(row[at : at + size] for at in picked))
    rect = (round(x * by_x), round(y * by_y), wide, high)
    return replace(pixels, rect=rect, data=b"".join(rows))


def turned(pixels: Pixels, canvas_height: int) -> Pixels:
    """Turned clockwise by a quarter with the canvas."""
    x, y, w, h = pixels.rect
    size = size_of(pixels)
    rows = [row_of(pixels, pixels.rect, y + j) for j in range(h)]
    data = b"".join(rows[h - 1 - i][j * size : (j + 1) * size] for j in range(w) for i in range(h))
    return replace(pixels, rect=(canvas_height - y - h, x, h, w), data=data)


def mirrored(pixels: Pixels, canvas_width: int) -> Pixels:
    """Left and right exchanged with the canvas."""
    x, y, w, h = pixels.rect
    size = size_of(pixels)
    rows = [row_of(pixels, pixels.rect, y + j) for j in range(h)]
    data = b"".join(row[(w - 1 - i) * size : (w - i) * size] for row in rows for i in range(w))
    return replace(pixels, rect=(canvas_width - x - w, y, w, h), data=data)


def at_depth(pixels: Pixels, dtype: Depth) -> Pixels:
    """The same picture with samples of another kind; the curve stays the one of sRGB."""
    (old, full), (new, top) = _CODES[pixels.dtype], _CODES[dtype]
    data = bytes(pixels.data)
    values = struct.unpack(f"<{len(data) // struct.calcsize(old)}{old}", data)
    made = (value / full * top for value in values)
    whole = [round(one) for one in made] if top > 1 else list(made)
    return replace(pixels, dtype=dtype, data=struct.pack(f"<{len(values)}{new}", *whole))
