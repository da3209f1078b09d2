# SPDX-License-Identifier: Apache-2.0
"""What the model is shown: the working crop in sRGB, opaque, at the model's size.

Only the crop's pixels are read (a picture may be a memory-mapped 16 384² document). Transparent
pixels are filled from their surroundings, so that no black fringe enters the model; beyond the
document the edge is repeated.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Picture, Rect
from server.engine.canvas import rects
from server.engine.canvas.color import srgb_and_alpha
from server.engine.canvas.crop import Crop
from server.engine.canvas.depth import opaque
from server.engine.canvas.fill import push_pull
from server.engine.canvas.resample import resize_for

Floats = NDArray[np.float32]


def cut(picture: Picture, rect: Rect) -> Picture:
    """The part of a picture in `rect`; smaller than `rect` where the picture ends.

    A view, no copy. Raises ValueError when they share no pixel.
    """
    common = rects.intersect(picture.rect, rect)
    if rects.is_empty(common):
        raise ValueError(f"rectangle {rect} has no pixel of the picture at {picture.rect}")
    rows, columns = rects.slices(common, picture.rect)
    return replace(picture, pixels=picture.pixels[rows, columns], rect=common)


def placed(picture: Picture, rect: Rect) -> tuple[Floats, Floats]:
    """sRGB (h, w, 3), not clipped, and alpha (h, w) of exactly `rect`; alpha is 0 where the
    picture has no pixel (a layer with an offset, or beyond the document)."""
    rgb = np.zeros((rect[3], rect[2], 3), dtype=np.float32)
    alpha = np.zeros((rect[3], rect[2]), dtype=np.float32)
    if not rects.is_empty(rects.intersect(picture.rect, rect)):
        part = cut(picture, rect)
        at = rects.slices(part.rect, rect)
        rgb[at], alpha[at] = srgb_and_alpha(part)
    return rgb, alpha


def opaque_srgb(picture: Picture, crop: Crop) -> Floats:
    """The crop at document resolution, (h, w, 3) sRGB, not clipped: transparency filled, edges
    of the document repeated."""
    rgb, alpha = placed(picture, crop.visible)
    rgb = push_pull(rgb, (alpha > 0).astype(np.float32))
    return np.pad(rgb, (*_beyond(crop), (0, 0)), mode="edge")


def see_through(picture: Picture) -> bool:
    """Whether any pixel of a picture is not fully opaque."""
    solid = opaque(picture.pixels.dtype)
    return picture.has_alpha and bool((picture.pixels[..., -1:] != solid).any())


def alpha_on(picture: Picture, crop: Crop) -> NDArray[np.float32]:
    """How much of the picture there is, 0..1 (h, w), at document resolution; edges of the document repeated."""
    return np.pad(placed(picture, crop.visible)[1], _beyond(crop), mode="edge")


def _beyond(crop: Crop) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows and columns of the crop before and after the document."""
    x, y = crop.visible[0] - crop.rect[0], crop.visible[1] - crop.rect[1]
    right, bottom = crop.rect[2] - x - crop.visible[2], crop.rect[3] - y - crop.visible[3]
    return (y, bottom), (x, right)


def model_view(picture: Picture, crop: Crop) -> Floats:
    """What the model sees: (model height, model width, 3) sRGB in 0..1."""
    return np.clip(resize_for(opaque_srgb(picture, crop), crop.size), 0.0, 1.0)
