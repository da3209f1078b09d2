# SPDX-License-Identifier: Apache-2.0
"""The area that may change when the artist drew no mask: a soft tube around every drag.

Its radius follows the length of the drag: a short tug changes little around it, a long one has
room to carry something along. Wide enough that a drag without a mask always moves something.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import hypot

import numpy as np

from server.engine.api import Rect, Size
from server.engine.canvas import rects
from server.engine.canvas.masks import Mask
from server.engine.warp.controls import Path, length

SMALLEST = 24.0
"""Pixels."""


def reach(path: Path, document: Size) -> float:
    """The radius of the tube around a drag, document pixels: its length, at least 24 px or
    1 % of the diagonal, at most a quarter of the diagonal."""
    diagonal = hypot(*document)
    smallest = max(SMALLEST, 0.01 * diagonal)
    return max(smallest, min(length(path), 0.25 * diagonal))


def auto_region_bounds(paths: Sequence[Path], document: Size) -> Rect:
    """The bounds of `auto_region`, from geometry alone."""
    boxes = [rects.around_points(path, reach(path, document)) for path in paths if len(path) > 1]
    return rects.intersect(rects.union(*boxes), rects.of_size(document))


def auto_region(paths: Sequence[Path], document: Size, rect: Rect) -> Mask:
    """The area on `rect`, (h, w) 0..1: 1 near the paths, falling smoothly to 0 at their reach.

    Document coordinates; 0 beyond the document. Pins add nothing.
    """
    x = np.arange(rect[0], rect[0] + rect[2], dtype=np.float32)[None] + np.float32(0.5)
    y = np.arange(rect[1], rect[1] + rect[3], dtype=np.float32)[:, None] + np.float32(0.5)
    area = np.zeros((rect[3], rect[2]), dtype=np.float32)
    for path in paths:
        for start, end in itertools.pairwise(path):
            near = 1.0 - _distance_to_segment(x, y, start, end) / np.float32(reach(path, document))
            t = np.clip(near / 0.4, 0.0, 1.0)
            np.maximum(area, t * t * (3.0 - 2.0 * t), out=area)
    inside = (x > 0) & (x < document[0]) & (y > 0) & (y < document[1])
    return np.where(inside, area, np.float32(0.0)).astype(np.float32)


def _distance_to_segment(
    x: np.ndarray, y: np.ndarray, start: tuple[float, float], end: tuple[float, float]
) -> np.ndarray:
    """Distance (h, w) of pixel centers to a line segment."""
    ax, ay = end[0] - start[0], end[1] - start[1]
    square = max(ax * ax + ay * ay, 1e-12)
    t = np.clip(((x - start[0]) * ax + (y - start[1]) * ay) / square, 0.0, 1.0)
    return np.hypot(x - start[0] - t * ax, y - start[1] - t * ay)
