# SPDX-License-Identifier: Apache-2.0
"""The instant preview: a warp applied to the document's own pixels, holes filled from around.

Everything stays in document space and depth; colors are weighted by their alpha while they are
mixed, so transparent neighbors lend no color. The results are `Change`s, to be made layers by
`canvas.over_layer` or `canvas.instead_layer`.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Picture, Rect
from server.engine.canvas import rects
from server.engine.canvas.blend import Change, with_alpha
from server.engine.canvas.depth import as_finite
from server.engine.canvas.fill import push_pull
from server.engine.canvas.masks import Mask, grow
from server.engine.canvas.resample import resize
from server.engine.canvas.sampling import Map, apply_map
from server.engine.warp.lifting import behind, landed, staying
from server.engine.warp.warp import Warp

Floats = NDArray[np.float32]
TINY = np.float32(1e-6)
FRINGE = 2.0
"""Pixels around an object's mask that still hold its color and are filled with the hole."""


def drag_change(source: Picture, rect: Rect, warp: Warp, blend: Mask) -> Change:
    """A drag's warp on the document rectangle `rect`, on whose grid warp and blend lie."""
    box = _region_box(source, rect, blend)
    at = rects.slices(box, rect)
    backward = warp.map[at]
    read = _read_box(backward, rect)
    corner = np.array([read[0] - rect[0], read[1] - rect[1]], dtype=np.float32)
    seen = apply_map(_weighted(source, read), backward - corner)
    return _change(source, box, seen, blend[at])


def move_change(
    source: Picture, rect: Rect, warp: Warp, mask: Mask, blend: Mask, scale: float = 1.0
) -> Change:
    """A move's warp: the object over its background, the old place filled from around it.

    mask: how much of what there is on `rect` goes; scale: as given to `move_warp`; the region is where `blend` is
    not 0. What is lifted arrives over what is there, and what is not stays.
    """
    box = _region_box(source, rect, blend)
    at = rects.slices(box, rect)
    pixels = _weighted(source, rect)
    hole = grow(mask > 0, FRINGE)
    if not source.has_alpha:
        background = push_pull(pixels, 1.0 - hole.astype(np.float32))[at]
        shown = _minified(pixels, warp.map[at], scale)
        mixed = background + warp.cover[at][..., None] * (shown - background)
        return _change(source, box, mixed.astype(np.float32), blend[at])
    background = behind(pixels, hole)[at]
    here, alpha = pixels[at], pixels[at][..., -1]
    kept = staying(alpha, alpha * mask[at], background[..., -1])
    background += here * (kept / np.maximum(alpha, TINY))[..., None]
    part = replace(warp, map=warp.map[at], cover=warp.cover[at])
    arriving = _landed(pixels * mask[..., None], part, scale)
    mixed = arriving + background * (1.0 - arriving[..., -1:])
    return _change(source, box, mixed.astype(np.float32), blend[at])


def _region_box(source: Picture, rect: Rect, blend: Mask) -> Rect:
    box = rects.intersect(rects.bounds(blend > 0, rect), rects.of_size(source.document))
    if rects.is_empty(box):
        raise ValueError("the region is empty: no pixel of the blend mask is above 0")
    return box


def _read_box(backward: Map, rect: Rect) -> Rect:
    """The document pixels that a part of a map on `rect` samples."""
    (left, right), (top, bottom) = (
        (floor(float(backward[..., axis].min())) - 1, ceil(float(backward[..., axis].max())) + 1)
        for axis in (0, 1)
    )
    sampled = (rect[0] + left, rect[1] + top, right - left, bottom - top)
    return rects.intersect(sampled, rect)


def _weighted(source: Picture, rect: Rect) -> Floats:
    """The source on `rect`: colors times alpha, and alpha (only where the source has one).

    Where an opaque source ends its edge is repeated.
    """
    if source.has_alpha:
        values = as_finite(with_alpha(source, rect))
        if not (values[..., -1] == 1).all():
            values[..., :-1] *= values[..., -1:]
        return values
    common = rects.intersect(source.rect, rect)
    rows, columns = rects.slices(common, source.rect)
    values = as_finite(source.pixels[rows, columns])
    top, left = common[1] - rect[1], common[0] - rect[0]
    bottom, right = rect[3] - common[3] - top, rect[2] - common[2] - left
    if common == rect:
        return values
    return np.pad(values, ((top, bottom), (left, right), (0, 0)), mode="edge")


def _landed(lifted: Floats, warp: Warp, scale: float) -> Floats:
    """What was lifted at its new place, averaged first when it shrinks."""
    smooth, share = _averaged(lifted, scale)
    return landed(smooth, replace(warp, map=warp.map * share))


def _minified(pixels: Floats, backward: Map, scale: float) -> Floats:
    """Sample after averaging blocks as large as the object shrinks, so that it stays smooth."""
    smooth, share = _averaged(pixels, scale)
    return apply_map(smooth, backward * share)


def _averaged(pixels: Floats, scale: float) -> tuple[Floats, Floats]:
    """Blocks as large as an object shrinks, averaged, and what a place is multiplied by to lie among them."""
    factor = int(min(max(1.0 / scale, 1.0), 8.0))
    if factor < 2:
        return pixels, np.ones(2, np.float32)
    size = (-(-pixels.shape[1] // factor), -(-pixels.shape[0] // factor))
    share = np.array([size[0] / pixels.shape[1], size[1] / pixels.shape[0]], np.float32)
    return resize(pixels, size, "area"), share


def _change(source: Picture, box: Rect, seen: Floats, blend: Mask) -> Change:
    """Colors divided by their alpha again."""
    if not source.has_alpha:
        alpha = np.ones(seen.shape[:2], dtype=np.float32)
        return Change(source=source, box=box, colors=seen, alpha=alpha, blend=blend)
    colors, alpha = seen[..., :-1], seen[..., -1]
    if not (alpha == 1).all():
        alpha = np.clip(alpha, 0.0, 1.0)
        colors = (colors / np.maximum(alpha, TINY)[..., None]).astype(np.float32)
    return Change(source=source, box=box, colors=colors, alpha=alpha, blend=blend)
