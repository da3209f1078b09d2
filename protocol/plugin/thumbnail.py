# SPDX-License-Identifier: Apache-2.0
"""Small pictures of results for the history: every n-th pixel, any depth, as an 8-bit PNG."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from ..images import ITEM_BYTES
from .host import Pixels
from .png import write_png

SIDE = 96
CODES: Mapping[str, str] = {"u1": "B", "u2": "H", "f2": "e", "f4": "f"}
_TOPS = {"u1": 255.0, "u2": 65535.0, "f2": 1.0, "f4": 1.0}


def thumbnail(pixels: Pixels, side: int = SIDE) -> bytes:
    """Return a PNG with no side above `side`; linear light is brought to sRGB's curve."""
    width, height = pixels.rect[2:]
    step = max(1, -(-max(width, height) // side))
    size = pixels.channels * ITEM_BYTES[pixels.dtype]
    reader = struct.Struct(f"<{pixels.channels}{CODES[pixels.dtype]}")
    data = memoryview(pixels.data).cast("B")
    out = bytearray()
    columns = range(0, width, step)
    rows = range(0, height, step)
    for y in rows:
        for x in columns:
            out += rgba_of(reader.unpack_from(data, (y * width + x) * size), pixels)
    return write_png(out, len(columns), len(rows), 4)


def rgba_of(values: tuple[float, ...], pixels: Pixels) -> bytes:
    """One pixel as 8-bit RGBA; linear light is brought to sRGB's curve."""
    top = _TOPS[pixels.dtype]
    parts = [min(1.0, max(0.0, value / top)) for value in values]  # NaN becomes 0
    has_alpha = pixels.channels in (2, 4) and pixels.alpha != "none"
    alpha = parts[-1] if has_alpha else 1.0
    color = parts[:3] if pixels.channels >= 3 else parts[:1] * 3
    if pixels.order == "bgra":
        color = color[::-1]
    if pixels.linear:
        color = [_encoded(value) for value in color]
    return bytes(round(255 * value) for value in (*color, alpha))


def _encoded(value: float) -> float:
    """sRGB's transfer curve (IEC 61966-2-1)."""
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
