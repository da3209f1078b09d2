# SPDX-License-Identifier: Apache-2.0
"""Where a landmark of the true picture is found in a result: its patch, matched within a window.

No detector is trained: the true picture says how the place should look, and the least sum of squared differences
says where that is. Only places whose patch has texture in two directions are measured (Shi and Tomasi 1994).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Spots = Mapping[str, tuple[float, float]]
"""(x, y) in pixels by name."""
HALF = 8
"""A patch reaches this many pixels of a 256-pixel picture from its landmark."""
REACH = 40
"""How far a landmark is looked for, in the same pixels."""
TEXTURE = 20.0
"""Root mean square gradient, of 255, in a patch's least textured direction."""


def textured(picture: Bytes, spots: Spots) -> tuple[str, ...]:
    """The landmarks whose surroundings can be told from their neighbors' in every direction."""
    half = _scaled(HALF, picture)
    gray = picture.astype(np.float32).mean(2)
    down, right = np.gradient(gray)
    return tuple(
        name for name, spot in spots.items() if _least(down, right, spot, half) >= TEXTURE / 4
    )


def _least(
    down: NDArray[np.float32], right: NDArray[np.float32], spot: tuple[float, float], half: int
) -> float:
    x, y = round(spot[0]), round(spot[1])
    rows, columns = slice(max(y - half, 0), y + half + 1), slice(max(x - half, 0), x + half + 1)
    v, u = down[rows, columns].ravel(), right[rows, columns].ravel()
    if v.size == 0:
        return 0.0
    tensor = np.array(((v @ v, v @ u), (v @ u, u @ u))) / v.size
    return float(np.sqrt(max(np.linalg.eigvalsh(tensor)[0], 0.0)))


def distances(truth: Bytes, result: Bytes, ends: Spots) -> dict[str, float]:
    """Pixels from where each landmark should be to where its patch is found; untextured ones are left out."""
    return {name: _distance(truth, result, ends[name]) for name in textured(truth, ends)}


def _distance(truth: Bytes, result: Bytes, spot: tuple[float, float]) -> float:
    half, reach = _scaled(HALF, truth), _scaled(REACH, truth)
    x, y = round(spot[0]), round(spot[1])
    pad = half + reach
    wide = [
        np.pad(p.astype(np.float32), ((pad, pad), (pad, pad), (0, 0)), "edge")
        for p in (truth, result)
    ]
    patch = wide[0][y + reach : y + reach + 2 * half + 1, x + reach : x + reach + 2 * half + 1]
    window = wide[1][y : y + 2 * pad + 1, x : x + 2 * pad + 1]
    views = sliding_window_view(window, (2 * half + 1, 2 * half + 1), axis=(0, 1))
    apart = np.square(views).sum((2, 3, 4)) - 2 * np.einsum("ijchw,hwc->ij", views, patch)
    row, column = np.unravel_index(int(apart.argmin()), apart.shape)
    return float(np.hypot(row - reach, column - reach))


def _scaled(pixels: int, picture: Bytes) -> int:
    return max(2, round(pixels * picture.shape[0] / 256))
