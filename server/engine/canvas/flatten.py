# SPDX-License-Identifier: Apache-2.0
"""The reference compositor: what a paint program shows for a source and its result layers.

Only pixels where a layer's alpha is not 0 are computed; all others keep the source's bits, in
every depth. It writes flattened files and is what the tests hold the region rules against.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Layer, Picture
from server.engine.canvas import rects
from server.engine.canvas.blend import with_alpha
from server.engine.canvas.depth import as_finite, from_float, opaque


def flatten(source: Picture, layers: Iterable[Layer]) -> Picture:
    """Source and layers as one picture, bottom first.

    A layer placed `over` is composited (straight alpha, document space, as paint programs do by
    default); one placed `instead` hides what lies below. The result has an alpha channel when the
    source has one or something became transparent. Raises ValueError for another depth or color
    model than the source's.
    """
    result = source
    for layer in layers:
        _check(source, layer.picture)
        if layer.placement == "instead":
            result = _without_needless_alpha(layer.picture, source)
        else:
            result = composite_over(result, layer.picture)
    return result


def composite_over(base: Picture, top: Picture) -> Picture:
    """`top` over `base`. A base without alpha keeps its rectangle, one with alpha grows."""
    rect = rects.union(base.rect, top.rect) if base.has_alpha else base.rect
    common = rects.intersect(top.rect, rect)
    pixels = with_alpha(base, rect) if base.has_alpha else base.pixels.copy()
    if not rects.is_empty(common):
        at = rects.slices(common, rect)
        pixels[at] = _over(pixels[at], top.pixels[rects.slices(common, top.rect)], base.has_alpha)
    return replace(base, pixels=pixels, rect=rect)


def _over(
    base: NDArray[np.generic], top: NDArray[np.generic], base_alpha: bool
) -> NDArray[np.generic]:
    """Porter & Duff's over on straight alpha; the base's bits where the top's alpha is 0, the
    top's where it is opaque."""
    result = base.copy()
    solid = top[..., -1] == opaque(top.dtype)
    result[solid] = top[solid] if base_alpha else top[solid][:, :-1]
    partly = (top[..., -1] != 0) & ~solid
    under, over = as_finite(base[partly]), as_finite(top[partly])
    alpha = np.clip(over[:, -1:], 0.0, 1.0)
    under_alpha = np.clip(under[:, -1:], 0.0, 1.0) if base_alpha else np.ones_like(alpha)
    under_color = under[:, :-1] if base_alpha else under
    rest = under_alpha * (1.0 - alpha)
    total = alpha + rest
    mixed = over[:, :-1] * alpha + under_color * rest
    mixed = np.divide(mixed, total, out=np.zeros_like(mixed), where=total > 0)
    mixed = np.concatenate([mixed, total], axis=-1) if base_alpha else mixed
    result[partly] = from_float(mixed, base.dtype)
    return result


def _without_needless_alpha(picture: Picture, source: Picture) -> Picture:
    """A full copy of an opaque source that stayed opaque is written without an alpha channel."""
    if source.has_alpha or not (picture.pixels[..., -1] == opaque(picture.pixels.dtype)).all():
        return picture
    return replace(picture, pixels=picture.pixels[..., :-1])


def _check(source: Picture, layer: Picture) -> None:
    if layer.pixels.dtype != source.pixels.dtype or layer.is_gray != source.is_gray:
        raise ValueError(
            f"a layer of {layer.pixels.dtype} with {layer.pixels.shape[2]} channels does not fit "
            f"a source of {source.pixels.dtype} with {source.pixels.shape[2]}"
        )
    if not layer.has_alpha:
        raise ValueError("a layer needs an alpha channel: its region is where alpha is not 0")
