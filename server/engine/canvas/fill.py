# SPDX-License-Identifier: Apache-2.0
"""Filling unknown pixels from their surroundings by push-pull (Gortler et al. 1996, §3.4.2).

Known pixels are averaged down a pyramid, each level weighted by how much it knows; on the way up,
unknown pixels take the coarser level's color. Smooth, fast, and good enough for an instant
preview and for colors under full transparency.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from server.engine.canvas.resample import resize

Floats = NDArray[np.float32]


def push_pull(values: Floats, known: Floats) -> Floats:
    """Fill (h, w, c) where `known` (h, w), 0..1, is below 1; pixels with known = 1 stay exact.

    Returns zeros where nothing at all is known.
    """
    weight = np.clip(known, 0.0, 1.0).astype(np.float32)[..., None]
    if not (weight < 1).any():
        return values.astype(np.float32)
    filled = _pull(np.where(weight > 0, values, 0).astype(np.float32), weight)
    return np.where(weight >= 1, values, filled).astype(np.float32)


def _pull(values: Floats, weight: Floats) -> Floats:
    """The filled level: its own color where known, the coarser level's where not."""
    height, width = weight.shape[:2]
    if max(height, width) == 1:
        return values
    sums, total = _halve(values * weight), _halve(weight)
    means = np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)
    coarse = _pull(means, np.minimum(total, 1.0))
    up = resize(coarse, (2 * coarse.shape[1], 2 * coarse.shape[0]), "bilinear")[:height, :width]
    return (weight * values + (1.0 - weight) * up).astype(np.float32)


def _halve(values: Floats) -> Floats:
    """Sums of 2 × 2 blocks; an odd last row or column stands alone."""
    rows, columns = values.shape[0] % 2, values.shape[1] % 2
    even = np.pad(values, ((0, rows), (0, columns), (0, 0)))
    return even[0::2, 0::2] + even[1::2, 0::2] + even[0::2, 1::2] + even[1::2, 1::2]
