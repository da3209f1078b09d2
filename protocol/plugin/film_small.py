# SPDX-License-Identifier: Apache-2.0
"""A picture made very small, with what lies below it: a live preview or a result as one square of a film strip.

Every small pixel is the mean of a few samples, which is quick enough to be done between two frames: means of whole
rows are taken at once, as long integers.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Sequence

from ..images import ITEM_BYTES
from .host import Pixels, Rect
from .thumbnail import CODES, rgba_of

SIDE = 40
"""Pixels of a small picture along its longer side."""
GRAY = 0x7A
"""What is seen where there is nothing at all."""
FINE, COARSE = 4, 2
"""Samples along each side of a small pixel: of plain 8-bit pictures, and of those that must be converted."""

Line = Callable[[int, Sequence[int]], "array[int]"]
"""RGBA samples of a row at some columns, four bytes in one number; a column of -1 is nothing."""


def small_size(place: Rect) -> tuple[int, int]:
    """Width and height of the small picture of a place in the document."""
    width, height = place[2:]
    longest = max(width, height)
    return max(1, round(SIDE * width / longest)), max(1, round(SIDE * height / longest))


def shrunk(pixels: Pixels, at: Rect, place: Rect, below: bytes = b"") -> bytes:
    """Return what is seen of `place` as RGB (see `small_size`); the picture lies `at` a rectangle of the document.

    `below` is what lies below it, as RGB of the same size; without it, gray. Color profiles are left aside.
    """
    width, height = small_size(place)
    plain = (pixels.channels, pixels.dtype) == (4, "u1") and not pixels.linear
    line, fine = (_plain_line(pixels), FINE) if plain else (_any_line(pixels), COARSE)
    columns = _samples(place[0], place[2], width * fine, at[0], at[2], pixels.rect[2])
    rows = _samples(place[1], place[3], height * fine, at[1], at[3], pixels.rect[3])
    nothing = array("I", bytes(4 * len(columns)))
    out = bytearray()
    for top in range(0, len(rows), fine):
        lines = [line(y, columns) if y >= 0 else nothing for y in rows[top : top + fine]]
        parts = [one[i::fine].tobytes() for one in lines for i in range(fine)]
        out += _mean(parts)
    swapped = plain and pixels.order == "bgra"
    opaque = plain and pixels.alpha == "none"
    return _over(out, below or bytes([GRAY]) * (3 * width * height), swapped, opaque)


def _samples(begin: int, length: int, count: int, at: int, span: int, pixels: int) -> list[int]:
    """Where `count` places, evenly along the document, lie in a row of pixels; -1 beside it."""
    places = (begin + (i + 0.5) * length / count for i in range(count))
    found = [int((place - at) * pixels // span) for place in places]
    return [one if 0 <= one < pixels else -1 for one in found]


def _plain_line(pixels: Pixels) -> Line:
    width = pixels.rect[2]
    numbers = memoryview(pixels.data).cast("B").cast("I")

    def line(y: int, columns: Sequence[int]) -> array[int]:
        row = numbers[y * width : (y + 1) * width]
        return array("I", [row[x] if x >= 0 else 0 for x in columns])

    return line


def _any_line(pixels: Pixels) -> Line:
    width = pixels.rect[2]
    size = pixels.channels * ITEM_BYTES[pixels.dtype]
    reader = struct.Struct(f"<{pixels.channels}{CODES[pixels.dtype]}")
    data = memoryview(pixels.data).cast("B")

    def sample(x: int, y: int) -> bytes:
        if x < 0:
            return bytes(4)
        return rgba_of(reader.unpack_from(data, (y * width + x) * size), pixels)

    def line(y: int, columns: Sequence[int]) -> array[int]:
        return array("I", b"".join(sample(x, y) for x in columns))

    return line


def _mean(parts: list[bytes]) -> bytes:
    """The mean of rows, byte by byte; their number is a power of two.

    (a & b) + ((a ^ b) >> 1) is the mean of two numbers; the mask keeps bits of one byte out of the next.
    """
    mask = int.from_bytes(b"\xfe" * len(parts[0]), "little")
    numbers = [int.from_bytes(part, "little") for part in parts]
    while len(numbers) > 1:
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        numbers = [(a & b) + (((a ^ b) & mask) >> 1) for a, b in pairs]
    return numbers[0].to_bytes(len(parts[0]), "little")


def _over(rgba: bytearray, below: bytes, swapped: bool, opaque: bool) -> bytes:
    alphas = b"\xff" * (len(rgba) // 4) if opaque else bytes(rgba[3::4])
    out = bytearray(len(below))
    for channel in range(3):
        above = rgba[2 - channel :: 4] if swapped else rgba[channel::4]
        pairs = zip(above, below[channel::3], alphas, strict=True)
        out[channel::3] = bytes([(a * t + b * (255 - t) + 127) // 255 for a, b, t in pairs])
    return bytes(out)
