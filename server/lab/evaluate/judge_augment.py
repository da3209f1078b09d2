# SPDX-License-Identifier: Apache-2.0
"""Harm that a decoder or a diffusion model does to pictures, imitated without either: blur, blotches, noise, tints.

The evaluator must read made pictures as well as drawn ones, and may know no model that it will judge.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

CLEAN = 0.15
"""The share of pictures that stay as they are drawn."""


def spoil(x: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures (b, 3, h, w) in [-1, 1], each harmed in its own way; the input stays as it is."""
    b = len(x)

    def draw(low: float, high: float) -> Tensor:
        return torch.rand(b, 1, 1, 1, generator=generator) * (high - low) + low

    def chosen(likely: float) -> Tensor:
        return torch.rand(b, 1, 1, 1, generator=generator) < likely

    y = torch.lerp(x, soft(x), draw(0.0, 1.0) * chosen(0.6))
    y = torch.lerp(y, low_pass(y), draw(0.3, 1.0) * chosen(0.35))
    y = y + draw(0.0, 0.10) * chosen(0.5) * blotches(x, 8, generator)
    y = y + draw(0.0, 0.08) * chosen(0.3) * blotches(x, 32, generator)
    grain = torch.randn(1, *x.shape[1:], generator=generator)  # one for all: drawing it is slow
    y = y + draw(0.0, 0.08) * chosen(0.4) * grain
    tint = torch.randn(b, 3, 1, 1, generator=generator) * 0.04 * chosen(0.5)
    y = y * (1 + draw(-0.08, 0.08) * chosen(0.5)) + tint
    return torch.where(chosen(CLEAN), x, y.clamp(-1, 1))


def soft(x: Tensor) -> Tensor:
    """A binomial blur of 5 × 5 pixels (σ = 1), edges held."""
    taps = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], dtype=x.dtype) / 16
    row = taps.view(1, 1, 1, 5).expand(x.shape[1], 1, 1, 5)
    held = F.pad(x, (2, 2, 2, 2), mode="replicate")
    across = F.conv2d(held, row, groups=x.shape[1])
    return F.conv2d(across, row.transpose(2, 3), groups=x.shape[1])


def low_pass(x: Tensor) -> Tensor:
    """Halved and doubled again: what a bottleneck that drops the finest details leaves."""
    small = F.avg_pool2d(x, 2)
    return F.interpolate(small, size=x.shape[-2:], mode="bilinear", align_corners=False)


def blotches(x: Tensor, cell: int, generator: torch.Generator) -> Tensor:
    """Smooth noise with one random color per cell: what a wrong latent becomes in the picture."""
    b, _, h, w = x.shape
    rough = torch.randn(b, 3, h // cell, w // cell, generator=generator)
    return F.interpolate(rough, size=(h, w), mode="bilinear", align_corners=False)


def shifted(x: Tensor, dx: int, dy: int) -> Tensor:
    """Pictures moved by whole pixels to the right and down, the uncovered border filled with what was there."""
    reach = max(abs(dx), abs(dy))
    if not reach:
        return x
    h, w = x.shape[-2:]
    held = F.pad(x, (reach, reach, reach, reach), mode="replicate")
    return held[..., reach - dy : reach - dy + h, reach - dx : reach - dx + w]
