# SPDX-License-Identifier: Apache-2.0
"""What a generator of heads is trained with: distance to the true picture, and the critic's and path length's terms."""

import torch
from torch import Tensor
from torch.nn import functional as F

SCALES = 3
FOCUS = 3.0
"""How much more eyes and mouth count than other places: they are small, and what a face says."""


def picture_loss(x: Tensor, y: Tensor, focus: Tensor | None = None) -> Tensor:
    """L1 and gradient difference of two pictures (b, 3, h, w) at full, half and quarter size.

    `focus` (b, 1, h, w), 0 … 1: where differences count 1 + FOCUS times.
    """
    error = y - x
    if focus is not None:
        error = error * (1 + FOCUS * focus)
    total = error.new_zeros(())
    for scale in range(SCALES):
        if scale:
            if min(error.shape[-2:]) < 8:
                break
            error = F.avg_pool2d(error, 2)
        edges = error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean()
        total = total + error.abs().mean() + edges
    return total


def critic_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Logistic loss of the critic: softplus(−D(x)) + softplus(D(G(z))) (Goodfellow et al. 2014, arXiv 1406.2661)."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """The generator's side of it, in the form that does not saturate."""
    return F.softplus(-fake).mean()


def r1_penalty(verdict: Tensor, pictures: Tensor) -> Tensor:
    """E |∇D(x)|² / 2 on real pictures (Mescheder et al. 2018, arXiv 1801.04406); pictures require gradients."""
    (slope,) = torch.autograd.grad(verdict.sum(), pictures, create_graph=True)
    return 0.5 * slope.square().sum((1, 2, 3)).mean()


def path_lengths(pictures: Tensor, ws: Tensor, noise: Tensor) -> Tensor:
    """|Jᵀy| for each picture (b,), y = noise / √(h w), over all rows of w (arXiv 1912.04958, section 3.2)."""
    scaled = noise / (pictures.shape[-2] * pictures.shape[-1]) ** 0.5
    (slope,) = torch.autograd.grad((pictures * scaled).sum(), ws, create_graph=True)
    return slope.square().sum(2).mean(1).sqrt()
