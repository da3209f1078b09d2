# SPDX-License-Identifier: Apache-2.0
"""What a generator of heads is trained with: distance to the true picture, and the critic's and path length's terms."""

import torch
from torch import Tensor
from torch.nn import functional as F

from server.lab.training.autoencoder import reconstruction_loss

SCALES = 3


def picture_loss(x: Tensor, y: Tensor) -> Tensor:
    """L1 and gradient difference of two pictures (b, 3, h, w) at full, half and quarter size."""
    total = reconstruction_loss(x, y)
    for _ in range(1, SCALES):
        if min(x.shape[-2:]) < 8:
            break
        x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
        total = total + reconstruction_loss(x, y)
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
