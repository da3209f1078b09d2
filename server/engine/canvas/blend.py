# SPDX-License-Identifier: Apache-2.0
"""Putting back only what changed: the result layer, in the document's own depth and profile.

The layer's alpha is 0 outside the region, so that composited `over` the source every pixel there
stays bit-identical. Its colors are the source's own plus D(s + δ) - D(s), the difference of the
edit in document space (D: sRGB to document), computed in float and rounded once: a smooth 16-bit
sky stays smooth. Alpha is straight; fully transparent pixels are all zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Picture, Rect
from server.engine.canvas import rects
from server.engine.canvas.color import space_of
from server.engine.canvas.crop import Crop
from server.engine.canvas.depth import as_finite, from_float, opaque
from server.engine.canvas.detail import difference
from server.engine.canvas.masks import Mask
from server.engine.canvas.sampling import Map
from server.engine.canvas.view import cut, opaque_srgb, placed

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Change:
    """An edit in document pixels: what `box` becomes, before it is made a layer.

    colors: (h, w, 1 or 3) in document space, straight; alpha: (h, w) 0..1, the edited picture's
    own transparency; blend: (h, w) 0..1, how much of it is put back; source: what it changes.
    """

    source: Picture
    box: Rect
    colors: Floats
    alpha: Floats
    blend: Mask


def change_of(
    source: Picture,
    crop: Crop,
    edited: Floats,
    blend: Mask,
    *,
    reconstruction: Floats | None = None,
    backward: Map | None = None,
    alpha: Floats | None = None,
) -> Change:
    """The edit brought back to the document.

    edited, reconstruction: (mh, mw, 3) sRGB 0..1 over `crop.rect`, at any one resolution.
    blend: (h, w) 0..1 on `crop.rect` at document resolution; the region is where it is not 0 (and
    in the document). backward: where content came from, for `detail.difference`.
    alpha: (h, w) on `crop.rect`, the edited picture's own transparency; None keeps the source's.
    Raises ValueError for an empty region or arrays that do not fit.
    """
    if blend.shape != (crop.rect[3], crop.rect[2]):
        raise ValueError(f"blend mask {blend.shape} does not lie on the crop {crop.rect}")
    box = rects.intersect(rects.bounds(blend > 0, crop.rect), crop.visible)
    if rects.is_empty(box):
        raise ValueError("the region is empty: no pixel of the blend mask is above 0")
    at = rects.slices(box, crop.rect)
    srgb = opaque_srgb(source, crop)
    part = (box[0] - crop.rect[0], box[1] - crop.rect[1], box[2], box[3])
    delta = difference(srgb, edited, reconstruction, backward, part)
    colors = _changed_colors(source, box, srgb[at], delta)
    own = placed(source, box)[1] if alpha is None else np.clip(alpha[at], 0.0, 1.0)
    return Change(source=source, box=box, colors=colors, alpha=own, blend=blend[at])


def over_layer(change: Change) -> Picture:
    """The layer that, composited over the source, shows the edit; bounds of the region only."""
    dtype = change.source.pixels.dtype
    alpha = (change.blend * change.alpha)[..., None]
    pixels = from_float(np.concatenate([change.colors, alpha], axis=-1), dtype)
    pixels *= pixels[..., -1:] != 0
    return replace(change.source, pixels=pixels, rect=change.box)


def instead_layer(change: Change) -> Picture:
    """The whole source with the region replaced, for edits that make something transparent.

    Pixels outside the region are the source's own bits. Has an alpha channel; the rectangle is
    the source's, grown to hold the region.
    """
    source = change.source
    rect = rects.union(source.rect, change.box)
    pixels = with_alpha(source, rect)
    at = rects.slices(change.box, rect)
    mixed = _cross_fade(as_finite(pixels[at]), change)
    changed = from_float(mixed, pixels.dtype)
    changed[changed[..., -1] == 0] = 0
    pixels[at] = np.where(change.blend[..., None] > 0, changed, pixels[at])
    return replace(source, pixels=pixels, rect=rect)


def result_layer(
    source: Picture,
    crop: Crop,
    edited: Floats,
    blend: Mask,
    *,
    reconstruction: Floats | None = None,
    backward: Map | None = None,
    alpha: Floats | None = None,
) -> Picture:
    """`over_layer` of `change_of`: from the model's picture to the layer in one call."""
    parts: dict[str, Floats | None] = {
        "reconstruction": reconstruction,
        "backward": backward,
        "alpha": alpha,
    }
    return over_layer(change_of(source, crop, edited, blend, **parts))


def needs_instead(change: Change) -> bool:
    """Whether `over` cannot show the edit: something must become more transparent than it is."""
    before = placed(change.source, change.box)[1]
    after = before + change.blend * (change.alpha - before)
    return bool((after < before - 0.5 / 255.0).any())


def region_of(layer: Picture) -> NDArray[np.bool_]:
    """The region of a result: where its alpha is not 0 (DESIGN §1.1)."""
    return layer.pixels[..., -1] != 0


def _changed_colors(source: Picture, box: Rect, srgb: Floats, delta: Floats) -> Floats:
    """Source colors in document space plus D(s + δ) - D(s); (h, w, 1 or 3)."""
    space = space_of(source)
    before = space.from_srgb(srgb)
    colors = before.copy()
    if not rects.is_empty(rects.intersect(source.rect, box)):
        part = cut(source, box)
        values = as_finite(part.pixels)
        at = rects.slices(part.rect, box)
        own = values[..., :-1] if source.has_alpha else values
        seen = values[..., -1:] > 0 if source.has_alpha else True
        colors[at] = np.where(seen, own, colors[at])
    return (colors + (space.from_srgb(srgb + delta) - before)).astype(np.float32)


def _cross_fade(under: Floats, change: Change) -> Floats:
    """From source to edit by the blend mask, colors weighted by their own alpha: no dark fringe."""
    weight = change.blend[..., None]
    alpha_under, alpha_top = under[..., -1:] * (1 - weight), change.alpha[..., None] * weight
    alpha = alpha_under + alpha_top
    color = alpha_under * under[..., :-1] + alpha_top * change.colors
    color = np.divide(color, alpha, out=np.zeros_like(color), where=alpha > 0)
    return np.concatenate([color, alpha], axis=-1).astype(np.float32)


def with_alpha(source: Picture, rect: Rect) -> NDArray[np.generic]:
    """The source's pixels on `rect`, with an alpha channel; zero where it has no pixel."""
    channels = 2 if source.is_gray else 4
    pixels = np.zeros((rect[3], rect[2], channels), dtype=source.pixels.dtype)
    common = rects.intersect(source.rect, rect)
    if not rects.is_empty(common):
        part, at = cut(source, common).pixels, rects.slices(common, rect)
        pixels[(*at, slice(0, part.shape[2]))] = part
        if not source.has_alpha:
            pixels[(*at, -1)] = opaque(source.pixels.dtype)
    return pixels
