# SPDX-License-Identifier: Apache-2.0
"""Where a generator looks at a document: a square about what was selected, because its world fills the frame."""

from __future__ import annotations

import math

from server.engine.api import Rect, Size
from server.engine.canvas import rects
from server.engine.canvas.crop import Crop

SMALLEST = 8
"""Document pixels a square has at least."""


def gan_crop(document: Size, selection: Rect | None, size: int, *, room: float = 0.0) -> Crop:
    """The square of the document that a generator of `size` pixels is to show.

    It is the smallest one that holds the selection, grown by `room` of its side all round; without a selection the
    largest one in the middle of the document. It is moved into the document where that is possible; what still lies
    beyond repeats the edge. Raises ValueError when the selection has no pixel in the document.
    """
    if room < 0:
        raise ValueError(f"room must not be negative, got {room}")
    whole = rects.of_size(document)
    if selection is None:
        side = min(document)
        x, y = (document[0] - side) // 2, (document[1] - side) // 2
        return Crop(rect=(x, y, side, side), size=(size, size), document=document)
    chosen = rects.intersect(selection, whole)
    if rects.is_empty(chosen):
        raise ValueError(f"the selection {selection} has no pixel in the document of {document}")
    side = max(math.ceil(max(chosen[2], chosen[3]) * (1 + 2 * room)), SMALLEST)
    x = _along(chosen[0], chosen[2], side, document[0])
    y = _along(chosen[1], chosen[3], side, document[1])
    return Crop(rect=(x, y, side, side), size=(size, size), document=document)


def _along(start: int, length: int, side: int, document: int) -> int:
    """Where a square begins along one axis: about the middle of the selection, within the document if it fits."""
    wanted = start + (length - side) // 2
    if side >= document:
        return (document - side) // 2
    return min(max(wanted, 0), document - side)
