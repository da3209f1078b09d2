# SPDX-License-Identifier: Apache-2.0
"""Dense correspondences of a warp on a model's grid: which cell should show which.

They initialize latents and are the targets of guidance, instead of one small patch per handle
(the idea of FastDrag and LazyDrag: warp first, diffuse second).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Size
from server.engine.canvas.resample import resize
from server.engine.canvas.sampling import Map, identity_map, resize_map
from server.engine.warp.warp import Warp


@dataclass(frozen=True, kw_only=True)
class DenseTargets:
    """Pairs of cells on a grid. targets: (n, 2) int64 (x, y) cells; sources: (n, 2) float32 points
    of the same grid, cell centers at + 0.5; map: (h, w, 2), the whole backward map on the grid;
    hole: (h, w) 0..1 on the grid."""

    targets: NDArray[np.int64]
    sources: NDArray[np.float32]
    map: Map
    hole: NDArray[np.float32]


def dense_targets(warp: Warp, size: Size, least_shift: float = 0.25) -> DenseTargets:
    """The cells of a grid of `size` (width, height) whose content comes from at least
    `least_shift` cells away, is covered by at least half, believed, and on the grid."""
    backward = _grid_map(warp, size)
    cover, hole = resize(warp.cover, size, "area"), resize(warp.hole, size, "area")
    shift = backward - identity_map(size)
    inside = (backward >= 0).all(axis=-1) & (backward <= np.asarray(size)).all(axis=-1)
    moved = np.hypot(shift[..., 0], shift[..., 1]) >= least_shift
    rows, columns = np.nonzero(moved & inside & (cover >= 0.5) & (hole < 0.5))
    return DenseTargets(
        targets=np.stack([columns, rows], axis=-1).astype(np.int64),
        sources=backward[rows, columns],
        map=backward,
        hole=hole,
    )


def _grid_map(warp: Warp, size: Size) -> Map:
    """The map on the grid, averaged over moved pixels only: a cell half covered by a moved object
    takes the object's whole shift, not half of it."""
    cover = warp.cover[..., None] > 0.5
    height, width = warp.cover.shape
    shift = (warp.map - identity_map((width, height))) * cover
    share = resize(cover[..., 0].astype(np.float32), size, "area")[..., None]
    if size[0] * size[1] > width * height:
        return resize_map(warp.map, size)
    mean = np.divide(
        resize(shift, size, "area"),
        share,
        out=np.zeros((size[1], size[0], 2), np.float32),
        where=share > 1e-3,
    )
    return mean * np.array([size[0] / width, size[1] / height], np.float32) + identity_map(size)
