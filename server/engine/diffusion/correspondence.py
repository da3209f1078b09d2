# SPDX-License-Identifier: Apache-2.0
"""The dense energy: every cell of the target place knows where in the source it comes from.

E = w / (1 + 4 mean_m s(F(p), R(B(p)))), B the backward map of a warp. It takes the place of 3x3 patches and of
row-order pairing: no wrap-around, sub-cell exact, nothing to refuse when an object leaves the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
import torch.nn.functional as functional
from torch import Tensor

from server.engine.diffusion.energies import attract
from server.engine.diffusion.features import cosine, sample, weighted_mean
from server.engine.diffusion.guidance import Look


@dataclass(frozen=True, kw_only=True)
class Correspond:
    """Features at the target should be the source's at ``points``.

    ``points`` (gh, gw, 2) holds for every grid cell the source position as x, y in [0, 1] of the picture;
    ``mask`` (1, 1, gh, gw) in [0, 1] says how much each cell counts. ``layers`` weighs the feature layers
    (semantic, geometric).
    """

    points: Tensor
    mask: Tensor
    weight: float
    of: int = 0
    layers: tuple[float, float] = (1.0, 1.0)
    _sampled: dict[int, Tensor] = field(
        default_factory=dict[int, Tensor], repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if self.points.shape[:2] != self.mask.shape[-2:] or self.points.shape[-1] != 2:
            raise ValueError(
                f"points {tuple(self.points.shape)} and mask {tuple(self.mask.shape)} are not of one grid"
            )

    def __call__(self, look: Look) -> Tensor:
        mask = self.mask[0, 0].to(look.z)
        total = look.z.new_zeros(())
        for weight, now, then in zip(
            self.layers, look.current, look.references[self.of], strict=True
        ):
            if weight == 0:
                continue
            here = functional.interpolate(
                now, size=mask.shape, mode="bilinear", align_corners=False
            )
            alike = (cosine(here[0].permute(1, 2, 0), sample(then, self.points)) + 1) / 2
            total = total + weight * attract(self.weight, weighted_mean(alike, mask))
        return total


def identity_points(size: tuple[int, int]) -> Tensor:
    """The map that changes nothing: each cell's own center, (gh, gw, 2) as x, y in [0, 1]."""
    rows = (torch.arange(size[0], dtype=torch.float32) + 0.5) / size[0]
    columns = (torch.arange(size[1], dtype=torch.float32) + 0.5) / size[1]
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([x, y], dim=-1)


def placed_points(
    size: tuple[int, int],
    *,
    shift: tuple[float, float],
    scale: float = 1.0,
    center: tuple[float, float] = (0.5, 0.5),
) -> Tensor:
    """The backward map of an object scaled about ``center`` and then shifted; all in fractions of the picture.

    B(p) = center + (p - shift - center) / scale. Raises ValueError for a scale that is not positive.
    """
    if scale <= 0:
        raise ValueError(f"an object's scale must be above 0, not {scale}")
    middle = torch.tensor(center)
    return middle + (identity_points(size) - torch.tensor(shift) - middle) / scale


def carry_mask(mask: Tensor, points: Tensor) -> Tensor:
    """A mask (1, 1, H, W) of the source seen through a backward map: (1, 1, gh, gw) in [0, 1], 0 from outside."""
    where = (points * 2 - 1).unsqueeze(0).to(torch.float32)
    return functional.grid_sample(
        mask.float(), where, mode="bilinear", padding_mode="zeros", align_corners=False
    )
