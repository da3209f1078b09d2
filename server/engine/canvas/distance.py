# SPDX-License-Identifier: Apache-2.0
"""Exact Euclidean distances up to a limit, for growing, shrinking and feathering masks.

Two passes (Felzenszwalb & Huttenlocher 2012, the separable form): distances along rows by
running maxima, then for every row offset within the limit the smallest sum of squares. The limit
keeps it at O(limit · pixels), each step one vector operation.
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray


def distance_to(inside: NDArray[np.bool_], limit: float) -> NDArray[np.float32]:
    """Distance of every pixel center of (h, w) to the nearest True pixel's center, at most `limit`.

    0 on True pixels; `limit` wherever nothing is nearer.
    """
    reach = max(ceil(limit), 1)
    row = _row_distance(inside, float(reach) + 1.0)
    squared = row * row
    nearest = squared.copy()
    height = inside.shape[0]
    for dy in range(1, min(reach, height - 1) + 1):
        offset = np.float32(dy * dy)
        np.minimum(nearest[dy:], squared[:-dy] + offset, out=nearest[dy:])
        np.minimum(nearest[:-dy], squared[dy:] + offset, out=nearest[:-dy])
    return np.minimum(np.sqrt(nearest), np.float32(limit))


def depth_inside(inside: NDArray[np.bool_], limit: float) -> NDArray[np.float32]:
    """How deep every pixel lies in the True area: distance to the nearest False pixel.

    Beyond the array's border counts as False, so that a mask cut by it still shrinks.
    """
    outside = np.pad(~inside, 1, constant_values=True)
    return distance_to(outside, limit)[1:-1, 1:-1]


def _row_distance(inside: NDArray[np.bool_], far: float) -> NDArray[np.float32]:
    """Distance along the row to the nearest True pixel, `far` where the row holds none in reach."""
    columns = np.arange(inside.shape[1], dtype=np.float32)
    seen = np.where(inside, columns, np.float32(-np.inf))
    left = columns - np.maximum.accumulate(seen, axis=1)
    ahead = np.where(inside, columns, np.float32(np.inf))
    right = np.minimum.accumulate(ahead[:, ::-1], axis=1)[:, ::-1] - columns
    return np.minimum(np.minimum(left, right), np.float32(far)).astype(np.float32)
