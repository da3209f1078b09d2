# SPDX-License-Identifier: Apache-2.0
"""How well a place can be followed: handles on even areas slide, so say it and offer a better place nearby.

DragGAN's own advice (arXiv 2305.10973, section 5): points on textureless areas drift when they are tracked. The
measure is the smaller eigenvalue of the structure tensor (Shi and Tomasi, "Good features to track"): large where
the picture changes in both directions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

FLAT = (2.0 / 127.5) ** 2
"""Below this, changes are about two of 255 levels a pixel in the weaker direction: noise, not texture."""
LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, kw_only=True)
class Grip:
    """A handle (row, column), the texture under it, whether that is too little, and the nearest better place.

    ``better`` is the handle itself where it is good, or where nothing better is in reach.
    """

    handle: tuple[int, int]
    texture: float
    flat: bool
    better: tuple[int, int]


def texture(picture: Tensor, *, radius: int = 3) -> Tensor:
    """(h, w) smaller eigenvalue around each pixel of a picture (c, h, w) about [-1, 1], c 1 or 3."""
    channels = picture.shape[0]
    if channels not in (1, 3) or radius < 1:
        raise ValueError(
            f"a picture of 1 or 3 channels and a radius from 1, not {channels}, {radius}"
        )
    weights = torch.tensor(LUMA if channels == 3 else (1.0,), device=picture.device)
    gray = torch.tensordot(weights, picture.float(), dims=1)[None, None]
    wide = F.pad(gray, (1, 1, 1, 1), mode="replicate")
    down = (wide[..., 2:, 1:-1] - wide[..., :-2, 1:-1]) / 2
    along = (wide[..., 1:-1, 2:] - wide[..., 1:-1, :-2]) / 2
    products = torch.cat((down * down, along * along, down * along), 1)
    side = 2 * radius + 1
    means = F.avg_pool2d(products, side, stride=1, padding=radius, count_include_pad=False)[0]
    half, apart = (means[0] + means[1]) / 2, (means[0] - means[1]) / 2
    return (half - torch.sqrt(apart.square() + means[2].square())).clamp_min(0)


def grips(
    picture: Tensor, handles: Sequence[tuple[float, float]], *, radius: int = 3, reach: int = 12
) -> list[Grip]:
    """How well each handle (row, column) can be followed, and where within ``reach`` pixels it would be better.

    The better place is the nearest with enough texture. Raises ValueError for handles outside the picture.
    """
    strength = texture(picture, radius=radius).cpu()
    height, width = strength.shape
    found: list[Grip] = []
    for row, column in handles:
        r, c = round(row), round(column)
        if not (0 <= r < height and 0 <= c < width):
            raise ValueError(f"the handle ({row}, {column}) lies outside {height} x {width} pixels")
        here = float(strength[r, c])
        better = _nearest(strength, r, c, reach) if here < FLAT else (r, c)
        found.append(Grip(handle=(r, c), texture=here, flat=here < FLAT, better=better))
    return found


def _nearest(strength: Tensor, row: int, column: int, reach: int) -> tuple[int, int]:
    top, left = max(row - reach, 0), max(column - reach, 0)
    around = strength[top : row + reach + 1, left : column + reach + 1]
    rows = torch.arange(top, top + around.shape[0])[:, None] - row
    columns = torch.arange(left, left + around.shape[1])[None] - column
    away = (rows.square() + columns.square()).float()
    away = away.masked_fill((around < FLAT) | (away > reach**2), torch.inf)
    best = int(away.argmin())
    if not bool(torch.isfinite(away.flatten()[best])):
        return row, column
    return top + best // around.shape[1], left + best % around.shape[1]
