# SPDX-License-Identifier: Apache-2.0
"""Dense backward maps: for every target pixel, the point of the source it shows.

A map is (h, w, 2) float32 holding (x, y) relative to the array's corner; pixel (i, j) has its
center at (i + 0.5, j + 0.5), so the identity is `identity_map`, and a map scales with its grid.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Size
from server.engine.canvas.resample import resize

Map = NDArray[np.float32]
Floats = NDArray[np.float32]
BAND = 16384
"""Pixels sampled at once."""


def identity_map(size: Size) -> Map:
    """The map of (width, height) that shows every pixel in its own place."""
    out = np.empty((size[1], size[0], 2), dtype=np.float32)
    out[..., 0] = np.arange(size[0], dtype=np.float32) + 0.5
    out[..., 1] = (np.arange(size[1], dtype=np.float32) + 0.5)[:, None]
    return out


def resize_map(backward: Map, size: Size) -> Map:
    """The same map on another grid, such as a latent's: displacements averaged and scaled."""
    height, width = backward.shape[:2]
    shift = backward - identity_map((width, height))
    how = "area" if size[0] * size[1] < width * height else "bilinear"
    scaled = resize(shift, size, how)
    scaled[..., 0] *= size[0] / width
    scaled[..., 1] *= size[1] / height
    return scaled + identity_map(size)


def apply_map(
    pixels: NDArray[np.generic], backward: Map, how: Literal["bilinear", "bicubic"] = "bilinear"
) -> Floats:
    """Show `pixels` (h, w) or (h, w, c) through a map (H, W, 2): float32 (H, W[, c]).

    Points beyond the border repeat the edge. Straight alpha must be multiplied in by the caller.
    """
    planes = pixels if pixels.ndim == 3 else pixels[..., None]
    sample = _bilinear if how == "bilinear" else _bicubic
    out = sample(planes, backward)
    return out if pixels.ndim == 3 else out[..., 0]


def _bilinear(planes: NDArray[np.generic], backward: Map) -> Floats:
    """In bands of rows that fit the processor's cache: three times as fast as all at once."""
    height, width, channels = planes.shape
    rows, columns = backward.shape[:2]
    flat = np.ascontiguousarray(planes).reshape(-1, channels)
    out = np.empty((rows, columns, channels), dtype=np.float32)
    band = max(1, BAND // max(columns, 1))
    for top in range(0, rows, band):
        part = backward[top : top + band]
        out[top : top + band] = _band(flat, (width, height), part).reshape(*part.shape[:2], -1)
    return out


def _band(flat: NDArray[np.generic], size: Size, backward: Map) -> Floats:
    """Bilinear samples (n, c) of pixels (h * w, c)."""
    width, height = size
    left, x = _split(backward[..., 0], width)
    at, y = _split(backward[..., 1], height)
    at *= width
    at += left
    right, down = int(width > 1), width if height > 1 else 0
    upper = _between(_take(flat, at), _take(flat, at + right), x)
    at += down
    lower = _between(_take(flat, at), _take(flat, at + right), x)
    return _between(upper, lower, y)


def _split(points: Floats, length: int) -> tuple[NDArray[np.int32], Floats]:
    """The pixel before each coordinate (n,), and how far beyond its center (n, 1), 0..1."""
    offset = points.ravel() - np.float32(0.5)
    np.maximum(offset, 0.0, out=offset)
    np.minimum(offset, np.float32(length - 1), out=offset)
    before = np.minimum(offset.astype(np.int32), np.int32(max(length - 2, 0)))
    offset -= before
    return before, offset[:, None]


def _take(flat: NDArray[np.generic], at: NDArray[np.int32]) -> Floats:
    return flat.take(at, axis=0).astype(np.float32, copy=False)


def _between(a: Floats, b: Floats, t: Floats) -> Floats:
    """a + t (b - a), which is exactly a where both are equal: a flat area stays flat."""
    b -= a
    b *= t
    b += a
    return b


def _bicubic(planes: NDArray[np.generic], backward: Map) -> Floats:
    """Keys' cubic (a = -0.5), 16 neighbors, edges repeated."""
    height, width, channels = planes.shape
    x = np.clip(backward[..., 0].ravel() - 0.5, 0, width - 1)
    y = np.clip(backward[..., 1].ravel() - 0.5, 0, height - 1)
    left, top = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    flat = np.ascontiguousarray(planes).reshape(-1, channels)
    out = np.zeros((x.size, channels), dtype=np.float32)
    for j in range(-1, 3):
        row = np.clip(top + j, 0, height - 1) * width
        weight_y = _keys(y - top - j)
        for i in range(-1, 3):
            weight = weight_y * _keys(x - left - i)
            out += _take(flat, row + np.clip(left + i, 0, width - 1)) * weight[:, None]
    return out.reshape(*backward.shape[:2], channels)


def _keys(distance: Floats) -> Floats:
    t = np.abs(distance)
    near = (1.5 * t - 2.5) * t * t + 1.0
    far = ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0
    return np.where(t < 1, near, np.where(t < 2, far, 0.0)).astype(np.float32)
