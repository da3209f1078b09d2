# SPDX-License-Identifier: Apache-2.0
"""How far an edited picture is from the true answer, object by object.

The renderer's own masks and colors say where the object should be; nothing here is learned.
All pictures are float (h, w, 3) in 0..1, all masks float (h, w) in 0..1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Mask = NDArray[np.float32]

SEARCH = 48
"""Half width of the search window for the object, pixels at 256."""


@dataclass(frozen=True, kw_only=True)
class Measures:
    """One edit, measured.

    displacement: distance of the object's best match from its true place, pixels;
    ghost: what is left of the object where it was, 0 gone .. 1 still there;
    hole: root mean square error in the uncovered place, gray levels of 255;
    seam: the same in a band around the object's new place;
    region: the same over everything that should have changed, the object included;
    outside: number of pixels outside the result's region that differ from the source.
    """

    displacement: float
    ghost: float
    hole: float
    seam: float
    region: float
    outside: int


def measure(
    *,
    edited: Image,
    source: Image,
    truth: Image,
    object_before: Mask,
    object_after: Mask,
    allowed: NDArray[np.bool_],
) -> Measures:
    """Measure an edited picture against the true re-render.

    object_before/after: the object's visible mask in source and truth; allowed: where the edit may
    change pixels. Raises ValueError when the object is not visible in the truth.
    """
    if not (object_after > 0.5).any():
        raise ValueError("the object is not visible in the true answer: nothing to measure")
    hole = (object_before > 0.5) & (object_after < 0.1)
    around = _dilate(object_after > 0.1, 4) & (object_after < 0.1) & ~hole
    changed = (object_before > 0.1) | (object_after > 0.1)
    return Measures(
        displacement=displacement_error(edited, truth, object_after),
        ghost=ghost(edited, source, truth, hole),
        hole=rms_levels(edited, truth, hole),
        seam=rms_levels(edited, truth, around),
        region=rms_levels(edited, truth, changed),
        outside=int((np.abs(edited - source).max(axis=2) > 0)[~allowed].sum()),
    )


def rms_levels(a: Image, b: Image, where: NDArray[np.bool_]) -> float:
    """Root mean square difference over a mask, in gray levels of 255; 0 for an empty mask."""
    if not where.any():
        return 0.0
    return float(255.0 * np.sqrt(np.mean((a[where] - b[where]) ** 2)))


def ghost(edited: Image, source: Image, truth: Image, hole: NDArray[np.bool_]) -> float:
    """How much of the object is left in the hole: the least-squares α of
    edited = truth + α (source - truth), clipped to 0..1, where source and truth clearly differ."""
    gone = (source - truth)[hole]
    clear = np.abs(gone).max(axis=1) > 0.05
    if not clear.any():
        return 0.0
    direction, left = gone[clear], (edited - truth)[hole][clear]
    return float(np.clip((left * direction).sum() / (direction**2).sum(), 0.0, 1.0))


def displacement_error(edited: Image, truth: Image, object_after: Mask) -> float:
    """Distance in pixels between where the object is and where it should be.

    The true object (its pixels and a rim of three, so that flat objects have an outline to match)
    is slid over the edited picture within ±SEARCH pixels; the best match, by mean absolute color
    difference, is where the object is.
    """
    template_mask = _dilate(object_after > 0.5, 3)
    rows, cols = np.nonzero(template_mask)
    colors = truth[rows, cols]
    height, width = template_mask.shape

    def cost(dy: int, dx: int) -> float:
        y, x = rows + dy, cols + dx
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        if inside.mean() < 0.8:
            return np.inf
        return float(np.abs(edited[y[inside], x[inside]] - colors[inside]).mean())

    coarse = [
        (cost(dy, dx), dy, dx)
        for dy in range(-SEARCH, SEARCH + 1, 4)
        for dx in range(-SEARCH, SEARCH + 1, 4)
    ]
    found: list[tuple[float, int, int]] = []
    for _, cy, cx in sorted(coarse)[:6]:
        found += [
            (cost(cy + dy, cx + dx), cy + dy, cx + dx) for dy in range(-3, 4) for dx in range(-3, 4)
        ]
    _, dy, dx = min(found, key=lambda f: (f[0], f[1] ** 2 + f[2] ** 2))
    return float(np.hypot(dx, dy))


def _dilate(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """Grow a mask by a square of half width `radius`."""
    grown = mask.copy()
    for axis in (0, 1):
        rolled = [grown]
        for shift in range(1, radius + 1):
            for sign in (-1, 1):
                moved = np.roll(grown, sign * shift, axis=axis)
                edge: list[slice | int] = [slice(None), slice(None)]
                edge[axis] = slice(0, shift) if sign > 0 else slice(-shift, None)
                moved[tuple(edge)] = False
                rolled.append(moved)
        grown = np.logical_or.reduce(rolled)
    return grown
