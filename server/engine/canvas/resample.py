# SPDX-License-Identifier: Apache-2.0
"""Scaling planes of float32 with filters that widen when shrinking, so nothing aliases.

Pillow's mode "F" does the work: its filters are exact to float32 and treat pixel (i, j) as
covering [i, i + 1), which is this project's convention too.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from server.engine.api import Rect, Size

Filter = Literal["nearest", "area", "bilinear", "bicubic", "lanczos"]
_PILLOW = {
    "nearest": Image.Resampling.NEAREST,
    "area": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def resize(values: NDArray[np.generic], size: Size, how: Filter) -> NDArray[np.float32]:
    """Scale an array (h, w) or (h, w, c) to `size` (width, height); the type becomes float32.

    Lanczos and bicubic can leave the range of the input by some percent at hard edges.
    """
    planes = np.ascontiguousarray(values, dtype=np.float32)
    if planes.ndim == 2:
        return _resize_plane(planes, size, how)
    scaled = [_resize_plane(planes[..., i], size, how) for i in range(planes.shape[2])]
    return np.stack(scaled, axis=-1)


def _resize_plane(plane: NDArray[np.float32], size: Size, how: Filter) -> NDArray[np.float32]:
    if (plane.shape[1], plane.shape[0]) == tuple(size):
        return plane.copy()
    image = Image.fromarray(np.ascontiguousarray(plane))
    return np.asarray(image.resize(size, _PILLOW[how]), dtype=np.float32).copy()


def resize_part(
    values: NDArray[np.generic], size: Size, part: Rect, how: Filter
) -> NDArray[np.float32]:
    """The rectangle `part` of what `resize` would give, without the rest: same values, less work.

    part lies in the resized picture of `size`; filters still see beyond its border.
    """
    x, y, width, height = part
    columns, rows = values.shape[1] / size[0], values.shape[0] / size[1]
    box = (x * columns, y * rows, (x + width) * columns, (y + height) * rows)
    planes = np.ascontiguousarray(values, dtype=np.float32)
    planes = planes[..., None] if planes.ndim == 2 else planes
    out = np.empty((height, width, planes.shape[2]), dtype=np.float32)
    for i in range(planes.shape[2]):
        image = Image.fromarray(np.ascontiguousarray(planes[..., i]))
        out[..., i] = np.asarray(image.resize((width, height), _PILLOW[how], box=box))
    return out if values.ndim == 3 else out[..., 0]


def resize_for(values: NDArray[np.generic], size: Size) -> NDArray[np.float32]:
    """Scale colors either way: Lanczos when shrinking, bicubic when enlarging (less ringing)."""
    shrinks = size[0] * size[1] < values.shape[0] * values.shape[1]
    return resize(values, size, "lanczos" if shrinks else "bicubic")
