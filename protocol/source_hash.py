# SPDX-License-Identifier: Apache-2.0
"""The digest of a picture that every host and the engine compute alike.

Over the crop as straight-alpha RGBA, 16 bit, sRGB, little-endian, with RGB = 0 where alpha = 0: hosts keep
different colors under fully transparent pixels, and nobody can see those.
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from operator import mul

Rect = tuple[int, int, int, int]
"""x, y, width, height in document pixels."""


def source_hash(rgba16: bytes | bytearray | memoryview, width: int, height: int) -> str:
    """Return the SHA-256 of `height` rows of `width` pixels of four u16 each, as hexadecimal digits.

    Raises ValueError when the bytes are not width × height × 8.
    """
    view = memoryview(rgba16).cast("B")
    if view.nbytes != width * height * 8:
        raise ValueError(
            f"{width} × {height} RGBA u16 pixels are {width * height * 8} bytes, not {view.nbytes}"
        )
    digest = hashlib.sha256(f"pullbrush source {width}x{height} rgba16\n".encode())
    row = width * 8
    for y in range(height):
        digest.update(_visible(view[y * row : (y + 1) * row]))
    return digest.hexdigest()


def widen(rgba8: bytes | bytearray | memoryview) -> bytes:
    """Turn 8-bit samples into 16-bit ones: v × 257, so that 255 becomes 65535."""
    wide = bytearray(2 * len(rgba8))
    wide[0::2] = rgba8
    wide[1::2] = rgba8
    return bytes(wide)


def _visible(row: memoryview) -> bytes | memoryview:
    """Return the row with the colors of fully transparent pixels set to 0."""
    samples = array("H", bytes(row))
    alpha = samples[3::4]
    if 0 not in alpha:
        return row
    if sys.byteorder == "big":
        samples.byteswap()
    shown = [value != 0 for value in alpha]
    for channel in range(3):
        samples[channel::4] = array("H", map(mul, samples[channel::4], shown))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
