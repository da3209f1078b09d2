# SPDX-License-Identifier: GPL-3.0-or-later
"""A small picture stretched over a large rectangle, piece by piece, and only where it is another than before.

GIMP's layers have one pixel for each of the image's, so a preview over a large region is as large; having GIMP scale
a small layer takes ten times as long (measured). But mostly little changes, and between pieces everybody breathes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from .protocol.plugin.host import Pixels, Rect

PIECE = 1 << 20
"""Pixels that are written at once: 1024 × 1024 take GIMP 5 to 20 ms."""
CELL = 512
"""Side of what is looked at for changes."""


@dataclass(frozen=True, kw_only=True)
class Stretched:
    """An 8-bit RGBA picture over `rect`, whatever its own size."""

    picture: Pixels
    rect: Rect

    def pieces(self, before: Stretched | None) -> Iterator[Rect]:
        """Pieces to write, where there is `before` so far; None: nothing to be seen."""
        _, _, width, height = self.rect
        whole = width * height <= PIECE
        wide, high = (width, height) if whole else (CELL, CELL)
        for top in range(0, height, high):
            row = [
                (left, top, min(wide, width - left), min(high, height - top))
                for left in range(0, width, wide)
            ]
            for changed, cells in groupby(row, lambda cell: self._differs(cell, before)):
                if changed:
                    yield from self._written(list(cells))

    def _written(self, cells: list[Rect]) -> Iterator[Rect]:
        """Cells side by side, as many at once as may be."""
        many = max(1, PIECE // (cells[0][2] * cells[0][3]))
        for first in range(0, len(cells), many):
            some = cells[first : first + many]
            left, top, _, height = some[0]
            width = sum(cell[2] for cell in some)
            yield (self.rect[0] + left, self.rect[1] + top, width, height)

    def _differs(self, cell: Rect, before: Stretched | None) -> bool:
        """Whether this part shows something else now."""
        x, y, width, height = self._beneath(cell)
        stride, data = 4 * self.picture.rect[2], memoryview(self.picture.data).cast("B")
        rows = [
            slice(j * stride + 4 * x, j * stride + 4 * (x + width)) for j in range(y, y + height)
        ]
        if before is None:
            return any(any(data[row][3::4]) for row in rows)
        if (before.rect, before.picture.rect) != (self.rect, self.picture.rect):
            return True
        old = memoryview(before.picture.data).cast("B")
        return any(data[row] != old[row] for row in rows)

    def _beneath(self, cell: Rect) -> Rect:
        """The picture's own pixels that a part is made of, with those that are mixed in at its edge."""
        _, _, width, height = self.rect
        _, _, columns, rows = self.picture.rect
        left, top = cell[0] * columns // width - 1, cell[1] * rows // height - 1
        right = -(-(cell[0] + cell[2]) * columns // width) + 1
        bottom = -(-(cell[1] + cell[3]) * rows // height) + 1
        left, top, right, bottom = max(0, left), max(0, top), min(columns, right), min(rows, bottom)
        return (left, top, right - left, bottom - top)
