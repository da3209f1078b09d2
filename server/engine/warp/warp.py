# SPDX-License-Identifier: Apache-2.0
"""What a warp is: a dense backward map, and which of its pixels to believe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.engine.canvas.sampling import Map


@dataclass(frozen=True, kw_only=True)
class Warp:
    """A geometric edit on a grid of h × w pixels.

    map: (h, w, 2) the source point (x, y) of every pixel, pixel centers at + 0.5; the identity
    outside the region. cover: (h, w) float32 0..1, how much of a pixel shows moved content (for a
    move: the object's mask at its new place; for a drag: 1 in the region). hole: (h, w) float32
    0..1, what the warp uncovered or stretched beyond belief: to be filled. valid: (h, w) bool,
    whether the source point lies on the grid.
    """

    map: Map
    cover: NDArray[np.float32]
    hole: NDArray[np.float32]
    valid: NDArray[np.bool_]


def points_inside(backward: Map) -> NDArray[np.bool_]:
    """Which source points of a map lie on its own grid: (h, w)."""
    height, width = backward.shape[:2]
    x, y = backward[..., 0], backward[..., 1]
    return (x >= 0) & (x <= width) & (y >= 0) & (y <= height)
