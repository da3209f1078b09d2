# SPDX-License-Identifier: Apache-2.0
"""Harm that a decoder or a diffusion model does to pictures, imitated without either: blur, blotches, noise, tints.

The evaluator must read made pictures as well as drawn ones, and may know no model that it will judge.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

CLEAN = 0.15
"""Every sort of harm is rarer by this much, so that enough pictures stay nearly as they are drawn."""


def spoil(x: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures (b, 3, h, w) in [-1, 1], each harmed in its own way; the input stays as it is."""
    y = x.clone()

    def some(likely: float) -> Tensor:
        return torch.nonzero(torch.rand(len(x), generator=generator) < likely * (1 - CLEAN))[:, 0]

    def draw(which: Tensor, low: float, high: float) -> Tensor:
        return torch.rand(len(which), 1, 1, 1, generator=generator) * (high - low) + low

    which = some(0.6)
    y[which] = torch.lerp(y[which], soft(y[which]), draw(which, 0.0, 1.0))
    which = some(0.35)
    y[which] = torch.lerp(y[which], low_pass(y[which]), draw(which, 0.3, 1.0))
    for cell, likely, most in ((8, 0.5, 0.06), (32, 0.3, 0.05)):
        which = some(likely)
        y[which] += draw(which, 0.0, most) * blotches(y[which], cell, generator)
    which = some(0.4)
    grain = torch.randn(1, *x.shape[1:], generator=generator)  # one for all: drawing it is slow
    y[which] += draw(which, 0.0, 0.05) * grain
    which = some(0.5)
    tint = 0.04 * torch.randn(len(which), 3, 1, 1, generator=generator)
    y[which] = y[which] * (1 + draw(which, -0.08, 0.08)) + tint
    return y.clamp_(-1, 1)


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
