# SPDX-License-Identifier: Apache-2.0
"""Masks and initial latents exactly as the reference computes them, wrap-around and all.

For parity (``reference_compat``) only: rolls wrap, resizing is nearest with floor, objects that leave the crop
are refused. The product's own placement is in `correspondence`. Masks are (1, 1, h, w) bool, points (x, y) in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

import torch
import torch.nn.functional as functional
from torch import Tensor

from server.engine.diffusion.features import Size

Point = tuple[float, float]


def resize(x: Tensor, size: Size) -> Tensor:
    """Nearest with floor, for maps and masks (1, c, h, w); masks come back as bool."""
    if x.shape[-2:] == torch.Size(size):
        return x
    if x.dtype == torch.bool:
        return functional.interpolate(x.float(), size=size, mode="nearest") > 0.5
    return functional.interpolate(x, size=size, mode="nearest")


def scaled_size(size: Size, gamma: float) -> Size:
    """int(gamma h), int(gamma w)."""
    return int(size[0] * gamma), int(size[1] * gamma)


def fit_center(x: Tensor, size: Size) -> Tensor:
    """Center-crops or zero-pads the last two axes to ``size``."""
    for axis, wanted in ((-2, size[0]), (-1, size[1])):
        have = x.shape[axis]
        if have > wanted:
            x = x.narrow(axis, (have - wanted) // 2, wanted)
        elif have < wanted:
            before = (wanted - have) // 2
            padding = [before, wanted - have - before]
            x = functional.pad(x, padding if axis == -1 else [0, 0, *padding])
    return x


@dataclass(frozen=True, kw_only=True)
class MoveMasks:
    """Grid masks of a move: object at its source (resized grid), at its target, neither, and left behind."""

    source: Tensor
    target: Tensor  # "tar": the object on the gamma-resized grid
    current: Tensor  # "cur": where it goes
    other: Tensor
    left: Tensor  # source and not current


def move_masks(
    mask: Tensor, grid: Size, *, dx: float, dy: float, gamma: float, cell: int
) -> MoveMasks:
    """Masks of a move by (dx, dy) pixels with resize gamma; ``cell`` is pixels per grid cell."""
    source = resize(mask, grid)
    target = resize(mask, scaled_size(grid, gamma))
    shift = (int(floor(dy / cell) * gamma), int(floor(dx / cell) * gamma))
    current = fit_center(torch.roll(target, shift, (-2, -1)), grid)
    return MoveMasks(
        source=source, target=target, current=current, other=~(source | current), left=source & ~current
    )  # fmt: skip


def moved_latent(
    z: Tensor, mask: Tensor, *, dx: float, dy: float, gamma: float, stride: int
) -> Tensor:
    """The inverted latent with the object's part rolled to its new place; the old place is not cleared."""
    size: Size = (z.shape[-2], z.shape[-1])
    shift = (int(dy / stride * gamma), int(dx / stride * gamma))
    there = resize(mask, scaled_size(size, gamma))
    carried = resize(z, scaled_size(size, gamma))
    there = fit_center(torch.roll(there, shift, (-2, -1)), size)
    carried = fit_center(torch.roll(carried, shift, (-2, -1)), size)
    return torch.where(there, carried, z)


def patch_masks(points: Sequence[Point], grid: Size, *, cell: int, x_clip: int) -> list[Tensor]:
    """One 3x3 patch per point, kept inside the grid; ``x_clip`` is the side that x is clipped by."""
    masks: list[Tensor] = []
    for column, row in patch_centers(points, grid, cell=cell, x_clip=x_clip):
        mask = torch.zeros(1, 1, *grid, dtype=torch.bool)
        mask[..., row - 1 : row + 2, column - 1 : column + 2] = True
        masks.append(mask)
    return masks


def patch_centers(
    points: Sequence[Point], grid: Size, *, cell: int, x_clip: int
) -> list[tuple[int, int]]:
    """Grid cells (column, row) of the points, at least one cell away from the border."""
    return [
        (min(max(floor(x / cell), 1), x_clip - 2), min(max(floor(y / cell), 1), grid[0] - 2))
        for x, y in points
    ]


def copied_patches(
    z: Tensor, starts: Sequence[tuple[int, int]], ends: Sequence[tuple[int, int]]
) -> Tensor:
    """For each pair of grid centers in turn, the 3x3 latent cells around one copied to the other."""
    z = z.clone()
    for (x0, y0), (x1, y1) in zip(starts, ends, strict=True):
        a, b, c, d = x0 // 2, y0 // 2, x1 // 2, y1 // 2
        z[..., d - 1 : d + 2, c - 1 : c + 2] = z[..., b - 1 : b + 2, a - 1 : a + 2].clone()
    return z
