# SPDX-License-Identifier: Apache-2.0
"""Masks: what the model may change (grown and feathered outwards) and what is put back (faded
inwards).

The promise of DESIGN §1.1: the blend mask is 0 wherever the artist's mask is 0. Growing and
feathering only widen what the model sees. Reference values, which artists know from other tools:
grow 4 px, feather max(10 % of the diagonal, 32 px), blend 25 px.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, hypot

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Picture, Rect
from server.engine.canvas import rects
from server.engine.canvas.depth import as_finite
from server.engine.canvas.distance import distance_to
from server.engine.canvas.resample import resize

Mask = NDArray[np.float32]
"""(h, w), 0..1."""

AUTO_FEATHER = -1.0


@dataclass(frozen=True, kw_only=True)
class MaskSettings:
    """How far masks are grown, feathered and blended, in document pixels.

    feather -1 chooses max(10 % of the region's diagonal, 32 px). All 0 switches all off.
    """

    grow: int = 4
    feather: float = AUTO_FEATHER
    blend: float = 25.0

    def __post_init__(self) -> None:
        if self.grow < 0 or self.blend < 0:
            raise ValueError(f"grow {self.grow} and blend {self.blend} must not be negative")
        if self.feather < 0 and self.feather != AUTO_FEATHER:
            raise ValueError(f"feather must be >= 0, or -1 for automatic, got {self.feather}")

    def feather_for(self, region: Rect) -> float:
        """The feather in pixels for a region of that size."""
        if self.feather != AUTO_FEATHER:
            return self.feather
        return max(0.1 * hypot(region[2], region[3]), 32.0)


def mask_of(picture: Picture) -> Mask:
    """The mask (h, w) in 0..1 that a picture means.

    A picture that is transparent somewhere means its alpha (a painted mask layer); an opaque one
    its brightness, white = selected.
    """
    values = as_finite(picture.pixels)
    if picture.has_alpha and bool((values[..., -1] < 1).any()):
        mask = values[..., -1]
    elif picture.is_gray:
        mask = values[..., 0]
    else:
        mask = values[..., :3] @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
    return np.ascontiguousarray(np.clip(mask, 0.0, 1.0), dtype=np.float32)


def mask_on(mask: Mask, rect: Rect, target: Rect) -> Mask:
    """A mask lying at `rect`, cut to and zero-padded on `target`."""
    out = np.zeros((target[3], target[2]), dtype=np.float32)
    common = rects.intersect(rect, target)
    if not rects.is_empty(common):
        out[rects.slices(common, target)] = mask[rects.slices(common, rect)]
    return out


def grow(inside: NDArray[np.bool_], pixels: float) -> NDArray[np.bool_]:
    """The area with every pixel within `pixels` of it (a disc, not a square)."""
    if pixels <= 0:
        return inside.copy()
    return distance_to(inside, pixels + 1.0) <= pixels


def model_mask(mask: Mask, grow_by: float, feather: float) -> Mask:
    """What the model may change: 1 on the grown mask, falling to 0 over the feather outside it.

    Half of the feather grows the area first, so the fall-off starts outside the artist's edge. A
    feather below half a pixel is none.
    """
    feather = feather if feather >= 0.5 else 0.0
    far = grow_by + 1.5 * feather
    if far <= 0:
        return mask.copy()
    stride = max(1, int(far // 24))
    small = _shrunk(mask, stride) > 0
    distance = distance_to(small, far / stride + 1.0) * stride
    solid = grow_by + 0.5 * feather
    fall = np.where(distance <= solid, 1.0, 0.0) if feather <= 0 else (far - distance) / feather
    soft = _smooth(np.clip(fall, 0.0, 1.0).astype(np.float32))
    if stride > 1:
        soft = np.clip(resize(soft, (mask.shape[1], mask.shape[0]), "bilinear"), 0.0, 1.0)
    return np.maximum(soft, mask)


def blend_mask(mask: Mask, blend: float, document: tuple[slice, slice] | None = None) -> Mask:
    """What is put back: the artist's mask faded inwards over `blend` pixels, 0 where it is 0.

    A region less than 3 · blend thick fades over a third of its thickness, so that its middle is
    always fully replaced. document: the part of the array that lies in the document (`Crop.part`),
    None for all of it: a region that touches the document's border does not fade there.
    """
    inside = mask > 0
    if blend < 0.5 or not inside.any():
        return mask.copy()
    out = np.zeros_like(mask)
    part = (slice(None), slice(None)) if document is None else document
    seen = inside[part]
    depth = distance_to(~seen, 3.0 * blend)
    width = max(min(blend, float(depth[seen].max(initial=1.0)) / 3.0), 1.0)
    out[part] = np.minimum(mask[part], _smooth(np.clip(depth / width, 0.0, 1.0)))
    return out


def grown_blend_mask(inside: NDArray[np.bool_], grow_by: float) -> Mask:
    """1 on the area, falling to 0 within `grow_by` pixels outside: for moves, whose region is
    source ∪ target place grown by a number of pixels told beforehand."""
    if grow_by <= 0:
        return inside.astype(np.float32)
    distance = distance_to(inside, grow_by + 1.0)
    faded = _smooth(np.clip(1.0 - distance / (grow_by + 1.0), 0.0, 1.0))
    return np.where(distance <= grow_by, faded, np.float32(0.0)).astype(np.float32)


def _smooth(t: NDArray[np.float32]) -> NDArray[np.float32]:
    """Smoothstep: no visible line where a fade begins or ends."""
    return (t * t * (3.0 - 2.0 * t)).astype(np.float32)


def _shrunk(mask: Mask, stride: int) -> Mask:
    """The largest value of every stride × stride block: thin strokes survive."""
    if stride == 1:
        return mask
    rows, columns = ceil(mask.shape[0] / stride) * stride, ceil(mask.shape[1] / stride) * stride
    padded = np.pad(mask, ((0, rows - mask.shape[0]), (0, columns - mask.shape[1])))
    blocks = padded.reshape(rows // stride, stride, columns // stride, stride)
    return blocks.max(axis=(1, 3))
