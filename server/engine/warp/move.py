# SPDX-License-Identifier: Apache-2.0
"""The move warp: a masked object shifted by any part of a pixel and scaled about its center."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from server.engine.canvas import rects
from server.engine.canvas.masks import Mask
from server.engine.canvas.sampling import apply_map, identity_map
from server.engine.warp.warp import Warp, points_inside


def object_center(mask: Mask) -> tuple[float, float]:
    """The middle of the object's bounds, (x, y). Raises ValueError for an empty mask."""
    box = rects.bounds(mask > 0, (0, 0, mask.shape[1], mask.shape[0]))
    if rects.is_empty(box):
        raise ValueError("the mask is empty: it selects no pixel")
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def move_warp(
    mask: Mask,
    dx: float,
    dy: float,
    scale: float = 1.0,
    center: tuple[float, float] | None = None,
) -> Warp:
    """Move the object of `mask` (h, w), 0..1, by (dx, dy) pixels and scale it about its center.

    cover is the mask at its new place, hole what of the old place it left. A part moved off the
    grid is lost, never wrapped around to the other side. Raises ValueError for an empty mask or a
    scale that is not above 0.
    """
    if not scale > 0:
        raise ValueError(f"scale must be above 0, got {scale:g}")
    x, y = center if center is not None else object_center(mask)
    size = (mask.shape[1], mask.shape[0])
    straight = identity_map(size)
    pivot = np.array([x, y], dtype=np.float32)
    goal = pivot + np.array([dx, dy], dtype=np.float32)
    backward = ((straight - goal) / np.float32(scale) + pivot).astype(np.float32)
    inside = points_inside(backward)
    cover = np.where(inside, _sampled_mask(mask, backward), np.float32(0.0))
    moved: NDArray[np.bool_] = cover > 0
    return Warp(
        map=np.where(moved[..., None], backward, straight).astype(np.float32),
        cover=cover,
        hole=mask * (np.float32(1.0) - cover),
        valid=inside | ~moved,
    )


def _sampled_mask(mask: Mask, backward: NDArray[np.float32]) -> Mask:
    """The mask through the map; its border counts as 0, so an object cut by it does not smear."""
    padded = np.pad(mask, 1)
    return apply_map(padded, backward + np.float32(1.0))
