# SPDX-License-Identifier: Apache-2.0
"""A calm lake as a mirror: below an axis the rows above it show again, upside down."""

import numpy as np
from numpy.typing import NDArray

from server.lab.scenes.palette import Floats
from server.lab.scenes.shapes import Patch
from server.lab.scenes.things import SIDE

SHINE = 0.55
"""How much of what is mirrored shows in the water; the rest is the water's own color."""


def mirrored_rows(
    axis: float, rows: NDArray[np.integer], size: int
) -> tuple[NDArray[np.integer], Floats]:
    """For output rows below the axis (world pixels): the upper of the two rows they mirror, and the lower's share."""
    source = 2.0 * axis * size / SIDE - 1.0 - rows
    first = np.floor(source).astype(int)
    return first, (source - first).astype(np.float32)


def mirror_picture(rgb: Floats, axis: float, patch: Patch) -> Floats:
    """The picture (3, size, size) upside down for the rows of a patch that is as wide as the picture."""
    size = rgb.shape[-1]
    first, share = mirrored_rows(axis, np.arange(patch.y0, patch.y1), size)
    upper, lower = (rgb[:, np.clip(first + k, 0, size - 1)] for k in (0, 1))
    return upper + (lower - upper) * share[:, None]


def mirror_patch(thing: Patch, axis: float, water: Patch, paint: Floats, size: int) -> Floats:
    """The water's color (3, h, w) with a floating thing seen in it below its waterline."""
    rows = np.arange(max(water.y0, int(np.ceil(axis * size / SIDE))), water.y1)
    first, share = mirrored_rows(axis, rows, size)
    within = (first >= thing.y0) & (first + 1 < thing.y1)
    first, share, rows = first[within] - thing.y0, share[within][:, None], rows[within] - water.y0
    alpha = thing.alpha[first] * (1 - share) + thing.alpha[first + 1] * share
    color = thing.rgb[:, first] * (1 - share) + thing.rgb[:, first + 1] * share
    shown = paint.copy()
    there = shown[:, rows, thing.x0 : thing.x1]
    shown[:, rows, thing.x0 : thing.x1] = there + np.float32(SHINE) * (color - there * alpha)
    return shown


def mirror_change(changed: NDArray[np.bool_], axis: float, size: int) -> NDArray[np.bool_]:
    """Where a change above the axis shows in the mirror below it, (size, size)."""
    seen = np.zeros_like(changed)
    rows = np.arange(max(0, int(np.floor(axis * size / SIDE)) - 1), size)
    first, _ = mirrored_rows(axis, rows, size)
    for k in (0, 1):
        seen[rows] |= changed[np.clip(first + k, 0, size - 1)]
    return seen
