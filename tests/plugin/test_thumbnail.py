# SPDX-License-Identifier: Apache-2.0
"""The small picture of a result: each picked pixel as it is alone, in every depth and order."""

from __future__ import annotations

import math
import random
import struct

import pytest

from protocol.images import ITEM_BYTES, ORDER_CHANNELS
from protocol.plugin.host import Pixels
from protocol.plugin.png import write_png
from protocol.plugin.thumbnail import CODES, rgba_of, thumbnail

WIDTH, HEIGHT, SIDE = 31, 17, 11
ORDERS = [(order, channels) for order, counts in ORDER_CHANNELS.items() for channels in counts]


def sample(draw: random.Random, dtype: str) -> float:
    if dtype.startswith("u"):
        return draw.randrange(256 ** ITEM_BYTES[dtype])
    return math.nan if draw.random() < 0.05 else draw.uniform(-0.2, 1.3)


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize(("order", "channels"), ORDERS)
@pytest.mark.parametrize("dtype", CODES)
def test_every_third_pixel_is_seen_as_it_is(
    dtype: str, order: str, channels: int, linear: bool
) -> None:
    draw = random.Random(7)
    values = [sample(draw, dtype) for _ in range(WIDTH * HEIGHT * channels)]
    data = struct.pack(f"<{len(values)}{CODES[dtype]}", *values)
    rect = (0, 0, WIDTH, HEIGHT)
    pixels = Pixels(
        rect=rect, data=data, channels=channels, dtype=dtype, order=order, linear=linear
    )
    reader = struct.Struct(f"<{channels}{CODES[dtype]}")
    picked = b"".join(
        rgba_of(reader.unpack_from(data, (y * WIDTH + x) * reader.size), pixels)
        for y in range(0, HEIGHT, 3)
        for x in range(0, WIDTH, 3)
    )
    assert thumbnail(pixels, SIDE) == write_png(picked, 11, 6, 4)
