# SPDX-License-Identifier: Apache-2.0
"""Where the pixels of a pulled picture were before: dense optical flow between two pictures of a generator.

Iterative Lucas and Kanade (1981) from coarse to fine (Bouguet 2000), all color channels together. Pictures of a
generator are smooth and differ by a motion, which is what this method asks for. Where nothing changed the flow is
exactly zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

COARSEST, FINEST = 8, 256
"""Pixels of the smallest and of the largest level; the largest is half the picture's size at most."""
ROUNDS, RADIUS = 4, 4
"""Of each level, and of its window in pixels."""
FLAT = 2e-3
"""Squared slope of pictures of 0 … 1 below which a place is taken along by its neighbors."""
SURE = 0.08
"""Difference of colors (root mean square, of 0 … 1) at which a place is no longer believed to be the same."""
DRIFT, ABOUT = 0.015, 8
"""Change of colors (root mean square, of 0 … 1) at which it is a motion rather than a drift, over an eighth of the side
about a place."""
STILL = 1 / 256
"""Pixels below which nothing has moved."""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """`by` (2, h, w): right and down, in parts of the picture's side, from a place of the picture after to where it
    was before; `sure` (h, w): 0 … 1, whether what is there is the same. At most half as large as the pictures."""

    by: Tensor
    sure: Tensor


@torch.no_grad()
def flow(before: Tensor, after: Tensor) -> Flow:
    """Of two square pictures (3, s, s) of 0 … 1. Raises ValueError for other shapes."""
    if before.shape != after.shape or before.ndim != 3 or before.shape[1] != before.shape[2]:
        raise ValueError(f"pictures of {tuple(before.shape)} and {tuple(after.shape)}")
    levels = _levels(torch.stack((before, after)))
    by = before.new_zeros(1, 2, *levels[0].shape[-2:])
    for both in levels:
        one, other = both[:1], both[1:]
        if by.shape[-1] != both.shape[-1]:
            by = 2 * F.interpolate(by, size=both.shape[-2:], mode="bilinear")
        for _ in range(ROUNDS):
            by = _smooth(by + _step(_moved(one, by), other))
    stirred = _stirred(levels[-1])
    by = by * stirred
    by = torch.where(by.abs() < STILL, 0, by)
    apart = _smooth((_moved(levels[-1][:1], by) - levels[-1][1:]).square().mean(1, keepdim=True))
    sure = 1 - stirred * (1 - torch.exp(-apart / SURE**2))
    return Flow(by=by[0] / by.shape[-1], sure=sure[0, 0])


def _stirred(both: Tensor) -> Tensor:
    """0 … 1 (1, 1, h, w): whether anything has changed about a place. Colors drift a little all over a picture that is
    pulled, which is no motion."""
    about = 2 * (both.shape[-1] // ABOUT // 2) + 1
    square = (both[:1] - both[1:]).square().mean(1, keepdim=True)
    mean = F.avg_pool2d(square, about, stride=1, padding=about // 2, count_include_pad=False)
    return mean / (mean + DRIFT**2)


def _levels(pictures: Tensor) -> list[Tensor]:
    """The pictures in halves of their size, the smallest first."""
    side = pictures.shape[-1]
    found = [F.interpolate(pictures, size=max(min(side // 2, FINEST), 1), mode="area")]
    while found[0].shape[-1] >= 2 * COARSEST:
        found.insert(0, F.avg_pool2d(found[0], 2))
    return found


def _step(moved: Tensor, after: Tensor) -> Tensor:
    """What is to be added to the flow (1, 2, h, w), at most a pixel: the window's least squares."""
    x, y = (_slope(moved, axis) + _slope(after, axis) for axis in (3, 2))
    x, y, missing = x / 2, y / 2, after - moved
    pairs = ((x, x), (x, y), (y, y), (x, missing), (y, missing))
    products = torch.cat([(a * b).sum(1, keepdim=True) for a, b in pairs], 1)
    xx, xy, yy, xd, yd = F.avg_pool2d(
        products, 2 * RADIUS + 1, stride=1, padding=RADIUS, count_include_pad=False
    ).unbind(1)
    xx, yy = xx + FLAT, yy + FLAT
    below = xx * yy - xy * xy
    found = torch.stack(((yy * xd - xy * yd) / below, (xx * yd - xy * xd) / below), 1)
    return found.clamp(-1, 1)


def _slope(picture: Tensor, axis: int) -> Tensor:
    """Central differences, half a pixel's at the edges."""
    wide = picture.shape[axis]
    padded = torch.cat(
        (picture.narrow(axis, 0, 1), picture, picture.narrow(axis, wide - 1, 1)), axis
    )
    return (padded.narrow(axis, 2, wide) - padded.narrow(axis, 0, wide)) / 2


def _moved(picture: Tensor, by: Tensor) -> Tensor:
    """The picture as seen through a flow."""
    height, width = picture.shape[-2:]
    rows = torch.arange(height, device=by.device, dtype=by.dtype)[:, None] + by[:, 1]
    columns = torch.arange(width, device=by.device, dtype=by.dtype) + by[:, 0]
    grid = torch.stack(((2 * columns + 1) / width - 1, (2 * rows + 1) / height - 1), -1)
    return F.grid_sample(picture, grid, padding_mode="border", align_corners=False)


def _smooth(values: Tensor) -> Tensor:
    """Averaged over 3 x 3."""
    return F.avg_pool2d(values, 3, stride=1, padding=1, count_include_pad=False)
