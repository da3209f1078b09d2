# SPDX-License-Identifier: Apache-2.0
"""Tracking by template: a handle goes to where its surroundings fit best, instead of to the one nearest feature.

The classic baseline of point tracking, as an exchangeable `Tracker`: sums of squared differences between the patch
around the handle at the start and patches in its window (Lucas and Kanade 1981 minimize the same sum).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from server.engine.gan.supervision import Start
from server.engine.gan.windows import inside, look, window

HALF = 3


@dataclass(frozen=True, kw_only=True)
class Template:
    """A `Tracker` that compares patches of features, `half` pixels of the picture to each side."""

    half: int = HALF

    def __post_init__(self) -> None:
        if self.half < 1:
            raise ValueError(f"a template reaches 1 pixel or more to each side, got {self.half}")

    def __call__(
        self, features: Tensor, size: int, start: Start, handles: Tensor, radius: int
    ) -> Tensor:
        return fitted(
            start.features,
            features,
            size,
            origins=start.handles,
            handles=handles,
            radius=radius,
            half=self.half,
        )


def fitted(
    before: Tensor,
    now: Tensor,
    size: int,
    *,
    origins: Tensor,
    handles: Tensor,
    radius: int,
    half: int,
) -> Tensor:
    """Where in its window each handle's patch of the start fits best, (k, 2) pixels of a `size` picture.

    before, now (1, c, h, w): features or pictures then and now; origins, handles (k, 2): where the handles were at the
    start and are now. What lies outside the picture repeats its edge; a handle stays within it.
    """
    patch = look(before, size, *window(origins, half))
    wide = look(now, size, *window(handles, radius + half))
    side = 2 * half + 1
    apart = wide.unfold(2, side, 1).unfold(3, side, 1) - patch[:, :, None, None]
    error = apart.square().sum((0, 4, 5))
    rows, columns = window(handles, radius)
    there = inside(rows, size)[:, :, None] & inside(columns, size)[:, None, :]
    best = error.masked_fill(~there, torch.inf).flatten(1).argmin(1)
    reach = 2 * radius + 1
    return handles - radius + torch.stack((best // reach, best % reach), dim=1)
