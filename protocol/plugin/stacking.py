# SPDX-License-Identifier: Apache-2.0
"""What is seen of a few layers on each other, so that an edit can go on from a result that covers only a part.

Normal blending of straight alpha (Porter and Duff 1984, “over”), in the values as the layers keep them: with the
alphas a_s above and a_b below, a = a_s + a_b·(1 - a_s) and c = (c_s·a_s + c_b·a_b·(1 - a_s)) / a.
Results are mostly quite transparent or quite opaque; only their soft edges are computed one pixel at a time.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Generator, Sequence
from dataclasses import replace

from ..images import ITEM_BYTES
from ..sentences import say
from .host import HostError, HostLayer, Pixels

ROWS = 16
"""Rows between two breaths."""
_RUNS = re.compile(rb"\x00+|\xff+|[^\x00\xff]+")
_FORMATS = {"u1": ("B", 255.0), "u2": ("H", 65535.0), "f2": ("e", 1.0), "f4": ("f", 1.0)}


def flattened(layers: Sequence[HostLayer]) -> Generator[None, None, Pixels]:
    """The pixels of these layers, from bottom to top, on each other; a breath now and then.

    Raises HostError when they are not of one kind, or one has no pixels.
    """
    below = _pixels(layers[0])
    if len(layers) == 1:
        return below
    out = bytearray(below.data)
    for layer in layers[1:]:
        above = _pixels(layer)
        if _kind(above) != _kind(below) or below.alpha == "none":
            raise HostError(say("layer.colors", name=layer.name, other=layers[0].name))
        height = above.rect[3]
        for y in range(height):
            _row_over(out, above, y, layer.opacity)
            if y % ROWS == ROWS - 1:
                yield
    return replace(below, data=bytes(out))


def _pixels(layer: HostLayer) -> Pixels:
    if layer.pixels is None:
        raise HostError(layer.refusal or say("layer.empty", name=layer.name))
    return layer.pixels


def _kind(pixels: Pixels) -> tuple[object, ...]:
    return (pixels.rect, pixels.channels, pixels.dtype, pixels.order, pixels.icc, pixels.linear)


def _row_over(out: bytearray, above: Pixels, y: int, opacity: float) -> None:
    """Put one row above what is there."""
    width, count = above.rect[2], above.channels
    code, top = _FORMATS[above.dtype]
    size = count * ITEM_BYTES[above.dtype]
    start = y * width * size
    row = bytes(memoryview(above.data).cast("B")[start : start + width * size])
    for run in _RUNS.finditer(_covers(row, count, code, top, opacity)):
        kind, first, last = run[0][0], run.start() * size, run.end() * size
        if kind == 255:
            out[start + first : start + last] = row[first:last]
        elif kind:
            under = bytes(out[start + first : start + last])
            mixed = _mixed(row[first:last], under, f"{count}{code}", top, opacity)
            out[start + first : start + last] = mixed


def _covers(row: bytes, count: int, code: str, top: float, opacity: float) -> bytes:
    """One byte a pixel: 0 where a row shows nothing, 255 where it hides all that is below, else 1."""
    if code == "B":
        alphas: Sequence[float] = row[count - 1 :: count]
        if opacity >= 1:
            return bytes(alphas)  # type: ignore[arg-type]
    else:
        alphas = struct.unpack(f"<{len(row) // struct.calcsize(code)}{code}", row)[
            count - 1 :: count
        ]
    full = top if opacity >= 1 else float("inf")
    return bytes(0 if alpha <= 0 else 255 if alpha >= full else 1 for alpha in alphas)


def _mixed(above: bytes, below: bytes, form: str, top: float, opacity: float) -> bytes:
    pixel = struct.Struct(f"<{form}")
    whole, out = top > 1, bytearray(len(above))
    for at in range(0, len(above), pixel.size):
        upper, lower = pixel.unpack_from(above, at), pixel.unpack_from(below, at)
        a_s, a_b = upper[-1] / top * opacity, lower[-1] / top
        a_b *= 1 - a_s
        alpha = a_s + a_b
        values = [
            (c_s * a_s + c_b * a_b) / alpha if alpha else 0.0
            for c_s, c_b in zip(upper[:-1], lower[:-1], strict=True)
        ]
        values.append(alpha * top)
        pixel.pack_into(out, at, *(map(round, values) if whole else values))
    return bytes(out)
