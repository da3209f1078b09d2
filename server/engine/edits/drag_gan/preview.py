# SPDX-License-Identifier: Apache-2.0
"""A layer made small, so that every iteration can be looked at whatever the document's size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Layer, Picture, Rect
from server.engine.canvas import Mask, alpha_on, opaque_srgb, rects, resize
from server.engine.edits.drag_gan.detail import carried
from server.engine.edits.drag_gan.inverted_layer import Floats, Held

LONGEST = 512
"""Pixels a preview has along a side at most; see `PreviewWish`."""


@dataclass(frozen=True, kw_only=True)
class Glance:
    """What a preview is made of, at the size it is shown at.

    base: (n, n, 3) sRGB 0..1 of the square; alpha: (n, n), how much of it there is, None when it is opaque; blend:
    (n, n), how much of the result is put back; rows and columns: the part in the document, which lies at `place` there.
    """

    base: Floats
    alpha: Mask | None
    blend: Mask
    reconstruction: Floats
    part: tuple[slice, slice]
    place: Rect
    document: tuple[int, int]

    def at(self, edited: Floats) -> Layer:
        """An edited picture (S, S, 3) as 8-bit sRGB with alpha, a pixel for a pixel of the glance.

        It is placed as the frame's result would be (see `inverted_layer.layer`).
        """
        seen = carried(self.base, self.reconstruction, edited, alpha=self.alpha, how="bilinear")
        colors, alpha, instead = seen.colors, self.blend, False
        if seen.alpha is not None and self.alpha is not None:
            after = self.alpha + self.blend * (seen.alpha - self.alpha)
            instead = bool((after < self.alpha - 0.5 / 255).any())
            alpha = after if instead else self.blend * seen.alpha
        if instead and seen.alpha is not None and self.alpha is not None:
            stays = ((1 - self.blend) * self.alpha)[..., None]
            comes = (self.blend * seen.alpha)[..., None]
            whole = np.maximum(stays + comes, 1e-6)
            colors = (self.base * stays + seen.colors * comes) / whole
        both = np.concatenate([colors, alpha[..., None]], axis=-1)[self.part]
        pixels: NDArray[np.uint8] = np.clip(np.rint(both * 255), 0, 255).astype(np.uint8)
        pixels *= pixels[..., 3:] != 0
        rect = (self.place[0], self.place[1], pixels.shape[1], pixels.shape[0])
        picture = Picture(pixels=pixels, rect=rect, document=self.document)
        return Layer(picture=picture, name="preview", placement="instead" if instead else "over")


def glance(held: Held) -> Glance:
    """Make a layer small; once for a whole pull."""
    crop = held.crop
    side = crop.rect[2]
    small = min(side, LONGEST)
    size, scale = (small, small), small / side
    blend = (
        held.frame.blend
        if held.alpha is not None
        else held.frame.blend * alpha_on(held.frame.source, crop)
    )
    x, y, width, height = (round(v * scale) for v in _within(crop.visible, crop.rect))
    return Glance(
        base=np.clip(resize(opaque_srgb(held.frame.source, crop), size, "area"), 0, 1),
        alpha=None if held.alpha is None else resize(held.alpha, size, "area"),
        blend=resize(blend, size, "area"),
        reconstruction=held.reconstruction,
        part=rects.slices((x, y, max(width, 1), max(height, 1)), (0, 0, small, small)),
        place=crop.visible,
        document=held.frame.source.document,
    )


def _within(rect: Rect, outer: Rect) -> Rect:
    return (rect[0] - outer[0], rect[1] - outer[1], rect[2], rect[3])
