# SPDX-License-Identifier: Apache-2.0
"""What layers show together: pictures over each other, in one depth.

Only normal blending is known here. Layers with other modes are kept as they are in the file; just
the merged picture, which other programs compute themselves, shows them as normal ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Layer, Picture, Size
from server.engine.canvas import flatten

from .pixels import cut


def merge(shown: Iterable[Picture], size: Size, *, like: Picture) -> Picture:
    """Pictures over each other, bottom first, on the whole canvas in the depth of `like`."""
    width, height = size
    channels = 2 if like.is_gray else 4
    empty = np.zeros((height, width, channels), like.pixels.dtype)
    canvas = replace(like, pixels=empty, rect=(0, 0, width, height))
    for picture in shown:
        fitting = replace(_like(picture, like), icc=like.icc, linear=like.linear)
        canvas = flatten(canvas, [Layer(picture=fitting, name="")])
        canvas = replace(
            canvas, pixels=cut(canvas, (0, 0, width, height)), rect=(0, 0, width, height)
        )
    opaque = np.iinfo(canvas.pixels.dtype.name).max if canvas.pixels.dtype.kind == "u" else 1
    if not like.has_alpha and bool((canvas.pixels[..., -1] == opaque).all()):
        return replace(canvas, pixels=np.ascontiguousarray(canvas.pixels[..., :-1]))
    return canvas


def _like(picture: Picture, like: Picture) -> Picture:
    """A picture with the channels (and alpha) and the depth of `like`."""
    pixels = picture.pixels
    if not picture.has_alpha:
        top = np.iinfo(pixels.dtype.name).max if pixels.dtype.kind == "u" else 1
        alpha = np.full((*pixels.shape[:2], 1), top, pixels.dtype)
        pixels = np.concatenate((pixels, alpha), axis=2)
    if picture.is_gray and not like.is_gray:
        pixels = pixels[..., [0, 0, 0, 1]]
    elif like.is_gray and not picture.is_gray:
        gray = pixels[..., :3].astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
        pixels = np.stack((gray.astype(pixels.dtype), pixels[..., 3]), axis=2)
    return replace(picture, pixels=_depth(pixels, like.pixels.dtype))


def _depth(pixels: NDArray[Any], depth: np.dtype[Any]) -> NDArray[Any]:
    if pixels.dtype == depth:
        return pixels
    unit = pixels.astype(np.float64)
    if pixels.dtype.kind == "u":
        unit /= np.iinfo(pixels.dtype.name).max
    if depth.kind == "u":
        return np.rint(np.clip(unit, 0, 1) * np.iinfo(depth.name).max).astype(depth)
    return unit.astype(depth)


def faded(picture: Picture, opacity: float) -> Picture:
    if opacity >= 1:
        return picture
    pixels = _like(picture, picture).pixels.copy()
    alpha = pixels[..., -1].astype(np.float64) * opacity
    pixels[..., -1] = np.rint(alpha) if pixels.dtype.kind == "u" else alpha
    return replace(picture, pixels=pixels)
