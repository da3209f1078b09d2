# SPDX-License-Identifier: Apache-2.0
"""Between the files' pictures (numpy) and the protocol's pixels (bytes)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from protocol.plugin.host import Pixels, Rect
from server.engine.api import Picture, Size
from server.engine.canvas import composite_over, rects
from server.engine.canvas.blend import with_alpha
from server.engine.canvas.depth import as_float, from_float

DEPTHS = {"u1": np.uint8, "u2": np.uint16, "f2": np.float16, "f4": np.float32}
NAMES = {np.dtype(kind).name: depth for depth, kind in DEPTHS.items()}


def cut(picture: Picture, rect: Rect) -> NDArray[Any]:
    """The picture's pixels over `rect`; beside the picture there are zeros (transparent, or black)."""
    x, y, width, height = rect
    left, top, have_w, have_h = picture.rect
    out = np.zeros((height, width, picture.pixels.shape[2]), picture.pixels.dtype)
    x0, y0 = max(x, left), max(y, top)
    x1, y1 = min(x + width, left + have_w), min(y + height, top + have_h)
    if x1 > x0 and y1 > y0:
        found = picture.pixels[y0 - top : y1 - top, x0 - left : x1 - left]
        out[y0 - y : y1 - y, x0 - x : x1 - x] = found
    return out


def copied(source: Picture, patches: Sequence[Picture]) -> Picture:
    """The whole source with an alpha channel, patches of its kind put in; it grows to hold them."""
    rect = rects.union(source.rect, *(patch.rect for patch in patches))
    pixels = with_alpha(source, rect)
    for patch in patches:
        pixels[rects.slices(patch.rect, rect)] = with_alpha(patch, patch.rect)
    return replace(source, pixels=pixels, rect=rect)


def merged(source: Picture, over: Picture, opacity: float) -> Picture:
    """The whole source with an alpha channel, and a layer of its kind laid on it."""
    if opacity < 1:
        pixels = as_float(over.pixels)
        pixels[..., -1] *= opacity
        over = replace(over, pixels=from_float(pixels, over.pixels.dtype))
    base = replace(source, pixels=with_alpha(source, source.rect))
    return composite_over(base, over)


def to_pixels(picture: Picture, rect: Rect) -> Pixels:
    """A rectangle of a picture as the protocol carries it."""
    data = np.ascontiguousarray(cut(picture, rect))
    channels = data.shape[2]
    return Pixels(
        rect=rect,
        data=data.astype(data.dtype.newbyteorder("<"), copy=False).tobytes(),
        channels=channels,
        dtype=NAMES[data.dtype.name],  # pyright: ignore[reportArgumentType]
        order="gray" if channels <= 2 else "rgb" if channels == 3 else "rgba",
        alpha="straight" if channels in (2, 4) else "none",
        icc=picture.icc,
        linear=picture.linear,
    )


def to_picture(pixels: Pixels, document: Size) -> Picture:
    """What the protocol carried, as a picture; raises ValueError for an order of bytes we never sent."""
    if pixels.order == "bgra" or pixels.alpha == "premul":
        raise ValueError(f"unexpected layout {pixels.order}, {pixels.alpha} alpha")
    _, _, width, height = pixels.rect
    kind = np.dtype(DEPTHS[pixels.dtype]).newbyteorder("<")
    data = np.frombuffer(pixels.data, kind).reshape(height, width, pixels.channels)
    return Picture(
        pixels=data.astype(DEPTHS[pixels.dtype], copy=False),
        rect=pixels.rect,
        document=document,
        icc=pixels.icc,
        linear=pixels.linear,
    )
