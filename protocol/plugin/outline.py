# SPDX-License-Identifier: Apache-2.0
"""The outline of a mask as closed lines, for drawing an object while it is being moved.

Runs along the sides of the cells of a coarse grid: exact enough to aim with, and quick without any library.
"""

from __future__ import annotations

from ..edits import Point
from .host import Pixels

CELLS = 96
"""Cells along the longer side."""
HALF = 128
"""From this value on, a pixel belongs to the object."""


def outline(mask: Pixels, cells: int = CELLS) -> tuple[tuple[Point, ...], ...]:
    """Return closed lines in document pixels around all that is at least half selected.

    Raises ValueError unless the mask has one byte a pixel.
    """
    if (mask.dtype, mask.channels) != ("u1", 1):
        raise ValueError(f"a mask has one byte a pixel, not {mask.channels} of {mask.dtype}")
    left, top, width, height = mask.rect
    step = max(1, -(-max(width, height, 1) // cells))
    full = _grid(mask, step)
    loops = _loops(full)
    right, bottom = left + width, top + height
    return tuple(
        tuple((min(right, left + x * step), min(bottom, top + y * step)) for x, y in loop)
        for loop in loops
    )


def _grid(mask: Pixels, step: int) -> set[tuple[int, int]]:
    """The cells whose middle pixel belongs to the object."""
    _, _, width, height = mask.rect
    data = memoryview(mask.data).cast("B")
    cells: set[tuple[int, int]] = set()
    for row, y in enumerate(range(min(step // 2, height - 1), height, step)):
        line = bytes(data[y * width : (y + 1) * width])[min(step // 2, width - 1) :: step]
        cells.update((column, row) for column, value in enumerate(line) if value >= HALF)
    return cells


def _loops(full: set[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Chain the sides between full and empty cells, the full ones to the right, and drop what lies straight."""
    sides: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for x, y in full:
        around = (
            ((x, y - 1), (x, y), (x + 1, y)),
            ((x + 1, y), (x + 1, y), (x + 1, y + 1)),
            ((x, y + 1), (x + 1, y + 1), (x, y + 1)),
            ((x - 1, y), (x, y + 1), (x, y)),
        )
        for beside, start, end in around:
            if beside not in full:
                sides.setdefault(start, []).append(end)
    loops: list[list[tuple[int, int]]] = []
    while sides:
        start = next(iter(sides))
        loop, at = [start], _take(sides, start)
        while at != start:
            loop.append(at)
            at = _take(sides, at)
        loops.append(_corners(loop))
    return loops


def _take(
    sides: dict[tuple[int, int], list[tuple[int, int]]], at: tuple[int, int]
) -> tuple[int, int]:
    ends = sides[at]
    end = ends.pop()
    if not ends:
        del sides[at]
    return end


def _corners(loop: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Keep the points where the way turns."""
    count = len(loop)
    return [
        loop[i]
        for i in range(count)
        if (loop[i][0] - loop[i - 1][0], loop[i][1] - loop[i - 1][1])
        != (loop[(i + 1) % count][0] - loop[i][0], loop[(i + 1) % count][1] - loop[i][1])
    ]
