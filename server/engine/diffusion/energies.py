# SPDX-License-Identifier: Apache-2.0
"""The energies of DragonDiffusion and DiffEditor, as small pieces that edits compose.

Base form: E = w / (1 + 4 s), s the mean similarity (arXiv 2307.02421, eq. 3, alpha 1, beta 4), summed over
feature layers. s = (cos + 1) / 2 by default; ``raw`` takes the bare cosine, as the reference's move energies
do, whose energy has a pole at cos = -0.25. All masks are on the edit grid, (1, 1, 2h, 2w), bool or weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from server.engine.diffusion.features import at, cosine, weighted_mean
from server.engine.diffusion.guidance import Energy, Look

BETA = 4.0


def attract(weight: float, alike: Tensor) -> Tensor:
    """w / (1 + 4 s): falls as similarity rises."""
    return weight / (1 + BETA * alike)


def _alike(a: Tensor, b: Tensor, *, raw: bool) -> Tensor:
    """Similarity over the last axis: bare cosine, or mapped to [0, 1]."""
    return cosine(a, b) if raw else (cosine(a, b) + 1) / 2


def _map_alike(a: Tensor, b: Tensor, *, raw: bool = False) -> Tensor:
    """Similarity of two maps (1, c, h, w) per position, (1, 1, h, w)."""
    return _alike(a.movedim(1, -1), b.movedim(1, -1), raw=raw).unsqueeze(1)


@dataclass(frozen=True)
class Sum:
    """The sum of energies that share a scale and a region."""

    parts: tuple[Energy, ...]

    def __call__(self, look: Look) -> Tensor:
        return torch.stack([part(look) for part in self.parts]).sum()


@dataclass(frozen=True, kw_only=True)
class Preserve:
    """What lies under ``mask`` should stay as in source ``of``: w / (1 + 4 mean s(F, R))."""

    mask: Tensor
    weight: float
    raw: bool = False
    of: int = 0

    def __call__(self, look: Look) -> Tensor:
        mask = self.mask.to(look.z)
        total = look.z.new_zeros(())
        for now, then in zip(look.current_on_grid, look.references_on_grid[self.of], strict=True):
            total = total + attract(
                self.weight, weighted_mean(_map_alike(now, then, raw=self.raw), mask)
            )
        return total


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """What lies under ``mask`` should become different from the source: w * mean s(F, R)."""

    mask: Tensor
    weight: float

    def __call__(self, look: Look) -> Tensor:
        mask = self.mask.to(look.z)
        total = look.z.new_zeros(())
        for now, then in zip(look.current_on_grid, look.references_on_grid[0], strict=True):
            total = total + self.weight * weighted_mean(_map_alike(now, then), mask)
        return total


@dataclass(frozen=True, kw_only=True)
class Resemble:
    """The mean feature under ``mask`` should be like the source's mean under ``like``: w / (1 + 4 s).

    The inpainting term of move, and the whole edit term of appearance replacement.
    """

    mask: Tensor
    like: Tensor
    weight: float
    of: int = 0

    def __call__(self, look: Look) -> Tensor:
        mask, like = self.mask.to(look.z), self.like.to(look.z)
        total = look.z.new_zeros(())
        if not bool(mask.any()) or not bool(like.any()):
            return total
        for now, then in zip(look.current_on_grid, look.references_on_grid[self.of], strict=True):
            alike = _alike(_mean_feature(now, mask), _mean_feature(then, like), raw=False)
            total = total + attract(self.weight, alike)
        return total


@dataclass(frozen=True, kw_only=True)
class Paired:
    """Features under ``current`` should be those under ``target`` in the source resized by gamma, in row order.

    ``target`` lives on the resized grid; both masks must have equally many positions. ``layers`` averages
    instead of summing when the published form does (drag).
    """

    current: Tensor
    target: Tensor
    weight: float
    raw: bool = False
    of: int = 0

    def __post_init__(self) -> None:
        here, there = int(self.current.sum()), int(self.target.sum())
        if here != there or here == 0:
            raise ValueError(
                f"{here} positions at the target place cannot be paired with {there} at the source"
            )

    def __call__(self, look: Look) -> Tensor:
        size = self.target.shape[-2:]
        total = look.z.new_zeros(())
        for now, then in zip(look.current_on_grid, look.references_on_grid[self.of], strict=True):
            resized = functional.interpolate(then, size=size, mode="nearest")
            alike = _alike(at(now, self.current), at(resized, self.target), raw=self.raw)
            total = total + attract(self.weight, alike.mean())
        return total


@dataclass(frozen=True)
class Scaled:
    """An energy times a constant, for forms that average over layers or points."""

    energy: Energy
    by: float

    def __call__(self, look: Look) -> Tensor:
        return self.by * self.energy(look)


def _mean_feature(features: Tensor, mask: Tensor) -> Tensor:
    """The mean feature vector (c,) of a map (1, c, h, w) under weights (1, 1, h, w)."""
    return (features * mask).sum(dim=(0, 2, 3)) / mask.sum()
