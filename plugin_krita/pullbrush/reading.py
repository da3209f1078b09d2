# SPDX-License-Identifier: GPL-3.0-or-later
"""Large pictures in small bites, so that the paint program breathes in between."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Generator
from typing import Any

from .protocol.plugin.host import Rect

BITE = 1 << 20
"""Bytes read between two breaths: about 1 ms, with the memory they are the first to touch."""


def in_bites(
    take: Callable[..., Any], rect: Rect, pixel_bytes: int, bite: int = BITE
) -> Generator[None, None, bytes | memoryview]:
    """Read a rectangle by `take(x, y, width, height)`, yielding between bites; returns its bytes.

    What `take` returns is copied once, straight to where it stays.
    """
    x, y, width, height = rect
    row = width * pixel_bytes
    rows = max(1, bite // row)
    if rows >= height:
        return bytes(take(x, y, width, height))
    whole = mmap.mmap(-1, row * height)  # its pages come one by one, as they are filled
    for top in range(0, height, rows):
        count = min(rows, height - top)
        whole[top * row : (top + count) * row] = take(x, y + top, width, count)
        yield None
    return memoryview(whole)
