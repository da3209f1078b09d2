# SPDX-License-Identifier: Apache-2.0
"""Looks at feature maps through small windows, as if they had been enlarged to the picture's size.

The published code enlarges the whole map (268 MB at 512 pixels). Bilinear interpolation is local, so reading the
few pixels that are needed gives the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Axis:
    """Where pixels of a picture lie on a map's axis: two neighbors and the weight of the second."""

    low: Tensor
    high: Tensor
    weight: Tensor


def axis(pixel: Tensor, size: int, cells: int) -> Axis:
    """Pixels (long, any shape; clamped into 0 … size - 1) between ``cells`` cells, corners not aligned."""
    inside = pixel.clamp(0, size - 1)
    place = ((inside + 0.5) * (cells / size) - 0.5).clamp_min(0)
    low = place.long()
    return Axis(low, (low + 1).clamp_max(cells - 1), place - low)


def look(features: Tensor, size: int, rows: Tensor, columns: Tensor) -> Tensor:
    """Features of windows: (1, c, h, w), rows (k, n) and columns (k, m) of a ``size`` picture -> (c, k, n, m).

    Pixels outside are read at the edge. Differentiable in ``features``.
    """
    _, channels, height, width = features.shape
    flat = features[0].flatten(1)
    shape = (channels, *rows.shape, columns.shape[-1])

    def at(row: Tensor, column: Tensor) -> Tensor:
        index = row[:, :, None] * width + column[:, None, :]
        return flat.index_select(1, index.flatten()).view(shape)

    if (height, width) == (size, size):
        return at(rows.clamp(0, size - 1), columns.clamp(0, size - 1))
    y, x = axis(rows, size, height), axis(columns, size, width)
    along = x.weight.to(features.dtype)[:, None, :]
    down = y.weight.to(features.dtype)[:, :, None]
    upper = torch.lerp(at(y.low, x.low), at(y.low, x.high), along)
    lower = torch.lerp(at(y.high, x.low), at(y.high, x.high), along)
    return torch.lerp(upper, lower, down)


def window(center: Tensor, radius: int, *, more: int = 0) -> tuple[Tensor, Tensor]:
    """Rows and columns (k, 2 radius + 1 + more) of square windows around centers (k, 2), row and column."""
    offsets = torch.arange(-radius, radius + 1 + more, device=center.device)
    return center[:, :1] + offsets, center[:, 1:] + offsets


def inside(pixel: Tensor, size: int) -> Tensor:
    """Which pixels lie on the picture."""
    return (pixel >= 0) & (pixel < size)


def shifted(
    features: Tensor, size: int, center: Tensor, radius: int, shift: Tensor, *, zeros: bool
) -> Tensor:
    """Windows around ``center`` (k, 2) moved by ``shift`` (k, 2) pixels: (c, k, 2 radius + 1, 2 radius + 1).

    Bilinear between pixels. ``zeros``: what lies outside the picture counts as 0, else as its edge.
    """
    whole = shift.floor()
    rows, columns = window(center + whole.long(), radius, more=1)
    seen = look(features, size, rows, columns)
    if zeros:
        there = inside(rows, size)[:, :, None] & inside(columns, size)[:, None, :]
        seen = seen * there.to(seen.dtype)
    part = (shift - whole).to(features.dtype)
    down, along = part[:, :1, None], part[:, 1:, None]
    upright = torch.lerp(seen[:, :, :-1], seen[:, :, 1:], down)
    return torch.lerp(upright[..., :-1], upright[..., 1:], along)
