# SPDX-License-Identifier: Apache-2.0
"""Small pictures of results for the history: every n-th pixel, any depth, as an 8-bit PNG."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

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
    columns, rows = range(0, width, step), range(0, height, step)
    size = pixels.channels * ITEM_BYTES[pixels.dtype]
    data = memoryview(pixels.data).cast("B")
    starts = (size * (y * width + x) for y in rows for x in columns)
    picked = b"".join([data[at : at + size] for at in starts])
    return write_png(_rgba(picked, pixels), len(columns), len(rows), 4)


def _rgba(data: bytes, pixels: Pixels) -> bytearray:
    """Some of the pixels as 8-bit RGBA, channel by channel: pixel by pixel takes three times as long."""
    channels, code = pixels.channels, CODES[pixels.dtype]
    values = struct.unpack(f"<{len(data) // ITEM_BYTES[pixels.dtype]}{code}", data)
    has_alpha = channels in (2, 4) and pixels.alpha != "none"
    color = [_level(values[i::channels], pixels, pixels.linear) for i in range(min(channels, 3))]
    color = color if channels >= 3 else color[:1] * 3
    out = bytearray(b"\xff" * (4 * len(color[0])))
    for i, plane in enumerate(color[::-1] if pixels.order == "bgra" else color):
        out[i::4] = plane
    if has_alpha:
        out[3::4] = _level(values[channels - 1 :: channels], pixels, linear=False)
    return out


def _level(values: Sequence[float], pixels: Pixels, linear: bool) -> bytes:
    """One channel in 8 bit; linear light is brought to sRGB's curve."""
    if pixels.dtype == "u1" and not linear:
        return bytes(values)  # pyright: ignore[reportArgumentType]  # whole numbers
    top = _TOPS[pixels.dtype]
    parts = [1.0 if v >= top else v / top if v > 0 else 0.0 for v in values]  # NaN becomes 0
    return bytes([round(255 * part) for part in (map(_encoded, parts) if linear else parts)])


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
