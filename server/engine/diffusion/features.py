# SPDX-License-Identifier: Apache-2.0
"""Feature maps on the edit grid, and how alike two of them are.

The grid of every mask and energy has twice the latent's side ("S/4", arXiv 2307.02421, sec. 3.2).
"""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor

Size = tuple[int, int]


def grid_of(latent: Tensor) -> Size:
    """Rows and columns of the edit grid for a latent (b, c, h, w)."""
    return 2 * latent.shape[-2], 2 * latent.shape[-1]


def on_grid(maps: tuple[Tensor, ...], size: Size) -> tuple[Tensor, ...]:
    """Every map (b, c, h', w') brought to ``size`` by nearest neighbor."""
    return tuple(functional.interpolate(m, size=size, mode="nearest") for m in maps)


def at(features: Tensor, mask: Tensor) -> Tensor:
    """The feature vectors (positions, c) of a map (1, c, h, w) where mask (1, 1, h, w) is true, row by row."""
    if features.shape[-2:] != mask.shape[-2:]:
        raise ValueError(
            f"features of {tuple(features.shape[-2:])} with a mask of {tuple(mask.shape[-2:])}"
        )
    return features[0].permute(1, 2, 0)[mask[0, 0].bool()]


def cosine(a: Tensor, b: Tensor) -> Tensor:
    """Cosine over the last axis, in [-1, 1]."""
    return functional.cosine_similarity(a, b, dim=-1)


def similarity(a: Tensor, b: Tensor) -> Tensor:
    """(cos + 1) / 2 over the last axis, in [0, 1]: the form without a pole."""
    return (cosine(a, b) + 1) / 2


def sample(features: Tensor, points: Tensor) -> Tensor:
    """Bilinear samples of a map (1, c, h, w) at ``points`` (gh, gw, 2), x and y in [0, 1] of the picture.

    Returns (gh, gw, c). Outside the picture the border value is taken.
    """
    where = (points * 2 - 1).unsqueeze(0).to(features)
    found = functional.grid_sample(
        features, where, mode="bilinear", padding_mode="border", align_corners=False
    )
    return found[0].permute(1, 2, 0)


def weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """Mean of ``values`` under non-negative ``weights`` of the same shape; 0 where the weights are all 0."""
    total = weights.sum()
    if not bool(total > 0):
        return values.sum() * 0
    return torch.sum(values * weights) / total
