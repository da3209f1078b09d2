# SPDX-License-Identifier: GPL-3.0-or-later
"""Large results in small bites, so that the paint program breathes in between."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import Any

from .formats import Space
from .protocol.images import ITEM_BYTES
from .protocol.plugin.host import NewLayer, Pixels
from .reading import BITE


def out_in_bites(
    put: Callable[..., Any], space: Space, pixels: Pixels
) -> Generator[None, None, None]:
    """Write pixels by `put(bytes, x, y, width, height)`, yielding between bites.

    Raises ValueError when they are of another kind than `space`.
    """
    x, y, width, height = pixels.rect
    row = width * pixels.channels * ITEM_BYTES[pixels.dtype]
    rows = max(1, BITE // row)
    data = memoryview(pixels.data).cast("B")
    for top in range(0, height, rows):
        if top:
            yield
        count = min(rows, height - top)
        place = (x, y + top, width, count)
        part = replace(pixels, rect=place, data=data[top * row : (top + count) * row])
        put(space.bytes_of(part), *place)


def same_layers(some: Sequence[NewLayer], others: Sequence[NewLayer]) -> bool:
    """Whether these are the same results in the same place, without looking at their pixels."""
    return [_named(one) for one in some] == [_named(one) for one in others]


def _named(one: NewLayer) -> tuple[object, ...]:
    pixels = tuple(map(id, (one.pixels, *one.patches)))
    return (pixels, one.name, one.above, one.placement, one.opacity, one.copy_of)
