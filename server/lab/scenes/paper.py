# SPDX-License-Identifier: Apache-2.0
"""Pigment on paper: paper + density · (color − paper), with textures that are fixed to the canvas."""

from functools import lru_cache

import numpy as np

from server.lab.scenes.palette import Floats, color
from server.lab.scenes.things import SIDE

PAPER = color(0.985, 0.972, 0.940)


def washed(rgb: Floats) -> Floats:
    """Watercolor: thin pigment in broad pools that differ a little in hue, less so where it is dark."""
    thin = (rgb - PAPER) * (np.float32(0.3) + rgb)
    return PAPER + np.float32(0.82) * (rgb - PAPER) + _wash(rgb.shape[-1]) * thin


def hatched(rgb: Floats) -> Floats:
    """Colored pencil: strokes that press harder where the color is darker, with paper between them."""
    light = (rgb[0] + rgb[1] + rgb[1] + rgb[2]) * np.float32(0.25)
    dark = np.clip(1 - light, 0, 1)
    stroke = (np.float32(0.15) + np.float32(0.10) * dark) * _hatching(rgb.shape[-1])
    return PAPER + (np.float32(0.36) + np.float32(0.24) * dark + stroke) * (rgb - PAPER)


@lru_cache(maxsize=4)
def _hatching(size: int) -> Floats:
    """Slanted strokes in 0 … 1, one every 8 pixels along rows and columns.

    So every cell of 8 × 8 looks alike, and an autoencoder that makes cells of 8 × 8 needs not know where it is.
    """
    x, y = _places(size)
    place = (x + y) / np.float32(8)
    wave = np.abs((place - np.floor(place)) * 2 - 1)
    return wave * wave * (3 - 2 * wave)


@lru_cache(maxsize=4)
def _wash(size: int) -> Floats:
    """How much more or less pigment lies where, (3, size, size), about −0.2 … 0.2."""
    x, y = _places(size)
    pools = np.float32(0.16) * _noise(x, y, 64.0, 11)
    return np.stack([pools + np.float32(0.07) * _noise(x, y, 32.0, 12 + c) for c in range(3)])


def _places(size: int) -> tuple[Floats, Floats]:
    """World coordinates of the pixel centers: x (1, size) and y (size, 1)."""
    at = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(SIDE / size)
    return at[None, :], at[:, None]


def _noise(x: Floats, y: Floats, step: float, seed: int) -> Floats:
    """Smooth noise in −1 … 1: fixed values on a grid of `step` pixels, smoothstep between them."""
    cells = int(SIDE / step) + 2
    values = np.random.default_rng(seed).integers(-64, 65, (cells, cells)).astype(np.float32) / 64
    row, column = y / np.float32(step), x / np.float32(step)
    i, j = np.floor(row).astype(int), np.floor(column).astype(int)
    u, v = row - i.astype(np.float32), column - j.astype(np.float32)
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    upper = values[i, j] * (1 - v) + values[i, j + 1] * v
    lower = values[i + 1, j] * (1 - v) + values[i + 1, j + 1] * v
    return (upper * (1 - u) + lower * u).astype(np.float32)
