# SPDX-License-Identifier: GPL-3.0-or-later
"""Large pictures in small bites, so that the paint program breathes in between."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Generator

from .protocol.plugin.host import Rect

BITES = {"U8": 16 << 20}
"""Bytes of one bite where reading is copying: 2048² pixels take under 3 ms."""
SMALL_BITE = 2 << 20


def bite_of(depth: str) -> int:
    """Bytes that are read between two breaths."""
    return BITES.get(depth, SMALL_BITE)


def in_bites(
    take: Callable[..., bytes], rect: Rect, pixel_bytes: int, bite: int
) -> Generator[None, None, bytes | memoryview]:
    """Read a rectangle by `take(x, y, width, height)`, yielding between bites; returns its bytes."""
    x, y, width, height = rect
    row = width * pixel_bytes
    rows = max(1, bite // row)
    if rows >= height:
        return take(x, y, width, height)
    whole = mmap.mmap(-1, row * height)  # its pages come one by one, as they are filled
    for top in range(0, height, rows):
        count = min(rows, height - top)
        whole[top * row : (top + count) * row] = take(x, y + top, width, count)
        yield None
    return memoryview(whole)
